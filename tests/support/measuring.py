"""What is not measured by coverage.py."""

import os


def unmeasured() -> dict[str, str]:
    """The environment, without what has a process measured.

    For processes that are killed, or have no room: what they had measured would be half written.
    """
    return {name: value for name, value in os.environ.items() if "COV" not in name}
