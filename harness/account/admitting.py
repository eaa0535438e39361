"""Who may call: the authority that a request speaks for, or the code that refuses it.

A signature that is broken, forged, old or missing never comes this far: the referee makes a Fault
of it. What is left are right signatures of somebody whom the account does not expect, and those
are application errors: 403 and 406.
"""

from collections.abc import Sequence

from harness.account.codes import MessageCode, Refusal
from harness.account.demands import ALL, Demands, Rule
from harness.account.questions import Caller
from harness.account.settings import Authority
from harness.exchange.message import Signer

_NOT_REGISTERED = "Allekirjoitus ei vastaa palvelulle rekisteröityä."
_SOMEBODY_ELSE = "ViranomaisTunnus ei vastaa tunnistettua osapuolta."


def admitted(
    authorities: Sequence[Authority], operation: str, asking: Caller, demands: Demands = ALL
) -> Authority:
    """The authority that may call this operation.

    Args:
        authorities: who has joined.
        operation: what is called.
        asking: what the request says of its caller, and who signed it.
        demands: the rules that the account applies.

    Raises:
        Refusal: 403 or 406 for another caller than it says, then 404 for the service and 405 for
            the operation.
    """
    authority = next((each for each in authorities if each.id == asking.authority), None)
    if authority is None and not demands.apply(Rule.AUTHORITY):
        authority = authorities[0]
    if authority is None:
        raise Refusal(MessageCode.WRONG_AUTHORITY, _SOMEBODY_ELSE)
    if asking.signer is None:
        _check_name(authority, asking.certificate_name, demands)
    else:
        _check_signer(authority, authorities, asking.signer, asking.certificate_name, demands)
    own = asking.service is None or asking.service in authority.services
    if not own and demands.apply(Rule.SERVICE):
        raise Refusal(MessageCode.WRONG_SERVICE, "PalveluTunnus ei vastaa ViranomaisTunnusta.")
    if operation not in authority.operations and demands.apply(Rule.OPERATION):
        text = "Toimintoa ei ole sallittu tälle viranomaiselle."
        raise Refusal(MessageCode.NOT_ALLOWED, text)
    return authority


def _check_name(authority: Authority, claimed: str | None, demands: Demands) -> None:
    """At the unsigned address SanomaVarmenneNimi tells who calls; without it, nobody does."""
    if claimed in authority.former_names:
        if demands.apply(Rule.FORMER_CERTIFICATE):
            raise Refusal(MessageCode.SIGNATURE, _NOT_REGISTERED)
        return
    named = claimed in {None, authority.certificate_name}
    if not named and demands.apply(Rule.CERTIFICATE_NAME):
        raise Refusal(MessageCode.WRONG_AUTHORITY, _SOMEBODY_ELSE)


def _check_signer(
    authority: Authority,
    authorities: Sequence[Authority],
    signer: Signer,
    claimed: str | None,
    demands: Demands,
) -> None:
    """At the signed address the certificate tells who calls, and SanomaVarmenneNimi names it."""
    known = [each for each in authorities if signer.fingerprint in each.fingerprints]
    if known and authority not in known and demands.apply(Rule.SIGNER_OF_ITS_OWN):
        raise Refusal(MessageCode.WRONG_AUTHORITY, _SOMEBODY_ELSE)
    if authority.fingerprints and not known and demands.apply(Rule.SIGNER_REGISTERED):
        raise Refusal(MessageCode.SIGNATURE, _NOT_REGISTERED)
    other = signer.name in authority.former_names or claimed not in {None, signer.name}
    if other and demands.apply(Rule.SIGNER_NAME):
        raise Refusal(MessageCode.SIGNATURE, _NOT_REGISTERED)
