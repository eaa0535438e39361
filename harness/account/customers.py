"""Test customers by role. All artificial: individual numbers 900-999, business ids never given."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum

from harness.account.codes import AccountState
from harness.classes import dataclass
from harness.identity import business_id, personal_code

SSN, CRN = "SSN", "CRN"


class Conduct(StrEnum):
    """What happens to what is sent to a customer."""

    ORDINARY = "ordinary"
    REFUSES = "refuses"
    """Has an account that does not accept items: 524."""
    SLOW = "slow"
    """Items are in processing first (202), visible later (200)."""
    STORAGE = "storage"
    """An item with an attachment is in processing (202), then it cannot be stored (522)."""
    VIRUS = "virus"
    """An item with an attachment is in processing (202), then the virus check stops it (523)."""
    TROUBLE = "trouble"
    """Whatever is asked fails for another reason: 450 or 550."""
    READS = "reads"
    """Opens every item (220) and confirms those that ask for it (230), some time later."""
    REPLIES = "replies"
    """Reads like the one before, and then writes a reply to every item."""
    SILENT = "silent"
    """The service behind does not answer for this customer: 453."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One test customer.

    Attributes:
        role: the name scenarios use.
        id: AsiakasTunnus.
        type: TunnusTyyppi, ``SSN`` or ``CRN``.
        state: Tila.
        passive: TiliPassivoitu is 1.
        since: TilaPvm, the moment of the last change of state, in UTC.
        conduct: what happens to what is sent.
        what: one sentence for the list of test customers.
    """

    role: str
    id: str
    type: str
    state: AccountState
    passive: bool
    since: datetime
    conduct: Conduct
    what: str

    @property
    def reachable(self) -> bool:
        """Electronic delivery is possible: Tila 300 and TiliPassivoitu 0, and items accepted."""
        active = self.state is AccountState.ACTIVE and not self.passive
        return active and self.conduct is not Conduct.REFUSES


def _moment(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 7, 30, tzinfo=UTC)


_NO_ACCOUNT_SINCE = _moment(2020, 1, 1)


def _person(  # noqa: PLR0913 - one line of the table below
    role: str,
    born: date,
    number: int,
    what: str,
    *,
    sign: str | None = None,
    state: AccountState = AccountState.ACTIVE,
    passive: bool = False,
    since: datetime | None = None,
    conduct: Conduct = Conduct.ORDINARY,
) -> Customer:
    code = personal_code(born, number, sign)
    moment = since or (_moment(2024, 3, 1) if state is AccountState.ACTIVE else _NO_ACCOUNT_SINCE)
    return Customer(role, code, SSN, state, passive, moment, conduct, what)


def _company(role: str, number: int, what: str, state: AccountState) -> Customer:
    since = _moment(2024, 5, 2) if state is AccountState.ACTIVE else _NO_ACCOUNT_SINCE
    ordinary = Conduct.ORDINARY
    return Customer(role, business_id(number), CRN, state, False, since, ordinary, what)


CUSTOMERS = (
    _person("active", date(1981, 5, 14), 901, "A person with an active account."),
    _person("second-active", date(1979, 11, 3), 902, "Another person with an active account."),
    _person(
        "new-sign",
        date(2004, 2, 29),
        903,
        "A person with an active account whose code has a century sign of the 2023 reform.",
        sign="B",
    ),
    _person(
        "passive",
        date(1966, 8, 21),
        904,
        "A person whose account has been made passive.",
        passive=True,
        since=_moment(2025, 1, 15),
    ),
    _person(
        "none",
        date(1958, 12, 30),
        905,
        "A person without an account.",
        state=AccountState.NONE,
    ),
    _company("company", 1, "A company with an active account.", AccountState.ACTIVE),
    _company("company-none", 2, "A company without an account.", AccountState.NONE),
    _person(
        "refusing",
        date(1990, 1, 7),
        906,
        "A person with an account that does not accept items.",
        conduct=Conduct.REFUSES,
    ),
    _person(
        "slow",
        date(1992, 6, 18),
        907,
        "A person whose items are in processing for a while.",
        conduct=Conduct.SLOW,
    ),
    _person(
        "storage",
        date(1993, 7, 19),
        908,
        "A person whose items' attachments cannot be stored.",
        conduct=Conduct.STORAGE,
    ),
    _person(
        "virus",
        date(1994, 8, 20),
        909,
        "A person whose items' attachments do not pass the virus check.",
        conduct=Conduct.VIRUS,
    ),
    _person(
        "trouble",
        date(1995, 9, 21),
        910,
        "A person for whom everything fails for another reason.",
        conduct=Conduct.TROUBLE,
    ),
    _person(
        "silent",
        date(1996, 10, 22),
        911,
        "A person for whom the service behind does not answer.",
        conduct=Conduct.SILENT,
    ),
    _person(
        "reading",
        date(1988, 4, 23),
        912,
        "A person who opens every item some time after it arrives, and confirms those that ask.",
        conduct=Conduct.READS,
    ),
    _person(
        "replying",
        date(1986, 3, 25),
        913,
        "A person who opens every item like the one before, and writes a reply to it.",
        conduct=Conduct.REPLIES,
    ),
)


class Register:
    """Customers, found by id and type. Anybody else artificial has no account."""

    def __init__(self, customers: Iterable[Customer] = CUSTOMERS) -> None:
        self._all = tuple(customers)
        self._by_id = {(customer.id, customer.type): customer for customer in self._all}

    def find(self, identity: str, kind: str) -> Customer:
        """The customer of this id; a well-formed one nobody knows has no account."""
        known = self._by_id.get((identity, kind))
        if known is not None:
            return known
        return Customer(
            "", identity, kind, AccountState.NONE, False, _NO_ACCOUNT_SINCE, Conduct.ORDINARY, ""
        )

    def changed_between(self, begin: datetime, end: datetime) -> tuple[Customer, ...]:
        """Customers with an account whose state changed in the period, both ends included."""
        return tuple(
            customer
            for customer in self._all
            if customer.state is AccountState.ACTIVE and begin <= customer.since <= end
        )
