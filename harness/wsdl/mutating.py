"""Messages that are invalid by exactly one named change of a valid one.

Whether a change makes a message invalid is known before it is made: the content model refuses the
children, the type refuses the text, the declaration refuses the attribute. What the contract would
accept after all (a wildcard, a default) is no mutation there.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl import content
from harness.wsdl.components import (
    Attribute,
    ComplexType,
    Compositor,
    Direction,
    Element,
    Group,
    components,
    local,
    namespace_of,
)
from harness.wsdl.generating import (
    Plain,
    builder,
    envelope,
    fault,
    instance,
    sites_of,
    towards,
    tree,
)
from harness.wsdl.instances import Builder, Choices, Node
from harness.wsdl.lexical import LISTS
from harness.wsdl.sites import Part, Site, joined, names_in, parts, positions, slots

if TYPE_CHECKING:
    from lxml import etree

    from harness.wsdl.contract import Contract

STRANGE: Final = "urn:esimerkki:vieras"
UNKNOWN: Final = "Tuntematon"


class MutationName(StrEnum):
    """Ways to make a valid message invalid. Stored in coverage, so never renamed."""

    MISSING_REQUIRED = "missing-required"
    TOO_FEW = "too-few"
    TOO_MANY = "too-many"
    WRONG_ORDER = "wrong-order"
    EXTRA_ELEMENT = "extra-element"
    WRONG_NAMESPACE = "wrong-namespace"
    NO_NAMESPACE = "no-namespace"
    CHOICE_BOTH = "choice-both"
    TEXT_AMONG_ELEMENTS = "text-among-elements"
    ELEMENT_IN_TEXT = "element-in-text"
    BAD_TYPE = "bad-type"
    LENGTH = "facet-length"
    MIN_LENGTH = "facet-minLength"
    MAX_LENGTH = "facet-maxLength"
    PATTERN = "facet-pattern"
    ENUMERATION = "facet-enumeration"
    MIN_INCLUSIVE = "facet-minInclusive"
    MAX_INCLUSIVE = "facet-maxInclusive"
    MIN_EXCLUSIVE = "facet-minExclusive"
    MAX_EXCLUSIVE = "facet-maxExclusive"
    TOTAL_DIGITS = "facet-totalDigits"
    FRACTION_DIGITS = "facet-fractionDigits"
    FIXED_VALUE = "fixed-value"
    EMPTY = "empty-nonnillable"
    NIL_NOT_ALLOWED = "nil-not-allowed"
    NIL_WITH_CONTENT = "nil-with-content"
    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    MISSING_ATTRIBUTE = "missing-required-attribute"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change at one place.

    Attributes:
        name: what is done.
        operation: of the message.
        where: part of the message, as in ``coverage.Point``.
        path: of the element or attribute that is changed, ``.`` for the root.
        detail: which of several such changes: the branch of a choice, for instance.
    """

    name: MutationName
    operation: str
    where: str
    path: str
    detail: str = ""

    @property
    def id(self) -> str:
        """``operation/where:path!name``, comparable with the ids of coverage points."""
        tail = f"={self.detail}" if self.detail else ""
        return f"{self.operation}/{self.where}:{self.path}!{self.name}{tail}"


Change: TypeAlias = Callable[[], None]


def mutations(
    contract: "Contract", operation: str, direction: Direction = Direction.REQUEST
) -> list[Mutation]:
    """Every mutation of the messages of an operation in one direction, headers and faults too.

    Raises:
        ContractError: an unknown operation, or a contract no messages can be made for.
    """
    found: dict[Mutation, None] = {}
    for part in parts(components(contract), operation):
        if part.direction is direction:
            for site in sites_of(contract, part).values():
                found.update(dict.fromkeys(name for name, _, _ in _at(contract, site)))
    return list(found)


def mutant(contract: "Contract", mutation: Mutation) -> tuple[Part, Node]:
    """A small message, valid but for the mutation: the part it is in, and its root.

    Raises:
        ContractError: the mutation is none of the contract.
    """
    part = _part(contract, mutation)
    path = mutation.path.partition("@")[0].rstrip("/") or "."
    site = sites_of(contract, part).get(path)
    for found, change, root in _at(contract, site) if site is not None else ():
        if found == mutation:
            change()
            return part, root
    raise ContractError(f"There is no mutation {mutation.id}.", where=contract.ref)


