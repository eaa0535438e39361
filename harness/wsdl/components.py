"""The component model: what the schemas of a contract declare, as plain data.

Read with lxml from the pinned files alone, from the operations downwards: only what a message can
hold is in the model. Rules:

* a type is named, never nested: ``Element.type`` is a key of ``Components.types``, so recursion is
  a name that comes back. Named types have their Clark name; an anonymous one has the name of its
  owner, ``{ns}Kysely_WS2A/Laskutus#type``;
* what a type inherits is already in it: content of an extension follows that of its base,
  attributes and facets are collected along the derivation. ``base`` and ``derivation`` say how;
* references (``ref=``, groups, attribute groups) are resolved, chameleon includes have the
  namespace of who includes them;
* every declaration knows its file and line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakKeyDictionary

from harness.classes import dataclass
from harness.errors import ContractError

if TYPE_CHECKING:
    from harness.wsdl.contract import Contract

XSD: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
ANY_TYPE: Final = f"{{{XSD}}}anyType"


class Compositor(StrEnum):
    """How the members of a group stand to each other."""

    SEQUENCE = "sequence"
    CHOICE = "choice"
    ALL = "all"


class Variety(StrEnum):
    """What a value of a simple type is."""

    ATOMIC = "atomic"
    LIST = "list"
    UNION = "union"


class Derivation(StrEnum):
    """How a complex type came from its base."""

    NONE = "none"
    EXTENSION = "extension"
    RESTRICTION = "restriction"


class Direction(StrEnum):
    """Which way a message goes."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a declaration stands: a pinned file and a 1-based line; line 0 is built in."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else "built in"


BUILT_IN: Final = Place("", 0)


@dataclass(frozen=True, slots=True)
class Facets:
    """Restrictions of a simple type, those of its bases included.

    Attributes:
        enumeration: allowed values as written; empty when there is no such facet.
        patterns: one group for each step of the derivation; a value matches one pattern of
            every group.
        min_inclusive, max_inclusive, min_exclusive, max_exclusive: bounds as written.
        white_space: ``preserve``, ``replace``, ``collapse``; empty when the base decides.
    """

    enumeration: tuple[str, ...] = ()
    patterns: tuple[tuple[str, ...], ...] = ()
    length: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_inclusive: str | None = None
    max_inclusive: str | None = None
    min_exclusive: str | None = None
    max_exclusive: str | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None
    white_space: str = ""


@dataclass(frozen=True, slots=True)
class SimpleType:
    """A type of text.

    Attributes:
        name: key in ``Components.types``.
        builtin: local name of the nearest built-in type (``string``, ``int``); of a list or union
            ``anySimpleType``.
        base: key of the type it restricts; empty for built-in types, lists and unions.
        item: key of the type of a list's items.
        members: keys of the members of a union.
    """

    name: str
    builtin: str
    facets: Facets = field(default_factory=Facets)
    variety: Variety = Variety.ATOMIC
    base: str = ""
    item: str = ""
    members: tuple[str, ...] = ()
    anonymous: bool = False
    place: Place = BUILT_IN


