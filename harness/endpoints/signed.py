"""A built-in endpoint that speaks signed: throw-away keys, both sides refereed.

Made for one session. The caller's certificate is registered for the account's first authority under
the name that its SanomaVarmenneNimi states; the account trusts it and nobody else, and the caller
the account's.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from harness.account.settings import AUTHORITY, Settings
from harness.classes import dataclass
from harness.endpoints.server.mounting import Secured
from harness.exchange.judge import Referee
from harness.exchange.security.policy import Policy, Trust
from harness.exchange.security.referee import rung
from harness.exchange.security.replay import Seen
from harness.exchange.security.seal import Seal
from harness.exchange.security.signer import signer_of
from harness.exchange.security.signing import MODERN
from harness.exchange.security.throwaway import Side, identity

SERVICE = "simulated.account.example"
"""CN of whoever signs the answers."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The security of one session.

    Attributes:
        secured: of the account's signed path.
        registered: puts the caller's certificate into the account's agreements.
        sealed: signs a request.
        referee: judges the signatures of answers.
        calls: judges those of the account's own calls. It remembers none: the listener knows a
            repetition by its id.
    """

    secured: Secured
    registered: Callable[[Settings], Settings]
    sealed: Seal
    referee: Referee
    calls: Referee

    @classmethod
    def begun(cls) -> "Signed":
        """With new certificates and an empty memory of replays."""
        now = _now()
        caller = identity(AUTHORITY.certificate_name, Side.CALLER, now)
        service = identity(SERVICE, Side.SERVICE, now)
        signer = signer_of(caller.certificate)
        theirs = Policy(trust=Trust(anchors=(service.certificate,)))
        return cls(
            Secured(Policy(trust=Trust(anchors=(caller.certificate,))), service, MODERN),
            lambda settings: settings.with_certificate(
                AUTHORITY.id, signer.name, signer.fingerprint
            ),
            Seal(caller, MODERN, _now),
            rung(theirs, _now, Seen()),
            rung(theirs, _now),
        )


def _now() -> datetime:
    return datetime.now(UTC)
