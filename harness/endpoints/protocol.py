"""What every endpoint is to the runner: a name, a level, what it can be brought to do, sessions."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol, runtime_checkable

from harness.classes import dataclass
from harness.endpoints.faults import Fault
from harness.endpoints.incoming import USUAL, Incoming, OwnReply, Wanted
from harness.exchange.judge import Referee
from harness.exchange.messages import Exchange, Request
from harness.vocabulary import Level


class Need(StrEnum):
    """What a scenario may need an endpoint to be brought to do before it starts."""

    MAINTENANCE = "maintenance"
    """The service is in a maintenance break: every call fails."""
    QUEUED = "queued"
    """LisaaKohteita of the caller is queued: an acknowledgement only (agreed at joining)."""
    TOLERANT = "tolerant"
    """HaeAsiakkaita is accepted without KyselyAlku and KyselyLoppu, as the real service does."""
    FAULTS = "faults"
    """The connection itself fails: resets, drips, cut answers. Never in process."""
    WRONG_ANSWERS = "wrong-answers"
    """The connection is sound, but an answer is not the right one."""
    UNSIGNED = "unsigned"
    """Calls are taken as they are: nothing has to be signable, and nobody's signature is known."""
    SIGNED = "signed"
    """Calls are signed, and so are answers, whose signatures are judged."""
    WRONG_SIGNATURES = "wrong-signatures"
    """Our own calls can be signed wrongly on purpose; goes with ``signed``."""
    CLOCK = "clock"
    """The other side's clock can be moved."""
    RETURN_CHANNEL = "return-channel"
    """The other side calls our listener."""
    REDELIVERY = "redelivery"
    """It can be told to call twice, or in another order."""


class Order(StrEnum):
    """How the other side is told to call us; the words of the account's own rules."""

    DUPLICATE = "duplicate"
    """A message is sent once more although it was accepted."""
    OUT_OF_ORDER = "out-of-order"
    """A message is held back until the next one was sent."""


class OwnSignature(StrEnum):
    """What can be wrong on purpose with the signature of our own call."""

    UNSIGNED = "unsigned"
    """There is none."""
    EXPIRED = "expired"
    """It was made an hour ago."""
    FUTURE = "future"
    """It will be made in an hour."""
    REPLAYED = "replayed"
    """The bytes of the call before, which was signed rightly, are sent again."""
    TAMPERED = "tampered"
    """A text of the Body was changed after signing."""
    WRAPPED = "wrapped"
    """The signed Body was moved aside, and another one is read."""
    DUPLICATE_ID = "duplicate-id"
    """Another element has the id of the Body."""
    WEAK = "weak-algorithm"
    """The Body was digested with MD5."""
    FOREIGN = "foreign-key"
    """Somebody whom nobody trusts signed under our name."""
    TIMESTAMP_ONLY = "only-timestamp"
    """The Timestamp is signed, the Body is not."""


class EndpointKind(StrEnum):
    """Whether a socket was between the parties."""

    IN_PROCESS = "in-process"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class RoleIdentity:
    """The test customer that plays a role at one endpoint.

    Attributes:
        id: AsiakasTunnus; artificial, or issued to the supplier with the contract.
        type: TunnusTyyppi, ``SSN`` or ``CRN``.
    """

    id: str
    type: str


@dataclass(frozen=True, slots=True)
class EndpointIdentity:
    """What evidence says of the endpoint that answered.

    Attributes:
        name: its name in ``harness.toml``, or ``mock``.
        level: how near to the real service it is.
        kind: in process, or over HTTP.
        address: ``scheme://host:port/path``, or ``in-process``.
        fingerprint: SHA-256 of the TLS certificate (DER) it showed last, lower-case hex; empty
            without TLS or before the first connection.
    """

    name: str
    level: Level
    kind: EndpointKind
    address: str
    fingerprint: str = ""


class Session(Protocol):
    """A conversation with one endpoint."""

    def send(self, request: Request) -> Exchange:
        """Send one request; whatever comes of it is data."""
        ...


@runtime_checkable
class MovesClock(Protocol):
    """A session with an endpoint that provides ``Need.CLOCK``."""

    def advance(self, seconds: float) -> None:
        """Let that much of the other side's time pass, at once.

        Raises:
            ConfigError: it cannot be moved by that.
        """
        ...


@runtime_checkable
class Signing(Protocol):
    """A session of which answers are signed by keys that it alone knows."""

    @property
    def referee(self) -> Referee | None:
        """Judges their signatures; ``None`` when nothing is signed."""
        ...


@runtime_checkable
class Misbehaving(Protocol):
    """A session whose other side can be told to misbehave."""

    def misbehave(self, fault: Fault) -> None:
        """Have the next call, and no other, answered with this fault."""
        ...


@runtime_checkable
class SignsWrongly(Protocol):
    """A session with an endpoint that provides ``Need.WRONG_SIGNATURES``."""

    def sign_wrongly(self, how: OwnSignature) -> None:
        """Sign the next call, and no other, in this way."""
        ...


class Inbox(Protocol):
    """What the other side has called during one session."""

    def receive(
        self, wanted: Wanted, reply: OwnReply = USUAL, within: float = 0.0
    ) -> Incoming | None:
        """The first call that is wanted, or that breaks the contract; each is given once.

        Args:
            wanted: which call; must not raise.
            reply: how it is answered, if it has not come yet.
            within: seconds to wait for it, where the other side is not ours.
        """
        ...

    def left(self) -> tuple[Incoming, ...]:
        """The calls that nobody has asked for by now."""
        ...

    @property
    def strangers(self) -> int:
        """Callers that were turned away before they said anything, or that mistook the path."""
        ...


@runtime_checkable
class Ordered(Protocol):
    """An inbox whose other side provides ``Need.REDELIVERY``."""

    def order(self, order: Order) -> None:
        """Have the next message that was never sent delivered so."""
        ...


@runtime_checkable
class Receiving(Protocol):
    """A session with an endpoint that provides ``Need.RETURN_CHANNEL``."""

    def inbox(self) -> Inbox:
        """Where calls of the other side come.

        Raises:
            ConfigError: nobody listens in this session.
        """
        ...


class Endpoint(Protocol):
    """An endpoint as the runner sees it."""

    @property
    def name(self) -> str:
        """Its name in ``harness.toml``, or ``mock``."""
        ...

    @property
    def level(self) -> Level:
        """The level that evidence gained here has."""
        ...

    @property
    def provides(self) -> frozenset[str]:
        """The needs it can be brought to meet."""
        ...

    @property
    def roles(self) -> Mapping[str, RoleIdentity]:
        """Test customers by role."""
        ...

    @property
    def ids(self) -> Mapping[str, str]:
        """Identifiers of the caller by name: authority, service, user, certificate-name ..."""
        ...

    def identity(self) -> EndpointIdentity:
        """What evidence says of it, as known by now."""
        ...

    def session(self, needs: frozenset[str]) -> AbstractContextManager[Session]:
        """Open a conversation in which ``needs`` are met.

        Raises:
            ConfigError: a need is not one that this endpoint provides.
        """
        ...
