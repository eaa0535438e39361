"""What differs between one declaration and another: one type or element, not what lies below.

A difference says whether the newer declaration accepts less (``stricter``), more (``weaker``) or
both; which of the two breaks depends on the direction of the message and is decided elsewhere.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Final, TypeAlias

from harness.classes import dataclass
from harness.wsdl.changes import ChangeKind
from harness.wsdl.components import (
    Attribute,
    ComplexType,
    Components,
    Compositor,
    Element,
    Group,
    Particle,
    Place,
    SimpleType,
    Type,
    Variety,
    Wildcard,
    children,
    local,
    namespace_of,
)
from harness.wsdl.value_space import ValueSpace, includes, tighter

Declared: TypeAlias = Element | Attribute | Group | Wildcard | Type
_Found: TypeAlias = Callable[[ChangeKind, object, object, str], "Difference"]
_EMPTY: Final = Group(Compositor.SEQUENCE, ())


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference at one component.

    Attributes:
        kind: what differs.
        owner: key of the type, or Clark name of the global element, that declares it.
        step: where below the compared element it is seen: a local name, ``@Name``, or empty. Not
            compared: a named simple type is one component, whatever elements have it.
        inner: the component below its owner; usually the step.
        stricter: a message valid before may be refused now.
        weaker: a message valid now would have been refused before.
        sure: stricter and weaker are proven from the declarations, not only possible.
        older, newer: the two declarations where there are two.
    """

    kind: ChangeKind
    owner: str
    step: str = field(compare=False)
    was: str
    now: str
    inner: str = ""
    stricter: bool = False
    weaker: bool = False
    sure: bool = True
    older: Declared | None = field(default=None, compare=False)
    newer: Declared | None = field(default=None, compare=False)

    @property
    def places(self) -> tuple[str, str]:
        """``file:line`` of both declarations."""
        return _line(self.older), _line(self.newer)


@dataclass(frozen=True, slots=True)
class Pair:
    """An element of both versions whose types are to be compared next."""

    step: str
    older: Element
    newer: Element


def _line(declared: Declared | None) -> str:
    place: Place | None = getattr(declared, "place", None)
    return str(place) if place is not None and place.line else ""


