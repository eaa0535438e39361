"""What must be known of schemas before libxml2 may compile them.

Measured with libxml2 2.14:

* it loads a type that extends itself, and other readers run into every kind of circle, so each is
  looked for here: types by derivation, groups and attribute groups by reference, elements by
  substitution;
* it writes every reference to a group out, so groups that double in forty steps never end: the
  number of particles written out is limited by ``Limits.max_elements``;
* where a repeated group holds little but another repeated particle, as in ``((y{1,100}){1,100})``,
  it gives up on the search and calls valid messages invalid. Such models are refused; nested
  repetition with an element between, or without an upper limit, is judged rightly.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from lxml import etree

from harness.classes import dataclass
from harness.errors import ContractError
from harness.limits import DEFAULT, Limits
from harness.wsdl.sources import XSD, SchemaDocument, place, qname

MAX_AMBIGUOUS: Final = 64
"""Up to this product of two upper limits libxml2 was always right."""

_Name: TypeAlias = tuple[str, str]
"""Kind of a component and its Clark name."""

_ELEMENT: Final = f"{{{XSD}}}element"
_TYPES: Final = (f"{{{XSD}}}simpleType", f"{{{XSD}}}complexType")
_GROUPS: Final = (f"{{{XSD}}}group", f"{{{XSD}}}attributeGroup")
_KINDS: Final = {
    **dict.fromkeys(_TYPES, "type"),
    **dict(zip(_GROUPS, ("group", "attributeGroup"), strict=True)),
    _ELEMENT: "element",
}
_MEMBERS: Final = tuple(
    f"{{{XSD}}}{name}" for name in ("sequence", "choice", "all", "group", "element", "any")
)
_DERIVED: Final = tuple(
    f"{{{XSD}}}{name}" for name in ("restriction", "extension", "list", "union")
)
_DERIVING: Final = (
    *(f"{{{XSD}}}{name}" for name in ("complexContent", "simpleContent", "simpleType")),
    *_DERIVED,
)
"""What stands between a type and what it is derived from."""
_NEEDS: Final = {
    **dict.fromkeys(_DERIVED, ("base", "itemType", "memberTypes")),
    **dict.fromkeys(_GROUPS, ("ref",)),
    _ELEMENT: ("substitutionGroup",),
}
_LIMITED: Final[Callable[[etree._Element], list[etree._Element]]] = etree.XPath(
    "descendant::*[@maxOccurs > 1]"
)
_SENTENCES: Final = {
    "type": "is derived from itself",
    "group": "contains itself",
    "attributeGroup": "contains itself",
    "element": "stands for itself as a substitute",
}


@dataclass(frozen=True, slots=True)
class _Component:
    document: SchemaDocument
    namespace: str
    element: etree._Element

    @property
    def name(self) -> _Name:
        local = self.element.get("name", "")
        return self.kind, f"{{{self.namespace}}}{local}" if self.namespace else local

    @property
    def kind(self) -> str:
        return _KINDS[str(self.element.tag)]

    @property
    def where(self) -> str:
        return place(self.document.file, self.element)

    def needs(self, element: etree._Element) -> list[_Name]:
        """Components of its kind that an element within it says it cannot be without."""
        names = [self.name_in(element, each) for each in _NEEDS[str(element.tag)]]
        return [(self.kind, name) for found in names for name in found]

    def name_in(self, element: etree._Element, attribute: str) -> list[str]:
        """Clark names that an attribute refers to."""
        found = [qname(element, word) for word in element.get(attribute, "").split()]
        return [self._own(name) for name in found if name is not None]

    def _own(self, name: str) -> str:
        chameleon = not self.document.root.get("targetNamespace")
        if chameleon and self.namespace and not name.startswith("{"):
            return f"{{{self.namespace}}}{name}"
        return name


def refuse_unbounded(documents: Sequence[SchemaDocument], limits: Limits = DEFAULT) -> None:
    """Refuse schemas that cannot be compiled in bounded time, or are then judged wrongly.

    Raises:
        ContractError: naming the file and line of the component.
    """
    uses = _uses(documents)
    _refuse_circles(uses)
    sizes = _Sizes(dict(_components(documents, _GROUPS)), uses, limits)
    for name in sizes.found:
        sizes.of(name)
    if _may_be_ambiguous(documents):
        found = dict(_components(documents, (*_TYPES, *_GROUPS, _ELEMENT)))
        ambiguity = _Ambiguity(found)
        for component in found.values():
            _refuse_ambiguous(component, ambiguity)


def _components(
    documents: Sequence[SchemaDocument], tags: Sequence[str]
) -> Iterator[tuple[_Name, _Component]]:
    for document in documents:
        for child in document.root.iterchildren(*tags):
            for namespace in document.namespaces if child.get("name") else ():
                component = _Component(document, namespace, child)
                yield component.name, component


def _refuse_circles(uses: "_Uses") -> None:
    """Depth first, without recursion: chains may be as long as the schema."""
    done: set[_Name] = set()
    for start in uses:
        path: dict[_Name, Iterator[_Name]] = {}
        if start not in done:
            path[start] = iter(uses[start].needs)
        while path:
            last = next(reversed(path))
            following = next((each for each in path[last] if each in uses), None)
            if following is None:
                done.add(last)
                del path[last]
            elif following in path:
                raise _circle(following, uses[following].component)
            elif following not in done:
                path[following] = iter(uses[following].needs)


def _uses(documents: Sequence[SchemaDocument]) -> "_Uses":
    """The components that cannot be without others: few, so they are not looked for one by one."""
    found: _Uses = {}
    for document in documents:
        for user, element in _users(document.root):
            for namespace in document.namespaces:
                component = _Component(document, namespace, user)
                use = found.setdefault(component.name, _Use(component, []))
                use.needs.extend(component.needs(element))
    return found


def _users(root: etree._Element) -> Iterator[tuple[etree._Element, etree._Element]]:
    """Components, and the elements within them that name what they cannot be without."""
    for element in (*root.iterchildren(_ELEMENT), *root.iter(*_DERIVED, *_GROUPS)):
        if any(element.get(name) for name in _NEEDS[str(element.tag)]):
            user = _user(element, root)
            if user is not None and user.get("name"):
                yield user, element


def _user(element: etree._Element, root: etree._Element) -> etree._Element | None:
    """The component that cannot be without what an element names, if there is one.

    A type needs what it is derived from, and what the anonymous types it is derived from need, but
    not what its members are; a group needs the groups of its kind within, however deep.
    """
    if element.tag == _ELEMENT:
        return element
    derives = element.tag in _DERIVED
    for above in element.iterancestors():
        if above.getparent() is root:
            return above if above.tag in (_TYPES if derives else (element.tag,)) else None
        if above is root or (derives and above.tag not in _DERIVING):
            return None
    return None


def _circle(name: _Name, component: _Component) -> ContractError:
    kind, clark = name
    return ContractError(
        f"The {kind} {clark.rpartition('}')[2]} {_SENTENCES[kind]}.",
        where=component.where,
        todo="Ask its publisher for a repaired schema.",
    )


class _Use(NamedTuple):
    """A component and those of its kind that it cannot be without."""

    component: _Component
    needs: list[_Name]


_Uses: TypeAlias = dict[_Name, _Use]


class _Sizes:
    """How many particles or attributes a group has once its references are written out."""

    def __init__(self, found: dict[_Name, _Component], uses: _Uses, limits: Limits) -> None:
        self.found = found
        self.uses = uses
        self.most = limits.max_elements
        self.known: dict[_Name, int] = {}

    def of(self, name: _Name) -> int:
        """The size of a group; there are no circles any more.

        Raises:
            ContractError: it is too large.
        """
        waiting = [name]
        while waiting:
            last = waiting[-1]
            needs = self.uses[last].needs if last in self.uses else []
            inner = [each for each in needs if each in self.found]
            unknown = [each for each in inner if each not in self.known]
            if unknown:
                waiting.extend(unknown)
                continue
            waiting.pop()
            own = sum(1 for _ in self.found[last].element.iter(f"{{{XSD}}}*"))
            self.known[last] = own + sum(self.known[each] for each in inner)
            if self.known[last] > self.most:
                raise ContractError(
                    f"The group {last[1].rpartition('}')[2]} grows beyond {self.most} parts "
                    "when the groups it refers to are written out.",
                    where=self.found[last].where,
                    todo="Refuse the contract, or ask its publisher for a smaller one.",
                )
        return self.known[name]


def _may_be_ambiguous(documents: Sequence[SchemaDocument]) -> bool:
    """Whether all upper limits together multiply to more than is always right; seldom so.

    There are no circles any more, so that no path through the particles meets a limit twice.
    """
    product = 1
    for document in documents:
        for limited in _LIMITED(document.root):
            product *= max(_most(limited), 1)
            if product > MAX_AMBIGUOUS:
                return True
    return False


def _most(particle: etree._Element) -> int:
    """The upper limit of a particle; 1 when there is none."""
    most = particle.get("maxOccurs", "1").strip()
    return int(most) if most.isdecimal() and len(most) < 20 else 1


def _refuse_ambiguous(component: _Component, ambiguity: "_Ambiguity") -> None:
    for top in component.element.iter(*_MEMBERS[:3]):
        parent = top.getparent()
        if parent is None or parent.tag not in _MEMBERS:
            product, factors = ambiguity.of(component, top)
            if factors > 1 and product > MAX_AMBIGUOUS:
                raise ContractError(
                    "Repetition stands directly in repetition, with upper limits that multiply to "
                    f"{product}: libxml2 would call valid messages invalid.",
                    where=place(component.document.file, top),
                    todo="Pin a copy with one repetition in the place of the two.",
                )


class _Ambiguity:
    """The product of upper limits of particles that hold each other and little else."""

    def __init__(self, found: dict[_Name, _Component]) -> None:
        self.found = found
        self.known: dict[_Name, tuple[int, int]] = {}

    def of(self, component: _Component, particle: etree._Element) -> tuple[int, int]:
        """The product, and how many limits went into it."""
        own = _most(particle)
        product, factors = self._inside(component, particle)
        return max(own, 1) * product, factors + (own > 1)

    def _inside(self, component: _Component, particle: etree._Element) -> tuple[int, int]:
        if particle.tag == _MEMBERS[3]:
            names = component.name_in(particle, "ref")
            return self._group(("group", names[0])) if names else (1, 0)
        members = list(particle.iterchildren(*_MEMBERS))
        needed = [member for member in members if not _may_be_absent(member)]
        choice = particle.tag == _MEMBERS[1]
        alone = [
            self.of(component, member)
            for member in members
            if choice or not needed or needed == [member]
        ]
        return max(alone, default=(1, 0))

    def _group(self, name: _Name) -> tuple[int, int]:
        if name not in self.known:
            target = self.found.get(name)
            models = [] if target is None else list(target.element.iterchildren(*_MEMBERS))
            # Circles were refused before, so this comes to an end.
            self.known[name] = self.of(target, models[0]) if target and models else (1, 0)
        return self.known[name]


def _may_be_absent(particle: etree._Element) -> bool:
    if particle.get("minOccurs", "1").strip() == "0":
        return True
    groups = (*_MEMBERS[:3],)
    return particle.tag in groups and all(
        _may_be_absent(member) for member in particle.iterchildren(*_MEMBERS)
    )
