"""What a description breaks of WS-I Basic Profile 1.1, and what else its reader should know.

Numbers are those of the profile; a finding without a number is our own. An ``error`` means that
the contract cannot be used as it is, a ``warning`` that a rule is broken and other tools may read
the contract differently, a ``note`` that nothing is wrong. Each names file and line and what to do.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lxml import etree

from harness.errors import ContractError
from harness.wsdl.findings import ContractFinding, Severity
from harness.wsdl.reading import HTTP, SOAP, VERSIONS, Definitions, Node, wsdl
from harness.wsdl.sources import SCHEMA, Sources, idle, place, references

if TYPE_CHECKING:
    from harness.wsdl.contract import Contract

_ASK: Final = "Ask the publisher for a repaired description."
_ENDPOINT: Final = "Messages go where harness.toml says, never to the address in the file."
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", ""})


def findings(contract: "Contract", endpoints: Sequence[str] = ()) -> tuple[ContractFinding, ...]:
    """Everything to be said of a contract, errors first.

    Args:
        contract: whose files are as pinned; it need not be usable.
        endpoints: addresses of ``harness.toml`` that messages are sent to.
    """
    try:
        sources = contract.sources
    except ContractError as error:
        return (_from_error(error),)
    found = [*_of_files(sources), *_of_description(Definitions(sources))]
    found += _of_addresses(Definitions(sources), endpoints)
    try:
        contract.check()
        found += _of_choice(contract)
    except ContractError as error:
        places = {each.where for each in found if each.severity is Severity.ERROR}
        found += [] if error.where in places else [_from_error(error)]
    order = list(Severity)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: order.index(each.severity)))


def _from_error(error: ContractError) -> ContractFinding:
    return ContractFinding("", Severity.ERROR, error.where, error.what, error.todo)


def _error(rule: str, node: Node, what: str) -> ContractFinding:
    return ContractFinding(rule, Severity.ERROR, node.where, what, _ASK)


def _warning(rule: str, where: str, what: str, todo: str = _ASK) -> ContractFinding:
    return ContractFinding(rule, Severity.WARNING, where, what, todo)


def _note(where: str, what: str, todo: str = "") -> ContractFinding:
    return ContractFinding("", Severity.NOTE, where, what, todo)


def _of_files(sources: Sources) -> Iterator[ContractFinding]:
    known = {name for document in sources.schemas for name in document.namespaces}
    for name, root in sources.roots.items():
        yield from _look_alikes(name, root)
    for name, root in sources.definitions():
        yield from _order(name, root)
        for element in root.iterchildren(wsdl("import")):
            yield from _imported(sources, name, element)
    for document in sources.schemas:
        root = document.root
        alone = all(etree.QName(c).localname in {"import", "annotation"} for c in root)
        if document.index is not None and not root.get("targetNamespace") and not alone:
            where = place(document.file, root)
            yield _warning("R2105", where, "A schema in wsdl:types has no target namespace.")
        for element, written in references(root):
            if written is None and idle(element, root, known):
                what = f"The import of {element.get('namespace')!r} leads nowhere; it is not used."
                yield _warning("", place(document.file, element), what)
    yield from _circles(sources)


def _look_alikes(name: str, root: etree._Element) -> Iterator[ContractFinding]:
    for element in root.iter(etree.Element):
        for attribute in ("name", "targetNamespace"):
            value = element.get(attribute, "")
            odd = sorted({sign for sign in value if not _is_plain(sign)})
            if odd:
                signs = ", ".join(f"U+{ord(sign):04X}" for sign in odd[:5])
                what = f"The {attribute} has letters that look like others: {signs}."
                yield _warning("", place(name, element), what, "Compare it letter by letter.")


def _is_plain(sign: str) -> bool:
    return sign.isascii() or unicodedata.name(sign, "").startswith("LATIN ")


def _order(name: str, root: etree._Element) -> Iterator[ContractFinding]:
    tags = [etree.QName(child).localname for child in root.iterchildren(wsdl("*"))]
    before = {"documentation"}
    for tag, rule in (("import", "R2022"), ("types", "R2023")):
        before.add(tag)
        first = next((index for index, each in enumerate(tags) if each not in before), len(tags))
        if tag in tags[first:]:
            yield _warning(rule, place(name, root), f"wsdl:{tag} stands behind other elements.")


def _imported(sources: Sources, name: str, element: etree._Element) -> Iterator[ContractFinding]:
    target = sources.roots[sources.target(name, element.get("location", "")) or ""]
    where = place(name, element)
    if target.tag == SCHEMA:
        yield _warning("R2002", where, "wsdl:import leads to a schema, not to a description.")
    elif target.get("targetNamespace") != element.get("namespace"):
        yield _warning("R2005", where, "wsdl:import says another namespace than the file has.")


def _circles(sources: Sources) -> Iterator[ContractFinding]:
    """Files that reach themselves: legal, read once, worth knowing."""
    targets = {
        name: {sources.target(name, written): element for element, written in references(root)
               if written is not None}
        for name, root in sources.roots.items()
    }  # fmt: skip
    for start, direct in targets.items():
        seen: set[str | None] = set()
        waiting: list[str | None] = list(direct)
        while waiting:
            name = waiting.pop()
            if name is not None and name not in seen:
                seen.add(name)
                waiting.extend(targets[name])
        if start in seen:
            yield _note(start, "The file imports itself, directly or through others: read once.")


def _of_description(definitions: Definitions) -> Iterator[ContractFinding]:
    for _, port_type in definitions.all("portType"):
        operations = list(port_type.all(wsdl("operation")))
        counts = Counter(node.get("name") for node in operations)
        for node in operations:
            if counts[node.get("name")] > 1:
                yield _error("R2304", node, f"The operation {node.get('name')} is overloaded.")
            first = next(node.element.iterchildren(wsdl("input"), wsdl("output")), None)
            if first is None or first.tag == wsdl("output"):
                yield _error("R2303", node, "The operation does not begin with a request.")
    for port, node in definitions.ports():
        names = {name for name, _ in definitions.all("binding")}
        if node.qname("binding") not in names:
            yield _error("R2101", node, f"The port {port.name} has a binding that does not exist.")
    for _, binding in definitions.all("binding"):
        yield from _of_binding(definitions, binding)


def _of_binding(definitions: Definitions, binding: Node) -> Iterator[ContractFinding]:
    soap = next((ns for ns in VERSIONS if binding.first(f"{{{ns}}}binding") is not None), None)
    if soap is None:
        yield _note(binding.where, f"The binding {binding.get('name')} is not SOAP: not read.")
        return
    protocol = binding.child(f"{{{soap}}}binding")
    if "transport" not in protocol.element.attrib:
        yield _error("R2701", protocol, "The binding says no transport.")
    elif soap == SOAP and protocol.get("transport") != HTTP:
        yield _error("R2702", protocol, "The transport of the binding is not HTTP.")
    yield from _operations_bound(definitions, binding)
    port_type = dict(definitions.all("portType")).get(binding.qname("type"))
    styles = set()
    inputs: Counter[str] = Counter()
    for operation in binding.all(wsdl("operation")):
        action = operation.first(f"{{{soap}}}operation")
        style = action.get("style") if action is not None else ""
        style = style or protocol.get("style", "document")
        styles.add(style)
        yield from _of_use(operation, soap, style)
        yield from _of_parts(definitions, port_type, operation, soap)
        inputs.update(_signature(definitions, binding, operation, style))
    if len(styles) > 1:
        yield _warning("R2705", binding.where, "The binding mixes document and rpc style.")
    for signature, count in inputs.items():
        if count > 1:
            what = f"{count} operations begin with {signature}: the body does not say which."
            yield _warning("R2710", binding.where, what)


def _operations_bound(definitions: Definitions, binding: Node) -> Iterator[ContractFinding]:
    port_type = dict(definitions.all("portType")).get(binding.qname("type"))
    if port_type is None:
        yield _error("R2101", binding, "The binding has a port type that does not exist.")
        return
    declared = {node.get("name") for node in port_type.all(wsdl("operation"))}
    bound = Counter(node.get("name") for node in binding.all(wsdl("operation")))
    for name in sorted(declared - set(bound)):
        yield _warning("R2718", binding.where, f"The operation {name} is not bound.")
    for node in binding.all(wsdl("operation")):
        if node.get("name") not in declared or bound[node.get("name")] > 1:
            what = f"The operation {node.get('name')} is bound, but not declared exactly once."
            yield _error("R2718", node, what)


def _of_use(operation: Node, soap: str, style: str) -> Iterator[ContractFinding]:
    names = ("body", "header", "headerfault", "fault")
    for element in operation.element.iter(*(f"{{{soap}}}{name}" for name in names)):
        node = Node(operation.file, element)
        kind = etree.QName(element).localname
        if node.get("use", "literal") != "literal":
            yield _error("R2706", node, f"soap:{kind} is not use=literal.")
        elif style == "document" and "namespace" in element.attrib:
            yield _warning(
                "R2716", node.where, f"soap:{kind} of a document binding has a namespace."
            )
        elif style == "rpc" and kind == "body" and not urlsplit(node.get("namespace")).scheme:
            yield _error("R2717", node, "soap:body of an rpc binding has no absolute namespace.")
        elif style == "rpc" and kind != "body" and "namespace" in element.attrib:
            yield _warning("R2726", node.where, f"soap:{kind} of an rpc binding has a namespace.")


def _of_parts(
    definitions: Definitions, port_type: Node | None, operation: Node, soap: str
) -> Iterator[ContractFinding]:
    """Bodies that choose parts which their messages do not have."""
    messages = dict(definitions.all("message"))
    for node in port_type.all(wsdl("operation")) if port_type is not None else ():
        for kind in (wsdl("input"), wsdl("output")):
            abstract, concrete = node.first(kind), operation.first(kind)
            body = concrete.first(f"{{{soap}}}body") if concrete is not None else None
            if node.get("name") != operation.get("name") or abstract is None or body is None:
                continue
            message = messages.get(abstract.qname("message"))
            parts = message.all(wsdl("part")) if message is not None else ()
            unknown = set(body.get("parts").split()) - {part.get("name") for part in parts}
            if unknown:
                what = f"soap:body names parts that the message has not: {', '.join(unknown)}."
                yield _warning("", body.where, what)


def _signature(
    definitions: Definitions, binding: Node, operation: Node, style: str
) -> Iterator[str]:
    """The element a request of the operation begins with, when it can be told."""
    if style != "document":
        return
    port_type = dict(definitions.all("portType")).get(binding.qname("type"))
    messages = dict(definitions.all("message"))
    for node in port_type.all(wsdl("operation")) if port_type is not None else ():
        entry = node.first(wsdl("input"))
        if node.get("name") == operation.get("name") and entry is not None:
            message = messages.get(entry.qname("message"))
            part = message.first(wsdl("part")) if message is not None else None
            if part is not None and part.get("element"):
                yield part.qname("element")
            return


def _of_addresses(definitions: Definitions, endpoints: Iterable[str]) -> Iterator[ContractFinding]:
    configured = {_place(endpoint) for endpoint in endpoints}
    for port, node in definitions.ports():
        parts = urlsplit(port.address)
        if parts.scheme == "http" and (parts.hostname or "") not in _LOOPBACK:
            what = f"The address of the port {port.name} is http: what is sent can be read."
            yield _warning("", node.where, what, f"Use https in harness.toml. {_ENDPOINT}")
        if configured and port.soap_version and _place(port.address) not in configured:
            what = f"No endpoint of harness.toml has the address of the port {port.name}."
            yield _note(node.where, what, _ENDPOINT)


def _place(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower(), parts.path


def _of_choice(contract: "Contract") -> Iterator[ContractFinding]:
    for port in contract.ports:
        if (port.service, port.name) != (contract.service, contract.port):
            version = f"SOAP {port.soap_version}" if port.soap_version else "no SOAP"
            what = f"The port {port.service}/{port.name} ({version}) is not the one that is read."
            todo = "Name service and port in contract.toml to read it instead."
            yield _note(port.where, what, todo)