class Differ:
    """Compares declarations of two component models."""

    def __init__(
        self, older: Components, newer: Components, namespaces: tuple[str, str] = ("", "")
    ) -> None:
        """``namespaces`` are the two target namespaces: names in them count as the same."""
        self.older = older
        self.newer = newer
        self._namespaces = namespaces

    def same(self, older: str, newer: str) -> bool:
        """Whether two Clark names mean the same, apart from a new target namespace."""
        if older == newer:
            return True
        spaces = namespace_of(older), namespace_of(newer)
        return local(older) == local(newer) and spaces == self._namespaces

    def element(
        self, older: Element, newer: Element, owner: str, step: str, inner: str
    ) -> Iterator[Difference]:
        """An element against its counterpart, its simple type included."""

        def found(kind: ChangeKind, was: object, now: object, effect: str = "") -> Difference:
            return Difference(
                kind, owner, step, str(was), str(now), inner,
                "s" in effect, "w" in effect, older=older, newer=newer,
            )  # fmt: skip

        if local(older.name) == local(newer.name) and not self.same(older.name, newer.name):
            yield found(ChangeKind.FORM, _namespace(older.name), _namespace(newer.name), "sw")
        if (older.minimum, older.maximum) != (newer.minimum, newer.maximum):
            effect = _counts(older.minimum, older.maximum, newer.minimum, newer.maximum)
            yield found(ChangeKind.OCCURRENCE, occurrence(older), occurrence(newer), effect)
        if older.nillable != newer.nillable:
            words = {True: "may be nil", False: "may not be nil"}
            effect = "s" if older.nillable else "w"
            yield found(ChangeKind.NILLABLE, words[older.nillable], words[newer.nillable], effect)
        if older.abstract != newer.abstract:
            words = {True: "abstract", False: "not abstract"}
            effect = "s" if newer.abstract else "w"
            yield found(ChangeKind.CONTENT, words[older.abstract], words[newer.abstract], effect)
        if older.keys != newer.keys:
            was, now = (f"keys {', '.join(each.keys) or 'none'}" for each in (older, newer))
            yield replace(found(ChangeKind.CONTENT, was, now, "sw"), sure=False)
        yield from _fixed_and_default(found, older, newer)
        yield from self._text(older, newer, owner, step, inner)

    def _text(
        self, older: Element | Attribute, newer: Element | Attribute, owner: str, step: str,
        inner: str,
    ) -> Iterator[Difference]:  # fmt: skip
        """The simple types of two elements or attributes; nothing where either has none."""
        simple = _simple(self.older, older.type), _simple(self.newer, newer.type)
        if simple[0] is None or simple[1] is None:
            return
        names = simple[0].name, simple[1].name
        if self.same(*names) and not simple[0].anonymous and simple[0].place.line:
            owner, inner = names[0], ""
        for each in self._values(simple[0], simple[1]):
            yield Difference(
                each.kind, owner, step, each.was, each.now, inner, each.stricter, each.weaker,
                each.sure, older, newer,
            )  # fmt: skip

    def _values(self, older: SimpleType, newer: SimpleType) -> Iterator[Difference]:
        if Variety.ATOMIC is not older.variety or Variety.ATOMIC is not newer.variety:
            words = described(self.older, older), described(self.newer, newer)
            if words[0] != words[1]:
                yield _of(ChangeKind.TYPE, *words, "sw", sure=False)
            return
        was, now = space_of(older), space_of(newer)
        if was.base != now.base:
            effect = "" if includes(now.base, was.base) and not _more(now, was) else "s"
            effect += "" if includes(was.base, now.base) and not _more(was, now) else "w"
            yield _of(ChangeKind.TYPE, was.in_words(), now.in_words(), effect)
            return
        bound = "pattern" in {*was.facets, *now.facets} or was.enumeration or now.enumeration
        for each in _facets(was, now):
            # Beside a pattern or a list of values another facet may mean nothing.
            yield replace(each, sure=False) if bound else each
        yield from _enumeration(was, now)

    def types(self, older: str, newer: str, owner: str) -> Iterator[Difference | Pair]:
        """A type against its counterpart: attributes, children, what may stand where."""
        before, after = self.older.types[older], self.newer.types[newer]
        if isinstance(before, SimpleType) and isinstance(after, SimpleType):
            return
        mine, other = _shape(before), _shape(after)
        if (mine.simple == "") != (other.simple == ""):
            words = [_content_word(each) for each in (mine, other)]
            yield Difference(
                ChangeKind.CONTENT, owner, "", words[0], words[1], "",
                stricter=True, weaker=True, older=before, newer=after,
            )  # fmt: skip
        elif mine.mixed != other.mixed:
            yield Difference(
                ChangeKind.CONTENT, owner, "", _mixed(mine), _mixed(other), "",
                mine.mixed, other.mixed, older=before, newer=after,
            )  # fmt: skip
        if mine.abstract != other.abstract:
            words = [f"abstract: {each.abstract}".lower() for each in (mine, other)]
            yield Difference(
                ChangeKind.CONTENT, owner, "", words[0], words[1], "",
                other.abstract, mine.abstract, older=before, newer=after,
            )  # fmt: skip
        yield from self._attributes(mine, other, owner)
        if (mine.simple == "") == (other.simple == ""):
            sides = _Sides(self, mine, other, owner)
            yield from sides.groups(mine.content or _EMPTY, other.content or _EMPTY)

    def _attributes(
        self, older: ComplexType, newer: ComplexType, owner: str
    ) -> Iterator[Difference]:
        before, after = _by_name(older.attributes), _by_name(newer.attributes)
        for name in [*before, *(name for name in after if name not in before)]:
            was, now = before.get(name), after.get(name)
            step = f"@{local(name)}"
            declaring = self.declaring(older, newer, was, now, owner)
            if was is not None and now is not None:
                yield from self._attribute(was, now, declaring, step)
            else:
                yield _only_one(was, now, declaring, step)
        if _admitted(older.wildcard) != _admitted(newer.wildcard):
            yield _wildcard(older.wildcard, newer.wildcard, owner, "other attributes")

    def _attribute(
        self, older: Attribute, newer: Attribute, owner: str, step: str
    ) -> Iterator[Difference]:
        def found(kind: ChangeKind, was: object, now: object, effect: str = "") -> Difference:
            return Difference(
                kind, owner, step, str(was), str(now), step,
                "s" in effect, "w" in effect, older=older, newer=newer,
            )  # fmt: skip

        if older.required != newer.required:
            words = {True: "required", False: "optional"}
            effect = "s" if newer.required else "w"
            yield found(
                ChangeKind.ATTRIBUTE_REQUIRED, words[older.required], words[newer.required], effect
            )
        yield from _fixed_and_default(found, older, newer)
        yield from self._text(older, newer, owner, step, step)

    def alike(self, older: str, newer: str) -> bool:
        """Whether two types are the same one, or anonymous and equal in all they hold."""
        before, after = self.older.types[older], self.newer.types[newer]
        if self.same(older, newer):
            return True
        if not before.anonymous or not after.anonymous:
            return False
        if isinstance(before, SimpleType) or isinstance(after, SimpleType):
            return (
                isinstance(before, SimpleType)
                and isinstance(after, SimpleType)
                and described(self.older, before) == described(self.newer, after)
            )
        return all(
            isinstance(each, Pair) and self.alike(each.older.type, each.newer.type)
            for each in self.types(older, newer, older)
        )

    def substitutes(self, pair: Pair) -> Iterator[Difference | Pair]:
        """Elements that may stand in the place of an element, in both versions or in one."""
        before = self.older.substitutes.get(pair.older.name, ())
        after = self.newer.substitutes.get(pair.newer.name, ())
        for name in before:
            step, element = local(name), self.older.elements[name]
            if name in after:
                newer = self.newer.elements[name]
                yield from self.element(element, newer, name, step, "")
                yield Pair(step, element, newer)
            else:
                yield Difference(
                    ChangeKind.ELEMENT_REMOVED, pair.older.name, step, "may stand in its place",
                    "absent", step, stricter=True, older=element,
                )  # fmt: skip
        for name in after:
            if name not in before:
                yield Difference(
                    ChangeKind.ELEMENT_ADDED, pair.older.name, local(name), "absent",
                    "may stand in its place", local(name), weaker=True,
                    newer=self.newer.elements[name],
                )  # fmt: skip

    def declaring(
        self, older: Type, newer: Type, was: Declared | None, now: Declared | None, owner: str
    ) -> str:
        """Key of the type that declares a member: the compared type, or the base it is from."""
        if was is not None:
            return _declaring(self.older, older, was, owner)
        assert now is not None
        return _declaring(self.newer, newer, now, owner)


