"""Every place in the messages of an operation where an element can stand.

Paths are local names joined by ``/`` below the root of a part, ``.`` for the root itself. A type
that comes back within itself is a place, but is not entered again.
"""

from collections.abc import Iterator
from typing import Final

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl import content
from harness.wsdl.components import (
    Components,
    Direction,
    Element,
    Group,
    Messages,
    Particle,
    Wildcard,
    local,
)

ROOT: Final = "."
MAX_SITES: Final = 20_000
"""Places of one part; a contract that has more is cut there."""
MAX_DEPTH: Final = 40


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a message that the contract declares: body, header or detail of a fault.

    Attributes:
        operation: its name.
        where: ``request``, ``response``, ``request/header/NAME``, ``fault/NAME``.
        root: Clark name of the element.
    """

    operation: str
    where: str
    root: str

    @property
    def direction(self) -> Direction:
        """Which way it goes; faults are answers."""
        asked = self.where.startswith(Direction.REQUEST)
        return Direction.REQUEST if asked else Direction.RESPONSE

    @property
    def is_body(self) -> bool:
        """Whether it is the content of an ordinary body."""
        return "/" not in self.where


@dataclass(frozen=True, slots=True)
class Site:
    """One place.

    Attributes:
        slot: the declaration that makes the place, with its occurrence.
        element: what stands there; another one than the slot for a substitute.
        type: key of its type.
        owner: key of the type of its parent; empty for a root.
        kinds: path and type of every place on the way, this one included.
    """

    part: Part
    path: str
    slot: Element
    element: Element
    type: str
    owner: str
    kinds: tuple[tuple[str, str], ...]


def parts(model: Components, operation: str | None = None) -> Iterator[Part]:
    """The parts of all messages, or those of one operation.

    Raises:
        ContractError: there is no such operation.
    """
    for name in [operation] if operation is not None else model.operations:
        yield from _parts(name, messages_of(model, name))


def messages_of(model: Components, operation: str) -> Messages:
    """The elements of an operation.

    Raises:
        ContractError: there is no such operation.
    """
    found = model.operations.get(operation)
    if found is None:
        raise ContractError(
            f"There is no operation {operation!r}.",
            where=model.ref,
            todo=f"Its operations are {', '.join(model.operations)}.",
        )
    return found


def _parts(name: str, messages: Messages) -> Iterator[Part]:
    for direction in Direction:
        for header in messages.headers(direction):
            yield Part(name, f"{direction}/header/{local(header)}", header)
        if messages.body(direction):
            yield Part(name, direction.value, messages.body(direction))
    for fault in messages.faults:
        yield Part(name, f"fault/{fault.name or local(fault.element)}", fault.element)


def sites(model: Components, part: Part) -> Iterator[Site]:
    """The places of a part, each element before its children."""
    root = model.element(part.root)
    waiting = [*_at(model, part, root, ROOT, "", ())][::-1]
    for _ in range(MAX_SITES):
        if not waiting:
            return
        site = waiting.pop()
        yield site
        waiting.extend([*_below(model, site)][::-1])


def _below(model: Components, site: Site) -> Iterator[Site]:
    kind = model.complex(site.type)
    above = [key for _, key in site.kinds]
    if kind is None or above.count(site.type) > 1 or len(above) > MAX_DEPTH:
        return
    for slot in slots(kind.content):
        for element in content.candidates(model, slot):
            path = joined(site.path, local(element.name))
            yield from _at(model, site.part, slot, path, site.type, site.kinds, element)


def _at(
    model: Components,
    part: Part,
    slot: Element,
    path: str,
    owner: str,
    above: tuple[tuple[str, str], ...],
    element: Element | None = None,
) -> Iterator[Site]:
    chosen = element or slot
    for key in content.types(model, chosen):
        yield Site(part, path, slot, chosen, key, owner, (*above, (path, key)))


def slots(particle: Particle | None) -> Iterator[Element]:
    """Element declarations of a content model, in order."""
    for _, each in positions(particle):
        if isinstance(each, Element):
            yield each


def positions(particle: Particle | None, at: str = "1") -> Iterator[tuple[str, Particle]]:
    """Every particle with its number in the content model.

    ``1`` is all of it, ``1.2`` its second member.
    """
    if particle is None:
        return
    yield at, particle
    if isinstance(particle, Group):
        for index, member in enumerate(particle.members, 1):
            yield from positions(member, f"{at}.{index}")


def names_in(model: Components, particle: Particle) -> frozenset[str]:
    """Clark names of the elements that a particle can contribute; none for a wildcard."""
    if isinstance(particle, Wildcard):
        return frozenset()
    if isinstance(particle, Element):
        return frozenset(each.name for each in content.candidates(model, particle))
    return frozenset[str]().union(*(names_in(model, member) for member in particle.members))


def joined(path: str, step: str) -> str:
    """A path and one more step."""
    return step if path == ROOT else f"{path}/{step}"
