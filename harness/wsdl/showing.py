"""What a message shows of the points of its contract (``harness.wsdl.coverage``).

Of a thousand items that are alike, all but the first show next to nothing. So an element is looked
at for its form only, which children and attributes it has: what a form shows is worked out once and
taken over once in a message. A text is tested only for what its place has not shown yet, and not at
all when the same text stood there before. What is shown is the same as if every element were asked
for everything; a test does so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from harness.classes import dataclass
from harness.wsdl import content
from harness.wsdl.aspects import ABSENT, DEFAULT, MANY, NIL, ONE, PRESENT, labels, point_id
from harness.wsdl.components import (
    XSI,
    ComplexType,
    Components,
    Compositor,
    Element,
    Group,
    Particle,
    Wildcard,
    local,
)
from harness.wsdl.sites import Part, joined, names_in, positions, slots
from harness.wsdl.values import Values, Watch

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from lxml import etree

_FORMS: Final = 4096
"""Elements, and forms of them, that are kept at hand."""
_MANY: Final = 32
"""Children of an element whose form is looked up anew in every message: such are seldom alike."""
_TEXTS: Final = 1024
"""Texts of one place in one message that are kept at hand."""
_SHORT: Final = 64
"""Characters of such a text, at most."""
_NIL: Final = f"{{{XSI}}}nil"
_TYPE: Final = f"{{{XSI}}}type"
_TRUE: Final = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True, eq=False)
class _Spot:
    """An element of messages: by which declaration and of which type it stands where."""

    declared: Element
    type: str
    part: Part
    path: str
    kind: ComplexType | None
    text: "_Place | None"
    """That of its text, where its type is a simple one or its content is."""
    attributes: "tuple[tuple[str, _Place], ...]"
    """Clark names and places of its attributes."""

    def id(self, aspect: str, path: str = "") -> str:
        """Of what is seen here, or at an attribute or child whose path is given."""
        return point_id(self.part, path or self.path, aspect)


class _Form(NamedTuple):
    """What stands in an element, without any text.

    In which order, and how often beyond twice, shows nothing: forms are few, however many children
    stand in an element.
    """

    children: frozenset[str]
    repeated: frozenset[str]
    """Those of them that stand there more than once."""
    attributes: tuple[str, ...]
    nil: bool = False
    text: bool = False
    """Whether anything but space stands in it outside its children, where that may be."""

    @classmethod
    def of(
        cls, tags: Sequence[str], attributes: tuple[str, ...], *, nil: bool, text: bool
    ) -> "_Form":
        """That of an element with these children."""
        children = frozenset(tags)
        many = len(children) < len(tags)
        repeated = (tag for tag in children if many and tags.count(tag) > 1)
        return cls(children, frozenset(repeated), attributes, nil, text)


_BARE: Final = _Form(frozenset(), frozenset(), ())


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where texts stand: in an element, or as one of its attributes."""

    watch: Watch
    """Says what a text shows."""
    empty: str = ""
    """What an empty text shows where it means a default."""
    form: frozenset[str] = frozenset()
    """What is shown by there being a text at all."""


class _Texts:
    """The texts of one place in one message: what they have not shown yet."""

    __slots__ = ("_found", "_left", "_place", "known")

    def __init__(self, place: _Place, found: set[str]) -> None:
        found |= place.form
        self._place, self._found, self._left = place, found, place.watch.tests
        self.known: set[str] = set()
        """Some of the texts that stood here before: they show nothing more."""

    def take(self, text: str) -> None:
        """Find out what one more text shows."""
        if text in self.known:
            return
        if not text and self._place.empty:
            self._found.add(self._place.empty)
        elif self._left:
            shown = self._place.watch.seen(text, self._left)
            if shown:
                self._found.update(shown)
                self._left = tuple(test for test in self._left if test.told not in shown)
        if len(text) <= _SHORT and len(self.known) < _TEXTS:
            self.known.add(text)


class _Below(NamedTuple):
    """What a child is, unless it says another type of itself."""

    spot: _Spot
    leaf: _Place | None
    """Of its text, if without attributes it holds no more than that."""


class _Plan(NamedTuple):
    """What an element of one form shows by it, and what else is to be looked at in each of them."""

    shown: frozenset[str]
    attributes: tuple[tuple[str, _Place], ...]
    text: _Place | None
    below: tuple[_Below | None, ...]
    """What each child is; nothing of one that is declared nowhere, or that stands in nil."""


_Met: TypeAlias = tuple[_Spot, tuple[str, ...], tuple[str, ...], bool, bool]
"""An element, its children and attributes as they stand there, whether it is nil and has text."""


