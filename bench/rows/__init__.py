"""The rows that are measured, one a module, and the goals that no module measures yet."""

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
    10: "main_job",
}
UNMEASURED: Final = {
    8: "durable append with a signed tree head",
    9: "verify and replay of 1,000,000 events",
}


def row(number: int) -> Row:
    """The row of that number."""
    found: Row = import_module(f"bench.rows.{MODULES[number]}").ROW
    return found


def unmeasured(number: int, why: str = "no module measures it") -> Result:
    """A goal without figures: said with the reason, never green."""
    title = UNMEASURED.get(number) or row(number).title
    return Result(number, title, (), (Judgement(title, "", f"not measured: {why}"),))