def mutants(
    contract: "Contract", operation: str, direction: Direction = Direction.REQUEST
) -> Iterator[tuple[Mutation, "etree._Element"]]:
    """Every mutation of an operation in one direction with the part it spoils, one at a time.

    Faster than one ``mutant`` after the other: a message is made once for each place.

    Raises:
        ContractError: an unknown operation, or a contract no messages can be made for.
    """
    for part in parts(components(contract), operation):
        if part.direction is direction:
            for site in sites_of(contract, part).values():
                yield from _spoiled(contract, site)


def _spoiled(contract: "Contract", site: Site) -> Iterator[tuple[Mutation, "etree._Element"]]:
    for mutation, change, root in list(_at(contract, site)):
        node, parent = next(pair for pair in root.walk() if pair[0].path == site.path)
        before = _state(node), list(parent.children) if parent is not None else []
        change()
        yield mutation, tree(root)
        for name, value in before[0].items():
            setattr(node, name, value)
        if parent is not None:
            parent.children = before[1]


def _state(node: Node) -> dict[str, object]:
    """All that a change may touch of a node."""
    state: dict[str, object] = {
        name: getattr(node, name) for name in ("name", "text", "nil", "said_type")
    }
    return {**state, "attributes": {**node.attributes}, "children": list(node.children)}


def apply(contract: "Contract", mutation: Mutation) -> bytes:
    """An envelope whose only fault is the mutation, written like a sample.

    Raises:
        ContractError: the mutation is none of the contract.
    """
    part, changed = mutant(contract, mutation)
    if part.where.startswith("fault/"):
        return fault(contract, part, changed)
    make = _made(contract, part, changed)
    return envelope(contract, mutation.operation, part.direction, make)


def _made(contract: "Contract", mutated: Part, changed: Node) -> Callable[[Part], Node]:
    return lambda part: changed if part == mutated else instance(contract, part, Plain())


def _part(contract: "Contract", mutation: Mutation) -> Part:
    for part in parts(components(contract), mutation.operation):
        if part.where == mutation.where:
            return part
    raise ContractError(f"There is no mutation {mutation.id}.", where=contract.ref)


def _at(contract: "Contract", site: Site) -> Iterator[tuple[Mutation, Change, Node]]:
    """The mutations of a place, each ready to be made in a message of its own."""
    choices = towards(contract, site)
    if len(site.kinds) > 1:
        choices.wide = frozenset({site.kinds[-2][0]})
    root = instance(contract, site.part, choices)
    for mutation, change in changes(builder(contract), choices, site, root):
        yield mutation, change, root


def changes(
    maker: Builder, choices: Choices, site: Site, root: Node
) -> Iterator[tuple[Mutation, Change]]:
    """The mutations that a message allows at a place, the first of those with its path.

    Args:
        maker: of the contract.
        choices: for what a change adds.
        site: where to change.
        root: a valid message; a change alters it, so only one may be made.
    """
    for node, parent in root.walk():
        if node.path == site.path:
            yield from _Changes(maker, choices, site.part, node, parent).all()
            return


