"""What the scenarios of a suite exercise of a contract, read from their files without running them.

With a second version of the contract this says which scenarios the change leaves untouched, so
that what was shown with the older version still holds. Rules:

1. A request given as data has the elements it names, fragments put in. It is touched by a breaking
   or risky change that a message with these elements can show, and by whatever was added where it
   has an element: under the older version it could not be sent so. What became required touches
   nobody who always gave it.
2. A request that is no such message - raw, broken on purpose, or sent under another action or media
   type - may hold anything. Every change of the requests of its operations touches it, a compatible
   one too: what was refused may be accepted now.
3. Every change of an operation's answers touches who calls it. What was answered is not on record,
   so nobody can tell whether the newer version still allows it.
4. Around an expected fault or problem the health call is made: what touches it touches the
   scenario.
5. Whatever cannot be read for certain is touched.
6. Calls that the scenario receives are of another contract, so no change of this one touches them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.suite.model import Step
from harness.suite.suites import Scenario, Suite
from harness.suite.variables import Value, Variables, fill
from harness.wsdl import Contract
from harness.wsdl.changes import EVERYWHERE, Change, ChangeKind, Comparison, Effect, touching
from harness.wsdl.comparing import compare
from harness.wsdl.components import Components, Direction, Group, children, components, local
from harness.wsdl.components import Element as Declared

_ADDED = frozenset(
    {ChangeKind.ELEMENT_ADDED, ChangeKind.ATTRIBUTE_ADDED, ChangeKind.OPERATION_ADDED}
)
_REQUIRED = frozenset({ChangeKind.OCCURRENCE, ChangeKind.ATTRIBUTE_REQUIRED})
_ONE_FITS = re.compile(r"[01]\.\.(?!0$).+|required|optional")
_NAMES = re.compile(rb"<(?:[^\s<>/:=\"']+:)?([^\s<>/:=\"']+)")


@dataclass(frozen=True, slots=True)
class Use:
    """One operation that a scenario calls or may reach.

    Attributes:
        operation: its name.
        paths: element paths of the request in the syntax of ``MessagePlace.path``, every text also
            as the attribute it may be; ``None`` when it may hold anything.
        once: those of the paths that stand exactly once wherever their parent stands, and are not
            written as a list: a list cannot stand where only one is allowed.
    """

    operation: str
    paths: frozenset[str] | None
    once: frozenset[str] = frozenset()


def untouched(suite: Suite, older: Contract, newer: Contract) -> tuple[str, ...]:
    """Ids of the scenarios that the change from one contract to the other cannot concern, sorted.

    Raises:
        ContractError: one of the two cannot be read.
    """
    change = _Step(older, newer, compare(older, newer))
    return tuple(
        sorted(
            scenario.id
            for scenario in suite.scenarios.values()
            if not any(change.touches(use) for use in uses(scenario, suite, (older, newer)))
        )
    )


def uses(scenario: Scenario, suite: Suite, contracts: Sequence[Contract]) -> tuple[Use, ...]:
    """Every operation that a scenario calls or may reach under any of these contracts."""
    steps = list(scenario.content.calls)
    if any(step.expect.unusual for step in steps):
        steps.append(suite.content.harmless)
    found = (use for step in steps for use in _of_step(step, scenario, suite, contracts))
    return tuple(dict.fromkeys(found))


def _of_step(
    step: Step, scenario: Scenario, suite: Suite, contracts: Sequence[Contract]
) -> Iterator[Use]:
    use = None if _is_unruly(step) else _of_data(step, scenario, suite)
    if use is not None:
        yield use
        return
    for operation in sorted({step.call} | _reached(step, suite, contracts)):
        yield Use(operation, None)


def _is_unruly(step: Step) -> bool:
    """It is not, or need not be, the message that the contract describes."""
    given = (step.raw, step.breaks, step.soap_action, step.content_type)
    return any(each is not None for each in given)


def _reached(step: Step, suite: Suite, contracts: Sequence[Contract]) -> set[str]:
    """Operations whose action is named, or whose element may stand in the raw message."""
    names = None if step.raw is None else _element_names(suite.data_file(step.raw))
    return {
        name
        for contract in contracts
        for name, operation in contract.operations.items()
        if operation.soap_action == step.soap_action
        or (step.raw is not None and (names is None or local(operation.input) in names))
    }


def _element_names(raw: bytes) -> frozenset[str] | None:
    """Local names of everything that looks like an element; ``None`` when that cannot be told."""
    if b"\0" in raw:
        return None  # two or four bytes a character
    try:
        return frozenset(name.decode() for name in _NAMES.findall(raw))
    except UnicodeDecodeError:
        return None


class _Anything(Variables):
    """Some text for every name: paths do not depend on the values."""

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        """The same text whatever is asked for."""
        del name
        return "x"


def _of_data(step: Step, scenario: Scenario, suite: Suite) -> Use | None:
    """What the data say; ``None`` when that cannot be told."""
    try:
        values = fill(step.request, suite, _Anything({}, "", ""), str(scenario.file))
    except ScenarioError:
        return None
    seen = _Seen()
    seen.group(values, "")
    if seen.made_up:
        return None
    return Use(step.call, frozenset(seen.single), seen.once)


@dataclass(slots=True)
class _Seen:
    """The paths of one request, and how often each stands."""

    groups: Counter[str] = field(default_factory=Counter)
    """How many elements with members stand at a path."""
    single: Counter[str] = field(default_factory=Counter)
    """How many of the parents hold the path exactly once."""
    made_up: bool = False
    """A name stands for a part that has none: only the writer of requests knows which."""

    @property
    def once(self) -> frozenset[str]:
        """Paths that stand exactly once in each of their parents."""
        return frozenset(
            path
            for path, amount in self.single.items()
            if amount == self.groups[path.rpartition("/")[0]]
        )

    def group(self, members: dict[str, Value], path: str) -> None:
        """Note an element with members and all below it."""
        self.groups[path] += 1
        for name, value in members.items():
            self.made_up |= name.startswith("_")
            self._member(value, "/".join(each for each in (path, name) if each))

    def _member(self, value: Value, path: str) -> None:
        parts = value if isinstance(value, list) else [value]
        amount = int(value is not None and not isinstance(value, list))
        if not path.rpartition("/")[2].startswith("@"):
            self.single[path] += amount
        if not all(isinstance(part, dict) for part in parts):
            parent, slash, name = path.rpartition("/")
            attribute = f"{parent}{slash}@{name}"
            self.single[path if name.startswith("@") else attribute] += amount
        for part in parts:
            if isinstance(part, dict):
                self.group(part, path)


@dataclass(frozen=True, slots=True)
class _Step:
    """The way from one version to another."""

    older: Contract
    newer: Contract
    comparison: Comparison

    def touches(self, use: Use) -> bool:
        """A scenario that uses this shows something else now, or that cannot be ruled out."""
        answers, requests = Direction.RESPONSE, Direction.REQUEST
        if any(_about(each, use.operation, answers) for each in self.comparison.changes):
            return True
        if use.paths is None:
            return any(_about(each, use.operation, requests) for each in self.comparison.changes)
        left = tuple(self._left(use))
        changed = replace(self.comparison, changes=left)
        return bool(touching(changed, use.operation, requests, use.paths)) or any(
            place.operation == use.operation and place.path in {"", EVERYWHERE, *use.paths}
            for change in left
            if change.kind in _ADDED and change.direction is requests
            for place in change.places
        )

    def _left(self, use: Use) -> Iterator[Change]:
        """The changes, without the places where something is required that was always given."""
        for change in self.comparison.changes:
            if change.kind not in _REQUIRED or not _ONE_FITS.fullmatch(change.now):
                yield change
                continue
            places = tuple(
                place
                for place in change.places
                if place.operation != use.operation
                or place.path not in use.once
                or not self._is_plain(place.operation, place.path)
            )
            if places:
                yield replace(change, places=places)

    def _is_plain(self, operation: str, path: str) -> bool:
        return all(
            operation in contract.operations
            and _is_plain(components(contract), contract.operations[operation].input, path)
            for contract in (self.older, self.newer)
        )


def _is_plain(model: Components, root: str, path: str) -> bool:
    """Nothing but the data's one member of that name can be meant by the declaration at the path.

    In a group that repeats, or beside another declaration of the name, one is not always enough.
    """
    *parents, last = path.split("/")
    key = model.element(root).type
    for step in parents:
        found = [each for each in _members(model, key) if local(each.name) == step]
        if len(found) != 1:
            return False
        key = found[0].type
    kind = model.complex(key)
    times = _times(kind.content, last.removeprefix("@")) if kind and kind.content else 0
    return times == (0 if last.startswith("@") else 1)


def _members(model: Components, key: str) -> Iterator[Declared]:
    kind = model.complex(key)
    yield from children(kind.content if kind else None)


def _times(group: Group, name: str) -> int:
    """How many declarations of a name a group has; one that repeats counts twice."""
    found = sum(
        _times(each, name) if isinstance(each, Group)
        else isinstance(each, Declared) and local(each.name) == name
        for each in group.members
    )  # fmt: skip
    return found if group.maximum == 1 else 2 * found


def _about(change: Change, operation: str, direction: Direction) -> bool:
    """The change is about these messages of the operation, or about all in a way that matters."""
    if change.direction not in {None, direction}:
        return False
    if not change.places:
        return change.effect is not Effect.COMPATIBLE
    return any(place.operation == operation for place in change.places)
