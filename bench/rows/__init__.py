"""The rows that are measured, one a module."""

from importlib import import_module
from typing import Final

from bench.measuring import Judgement, Result, Row

MODULES: Final = {
    1: "contract_ready",
    2: "light_start",
    3: "one_message",
    4: "batches",
    5: "many_scenarios",
    6: "serving",
    7: "signed_serving",
    8: "appending",
    9: "long_history",
    10: "main_job",
}


def row(number: int) -> Row:
    """The row of that number."""
    found: Row = import_module(f"bench.rows.{MODULES[number]}").ROW
    return found


def unmeasured(number: int, why: str) -> Result:
    """A row without figures: said with the reason, never green."""
    title = row(number).title
    return Result(number, title, (), (Judgement(title, "", f"not measured: {why}"),))
