"""Everything that is wrong with scenario files, at once, each with its place and a suggestion.

Loading a suite stops at the first thing that keeps it from running. Whoever writes scenarios wants
to see all of them, in all files: breaches of the format, and names that lead nowhere - operations,
fields of a request, fragments, files, variables, groups and requirements. Nothing is sent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.exchange.findings import FindingCode
from harness.exchange.messages import ProblemCode
from harness.suite import model, observing, validating
from harness.suite.folder import SUITE_FILE, scenario_files, suite_digest
from harness.suite.model import ReceiveStep, ScenarioFile, ScenarioHead, Step, SuiteFile
from harness.suite.observing import ObservedFile
from harness.suite.paths import REQUEST, RESPONSE, leads_somewhere, paths_of
from harness.suite.reading import Document, NotPlain, Place, read
from harness.suite.requirements import requirements
from harness.suite.rows import DataRow, rows_of
from harness.suite.runner import Connection, values_for
from harness.suite.suites import Scenario, Suite
from harness.suite.variables import Variables, fill, names_asked, names_in, names_used
from harness.vocabulary import Driver
from harness.wsdl import Contract

_KEYS = sorted({
    name
    for kind in (*vars(model).values(), *vars(observing).values())
    if isinstance(kind, type) and issubclass(kind, BaseModel)
    for name in kind.model_fields
})  # fmt: skip


_KINDS = ("role", "ids", "item", "saved", "row", "secret", "message", "now", "run")
"""What stands before the first full stop of a variable's name."""
_REASONS = sorted({*ProblemCode, *FindingCode})


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong.

    Attributes:
        file: where.
        line: from 1.
        column: from 1.
        what: one sentence; values of the file are not repeated, names are.
        suggestion: what to write instead; empty where nobody can tell.
    """

    file: str
    line: int
    column: int
    what: str
    suggestion: str = ""

    def __str__(self) -> str:
        """As compilers write it, so that editors find the place."""
        hint = f" {self.suggestion}" if self.suggestion else ""
        what = self.what.rstrip(".")
        what += "" if what.endswith("?") else "."
        return f"{self.file}:{self.line}:{self.column}: {what}{hint}"


def check(folder: Path, connection: Connection, only: Path | None = None) -> list[Mistake]:
    """Everything that is wrong in one suite, file by file and line by line.

    Args:
        folder: the suite's.
        connection: the contract, and an endpoint whose roles and ids are those to use.
        only: one of its files; the others are then not looked at.
    """
    found: list[Mistake] = []
    head = _parsed(SuiteFile, folder / SUITE_FILE, found)
    files = [file for file in scenario_files(folder) if only in {None, file}]
    observed = head is not None and head[1].driver is Driver.SYSTEM
    kind = ObservedFile if observed else ScenarioFile
    read_files = [(file, _parsed(kind, file, found)) for file in files]
    if head is not None:
        document, content = head
        suite = Suite(folder.name, folder, content, {}, suite_digest(folder))
        known = _Known(suite, connection, frozenset(requirements(folder.parent)), found)
        if only in {None, folder / SUITE_FILE}:
            known.suite_file(document)
        for file, parsed in read_files:
            if parsed is not None and observed:
                known.observed(parsed[1], parsed[0])
            elif parsed is not None:
                known.scenario(Scenario(f"{folder.name}/{file.stem}", file, parsed[1], parsed[0]))
    others = {str(each) for each in (*scenario_files(folder), folder / SUITE_FILE)} - {str(only)}
    return sorted(each for each in set(found) if only is None or each.file not in others)


def _parsed(kind: type[Any], file: Path, found: list[Mistake]) -> tuple[Document, Any] | None:
    try:
        document = read(file)
    except NotPlain as error:
        found.append(Mistake(str(file), error.line, error.column, error.what, error.todo))
        return None
    except ScenarioError as error:
        found.append(Mistake(str(file), 1, 1, error.what, error.todo))
        return None
    try:
        validating.refuse_persons(document)
        return document, kind.model_validate(document.data)
    except ScenarioError as error:
        line = int(error.where.rpartition(":")[2])
        found.append(Mistake(str(file), line, 1, error.what, error.todo))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        found.extend(_broken(problem, document) for problem in _causes(problems))
    return None


def _causes(problems: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Without what only follows from others.

    A list is too short because its members are wrong; a key is missing because it is misspelt.
    """
    places = [validating.place_of(each["loc"]) for each in problems]
    misspelt = {
        (*place[:-1], *get_close_matches(str(place[-1]), _KEYS, 1, 0.6))
        for each, place in zip(problems, places, strict=True)
        if each["type"] == "extra_forbidden"
    }
    for each, place in zip(problems, places, strict=True):
        within = [other for other in places if other != place and other[: len(place)] == place]
        follows = each["type"] == "too_short" and within
        if not follows and not (each["type"] == "missing" and place in misspelt):
            yield each


