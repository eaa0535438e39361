"""Writes the tables of docs/account.md from the account: ``python -m tests.generate_account``.

What stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` is written anew.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from harness.account.customers import CUSTOMERS
from harness.account.demands import LONGEST
from harness.account.inputs import INPUTS
from harness.account.rules import FILE_TYPES
from harness.account.settings import IDS

TARGET = Path(__file__).parents[1] / "docs" / "account.md"
_MARKED = re.compile(r"(?s)(<!-- generated: (\w+) -->\n).*?(<!-- end -->)")


def text(now: str) -> str:
    """The whole file, its tables as they should be."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n\n{found[3]}", now)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _customers() -> str:
    rows = (
        (
            f"`{each.role}`",
            f"`{each.id}`",
            each.type,
            f"{each.state:d}{', passive' if each.passive else ''}",
            each.what,
        )
        for each in CUSTOMERS
    )
    return _table(("role", "AsiakasTunnus", "type", "Tila", "for"), rows)


def _inputs() -> str:
    rows = (
        (
            each.operation,
            each.level.value,
            str(int(each.code)),
            f"`{each.role}`" if each.role else "",
            f"{each.what} (need `{each.need}`)" if each.need else each.what,
        )
        for each in INPUTS
    )
    return _table(("operation", "where", "code", "customer", "input"), rows)


def _ids() -> str:
    return _table(("id", "value"), ((f"`{name}`", f"`{value}`") for name, value in IDS.items()))


def _lengths() -> str:
    return _table(("element", "at most"), ((name, str(most)) for name, most in LONGEST.items()))


def _types() -> str:
    return ", ".join(sorted(FILE_TYPES))


TABLES: Mapping[str, Callable[[], str]] = {
    "customers": _customers,
    "inputs": _inputs,
    "ids": _ids,
    "lengths": _lengths,
    "types": _types,
}


def marked(now: str) -> Iterator[str]:
    """Names of the tables that the file has."""
    yield from (found[2] for found in _MARKED.finditer(now))


if __name__ == "__main__":
    TARGET.write_text(text(TARGET.read_text("utf-8")), "utf-8")
