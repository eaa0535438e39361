"""The items an account has, and what becomes of each in the course of account time.

An item goes through states: in processing, visible, read, confirmed, or an error. What is to come
is settled when it arrives; it happens when account time has come to it, in order of time and then
of arrival.
"""

import heapq
from collections.abc import Iterable
from dataclasses import field, replace
from datetime import datetime

from harness.account.codes import TargetCode
from harness.classes import dataclass


@dataclass(frozen=True, slots=True)
class StateChange:
    """An item has, or will have, another state.

    Attributes:
        code: KohteenTila from that moment on.
        at: the moment, in UTC.
        told: it is pushed over the return channel; otherwise an answer has told it, or nobody
            asked for it.
    """

    code: TargetCode
    at: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class Course:
    """The states of one item: those at its arrival, and those to come."""

    history: tuple[StateChange, ...]
    to_come: tuple[StateChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintJob:
    """What goes to the printing house for one customer.

    Attributes:
        provider: Tulostustoimittaja.
        printed: LahetaTulostukseen; false: accepted, but not printed.
        contract: Laskutus/Tunniste; empty without Laskutus.
        cost_pool: Laskutus/Kustannuspaikka.
        colour: Varitulostus.
        address_page: LisaaOsoitesivu.
        may_rotate: SalliLiitteenKiertoPystyyn.
    """

    provider: str
    printed: bool
    contract: str
    cost_pool: str
    colour: bool
    address_page: bool
    may_rotate: bool


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One item for one customer.

    Attributes:
        number: 1 for the first the account was given.
        account_id: AsiointitiliTunniste; empty for one that was only queued and is an error.
        authority: ViranomaisTunnus of the sender.
        service: PalveluTunnus of the sender.
        own_id: ViranomaisTunniste; may be empty.
        customer: AsiakasTunnus; empty when it was not an artificial one.
        type: TunnusTyyppi.
        history: its states so far, the first one at its arrival.
        to_come: what is to become of it, in order of time.
        paper: what was printed of it; ``None`` without paper.
    """

    number: int
    account_id: str
    authority: str
    service: str
    own_id: str
    customer: str = field(repr=False)
    type: str
    history: tuple[StateChange, ...]
    to_come: tuple[StateChange, ...] = ()
    paper: PrintJob | None = None

    @property
    def state(self) -> TargetCode:
        """KohteenTila by now."""
        return self.history[-1].code


@dataclass(frozen=True, slots=True)
class Happened:
    """A change of state that has come, and the item as it is since."""

    item: StoredItem
    change: StateChange


class Items:
    """Every item of one account, in the order of arrival."""

    def __init__(self, stored: Iterable[StoredItem] = ()) -> None:
        """Begin with items that were stored before; their numbers count up from 1."""
        self._all: list[StoredItem] = []
        self._own: dict[tuple[str, str], list[int]] = {}
        self._waiting: list[tuple[datetime, int]] = []
        self._written: set[tuple[str, str, str]] = set()
        for item in stored:
            self.add(item)

    @property
    def all(self) -> tuple[StoredItem, ...]:
        """As they are now."""
        return tuple(self._all)

    @property
    def next_number(self) -> int:
        """The number that the next item has."""
        return len(self._all) + 1

    def add(self, item: StoredItem) -> None:
        """Keep an item; its number is ``next_number``."""
        self._all.append(item)
        if item.own_id:
            self._own.setdefault((item.authority, item.own_id), []).append(item.number)
        self._expect(item)

    def has(self, authority: str, own_id: str) -> bool:
        """True when this authority has stored an item of this id that is not erroneous."""
        return any(not item.state.is_error for item in self.of(authority, own_id))

    def of(self, authority: str, own_id: str) -> tuple[StoredItem, ...]:
        """What an authority has sent under an id, one for each customer and attempt."""
        numbers = self._own.get((authority, own_id), ())
        return tuple(self._all[number - 1] for number in numbers)

    def note(self, authority: str, account_id: str, customer: str) -> None:
        """A customer has written to an authority: it may refer to that."""
        self._written.add((authority, account_id, customer))

    def holds(self, account_id: str, customer: str) -> StoredItem | None:
        """The item of this AsiointitiliTunniste, if this customer has it."""
        number = number_of(account_id)
        item = self._all[number - 1] if 0 < number <= len(self._all) else None
        if item is None or (item.account_id, item.customer) != (account_id, customer):
            return None
        return None if item.state.is_error else item

    def can_refer(self, authority: str, kind: str, reference: str, customer: str) -> bool:
        """True when a reference leads to what this authority and this customer have in common.

        That is an item of the authority's, or what the customer wrote to it.
        """
        if kind == "ViranomaisTunniste":
            found = self.of(authority, reference)
            return any(item.customer == customer and not item.state.is_error for item in found)
        if (authority, reference, customer) in self._written:
            return True
        item = self.holds(reference, customer)
        return item is not None and item.authority == authority

    def catch_up(self, now: datetime) -> tuple[Happened, ...]:
        """Let everything happen that account time has come to; gives it in its order."""
        happened = []
        while self._waiting and self._waiting[0][0] <= now:
            _, number = heapq.heappop(self._waiting)
            item = self._all[number - 1]
            change, *rest = item.to_come
            item = replace(item, history=(*item.history, change), to_come=tuple(rest))
            self._all[number - 1] = item
            self._expect(item)
            happened.append(Happened(item, change))
        return tuple(happened)

    def _expect(self, item: StoredItem) -> None:
        if item.to_come:
            heapq.heappush(self._waiting, (item.to_come[0].at, item.number))


def account_id(number: int) -> str:
    """AsiointitiliTunniste of the item of this number; never repeats within an account."""
    return f"AT{number:012d}"


def number_of(text: str) -> int:
    """The number that an AsiointitiliTunniste holds; 0 when it is none."""
    digits = text[2:]
    whole = text.startswith("AT") and digits.isascii() and digits.isdigit() and len(digits) == 12
    return int(digits) if whole else 0
