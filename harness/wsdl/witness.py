"""Messages that show a breaking change: made, then judged by both versions.

For a request the message keeps to the older version and is refused by the newer; for an answer it
is the other way round. A message counts only when the validators have said exactly that. Where
undoing the one difference makes the refusing version accept it, nothing else can be the reason.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from lxml import etree

from harness import xml
from harness.classes import dataclass
from harness.wsdl.changes import EVERYWHERE, Change, ChangeKind, NoWitness, Witness
from harness.wsdl.components import (
    XSI,
    Attribute,
    ComplexType,
    Components,
    Direction,
    Element,
    SimpleType,
    Variety,
    local,
)
from harness.wsdl.differences import Difference, space_of
from harness.wsdl.findings import SchemaCode, SchemaFinding
from harness.wsdl.minimal import Impossible, Made, Maker, Spot, child, order
from harness.wsdl.value_space import candidates, value_of, values_beside

if TYPE_CHECKING:
    from harness.wsdl.contract import Contract

_PLACES: Final = 4
_TRIALS: Final = 60
_MANY: Final = 1000
_OUTSIDE: Final = frozenset(
    {
        ChangeKind.SOAP_ACTION,
        ChangeKind.BINDING,
        ChangeKind.HEADER_ADDED,
        ChangeKind.HEADER_REMOVED,
    }
)
_WHOLE: Final = frozenset({ChangeKind.OPERATION_REMOVED, ChangeKind.NAMESPACE, ChangeKind.MESSAGE})
_COUNTED: Final = frozenset(
    {
        ChangeKind.ELEMENT_ADDED,
        ChangeKind.ELEMENT_REMOVED,
        ChangeKind.ELEMENT_RENAMED,
        ChangeKind.OCCURRENCE,
    }
)
_PRESENT: Final = frozenset(
    {ChangeKind.ATTRIBUTE_ADDED, ChangeKind.ATTRIBUTE_REMOVED, ChangeKind.ATTRIBUTE_REQUIRED}
)
_INSIDE: Final = frozenset({ChangeKind.CONTENT, ChangeKind.WILDCARD})
NOT_IN_BODY: Final = NoWitness("It stands outside the body, where no schema looks.")
NOT_FOUND: Final = NoWitness("No message was found that one version accepts and the other refuses.")

Trial: TypeAlias = tuple[etree._Element, etree._Element | None]  # noqa: SLF001  lxml's name for it
"""A message with the difference, and the same one with it undone where that can be done."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A place of a message and the two declarations of the element that holds the difference.

    Attributes:
        parent: path of the element in which the difference is made.
        step: the child or attribute; empty when the difference is in the element itself.
        roots: the operation's element in lead and guide.
    """

    lead: Components
    guide: Components
    roots: tuple[Element, Element | None]
    parent: str
    step: str

    def made(self, *, to_step: bool = False, wanted: tuple[str, ...] = ()) -> Made:
        path = "/".join(each for each in (self.parent, self.step) if each)
        maker = Maker(self.lead, self.guide, wanted)
        return maker.message(*self.roots, path if to_step else self.parent)

    def spot(self) -> Spot:
        return self.made().way[-1]


class Prover:
    """Looks for witnesses between two contracts."""

    def __init__(
        self, older: "Contract", newer: "Contract", before: Components, after: Components
    ) -> None:
        self._older = older, before
        self._newer = newer, after

    def witness(self, change: Change, difference: Difference | None) -> Witness | NoWitness:
        """A message that shows the change, or why there is none."""
        if change.kind in _OUTSIDE or all(
            each.path.startswith(("Header/", "Fault/")) for each in change.places
        ):
            return NOT_IN_BODY
        lead, guide = self._older, self._newer
        if change.direction is Direction.RESPONSE:
            lead, guide = guide, lead
        best: Witness | None = None
        for operation, trial in islice(self._trials(change, difference), _TRIALS):
            found = _judged(operation, trial, lead[0], guide[0])
            if found is not None and found.alone:
                return found
            best = best or found
        return best or NOT_FOUND

    def _trials(self, change: Change, difference: Difference | None) -> Iterator[tuple[str, Trial]]:
        places = [each for each in change.places if EVERYWHERE not in each.path]
        places.sort(key=lambda each: (each.path.count("/"), each))
        for place in places[:_PLACES]:
            scene = self._scene(place.operation, place.path, change, difference)
            if scene is None:
                continue
            try:
                for trial in _ways(scene, change.kind, difference):
                    yield place.operation, trial
            except Impossible:
                continue

    def _scene(
        self, operation: str, path: str, change: Change, difference: Difference | None
    ) -> _Scene | None:
        direction = change.direction or Direction.REQUEST
        lead, guide = self._older[1], self._newer[1]
        if direction is Direction.RESPONSE:
            lead, guide = guide, lead
        names = [
            messages.body(direction) if messages is not None else ""
            for messages in (lead.operations.get(operation), guide.operations.get(operation))
        ]
        if not names[0]:
            return None
        roots = lead.element(names[0]), guide.elements.get(names[1])
        parent, step = path, ""
        if difference is not None and difference.step:
            parent, _, step = path.rpartition("/")
        return _Scene(lead, guide, roots, parent, step)


def _judged(operation: str, trial: Trial, lead: "Contract", guide: "Contract") -> Witness | None:
    try:
        written, message = _as_sent(trial[0])
        undone = None if trial[1] is None else _as_sent(trial[1])[1]
    except xml.Refused:
        return None  # larger than a message may be
    if lead.validate(message):
        return None
    findings = guide.validate(message)
    if not findings or any(each.code is SchemaCode.INTERNAL for each in findings):
        return None
    alone = undone is not None and not guide.validate(undone)
    return Witness(
        operation, written, lead.ref, guide.ref, tuple(_words(each) for each in findings), alone
    )


def _as_sent(message: etree._Element) -> tuple[str, etree._Element]:
    """The text of the message and the tree a reader makes of it."""
    copy = deepcopy(message)
    etree.indent(copy)
    data = etree.tostring(copy, encoding="UTF-8")
    return data.decode(), xml.parse(data)


def _words(finding: SchemaFinding) -> str:
    parts = [f"{finding.code.value} at {finding.path or 'the element itself'}"]
    parts += [f"expected {finding.expected}"] if finding.expected else []
    parts += [f"seen {finding.seen}"] if finding.seen else []
    return ", ".join(parts)


def _ways(scene: _Scene, kind: ChangeKind, difference: Difference | None) -> Iterator[Trial]:
    """Messages to try for a change of that kind."""
    if difference is None or kind in _WHOLE:
        yield scene.made().root, None
    elif kind in _COUNTED and scene.step:
        yield from _counted(scene, difference)
    elif kind is ChangeKind.ELEMENT_MOVED:
        yield from _reordered(scene)
    elif kind in _PRESENT:
        yield from _present(scene)
    elif kind is ChangeKind.NILLABLE:
        yield from _nil(scene)
    elif kind is ChangeKind.FORM:
        yield from _form(scene)
    elif kind in _INSIDE or kind is ChangeKind.OCCURRENCE:
        yield from _content(scene)
    else:
        yield from _valued(scene)


def _names(scene: _Scene, difference: Difference) -> tuple[str, str]:
    """The element's name in lead and guide; they differ when it was renamed."""
    names = [
        local(each.name) if isinstance(each, Element) else scene.step
        for each in (difference.older, difference.newer)
    ]
    spot = scene.spot()
    if child(scene.lead, spot.lead, names[0]) is None:
        names.reverse()
    return names[0], names[1]


