"""One request being handled: who asks, when, and the books of the account it touches."""

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime

from harness.account.codes import TARGET_TEXTS, MessageCode, Refusal, TargetCode
from harness.account.course import Arrival
from harness.account.customers import Conduct, Customer, Register
from harness.account.demands import Rule
from harness.account.items import Course, Items, PrintJob, StoredItem, account_id
from harness.account.questions import Item, Person
from harness.account.rules import Breach, identity_breach, is_usable
from harness.account.settings import Authority, Settings
from harness.classes import dataclass
from harness.exchange.message import Message


@dataclass(frozen=True, slots=True)
class Case:
    """One request.

    Attributes:
        operation: what is called.
        message: the request, judged before.
        message_id: SanomaTunniste of the answer.
        trace_id: an id that the account makes for this request.
        authority: who asks; allowed to.
        service: PalveluTunnus of its service.
        at: account time.
        settings: agreements and limits.
        register: the customers.
        items: what the account has.
    """

    operation: str
    message: Message = field(repr=False)
    message_id: str
    trace_id: str
    authority: Authority
    service: str
    at: datetime
    settings: Settings
    register: Register
    items: Items

    @property
    def queued(self) -> bool:
        """Whether items of LisaaKohteita are only acknowledged, as agreed with the authority."""
        return self.authority.queued and self.applies(Rule.QUEUED)

    def customer(self, person: Person) -> Customer:
        """Who a person of the request is; anybody unknown has no account."""
        return self.register.find(person.id, person.type)

    def check_answering(self, people: Iterable[Person]) -> None:
        """Do nothing when the service behind answers for all of them.

        Raises:
            Refusal: 453.
        """
        silent = any(self.customer(person).conduct is Conduct.SILENT for person in people)
        self.demand(
            Rule.ANSWERING, not silent, MessageCode.TARGET_SILENT, "Kohdepalvelu ei vastaa."
        )

    def demand(self, rule: Rule, kept: bool, code: MessageCode, text: str) -> None:  # noqa: FBT001
        """Do nothing when a rule is kept, or one that this account forgets.

        Raises:
            Refusal: with the code and the text.
        """
        if not kept and self.applies(rule):
            raise Refusal(code, text)

    def applies(self, rule: Rule) -> bool:
        """Whether this account applies a rule."""
        return self.settings.demands.apply(rule)

    def repeats(self, own_id: str) -> bool:
        """True when the authority has an item of this id that is not erroneous."""
        return (
            self.applies(Rule.ONCE) and bool(own_id) and self.items.has(self.authority.id, own_id)
        )

    def refers_well(self, item: Item, person: Person) -> bool:
        """True without a reference, or when it leads to an item of this person's."""
        if item.reference is None or not self.applies(Rule.REFERENCE):
            return True
        return self.items.can_refer(
            self.authority.id, item.reference_type, item.reference, person.id
        )

    def arrival(self, item: Item, person: Person, *, queued: bool) -> Arrival:
        """What decides the course of an item without error."""
        return Arrival(
            at=self.at,
            conduct=self.customer(person).conduct,
            queued=queued,
            has_files=bool(item.attachments),
            receipt=item.receipt.strip() == "1" or self.authority.receipts,
            confirm=item.confirm.strip() == "1",
        )

    def store(
        self, item: Item, person: Person, course: Course, paper: PrintJob | None = None
    ) -> StoredItem:
        """Keep an item for a person.

        Not kept: an identity code that might be a living person's, and an id of the sender's that
        holds one or is too long.
        """
        number = self.items.next_number
        course = self.settings.twist.course(self.operation, course)
        ends = (*course.history, *course.to_come)
        known = not any(change.code.is_error for change in ends if change.code not in _LATE)
        # Whoever is sent something without error has an id that was found to be artificial.
        kept = known or not identity_breach(person)
        stored = StoredItem(
            number=number,
            account_id=account_id(number) if known else "",
            authority=self.authority.id,
            service=self.service,
            own_id=item.own_id if is_usable(item.own_id) else "",
            customer=person.id if kept else "",
            type=person.type if kept else "",
            history=course.history,
            to_come=course.to_come,
            paper=paper,
        )
        self.items.add(stored)
        return stored


_LATE = frozenset({TargetCode.STORAGE, TargetCode.VIRUS})
"""Errors of items that had an AsiointitiliTunniste already."""


def breach(code: TargetCode) -> Breach:
    """A broken rule in the account's usual words."""
    return Breach(code, TARGET_TEXTS[code])
