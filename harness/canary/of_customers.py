"""Defects about customers in queries: their states, their codes, beside whom they stand."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from harness.account.codes import AccountState
from harness.account.customers import CRN, CUSTOMERS, SSN, Customer, Register
from harness.account.finding import state_of
from harness.account.questions import Person
from harness.account.replies import CustomerState, Reply
from harness.account.twist import Asked
from harness.canary.classes import Class, defects_of, otherwise
from harness.canary.defect import Defect
from harness.identity import CENTURY_SIGNS, is_business_id, is_personal_code

_QUERY = "HaeAsiakkaita"
_OLD_SIGNS = frozenset("+-A")
"""Century signs in force before 1.1.2023."""
_OTHER = {AccountState.ACTIVE: AccountState.NONE, AccountState.NONE: AccountState.ACTIVE}
_REGISTER = Register(CUSTOMERS)
_UNKNOWN = "unknown person"


def of_customers() -> Iterator[Defect]:
    """All of them."""
    yield from _of_states()
    yield from defects_of(_of_codes())
    yield _about_periods("outside-the-period", "lists customers of another period too", _holders)
    yield _about_periods("none-of-the-period", "lists no customer of a period", lambda: ())


def customer_of(person: Person) -> Customer:
    """Who a person of a request is."""
    return _REGISTER.find(person.id, person.type)


def kind_of(customer: Customer) -> str:
    """What tells customers apart: known or not, person or company, with which account."""
    who = "company" if customer.type == CRN else "person"
    if not customer.role:
        return f"unknown {who}"
    if customer.state is AccountState.NONE:
        return f"{who} without account"
    return f"passive {who}" if customer.passive else f"active {who}"


KINDS = tuple(dict.fromkeys(map(kind_of, CUSTOMERS)))
"""Those of the account's test customers."""


def _finer(customer: Customer) -> str:
    new = bool(customer.role) and customer.type == SSN and customer.id[6] not in _OLD_SIGNS
    return f"{kind_of(customer)}{' of a new sign' if new else ''}"


def _of_states() -> Iterator[Defect]:
    for kind in (*dict.fromkeys(map(_finer, CUSTOMERS)), _UNKNOWN):
        for alone, where in ((True, "alone"), (False, "among others")):
            yield otherwise(
                _QUERY,
                f"{kind} {where}".replace(" ", "-"),
                f"{_QUERY} tells another state of the customer ({kind}), asked about {where}.",
                _misjudged(kind, alone=alone),
            )
    what = f"{_QUERY} tells customers of the same type and state as one."
    yield otherwise(_QUERY, "equal-ones", what, _told_once)


def _misjudged(kind: str, *, alone: bool) -> Callable[[Asked], Reply]:
    def decided(asked: Asked) -> Reply:
        found = asked.reply.customers
        if not found or (len(asked.people) == 1) is not alone:
            return asked.reply
        return replace(asked.reply, customers=tuple(_in_another_state(c, kind) for c in found))

    return decided


def _in_another_state(told: CustomerState, kind: str) -> CustomerState:
    if _finer(_REGISTER.find(told.id, told.type)) != kind:
        return told
    return replace(told, passive=False) if told.passive else replace(told, state=_OTHER[told.state])


def _told_once(asked: Asked) -> Reply:
    told = asked.reply.customers
    if not asked.people or not told:
        return asked.reply
    found = {(each.type, each.state, each.passive): each for each in told}
    return replace(asked.reply, customers=tuple(each for each in told if each in found.values()))


def _of_codes() -> Iterator[Class]:
    for sign in CENTURY_SIGNS:
        what = f"a personal identity code with the century sign {sign}"
        yield Class(_QUERY, f"century-sign-{sign}", what, _with_sign(sign))
    what = "a personal identity code of no type"
    yield Class(_QUERY, "personal-code-without-type", what, _untyped(is_personal_code))
    what = "a business id of no type"
    yield Class(_QUERY, "business-id-without-type", what, _untyped(is_business_id), due=False)
    what = "two codes that differ in the century sign only"
    yield Class(_QUERY, "codes-alike-but-for-the-sign", what, _alike)


def _with_sign(sign: str) -> Callable[[Asked], bool]:
    return lambda asked: any(p.type == SSN and p.id[6:7] == sign for p in asked.people)


def _untyped(holds: Callable[[str], bool]) -> Callable[[Asked], bool]:
    def held(asked: Asked) -> bool:
        typed = asked.message.count("Kysely/Asiakkaat/Asiakas/@TunnusTyyppi")
        return typed < len(asked.people) and any(holds(person.id) for person in asked.people)

    return held


def _alike(asked: Asked) -> bool:
    return len({p.id[:6] + p.id[7:] for p in asked.people}) < len(asked.people)


def _about_periods(name: str, what: str, listed: Callable[[], Iterable[Customer]]) -> Defect:
    def decided(asked: Asked) -> Reply:
        if asked.people or not asked.reply.customers:
            return asked.reply
        return replace(asked.reply, customers=tuple(map(state_of, listed())))

    return otherwise(_QUERY, name, f"{_QUERY} {what}.", decided)


def _holders() -> Iterable[Customer]:
    return (each for each in CUSTOMERS if each.state is AccountState.ACTIVE)
