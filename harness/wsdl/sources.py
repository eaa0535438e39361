"""Pinned files as trees, and every location in them answered from the pinned files.

Rules:

* a location stands for the file that ``[locations]`` says; failing that, when it is a plain
  relative one, for the pinned file at that place, seen from the file it is written in; anything
  else is refused, nothing is fetched or opened;
* an import without a location means a schema of that namespace among the pinned ones (WSDL writes
  the schemas of ``wsdl:types`` side by side and imports them so); where there is none and nothing
  refers to that namespace, the import is idle and dropped; else it is refused;
* a file is read once, however often and in whatever circle it is reached.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from lxml import etree

from harness import xml
from harness.classes import dataclass
from harness.errors import ContractError
from harness.limits import Limits
from harness.wsdl.pinned import MANIFEST, Pinned

XSD: Final = "http://www.w3.org/2001/XMLSchema"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
XML: Final = "http://www.w3.org/XML/1998/namespace"
BUILT_IN: Final = "built-in"
DEFINITIONS: Final = f"{{{WSDL}}}definitions"
SCHEMA: Final = f"{{{XSD}}}schema"
IMPORT: Final = f"{{{XSD}}}import"
REDEFINE: Final = f"{{{XSD}}}redefine"
_WSDL_IMPORT: Final = f"{{{WSDL}}}import"
ANY: Final = f"{{{XSD}}}*"
"""Every element of a schema that is one of XML Schema."""
_REFERENCES: Final = (IMPORT, f"{{{XSD}}}include", REDEFINE)
_XML_ATTRIBUTES: Final = (
    f'<xs:schema xmlns:xs="{XSD}" targetNamespace="{XML}">'
    '<xs:attribute name="lang" type="xs:string"/>'
    '<xs:attribute name="space" type="xs:NCName"/>'
    '<xs:attribute name="base" type="xs:anyURI"/>'
    '<xs:attribute name="id" type="xs:ID"/></xs:schema>'
)
"""What XML 1.0 and its companions say of ``xml:*``, for schemas that import no file for it."""


@dataclass(frozen=True, slots=True)
class SchemaDocument:
    """One ``xs:schema`` element.

    Attributes:
        file: the pinned file it stands in, or ``built-in``.
        index: its number among the schemas of a WSDL file; ``None`` when it is the file.
        root: the element.
        namespaces: target namespaces it is used in, the empty text for none; several when it has
            none of its own and takes those of who includes it.
        included: it is reached by ``include`` or ``redefine`` only.
    """

    file: str
    index: int | None
    root: etree._Element
    namespaces: tuple[str, ...]
    included: bool

    @property
    def key(self) -> str:
        """File name, with ``#`` and the number for one of several."""
        return self.file if self.index is None else f"{self.file}#{self.index}"


@dataclass(frozen=True, slots=True)
class Sources:
    """The entry file and all it reaches, parsed.

    Attributes:
        entry: name of the WSDL file that describes the service.
        files: file name to bytes, as published.
        roots: file name to root element, in the order they were reached.
        locations: location as written to file name, from ``contract.toml``.
        schemas: every schema of these files.
    """

    entry: str
    files: Mapping[str, bytes]
    roots: Mapping[str, etree._Element]
    locations: Mapping[str, str]
    schemas: tuple[SchemaDocument, ...]

    def target(self, name: str, written: str) -> str | None:
        """The file that a location written in the file ``name`` stands for."""
        return target_of(name, written, self.locations, self.roots)

    def definitions(self) -> Iterator[tuple[str, etree._Element]]:
        """Name and root of every WSDL file, the entry first."""
        for name, root in self.roots.items():
            if root.tag == DEFINITIONS:
                yield name, root


def read(pinned: Pinned, limits: Limits) -> Sources:
    """Parse the entry file and all it reaches, each file once.

    Raises:
        ContractError: a file is not XML that may enter, or a location leads nowhere.
    """
    manifest = pinned.manifest
    roots: dict[str, etree._Element] = {}
    waiting = [manifest.entry]
    while waiting:
        name = waiting.pop(0)
        if name not in roots:
            roots[name] = parsed(name, pinned.files[name], limits)
            waiting.extend(_targets(name, roots[name], pinned))
    if roots[manifest.entry].tag != DEFINITIONS:
        raise ContractError(
            "The file is not a WSDL 1.1 description.",
            where=place(manifest.entry, roots[manifest.entry]),
            todo=f"Name the WSDL file as entry in {MANIFEST}.",
        )
    schemas = _schemas(roots, manifest.locations)
    return Sources(manifest.entry, pinned.files, roots, manifest.locations, schemas)


