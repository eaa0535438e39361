"""Reads the component model out of the pinned schema documents with lxml.

Namespaces follow XML Schema part 1: local elements and attributes by ``form`` and the defaults of
their schema, unprefixed names of a chameleon include in the namespace of who includes it
(section 4.2.1).
"""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lxml import etree

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl.assembling import Assembly
from harness.wsdl.components import (
    ANY_TYPE,
    XSD,
    Attribute,
    ComplexType,
    Components,
    Compositor,
    Derivation,
    Element,
    Facets,
    Fault,
    Group,
    Messages,
    Particle,
    Place,
    SimpleType,
    Type,
    Variety,
    Wildcard,
    merged,
)
from harness.wsdl.lexical import LISTS
from harness.wsdl.sources import XML as _XML

if TYPE_CHECKING:
    from harness.wsdl.contract import Contract
    from harness.wsdl.operation import Operation

_GLOBALS: Final = ("element", "complexType", "simpleType", "group", "attribute", "attributeGroup")
_COMPOSITORS: Final = {each.value: each for each in Compositor}
_LENGTHS: Final = {
    "length": "length",
    "minLength": "min_length",
    "maxLength": "max_length",
    "totalDigits": "total_digits",
    "fractionDigits": "fraction_digits",
}
_BOUNDS: Final = {
    "minInclusive": "min_inclusive",
    "maxInclusive": "max_inclusive",
    "minExclusive": "min_exclusive",
    "maxExclusive": "max_exclusive",
    "whiteSpace": "white_space",
}
_KEYS: Final = ("unique", "key", "keyref")


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a declaration stands and what unqualified names mean there."""

    file: str
    namespace: str
    chameleon: bool
    elements: bool
    attributes: bool

    def qualified(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}" if self.namespace else name

    def resolved(self, node: etree._Element, written: str) -> str:
        """The Clark name a QName in the schema stands for."""
        prefix, colon, name = written.strip().rpartition(":")
        if prefix == "xml":
            return f"{{{_XML}}}{name}"
        namespace = node.nsmap.get(prefix if colon else None)
        if colon and namespace is None:
            raise _error(self, node, f"The prefix of {written!r} is not declared.")
        if not namespace and self.chameleon:
            return self.qualified(name)
        return f"{{{namespace}}}{name}" if namespace else name

    def place(self, node: etree._Element) -> Place:
        return Place(self.file, node.sourceline or 0)


def read(contract: "Contract") -> Components:
    """The components reachable from the operations of a contract.

    Raises:
        ContractError: something that is referred to is not declared, or refers to itself.
    """
    _ = contract._schema  # noqa: SLF001  libxml2 reports circularities before they are walked
    operations = {name: _messages(each) for name, each in contract.operations.items()}
    reader = _Reader(contract._assembly)  # noqa: SLF001  within the room: the pinned trees
    for messages in operations.values():
        for root in messages.roots():
            reader.root(root)
    reader.settle()
    return Components(
        ref=contract.ref,
        operations=MappingProxyType(operations),
        elements=MappingProxyType(reader.elements),
        types=MappingProxyType(reader.types),
        substitutes=MappingProxyType(reader.substitutes),
        derived=MappingProxyType(reader.derived()),
    )


class _Reader:
    """One reading; tables grow until nothing reachable is missing."""

    def __init__(self, assembly: Assembly) -> None:
        self._declared: dict[tuple[str, str], tuple[etree._Element, _Scope]] = {}
        self.types: dict[str, Type] = {}
        self.elements: dict[str, Element] = {}
        self.substitutes: dict[str, tuple[str, ...]] = {}
        self._heads: dict[str, list[str]] = {}
        self._bases: dict[str, list[str]] = {}
        self._waiting: list[str] = []
        self._nodes: dict[str, tuple[etree._Element, _Scope]] = {}
        self._open: list[str] = []
        for root, scope in _documents(assembly):
            self._index(root, scope)

    def root(self, name: str) -> None:
        """Read a global element and remember what it needs."""
        if name in self.elements:
            return
        node, scope = self._find("element", name)
        self.elements[name] = self._element(node, scope, name, is_global=True)
        self._substitutes(name)

    def settle(self) -> None:
        """Read every type that is waited for, and those it leads to."""
        while self._waiting:
            self._type(self._waiting.pop(0))

    def derived(self) -> dict[str, tuple[str, ...]]:
        """Types to the complex types derived from them."""
        found: dict[str, tuple[str, ...]] = {}
        for key in self.types:
            below = list(self._below(key, set()))
            if below:
                found[key] = tuple(below)
        return found

    def _below(self, key: str, seen: set[str]) -> Iterator[str]:
        for name in self._bases.get(key, ()):
            if name in self.types and name not in seen:
                seen.add(name)
                yield name
                yield from self._below(name, seen)

    def _index(self, root: etree._Element, scope: _Scope) -> None:
        for node in root.iterchildren(*(_xs(kind) for kind in _GLOBALS)):
            name, kind = scope.qualified(node.get("name", "")), _tag(node)
            self._declared.setdefault((_kind(kind), name), (node, scope))
            head = node.get("substitutionGroup")
            if head is not None:
                self._heads.setdefault(scope.resolved(node, head), []).append(name)
            base = node.find(f"{_xs('complexContent')}/*[@base]")
            if kind == "complexType" and base is not None:
                key = scope.resolved(base, base.get("base", ""))
                self._bases.setdefault(key, []).append(name)

    def _find(self, kind: str, name: str) -> tuple[etree._Element, _Scope]:
        found = self._declared.get((kind, name))
        if found is None:
            raise ContractError(
                f"No schema of the contract declares the {kind} {name}.",
                todo="Pin the schema that declares it.",
            )
        return found

    def _substitutes(self, head: str) -> None:
        found: dict[str, None] = {}
        waiting = list(self._heads.get(head, ()))
        while waiting:
            name = waiting.pop(0)
            if name not in found and name != head:
                found[name] = None
                waiting.extend(self._heads.get(name, ()))
        if found:
            self.substitutes[head] = tuple(found)
        for name in found:
            self.root(name)

    # Types -------------------------------------------------------------------------------------

    def _wanted(self, key: str) -> str:
        if key not in self.types and key not in self._waiting:
            self._waiting.append(key)
        return key

    def _type(self, key: str) -> Type:
        found = self.types.get(key)
        if found is not None:
            return found
        if key in self._open:
            raise ContractError(f"The type {key} is derived from itself.")
        self._open.append(key)
        made = self._made(key)
        self._open.pop()
        self.types[key] = made
        for name in self._bases.get(key, ()):
            self._wanted(name)
        return made

    def _made(self, key: str) -> Type:
        if key.startswith(f"{{{XSD}}}"):
            made = _built_in(key)
            if isinstance(made, SimpleType) and made.item:
                self._wanted(made.item)
            return made
        anonymous = key in self._nodes
        node, scope = self._nodes[key] if anonymous else self._find("type", key)
        if _tag(node) == "simpleType":
            return self._simple(node, scope, key, anonymous=anonymous)
        return self._complex(node, scope, key, anonymous=anonymous)

    def _type_of(self, node: etree._Element, scope: _Scope, owner: str, missing: str) -> str:
        """Key of the type of an element or attribute: named, anonymous, or ``missing``."""
        written = node.get("type")
        if written is not None:
            return self._wanted(scope.resolved(node, written))
        for inner in node.iterchildren(_xs("complexType"), _xs("simpleType")):
            return self._wanted(self._nameless(inner, scope, f"{owner}#type"))
        return self._wanted(missing)

    def _nameless(self, node: etree._Element, scope: _Scope, key: str) -> str:
        self._nodes.setdefault(key, (node, scope))
        return key

    def _simple(
        self, node: etree._Element, scope: _Scope, key: str, *, anonymous: bool
    ) -> SimpleType:
        place = scope.place(node)
        listing, union = node.find(_xs("list")), node.find(_xs("union"))
        if listing is not None:
            item = self._inner(listing, scope, key, "itemType")[0]
            return SimpleType(
                key, "anySimpleType", Facets(white_space="collapse"), Variety.LIST,
                item=item, anonymous=anonymous, place=place,
            )  # fmt: skip
        if union is not None:
            members = tuple(self._inner(union, scope, key, "memberTypes"))
            return SimpleType(
                key, "anySimpleType", variety=Variety.UNION,
                members=members, anonymous=anonymous, place=place,
            )  # fmt: skip
        restriction = _only(node, "restriction")
        base = self._inner(restriction, scope, key, "base")[0]
        return replace(self._restricted(restriction, key, base), anonymous=anonymous, place=place)

    def _inner(self, node: etree._Element, scope: _Scope, key: str, attribute: str) -> list[str]:
        """Keys of the types a simple type is made of, named or written inside it; all read."""
        named = [scope.resolved(node, name) for name in node.get(attribute, "").split()]
        nameless = [
            self._nameless(inner, scope, f"{key}#{index}")
            for index, inner in enumerate(node.iterchildren(_xs("simpleType")), 1)
        ]
        for name in (*named, *nameless):
            self._type(name)
        return named + nameless or [f"{{{XSD}}}anySimpleType"]

    def _restricted(self, node: etree._Element, key: str, base: str) -> SimpleType:
        origin = self._type(base)
        if isinstance(origin, ComplexType):
            origin = self._simple_of(origin.simple)
        facets = merged(origin.facets, _facets(node))
        return replace(origin, name=key, facets=facets, base=base, anonymous=False)

    def _simple_of(self, key: str) -> SimpleType:
        found = self._type(key or f"{{{XSD}}}anySimpleType")
        return self._simple_of(found.simple) if isinstance(found, ComplexType) else found

    def _complex(
        self, node: etree._Element, scope: _Scope, key: str, *, anonymous: bool
    ) -> ComplexType:
        made = ComplexType(
            key,
            mixed=_true(node, "mixed"),
            abstract=_true(node, "abstract"),
            anonymous=anonymous,
            place=scope.place(node),
        )
        complex_content = node.find(_xs("complexContent"))
        simple_content = node.find(_xs("simpleContent"))
        if simple_content is not None:
            return self._with_text(simple_content, scope, made)
        if complex_content is not None:
            mixed = made.mixed or _true(complex_content, "mixed")
            return self._derived(complex_content, scope, replace(made, mixed=mixed))
        return self._plain(node, scope, made)

    def _plain(self, node: etree._Element, scope: _Scope, made: ComplexType) -> ComplexType:
        attributes, wildcard = self._attributes(node, scope, made.name)
        return replace(
            made,
            content=self._content(node, scope, made.name),
            attributes=tuple(attributes.values()),
            wildcard=wildcard,
        )

    def _derived(self, node: etree._Element, scope: _Scope, made: ComplexType) -> ComplexType:
        step, derivation, base = self._step(node, scope)
        origin = self._type(base)
        made = replace(self._plain(step, scope, made), base=base, derivation=derivation)
        if not isinstance(origin, ComplexType) or base == ANY_TYPE:
            return replace(made, attributes=_allowed(step, {}, made.attributes))
        attributes = _allowed(
            step, {each.name: each for each in origin.attributes}, made.attributes
        )
        if derivation is Derivation.RESTRICTION:
            return replace(made, attributes=attributes)
        return replace(
            made,
            content=_joined(origin.content, made.content),
            attributes=attributes,
            wildcard=made.wildcard or origin.wildcard,
            mixed=made.mixed or origin.mixed,
        )

    def _with_text(self, node: etree._Element, scope: _Scope, made: ComplexType) -> ComplexType:
        step, derivation, base = self._step(node, scope)
        origin = self._type(base)
        inherited = origin.attributes if isinstance(origin, ComplexType) else ()
        own, wildcard = self._attributes(step, scope, made.name)
        simple = base if isinstance(origin, SimpleType) else origin.simple
        if derivation is Derivation.RESTRICTION:
            simple = self._text_of(step, scope, made.name, simple)
        if wildcard is None and isinstance(origin, ComplexType):
            wildcard = origin.wildcard
        return replace(
            made,
            simple=simple,
            attributes=_allowed(step, {each.name: each for each in inherited}, tuple(own.values())),
            wildcard=wildcard,
            base=base,
            derivation=derivation,
        )

    def _text_of(self, step: etree._Element, scope: _Scope, owner: str, simple: str) -> str:
        inner = step.find(_xs("simpleType"))
        if inner is not None:
            simple = self._nameless(inner, scope, f"{owner}#base")
            self._type(simple)
        key = f"{owner}#text"
        restricted = self._restricted(step, key, simple)
        self.types[key] = replace(restricted, anonymous=True, place=scope.place(step))
        return key

    @staticmethod
    def _step(node: etree._Element, scope: _Scope) -> tuple[etree._Element, Derivation, str]:
        for step in node.iterchildren(_xs("extension"), _xs("restriction")):
            base = scope.resolved(step, step.get("base", ""))
            return step, Derivation(_tag(step)), base
        raise _error(scope, node, "The content is neither an extension nor a restriction.")

    # Particles ---------------------------------------------------------------------------------

    def _content(self, node: etree._Element, scope: _Scope, owner: str) -> Group | None:
        for child in node.iterchildren(*(_xs(name) for name in (*_COMPOSITORS, "group"))):
            found = self._particle(child, scope, owner)
            return found if isinstance(found, Group) else None
        return None

    def _particle(self, node: etree._Element, scope: _Scope, owner: str) -> Particle | None:
        minimum, maximum = _occurs(node)
        if maximum == 0:
            return None
        kind = _tag(node)
        if kind == "element":
            return self._local(node, scope, owner)
        if kind == "any":
            return _wildcard(node, scope, minimum, maximum)
        if kind == "group":
            return self._referred(node, scope, minimum, maximum)
        members = (self._particle(child, scope, owner) for child in _parts(node))
        return Group(
            _COMPOSITORS[kind],
            tuple(each for each in members if each is not None),
            minimum,
            maximum,
            scope.place(node),
        )

    def _referred(
        self, node: etree._Element, scope: _Scope, minimum: int, maximum: int | None
    ) -> Group | None:
        name = scope.resolved(node, node.get("ref", ""))
        key = f"group {name}"
        if key in self._open:
            raise _error(scope, node, f"The group {name} holds itself.")
        declared, place = self._find("group", name)
        self._open.append(key)
        found = self._content(declared, place, key)
        self._open.pop()
        return None if found is None else replace(found, minimum=minimum, maximum=maximum)

    def _local(self, node: etree._Element, scope: _Scope, owner: str) -> Element:
        minimum, maximum = _occurs(node)
        reference = node.get("ref")
        if reference is not None:
            name = scope.resolved(node, reference)
            self.root(name)
            return replace(
                self.elements[name], minimum=minimum, maximum=maximum, place=scope.place(node)
            )
        own = node.get("name", "")
        qualified = node.get("form", "qualified" if scope.elements else "") == "qualified"
        name = scope.qualified(own) if qualified else own
        made = self._element(node, scope, name, owner=f"{owner}/{own}")
        return replace(made, minimum=minimum, maximum=maximum)

    def _element(
        self, node: etree._Element, scope: _Scope, name: str, *,
        owner: str = "", is_global: bool = False,
    ) -> Element:  # fmt: skip
        group = node.get("substitutionGroup") if is_global else None
        head = "" if group is None else scope.resolved(node, group)
        missing = self._type_of_head(head) if head else ANY_TYPE
        return Element(
            name=name,
            type=self._type_of(node, scope, owner or name, missing),
            nillable=_true(node, "nillable"),
            default=node.get("default"),
            fixed=node.get("fixed"),
            abstract=_true(node, "abstract"),
            head=head,
            is_global=is_global,
            keys=tuple(
                each.get("name", "") for each in node.iterchildren(*(_xs(key) for key in _KEYS))
            ),
            place=scope.place(node),
        )

    def _type_of_head(self, head: str) -> str:
        node, scope = self._find("element", head)
        return self._element(node, scope, head, is_global=True).type

    # Attributes --------------------------------------------------------------------------------

    def _attributes(
        self, node: etree._Element, scope: _Scope, owner: str
    ) -> tuple[dict[str, Attribute], Wildcard | None]:
        found: dict[str, Attribute] = {}
        wildcard: Wildcard | None = None
        for child in node.iterchildren(
            _xs("attribute"), _xs("attributeGroup"), _xs("anyAttribute")
        ):
            if _tag(child) == "anyAttribute":
                wildcard = _wildcard(child, scope, 0, 1)
            elif _tag(child) == "attribute":
                made = self._attribute(child, scope, owner)
                if child.get("use") != "prohibited":
                    found[made.name] = made
            else:
                more, other = self._attribute_group(child, scope)
                found |= more
                wildcard = wildcard or other
        return found, wildcard

    def _attribute_group(
        self, node: etree._Element, scope: _Scope
    ) -> tuple[dict[str, Attribute], Wildcard | None]:
        name = scope.resolved(node, node.get("ref", ""))
        key = f"attributeGroup {name}"
        if key in self._open:
            raise _error(scope, node, f"The attribute group {name} holds itself.")
        declared, place = self._find("attributeGroup", name)
        self._open.append(key)
        found = self._attributes(declared, place, key)
        self._open.pop()
        return found

    def _attribute(self, node: etree._Element, scope: _Scope, owner: str) -> Attribute:
        reference = node.get("ref")
        if reference is not None:
            made = self._shared(scope.resolved(node, reference))
        else:
            own = node.get("name", "")
            qualified = node.get("form", "qualified" if scope.attributes else "") == "qualified"
            made = self._declared_attribute(
                node, scope, scope.qualified(own) if qualified else own, f"{owner}/@{own}"
            )
        return replace(
            made,
            required=node.get("use") == "required",
            default=node.get("default", made.default),
            fixed=node.get("fixed", made.fixed),
            place=scope.place(node),
        )

    def _shared(self, name: str) -> Attribute:
        if name.startswith(f"{{{_XML}}}"):
            built_in = {"lang": "language", "base": "anyURI", "id": "ID"}
            key = f"{{{XSD}}}{built_in.get(name.rpartition('}')[2], 'token')}"
            if ("attribute", name) not in self._declared:
                return Attribute(name, self._wanted(key))
        node, scope = self._find("attribute", name)
        return self._declared_attribute(node, scope, name, f"attribute {name}")

    def _declared_attribute(
        self, node: etree._Element, scope: _Scope, name: str, owner: str
    ) -> Attribute:
        return Attribute(
            name,
            self._type_of(node, scope, owner, f"{{{XSD}}}anySimpleType"),
            default=node.get("default"),
            fixed=node.get("fixed"),
            place=scope.place(node),
        )


# Documents -------------------------------------------------------------------------------------


def _documents(assembly: Assembly) -> Iterator[tuple[etree._Element, _Scope]]:
    """Every schema with the namespace it speaks for; a chameleon once for each includer."""
    for document in assembly.documents:
        for namespace in document.namespaces:
            scope = _scope(document.file, document.root, namespace)
            for node in document.root.iterchildren(_xs("redefine")):
                raise _error(scope, node, "Schemas that redefine others are not modelled.")
            yield document.root, scope


def _scope(file: str, schema: etree._Element, namespace: str) -> _Scope:
    return _Scope(
        file=file,
        namespace=namespace,
        chameleon=bool(namespace) and schema.get("targetNamespace") is None,
        elements=schema.get("elementFormDefault") == "qualified",
        attributes=schema.get("attributeFormDefault") == "qualified",
    )


def _messages(operation: "Operation") -> Messages:
    return Messages(
        name=operation.name,
        input=operation.input,
        output=operation.output,
        input_headers=operation.headers,
        output_headers=operation.output_headers,
        faults=tuple(Fault(name.rpartition("}")[2], name) for name in operation.faults),
    )


# Small pieces ----------------------------------------------------------------------------------


def _built_in(key: str) -> Type:
    name = key.rpartition("}")[2]
    if key == ANY_TYPE:
        lax = Wildcard(process="lax", minimum=0, maximum=None)
        content = Group(Compositor.SEQUENCE, (lax,))
        return ComplexType(ANY_TYPE, content, wildcard=lax, mixed=True)
    if name in LISTS:
        item = f"{{{XSD}}}{LISTS[name]}"
        facets = Facets(min_length=1, white_space="collapse")
        return SimpleType(key, name, facets, Variety.LIST, item=item)
    return SimpleType(key, name)


def _facets(node: etree._Element) -> Facets:
    enumeration = tuple(each.get("value", "") for each in node.iterchildren(_xs("enumeration")))
    patterns = tuple(each.get("value", "") for each in node.iterchildren(_xs("pattern")))
    made = Facets(enumeration, (patterns,) if patterns else ())
    for each in node.iterchildren(*(_xs(name) for name in (*_LENGTHS, *_BOUNDS))):
        made = _with_facet(made, _tag(each), each.get("value", ""))
    return made


def _with_facet(facets: Facets, name: str, value: str) -> Facets:
    """The facets and one more; the schema was compiled, so numbers are numbers."""
    if name in _LENGTHS:
        numbers: dict[str, int] = {_LENGTHS[name]: int(value)}
        return replace(facets, **numbers)  # type: ignore[arg-type]  # names from the table
    texts: dict[str, str] = {_BOUNDS[name]: value.strip()}
    return replace(facets, **texts)  # type: ignore[arg-type]  # names from the table


def _joined(base: Group | None, own: Group | None) -> Group | None:
    """Content of an extension: that of the base, then its own (part 1, section 3.4.2)."""
    if base is None or own is None or not own.members:
        return base or own
    if not base.members:
        return own
    return Group(Compositor.SEQUENCE, (base, own), place=own.place)


def _allowed(
    step: etree._Element, inherited: dict[str, Attribute], own: tuple[Attribute, ...]
) -> tuple[Attribute, ...]:
    """Inherited attributes and own ones, without those that a restriction prohibits."""
    found = inherited | {each.name: each for each in own}
    for node in step.iterchildren(_xs("attribute")):
        if node.get("use") == "prohibited":
            found.pop(node.get("name", ""), None)
    return tuple(found.values())


def _wildcard(node: etree._Element, scope: _Scope, minimum: int, maximum: int | None) -> Wildcard:
    return Wildcard(
        namespace=node.get("namespace", "##any"),
        process=node.get("processContents", "strict"),
        minimum=minimum,
        maximum=maximum,
        target=scope.namespace,
        place=scope.place(node),
    )


def _occurs(node: etree._Element) -> tuple[int, int | None]:
    written = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), None if written == "unbounded" else int(written)


def _parts(node: etree._Element) -> Iterator[etree._Element]:
    return node.iterchildren(*(_xs(name) for name in ("element", "any", "group", *_COMPOSITORS)))


def _only(node: etree._Element, name: str) -> etree._Element:
    found = node.find(_xs(name))
    assert found is not None, "the schema was compiled"
    return found


def _true(node: etree._Element, name: str) -> bool:
    return node.get(name, "false").strip() in {"true", "1"}


def _kind(tag: str) -> str:
    return "type" if tag in {"complexType", "simpleType"} else tag


def _tag(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _xs(name: str) -> str:
    return f"{{{XSD}}}{name}"


def _error(scope: _Scope, node: etree._Element, what: str) -> ContractError:
    return ContractError(
        what, where=str(scope.place(node)), todo="Ask its publisher for a valid schema."
    )
