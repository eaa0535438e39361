"""Pinned files as trees, and the locations in them bound to pinned files.

Both libraries that read schemas are given copies in which every location says where among the
pinned files its target lies, so neither ever resolves a location of its own.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from harness import xml
from harness.errors import ContractError
from harness.limits import Limits
from harness.wsdl.pinned import MANIFEST, Pinned

XSD: Final = "http://www.w3.org/2001/XMLSchema"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
_REFERENCES: Final = tuple(f"{{{XSD}}}{name}" for name in ("import", "include", "redefine"))


@dataclass(frozen=True, slots=True)
class Sources:
    """The entry file and every schema it reaches, parsed.

    Attributes:
        entry: name of the WSDL file.
        roots: file name to root element, in the order they were reached.
        locations: location as written to file name.
    """

    entry: str
    roots: Mapping[str, etree._Element]
    locations: Mapping[str, str]

    def bound(self, prefix: str) -> dict[str, etree._Element]:
        """Copies of all trees in which every location is ``prefix`` and a file name."""
        copies = {name: deepcopy(root) for name, root in self.roots.items()}
        for root in copies.values():
            for reference in _references(root):
                target = self.locations[reference.get("schemaLocation", "")]
                reference.set("schemaLocation", prefix + target)
        return copies

    def embedded(self) -> list[etree._Element]:
        """The schemas written inside the WSDL."""
        return schemas_in(self.roots[self.entry])


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
        if name in roots:
            continue
        roots[name] = _parsed(pinned, name, limits)
        waiting.extend(
            _target(reference, name, manifest.locations) for reference in _references(roots[name])
        )
    return Sources(manifest.entry, roots, manifest.locations)


def place(name: str, element: etree._Element) -> str:
    """``file:line`` for an error."""
    return f"{name}:{element.sourceline or 0}"


def schemas_in(definitions: etree._Element) -> list[etree._Element]:
    """The ``xs:schema`` elements of a WSDL document, in order."""
    return definitions.findall(f"{{{WSDL}}}types/{{{XSD}}}schema")


def _parsed(pinned: Pinned, name: str, limits: Limits) -> etree._Element:
    size = limits.max_schema_bytes
    try:
        return xml.parse(pinned.files[name], replace(limits, max_message_bytes=size, max_text=size))
    except xml.Refused as refused:
        raise ContractError(
            f"The file cannot be read as an interface description: {refused.what}",
            where=f"{name}:{refused.line}" if refused.line else name,
            todo="Ask its publisher, or pin a repaired copy and say so in its contract.toml.",
        ) from None


def _references(root: etree._Element) -> Iterator[etree._Element]:
    return root.iter(*_REFERENCES)


def _target(reference: etree._Element, name: str, locations: Mapping[str, str]) -> str:
    written = reference.get("schemaLocation")
    if written is None:
        namespace = reference.get("namespace", "")
        raise ContractError(
            f"The import of the namespace {namespace!r} says no location.",
            where=place(name, reference),
            todo="Pin a copy in which schemaLocation names the schema's file.",
        )
    target = locations.get(written)
    if target is None:
        raise ContractError(
            f"The location {written!r} stands for no pinned file; nothing is fetched.",
            where=place(name, reference),
            todo=f"Put the file into the contract's folder and name it in {MANIFEST}: "
            f"its digest under [files], the location under [locations].",
        )
    return target