class _Walk:
    """One message, what it has shown so far, and the forms and places met in it."""

    __slots__ = ("found", "plans", "texts")

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.plans: dict[_Met, _Plan] = {}
        self.texts: dict[_Place, _Texts] = {}

    def at(self, place: _Place) -> _Texts:
        """The texts of a place."""
        found = self.texts.get(place)
        if found is None:
            found = self.texts[place] = _Texts(place, self.found)
        return found


class Showing:
    """Says which points of one contract a message shows."""

    def __init__(self, model: Components, values: Values, ids: "AbstractSet[str]") -> None:
        """Prepare.

        Args:
            model: the contract's.
            values: judges its texts.
            ids: of all points; nothing else is told.
        """
        self._model, self._values, self._ids = model, values, ids
        # Messages of a run are much alike, whatever they say: their forms come again and again.
        self._root = lru_cache(_FORMS)(self._root_spot)
        self._below = lru_cache(_FORMS)(self._spot_below)
        self._of_form = lru_cache(_FORMS)(self._form_shown)
        self._plan = lru_cache(_FORMS)(self._planned)
        self._child = lru_cache(_FORMS)(self._child_of)
        self._elements = lru_cache(None)(self._elements_of)

    def shown(self, part: Part, root: "etree._Element") -> frozenset[str]:
        """Ids of the points that a part of a message shows."""
        walk = _Walk()
        self._gather(self._root(part, _named_type(root)), root, walk)
        return frozenset(walk.found & self._ids)

    def _gather(self, spot: _Spot, node: "etree._Element", walk: _Walk) -> None:
        children = list(node.iterchildren("*"))
        tags = cast("tuple[str, ...]", tuple([child.tag for child in children]))
        names = tuple(node.keys())
        nil = _NIL in names and node.get(_NIL, "").strip() in _TRUE
        text = spot.kind is not None and spot.kind.mixed and _has_text(node)
        met = (spot, tags, names, nil, text)
        plan = walk.plans.get(met)
        if plan is None:
            plan = walk.plans[met] = (self._plan if len(tags) < _MANY else self._planned)(met)
            walk.found |= plan.shown
        for name, place in plan.attributes:
            walk.at(place).take(node.get(name, ""))
        if plan.text is not None:
            walk.at(plan.text).take(node.text or "")
        for child, below in zip(children, plan.below, strict=False):
            if below is None:
                continue
            if below.leaf is None or child.keys():
                self._gather(self._typed(spot, below.spot, child), child, walk)
                continue
            texts, value = walk.at(below.leaf), child.text or ""
            if value not in texts.known:
                texts.take(value)

    def _planned(self, met: _Met) -> _Plan:
        spot, tags, names, nil, text = met
        shown = self._of_form(spot, _Form.of(tags, names, nil=nil, text=text))
        attributes = tuple((name, place) for name, place in spot.attributes if name in names)
        if nil:
            return _Plan(shown, attributes, None, ())
        spots = {tag: self._below(spot, tag, "") for tag in tags}
        known = {tag: self._child(below) for tag, below in spots.items() if below is not None}
        return _Plan(shown, attributes, spot.text, tuple(map(known.get, tags)))

    def _child_of(self, spot: _Spot) -> _Below:
        if spot.kind is not None or spot.text is None:
            return _Below(spot, None)
        return _Below(spot, replace(spot.text, form=self._of_form(spot, _BARE)))

    def _typed(self, above: _Spot, spot: _Spot, child: "etree._Element") -> _Spot:
        """A child as the type that it names, when it may."""
        named = _named_type(child)
        return (self._below(above, str(child.tag), named) or spot) if named else spot

    def _root_spot(self, part: Part, named: str) -> _Spot:
        return self._spot(part, ".", self._model.element(part.root), named)

    def _spot_below(self, spot: _Spot, tag: str, named: str) -> _Spot | None:
        element = self._elements(spot.type).get(tag)
        if element is None:
            return None
        return self._spot(spot.part, joined(spot.path, local(element.name)), element, named)

    def _spot(self, part: Part, path: str, declared: Element, named: str) -> _Spot:
        """The element, of its declared type or of the one that it names, when it may."""
        derived = self._model.derived.get(declared.type, ())
        key = named if named in derived else declared.type
        kind = self._model.complex(key)
        attributes = []
        for each in kind.attributes if kind is not None else ():
            place = self._place(part, joined(path, "@" + local(each.name)), each.type)
            if place is not None:
                attributes.append((each.name, place))
        empty = "" if declared.default is None else point_id(part, path, DEFAULT)
        text = self._place(part, path, key, empty)
        return _Spot(declared, key, part, path, kind, text, tuple(attributes))

    def _place(self, part: Part, path: str, key: str, empty: str = "") -> _Place | None:
        simple = self._model.simple(key)
        if simple is None:
            return None
        return _Place(self._values.watching(simple, point_id(part, path, "")), empty)

    def _form_shown(self, spot: _Spot, form: _Form) -> frozenset[str]:
        """Ids of the points that an element shows, whatever its texts are."""
        kind, path = spot.kind, spot.path
        aspects = [(path, PRESENT), (path, f"type={local(spot.type)}")]
        aspects += self._attributes_shown(spot, form)
        if form.nil:
            aspects.append((path, NIL))
        elif kind is not None:
            aspects += self._content_shown(spot, kind, form)
        return frozenset(spot.id(aspect, at) for at, aspect in aspects) & self._ids

    @staticmethod
    def _attributes_shown(spot: _Spot, form: _Form) -> Iterator[tuple[str, str]]:
        given = set(form.attributes)
        for declared in spot.kind.attributes if spot.kind else ():
            here = joined(spot.path, "@" + local(declared.name))
            if declared.name in given:
                yield here, PRESENT
            else:
                yield here, ABSENT if declared.default is None else DEFAULT
            given.discard(declared.name)
        others = [name for name in given if not name.startswith(f"{{{XSI}}}")]
        yield spot.path, f"@*={PRESENT if others else ABSENT}"

    def _content_shown(
        self, spot: _Spot, kind: ComplexType, form: _Form
    ) -> Iterator[tuple[str, str]]:
        path, names = spot.path, [*form.children, *form.repeated]
        if form.text:
            yield path, "text"
        known = self._elements(spot.type)
        for element in known.values():
            count = names.count(element.name)
            yield joined(path, local(element.name)), {0: ABSENT, 1: ONE}.get(count, MANY)
        foreign = any(name not in known for name in names)
        for at, particle in positions(kind.content):
            yield from ((path, each) for each in _seen(self._model, at, particle, names))
            if isinstance(particle, Wildcard):
                yield path, f"any[{at}]={PRESENT if foreign else ABSENT}"

    def _elements_of(self, key: str) -> Mapping[str, Element]:
        """The elements that may stand in a type, by their Clark names."""
        kind = self._model.complex(key)
        return {
            element.name: element
            for slot in slots(kind.content if kind is not None else None)
            for element in content.candidates(self._model, slot)
        }