class _Changes:
    """What can be done to one element of a message."""

    def __init__(
        self, maker: Builder, choices: Choices, part: Part, node: Node, parent: Node | None
    ) -> None:
        self.maker = maker
        self.model = maker.model
        self.values = maker.values
        self.choices = choices
        self.part = part
        self.node = node
        self.parent = parent
        self.kind = self.model.complex(node.type)
        self.simple = self.model.simple(node.type)

    def all(self) -> Iterator[tuple[Mutation, Change]]:
        """Every mutation, in the order of the names."""
        if self.parent is not None:
            owner = self.model.complex(self.parent.type)
            if owner is not None:
                yield from self._among_siblings(self.parent, owner)
        else:
            yield self._renamed(MutationName.WRONG_NAMESPACE, STRANGE)
            if namespace_of(self.node.name):
                yield self._renamed(MutationName.NO_NAMESPACE, "")
        if self.node.nil:
            return
        yield from self._inside()
        yield from self._of_text()
        yield from self._of_nil()
        yield self._named(
            MutationName.UNKNOWN_TYPE, self._set("said_type", f"{{{STRANGE}}}{UNKNOWN}")
        )
        yield from self._of_attributes()

    # Among its siblings ------------------------------------------------------------------------

    def _among_siblings(
        self, parent: Node, owner: ComplexType
    ) -> Iterator[tuple[Mutation, Change]]:
        slot = self._slot(owner)
        for name, detail, order in self._orders(parent, owner, slot):
            if not content.accepts(self.model, owner, [each.name for each in order]):
                yield self._named(name, self._order(parent, order), detail=detail)
        for name, space in (
            (MutationName.WRONG_NAMESPACE, STRANGE),
            (MutationName.NO_NAMESPACE, ""),
        ):
            renamed = _clark(space, local(self.node.name))
            names = [renamed if each is self.node else each.name for each in parent.children]
            if renamed != self.node.name and not content.accepts(self.model, owner, names):
                yield self._renamed(name, space)

    def _slot(self, owner: ComplexType) -> Element | None:
        for slot in slots(owner.content):
            if self.node.name in names_in(self.model, slot):
                return slot
        return None

    def _orders(
        self, parent: Node, owner: ComplexType, slot: Element | None
    ) -> Iterator[tuple[MutationName, str, list[Node]]]:
        """Changed lists of children; whether the contract refuses them is for the caller."""
        node, family = self.node, parent.children
        same = [each for each in family if each.name == node.name]
        yield MutationName.MISSING_REQUIRED, "", [each for each in family if each not in same]
        if slot is not None and slot.minimum > 1:
            few = same[slot.minimum - 1 :]
            yield MutationName.TOO_FEW, "", [each for each in family if each not in few]
        if slot is not None and slot.maximum is not None:
            more = [node] * (slot.maximum + 1 - len(same))
            yield MutationName.TOO_MANY, "", _after(family, node, more)
        yield from ((MutationName.WRONG_ORDER, "", order) for order in _swapped(family, node))
        strange = Node(
            _clark(namespace_of(node.name), UNKNOWN), node.declared, node.type, node.path
        )
        yield MutationName.EXTRA_ELEMENT, "", _after(family, node, [strange])
        for label, others in self._other_branches(owner, parent):
            yield MutationName.CHOICE_BOTH, label, _after(family, node, others)

    def _other_branches(self, owner: ComplexType, parent: Node) -> Iterator[tuple[str, list[Node]]]:
        for _, group in positions(owner.content):
            if not isinstance(group, Group) or group.compositor is not Compositor.CHOICE:
                continue
            if self.node.name not in names_in(self.model, group):
                continue
            for member in group.members:
                if self.node.name in names_in(self.model, member):
                    continue
                for slot in list(slots(member))[:1]:
                    for element in list(content.candidates(self.model, slot))[:1]:
                        yield local(element.name), [self._another(element, parent)]

    def _another(self, element: Element, parent: Node) -> Node:
        path = joined(parent.path, local(element.name))
        return self.maker.element(element, path, self.choices)

    # Inside it ---------------------------------------------------------------------------------

    def _inside(self) -> Iterator[tuple[Mutation, Change]]:
        kind = self.kind
        strange = Node(
            _clark(namespace_of(self.node.name), UNKNOWN),
            self.node.declared,
            self.node.type,
            self.node.path,
        )
        if self.simple is not None:
            yield self._named(MutationName.ELEMENT_IN_TEXT, self._order(self.node, [strange]))
            return
        assert kind is not None, "a type is simple or complex"
        if not kind.mixed:
            yield self._named(MutationName.TEXT_AMONG_ELEMENTS, self._set("text", "teksti"))
        if not self.node.children and not content.accepts(self.model, kind, [strange.name]):
            change = self._order(self.node, [strange])
            yield self._named(MutationName.EXTRA_ELEMENT, change, detail="inside")
        if self.node.children and not content.accepts(self.model, kind, []):
            yield self._named(MutationName.EMPTY, self._order(self.node, []))

    def _of_text(self) -> Iterator[tuple[Mutation, Change]]:
        simple, declared = self.simple, self.node.declared
        if simple is None:
            return
        if declared.fixed is not None:
            other = self._other_than(declared.fixed)
            if other is not None:
                yield self._named(MutationName.FIXED_VALUE, self._set("text", other))
            return
        for rule, text in self.values.broken(simple):
            yield self._named(_rule(rule), self._set("text", text))
        tolerated = simple.builtin in LISTS  # empty lists: see Values.broken
        if declared.default is None and not tolerated and not self.values.fits(simple, ""):
            yield self._named(MutationName.EMPTY, self._set("text", ""))

    def _other_than(self, fixed: str) -> str | None:
        """A value of the type that is not the fixed one."""
        assert self.simple is not None
        for text in (fixed + "X", fixed + "1", "1", "2", "true", "false"):
            if text != fixed and self.values.fits(self.simple, text):
                return text
        return None

    def _of_nil(self) -> Iterator[tuple[Mutation, Change]]:
        node = self.node
        if not node.declared.nillable:
            yield self._named(MutationName.NIL_NOT_ALLOWED, self._nil(empty=True))
        elif node.text or node.children:
            yield self._named(MutationName.NIL_WITH_CONTENT, self._nil(empty=False))

    # Its attributes ----------------------------------------------------------------------------

    def _of_attributes(self) -> Iterator[tuple[Mutation, Change]]:
        if self.kind is None or self.kind.wildcard is None:
            change = self._attribute(UNKNOWN.lower(), "x")
            yield self._named(MutationName.UNKNOWN_ATTRIBUTE, change)
        for declared in self.kind.attributes if self.kind else ():
            for name, text in self._texts_of(declared):
                path = joined(self.node.path, "@" + local(declared.name))
                yield self._named(name, self._attribute(declared.name, text), path)

    def _texts_of(self, declared: Attribute) -> Iterator[tuple[MutationName, str | None]]:
        if declared.required:
            yield MutationName.MISSING_ATTRIBUTE, None
        simple = self.model.simple(declared.type)
        assert simple is not None, "attributes have simple types"
        if declared.fixed is not None:
            if self.values.fits(simple, declared.fixed + "X"):
                yield MutationName.FIXED_VALUE, declared.fixed + "X"
            return
        for rule, text in self.values.broken(simple):
            yield _rule(rule), text

    # Changes -----------------------------------------------------------------------------------

    def _named(
        self, name: MutationName, change: Change, path: str = "", detail: str = ""
    ) -> tuple[Mutation, Change]:
        where = path or self.node.path
        return Mutation(name, self.part.operation, self.part.where, where, detail), change

    def _renamed(self, name: MutationName, space: str) -> tuple[Mutation, Change]:
        return self._named(name, self._set("name", _clark(space, local(self.node.name))))

    def _set(self, field: str, value: str) -> Change:
        return lambda: setattr(self.node, field, value)

    @staticmethod
    def _order(parent: Node, order: list[Node]) -> Change:
        def change() -> None:
            parent.children = order

        return change

    def _nil(self, *, empty: bool) -> Change:
        def change() -> None:
            self.node.nil = True
            if empty:
                self.node.text, self.node.children = "", []

        return change

    def _attribute(self, name: str, text: str | None) -> Change:
        def change() -> None:
            self.node.attributes.pop(name, None)
            if text is not None:
                self.node.attributes[name] = text

        return change