class _Sides:
    """The content models of two types, aligned member by member."""

    def __init__(self, differ: Differ, older: ComplexType, newer: ComplexType, owner: str) -> None:
        self._differ = differ
        self._types = older, newer
        self._owner = owner

    def groups(self, older: Group, newer: Group) -> Iterator[Difference | Pair]:
        older, newer = _levelled(flat(older), flat(newer))
        if older.members and newer.members and older.compositor != newer.compositor:
            effect = {
                (Compositor.SEQUENCE, Compositor.ALL): "w",
                (Compositor.ALL, Compositor.SEQUENCE): "s",
            }.get((older.compositor, newer.compositor), "sw")
            was, now = (f"{each.compositor.value} of {_names(each)}" for each in (older, newer))
            yield self._content(was, now, effect, older, newer)
        yield from self._occurrence(older, newer)
        before, after = _keyed(older), _keyed(newer)
        yield from self._members(before, after, Compositor.CHOICE in {
            older.compositor, newer.compositor
        })  # fmt: skip
        if older.compositor is newer.compositor is Compositor.SEQUENCE:
            yield from self._moved(before, after)

    def _occurrence(self, older: Group, newer: Group) -> Iterator[Difference]:
        counts = (older.minimum, older.maximum), (newer.minimum, newer.maximum)
        if counts[0] != counts[1] and older.members and newer.members:
            yield Difference(
                ChangeKind.OCCURRENCE, self._owner, "",
                f"{older.compositor.value} {occurrence(older)}",
                f"{newer.compositor.value} {occurrence(newer)}", "",
                *_effects(_counts(*counts[0], *counts[1])), older=older, newer=newer,
            )  # fmt: skip

    def _content(
        self, was: str, now: str, effect: str, older: Declared | None, newer: Declared | None
    ) -> Difference:
        return Difference(
            ChangeKind.CONTENT, self._owner, "", was, now, "", "s" in effect, "w" in effect,
            sure=effect != "sw", older=older, newer=newer,
        )  # fmt: skip

    def _members(
        self,
        before: "_Keyed",
        after: "_Keyed",
        in_choice: bool,  # noqa: FBT001  one caller
    ) -> Iterator[Difference | Pair]:
        renamed = dict(self._renamed(before, after))
        regrouped = yield from self._regrouped(before, after)
        for key, member in before.items():
            counterpart = after.get(renamed.get(key, key))
            if counterpart is not None:
                yield from self._both(member, counterpart, renamed=key in renamed)
            elif key not in regrouped:
                yield self._one(member, None, in_choice=in_choice)
        taken = set(renamed.values())
        for key, member in after.items():
            if key not in before and key not in taken and key not in regrouped:
                yield self._one(None, member, in_choice=in_choice)

    def _both(
        self, older: Particle, newer: Particle, *, renamed: bool
    ) -> Iterator[Difference | Pair]:
        if isinstance(older, Group) and isinstance(newer, Group):
            yield from self.groups(older, newer)
        elif isinstance(older, Wildcard) and isinstance(newer, Wildcard):
            if _admitted(older) != _admitted(newer):
                yield _wildcard(older, newer, self._owner, "any element")
        elif isinstance(older, Element) and isinstance(newer, Element):
            step = local(older.name)
            owner = self._differ.declaring(*self._types, older, newer, self._owner)
            if renamed:
                yield Difference(
                    ChangeKind.ELEMENT_RENAMED, owner, step, step, local(newer.name), step,
                    stricter=True, weaker=True, older=older, newer=newer,
                )  # fmt: skip
            yield from self._differ.element(older, newer, owner, step, step)
            yield Pair(step, older, newer)

    def _one(
        self, older: Particle | None, newer: Particle | None, *, in_choice: bool
    ) -> Difference:
        member = older or newer
        if isinstance(member, Element):
            step = local(member.name)
            owner = self._differ.declaring(*self._types, older, newer, self._owner)
            needed = member.minimum > 0 and not in_choice
            model = self._differ.older if older else self._differ.newer
            words = f"{occurrence(member)}, {type_words(model, member)}"
            words += "" if member.default is None else f", default {member.default!r}"
            return Difference(
                ChangeKind.ELEMENT_REMOVED if older else ChangeKind.ELEMENT_ADDED,
                owner, step, words if older else "absent", "absent" if older else words, step,
                stricter=older is not None or needed, weaker=older is None or needed,
                older=older, newer=newer,
            )  # fmt: skip
        if isinstance(member, Wildcard):
            return _wildcard(older, newer, self._owner, "any element")
        was, now = (
            f"group of {_names(each)}" if isinstance(each, Group) else "absent"
            for each in (older, newer)
        )
        return self._content(was, now, "sw", older, newer)

    def _regrouped(
        self, before: "_Keyed", after: "_Keyed"
    ) -> Generator[Difference | Pair, None, set[str]]:
        """Elements that stand in a group of their own now, or no longer do."""
        taken: set[str] = set()
        for mine, other, older in ((before, after, True), (after, before, False)):
            for key, group in mine.items():
                if not isinstance(group, Group) or key in other:
                    continue
                inside = {f"element {local(each.name)} 1": each for each in children(group)}
                shared = [name for name in inside if name in other and name not in mine]
                if not shared:
                    continue
                taken.update((key, *shared))
                yield self._group_came(group, other, shared, older=older)
                for name in shared:
                    pair = (inside[name], other[name])
                    first, second = pair if older else pair[::-1]
                    if isinstance(first, Element) and isinstance(second, Element):
                        yield Pair(local(first.name), first, second)
        return taken

    def _group_came(
        self, group: Group, other: "_Keyed", shared: Sequence[str], *, older: bool
    ) -> Difference:
        grouped = f"{group.compositor.value} of {_names(group)}"
        single = f"{', '.join(local(name.split()[1]) for name in shared)} one by one"
        first = other[shared[0]]
        if older:
            return self._content(grouped, single, "sw", group, first)
        return self._content(single, grouped, "sw", first, group)

    def _renamed(self, before: "_Keyed", after: "_Keyed") -> Iterator[tuple[str, str]]:
        """Elements alone between the same neighbours, alike in all but the name."""
        gaps = _gaps(before, after), _gaps(after, before)
        for place, gone in gaps[0].items():
            come = gaps[1].get(place, [])
            if len(gone) == len(come) == 1 and self._alike(before[gone[0]], after[come[0]]):
                yield gone[0], come[0]

    def _alike(self, older: Particle, newer: Particle) -> bool:
        if not isinstance(older, Element) or not isinstance(newer, Element):
            return False
        return (
            (older.minimum, older.maximum) == (newer.minimum, newer.maximum)
            and older.nillable == newer.nillable
            and self._differ.alike(older.type, newer.type)
        )

    def _moved(self, before: "_Keyed", after: "_Keyed") -> Iterator[Difference]:
        common = [key for key in before if key in after]
        order = [key for key in after if key in before]
        kept = set(_longest_common(common, order))
        for key in common:
            older, newer = before[key], after[key]
            if key in kept:
                continue
            step = local(older.name) if isinstance(older, Element) else ""
            owner = self._differ.declaring(*self._types, older, newer, self._owner)
            yield Difference(
                ChangeKind.ELEMENT_MOVED, owner, step, _after(before, key), _after(after, key),
                step, stricter=True, weaker=True, sure=bool(step), older=older, newer=newer,
            )  # fmt: skip


