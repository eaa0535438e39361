"""One operation of a contract."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation is called.

    Attributes:
        name: as in the binding.
        soap_action: value of the SOAPAction header, without its quotation marks.
        input: Clark name of the element in the body of a request.
        output: Clark name of the element in the body of an answer; empty for a one-way operation.
        style: ``document``; other styles are refused when the contract is read.
        headers: Clark names of the header elements declared for a request.
        soap_version: ``1.1``.
    """

    name: str
    soap_action: str
    input: str
    output: str
    style: str
    headers: tuple[str, ...]
    soap_version: str = "1.1"
