"""One operation of a contract."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.classes import dataclass

ENVELOPES: Final[Mapping[str, str]] = MappingProxyType({
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
})  # fmt: skip
"""Versions of SOAP and the namespaces of their envelopes (SOAP 1.1 and 1.2 part 1, section 1)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation is called.

    Attributes:
        name: as in the binding.
        soap_action: value of the SOAPAction header, without its quotation marks; in SOAP 1.2 the
            action parameter of the content type.
        input: Clark name of the element in the body of a request.
        output: Clark name of the element in the body of an answer; empty for a one-way operation.
        style: ``document`` or ``rpc``. For rpc the elements in the body are the wrappers that WSDL
            1.1 section 3.5 prescribes; the schema declares them like any other.
        headers: Clark names of the header elements declared for a request.
        soap_version: ``1.1`` or ``1.2``: that of the binding. Messages are written and judged in
            this version and no other.
        output_headers: Clark names of the header elements declared for an answer.
        faults: Clark names of the elements declared as detail of a fault.
    """

    name: str
    soap_action: str
    input: str
    output: str
    style: str
    headers: tuple[str, ...]
    soap_version: str = "1.1"
    output_headers: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a service.

    Attributes:
        service: name of its service.
        name: its own.
        soap_version: ``1.1``, ``1.2``, or empty when it is no SOAP port.
        address: as in the file; nothing is ever sent there because of it.
        where: file and line.
    """

    service: str
    name: str
    soap_version: str
    address: str
    where: str
