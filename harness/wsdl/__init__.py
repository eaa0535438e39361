"""The reader: interface descriptions as pinned files, what they say, and the schema as judge.

``find`` gives a ``Contract``; importing this package is cheap, because lxml and zeep are imported
by what needs them. zeep writes requests and judges nothing.
"""

from harness.wsdl.catalogue import ContractSummary, catalogue, find
from harness.wsdl.contract import Contract, load
from harness.wsdl.findings import SchemaCode, SchemaFinding
from harness.wsdl.operation import Operation
from harness.wsdl.pinned import digest_lines

__all__ = [
    "Contract",
    "ContractSummary",
    "Operation",
    "SchemaCode",
    "SchemaFinding",
    "catalogue",
    "digest_lines",
    "find",
    "load",
]