def place(name: str, element: etree._Element) -> str:
    """``file:line`` for an error."""
    return f"{name}:{element.sourceline or 0}"


def schemas_in(definitions: etree._Element) -> list[etree._Element]:
    """The ``xs:schema`` elements of a WSDL document, in order."""
    return definitions.findall(f"{{{WSDL}}}types/{SCHEMA}")


def parsed(name: str, data: bytes, limits: Limits) -> etree._Element:
    """The root of one file.

    Raises:
        ContractError: it is not XML that may enter, with its line; nothing of it is quoted.
    """
    size = limits.max_schema_bytes
    try:
        return xml.parse(data, replace(limits, max_message_bytes=size, max_text=size))
    except xml.Refused as refused:
        raise ContractError(
            f"The file cannot be read as an interface description: {refused.what}",
            where=f"{name}:{refused.line}" if refused.line else name,
            todo="Ask its publisher, or pin a repaired copy and say so in its contract.toml.",
        ) from None


def references(root: etree._Element) -> Iterator[tuple[etree._Element, str | None]]:
    """Every import, include and redefine of a file, with its location as written."""
    if root.tag == DEFINITIONS:
        for element in root.iterchildren(_WSDL_IMPORT):
            yield element, element.get("location")
    schemas = schemas_in(root) if root.tag == DEFINITIONS else [root]
    for schema in schemas:
        for element in schema.iterchildren(*_REFERENCES):
            yield element, element.get("schemaLocation")


def target_of(
    name: str, written: str, locations: Mapping[str, str], files: Mapping[str, object]
) -> str | None:
    """The file among ``files`` that a location written in the file ``name`` stands for."""
    if written in locations:
        return locations[written]
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(name), written.strip()))
    return beside if written.strip() and beside in files else None


def qname(element: etree._Element, written: str) -> str | None:
    """Clark name of a qualified name in an attribute; ``None`` when its prefix is not declared."""
    prefix, colon, local = written.strip().rpartition(":")
    if prefix == "xml":
        return f"{{{XML}}}{local}"
    namespace = element.nsmap.get(prefix if colon else None)
    if colon and not namespace:
        return None
    return f"{{{namespace}}}{local}" if namespace else local


def _targets(name: str, root: etree._Element, pinned: Pinned) -> Iterator[str]:
    if root.tag not in {DEFINITIONS, SCHEMA}:
        raise ContractError(
            "The file is neither a WSDL 1.1 description nor an XML schema.",
            where=place(name, root),
            todo="Ask its publisher for the right file.",
        )
    for element, written in references(root):
        if written is not None:
            yield _target(name, element, written, pinned)
        elif element.tag != IMPORT:
            raise _says_no_location(name, element)


def _target(name: str, element: etree._Element, written: str, pinned: Pinned) -> str:
    target = target_of(name, written, pinned.manifest.locations, pinned.files)
    if target is None:
        raise ContractError(
            f"The location {written!r} stands for no pinned file; nothing is fetched.",
            where=place(name, element),
            todo=f"Put the file into the contract's folder and name it in {MANIFEST}: "
            f"its digest under [files], the location under [locations].",
        )
    return target


def _says_no_location(name: str, element: etree._Element) -> ContractError:
    kind = etree.QName(element).localname
    return ContractError(
        f"The {kind} of the namespace {element.get('namespace', '')!r} says no location, "
        "and no pinned schema has that namespace.",
        where=place(name, element),
        todo="Pin a copy that names the schema's file.",
    )


