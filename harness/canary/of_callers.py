"""Defects about who calls: each way not to be the caller one says, in each operation."""

import re
from collections.abc import Callable, Iterator

from harness.account.settings import ALL_OPERATIONS, AUTHORITIES, Authority
from harness.account.twist import Asked
from harness.canary.classes import Class, defects_of
from harness.canary.defect import Defect

_KNOWN = {each.id: each for each in AUTHORITIES}


def of_callers() -> Iterator[Defect]:
    """All of them."""
    for operation in sorted(ALL_OPERATIONS):
        yield from defects_of(_of_strangers(operation))
        yield from defects_of(_of_senders(operation))
    yield from defects_of(_of_message_ids())


def _of_strangers(operation: str) -> Iterator[Class]:
    """Those who have to be refused."""
    for name, what, holds in (
        ("unknown-authority", "an authority that nobody knows", _is_unknown),
        ("certificate-of-another", "the certificate name of another", _has_another_name),
        ("former-certificate", "the name of a certificate that was replaced", _has_former_name),
        ("service-of-another", "the service of another authority", _has_another_service),
    ):
        yield Class(operation, name, what, holds, due=False)
    if any(operation not in each.operations for each in AUTHORITIES):
        what = "an authority that has not agreed on it"
        yield Class(operation, "not-agreed-on", what, _has_not_agreed, due=False)


def _of_senders(operation: str) -> Iterator[Class]:
    """Those who have to be answered."""
    yield Class(operation, "current-certificate", "the name of a new certificate", _has_new_name)
    yield Class(operation, "sender-in-full", "a sender of whom everything is told", _is_told_fully)
    yield Class(operation, "contact-person", "a sender with a contact person", _has_contact)
    yield Class(operation, "same-bytes-again", "the same message again", _is_again)


def _of_message_ids() -> Iterator[Class]:
    """SanomaTunniste is any text; what is true in the plainest operation is true in all."""
    for name, what, form in (
        ("uuid", "a UUID", r".*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("markup", "characters that XML escapes", r".*[<&].*"),
        ("other-letters", "letters beyond ASCII", r".*[^\x00-\x7f].*"),
    ):
        yield Class("HaeTilaTieto", f"message-id-{name}", f"an id of {what}", _identified(form))


def _identified(form: str) -> Callable[[Asked], bool]:
    return lambda asked: re.fullmatch(form, asked.caller.message_id or "") is not None


def _known(holds: Callable[[Asked, Authority], bool]) -> Callable[[Asked], bool]:
    """Of requests of authorities that have joined only."""

    def held(asked: Asked) -> bool:
        authority = _KNOWN.get(asked.caller.authority or "")
        return authority is not None and holds(asked, authority)

    return held


def _is_unknown(asked: Asked) -> bool:
    return asked.caller.authority not in _KNOWN


@_known
def _has_another_name(asked: Asked, authority: Authority) -> bool:
    own = {None, authority.certificate_name, *authority.former_names}
    return asked.caller.certificate_name not in own


@_known
def _has_former_name(asked: Asked, authority: Authority) -> bool:
    return asked.caller.certificate_name in authority.former_names


@_known
def _has_new_name(asked: Asked, authority: Authority) -> bool:
    named = asked.caller.certificate_name == authority.certificate_name
    return named and bool(authority.former_names)


@_known
def _has_another_service(asked: Asked, authority: Authority) -> bool:
    return asked.caller.service not in {None, *authority.services}


@_known
def _has_not_agreed(asked: Asked, authority: Authority) -> bool:
    return asked.operation not in authority.operations


def _is_told_fully(asked: Asked) -> bool:
    paths = ("Viranomainen/Yhteyshenkilo/@Matkapuhelin", "Viranomainen/Osoite/Lahiosoite")
    return all(asked.message.text(path) for path in paths)


def _has_contact(asked: Asked) -> bool:
    return bool(asked.message.text("Viranomainen/Yhteyshenkilo/@Nimi"))


def _is_again(asked: Asked) -> bool:
    given = (asked.operation, asked.caller)
    return any((each.operation, each.caller) == given for each in asked.before)
