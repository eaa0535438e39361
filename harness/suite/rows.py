"""Data rows: one conversation held once for each row, inline or from a CSV file of the suite.

A CSV file has the names in its first line, commas between values and UTF-8; every value is text.
The same rules hold for it as for the scenario file: no identity code that may be a person's.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.identity import suspicious_codes
from harness.suite.expectations import as_text
from harness.suite.model import MAX_ROWS
from harness.suite.suites import Scenario, Suite

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class DataRow:
    """One row.

    Attributes:
        number: counted from 1.
        where: ``file:line``.
        values: texts by name.
    """

    number: int
    where: str
    values: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        """As a finding names it: by its number, for its values are data."""
        return f"row {self.number}"

    @property
    def place(self) -> str:
        """File name and line, without the folder."""
        return self.where.rpartition("/")[2]


def rows_of(scenario: Scenario, suite: Suite) -> tuple[DataRow, ...]:
    """The data rows of a scenario; nothing when it has none.

    Raises:
        ScenarioError: the CSV file is missing or not as described above.
    """
    given = scenario.content.rows
    if given is None:
        return ()
    if isinstance(given, str):
        found = list(_of_csv(suite, given, scenario.document.where(("rows",))))
    else:
        found = [
            (scenario.document.where(("rows", index)), {k: as_text(v) for k, v in row.items()})
            for index, row in enumerate(given)
        ]
    return tuple(DataRow(n, where, values) for n, (where, values) in enumerate(found, 1))


def _of_csv(suite: Suite, name: str, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    file = f"{suite.folder / name}"
    try:
        text = suite.data_file(name).decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = _header(next(lines, []), file)
        count = 0
        for values in filter(None, lines):
            count += 1
            place = f"{file}:{lines.line_num}"
            _check(names, values, count, place)
            yield place, dict(zip(names, values, strict=True))
    except UnicodeDecodeError:
        raise ScenarioError("not UTF-8", where=file, todo="Save it as UTF-8.") from None
    except csv.Error as error:
        raise ScenarioError(f"not a CSV file: {error}", where=file) from None
    if not count:
        raise ScenarioError(f"{name} has no rows", where=where, todo="Write a line for each row.")


def _header(names: list[str], file: str) -> list[str]:
    if not names or len(set(names)) < len(names) or not all(map(_NAME.fullmatch, names)):
        raise ScenarioError(
            "the first line does not name the columns",
            where=f"{file}:1",
            todo="Write different names of small letters, digits and hyphens, commas between them.",
        )
    return names


def _check(names: list[str], values: list[str], count: int, place: str) -> None:
    if count > MAX_ROWS:
        raise ScenarioError(f"more than {MAX_ROWS} rows", where=place, todo="Split the scenario.")
    if len(values) != len(names):
        what = f"{len(values)} values, but {len(names)} columns are named"
        raise ScenarioError(what, where=place, todo="Give every row a value for each name.")
    if any(map(suspicious_codes, values)):
        raise ScenarioError(
            "this looks like the identity code of a person",
            where=place,
            todo="Use an artificial code (individual number 900-999).",
        )