class _Gathering:
    """Finds every schema and the namespaces it is used in."""

    def __init__(self, roots: Mapping[str, etree._Element], locations: Mapping[str, str]) -> None:
        self.roots = roots
        self.locations = locations
        self.found: dict[tuple[str, int | None], etree._Element] = {}
        self.namespaces: dict[tuple[str, int | None], dict[str, None]] = {}
        self.imported: set[tuple[str, int | None]] = set()

    def all(self) -> tuple[SchemaDocument, ...]:
        for name, root in self.roots.items():
            if root.tag == DEFINITIONS:
                for index, schema in enumerate(schemas_in(root)):
                    self._reach((name, index), schema, schema.get("targetNamespace", ""))
                    self.imported.add((name, index))
        for name, root in self.roots.items():
            self._imported_by_wsdl(name, root)
        documents = [
            SchemaDocument(*key, root, tuple(self.namespaces[key]), key not in self.imported)
            for key, root in self.found.items()
        ]
        return (*documents, *_built_in(documents))

    def _imported_by_wsdl(self, name: str, root: etree._Element) -> None:
        """Schemas that a WSDL file imports as if they were descriptions (against BP R2002)."""
        for element in root.iterchildren(_WSDL_IMPORT):
            target = self._file(name, element.get("location", ""))
            if self.roots[target].tag == SCHEMA:
                self._import(target)

    def _file(self, name: str, written: str) -> str:
        target = target_of(name, written, self.locations, self.roots)
        assert target is not None, "every location was looked up when the file was read"
        return target

    def _import(self, target: str) -> None:
        root = self.roots[target]
        self.imported.add((target, None))
        self._reach((target, None), root, root.get("targetNamespace", ""))

    def _reach(self, key: tuple[str, int | None], root: etree._Element, namespace: str) -> None:
        waiting = [(key, root, namespace)]
        while waiting:
            key, root, namespace = waiting.pop()
            used = self.namespaces.setdefault(key, {})
            if namespace in used:
                continue
            used[namespace] = None
            self.found[key] = root
            for element, written in references(root):
                if written is not None:
                    target = self._file(key[0], written)
                    waiting.append(self._step(key[0], element, target, namespace))

    def _step(
        self, name: str, element: etree._Element, target: str, namespace: str
    ) -> tuple[tuple[str, None], etree._Element, str]:
        root = self.roots[target]
        if root.tag != SCHEMA:
            raise ContractError(  # BP R2004
                f"The location leads to {target}, which is no XML schema.",
                where=place(name, element),
                todo="Ask the publisher for the schema, and map the location to it.",
            )
        own = root.get("targetNamespace", "")
        if element.tag != IMPORT:
            return (target, None), root, own or namespace
        self.imported.add((target, None))
        if own != element.get("namespace", ""):
            raise ContractError(
                f"The import says the namespace {element.get('namespace', '')!r}, "
                f"but {target} has {own!r}.",
                where=place(name, element),
                todo="Ask the publisher which is meant, and pin a repaired copy.",
            )
        return (target, None), root, own


def _schemas(
    roots: Mapping[str, etree._Element], locations: Mapping[str, str]
) -> tuple[SchemaDocument, ...]:
    documents = _Gathering(roots, locations).all()
    known = {namespace for document in documents for namespace in document.namespaces}
    for document in documents:
        for element, written in references(document.root):
            if written is None and not idle(element, document.root, known):
                namespace = element.get("namespace", "")
                if namespace not in known:
                    raise _says_no_location(document.file, element)
    return documents


def idle(element: etree._Element, schema: etree._Element, known: set[str]) -> bool:
    """Whether an import leads to no schema and nothing in its schema refers to its namespace."""
    namespace = element.get("namespace", "")
    return namespace not in known and not _refers(schema, namespace)


def _refers(schema: etree._Element, namespace: str) -> bool:
    if namespace in {"", XML}:
        return True
    for element in schema.iter(ANY):
        for _, written in qualified(element):
            if any((qname(element, word) or "").startswith(f"{{{namespace}}}") for word in written):
                return True
    return False


_QUALIFIED: Final = frozenset(
    ("type", "ref", "base", "itemType", "memberTypes", "substitutionGroup", "refer")
)


def qualified(element: etree._Element) -> list[tuple[str, list[str]]]:
    """Attributes of a schema's element that hold qualified names, with these names."""
    return [(name, value.split()) for name, value in element.items() if name in _QUALIFIED]


def _built_in(documents: list[SchemaDocument]) -> Iterator[SchemaDocument]:
    if any(XML in document.namespaces for document in documents):
        return
    if any(
        element.get("namespace") == XML and written is None
        for document in documents
        for element, written in references(document.root)
    ):
        root = etree.fromstring(_XML_ATTRIBUTES)
        yield SchemaDocument(BUILT_IN, 0, root, (XML,), included=False)
