"""Ids of runs."""

import secrets


def new_run_id() -> str:
    """Ten random hexadecimal digits behind an ``r``."""
    return f"r{secrets.token_hex(5)}"
