"""The judge of content: libxml2's validator over the pinned schemas.

Rules:

* one driver schema imports every schema of the contract; each import is answered from the pinned
  files and each of them must have been asked for, because libxml2 skips an import silently when
  it cannot, or thinks it need not, follow it (``harness.wsdl.assembling``);
* what libxml2 compiles without end or without noticing is refused before (``harness.wsdl.bounds``);
* what libxml2 says is never passed on: its messages quote values of the message. Findings are made
  from the kind of its error, the place in the tree, and words of the schema;
* libxml2 skips foreign characters inside base64 text (``***`` passes), so elements of that type
  are compared with the lexical form of XML Schema part 2, section 3.2.16, as well.
"""

import binascii
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol, cast

from lxml import etree

from harness.errors import ContractError
from harness.redact import shown_name
from harness.wsdl import bounds
from harness.wsdl.assembling import DRIVER, Assembly
from harness.wsdl.findings import SchemaCode, SchemaFinding
from harness.wsdl.sources import XSD, SchemaDocument

if TYPE_CHECKING:
    from lxml.etree._docloader import _InputDocument

MAX_FINDINGS: Final = 50
"""Findings of one message; who breaks more learns nothing from the rest."""

_PREFIX: Final = "pinned:"
_STEP = re.compile(r"(?:(?P<prefix>[^:/\[\]]+):)?(?P<name>[^:/\[\]]+)(?:\[(?P<index>\d+)\])?")
# The tail of a message is libxml2's own and the schema's; only its beginning may quote a value.
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ([^()]*) \)\.\s*$")
_ATTRIBUTE = re.compile(r"^Element '[^']*', attribute '(?:\{[^}']*\})?([^']*)': ")
_REQUIRED = re.compile(r": The attribute '(?:\{[^}']*\})?([^']*)' is required but missing\.\s*$")
_LENGTH = re.compile(r"The value has a length of '(\d+)'.* length of '(\d+)'\.\s*$")
_LAST_FOUR = re.compile(
    r"[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==|"
)
"""How base64 ends (XML Schema part 2, section 3.2.16): unused bits are zero."""
_FACET = re.compile(r"SCHEMAV_CVC_([A-Z]+)_VALID")
_FACETS: Final = {
    "LENGTH": "length",
    "MINLENGTH": "minLength",
    "MAXLENGTH": "maxLength",
    "PATTERN": "pattern",
    "ENUMERATION": "enumeration",
    "MININCLUSIVE": "minInclusive",
    "MAXINCLUSIVE": "maxInclusive",
    "MINEXCLUSIVE": "minExclusive",
    "MAXEXCLUSIVE": "maxExclusive",
    "TOTALDIGITS": "totalDigits",
    "FRACTIONDIGITS": "fractionDigits",
}
_CODES: Final = {
    "SCHEMAV_CVC_ELT_1": SchemaCode.UNKNOWN_MESSAGE,
    "SCHEMAV_CVC_ELT_3_1": SchemaCode.NIL,
    "SCHEMAV_CVC_ELT_3_2_1": SchemaCode.NIL,
    "SCHEMAV_CVC_ELT_3_2_2": SchemaCode.NIL,
    "SCHEMAV_CVC_ELT_4_1": SchemaCode.XSI_TYPE,
    "SCHEMAV_CVC_ELT_4_2": SchemaCode.XSI_TYPE,
    "SCHEMAV_CVC_ELT_4_3": SchemaCode.XSI_TYPE,
    "SCHEMAV_CVC_ELT_2": SchemaCode.XSI_TYPE,
    "SCHEMAV_CVC_TYPE_2": SchemaCode.XSI_TYPE,
    "SCHEMAV_CVC_ELT_5_2_2_2_2": SchemaCode.FACET,
    "SCHEMAV_CVC_TYPE_3_1_1": SchemaCode.ATTRIBUTE,
    "SCHEMAV_CVC_TYPE_3_1_2": SchemaCode.UNEXPECTED_ELEMENT,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": SchemaCode.TEXT,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": SchemaCode.UNEXPECTED_ELEMENT,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": SchemaCode.TEXT,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_1": SchemaCode.ATTRIBUTE,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": SchemaCode.ATTRIBUTE,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": SchemaCode.ATTRIBUTE,
    "SCHEMAV_CVC_COMPLEX_TYPE_4": SchemaCode.ATTRIBUTE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": SchemaCode.TYPE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": SchemaCode.TYPE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": SchemaCode.TYPE,
    "SCHEMAV_INTERNAL": SchemaCode.INTERNAL,
}