_Keyed: TypeAlias = Mapping[str, Particle]


def flat(group: Group) -> Group:
    """The same content without groups that mean nothing: ``((a, b), c)`` is ``(a, b, c)``."""
    members: list[Particle] = []
    for member in group.members:
        inner = flat(member) if isinstance(member, Group) else member
        if not isinstance(inner, Group):
            members.append(inner)
        elif inner.members and _dissolves(inner, group.compositor):
            members.extend(_lifted(inner))
        elif inner.members:
            members.append(inner)
    made = Group(group.compositor, tuple(members), group.minimum, group.maximum, group.place)
    if len(members) == 1 and made.compositor is not Compositor.SEQUENCE:
        made = Group(Compositor.SEQUENCE, made.members, made.minimum, made.maximum, made.place)
    return made


def _levelled(older: Group, newer: Group) -> tuple[Group, Group]:
    """A group that stands alone in one version and among others in the other, put on one level."""
    if older.compositor is not newer.compositor:
        if any(isinstance(each, Group) for each in newer.members) and _once(newer):
            return Group(newer.compositor, (older,), place=older.place), newer
        if any(isinstance(each, Group) for each in older.members) and _once(older):
            return older, Group(older.compositor, (newer,), place=newer.place)
    return older, newer


def _once(group: Group) -> bool:
    return (group.minimum, group.maximum) == (1, 1)


