"""Who may call: the authority that a request speaks for, or the code that refuses it.

A signature that is broken, forged, old or missing never comes this far: the referee makes a Fault
of it. What is left are right signatures of somebody whom the account does not expect, and those
are application errors: 403 and 406.
"""

from collections.abc import Sequence

from harness.account.codes import MessageCode, Refusal
from harness.account.questions import Caller
from harness.account.settings import Authority
from harness.exchange.message import Signer

_NOT_REGISTERED = "Allekirjoitus ei vastaa palvelulle rekisteröityä."
_SOMEBODY_ELSE = "ViranomaisTunnus ei vastaa tunnistettua osapuolta."


def admitted(authorities: Sequence[Authority], operation: str, asking: Caller) -> Authority:
    """The authority that may call this operation.

    Args:
        authorities: who has joined.
        operation: what is called.
        asking: what the request says of its caller, and who signed it.

    Raises:
        Refusal: 403 or 406 for another caller than it says, then 404 for the service and 405 for
            the operation.
    """
    authority = next((each for each in authorities if each.id == asking.authority), None)
    if asking.signer is None:
        found = _named(authority, asking.certificate_name)
    else:
        found = _signed(authority, authorities, asking.signer, asking.certificate_name)
    if asking.service is not None and asking.service not in found.services:
        raise Refusal(MessageCode.WRONG_SERVICE, "PalveluTunnus ei vastaa ViranomaisTunnusta.")
    if operation not in found.operations:
        text = "Toimintoa ei ole sallittu tälle viranomaiselle."
        raise Refusal(MessageCode.NOT_ALLOWED, text)
    return found


def _named(authority: Authority | None, claimed: str | None) -> Authority:
    """At the unsigned address SanomaVarmenneNimi tells who calls; without it, nobody does."""
    if authority is not None and claimed in authority.former_names:
        raise Refusal(MessageCode.SIGNATURE, _NOT_REGISTERED)
    if authority is None or claimed not in {None, authority.certificate_name}:
        raise Refusal(MessageCode.WRONG_AUTHORITY, _SOMEBODY_ELSE)
    return authority


def _signed(
    authority: Authority | None,
    authorities: Sequence[Authority],
    signer: Signer,
    claimed: str | None,
) -> Authority:
    """At the signed address the certificate tells who calls, and SanomaVarmenneNimi names it."""
    known = [each for each in authorities if signer.fingerprint in each.fingerprints]
    if authority is None or (known and authority not in known):
        raise Refusal(MessageCode.WRONG_AUTHORITY, _SOMEBODY_ELSE)
    if authority.fingerprints and not known:
        raise Refusal(MessageCode.SIGNATURE, _NOT_REGISTERED)
    if signer.name in authority.former_names or claimed not in {None, signer.name}:
        raise Refusal(MessageCode.SIGNATURE, _NOT_REGISTERED)
    return authority
