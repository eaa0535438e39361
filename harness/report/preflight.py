"""A preflight for people: a line each, and what to send on."""

import textwrap
from collections.abc import Sequence

from harness.endpoints.preflight import Check, CheckState

_WIDTH = 100
_INDENT = " " * 4


def as_text(endpoint: str, checks: Sequence[Check]) -> str:
    """The lines of a preflight, each with what was seen, and sentences to send on."""
    lines = [f"preflight of {endpoint}"]
    for check in checks:
        lines += _wrapped(f"{check.state:<14} {check.id:<28} {check.seen}", " " * 44)
        if check.tell:
            lines += _wrapped(f"{_INDENT}-> {check.tell}", f"{_INDENT}   ")
    counts = {state: sum(each.state is state for each in checks) for state in CheckState}
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return "\n".join([*lines, told])


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
