"""A scenario to begin with: from an operation of the contract, or from a message that was recorded.

What is written is an ordinary scenario file, yours from then on. Where the suite or the account
knows better, values become variables. Of a recorded message no text is kept: identity codes become
roles, ids and moments variables, days another day, other texts letters of the same number, contents
of files bytes of the same size. Numbers and booleans stay, and so do the words that say what is
asked for: those of the account, and those that a contract lists.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import files
from harness.account.choosing import is_account
from harness.account.demands import APART, NEEDED
from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.exchange.judge import judge_request
from harness.exchange.message import Content
from harness.identity import codes_in, is_business_id
from harness.limits import DEFAULT
from harness.suite.checking import steps
from harness.suite.drawn import fixed_for
from harness.suite.runner import Connection, Judged, run_scenario
from harness.suite.suites import Suite, load_suite
from harness.suite.writing import request_for, slugs, yaml_of
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from harness.wsdl.components import SimpleType, components
from harness.wsdl.example import example
from harness.wsdl.generating import Style, chosen

_CODE = re.compile(r"-?\d{1,9}")
_PLAIN = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?|true|false|")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ANOTHER_DAY = "2026-01-15"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\S{1,40}")
_FILE_NAME = re.compile(r"[^\s@:/?]{1,200}\.([A-Za-z]{1,4})")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{64,}={0,2}\s*")
_WORDS = frozenset({"Asiakkaat", "Kaikki", "SSN", "CRN", "AsiointitiliTunniste"})
"""Words of the account that say what is asked for."""

_MOST_GROUPS = 100
_COUNT = "KohdeMaara"
_ITEM = "${item.a}"
_ITEMS = tuple(f"${{item.{letter}}}" for letter in "abcdefghijklmnopqrstuvwxyz")
_PERSONS = ("${role.active.id}", "${role.second-active.id}", "${role.new-sign.id}")
_COMPANIES = ("${role.company.id}", "${role.company-none.id}")

Fixed = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Started:
    """A scenario file that was written.

    Attributes:
        file: where.
        verdict: what became of a trial.
        code: the message-level code that the trial got; ``None`` where there is none.
    """

    file: Path
    verdict: Verdict | None
    code: int | None


def from_operation(
    suite: Suite, name: str, operation: str, connection: Connection, *, minimal: bool = False
) -> Started:
    """Write a scenario with a request of an operation, full or minimal, and try it.

    Raises:
        ContractError: an unknown operation, or one of which no request can be made.
        ScenarioError: the file is there already.
    """
    contract = connection.contract
    style = Style.MINIMAL if minimal else Style.MAXIMAL
    choices = chosen(style, NEEDED, APART) if is_account(contract) else chosen(style)
    data = example(contract, operation, choices).data
    if data is None:
        raise ScenarioError(
            f"a request of {operation} cannot be said as data",
            where=contract.ref,
            todo="Write it as a file: harness contract sample makes one.",
        )
    fixed = fixed_for(suite, contract, connection.endpoint)
    told = {
        key: _told(part, key, lambda k, text: fixed.get(k) or text) for key, part in data.items()
    }
    request = {**{key: _once(part) for key, part in told.items()}, **_shared(suite, data)}
    return _write(suite, name, operation, request, connection)


def from_message(suite: Suite, name: str, file: Path, connection: Connection) -> Started:
    """Write a scenario with the request that stands in a file, and try it.

    Raises:
        ScenarioError: the file holds no valid request of the contract, or the scenario's is there.
    """
    operation, recorded = _request_in(file, connection)
    fixed = fixed_for(suite, connection.contract, connection.endpoint)
    request = _told(recorded, "", _Impersonal(fixed, _WORDS | _listed(connection.contract)))
    try:
        return _write(suite, name, operation, request, connection)
    except ScenarioError as error:
        raise ScenarioError(
            f"without its texts it is no request of the contract: {error.what}",
            where=error.where,
            todo="Write that request by hand; harness scenario new begins one.",
        ) from None


def _listed(contract: Contract) -> frozenset[str]:
    """The words that a contract lists as the values of a type."""
    types = components(contract).types.values()
    simple = (each for each in types if isinstance(each, SimpleType))
    return frozenset(word for each in simple for word in each.facets.enumeration)


def default_name(operation: str, connection: Connection) -> str:
    """A file name for a scenario of an operation."""
    return slugs(connection.contract.operations).get(operation, "scenario")


def _request_in(file: Path, connection: Connection) -> tuple[str, Content]:
    try:
        envelope = files.read(file, DEFAULT.max_message_bytes)
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", where=str(file)) from None
    for operation in connection.contract.operations.values():
        judged = judge_request(connection.contract, request_for(operation, envelope))
        if judged.verdict is Verdict.PASSED and judged.message is not None:
            return operation.name, _grouped(connection, operation.name, judged.message.data())
    raise ScenarioError(
        f"this is no valid request of {connection.contract.ref}",
        where=str(file),
        todo="Give the body of a request as harness serve --keep-exchanges keeps it.",
    )


def _grouped(connection: Connection, operation: str, data: Content) -> Content:
    """The same with empty groups as such: an empty element alone does not tell which it is."""
    asked: dict[str, Content] = data if isinstance(data, dict) else {}
    for _ in range(_MOST_GROUPS):
        try:
            connection.contract.build(operation, asked)
        except ScenarioError as error:
            path: list[Any] = [*steps(error.where.rpartition(": ")[2].partition("/")[2])]
            *parents, last = path or [""]
            place: Any = asked
            for step in parents:
                place = place[step] if isinstance(place, list) or step in place else {}
            if not isinstance(place, dict) or place.get(last) != "":
                break
            place[last] = {}
        else:
            break
    return asked


def _told(data: Content, key: str, text: Callable[[str, str], object]) -> object:
    """Data with every text replaced; ``text`` is given the name of the element or attribute."""
    if isinstance(data, dict):
        return {name: _told(part, name.removeprefix("@"), text) for name, part in data.items()}
    if isinstance(data, list):
        return [_told(part, key, text) for part in data]
    return text(key, data) if data is not None else None


def _shared(suite: Suite, data: Mapping[str, object]) -> dict[str, object]:
    """Parts of the health call's request that are a fragment, and stand in this request too."""
    health = suite.content.health
    parts = (health.request if health is not None else None) or {}
    return {
        name: part
        for name, part in parts.items()
        if name in data and isinstance(part, dict) and set(part) == {"$use"}
    }