def _rule(rule: str) -> MutationName:
    return MutationName.BAD_TYPE if rule == "type" else MutationName(f"facet-{rule}")


def _clark(space: str, name: str) -> str:
    return f"{{{space}}}{name}" if space else name


def _after(family: list[Node], node: Node, more: list[Node]) -> list[Node]:
    at = [each is node for each in family].index(True) + 1
    return [*family[:at], *more, *family[at:]]


def _swapped(family: list[Node], node: Node) -> Iterator[list[Node]]:
    """The node after its next neighbour of another name, or before the last one; first that is."""
    at = [each is node for each in family].index(True)
    others = [index for index, each in enumerate(family) if each.name != node.name]
    later = [index for index in others if index > at][:1]
    earlier = [index for index in others if index < at][-1:]
    for index in later or earlier:
        order = list(family)
        order[at], order[index] = order[index], order[at]
        yield order


def mutated(
    contract: "Contract", part: Part, choices: Choices, pick: Callable[[int], int]
) -> tuple[Mutation, Node]:
    """A message made by ``choices`` with one mutation in it.

    Args:
        contract: its contract.
        part: the part to make.
        choices: of the valid message.
        pick: chooses the place and the mutation, one of ``n``.

    Raises:
        ContractError: no message can be made for the contract.
    """
    root = instance(contract, part, choices)
    known = sites_of(contract, part)
    paths = list(dict.fromkeys(node.path for node, _ in root.walk() if node.path in known))
    start = pick(len(paths))
    for path in (*paths[start:], *paths[:start]):
        options = list(changes(builder(contract), Plain(), known[path], root))
        if options:
            mutation, change = options[pick(len(options))]
            change()
            return mutation, root
    raise ContractError(f"Nothing in {part.root} can be changed.", where=contract.ref)