@dataclass(frozen=True, slots=True)
class Element:
    """An element as it may stand in one place.

    Attributes:
        name: Clark name.
        type: key in ``Components.types``.
        maximum: ``None`` is unbounded.
        head: Clark name of the head of its substitution group; empty without one.
        is_global: declared at the top of a schema, so that others may substitute it.
        keys: names of the identity constraints (unique, key, keyref) that stand in it.
    """

    name: str
    type: str
    minimum: int = 1
    maximum: int | None = 1
    nillable: bool = False
    default: str | None = None
    fixed: str | None = None
    abstract: bool = False
    head: str = ""
    is_global: bool = False
    keys: tuple[str, ...] = ()
    place: Place = BUILT_IN


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``any`` or ``anyAttribute``: names of these namespaces (``##any``, ``##other`` or a list)."""

    namespace: str = "##any"
    process: str = "strict"
    minimum: int = 1
    maximum: int | None = 1
    target: str = ""
    place: Place = BUILT_IN

    def admits(self, namespace: str) -> bool:
        """Whether names of this namespace may stand here; the empty text is no namespace."""
        if self.namespace == "##any":
            return True
        if self.namespace == "##other":
            return namespace not in {self.target, ""}
        words = {"##targetNamespace": self.target, "##local": ""}
        return namespace in {words.get(word, word) for word in self.namespace.split()}


@dataclass(frozen=True, slots=True)
class Group:
    """Members in sequence, in choice, or all in any order."""

    compositor: Compositor
    members: "tuple[Particle, ...]"
    minimum: int = 1
    maximum: int | None = 1
    place: Place = BUILT_IN


Particle: TypeAlias = Element | Group | Wildcard


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a type. ``name`` is a Clark name, a local one when it is unqualified."""

    name: str
    type: str
    required: bool = False
    default: str | None = None
    fixed: str | None = None
    place: Place = BUILT_IN


@dataclass(frozen=True, slots=True)
class ComplexType:
    """A type of elements with attributes or children.

    Attributes:
        content: what its children are; ``None`` when it has none.
        simple: key of the type of its text, when it has simple content.
        attributes: in the order of their declaration, inherited ones first; none prohibited.
        wildcard: ``anyAttribute``.
        base: key of the type it was derived from; empty when from none.
    """

    name: str
    content: Group | None = None
    simple: str = ""
    attributes: tuple[Attribute, ...] = ()
    wildcard: Wildcard | None = None
    mixed: bool = False
    abstract: bool = False
    base: str = ""
    derivation: Derivation = Derivation.NONE
    anonymous: bool = False
    place: Place = BUILT_IN


Type: TypeAlias = SimpleType | ComplexType


@dataclass(frozen=True, slots=True)
class Fault:
    """A declared fault and the element of its detail."""

    name: str
    element: str


@dataclass(frozen=True, slots=True)
class Messages:
    """The elements of one operation, by Clark name; ``output`` is empty for a one-way operation."""

    name: str
    input: str
    output: str
    input_headers: tuple[str, ...] = ()
    output_headers: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def body(self, direction: Direction) -> str:
        """Clark name of the element in the body."""
        return self.input if direction is Direction.REQUEST else self.output

    def headers(self, direction: Direction) -> tuple[str, ...]:
        """Clark names of the declared headers."""
        return self.input_headers if direction is Direction.REQUEST else self.output_headers

    def roots(self) -> Iterator[str]:
        """Every element a message of the operation can begin with."""
        yield from (name for name in (self.input, self.output) if name)
        yield from (*self.input_headers, *self.output_headers)
        yield from (fault.element for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Components:
    """All that the messages of a contract can be made of.

    Attributes:
        ref: the contract's.
        operations: by name, in the order of the binding.
        elements: global elements that a message can hold, by Clark name.
        types: by key; a type that is reachable, and every type derived from it.
        substitutes: head to the elements that may stand in its place, itself not among them.
        derived: type to the complex types derived from it, directly or not.
    """

    ref: str
    operations: Mapping[str, Messages]
    elements: Mapping[str, Element]
    types: Mapping[str, Type]
    substitutes: Mapping[str, tuple[str, ...]]
    derived: Mapping[str, tuple[str, ...]]

    def element(self, name: str) -> Element:
        """The global element of this Clark name.

        Raises:
            ContractError: no schema declares it.
        """
        found = self.elements.get(name)
        if found is None:
            raise ContractError(
                f"No schema declares the element {name}.",
                where=self.ref,
                todo="Pin the schema that declares it.",
            )
        return found

    def simple(self, key: str) -> SimpleType | None:
        """The type of the text of a type: itself, or that of its simple content."""
        found = self.types[key]
        if isinstance(found, ComplexType):
            return self.simple(found.simple) if found.simple else None
        return found

    def complex(self, key: str) -> ComplexType | None:
        """The type, when it has attributes or children."""
        found = self.types[key]
        return found if isinstance(found, ComplexType) else None


def children(group: Group | None) -> Iterator[Element]:
    """Every element declared in a group, those of groups within it included, in order."""
    for member in group.members if group else ():
        if isinstance(member, Element):
            yield member
        elif isinstance(member, Group):
            yield from children(member)


def local(name: str) -> str:
    """The local part of a Clark name."""
    return name.rpartition("}")[2]


def namespace_of(name: str) -> str:
    """The namespace of a Clark name; empty when it has none."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


_KNOWN: "WeakKeyDictionary[Contract, Components]" = WeakKeyDictionary()


def components(contract: "Contract") -> Components:
    """The component model of a contract; read once and kept as long as the contract.

    Raises:
        ContractError: a declaration that is referred to does not exist, or refers to itself.
    """
    found = _KNOWN.get(contract)
    if found is None:
        from harness.wsdl import declarations  # noqa: PLC0415  lxml at first need

        found = declarations.read(contract)
        _KNOWN[contract] = found
    return found


def merged(base: Facets, own: Facets) -> Facets:
    """Facets of a restriction: its own where it has some, patterns of both."""
    given = {
        name: value
        for name in Facets.__dataclass_fields__
        if (value := getattr(own, name)) not in {None, "", ()} and name != "patterns"
    }
    for tighter, other in _REPLACES:
        if given.get(tighter) is not None:
            given.setdefault(other, None)
    return replace(base, patterns=base.patterns + own.patterns, **given)


# A bound of one kind replaces the inherited one of the other kind on the same side.
_REPLACES: Final = (
    ("min_inclusive", "min_exclusive"),
    ("min_exclusive", "min_inclusive"),
    ("max_inclusive", "max_exclusive"),
    ("max_exclusive", "max_inclusive"),
)
