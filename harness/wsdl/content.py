"""Content models: which sequences of children a type accepts, and how deep it must at least go."""

from collections.abc import Iterator
from math import inf

from harness.wsdl.components import (
    ComplexType,
    Components,
    Compositor,
    Element,
    Group,
    Particle,
    Wildcard,
    namespace_of,
)


def candidates(model: Components, slot: Element) -> Iterator[Element]:
    """Elements that may stand where one is declared: itself unless abstract, and substitutes."""
    if not slot.abstract:
        yield slot
    for name in model.substitutes.get(slot.name, ()) if slot.is_global else ():
        element = model.elements[name]
        if not element.abstract:
            yield element


def types(model: Components, element: Element) -> Iterator[str]:
    """Keys of the types an element may have: its own unless abstract, and those derived from it."""
    own = model.complex(element.type)
    if own is None or not own.abstract:
        yield element.type
    for key in model.derived.get(element.type, ()):
        kind = model.complex(key)
        if kind is not None and not kind.abstract and not kind.anonymous:
            yield key


def accepts(model: Components, kind: ComplexType, names: list[str]) -> bool:
    """Whether a type accepts children of these Clark names in this order."""
    if kind.content is None:
        return not names
    return len(names) in _ends(model, kind.content, names, frozenset({0}))


def accepts_nothing(model: Components, particle: Particle) -> bool:
    """Whether a particle may contribute no children at all."""
    return 0 in _ends(model, particle, [], frozenset({0}))


def _ends(
    model: Components, particle: Particle, names: list[str], starts: frozenset[int]
) -> frozenset[int]:
    """Positions at which a particle can end that begins at one of ``starts``."""
    for _ in range(min(particle.minimum, len(names) + 1)):
        starts = _once(model, particle, names, starts)
    found, edge, count = starts, starts, particle.minimum
    while edge and (particle.maximum is None or count < particle.maximum):
        edge = _once(model, particle, names, edge) - found
        found |= edge
        count += 1
    return found


def _once(
    model: Components, particle: Particle, names: list[str], starts: frozenset[int]
) -> frozenset[int]:
    if isinstance(particle, Group):
        return _group(model, particle, names, starts)
    if isinstance(particle, Wildcard):
        fitting = (at for at in starts if at < len(names))
        return frozenset(at + 1 for at in fitting if particle.admits(namespace_of(names[at])))
    known = {element.name for element in candidates(model, particle)}
    return frozenset(at + 1 for at in starts if at < len(names) and names[at] in known)


def _group(
    model: Components, group: Group, names: list[str], starts: frozenset[int]
) -> frozenset[int]:
    if group.compositor is Compositor.CHOICE:
        ends = (_ends(model, member, names, starts) for member in group.members)
        return frozenset[int]().union(*ends)
    if group.compositor is Compositor.ALL:
        return frozenset(at for start in starts for at in _all(model, group, names, start))
    for member in group.members:
        starts = _ends(model, member, names, starts)
    return starts


def _all(model: Components, group: Group, names: list[str], start: int) -> Iterator[int]:
    """``all`` groups hold elements that stand at most once (XML Schema 1.0)."""
    left = [member for member in group.members if isinstance(member, Element)]
    at = start
    while True:
        if all(member.minimum == 0 for member in left):
            yield at
        found = [m for m in left if at < len(names) and names[at] in _names(model, m)]
        if not found:
            return
        left.remove(found[0])
        at += 1


def _names(model: Components, slot: Element) -> set[str]:
    return {element.name for element in candidates(model, slot)}


class Depths:
    """How many levels a type, element or particle needs at least; infinite when it never ends."""

    def __init__(self, model: Components) -> None:
        self._model = model
        self._known: dict[str, float] = {}
        # By identity: particles live as long as the model, and comparing them takes time.
        self._once: dict[int, float] | None = None
        while self._settle():
            pass
        self._once = {}

    def _settle(self) -> bool:
        before = dict(self._known)
        for key in self._model.types:
            kind = self._model.complex(key)
            needs = self.of(kind.content) if kind is not None and kind.content else 0
            self._known[key] = 1 + needs
        return self._known != before

    def of_type(self, key: str) -> float:
        """Levels of a type."""
        return self._known.get(key, inf)

    def of(self, particle: Particle) -> float:
        """Levels of a particle as often as it must stand."""
        return self.once(particle) if particle.minimum else 0

    def once(self, particle: Particle) -> float:
        """Levels of a particle of the model when it stands."""
        if self._once is None:
            return self._measured(particle)
        found = self._once.get(id(particle))
        if found is None:
            found = self._once[id(particle)] = self._measured(particle)
        return found

    def _measured(self, particle: Particle) -> float:
        if isinstance(particle, Wildcard):
            return 1
        if isinstance(particle, Element):
            return min(
                (self.of_element(each) for each in candidates(self._model, particle)), default=inf
            )
        depths = [self.of(member) for member in particle.members]
        if particle.compositor is Compositor.CHOICE:
            return min(depths, default=0)
        return max(depths, default=0)

    def of_element(self, element: Element) -> float:
        """Levels of an element with the shallowest of its types."""
        return min((self.of_type(key) for key in types(self._model, element)), default=inf)
