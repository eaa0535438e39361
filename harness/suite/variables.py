"""``${...}`` in scenario files, fragments and the value makers ``$file``, ``$repeat`` and ``$pad``.

Names that a scenario may use:

==========================  ===================================================================
``${role.ROLE.id}``         AsiakasTunnus of a test customer, as the endpoint maps the role
``${role.ROLE.type}``       TunnusTyyppi of that customer
``${ids.NAME}``             an identifier of the endpoint (``authority``, ``service`` ...)
``${item.NAME}``            an item id of this run (ViranomaisTunniste), new in every run
``${message}``              a message id of this run, new in every step
``${now}``                  the moment the scenario started, ``2026-11-22T12:00:00Z``
``${saved.NAME}``           a value that an earlier step saved
``${row.NAME}``             a value of the data row that this conversation is held for
``${secret.NAME}``          what stands where ``[secrets]`` of harness.toml points
==========================  ===================================================================

Values are put in as data and never spliced into expressions; in raw XML they are escaped.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import TypeGuard, cast
from xml.sax.saxutils import escape

from pydantic import JsonValue

from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.exchange.findings import Finding
from harness.suite.model import Request, Step
from harness.suite.observing import Observation
from harness.suite.suites import Scenario, Suite

_NAME = re.compile(r"\$\{([a-z][a-z0-9.\-]*)\}")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_MAX_REPEAT = 4_000_000
_PADDING = "x"

Value = None | bool | int | float | str | bytes | list["Value"] | dict[str, "Value"]
"""A request value after substitution; bytes are the content of a file."""


def id_prefix(run: str, scenario: str) -> str:
    """How the message and item ids begin that a scenario sends in the run of this short id."""
    return f"{run}-{_UNSAFE.sub('-', scenario)}"


@dataclass(slots=True)
class Variables:
    """The values of one scenario run."""

    fixed: Mapping[str, str] = field(repr=False)
    """Everything known before the first step: roles, ids, now."""
    items: str
    """Prefix of this scenario's item ids."""
    messages: str
    """Prefix of this scenario's message ids."""
    saved: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, Callable[[], str]] = field(default_factory=dict, repr=False)
    """How each secret is read."""
    _read: dict[str, str] = field(default_factory=dict, repr=False)
    _step: int = 0

    def next_step(self) -> None:
        """From here on ``${message}`` is a new one."""
        self._step += 1

    def covered(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Findings without the secrets that were read: a number or a code is shown otherwise."""
        for finding in findings:
            shown = (finding.expected, finding.seen)
            expected, seen = (self._without_secrets(text) for text in shown)
            yield replace(finding, expected=expected, seen=seen)

    def _without_secrets(self, text: str) -> str:
        for secret in self._read.values():
            text = text.replace(secret, _COVER)
        return text

    def __getitem__(self, name: str) -> str:
        """The value of a name; KeyError when there is none."""
        if name == "message":
            return f"{self.messages}-{self._step}"
        kind, _, rest = name.partition(".")
        match kind:
            case "item":
                return f"{self.items}-{rest}"
            case "saved":
                return self.saved[rest]
            case "secret":
                if rest not in self._read:
                    self._read[rest] = self.secrets[rest]()
                return self._read[rest]
            case _:
                return self.fixed[name]


_COVER = "<secret>"


def names_in(scenario: Scenario, suite: Suite) -> set[str]:
    """Every ``${name}`` that a scenario uses, its fragments and raw files included."""
    found: set[str] = set()
    fragments = suite.content.fragments
    for row in scenario.content.rows or ():
        collect([*row.values()] if isinstance(row, dict) else None, {}, found)
    for step in scenario.content.calls:
        found |= names_asked(step, suite)
        collect(step.model_dump(mode="json", include={"expect"}), {}, found)
    for waiting in scenario.content.receives:
        collect(waiting.model_dump(mode="json", include={"expect", "where"}), {}, found)
        collect(waiting.reply.answer if waiting.reply else None, fragments, found)
    return found


def names_asked(step: Step, suite: Suite) -> frozenset[str]:
    """Every ``${name}`` that the request of a step uses."""
    found: set[str] = set()
    if step.raw is not None:
        found |= set(_NAME.findall(suite.data_file(step.raw).decode("utf-8", "replace")))
    else:
        collect(step.request, suite.content.fragments, found)
    return frozenset(found)


def names_used(step: Observation) -> frozenset[str]:
    """Every ``${name}`` of a step, its instruction included."""
    found: set[str] = set()
    collect(step.model_dump(mode="json"), {}, found)
    return frozenset(found)


def collect(value: JsonValue, fragments: Mapping[str, Request], found: set[str]) -> None:
    """Add every ``${name}`` in a value, the fragments it uses included, to ``found``."""
    if isinstance(value, str):
        found.update(_NAME.findall(value))
    elif isinstance(value, list):
        for part in value:
            if not _is_itself(part):
                collect(part, fragments, found)
    elif isinstance(value, dict):
        used = value.get("$use")
        if isinstance(used, str):
            rest = {name: part for name, part in fragments.items() if name != used}
            collect(fragments.get(used), rest, found)
        for part in value.values():
            if not _is_itself(part):
                collect(part, fragments, found)


def _is_itself(value: JsonValue) -> TypeGuard[str]:
    """Whether a value is a text without variables, as most are: nothing is to be done for it."""
    return type(value) is str and "${" not in value


def substitute(text: str, variables: Variables, where: str) -> str:
    """``text`` with every ``${name}`` replaced.

    Raises:
        ScenarioError: a name has no value.
    """
    return _replace(text, variables, where, lambda value: value)


def fill_raw(envelope: bytes, variables: Variables, where: str) -> bytes:
    """A raw envelope with every ``${name}`` replaced, escaped as XML text.

    Bytes that are not UTF-8 are left as they are: such an envelope is broken on purpose.
    """
    text = envelope.decode("utf-8", "surrogateescape")
    filled = _replace(text, variables, where, lambda value: escape(value, {'"': "&quot;"}))
    return filled.encode("utf-8", "surrogateescape")


def fill(
    request: Request | None, suite: Suite, variables: Variables, where: str
) -> dict[str, Value]:
    """A message of a step as data, everything put in.

    Raises:
        ScenarioError: a name, fragment or file does not exist.
    """
    filler = _Filler(suite, variables, where)
    return cast("dict[str, Value]", filler.value(cast("JsonValue", request)))


def _replace(text: str, variables: Variables, where: str, made: Callable[[str], str]) -> str:
    def one(match: re.Match[str]) -> str:
        try:
            return made(variables[match[1]])
        except KeyError:
            raise ScenarioError(f"${{{match[1]}}} has no value here", where=where) from None

    return _NAME.sub(one, text) if "${" in text else text


@dataclass(frozen=True, slots=True)
class _Filler:
    suite: Suite
    variables: Variables
    where: str
    inside: frozenset[str] = frozenset()

    def value(self, value: JsonValue) -> Value:
        if isinstance(value, str):
            return substitute(value, self.variables, self.where)
        if isinstance(value, list):
            return [part if _is_itself(part) else self.value(part) for part in value]
        if isinstance(value, dict):
            return self._mapping(value)
        return value

    def _mapping(self, value: dict[str, JsonValue]) -> Value:
        makers = [key for key in value if key.startswith("$")]
        match makers:
            case []:
                return {
                    key: part if _is_itself(part) else self.value(part)
                    for key, part in value.items()
                }
            case ["$use"]:
                return self._fragment(value)
            case ["$file"] if len(value) == 1:
                return self.suite.data_file(str(value["$file"]))
            case ["$repeat", "$times"] | ["$times", "$repeat"] if len(value) == 2:
                return self._repeat(str(value["$repeat"]), value["$times"])
            case ["$pad", "$to"] | ["$to", "$pad"] if len(value) == 2:
                return self._pad(str(self.value(value["$pad"])), value["$to"])
            case _:
                raise ScenarioError(
                    f"{', '.join(makers)} cannot stand together or with other keys here",
                    where=self.where,
                )

    def _fragment(self, value: dict[str, JsonValue]) -> Value:
        name = str(value["$use"])
        fragment = self.suite.content.fragments.get(name)
        if fragment is None:
            known = ", ".join(sorted(self.suite.content.fragments)) or "none"
            raise ScenarioError(f"there is no fragment {name!r} (known: {known})", where=self.where)
        if name in self.inside:
            raise ScenarioError(f"the fragment {name!r} uses itself", where=self.where)
        own = {key: part for key, part in value.items() if key != "$use"}
        within = replace(self, inside=self.inside | {name})
        made = {k: within.value(part) for k, part in fragment.items() if k not in own}
        return made | {k: self.value(part) for k, part in own.items() if part is not None}

    def _pad(self, text: str, length: JsonValue) -> str:
        if not isinstance(length, int) or not len(text) <= length <= _MAX_REPEAT:
            raise ScenarioError(
                f"$to is a length from that of the text ({len(text)}) to {_MAX_REPEAT}",
                where=self.where,
            )
        return text.ljust(length, _PADDING)

    def _repeat(self, text: str, times: JsonValue) -> str:
        if not isinstance(times, int) or isinstance(times, bool) or times < 0:
            raise ScenarioError("$times is a number, 0 or more", where=self.where)
        if len(text) * times > _MAX_REPEAT:
            raise ScenarioError(f"$repeat makes over {_MAX_REPEAT} characters", where=self.where)
        return text * times
