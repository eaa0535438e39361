"""The reader: interface descriptions as pinned files, what they say, and the schema as judge.

``find`` gives a ``Contract``; importing this package is cheap, because lxml and zeep are imported
by what needs them. zeep writes requests and judges nothing.
"""

from harness.wsdl.adding import Added, Wanted, add
from harness.wsdl.catalogue import ContractSummary, catalogue, find
from harness.wsdl.contract import Contract, load
from harness.wsdl.findings import ContractFinding, SchemaCode, SchemaFinding, Severity
from harness.wsdl.operation import Operation, Port
from harness.wsdl.pinned import digest_lines

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
