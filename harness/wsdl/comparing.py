"""Two versions of a contract compared: by component and path, with direction.

The messages of every operation are followed through both component models at once. What differs
at a type is found once for each pair of types; then every place in a message that leads there is
listed. Names of types are for people: a type with another name and the same content is no change.

The order of operations, attributes and declarations, prefixes, comments, documentation and the
``version`` of a schema mean nothing to a message and are not compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from harness.classes import dataclass
from harness.wsdl import witness
from harness.wsdl.changes import (
    EVERYWHERE,
    Change,
    Comparison,
    Effect,
    MessagePlace,
    NoWitness,
)
from harness.wsdl.components import (
    ComplexType,
    Components,
    Direction,
    Element,
    Messages,
    children,
    components,
    local,
)
from harness.wsdl.describing import description_changes, operation_changes, reason
from harness.wsdl.differences import Differ, Difference, Pair, shown_key

if TYPE_CHECKING:
    from harness.wsdl.contract import Contract

MAX_PLACES: Final = 200
"""Places of one change that are listed one by one in each operation."""
_ORDER: Final = (Effect.BREAKING, Effect.RISKY, Effect.COMPATIBLE)
_Types = tuple[str, str]


@dataclass(slots=True)
class _Found:
    """One difference and where messages of one direction show it."""

    difference: Difference
    places: dict[MessagePlace, None] = field(default_factory=dict)


def compare(older: "Contract", newer: "Contract") -> Comparison:
    """Everything that changed from one version to the other.

    Raises:
        ContractError: one of them cannot be read.
    """
    if older.digest == newer.digest:
        return Comparison(older.ref, newer.ref, older.digest, newer.digest, ())
    models = components(older), components(newer)
    proof = witness.Prover(older, newer, *models)
    walk = _Walk(*models, (older.namespace, newer.namespace))
    changes = [*description_changes(older, newer)]
    changes += [_proved(change, proof, None) for change in operation_changes(older, newer, *models)]
    for direction in Direction:
        for found in walk.differences(direction):
            change = _change(found, direction)
            changes.append(_proved(change, proof, found.difference))
    changes.sort(key=_rank)
    return Comparison(older.ref, newer.ref, older.digest, newer.digest, tuple(changes))


def _rank(change: Change) -> tuple[int, str, str, str]:
    return (
        _ORDER.index(change.effect),
        change.path,
        change.direction.value if change.direction else "",
        change.kind.value,
    )


def _change(found: _Found, direction: Direction) -> Change:
    difference = found.difference
    effect, why = reason(difference, direction)
    path = "/".join(each for each in (shown_key(difference.owner), difference.inner) if each)
    return Change(
        kind=difference.kind,
        path=path,
        direction=direction,
        was=difference.was,
        now=difference.now,
        effect=effect,
        reason=why,
        places=tuple(sorted(found.places)),
        lines=difference.places,
    )


def _proved(change: Change, proof: witness.Prover, difference: Difference | None) -> Change:
    """The change with its witness; no longer breaking where that is neither proven nor shown."""
    if change.effect is not Effect.BREAKING:
        return change
    shown = proof.witness(change, difference)
    if isinstance(shown, NoWitness) and difference is not None and not difference.sure:
        return replace(
            change,
            effect=Effect.RISKY,
            reason="Neither allows all that the other allows, as far as can be told, but no "
            "message was found that shows it.",
        )
    return replace(change, witness=shown)


class _Walk:
    """Both component models followed together from the operations downwards."""

    def __init__(self, older: Components, newer: Components, namespaces: tuple[str, str]) -> None:
        self._older = older
        self._newer = newer
        self._differ = Differ(older, newer, namespaces)
        self._used = {each.type for each in older.elements.values()} | {
            each.type
            for kind in older.types.values()
            if isinstance(kind, ComplexType)
            for each in children(kind.content)
        }
        self._known: dict[_Types, tuple[list[Difference], list[Pair]]] = {}

    def differences(self, direction: Direction) -> list[_Found]:
        """Every difference that messages of the direction can show, each component once."""
        found: dict[Difference, _Found] = {}
        for name, messages in self._older.operations.items():
            counterpart = self._newer.operations.get(name)
            if counterpart is None:
                continue
            for path, pair in _roots(self._older, self._newer, messages, counterpart, direction):
                owner = pair.older.name
                for each in self._differ.element(pair.older, pair.newer, owner, "", ""):
                    _note(found, each, MessagePlace(name, path))
                self._follow(found, name, path, pair)
        return list(found.values())

    def _follow(
        self, found: dict[Difference, _Found], operation: str, path: str, root: Pair
    ) -> None:
        """List what lies below, each type at most twice on one way down."""
        changed = self._changed(_types(root))
        waiting: list[tuple[str, _Types, tuple[_Types, ...]]] = [(path, _types(root), ())]
        visits: dict[_Types, int] = {}
        while waiting:
            path, types, above = waiting.pop()
            if types not in changed:
                continue
            visits[types] = visits.get(types, 0) + 1
            if above.count(types) > 1 or visits[types] > MAX_PLACES:
                self._anywhere(found, operation, types)
                continue
            differences, pairs = self._node(types)
            for each in differences:
                _note(found, each, MessagePlace(operation, _below(path, each.step)))
            waiting.extend(
                (_below(path, each.step), _types(each), (*above, types)) for each in pairs
            )

    def _anywhere(self, found: dict[Difference, _Found], operation: str, start: _Types) -> None:
        """Note everything below without listing where."""
        for types in self._reached(start):
            for each in self._node(types)[0]:
                _note(found, each, MessagePlace(operation, EVERYWHERE))

    def _reached(self, start: _Types) -> dict[_Types, set[_Types]]:
        reached: dict[_Types, set[_Types]] = {}
        waiting = [start]
        while waiting:
            types = waiting.pop()
            if types not in reached:
                reached[types] = {_types(each) for each in self._node(types)[1]}
                waiting.extend(reached[types])
        return reached

    def _changed(self, start: _Types) -> set[_Types]:
        """The pairs of types below which something differs."""
        reached = self._reached(start)
        changed = {types for types in reached if self._node(types)[0]}
        grown = True
        while grown:
            more = {types for types, below in reached.items() if below & changed} - changed
            changed |= more
            grown = bool(more)
        return changed

    def _node(self, types: _Types) -> tuple[list[Difference], list[Pair]]:
        if types not in self._known:
            owner = types[0] if self._older.complex(types[0]) else types[1]
            found = list(self._differ.types(*types, owner))
            differences = [each for each in found if isinstance(each, Difference)]
            pairs = [each for each in found if isinstance(each, Pair)]
            for pair in [*pairs]:
                for each in self._differ.substitutes(pair):
                    (pairs if isinstance(each, Pair) else differences).append(each)  # type: ignore[arg-type]
            pairs += self._derived(types)
            self._known[types] = differences, pairs
        return self._known[types]

    def _derived(self, types: _Types) -> list[Pair]:
        """Types that can stand here by ``xsi:type`` only."""
        older = self._older.complex(types[0])
        if older is None:
            return []
        shared = set(self._newer.derived.get(types[1], ()))
        return [
            Pair("", Element(older.name, name), Element(older.name, name))
            for name in self._older.derived.get(types[0], ())
            if name in shared and (older.abstract or name not in self._used)
        ]


def _roots(
    older: Components,
    newer: Components,
    before: Messages,
    after: Messages,
    direction: Direction,
) -> Iterator[tuple[str, Pair]]:
    """Elements to compare, with the path that messages have for what lies below them."""
    bodies = before.body(direction), after.body(direction)
    if all(bodies):
        yield "", Pair("", older.element(bodies[0]), newer.element(bodies[1]))
    shared: Mapping[str, str] = {
        f"Header/{local(name)}": name
        for name in before.headers(direction)
        if name in after.headers(direction)
    }
    if direction is Direction.RESPONSE:
        shared = dict(shared) | {
            f"Fault/{local(each.element)}": each.element
            for each in before.faults
            if each in after.faults
        }
    for path, name in shared.items():
        yield path, Pair("", older.element(name), newer.element(name))


def _note(found: dict[Difference, _Found], difference: Difference, place: MessagePlace) -> None:
    found.setdefault(difference, _Found(difference)).places[place] = None


def _types(pair: Pair) -> _Types:
    return pair.older.type, pair.newer.type


def _below(path: str, step: str) -> str:
    return "/".join(each for each in (path, step) if each)
