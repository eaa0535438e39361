"""An authority's side of the return channel: what a good receiver answers and notices.

The one place where an authority is simulated and not the account: a message of VieKohdeTiloja or
VieKohteita is accepted, item by item. For any other contract there is ``generic``.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import field
from datetime import UTC, datetime
from hashlib import sha256

from harness.account.codes import MessageCode, TargetCode
from harness.account.outbox import OPERATION as STATES
from harness.account.settings import Settings
from harness.classes import dataclass
from harness.exchange import render
from harness.exchange.message import Message, Part
from harness.exchange.render import Node
from harness.limits import DEFAULT
from harness.wsdl import Contract

ITEMS = "VieKohteita"
_MESSAGE_ID = "Viranomainen/SanomaTunniste"
_ITEM = "Kysely/Kohteet/Kohde"


class Receiver:
    """Accepts every message of the return channel. Nothing is remembered between messages."""

    settings = Settings(max_message_bytes=DEFAULT.max_message_bytes)
    operations: AbstractSet[str] = frozenset({STATES, ITEMS})

    def answer(self, contract: Contract, operation: str, message: Message) -> bytes:
        """TilaKoodi 0; for the items of VieKohteita 200 each.

        Args:
            contract: one of the return channel.
            operation: one of ``operations``.
            message: the message, judged before.
        """
        code: list[Node] = [("TilaKoodi", str(int(MessageCode.OK)))]
        code += [("SanomaTunniste", text) for text in message.texts(_MESSAGE_ID)]
        result: list[Node] = [("TilaKoodi", code)]
        if operation == ITEMS:
            items = message.parts(_ITEM)
            result.append(("KohdeMaara", str(len(items))))
            result.append(("Kohteet", [_accepted(each) for each in items]))
        return render.answer(contract, operation, [(f"{operation}Result", result)])


def _accepted(item: Part) -> Node:
    known: list[Node] = [
        ("AsiointitiliTunniste", text) for text in item.texts("AsiointitiliTunniste")
    ]
    return ("Kohde", [*known, ("KohteenTila", str(int(TargetCode.STORED)))])


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the return channel as a receiver remembers it.

    Attributes:
        id: of the message: sender, operation and SanomaTunniste; empty without the last.
        digest: of what it says, however it is written.
        changes: of items, told by VieKohdeTiloja: which item of whom, and since when.
    """

    id: tuple[str, ...]
    digest: bytes
    changes: tuple[tuple[bytes, datetime], ...] = field(repr=False)

    @classmethod
    def by(cls, operation: str, message: Message) -> "Told":
        """What a message says, judged before."""
        sender = message.text("Viranomainen/ViranomaisTunnus") or ""
        own = message.text(_MESSAGE_ID) or ""
        said = _digest(sorted(message.texts_by_path().items()))
        return cls((sender, operation, own) if own else (), said, tuple(_changes(message)))


def _digest(what: object) -> bytes:
    return sha256(repr(what).encode()).digest()


def _changes(message: Message) -> Iterator[tuple[bytes, datetime]]:
    for item in message.parts(_ITEM):
        since = _moment(item.text("Asiakas/KohteenTilaPvm"))
        paths = ("ViranomaisTunniste", "Asiakas/AsiointitiliTunniste", "Asiakas/@AsiakasTunnus")
        names = [item.text(path) for path in paths]
        if since is not None and (names[0] or names[1]):
            yield _digest(names), since


def _moment(text: str | None) -> datetime | None:
    """An xs:dateTime; ``None`` for one that no calendar of Python holds."""
    try:
        found = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
