"""Defects of the account's tongue: its answer repeats a text that has no place in it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.account.replies import Reply
from harness.account.twist import Asked, Twist
from harness.canary.defect import Defect, Kind
from harness.canary.of_answers import texts
from harness.wsdl import Contract
from harness.wsdl.components import Direction

_PRIVATE = frozenset(
    {
        "ViranomaisTunnus",
        "SanomaVarmenneNimi",
        "@AsiakasTunnus",
        "@Sahkoposti",
        "@Matkapuhelin",
        "Lahiosoite",
        "ViranomaisTunniste",
        "Nimeke",
        "KuvausTeksti",
        "TiedostoNimi",
    }
)
"""What answers, and with them journals and screens, have to be free of: who, and about what."""
_SENDER = "Viranomainen/"


def of_repeating(contract: Contract) -> Iterator[Defect]:
    """One for each such text of a request that the answer has no element for."""
    for operation in sorted(contract.operations):
        told = {_last(path) for path in texts(contract, operation, Direction.RESPONSE)}
        for path in dict.fromkeys(texts(contract, operation, Direction.REQUEST)):
            own = _last(path) in _PRIVATE - told
            if own and (not path.startswith(_SENDER) or path.count("/") == 1):
                yield Defect(
                    f"{Kind.REPEATED}/{operation}/{path}",
                    Kind.REPEATED,
                    f"What {operation} says of a request repeats its {path}.",
                    twist=Twist(reply=_repeating(operation, path)),
                )


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _repeating(operation: str, path: str) -> Callable[[Asked], Reply]:
    def decided(asked: Asked) -> Reply:
        text = asked.message.text(path) if asked.operation == operation else None
        return replace(asked.reply, text=f"{asked.reply.text} {text}") if text else asked.reply

    return decided
