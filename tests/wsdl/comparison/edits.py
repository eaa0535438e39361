"""Single edits of a schema, and what each must be found to be.

What is expected comes from the XML alone: the component's path from the names around the node,
the directions from a walk over ``type`` and ``base``, stricter and weaker from the edit itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from harness.wsdl.changes import ChangeKind
from harness.wsdl.components import Direction

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
Node = etree._Element


@dataclass(frozen=True)
class Edit:
    """One edit: which node (by its number in the document), what is done, what must come out."""

    name: str
    node: int
    kind: ChangeKind
    paths: frozenset[str]
    directions: frozenset[Direction]
    stricter: bool
    weaker: bool
    apply: Callable[[Node], None]

    def __repr__(self) -> str:
        return f"<{self.name} at {' or '.join(sorted(self.paths))}>"


def edits(root: Node) -> list[Edit]:
    """Every edit that can be made to the schema in this document."""
    found: list[Edit] = []
    for number, node in enumerate(root.iter()):
        if node.tag == f"{XS}element" and _is_local(node):
            rows = [*_of_element(node), *_of_content(node)]
        elif node.tag == f"{XS}attribute":
            rows = list(_of_attribute(node))
        elif node.tag in {f"{XS}minLength", f"{XS}maxLength"}:
            rows = list(_of_facet(node))
        else:
            continue
        directions = _directions(root, node)
        for name, kind, effect, apply, others in rows:
            paths = frozenset({path_of(node), *others})
            found.append(
                Edit(name, number, kind, paths, directions, "s" in effect, "w" in effect, apply)
            )
    return found


def applied(root: Node, edit: Edit) -> bytes:
    """The document after the edit."""
    copy = etree.fromstring(etree.tostring(root))
    edit.apply(list(copy.iter())[edit.node])
    return etree.tostring(copy, xml_declaration=True, encoding="UTF-8")


def path_of(node: Node) -> str:
    """Names from the global declaration down to the node."""
    name = node.get("name", "")
    names = [f"@{name}" if node.tag == f"{XS}attribute" else name]
    names.extend(
        above.get("name", "")
        for above in node.iterancestors(f"{XS}element", f"{XS}complexType")
        if above.get("name")
    )
    return "/".join(each for each in reversed(names) if each)


Row = tuple[str, ChangeKind, str, Callable[[Node], None], tuple[str, ...]]


def _of_element(node: Node) -> Iterator[Row]:
    low, high = node.get("minOccurs", "1"), node.get("maxOccurs", "1")
    if low == "0":
        yield "required", ChangeKind.OCCURRENCE, "s", _setting("minOccurs", "1"), ()
    else:
        yield "optional", ChangeKind.OCCURRENCE, "w", _setting("minOccurs", "0"), ()
    if high == "1":
        yield "many", ChangeKind.OCCURRENCE, "w", _setting("maxOccurs", "unbounded"), ()
    else:
        yield "once", ChangeKind.OCCURRENCE, "s", _setting("maxOccurs", "1"), ()
    if node.get("nillable") == "true":
        yield "not nil", ChangeKind.NILLABLE, "s", _setting("nillable", "false"), ()
    else:
        yield "nil", ChangeKind.NILLABLE, "w", _setting("nillable", "true"), ()
    local = node.get("type", "").rpartition(":")[2]
    if local == "string" and node.get("default") is None:
        yield "int", ChangeKind.TYPE, "s", _setting("type", "xs:int"), ()
        yield "default", ChangeKind.DEFAULT, "", _setting("default", "muu"), ()
        yield "length", ChangeKind.FACET_ADDED, "s", _restricting("maxLength", "9"), ()
        yield "pattern", ChangeKind.FACET_ADDED, "s", _restricting("pattern", "[a-f]+"), ()
        yield "values", ChangeKind.ENUMERATION, "s", _restricting("enumeration", "Kaikki"), ()
    if local == "int":
        yield "string", ChangeKind.TYPE, "w", _setting("type", "xs:string"), ()
        yield "short", ChangeKind.TYPE, "s", _setting("type", "xs:short"), ()
        yield "boolean", ChangeKind.TYPE, "sw", _setting("type", "xs:boolean"), ()


def _of_content(node: Node) -> Iterator[Row]:
    required = node.get("minOccurs", "1") != "0"
    path = path_of(node)
    beside = path.rpartition("/")[0] + "/Uusi"
    yield "gone", ChangeKind.ELEMENT_REMOVED, "sw" if required else "s", _remove, ()
    yield "renamed", ChangeKind.ELEMENT_RENAMED, "sw", _setting("name", "Uusi"), ()
    yield "new", ChangeKind.ELEMENT_ADDED, "w", _adding(node, "0"), (beside,)
    yield "new required", ChangeKind.ELEMENT_ADDED, "sw", _adding(node, "1"), (beside,)
    following = node.getnext()
    if following is not None and following.tag == node.tag:
        yield "swapped", ChangeKind.ELEMENT_MOVED, "sw", _swap, (path_of(following),)


def _of_attribute(node: Node) -> Iterator[Row]:
    beside = path_of(node).rpartition("/")[0] + "/@Uusi"
    yield "gone", ChangeKind.ATTRIBUTE_REMOVED, "s", _remove, ()
    yield "new", ChangeKind.ATTRIBUTE_ADDED, "w", _adding(node, "optional"), (beside,)
    yield "new required", ChangeKind.ATTRIBUTE_ADDED, "sw", _adding(node, "required"), (beside,)
    if node.get("default") is None:
        yield "required", ChangeKind.ATTRIBUTE_REQUIRED, "s", _setting("use", "required"), ()
        yield "default", ChangeKind.DEFAULT, "", _setting("default", "muu"), ()
        yield "int", ChangeKind.TYPE, "s", _setting("type", "xs:int"), ()


def _of_facet(node: Node) -> Iterator[Row]:
    value = int(node.get("value", ""))
    lowest = node.tag == f"{XS}minLength"
    looser = value - 1 if lowest else value + 1
    yield "looser", ChangeKind.FACET_LOOSENED, "w", _setting("value", str(looser)), ()
    yield "gone", ChangeKind.FACET_REMOVED, "w", _remove, ()
    values = [each.get("value") for each in node.itersiblings(preceding=True)]
    values += [each.get("value") for each in node.itersiblings()]
    if node.get("value") not in values:
        tighter = value + 1 if lowest else value - 1
        yield "tighter", ChangeKind.FACET_TIGHTENED, "s", _setting("value", str(tighter)), ()


def _setting(name: str, value: str) -> Callable[[Node], None]:
    def apply(node: Node) -> None:
        node.set(name, _builtin(node, value) if value.startswith("xs:") else value)

    return apply


def _builtin(node: Node, value: str) -> str:
    prefixes = {space: prefix for prefix, space in node.nsmap.items() if prefix}
    return value.replace("xs:", prefixes[XS.strip("{}")] + ":")


def _restricting(facet: str, value: str) -> Callable[[Node], None]:
    def apply(node: Node) -> None:
        base = node.attrib.pop("type")
        kind = etree.SubElement(node, f"{XS}simpleType")
        restriction = etree.SubElement(kind, f"{XS}restriction", base=base)
        etree.SubElement(restriction, f"{XS}{facet}", value=value)

    return apply


def _adding(beside: Node, needed: str) -> Callable[[Node], None]:
    attribute = beside.tag == f"{XS}attribute"

    def apply(node: Node) -> None:
        new = etree.Element(str(node.tag), name="Uusi", type=_builtin(node, "xs:string"))
        new.set("use" if attribute else "minOccurs", needed)
        node.addnext(new)

    return apply


def _remove(node: Node) -> None:
    parent = node.getparent()
    assert parent is not None
    parent.remove(node)


def _swap(node: Node) -> None:
    following = node.getnext()
    assert following is not None
    following.addnext(node)


def _is_local(node: Node) -> bool:
    parent = node.getparent()
    return parent is not None and parent.tag != f"{XS}schema"


def _directions(root: Node, node: Node) -> frozenset[Direction]:
    """Whether requests, answers or both hold the global declaration around the node."""
    owner = next(
        above for above in (node, *node.iterancestors()) if above.getparent() is not None
        if above.getparent().tag == f"{XS}schema"  # type: ignore[union-attr]
    )  # fmt: skip
    found: set[Direction] = set()
    for element in root.iter(f"{XS}element"):
        if not _is_local(element) and owner in _reached(root, element):
            name = element.get("name", "")
            found.add(Direction.RESPONSE if name.endswith("Response") else Direction.REQUEST)
    return frozenset(found)


def _reached(root: Node, start: Node) -> set[Node]:
    named = {each.get("name"): each for each in root.iter(f"{XS}complexType") if each.get("name")}
    reached: set[Node] = set()
    waiting = [start]
    while waiting:
        declaration = waiting.pop()
        if declaration not in reached:
            reached.add(declaration)
            for inner in declaration.iter():
                for attribute in ("type", "base"):
                    kind = named.get(inner.get(attribute, "").rpartition(":")[2])
                    waiting += [] if kind is None else [kind]
    return reached
