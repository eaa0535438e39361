"""The schemas of a contract put together for the two libraries that read them.

libxml2 follows the first import of a namespace and skips every other one silently; zeep knows
neither two schemas of one namespace nor all forms of include. So both get the schemas sorted by
namespace:

* for libxml2, one document a namespace that includes all schemas of it, and every import leads to
  that document. The schemas themselves are the published ones, with their lines;
* for zeep, one schema a namespace with all that the requests are made of, qualified names written
  with the same prefixes everywhere, ``form`` written out, nothing included and no location left.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from lxml import etree

from harness.errors import ContractError
from harness.wsdl.sources import (
    BUILT_IN,
    IMPORT,
    REDEFINE,
    SCHEMA,
    XML,
    XSD,
    SchemaDocument,
    Sources,
    place,
    qname,
    qualified,
    references,
    schemas_in,
)

DRIVER: Final = "driver"
DRIVER_NAMESPACE: Final = "urn:connection-harness:driver"
_LOCAL: Final = (f"{{{XSD}}}element", f"{{{XSD}}}attribute")
_KINDS: Final = {
    **dict.fromkeys(("simpleType", "complexType"), "type"),
    **{kind: kind for kind in ("element", "attribute", "group", "attributeGroup")},
}
_REFERRED: Final = {
    **dict.fromkeys(("type", "base", "itemType", "memberTypes"), "type"),
    "substitutionGroup": "element",
}
"""What an attribute refers to; ``ref`` refers to what the element with it is."""

_Name: TypeAlias = tuple[str, str]
"""Kind of a component and its Clark name."""


class _Component(NamedTuple):
    """A global component, its schema, and the namespace that the schema is used in."""

    document: SchemaDocument
    namespace: str
    element: etree._Element


@dataclass(frozen=True, slots=True)
class Assembly:
    """All schemas of a contract, those the description implies included.

    Attributes:
        sources: the files.
        documents: every schema.
        namespaces: every target namespace, the empty text for none.
    """

    sources: Sources
    documents: tuple[SchemaDocument, ...]
    namespaces: tuple[str, ...]

    def served(self, prefix: str) -> dict[str, bytes]:
        """Location to document; ``prefix + "driver"`` imports every namespace."""
        found = {prefix + DRIVER: self._driver(prefix)}
        for namespace in self.namespaces:
            found[self._place(prefix, namespace)] = self._gathered(prefix, namespace)
        for document in self.documents:
            found[prefix + document.key] = self._bound(prefix, document)
        return found

    def flat(self, messages: Iterable[str]) -> list[etree._Element]:
        """One ``xs:schema`` a namespace, for readers that follow no locations.

        Args:
            messages: Clark names of the elements that are wanted; what they are made of comes
                with them, everything else is left out.

        Raises:
            ContractError: a schema redefines another one.
        """
        prefixes = {f"n{index}": name for index, name in enumerate(self.namespaces) if name}
        prefixes = {key: name for key, name in prefixes.items() if name != XML}
        schemas = {name: self._empty(name, {"xs": XSD, **prefixes}) for name in self.namespaces}
        names = {name: key for key, name in prefixes.items()}
        names[XSD] = "xs"
        components = _components(self.documents)
        waiting: list[_Name] = [("element", each) for each in messages]
        while waiting:
            for component in components.pop(waiting.pop(), ()):
                element, referred = _rewritten(component, names)
                schemas[component.namespace].append(element)
                waiting += referred
        return list(schemas.values())

    def _empty(self, namespace: str, prefixes: dict[str, str]) -> etree._Element:
        schema = etree.Element(SCHEMA, nsmap=prefixes)
        if namespace:
            schema.set("targetNamespace", namespace)
        for other in self.namespaces:
            if other not in {namespace, XML}:  # zeep would fetch the schema of xml:lang itself
                etree.SubElement(schema, IMPORT, {"namespace": other} if other else {})
        return schema

    def _place(self, prefix: str, namespace: str) -> str:
        return f"{prefix}namespace#{self.namespaces.index(namespace)}"

    def _driver(self, prefix: str) -> bytes:
        driver = etree.Element(SCHEMA, {"targetNamespace": DRIVER_NAMESPACE}, nsmap={"xs": XSD})
        for namespace in self.namespaces:
            place_ = self._place(prefix, namespace)
            reference = etree.SubElement(driver, IMPORT, {"schemaLocation": place_})
            if namespace:
                reference.set("namespace", namespace)
        return etree.tostring(driver)

    def _gathered(self, prefix: str, namespace: str) -> bytes:
        schema = etree.Element(SCHEMA, nsmap={"xs": XSD})
        if namespace:
            schema.set("targetNamespace", namespace)
        for document in self.documents:
            if not document.included and document.root.get("targetNamespace", "") == namespace:
                location = {"schemaLocation": prefix + document.key}
                etree.SubElement(schema, f"{{{XSD}}}include", location)
        return etree.tostring(schema)

    def _bound(self, prefix: str, document: SchemaDocument) -> bytes:
        copy = _copy(document)
        for element, written in list(references(copy)):
            if element.tag == IMPORT:
                namespace = element.get("namespace", "")
                if namespace in self.namespaces:
                    element.set("schemaLocation", self._place(prefix, namespace))
                else:
                    copy.remove(element)  # idle: see harness.wsdl.sources
            elif written is not None:
                target = self.sources.target(document.file, written)
                element.set("schemaLocation", f"{prefix}{target}")
                if target == document.file and element.tag != REDEFINE:
                    copy.remove(element)  # including itself adds nothing; libxml2 refuses it
        # The lines of the document are those of the file it stands in.
        above = b"\n" * ((document.root.sourceline or 1) - 1) if document.index is not None else b""
        return above + etree.tostring(copy, with_tail=False)


def assemble(sources: Sources, implied: tuple[etree._Element, ...] = ()) -> Assembly:
    """The schemas of the files, and those that a description implies.

    Args:
        sources: the files.
        implied: schemas without locations, for instance of the wrappers of rpc messages.
    """
    first = len([document for document in sources.schemas if document.file == BUILT_IN])
    added = tuple(
        SchemaDocument(BUILT_IN, index, root, (root.get("targetNamespace", ""),), included=False)
        for index, root in enumerate(implied, start=first)
    )
    documents = (*sources.schemas, *added)
    namespaces = {name: None for document in documents for name in document.namespaces}
    return Assembly(sources, documents, tuple(namespaces))


def _copy(document: SchemaDocument) -> etree._Element:
    """A copy of the schema that still knows the prefixes declared around it."""
    if document.index is None or document.file == BUILT_IN:
        return deepcopy(document.root)
    return schemas_in(deepcopy(document.root.getroottree().getroot()))[document.index]


def _components(documents: Iterable[SchemaDocument]) -> dict[_Name, list[_Component]]:
    """Every global component; of a name that stands twice, which no schema may have, both."""
    found: dict[_Name, list[_Component]] = {}
    for document in documents:
        for child in document.root.iterchildren(f"{{{XSD}}}*"):
            if child.tag == REDEFINE:
                raise ContractError(
                    "The schema redefines another one; requests cannot be written from that.",
                    where=place(document.file, child),
                    todo="Pin a copy in which the redefined types are written out.",
                )
            kind, name = _KINDS.get(_local(child)), child.get("name")
            for namespace in document.namespaces if kind and name else ():
                clark = f"{{{namespace}}}{name}" if namespace else str(name)
                component = _Component(document, namespace, child)
                found.setdefault((str(kind), clark), []).append(component)
    return found


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _rewritten(component: _Component, names: dict[str, str]) -> tuple[etree._Element, list[_Name]]:
    """A copy that needs nothing around it, and the components it refers to."""
    document, namespace, child = component
    copy, referred = deepcopy(child), list[_Name]()
    originals = child.iter(f"{{{XSD}}}*")
    for original, element in zip(originals, list(copy.iter(f"{{{XSD}}}*")), strict=True):
        for name, written in qualified(original):
            kind = _REFERRED.get(name) or _KINDS.get(_local(element), "")
            meant = [_meant(document, original, word, namespace) for word in written]
            referred += [(kind, clark) for clark in meant]
            element.set(name, " ".join(_written(clark, names) for clark in meant))
        if element is not copy and element.tag in _LOCAL and element.get("name"):
            _write_form(document.root, element)
    for note in list(copy.iter(f"{{{XSD}}}annotation")):
        parent = note.getparent()
        if parent is not None:
            parent.remove(note)
    copy.tail = None
    return copy, referred


def _write_form(schema: etree._Element, element: etree._Element) -> None:
    if element.get("form") is None:
        kind = "elementFormDefault" if element.tag == _LOCAL[0] else "attributeFormDefault"
        element.set("form", schema.get(kind, "unqualified"))


def _meant(document: SchemaDocument, element: etree._Element, word: str, namespace: str) -> str:
    """Clark name of a qualified name, in the namespace that the schema is used in."""
    name = qname(element, word)
    if name is None:
        raise ContractError(
            f"The prefix of {word!r} is not declared.",
            where=place(document.file, element),
            todo="Ask the publisher for a repaired file.",
        )
    if not name.startswith("{") and not document.root.get("targetNamespace"):
        return f"{{{namespace}}}{name}" if namespace else name
    return name


def _written(clark: str, names: dict[str, str]) -> str:
    owner, _, local = clark.removeprefix("{").rpartition("}")
    if owner == XML:
        return f"xml:{local}"
    return f"{names[owner]}:{local}" if owner in names else local
