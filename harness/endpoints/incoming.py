"""A call that came to a listener, as whoever waits for it sees it. No body of it is kept."""

from collections.abc import Callable
from dataclasses import field
from enum import StrEnum

from harness.classes import dataclass
from harness.exchange.findings import Finding
from harness.exchange.message import Message
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict


class Sequel(StrEnum):
    """What a message is to those before it."""

    NEW = "new"
    DUPLICATE = "duplicate"
    """The same message under the same id: it was answered as before and counts once."""
    REUSED = "reused"
    """Another message under an id that stood before: refused."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One call.

    Attributes:
        verdict: on the call; anything but passed was answered with a Fault.
        operation: of the contract; empty when it cannot be told.
        findings: what is wrong with it, or notes.
        message: only of a call that keeps the contract.
        sequel: what it is to the calls before.
        owed: the message that it repeats was not answered as a good receiver does, so it had to
            come again.
        late: it tells a state that is older than one told before of the same item.
        lost: it was stored, and then the connection was closed without a reply.
        scripted: it was answered as the step that waited for it wanted.
        own: what is wrong with our own reply.
    """

    verdict: Verdict
    operation: str = ""
    findings: tuple[Finding, ...] = ()
    message: Message | None = field(default=None, repr=False)
    sequel: Sequel = Sequel.NEW
    owed: bool = False
    late: bool = False
    lost: bool = False
    scripted: bool = False
    own: tuple[Finding, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it keeps the contract."""
        return self.verdict is Verdict.PASSED


Wanted = Callable[[Incoming], bool]
"""Whether a call is the one that is waited for."""


@dataclass(frozen=True, slots=True)
class OwnReply:
    """How the next call that is wanted is answered; with nothing given, as a good receiver does.

    Attributes:
        envelope: the whole reply.
        fault: a Fault with this code instead.
        lose: close the connection without a reply, after the call was stored.
    """

    envelope: bytes | None = field(default=None, repr=False)
    fault: FaultCode | None = None
    lose: bool = False


USUAL = OwnReply()