def _counted(scene: _Scene, difference: Difference) -> Iterator[Trial]:
    spot = scene.spot()
    mine, other = _names(scene, difference)
    lead = child(scene.lead, spot.lead, mine)
    guide = child(scene.guide, spot.guide, other) if spot.guide else None
    beside = [name for name in order(scene.lead, spot.lead) if name != mine]
    path = _Scene(scene.lead, scene.guide, scene.roots, scene.parent, mine)
    for count in _counts(lead, guide if mine == other else None):
        # What is absent may be missed only where its neighbours stand.
        for wanted in ((), *((name,) for name in beside if not count)):
            made, undone = (path.made(to_step=count > 0, wanted=wanted) for _ in range(2))
            place, back = (each.way[-2] if count else each.way[-1] for each in (made, undone))
            _set_count(scene.lead, scene.guide, place, mine, count)
            _set_count(scene.lead, scene.guide, back, mine, 0)
            if back.guide is None:
                yield made.root, None
                continue
            allowed = 0 if guide is None else max(min(count, guide.maximum or count), guide.minimum)
            turned = Spot(back.node, back.guide, back.lead)
            _set_count(scene.guide, scene.lead, turned, other, allowed)
            yield made.root, undone.root


def _counts(lead: Element | None, guide: Element | None) -> Iterator[int]:
    """How often the lead lets it stand and the guide does not."""
    low, high = (guide.minimum, guide.maximum) if guide else (0, 0)
    if lead is None:
        yield 0
        return
    if lead.minimum < low:
        yield lead.minimum
    if high is not None and (lead.maximum is None or lead.maximum > high):
        yield min(max(high + 1, lead.minimum), _MANY)
    elif lead.minimum == 0 == low:
        yield 0