def _dissolves(inner: Group, around: Compositor) -> bool:
    once = (inner.minimum, inner.maximum) == (1, 1)
    if len(inner.members) == 1:
        only = inner.members[0]
        return once or (only.minimum, only.maximum) == (1, 1)
    return once and inner.compositor is around


def _lifted(inner: Group) -> Iterator[Particle]:
    """Members of a dissolved group; a single one takes over how often the group stands."""
    if (inner.minimum, inner.maximum) == (1, 1):
        yield from inner.members
        return
    yield replace(inner.members[0], minimum=inner.minimum, maximum=inner.maximum)


def occurrence(particle: Particle) -> str:
    """How often, in words such as ``0..1`` and ``1..n``."""
    return f"{particle.minimum}..{'n' if particle.maximum is None else particle.maximum}"


def type_words(model: Components, declared: Element | Attribute) -> str:
    """The type of an element or attribute for people."""
    found = _simple(model, declared.type)
    return described(model, found) if found is not None else shown_key(declared.type)


def shown_key(key: str) -> str:
    """A key of the component model for people: local names below each other."""
    return local(key).replace("#type", "")


def described(model: Components, simple: SimpleType) -> str:
    """A simple type in words."""
    if simple.variety is Variety.LIST:
        item = model.types[simple.item]
        inner = described(model, item) if isinstance(item, SimpleType) else ""
        return space_of(simple, f"list of {inner}").in_words()
    if simple.variety is Variety.UNION:
        kinds = [model.types[key] for key in simple.members]
        inner = " or ".join(
            described(model, each) for each in kinds if isinstance(each, SimpleType)
        )
        return space_of(simple, f"either {inner}").in_words()
    return space_of(simple).in_words()


