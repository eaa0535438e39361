"""The schemas of a contract put together for the two libraries that read them.

libxml2 follows the first import of a namespace and skips every other one silently; zeep knows
neither two schemas of one namespace nor all forms of include. So both get the schemas sorted by
namespace:

* for libxml2, one document a namespace: its only schema, or one that includes all schemas of it.
  Every import leads to that document. The schemas are the published ones, with their lines;
* for zeep, one schema a namespace with all that the requests are made of, nothing included and no
  location left. Where several schemas come together, qualified names are written with the same
  prefixes everywhere and ``form`` is written out; a schema that is alone keeps its own words.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Final, NamedTuple, TypeAlias

from lxml import etree

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl.sources import (
    ANY,
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
_FORMS: Final = {
    f"{{{XSD}}}element": "elementFormDefault",
    f"{{{XSD}}}attribute": "attributeFormDefault",
}
_KINDS: Final = {
    **dict.fromkeys((f"{{{XSD}}}simpleType", f"{{{XSD}}}complexType"), "type"),
    **{f"{{{XSD}}}{kind}": kind for kind in ("element", "attribute", "group", "attributeGroup")},
}
_REFERRED: Final = {
    **dict.fromkeys(("type", "base", "itemType", "memberTypes"), "type"),
    "substitutionGroup": "element",
}
"""What an attribute refers to; ``ref`` refers to what the element with it is."""

_IMPORTS_ONLY: Final[Callable[[etree._Element], bool]] = etree.XPath(
    "not(text()[normalize-space()] | *[not(self::xs:import)] | xs:import/* | xs:import/text())",
    namespaces={"xs": XSD},
)

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
        parts: dict[str, list[SchemaDocument]] = {name: [] for name in self.namespaces}
        for document in self.documents:
            if not document.included:
                parts[document.root.get("targetNamespace", "")].append(document)
        places = {
            name: prefix + (found[0].key if len(found) == 1 else f"namespace#{index}")
            for index, (name, found) in enumerate(parts.items())
        }
        served = {prefix + DRIVER: _driver(places)}
        for name, found in parts.items():
            if len(found) != 1:
                served[places[name]] = _gathered(prefix, name, found)
        for document in self.documents:
            served[prefix + document.key] = self._bound(prefix, document, places)
        return served

    def flat(self, messages: Iterable[str]) -> list[etree._Element]:
        """One ``xs:schema`` a namespace, for readers that follow no locations.

        Args:
            messages: Clark names of the elements that are wanted; what they are made of comes
                with them, everything else is left out.

        Raises:
            ContractError: a schema redefines another one.
        """
        components = _components(self.documents)
        reached: dict[str, list[_Component]] = {name: [] for name in self.namespaces}
        waiting: list[_Name] = [("element", each) for each in messages]
        while waiting:
            for component in components.pop(waiting.pop(), ()):
                reached[component.namespace].append(component)
                waiting += _referred(component)
        names = {name: f"n{index}" for index, name in enumerate(self.namespaces) if name}
        names = {**names, XSD: "xs", XML: "xml"}
        return [self._flattened(name, parts, names) for name, parts in reached.items()]

    def _flattened(
        self, namespace: str, components: list[_Component], names: dict[str, str]
    ) -> etree._Element:
        alone = self._alone(namespace) if components else None
        if alone is not None:
            schema = _reduced(alone, {component.element for component in components})
        else:
            prefixes = {prefix: name for name, prefix in names.items() if name != XML}
            schema = etree.Element(SCHEMA, nsmap=prefixes)
            if namespace:
                schema.set("targetNamespace", namespace)
            schema.extend(_rewritten(component, names) for component in components)
        etree.strip_elements(schema, f"{{{XSD}}}annotation", with_tail=False)
        for other in self.namespaces:
            if other not in {namespace, XML}:  # zeep would fetch the schema of xml:lang itself
                schema.insert(0, etree.Element(IMPORT, {"namespace": other} if other else {}))
        return schema

    def _alone(self, namespace: str) -> SchemaDocument | None:
        """The only schema of a namespace, when its components may stay as they are written.

        A default namespace is no prefix: zeep is not always right about names without one.
        """
        of_it = [document for document in self.documents if namespace in document.namespaces]
        root = of_it[0].root
        own = root.get("targetNamespace", "") == namespace and None not in root.nsmap
        return of_it[0] if own and len(of_it) == 1 else None

    def _bound(self, prefix: str, document: SchemaDocument, places: Mapping[str, str]) -> bytes:
        if document.index is None and not any(references(document.root)):
            published = self.sources.files[document.file]
            if b"\0" not in published:  # libxml2 knows UTF-16 by a mark only, which may be absent
                return published
        copy = _copy(document)
        for element, written in list(references(copy)):
            if element.tag == IMPORT:
                namespace = element.get("namespace", "")
                if namespace in places:
                    element.set("schemaLocation", places[namespace])
                else:
                    copy.remove(element)  # idle: see harness.wsdl.sources
            elif written is not None:
                target = self.sources.target(document.file, written)
                element.set("schemaLocation", f"{prefix}{target}")
                if target == document.file and element.tag != REDEFINE:
                    copy.remove(element)  # including itself adds nothing; libxml2 refuses it
        # The lines of the document are those of the file it stands in, but for comments of several.
        above = b"\n" * ((document.root.sourceline or 1) - 1)
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
    documents = tuple(each for each in (*sources.schemas, *added) if not _only_imports(each))
    namespaces = {name: None for document in documents for name in document.namespaces}
    return Assembly(sources, documents, tuple(namespaces))


def _driver(places: Mapping[str, str]) -> bytes:
    driver = etree.Element(SCHEMA, {"targetNamespace": DRIVER_NAMESPACE}, nsmap={"xs": XSD})
    for namespace, location in places.items():
        reference = etree.SubElement(driver, IMPORT, {"schemaLocation": location})
        if namespace:
            reference.set("namespace", namespace)
    return etree.tostring(driver)


def _gathered(prefix: str, namespace: str, parts: Iterable[SchemaDocument]) -> bytes:
    schema = etree.Element(SCHEMA, nsmap={"xs": XSD})
    if namespace:
        schema.set("targetNamespace", namespace)
    for document in parts:
        location = {"schemaLocation": prefix + document.key}
        etree.SubElement(schema, f"{{{XSD}}}include", location)
    return etree.tostring(schema)


def _only_imports(document: SchemaDocument) -> bool:
    """Whether it is a schema within a description that declares nothing: imports are followed."""
    return document.index is not None and not document.included and _IMPORTS_ONLY(document.root)


def _copy(document: SchemaDocument) -> etree._Element:
    """A copy of the schema that still knows the prefixes declared around it."""
    if document.index is None or document.file == BUILT_IN:
        return deepcopy(document.root)
    return schemas_in(deepcopy(document.root.getroottree().getroot()))[document.index]


def _components(documents: Iterable[SchemaDocument]) -> dict[_Name, list[_Component]]:
    """Every global component; of a name that stands twice, which no schema may have, both."""
    found: dict[_Name, list[_Component]] = {}
    for document in documents:
        for child in document.root.iterchildren(REDEFINE, *_KINDS):
            if child.tag == REDEFINE:
                raise ContractError(
                    "The schema redefines another one; requests cannot be written from that.",
                    where=place(document.file, child),
                    todo="Pin a copy in which the redefined types are written out.",
                )
            kind, name = _KINDS[str(child.tag)], child.get("name", "")
            for namespace in document.namespaces if name else ():
                clark = f"{{{namespace}}}{name}" if namespace else name
                component = _Component(document, namespace, child)
                found.setdefault((kind, clark), []).append(component)
    return found


def _referred(component: _Component) -> list[_Name]:
    """The components that this one refers to, and some that do not exist."""
    found: list[_Name] = []
    for element in component.element.iter(ANY):
        for attribute, written in qualified(element):
            kind = _REFERRED.get(attribute) or _KINDS.get(str(element.tag), "")
            found += [(kind, _meant(component, element, word)) for word in written]
    return found


def _reduced(document: SchemaDocument, wanted: set[etree._Element]) -> etree._Element:
    """A copy of the schema that has only the wanted ones of its children."""
    copy = _copy(document)
    for original, child in zip(list(document.root), list(copy), strict=True):
        if original not in wanted:
            copy.remove(child)
    return copy


def _rewritten(component: _Component, names: dict[str, str]) -> etree._Element:
    """A copy that needs nothing of its schema: prefixes and ``form`` are written into it."""
    copy = deepcopy(component.element)
    originals = component.element.iter(ANY)
    for original, element in zip(originals, copy.iter(ANY), strict=True):
        for name, written in qualified(original):
            words = (_written(_meant(component, original, word), names) for word in written)
            element.set(name, " ".join(words))
        form = _FORMS.get(str(element.tag))
        if form and element is not copy and element.get("name") and element.get("form") is None:
            element.set("form", component.document.root.get(form, "unqualified"))
    return copy


def _meant(component: _Component, element: etree._Element, word: str) -> str:
    """Clark name of a qualified name, in the namespace that the schema is used in."""
    name = qname(element, word)
    if name is None:
        raise ContractError(
            f"The prefix of {word!r} is not declared.",
            where=place(component.document.file, element),
            todo="Ask the publisher for a repaired file.",
        )
    namespace = component.namespace
    if name[0] != "{" and namespace and not component.document.root.get("targetNamespace"):
        return f"{{{namespace}}}{name}"
    return name


def _written(clark: str, names: dict[str, str]) -> str:
    owner, _, local = clark.removeprefix("{").rpartition("}")
    return f"{names[owner]}:{local}" if owner in names else local
