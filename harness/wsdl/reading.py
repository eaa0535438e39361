"""Operations out of WSDL 1.1: document/literal and rpc/literal over SOAP 1.1 and 1.2.

Everything the description says is read by this module; zeep only writes requests. The description
may be spread over several files. One port is read: that which ``contract.toml`` names, else the
first one for SOAP 1.1, else the first one for SOAP 1.2. What cannot be called (encoded messages,
other transports) is refused with the place it stands at, never skipped.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from lxml import etree

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl.operation import Operation, Port
from harness.wsdl.sources import SCHEMA, WSDL, XSD, Sources, place, qname

SOAP: Final = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP12: Final = "http://schemas.xmlsoap.org/wsdl/soap12/"
VERSIONS: Final = {SOAP: "1.1", SOAP12: "1.2"}
HTTP: Final = "http://schemas.xmlsoap.org/soap/http"
HTTP12: Final = "http://www.w3.org/2003/05/soap/bindings/HTTP/"


@dataclass(frozen=True, slots=True)
class Description:
    """One port of a description, with the operations of its binding.

    Attributes:
        implied: schemas of the wrapper elements of rpc messages, for whoever reads the schemas.
        ports: every port there is, the one that was read among them.
    """

    namespace: str
    service: str
    port: str
    binding: str
    port_type: str
    address: str
    soap_version: str
    operations: Mapping[str, Operation]
    implied: tuple[etree._Element, ...]
    ports: tuple[Port, ...]


class Node(NamedTuple):
    """An element of a WSDL file and the file it stands in."""

    file: str
    element: etree._Element

    def get(self, name: str, default: str = "") -> str:
        """The value of an attribute."""
        return self.element.get(name, default)

    def all(self, tag: str) -> "Iterator[Node]":
        """Its children of this Clark name."""
        return (Node(self.file, each) for each in self.element.iterchildren(tag))

    def first(self, tag: str) -> "Node | None":
        """Its first child of this Clark name."""
        element = next(self.element.iterchildren(tag), None)
        return None if element is None else Node(self.file, element)

    def child(self, tag: str) -> "Node":
        """Its first child of this Clark name.

        Raises:
            ContractError: there is none.
        """
        found = self.first(tag)
        if found is None:
            raise self.error(f"The element {etree.QName(tag).localname} is missing here.")
        return found

    def qname(self, attribute: str) -> str:
        """Clark name of the qualified name in an attribute.

        Raises:
            ContractError: there is none, or its prefix is not declared.
        """
        written = self.element.get(attribute)
        if written is None:
            raise self.error(f"The attribute {attribute} is missing here.")
        name = qname(self.element, written)
        if name is None:
            raise self.error(f"The prefix of {written!r} is not declared.")
        return name

    @property
    def where(self) -> str:
        """File and line."""
        return place(self.file, self.element)

    def error(self, what: str, todo: str = "") -> ContractError:
        """An error at this place."""
        advice = "Ask the publisher for a document/literal or rpc/literal SOAP description."
        return ContractError(what, where=self.where, todo=todo or advice)


class Definitions:
    """All WSDL files of a contract as one; named parts by Clark name."""

    def __init__(self, sources: Sources) -> None:
        self.roots = tuple(Node(name, root) for name, root in sources.definitions())
        self.namespace = self.roots[0].get("targetNamespace")
        self._parts: dict[str, dict[str, Node]] = {}

    def all(self, kind: str) -> Iterator[tuple[str, Node]]:
        """Clark name and element of every part of a kind, those of the entry file first."""
        for root in self.roots:
            namespace = root.get("targetNamespace")
            for node in root.all(wsdl(kind)):
                name = node.get("name")
                yield (f"{{{namespace}}}{name}" if namespace else name), node

    def named(self, kind: str, name: str, user: Node) -> Node:
        """The part of that name.

        Raises:
            ContractError: there is none, at the place of its user.
        """
        if kind not in self._parts:
            self._parts[kind] = dict(reversed(list(self.all(kind))))  # the first of a name counts
        found = self._parts[kind].get(name)
        if found is None:
            raise user.error(f"There is no {kind} {name}.")
        return found

    def ports(self) -> Iterator[tuple[Port, Node]]:
        """Every port of every service."""
        for _, service in self.all("service"):
            for port in service.all(wsdl("port")):
                version, address = _address(port)
                yield (
                    Port(service.get("name"), port.get("name"), version, address, port.where),
                    port,
                )

    def message_of(self, abstract: Node) -> Node:
        """The message of an input, output, fault or header."""
        return self.named("message", abstract.qname("message"), abstract)


def describe(sources: Sources, service: str | None = None, port: str | None = None) -> Description:
    """Read the description.

    Args:
        sources: its files.
        service: name of the service, when the first one that fits is not meant.
        port: name of the port, likewise.

    Raises:
        ContractError: it describes nothing that can be called, naming file and line.
    """
    definitions = Definitions(sources)
    ports = list(definitions.ports())
    chosen, node = _chosen(definitions, ports, service, port)
    binding = definitions.named("binding", node.qname("binding"), node)
    port_type = definitions.named("portType", binding.qname("type"), binding)
    reader = Binding(definitions, binding, port_type)
    return Description(
        namespace=definitions.namespace,
        service=chosen.service,
        port=chosen.name,
        binding=binding.get("name"),
        port_type=port_type.get("name"),
        address=chosen.address,
        soap_version=reader.version,
        operations=reader.operations(),
        implied=reader.wrappers.schemas(),
        ports=tuple(each for each, _ in ports),
    )


def place_of_part(sources: Sources, name: str) -> str:
    """File and line of the message part for the element of this Clark name; empty without one."""
    for _, message in Definitions(sources).all("message"):
        for part in message.all(wsdl("part")):
            if qname(part.element, part.get("element")) == name:
                return part.where
    return ""


def _address(port: Node) -> tuple[str, str]:
    for namespace, version in VERSIONS.items():
        found = port.first(f"{{{namespace}}}address")
        if found is not None:
            return version, found.get("location")
    return "", ""


def _chosen(
    definitions: Definitions, every: list[tuple[Port, Node]], service: str | None, name: str | None
) -> tuple[Port, Node]:
    for version in VERSIONS.values():
        for port, node in every:
            wanted = service in {None, port.service} and name in {None, port.name}
            if wanted and port.soap_version == version:
                return port, node
    if service or name:
        names = ", ".join(f"{port.service}/{port.name}" for port, _ in every)
        raise definitions.roots[0].error(
            f"There is no SOAP port {service or '*'}/{name or '*'}.",
            f"Correct service and port in contract.toml; there are: {names or 'none'}.",
        )
    raise definitions.roots[0].error("No service has a port with a SOAP address.")


class Binding:
    """One SOAP binding and the port type it binds."""

    def __init__(self, definitions: Definitions, binding: Node, port_type: Node) -> None:
        """Look at the kind of the binding.

        Raises:
            ContractError: it is no SOAP binding over HTTP.
        """
        self.definitions = definitions
        self.binding = binding
        self.port_type = port_type
        self.wrappers = Wrappers()
        self.soap = SOAP12 if binding.first(f"{{{SOAP12}}}binding") is not None else SOAP
        self.version = VERSIONS[self.soap]
        protocol = binding.child(self._soap("binding"))
        if protocol.get("transport") not in {HTTP, HTTP12}:
            raise protocol.error("The transport of the binding is not SOAP over HTTP.")
        self.style = protocol.get("style", "document")

    def operations(self) -> Mapping[str, Operation]:
        """Every operation by name, in the order of the binding.

        Raises:
            ContractError: one of them cannot be called.
        """
        abstract: dict[str, Node] = {}
        for node in self.port_type.all(wsdl("operation")):
            if node.get("name") in abstract:
                raise node.error(f"The operation {node.get('name')} is overloaded (BP R2304).")
            abstract[node.get("name")] = node
        found: dict[str, Operation] = {}
        for concrete in self.binding.all(wsdl("operation")):
            name = concrete.get("name")
            if name in found:
                raise concrete.error(f"The operation {name} stands twice in the binding.")
            if name not in abstract:
                raise concrete.error(f"The port type has no operation {name}.")
            found[name] = self._operation(name, concrete, abstract[name])
        return MappingProxyType(found)

    def _soap(self, local: str) -> str:
        return f"{{{self.soap}}}{local}"

    def _operation(self, name: str, concrete: Node, abstract: Node) -> Operation:
        action = concrete.child(self._soap("operation"))
        style = action.get("style", self.style)
        if style not in {"document", "rpc"}:
            raise action.error(f"The operation {name} has the unknown style {style}.")
        entry, incoming = concrete.child(wsdl("input")), abstract.child(wsdl("input"))
        answer, outgoing = concrete.first(wsdl("output")), abstract.first(wsdl("output"))
        output, output_headers = "", tuple[str, ...]()
        wrapper = name if style == "rpc" else ""
        if answer is not None and outgoing is not None:
            output = self._body(answer, outgoing, f"{name}Response" if wrapper else "")
            output_headers = self._headers(answer)
        return Operation(
            name=name,
            soap_action=action.get("soapAction"),
            input=self._body(entry, incoming, wrapper),
            output=output,
            style=style,
            headers=self._headers(entry),
            soap_version=self.version,
            output_headers=output_headers,
            faults=tuple(self._fault(concrete, each) for each in abstract.all(wsdl("fault"))),
        )

    def _body(self, concrete: Node, abstract: Node, wrapper: str) -> str:
        body = self._content(concrete)
        self._literal(body)
        message = self.definitions.message_of(abstract)
        parts = self._parts(concrete, body, message, rpc=bool(wrapper))
        if wrapper:
            return self.wrappers.add(body, wrapper, parts)
        if len(parts) != 1:
            raise message.error(
                "A document message must have exactly one part in its body (BP R2210)."
            )
        return parts[0].qname("element")

    def _content(self, concrete: Node) -> Node:
        """The soap:body, which MIME bindings hold in their first part."""
        multipart = concrete.first("{http://schemas.xmlsoap.org/wsdl/mime/}multipartRelated")
        if multipart is not None:
            raise multipart.error("Messages with attachments (MIME) are not read.")
        return concrete.child(self._soap("body"))

    def _parts(self, concrete: Node, body: Node, message: Node, *, rpc: bool) -> list[Node]:
        """The parts in the body. gSOAP names a part ``Body`` that no rpc message has: all parts."""
        parts = list(message.all(wsdl("part")))
        names = {part.get("name") for part in parts}
        chosen = set(body.get("parts").split())
        if body.element.get("parts") is not None and not (rpc and chosen.isdisjoint(names)):
            for name in sorted(chosen - names):
                raise body.error(f"The message has no part {name!r}.")
            return [part for part in parts if part.get("name") in chosen]
        # Parts that the same message lends to headers are not in the body as well.
        lent = {
            header.get("part")
            for header in concrete.all(self._soap("header"))
            if self.definitions.message_of(header).element is message.element
        }
        return [part for part in parts if part.get("name") not in lent]

    def _headers(self, concrete: Node) -> tuple[str, ...]:
        return tuple(self._header(each) for each in concrete.all(self._soap("header")))

    def _header(self, header: Node) -> str:
        self._literal(header)
        message = self.definitions.message_of(header)
        wanted = header.get("part")
        for part in message.all(wsdl("part")):
            if part.get("name") == wanted:
                return part.qname("element")
        raise header.error(f"The message has no part {wanted!r}.")

    def _fault(self, concrete: Node, abstract: Node) -> str:
        for each in concrete.all(wsdl("fault")):
            inner = each.first(self._soap("fault"))
            if inner is not None and abstract.get("name") in {each.get("name"), inner.get("name")}:
                self._literal(inner)
        message = self.definitions.message_of(abstract)
        return message.child(wsdl("part")).qname("element")

    def _literal(self, node: Node) -> None:
        if node.get("use", "literal") != "literal":  # absent is literal: BP R2707
            raise node.error("The message is not use=literal (BP R2706).")


class Wrappers:
    """The elements that hold the parts of rpc messages: WSDL 1.1 section 3.5, BP R2735, R2729."""

    def __init__(self) -> None:
        self._schemas: dict[str, etree._Element] = {}
        self._known: set[str] = set()

    def add(self, body: Node, name: str, parts: list[Node]) -> str:
        """Declare the wrapper of one message and return its Clark name.

        Raises:
            ContractError: the body says no namespace, or a part is no type.
        """
        namespace = body.get("namespace")
        if not namespace:
            raise body.error("The body of an rpc message says no namespace (BP R2717).")
        clark = f"{{{namespace}}}{name}"
        if clark not in self._known:
            self._known.add(clark)
            self._declare(namespace, name, parts)
        return clark

    def schemas(self) -> tuple[etree._Element, ...]:
        """The schemas that declare them, one a namespace."""
        return tuple(self._schemas.values())

    def _declare(self, namespace: str, name: str, parts: list[Node]) -> None:
        schema = self._schemas.get(namespace)
        if schema is None:
            schema = etree.Element(SCHEMA, {"targetNamespace": namespace}, nsmap={"xs": XSD})
            self._schemas[namespace] = schema
        element = etree.SubElement(schema, f"{{{XSD}}}element", {"name": name})
        kind = etree.SubElement(element, f"{{{XSD}}}complexType")
        sequence = etree.SubElement(kind, f"{{{XSD}}}sequence")
        for part in parts:
            self._part(schema, sequence, part)

    @staticmethod
    def _part(schema: etree._Element, sequence: etree._Element, part: Node) -> None:
        if part.element.get("type") is None:
            raise part.error("A part of an rpc message must have a type (BP R2203).")
        owner, _, local = part.qname("type").removeprefix("{").rpartition("}")
        member = etree.SubElement(
            sequence,
            f"{{{XSD}}}element",
            {"name": part.get("name"), "form": "unqualified"},
            nsmap={"p": owner} if owner else {},
        )
        member.set("type", f"p:{local}" if owner else local)
        known = {each.get("namespace", "") for each in schema.iterchildren(f"{{{XSD}}}import")}
        if owner not in {*known, XSD, schema.get("targetNamespace", "")}:
            attributes = {"namespace": owner} if owner else {}
            schema.insert(0, etree.Element(f"{{{XSD}}}import", attributes))


def wsdl(local: str) -> str:
    """Clark name of a WSDL 1.1 element."""
    return f"{{{WSDL}}}{local}"
