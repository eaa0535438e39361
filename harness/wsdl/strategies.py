"""Hypothesis strategies over a contract. Needs the package ``hypothesis``; nothing else does.

Both kinds of messages are right by construction, so nothing is filtered, and they shrink towards
the smallest message with the plainest values.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.errors import ContractError
from harness.wsdl.components import Direction
from harness.wsdl.generating import Drawn, instance, part_of, tree
from harness.wsdl.mutating import Mutation, mutated

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ContractError(
        "Strategies need the package hypothesis, which is not installed.",
        todo="Install it, or use harness.wsdl.generating.sample with a seed.",
    ) from error

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy
    from lxml import etree

    from harness.wsdl.contract import Contract


def valid(
    contract: "Contract", operation: str, direction: Direction = Direction.REQUEST
) -> "SearchStrategy[etree._Element]":
    """Elements of the body of valid messages.

    Raises:
        ContractError: an unknown operation, or one that is not answered.
    """
    part = part_of(contract, operation, direction)

    @st.composite
    def messages(draw: "DrawFn") -> "etree._Element":
        return tree(instance(contract, part, Drawn(_picking(draw))))

    return messages()


def invalid(
    contract: "Contract", operation: str, direction: Direction = Direction.REQUEST
) -> "SearchStrategy[tuple[Mutation, etree._Element]]":
    """Elements of the body of messages that are valid but for one mutation, and which one.

    Raises:
        ContractError: an unknown operation, or one that is not answered.
    """
    part = part_of(contract, operation, direction)

    @st.composite
    def messages(draw: "DrawFn") -> "tuple[Mutation, etree._Element]":
        pick = _picking(draw)
        mutation, root = mutated(contract, part, Drawn(pick), pick)
        return mutation, tree(root)

    return messages()


def _picking(draw: "DrawFn") -> Callable[[int], int]:
    return lambda count: draw(st.integers(0, count - 1)) if count > 1 else 0
