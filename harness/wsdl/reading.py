"""Operations out of WSDL 1.1: document/literal over SOAP 1.1.

Everything the description says is read by this module; zeep only writes requests. What this
version does not read (rpc style, encoded messages, other bindings, WSDL imports) is refused with
the place it stands at, never skipped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lxml import etree

from harness.errors import ContractError
from harness.wsdl.operation import Operation
from harness.wsdl.sources import WSDL, Sources, place

SOAP: Final = "http://schemas.xmlsoap.org/wsdl/soap/"
HTTP: Final = "http://schemas.xmlsoap.org/soap/http"


@dataclass(frozen=True, slots=True)
class Description:
    """One service and port of a WSDL file, with the operations of its binding."""

    namespace: str
    service: str
    port: str
    binding: str
    port_type: str
    address: str
    operations: Mapping[str, Operation]


def describe(sources: Sources) -> Description:
    """Read the entry file.

    Raises:
        ContractError: it describes nothing this version can call, naming file and line.
    """
    return _Document(sources.entry, sources.roots[sources.entry]).description()


class _Document:
    """One WSDL file; Clark names inside, errors with their line."""

    def __init__(self, name: str, root: etree._Element) -> None:
        self.name = name
        self.root = root
        self.namespace = root.get("targetNamespace", "")

    def description(self) -> Description:
        if self.root.tag != _wsdl("definitions"):
            raise self._error(self.root, "The file is not a WSDL 1.1 description.")
        for element in self.root.iterchildren(_wsdl("import")):
            raise self._error(element, "WSDL files that import others are not read yet.")
        service, port, address = self._port()
        binding = self._named("binding", self._qname(port, "binding"), port)
        port_type = self._named("portType", self._qname(binding, "type"), binding)
        return Description(
            namespace=self.namespace,
            service=service.get("name", ""),
            port=port.get("name", ""),
            binding=binding.get("name", ""),
            port_type=port_type.get("name", ""),
            address=address.get("location", ""),
            operations=self._operations(binding, port_type),
        )

    def _port(self) -> tuple[etree._Element, etree._Element, etree._Element]:
        for service in self.root.iterchildren(_wsdl("service")):
            for port in service.iterchildren(_wsdl("port")):
                address = port.find(_soap("address"))
                if address is not None:
                    return service, port, address
        raise self._error(self.root, "No service has a port with a SOAP 1.1 address.")

    def _operations(
        self, binding: etree._Element, port_type: etree._Element
    ) -> Mapping[str, Operation]:
        protocol = self._child(binding, _soap("binding"))
        if protocol.get("transport") != HTTP:
            raise self._error(protocol, "The transport of the binding is not SOAP 1.1 over HTTP.")
        style = protocol.get("style", "document")
        abstract = {each.get("name", ""): each for each in self._parts_of(port_type)}
        found: dict[str, Operation] = {}
        for concrete in self._parts_of(binding):
            name = concrete.get("name", "")
            if name in found:
                raise self._error(concrete, f"The operation {name} stands twice in the binding.")
            if name not in abstract:
                raise self._error(concrete, f"The port type has no operation {name}.")
            found[name] = self._operation(name, concrete, abstract[name], style)
        return MappingProxyType(found)

    @staticmethod
    def _parts_of(parent: etree._Element) -> Iterator[etree._Element]:
        return parent.iterchildren(_wsdl("operation"))

    def _operation(
        self, name: str, concrete: etree._Element, abstract: etree._Element, style: str
    ) -> Operation:
        action = self._child(concrete, _soap("operation"))
        style = action.get("style", style)
        if style != "document":
            raise self._error(action, f"The operation {name} has the style {style}, not document.")
        outgoing = abstract.find(_wsdl("output"))
        answered = concrete.find(_wsdl("output"))
        entry = self._child(concrete, _wsdl("input"))
        return Operation(
            name=name,
            soap_action=action.get("soapAction", ""),
            input=self._body(entry, self._child(abstract, _wsdl("input"))),
            output="" if outgoing is None or answered is None else self._body(answered, outgoing),
            style=style,
            headers=tuple(self._header(each) for each in entry.iterchildren(_soap("header"))),
        )

    def _body(self, concrete: etree._Element, abstract: etree._Element) -> str:
        body = self._child(concrete, _soap("body"))
        self._literal(body)
        message = self._named("message", self._qname(abstract, "message"), abstract)
        parts = list(message.iterchildren(_wsdl("part")))
        chosen = body.get("parts")
        if chosen is not None:
            parts = [part for part in parts if part.get("name") in chosen.split()]
        if len(parts) != 1:
            raise self._error(message, "A document message must have exactly one part in its body.")
        return self._qname(parts[0], "element")

    def _header(self, header: etree._Element) -> str:
        self._literal(header)
        message = self._named("message", self._qname(header, "message"), header)
        wanted = header.get("part", "")
        for part in message.iterchildren(_wsdl("part")):
            if part.get("name") == wanted:
                return self._qname(part, "element")
        raise self._error(header, f"The message has no part {wanted!r}.")

    def _literal(self, element: etree._Element) -> None:
        if element.get("use") != "literal":
            raise self._error(element, "The message is not use=literal.")

    def _named(self, kind: str, name: str, user: etree._Element) -> etree._Element:
        namespace, _, local = name.removeprefix("{").rpartition("}")
        if namespace == self.namespace:
            for element in self.root.iterchildren(_wsdl(kind)):
                if element.get("name") == local:
                    return element
        raise self._error(user, f"There is no {kind} {name}.")

    def _child(self, parent: etree._Element, tag: str) -> etree._Element:
        child = parent.find(tag)
        if child is None:
            raise self._error(parent, f"The element {etree.QName(tag).localname} is missing here.")
        return child

    def _qname(self, element: etree._Element, attribute: str) -> str:
        written = element.get(attribute)
        if written is None:
            raise self._error(element, f"The attribute {attribute} is missing here.")
        prefix, colon, local = written.strip().rpartition(":")
        namespace = element.nsmap.get(prefix if colon else None)
        if colon and namespace is None:
            raise self._error(element, f"The prefix of {written!r} is not declared.")
        return f"{{{namespace}}}{local}" if namespace else local

    def _error(self, element: etree._Element, what: str) -> ContractError:
        return ContractError(
            what,
            where=place(self.name, element),
            todo="Ask the publisher for a document/literal SOAP 1.1 description.",
        )


def _wsdl(local: str) -> str:
    return f"{{{WSDL}}}{local}"


def _soap(local: str) -> str:
    return f"{{{SOAP}}}{local}"
