"""A stand-in for any service: it knows the contract and nothing else.

Every operation is answered with a message that the contract allows, made by its reader and the
same for the same request; one-way operations with nothing. What such an answer says means nothing.
"""

from collections.abc import Set as AbstractSet
from hashlib import sha256

from harness.account.settings import Settings
from harness.exchange.message import Message
from harness.wsdl import Contract
from harness.wsdl.components import Direction
from harness.wsdl.generating import sample


class Generic:
    """Answers every operation of any contract. Nothing is remembered between requests."""

    def __init__(self, contract: Contract, settings: Settings | None = None) -> None:
        """Prepare.

        Args:
            contract: what is promised.
            settings: limits and maintenance; customers and agreements mean nothing here.
        """
        self.settings = settings or Settings()
        self._operations = frozenset(contract.operations)

    @property
    def operations(self) -> AbstractSet[str]:
        """All of them."""
        return self._operations

    def answer(self, contract: Contract, operation: str, message: Message) -> bytes:
        """A valid answer, the same for the same request; nothing for a one-way operation.

        Args:
            contract: the contract.
            operation: one of ``operations``.
            message: the request, judged before.

        Raises:
            ContractError: no answer can be made for the contract.
        """
        if not contract.operations[operation].output:
            return b""
        seed = _seed(operation, message)
        return sample(contract, operation, direction=Direction.RESPONSE, seed=seed)


def _seed(operation: str, message: Message) -> int:
    """A number for what a request says, however it is written."""
    total = sha256(operation.encode())
    for path in ("", *sorted(message.paths())):
        for text in message.texts(path):
            total.update(f"\0{path}\0{text}".encode())
    return int.from_bytes(total.digest()[:8])