def space_of(simple: SimpleType, base: str = "") -> ValueSpace:
    """What an atomic type accepts."""
    facets = simple.facets
    given: dict[str, object] = {
        "whiteSpace": facets.white_space,
        "length": facets.length,
        "minLength": facets.min_length,
        "maxLength": facets.max_length,
        "pattern": "\n".join("|".join(group) for group in facets.patterns),
        "minInclusive": facets.min_inclusive,
        "maxInclusive": facets.max_inclusive,
        "minExclusive": facets.min_exclusive,
        "maxExclusive": facets.max_exclusive,
        "totalDigits": facets.total_digits,
        "fractionDigits": facets.fraction_digits,
    }
    texts = {name: str(value) for name, value in given.items() if value not in {None, ""}}
    return ValueSpace(base or simple.builtin, texts, facets.enumeration)


def _simple(model: Components, key: str) -> SimpleType | None:
    return model.simple(key)


def _shape(kind: Type) -> ComplexType:
    """Any type as one with attributes and children, so that all can be compared alike."""
    if isinstance(kind, ComplexType):
        return kind
    return ComplexType(kind.name, simple=kind.name, place=kind.place)


def _declaring(model: Components, kind: Type, member: Declared, owner: str) -> str:
    found = owner
    while isinstance(kind, ComplexType) and kind.base in model.types:
        base = model.types[kind.base]
        if not isinstance(base, ComplexType):
            break
        inherited: tuple[Declared, ...] = (*base.attributes, *_all_members(base.content))
        if member not in inherited:
            break
        found, kind = base.name, base
    return found


def _all_members(group: Group | None) -> Iterator[Declared]:
    yield from children(group)


def _content_word(shape: ComplexType) -> str:
    if shape.simple:
        return "text"
    return f"elements {_names(shape.content)}" if shape.content else "nothing"


def _mixed(shape: ComplexType) -> str:
    return "text between the elements" if shape.mixed else "no text between the elements"


def _names(group: Group | None) -> str:
    return ", ".join(local(each.name) for each in children(group)) or "nothing"


def _namespace(name: str) -> str:
    return namespace_of(name) or "no namespace"


def _by_name(attributes: Sequence[Attribute]) -> dict[str, Attribute]:
    return {each.name: each for each in attributes}


def _only_one(was: Attribute | None, now: Attribute | None, owner: str, step: str) -> Difference:
    member = was or now
    assert member is not None
    words = "required" if member.required else "optional"
    if member.default is not None:
        words += f", default {member.default!r}"
    kind = ChangeKind.ATTRIBUTE_REMOVED if was else ChangeKind.ATTRIBUTE_ADDED
    return Difference(
        kind, owner, step, words if was else "absent", "absent" if was else words, step,
        stricter=was is not None or member.required, weaker=was is None or member.required,
        older=was, newer=now,
    )  # fmt: skip


def _admitted(wildcard: Wildcard | None) -> tuple[str, str, int, int | None] | None:
    if wildcard is None:
        return None
    return wildcard.namespace, wildcard.process, wildcard.minimum, wildcard.maximum


def _wildcard(older: Declared | None, newer: Declared | None, owner: str, what: str) -> Difference:
    words = [
        f"{what} of {each.namespace}, {each.process}, {occurrence(each)}"
        if isinstance(each, Wildcard)
        else f"no {what}"
        for each in (older, newer)
    ]
    return Difference(
        ChangeKind.WILDCARD, owner, "", words[0], words[1], "",
        stricter=older is not None, weaker=newer is not None,
        sure=False, older=older, newer=newer,
    )  # fmt: skip


def _keyed(group: Group) -> _Keyed:
    keyed: dict[str, Particle] = {}
    for member in group.members:
        if isinstance(member, Element):
            name = f"element {local(member.name)}"
        else:
            name = member.compositor.value if isinstance(member, Group) else "any"
        number = 1
        while f"{name} {number}" in keyed:
            number += 1
        keyed[f"{name} {number}"] = member
    return keyed