def _set_count(model: Components, other: Components, place: Spot, name: str, count: int) -> None:
    """Make the children of that name as many as said, where the model wants them."""
    declared = child(model, place.lead, name)
    alike = {name}
    if declared is not None:
        alike |= {local(each) for each in model.substitutes.get(declared.name, ())}
    for node in list(place.node):
        if local(str(node.tag)) in alike:
            place.node.remove(node)
    if declared is None or not count:
        return
    names = order(model, place.lead)
    before = set(names[: names.index(name)])
    index = sum(local(str(node.tag)) in before for node in place.node)
    guide = child(other, place.guide, name) if place.guide else None
    for _ in range(count):
        Maker(model, other).element(declared, guide, place.node)
        place.node.insert(index, place.node[-1])


def _reordered(scene: _Scene) -> Iterator[Trial]:
    spot = scene.spot()
    if spot.guide is None:
        return
    mine, other = order(scene.lead, spot.lead), order(scene.guide, spot.guide)
    if scene.step not in mine or scene.step not in other:
        return
    for name in mine:
        if name not in other or name == scene.step:
            continue
        first = mine.index(name) < mine.index(scene.step)
        if first is (other.index(name) < other.index(scene.step)):
            continue
        made, undone = (scene.made(wanted=(name, scene.step)) for _ in range(2))
        back = undone.way[-1].node
        back[:] = sorted(back, key=lambda node: _index(other, local(str(node.tag))))
        yield made.root, undone.root