class _Entry(Protocol):
    """One line of libxml2's error log."""

    @property
    def type_name(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def path(self) -> str | None: ...


class Schema:
    """The compiled schemas of one contract."""

    def __init__(self, assembly: Assembly) -> None:
        """Compile.

        Raises:
            ContractError: a schema is wrong or was left out, naming file and line.
        """
        bounds.refuse_unbounded(assembly.documents)
        self._compiled = _compile(assembly)
        self._lock = threading.Lock()  # the error log belongs to the validator, not to the call
        self.messages = frozenset(
            name for document in assembly.documents for name in _global_names(document)
        )
        """Clark names of all elements a message may begin with."""
        declared: dict[str, bool] = {}
        for document in assembly.documents:
            for element in document.root.iter(f"{{{XSD}}}element"):
                name = element.get("name", "")
                declared[name] = _is_binary(element) and declared.get(name, True)
        declared.pop("", None)  # references
        self._declared = frozenset(declared)
        self._binary = [f"{{*}}{name}" for name in sorted(declared) if declared[name]]

    def validate(self, element: etree._Element) -> tuple[SchemaFinding, ...]:
        """What the schema has against ``element``, in document order; empty when it is valid."""
        try:
            with self._lock:
                if self._compiled.validate(element):
                    return self._broken_binary(element)
                log = [cast("_Entry", entry) for entry in self._compiled.error_log]
        except etree.XMLSchemaValidateError:
            return (SchemaFinding("", SchemaCode.INTERNAL),)
        found: dict[SchemaFinding, None] = {}
        for entry in log[: 2 * MAX_FINDINGS]:
            found[self._finding(element, entry)] = None
        return _without_doubles(tuple(found))[:MAX_FINDINGS]

    def _broken_binary(self, root: etree._Element) -> tuple[SchemaFinding, ...]:
        if not self._binary:
            return ()
        broken = [
            SchemaFinding(_path(_lineage(root, each)), SchemaCode.TYPE, "xs:base64Binary", seen)
            for each in root.iter(*self._binary)
            if not _is_base64(each.text or "")
            if (seen := _length(each))
        ]
        return tuple(broken[:MAX_FINDINGS])

    def _finding(self, root: etree._Element, entry: _Entry) -> SchemaFinding:
        chain = _chain(root, entry.path or "")
        path = _path(chain)
        if entry.type_name == "SCHEMAV_ELEMENT_CONTENT":
            return self._content(chain, path, entry.message)
        facet = _FACET.fullmatch(entry.type_name)
        if facet is not None:
            return _facet(path, facet[1], entry.message)
        code = _CODES.get(entry.type_name, SchemaCode.OTHER)
        if code is SchemaCode.ATTRIBUTE:
            return _attribute(path, entry.message)
        name = _ATTRIBUTE.match(entry.message)
        if name is not None and code is SchemaCode.TYPE:
            path = _below(path, "@" + shown_name(name[1]))
        if code is SchemaCode.TYPE:
            return SchemaFinding(path, code, _type_in(entry.message), _length(chain[-1]))
        seen = _shown(root) if code is SchemaCode.UNKNOWN_MESSAGE else ""
        return SchemaFinding(path, code, seen=seen)

    def _content(self, chain: list[etree._Element], path: str, message: str) -> SchemaFinding:
        expected = _expected(message)
        if "Missing child element(s)" in message.rpartition("Expected is")[0][-40:]:
            return SchemaFinding(path, SchemaCode.MISSING_ELEMENT, ", ".join(expected))
        element = chain[-1]
        parent = element.getparent()
        if parent is None or len(chain) == 1:
            return SchemaFinding(path, SchemaCode.UNEXPECTED_ELEMENT, seen=_shown(element))
        code = SchemaCode.UNEXPECTED_ELEMENT
        if len(expected) == 1 and self._known(element, parent):
            # A declared element where another one is due: that one is missing, or comes later.
            later = any(_local(each) == expected[0] for each in element.itersiblings())
            code = SchemaCode.ELEMENT_ORDER if later else SchemaCode.MISSING_ELEMENT
        if code is SchemaCode.MISSING_ELEMENT:
            return SchemaFinding(_path(chain[:-1]), code, expected[0])
        return SchemaFinding(path, code, ", ".join(expected), _shown(element))

    def _known(self, element: etree._Element, parent: etree._Element) -> bool:
        return (
            _local(element) in self._declared
            and etree.QName(element).namespace == etree.QName(parent).namespace
        )


def _is_base64(text: str) -> bool:
    """Whether a text is base64 as the type allows it; fast and in little memory for large files."""
    for blank in " \t\r\n":
        text = text.replace(blank, "")
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return False
    return len(text) % 4 == 0 and _LAST_FOUR.fullmatch(text[-4:]) is not None


def _compile(assembly: Assembly) -> etree.XMLSchema:
    served = _Served(assembly.served(_PREFIX))
    driver = served.documents.pop(_PREFIX + DRIVER)
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    parser.resolvers.add(served)
    tree = etree.fromstring(driver, parser, base_url=_PREFIX + DRIVER)
    try:
        compiled = etree.XMLSchema(tree)
    except etree.XMLSchemaParseError as error:
        raise _refusal(error) from None
    served.require_all()
    return compiled


class _Served(etree.Resolver):
    """Answers libxml2 from the pinned files and notes what it asked for."""

    def __init__(self, documents: dict[str, bytes]) -> None:
        super().__init__()
        self.documents = documents
        self.asked: set[str] = set()

    def resolve(
        self, system_url: str | None, _public_id: str | None, context: object, /
    ) -> "_InputDocument":
        data = self.documents.get(system_url or "")
        if data is None or system_url is None:
            raise LookupError
        self.asked.add(system_url)
        return self.resolve_string(data, context, base_url=system_url)

    def require_all(self) -> None:
        for location in self.documents:
            if location not in self.asked:
                raise ContractError(
                    "The schema was left out: libxml2 follows one import of a namespace only.",
                    where=location.removeprefix(_PREFIX),
                    todo="Pin a copy in which one schema includes all files of the namespace.",
                )


def _refusal(error: etree.XMLSchemaParseError) -> ContractError:
    entry = error.error_log.last_error
    for each in error.error_log:
        if each.filename.startswith(_PREFIX):
            entry = each
            break
    if entry is None:
        return ContractError("libxml2 cannot compile the schemas.")
    name = entry.filename.removeprefix(_PREFIX).partition("#")[0]
    where = f"{name}:{entry.line}"
    return ContractError(
        f"The schema is not valid: {entry.message}",
        where=where,
        todo="Ask its publisher, or pin a repaired copy and say so in its contract.toml.",
    )


def _chain(root: etree._Element, path: str) -> list[etree._Element]:
    """The elements that libxml2's path leads through, ``root`` first.

    The path names an element with its prefix, or ``*`` for one in a default namespace, and counts
    those of the same name and prefix, or all elements.
    """
    chain = [root]
    for step in path.split("/")[2:]:
        match = _STEP.fullmatch(step)
        if match is None:
            break
        found = _child(chain[-1], match["prefix"], match["name"], int(match["index"] or 1))
        if found is None:
            break
        chain.append(found)
    return chain


def _child(
    parent: etree._Element, prefix: str | None, name: str, index: int
) -> etree._Element | None:
    for child in _elements(parent):
        if name == "*" or (_local(child) == name and child.prefix == prefix):
            index -= 1
            if index == 0:
                return child
    return None


def _lineage(root: etree._Element, element: etree._Element) -> list[etree._Element]:
    chain = [element]
    while chain[-1] is not root and (parent := chain[-1].getparent()) is not None:
        chain.append(parent)
    return chain[::-1]


def _global_names(document: SchemaDocument) -> Iterator[str]:
    for declaration in document.root.iterchildren(f"{{{XSD}}}element"):
        for namespace in document.namespaces:
            name = declaration.get("name", "")
            yield f"{{{namespace}}}{name}" if namespace else name


def _is_binary(declaration: etree._Element) -> bool:
    written = declaration.get("type", "")
    if not written.endswith("base64Binary"):
        return False
    prefix, colon, local = written.rpartition(":")
    return local == "base64Binary" and declaration.nsmap.get(prefix if colon else None) == XSD


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    return (child for child in parent if isinstance(child.tag, str))


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _shown(element: etree._Element) -> str:
    return shown_name(_local(element))


def _path(chain: list[etree._Element]) -> str:
    return "/".join(_step(element) for element in chain[1:])


def _step(element: etree._Element) -> str:
    parent = element.getparent()
    same = [] if parent is None else [each for each in _elements(parent) if each.tag == element.tag]
    name = _shown(element)
    return f"{name}[{same.index(element) + 1}]" if len(same) > 1 else name


def _below(path: str, step: str) -> str:
    return f"{path}/{step}" if path else step


def _expected(message: str) -> list[str]:
    match = _EXPECTED.search(message)
    names = match[1].split(", ") if match else []
    return [name.rpartition("}")[2] for name in names]


def _facet(path: str, kind: str, message: str) -> SchemaFinding:
    name = _FACETS.get(kind, kind.lower())
    owner = _ATTRIBUTE.match(message)
    if owner is not None:
        path = _below(path, "@" + shown_name(owner[1]))
    lengths = _LENGTH.search(message)
    if lengths is not None:
        return SchemaFinding(
            path, SchemaCode.FACET, f"{name} {lengths[2]}", f"<text, {lengths[1]} chars>"
        )
    return SchemaFinding(path, SchemaCode.FACET, name)


def _attribute(path: str, message: str) -> SchemaFinding:
    missing = _REQUIRED.search(message)
    if missing is not None:
        name = shown_name(missing[1])
        return SchemaFinding(_below(path, "@" + name), SchemaCode.ATTRIBUTE, "required")
    owner = _ATTRIBUTE.match(message)
    if owner is None:
        return SchemaFinding(path, SchemaCode.ATTRIBUTE)
    name = shown_name(owner[1])
    return SchemaFinding(_below(path, "@" + name), SchemaCode.ATTRIBUTE, "no such attribute", name)


def _type_in(message: str) -> str:
    """The type named at the very end of a message, after the value."""
    for word in ("atomic type", "list type", "union type"):
        head, found, tail = message.rpartition(f"is not a valid value of the {word} '")
        if found and head:
            return tail.strip().removesuffix(".").removesuffix("'").rpartition("}")[2]
    return "a value of its type"


def _length(element: etree._Element) -> str:
    text = element.text or ""
    return f"<text, {len(text)} chars>" if text else "<empty>"


def _without_doubles(found: tuple[SchemaFinding, ...]) -> tuple[SchemaFinding, ...]:
    """libxml2 may name a broken facet and then the type again: the facet says more."""
    facets = {each.path for each in found if each.code is SchemaCode.FACET}
    return tuple(
        each for each in found if each.code is not SchemaCode.TYPE or each.path not in facets
    )