def _broken(problem: Mapping[str, Any], document: Document) -> Mistake:
    place = validating.place_of(problem["loc"])
    stands = (
        _needs_of(document) if "needs" in validating.reason_of(problem) and not place else place
    )
    return _at(document, stands, validating.reason_of(problem), _hint(problem, document, place))


def _needs_of(document: Document) -> Place:
    """Where ``needs`` stands, or the steps that make it necessary."""
    data = document.data
    return ("needs",) if isinstance(data, dict) and "needs" in data else ("steps",)


def _hint(problem: Mapping[str, Any], document: Document, place: Place) -> str:
    match problem["type"]:
        case "missing":
            return f"Add {place[-1]}:" if place else ""
        case "extra_forbidden":
            return _where_it_belongs(str(place[-1]))
        case "enum":
            allowed = str(problem["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
            return near(str(_value(document, place)), allowed.split(", "))
        case _:
            return ""


def _where_it_belongs(key: str) -> str:
    if key in _KEYS:
        return "It belongs elsewhere, or to scenarios of the other driver."
    return near(key, _KEYS)


def _value(document: Document, place: Place) -> object:
    value: Any = document.data
    for part in place:
        value = value[part]
    return value


def _at(document: Document, place: Place, what: str, suggestion: str = "") -> Mistake:
    line = int(document.where(place).rpartition(":")[2])
    return Mistake(str(document.file), line, document.column(place), what, suggestion)


def _standing(document: Document, place: Place, text: str) -> Place:
    """Where a text stands first, at a place or below it; the place itself where it does not."""
    below = (each for each in sorted(document.starts, key=_in_order) if each[: len(place)] == place)
    for each in below:
        value = _value(document, each)
        if isinstance(value, str) and text in value:
            return each
    return place


def _in_order(place: Place) -> tuple[tuple[bool, int, str], ...]:
    return tuple((isinstance(p, str), 0 if isinstance(p, str) else p, str(p)) for p in place)


def near(word: str, known: Sequence[str]) -> str:
    """``Did you mean ...?``, or what there is."""
    close = get_close_matches(word, known, 1, 0.6)
    if close:
        return f"Did you mean {close[0]}?"
    return f"There are: {', '.join(known)}." if 0 < len(known) <= 20 else ""


def steps(path: str) -> list[str | int]:
    """A path in a request as places in the file: names, and the numbers of list members."""
    found: list[str | int] = []
    for step in filter(None, path.split("/")):
        name, bracket, number = step.partition("[")
        found += [name, int(number.rstrip("]")) - 1] if bracket else [name]
    return found


class _Values(Variables):
    """Some text for every name: what is built of it is not sent."""

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        """The value of a name, or a text that stands for one."""
        try:
            return super().__getitem__(name)
        except KeyError:
            return "1"


@dataclass(frozen=True, slots=True)
class _Known:
    """What names may lead to, and what was found not to."""

    suite: Suite
    connection: Connection
    asked: frozenset[str]
    found: list[Mistake] = field(repr=False)

    def suite_file(self, document: Document) -> None:
        """What ``suite.yaml`` names."""
        content, served = self.suite.content, self.connection.contract
        self._names(document, ("contract",), [content.contract], [served.name], "contract")
        if content.health is not None:
            self.step(content.health, document, ("health",), set())

    def observed(self, content: ObservedFile, document: Document) -> None:
        """Everything that one file of an observed suite names."""
        self._head(content, document)
        saved: set[str] = set()
        for number, step in enumerate(content.steps):
            place: Place = ("steps", number)
            operations = self.connection.contract.operations
            self._names(document, (*place, "observe"), [step.observe], operations, "operation")
            self._variables(names_used(step), document, saved, place)
            asked: dict[Place, str] = {("when", path): path for path in step.when}
            asked |= {("expect", "fields", path): path for path in step.expect.fields}
            asked |= {("save", name): path for name, path in step.save.items()}
            given = step.save_answer.items()
            answered: dict[Place, str] = {("save_answer", name): path for name, path in given}
            if step.answer is not None:
                answered |= {("answer", "fields", path): path for path in step.answer.fields}
            for where, named in ((REQUEST, asked), (RESPONSE, answered)):
                placed = {(*place, *at): path for at, path in named.items()}
                self._lead(self.connection.contract, step.observe, where, placed, document)
            saved |= {f"saved.{name}" for name in (*step.save, *step.save_answer)}

    def _head(self, content: ScenarioHead, document: Document) -> None:
        self._names(document, ("group",), [content.group or ""], self.suite.content.groups, "group")
        for number, name in enumerate(content.shows if self.asked else ()):
            self._names(document, ("shows", number), [name], self.asked, "requirement")

    def scenario(self, scenario: Scenario) -> None:
        """Everything that one file names."""
        content, document = scenario.content, scenario.document
        self._head(content, document)
        columns = self._columns(scenario)
        saved: set[str] = set()
        for number, step in enumerate(content.steps):
            place: Place = ("steps", number)
            if isinstance(step, Step):
                self.step(step, document, place, saved | columns)
            else:
                self._receives(step, document, place)
            saved |= {f"saved.{name}" for name in step.save}
        self._variables(names_in_expectations(scenario, self.suite), document, saved | columns)

    def step(self, step: Step, document: Document, place: Place, own: set[str]) -> None:
        """What a call of ours names."""
        operations = self.connection.contract.operations
        self._names(document, (*place, "call"), [step.call], operations, "operation")
        if not self._safely(document, place, lambda: names_asked(step, self.suite)):
            return
        self._variables(names_asked(step, self.suite), document, own, (*place, "request"))
        lost = self._lost_fragments(step.request, document, (*place, "request"))
        if step.request is not None and step.call in operations and not lost:
            self._built(step, document, (*place, "request"))
        reason = [step.expect.problem or ""]
        self._names(document, (*place, "expect", "problem"), reason, _REASONS, "problem")
        self._paths(self.connection.contract, step.call, RESPONSE, step, document, place)

    def _paths(
        self, contract: Contract | None, operation: str, where: str,
        step: Step | ReceiveStep, document: Document, place: Place,
    ) -> None:  # fmt: skip
        """Whether what is expected and saved can stand in a message at all."""
        named: dict[Place, str] = {
            (*place, "expect", "fields", path): path for path in step.expect.fields
        }
        named |= {(*place, "save", name): path for name, path in step.save.items()}
        if isinstance(step, ReceiveStep):
            named |= {(*place, "where", path): path for path in step.where}
        self._lead(contract, operation, where, named, document)

    def _lead(
        self, contract: Contract | None, operation: str, where: str,
        named: Mapping[Place, str], document: Document,
    ) -> None:  # fmt: skip
        if contract is None or operation not in contract.operations:
            return
        known = paths_of(contract, operation, where)
        for at, path in named.items():
            if known is not None and not leads_somewhere(path, known):
                what = f"no {where} of {operation} has {path}"
                self.found.append(_at(document, at, what, near(path, sorted(known))))

    def _lost_fragments(self, value: Any, document: Document, place: Place) -> bool:
        """Tell every fragment that a request uses and the suite does not have."""
        parts: list[tuple[int | str, Any]] = []
        if isinstance(value, (list, dict)):
            parts = [*(value.items() if isinstance(value, dict) else enumerate(value))]
        lost = [self._lost_fragments(part, document, (*place, name)) for name, part in parts]
        used, known = dict(parts).get("$use"), self.suite.content.fragments
        if isinstance(used, str) and used not in known:
            self._names(document, (*place, "$use"), [used], known, "fragment")
            return True
        return any(lost)

    def _built(self, step: Step, document: Document, place: Place) -> None:
        """Find out whether the contract knows every field of a request, and no other is asked."""
        plain = values_for("check", self.connection)
        values = _Values(plain.fixed, plain.items, plain.messages)
        try:
            request = fill(step.request, self.suite, values, "")
            if step.breaks is None:
                self.connection.contract.build(step.call, request)
        except ScenarioError as error:
            path = error.where.rpartition(": ")[2].partition("/")[2]
            what = f"{path}: {error.what}" if path else error.what
            self.found.append(_at(document, (*place, *steps(path)), what, error.todo))

    def _receives(self, step: ReceiveStep, document: Document, place: Place) -> None:
        listens = self.connection.listens
        known = listens.operations if listens is not None else {}
        self._names(document, (*place, "receive"), [step.receive], known, "operation")
        self._paths(listens, step.receive, REQUEST, step, document, place)

    def _columns(self, scenario: Scenario) -> set[str]:
        """``row.NAME`` of every column; all that the scenario uses when its rows cannot be read."""
        try:
            rows: tuple[DataRow, ...] = rows_of(scenario, self.suite)
        except ScenarioError as error:
            self.found.append(_in_rows(scenario, error))
            return {name for name in _used(scenario, self.suite) if name.startswith("row.")}
        return {f"row.{name}" for row in rows[:1] for name in row.values}

    def _variables(
        self, used: frozenset[str], document: Document, own: set[str], place: Place = ("steps",)
    ) -> None:
        endpoint = self.connection.endpoint
        known = {f"role.{name}.{part}" for name in endpoint.roles for part in ("id", "type")}
        known |= {f"ids.{name}" for name in endpoint.ids} | {"message", "now", "run"} | own
        known |= {f"secret.{name}" for name in self.connection.secrets}
        for name in sorted(used - known):
            if not name.startswith("item."):
                what, kind = f"${{{name}}} has no value here", name.partition(".")[0]
                alike = sorted(each for each in known if each.partition(".")[0] == kind)
                hint = near(name, alike) if alike else near(kind, _KINDS)
                stands = _standing(document, place, f"${{{name}}}")
                self.found.append(_at(document, stands, what, hint))

    def _names(
        self, document: Document, place: Place, given: list[str], known: Any, kind: str
    ) -> None:
        for name in filter(None, given):
            if name not in known:
                what = f"there is no {kind} {name!r}"
                self.found.append(_at(document, place, what, near(name, sorted(known))))

    def _safely(self, document: Document, place: Place, act: Callable[[], object]) -> bool:
        try:
            act()
        except ScenarioError as error:
            self.found.append(_at(document, place, error.what, error.todo))
            return False
        return True


def _in_rows(scenario: Scenario, error: ScenarioError) -> Mistake:
    """What is wrong with data rows, in their CSV file where it is the file."""
    file, _, line = error.where.rpartition(":")
    file, line = (file, line) if line.isdigit() else (error.where, "1")
    name = scenario.content.rows
    if isinstance(name, str) and file.endswith(name):
        return Mistake(file, int(line), 1, error.what, error.todo)
    return _at(scenario.document, ("rows",), error.what, error.todo)


def _used(scenario: Scenario, suite: Suite) -> frozenset[str]:
    try:
        return frozenset(names_in(scenario, suite))
    except ScenarioError:  # told where the request stands
        return frozenset()


def names_in_expectations(scenario: Scenario, suite: Suite) -> frozenset[str]:
    """The ``${name}`` of expectations alone: those of requests have a place of their own."""
    asked: Iterator[frozenset[str]] = (names_asked(step, suite) for step in scenario.content.calls)
    try:
        return _used(scenario, suite) - frozenset[str]().union(*asked)
    except ScenarioError:  # told where the request stands
        return frozenset()