def _once(data: object) -> object:
    """Lists of the same thing twice with it once, and the account's count of them."""
    if isinstance(data, dict):
        told = {name: _once(part) for name, part in data.items()}
        return {**told, _COUNT: 1} if _COUNT in told else told
    return [_once(data[0])] if isinstance(data, list) and data else data


class _Impersonal:
    """What stands for each text of a recorded message; the same for the same text."""

    def __init__(self, fixed: Fixed, words: frozenset[str]) -> None:
        self._fixed, self._words, self._seen = fixed, words, dict[str, str]()

    def __call__(self, key: str, text: str) -> object:
        """What stands for the text of an element or attribute."""
        if is_business_id(text) or codes_in(text, anywhere=True):
            return self._numbered(text, _COMPANIES if is_business_id(text) else _PERSONS)
        if _PLAIN.fullmatch(text) or text in self._words:
            return text
        known = self._fixed.get(key)
        if known == _ITEM:
            return self._numbered(text, _ITEMS)
        return known or _stands_for(text)

    def _numbered(self, text: str, names: Sequence[str]) -> str:
        """The next of the names for a text that is new; the last for all beyond."""
        taken = sum(1 for name in self._seen.values() if name in names)
        return self._seen.setdefault(text, names[min(taken, len(names) - 1)])


def _stands_for(text: str) -> object:
    """A moment, a file name, the content of a file, or letters of the same number."""
    name = _FILE_NAME.fullmatch(text)
    if name is not None or _MOMENT.fullmatch(text):
        return f"liite.{name[1]}" if name is not None else "${now}"
    if _DAY.fullmatch(text):
        return _ANOTHER_DAY
    if _BASE64.fullmatch(text):
        return {"$repeat": "eHh4", "$times": len("".join(text.split())) // 4}
    return {"$pad": "", "$to": len(text)}


def _write(
    suite: Suite, name: str, operation: str, request: object, connection: Connection
) -> Started:
    file = suite.folder / f"{name}.yaml"
    if file.exists():
        raise ScenarioError("there is such a scenario", where=str(file), todo="Give another name.")
    step = {"call": operation, "request": request, "expect": {"answer": True}}
    content: dict[str, object] = {
        "title": {"en": f"{operation}: say in one sentence what this shows"},
        "why": "Say why it matters to the supplier or to the citizen.",
        "source": f"contract {connection.contract.ref}: {operation}",
        "obligatory": False,
        "steps": [step],
    }
    head = "Begun by harness scenario; yours from now on. docs/scenarios.md says what may stand."
    file.write_bytes(yaml_of(content, head))
    try:
        started = _tried(suite, file, connection)
    except ScenarioError:
        file.unlink()
        raise
    if started.code is not None:
        step["expect"] = {"code": started.code}
        file.write_bytes(yaml_of(content, head))
    return started


def _tried(suite: Suite, file: Path, connection: Connection) -> Started:
    """Run the scenario as it stands, and see the code of its answer."""
    again = load_suite(suite.folder)
    codes: list[str] = []

    def look(judged: Judged) -> None:
        path = (again.content.code or "").replace("{operation}", judged.operation)
        if path and judged.step == 0 and judged.judgement.message is not None:
            codes.extend(judged.judgement.message.texts(path))

    watched = Connection(
        connection.contract,
        connection.endpoint,
        connection.run,
        listens=connection.listens,
        secrets=connection.secrets,
        on_exchange=look,
    )
    result = run_scenario(again.scenarios[f"{again.name}/{file.stem}"], again, watched)
    code = int(codes[-1]) if codes and _CODE.fullmatch(codes[-1]) else None
    return Started(file, result.verdict, code)