def _index(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _present(scene: _Scene) -> Iterator[Trial]:
    spot = scene.spot()
    name = scene.step.removeprefix("@")
    lead = _attribute(scene.lead, spot.lead, name)
    guide = _attribute(scene.guide, spot.guide, name)
    for there in (False, True):
        made, undone = scene.made(), scene.made()
        _put(scene.lead, made.way[-1].node, lead, there=there)
        shown = lead or guide
        _put(scene.guide if lead is None else scene.lead, undone.way[-1].node, shown,
             there=not there)  # fmt: skip
        yield made.root, undone.root


def _put(
    model: Components, node: etree._Element, attribute: Attribute | None, *, there: bool
) -> None:
    if attribute is None:
        return
    if not there:
        node.attrib.pop(attribute.name, None)
    else:
        value = attribute.fixed or Maker(model, model).text(attribute.type, None)
        node.set(attribute.name, value or "")


def _attribute(model: Components, owner: Element | None, name: str) -> Attribute | None:
    kind = model.types.get(owner.type) if owner else None
    for each in kind.attributes if isinstance(kind, ComplexType) else ():
        if local(each.name) == name:
            return each
    return None


def _nil(scene: _Scene) -> Iterator[Trial]:
    made, undone = (scene.made(to_step=True) for _ in range(2))
    node = made.way[-1].node
    node[:] = []
    node.text = None
    node.set(f"{{{XSI}}}nil", "true")
    yield made.root, undone.root


def _form(scene: _Scene) -> Iterator[Trial]:
    made, undone = (scene.made(to_step=bool(scene.step)) for _ in range(2))
    spot = undone.way[-1]
    if spot.guide is not None:
        spot.node.tag = spot.guide.name
    yield made.root, undone.root


def _valued(scene: _Scene) -> Iterator[Trial]:
    """A value of the lead that the guide does not have, in an element or an attribute."""
    attribute = scene.step.startswith("@")
    spot = scene.made(to_step=not attribute).way[-1]
    declared: tuple[Element | Attribute | None, ...] = (spot.lead, spot.guide)
    if attribute:
        name = scene.step.removeprefix("@")
        declared = (
            _attribute(scene.lead, spot.lead, name),
            _attribute(scene.guide, spot.guide, name),
        )
    lead, guide = declared
    if lead is None or guide is None:
        return
    texts, right = _texts(scene, lead, guide)

    def put(text: str) -> etree._Element:
        made = scene.made(to_step=not attribute)
        if attribute:
            made.way[-1].node.set(lead.name, text)
        else:
            made.way[-1].node.text = text
        return made.root

    for text in texts:
        yield put(text), put(right)


def _texts(
    scene: _Scene, lead: Element | Attribute, guide: Element | Attribute
) -> tuple[list[str], str]:
    """Values to try, and one that the guide has."""
    mine, other = scene.lead.simple(lead.type), scene.guide.simple(guide.type)
    if mine is None or other is None:
        return [], ""
    spaces = space_of(mine), space_of(other)
    right = guide.fixed or value_of(spaces[1], spaces[0])
    if guide.fixed != lead.fixed:
        tried = [lead.fixed] if lead.fixed else [*candidates(spaces[0])]
        return [each for each in tried if each != guide.fixed], right
    if _atomic(mine) and _atomic(other):
        return values_beside(*spaces), right
    maker = Maker(scene.guide, scene.lead)
    return [*candidates(spaces[0]), *candidates(spaces[1])], maker.text(guide.type, None) or ""


def _atomic(simple: SimpleType) -> bool:
    return simple.variety is Variety.ATOMIC


def _content(scene: _Scene) -> Iterator[Trial]:
    """Contents of the element: each child alone, all, none, text, something foreign."""
    spot = scene.spot()
    names = order(scene.lead, spot.lead)
    for wanted in ((), *((name,) for name in names), tuple(names)):
        yield scene.made(wanted=wanted).root, None
    changes: tuple[Callable[[etree._Element], None], ...] = (
        _doubled, _with_text, _with_foreign_element, _with_foreign_attribute,
    )  # fmt: skip
    for change in changes:
        made, undone = (scene.made(wanted=tuple(names)) for _ in range(2))
        change(made.way[-1].node)
        yield made.root, undone.root
        made, undone = scene.made(), scene.made()
        change(made.way[-1].node)
        yield made.root, undone.root


def _doubled(node: etree._Element) -> None:
    for each in list(node):
        node.append(deepcopy(each))


def _with_text(node: etree._Element) -> None:
    node.text = "x"


def _with_foreign_element(node: etree._Element) -> None:
    node.append(etree.Element("{urn:x}x"))


def _with_foreign_attribute(node: etree._Element) -> None:
    node.set("{urn:x}x", "x")
