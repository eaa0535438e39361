"""What a message shows of the points of its contract (``harness.wsdl.coverage``).

Of a thousand items that are alike, all but the first show next to nothing. So an element is looked
at for its form only, which children and attributes it has: what a form shows is worked out once and
taken over once in a message. A text is tested only for what its place has not shown yet, and not at
all when the same text stood there before. What is shown is the same as if every element were asked
for everything; a test does so.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

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
    watch: Watch | None
    """Says what a text of its simple type shows."""
    watched: Mapping[str, Watch]
    """The same of each attribute, by its Clark name."""

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
_OWN, _LEAF = "", "."
"""Whose the texts are, if not an attribute's: those of an element, and of one of the bare form."""


class _Texts:
    """The texts of one place in one message: what they have not shown yet."""

    __slots__ = ("_empty", "_form", "_found", "_left", "_watch", "known")

    def __init__(
        self, watch: Watch, found: set[str], empty: str = "", form: frozenset[str] = frozenset()
    ) -> None:
        """Begin.

        Args:
            watch: says what a text shows.
            found: takes the ids of the points that are shown.
            empty: of what an empty text shows where it means a default.
            form: of what is shown by there being a text at all.
        """
        self._watch, self._found, self._left = watch, found, watch.tests
        self._empty, self._form = empty, form
        self.known: set[str] = set()
        """Some of the texts that stood here before: they show nothing more."""

    def take(self, text: str) -> None:
        """Find out what one more text shows."""
        if text in self.known:
            return
        if self._form:
            self._found |= self._form
            self._form = frozenset()
        if not text and self._empty:
            self._found.add(self._empty)
        elif self._left:
            shown = self._watch.seen(text, self._left)
            if shown:
                self._found.update(shown)
                self._left = tuple(test for test in self._left if test.told not in shown)
        if len(text) <= _SHORT and len(self.known) < _TEXTS:
            self.known.add(text)


class _Below(NamedTuple):
    """What a child is, unless it says another type of itself."""

    spot: _Spot
    leaf: _Texts | None
    """Takes its text, if without attributes it holds no more than that."""


class _Plan(NamedTuple):
    """What is to be looked at in every element of one form, when the form itself was taken over."""

    attributes: tuple[tuple[str, _Texts], ...]
    text: _Texts | None
    below: tuple[_Below | None, ...]
    """What each child is; nothing of one that is declared nowhere, or that stands in nil."""


class _Walk:
    """One message, what it has shown so far, and the plans of the forms met in it."""

    __slots__ = ("found", "plans", "texts")

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.plans: dict[tuple[object, ...], _Plan] = {}
        self.texts: dict[tuple[_Spot, str], _Texts] = {}


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
        key = (spot, tags, names, nil, text)
        plan = walk.plans.get(key)
        if plan is None:
            form = _Form.of(tags, names, nil=nil, text=text)
            plan = walk.plans[key] = self._plan(spot, tags, form, walk)
        for name, texts in plan.attributes:
            texts.take(node.get(name, ""))
        if plan.text is not None:
            plan.text.take(node.text or "")
        for child, below in zip(children, plan.below, strict=False):
            if below is None:
                continue
            if below.leaf is None or child.keys():
                self._gather(self._typed(spot, below.spot, child), child, walk)
            elif (value := child.text or "") not in below.leaf.known:
                below.leaf.take(value)

    def _plan(self, spot: _Spot, tags: tuple[str, ...], form: _Form, walk: _Walk) -> _Plan:
        """Take over what a form shows, and say what else is to be looked at."""
        walk.found |= self._of_form(spot, form)
        attributes = tuple(
            (name, self._texts(spot, name, watch, walk))
            for name, watch in spot.watched.items()
            if name in form.attributes
        )
        if form.nil:
            return _Plan(attributes, None, ())
        text = None if spot.watch is None else self._texts(spot, _OWN, spot.watch, walk)
        spots = {tag: self._below(spot, tag, "") for tag in form.children}
        known = {tag: self._child(below, walk) for tag, below in spots.items() if below is not None}
        return _Plan(attributes, text, tuple(map(known.get, tags)))

    def _child(self, spot: _Spot, walk: _Walk) -> _Below:
        if spot.kind is not None or spot.watch is None:
            return _Below(spot, None)
        return _Below(spot, self._texts(spot, _LEAF, spot.watch, walk))

    def _texts(self, spot: _Spot, of: str, watch: Watch, walk: _Walk) -> _Texts:
        found = walk.texts.get((spot, of))
        if found is None:
            defaults = of in {_OWN, _LEAF} and spot.declared.default is not None
            form = self._of_form(spot, _BARE) if of == _LEAF else frozenset[str]()
            empty = spot.id(DEFAULT) if defaults else ""
            found = walk.texts[spot, of] = _Texts(watch, walk.found, empty, form)
        return found

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
        attributes = kind.attributes if kind is not None else ()
        watches = (
            (each.name, self._watch(part, joined(path, "@" + local(each.name)), each.type))
            for each in attributes
        )
        watched = {name: watch for name, watch in watches if watch is not None}
        return _Spot(declared, key, part, path, kind, self._watch(part, path, key), watched)

    def _watch(self, part: Part, path: str, key: str) -> Watch | None:
        simple = self._model.simple(key)
        return None if simple is None else self._values.watching(simple, point_id(part, path, ""))

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
