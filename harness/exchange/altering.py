"""Other bytes for a message: an element left out, or other text in it.

For planting defects only. What is written back is the same message but for the place named.
"""

from collections.abc import Callable, Iterator

from lxml import etree

from harness import xml
from harness.classes import dataclass
from harness.exchange.message import local_name

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in messages.

    Attributes:
        element: Clark name of the element that the body holds.
        path: local names below it, joined by ``/``; the last may be an attribute, ``@Name``.
    """

    element: str
    path: str

    @property
    def attribute(self) -> str:
        """Local name of the attribute; empty when it is an element."""
        last = self.path.rpartition("/")[2]
        return last[1:] if last.startswith("@") else ""

    def found(self, root: etree._Element) -> Iterator[etree._Element]:
        """The elements at the place, or those that can have the attribute, in document order."""
        steps = self.path.split("/")[: -1 if self.attribute else None]
        found = [each for body in root.iterchildren("{*}Body") for each in body]
        found = [each for each in found if each.tag == self.element]
        for step in steps:
            children = (child for each in found for child in each)
            found = [child for child in children if local_name(str(child.tag)) == step]
        yield from found


def without(data: bytes, spot: Spot) -> bytes | None:
    """The envelope without what stands at a place; ``None`` when nothing does."""
    root = xml.parse(data)
    altered = False
    for element in spot.found(root):
        parent = element.getparent()
        if spot.attribute:
            altered |= element.attrib.pop(spot.attribute, None) is not None
        elif parent is not None:
            parent.remove(element)
            altered = True
    return _written(root) if altered else None


def changed(data: bytes, spot: Spot, change: Change) -> bytes | None:
    """The envelope with other text at a place; ``None`` when that alters nothing."""
    root = xml.parse(data)
    altered = False
    for element in spot.found(root):
        before = element.get(spot.attribute) if spot.attribute else element.text or ""
        if before is None or (len(element) and not spot.attribute):
            continue
        after = change(before)
        altered |= after != before
        if spot.attribute:
            element.set(spot.attribute, after)
        else:
            element.text = after
    return _written(root) if altered else None


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