def _named_type(node: "etree._Element") -> str:
    """The Clark name that ``xsi:type`` gives; empty without it."""
    written = node.get(_TYPE)
    if written is None:
        return ""
    prefix, colon, name = written.strip().rpartition(":")
    space = node.nsmap.get(prefix if colon else None)
    return f"{{{space}}}{name}" if space else name


def _seen(model: Components, at: str, particle: Particle, names: list[str]) -> Iterator[str]:
    """What the names of the children say of a group."""
    if not isinstance(particle, Group):
        return
    present = names_in(model, particle) & set(names)
    yield f"group[{at}]={PRESENT if present else ABSENT}"
    if _rounds(model, particle, names) > 1:
        yield f"group[{at}]={MANY}"
    if particle.compositor is Compositor.CHOICE:
        for index, label in labels(particle):
            if _is_taken(model, particle, index, present):
                yield f"choice[{at}]={index}:{label}"


def _is_taken(model: Components, choice: Group, index: int, present: frozenset[str]) -> bool:
    """Whether a branch was taken: a child is there that no other branch explains."""
    own = names_in(model, choice.members[index - 1])
    others = [names_in(model, member) for n, member in enumerate(choice.members, 1) if n != index]
    if not present:
        return not own or content.accepts_nothing(model, choice.members[index - 1])
    return bool(present & own) and not any(present <= other for other in others if other != own)


def _rounds(model: Components, group: Group, names: list[str]) -> int:
    """How often a group stands at least, by the children that stand at most once in it."""
    single = [m for m in group.members if isinstance(m, Element) and m.maximum == 1]
    counts = [
        sum(names.count(each.name) for each in content.candidates(model, member))
        for member in single
    ]
    if group.compositor is Compositor.CHOICE:
        return sum(counts)
    return max(counts, default=0)


def _has_text(node: "etree._Element") -> bool:
    texts = (node.text, *(child.tail for child in node))
    return any(text and not text.isspace() for text in texts)