def _gaps(mine: _Keyed, other: _Keyed) -> dict[tuple[str, str], list[str]]:
    """Members without a counterpart by the neighbours they stand between."""
    shared = ["", *(key for key in mine if key in other), ""]
    found: dict[tuple[str, str], list[str]] = {}
    index = 0
    for key in mine:
        if key in other:
            index += 1
        else:
            found.setdefault((shared[index], shared[index + 1]), []).append(key)
    return found


def _after(keyed: _Keyed, key: str) -> str:
    names = list(keyed)
    index = names.index(key)
    return f"after {names[index - 1].split()[1]}" if index else "first"


def _longest_common(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """The longest common subsequence of two orders of the same names."""
    position = {name: index for index, name in enumerate(right)}
    best: dict[str, list[str]] = {}
    for name in left:
        before = [run for run in best.values() if position[run[-1]] < position[name]]
        best[name] = [*max(before, key=len, default=[]), name]
    return max(best.values(), key=len, default=[])


def _counts(low: int, high: int | None, new_low: int, new_high: int | None) -> str:
    most, new_most = (float("inf") if each is None else each for each in (high, new_high))
    effect = "s" if new_low > low or new_most < most else ""
    return effect + ("w" if new_low < low or new_most > most else "")


def _effects(effect: str) -> tuple[bool, bool]:
    return "s" in effect, "w" in effect


def _of(kind: ChangeKind, was: str, now: str, effect: str, *, sure: bool = True) -> Difference:
    return Difference(kind, "", "", was, now, "", "s" in effect, "w" in effect, sure)


def _more(narrower: ValueSpace, wider: ValueSpace) -> bool:
    """Whether one space has a limit that the other lacks."""
    if narrower.enumeration and narrower.enumeration != wider.enumeration:
        return True
    return any(wider.facets.get(name) != value for name, value in narrower.facets.items())


def _facets(was: ValueSpace, now: ValueSpace) -> Iterator[Difference]:
    for name in [*was.facets, *(name for name in now.facets if name not in was.facets)]:
        before, after = was.facets.get(name), now.facets.get(name)
        words = (
            f"{name} {before}" if before else f"no {name}",
            f"{name} {after}" if after else f"no {name}",
        )
        if before == after:
            continue
        if name == "whiteSpace":
            yield _of(ChangeKind.FACET_CHANGED, *words, "sw", sure=False)
        elif before is None:
            yield _of(ChangeKind.FACET_ADDED, *words, "s")
        elif after is None:
            yield _of(ChangeKind.FACET_REMOVED, *words, "w")
        else:
            yield _revalued(name, before, after, words)


def _revalued(name: str, before: str, after: str, words: tuple[str, str]) -> Difference:
    less = tighter(name, before, after)
    if less is None:
        return _of(ChangeKind.FACET_CHANGED, *words, "sw", sure=name == "length")
    kind = ChangeKind.FACET_TIGHTENED if less else ChangeKind.FACET_LOOSENED
    return _of(kind, *words, "s" if less else "w")


def _enumeration(was: ValueSpace, now: ValueSpace) -> Iterator[Difference]:
    if set(was.enumeration) == set(now.enumeration):
        return
    words = [
        f"one of {', '.join(each.enumeration)}" if each.enumeration else "any value"
        for each in (was, now)
    ]
    gone, come = (
        set(was.enumeration) - set(now.enumeration),
        set(now.enumeration) - set(was.enumeration),
    )
    effect = "s" if now.enumeration and (gone or not was.enumeration) else ""
    effect += "w" if was.enumeration and (come or not now.enumeration) else ""
    yield _of(ChangeKind.ENUMERATION, words[0], words[1], effect)


def _fixed_and_default(
    found: _Found, older: Element | Attribute, newer: Element | Attribute
) -> Iterator[Difference]:
    if older.fixed != newer.fixed:
        effect = "s" if newer.fixed is not None else ""
        effect += "w" if older.fixed is not None else ""
        words = [f"fixed {each!r}" if each is not None else "not fixed"
                 for each in (older.fixed, newer.fixed)]  # fmt: skip
        yield found(ChangeKind.FIXED, words[0], words[1], effect)
    if older.default != newer.default:
        words = [f"default {each!r}" if each is not None else "no default"
                 for each in (older.default, newer.default)]  # fmt: skip
        yield found(ChangeKind.DEFAULT, words[0], words[1], "")
