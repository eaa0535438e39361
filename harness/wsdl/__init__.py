"""The reader: interface descriptions as pinned files, what they say, and the schema as judge.

``find`` gives a ``Contract``; importing this package is cheap, because lxml and zeep are imported
by what needs them. zeep writes requests and judges nothing.
"""

from typing import TYPE_CHECKING

from harness.wsdl.catalogue import ContractSummary, catalogue, find
from harness.wsdl.contract import Contract, load
from harness.wsdl.findings import ContractFinding, SchemaCode, SchemaFinding, Severity
from harness.wsdl.operation import Operation, Port
from harness.wsdl.pinned import digest_lines

if TYPE_CHECKING:
    from harness.wsdl.adding import Added, Wanted, add

__all__ = [
    "Added",
    "Contract",
    "ContractFinding",
    "ContractSummary",
    "Operation",
    "Port",
    "SchemaCode",
    "SchemaFinding",
    "Severity",
    "Wanted",
    "add",
    "catalogue",
    "digest_lines",
    "find",
    "load",
]


def __getattr__(name: str) -> object:
    """What adds a contract is seldom needed; it unpacks archives, which takes long to import."""
    if name in {"Added", "Wanted", "add"}:
        from harness.wsdl import adding  # noqa: PLC0415 - as the docstring says

        return getattr(adding, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
