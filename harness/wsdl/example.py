"""Requests made from a contract alone, as an envelope and, where it can be said so, as plain data.

The data is what ``Contract.build`` takes. It is given only where the request built from it says
the same as the envelope, which is compared; headers, substituted types, mixed content and whatever
else data cannot say are left to the envelope.
"""

from typing import TYPE_CHECKING, Final, TypeAlias

from lxml import etree

from harness import xml
from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.wsdl.components import Direction, components, local
from harness.wsdl.generating import envelope, instance, part_of, tree

if TYPE_CHECKING:
    from harness.wsdl.components import Components
    from harness.wsdl.contract import Contract
    from harness.wsdl.instances import Choices, Node
    from harness.wsdl.sites import Part

Data: TypeAlias = "str | list[Data] | dict[str, Data] | None"
TEXT: Final = "_value_1"
"""The name of the text of an element that has attributes, or of a request that is one text."""


@dataclass(frozen=True, slots=True)
class Example:
    """One valid request.

    Attributes:
        envelope: all of it, indented, in UTF-8.
        data: what ``Contract.build`` makes the same body from; nothing where data cannot say it.
    """

    envelope: bytes
    data: "dict[str, Data] | None"


class _Unsayable(Exception):
    """Plain data has no words for something in a message. Never leaves this module."""


def example(contract: "Contract", operation: str, choices: "Choices") -> Example:
    """A valid request of an operation.

    Args:
        contract: what it is made from.
        operation: its name.
        choices: what is left open by the contract.

    Raises:
        ContractError: an unknown operation, or a contract for which none can be made.
    """
    body = part_of(contract, operation, Direction.REQUEST)
    root = instance(contract, body, choices)

    def make(part: "Part") -> "Node":
        return root if part == body else instance(contract, part, choices)

    written = envelope(contract, operation, Direction.REQUEST, make)
    headers = contract.operations[operation].headers
    return Example(written, None if headers else _said(contract, operation, root))


def _said(contract: "Contract", operation: str, root: "Node") -> "dict[str, Data] | None":
    try:
        said = _data(components(contract), root)
        data: dict[str, Data] = said if isinstance(said, dict) else {TEXT: said}
        built = xml.parse(contract.build(operation, data))
    except (_Unsayable, ScenarioError):
        return None
    return data if _same(built[-1][0], tree(root)) else None


def _data(model: "Components", node: "Node") -> Data:
    foreign = node.type not in model.types
    if foreign or node.said_type or (node.nil and node.attributes):
        raise _Unsayable
    if node.nil:
        return None
    kind = model.complex(node.type)
    if kind is None:
        return node.text
    members = _members(model, node)
    if kind.simple:
        members[TEXT] = node.text
    elif node.text:
        raise _Unsayable
    return members


def _members(model: "Components", node: "Node") -> "dict[str, Data]":
    found: dict[str, Data] = {}
    for child in node.children:
        name, value = local(child.name), _data(model, child)
        known = found.get(name)
        if name not in found:
            found[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            found[name] = [known, value]
    for key, text in node.attributes.items():
        name = local(key)
        found[f"@{name}" if name in found else name] = text
    return found


def _same(one: etree._Element, other: etree._Element) -> bool:
    """Whether two elements say the same, whatever their prefixes and indentation are."""
    if one.tag != other.tag or dict(one.attrib) != dict(other.attrib) or len(one) != len(other):
        return False
    if len(one):
        return all(map(_same, one, other))
    return (one.text or "") == (other.text or "")
