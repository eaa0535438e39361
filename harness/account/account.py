"""The account itself: four operations over its customers and items.

Application errors are answers with a code, never faults. Who calls is told by SanomaVarmenneNimi,
as at the service's unsigned address; with it absent, ViranomaisTunnus speaks for itself.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from harness.account import questions, rules
from harness.account.codes import (
    CONTENT_PREFIX,
    CREATED,
    DUPLICATE_SENTENCE,
    TARGET_TEXTS,
    MessageCode,
    Refusal,
    TargetCode,
)
from harness.account.customers import Conduct, Customer, Register
from harness.account.items import Items, StoredItem
from harness.account.questions import Caller, Item, Person, Printing
from harness.account.replies import CustomerState, ItemState, Reply, TargetState
from harness.account.settings import Authority, Settings
from harness.exchange.message import Message

Clock = Callable[[], datetime]
"""Gives the present moment, aware of its zone."""


def system_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class Account:
    """A simulated account. Answers depend on what was asked before and on the clock only."""

    def __init__(self, settings: Settings | None = None, clock: Clock = system_clock) -> None:
        self.settings = settings or Settings()
        self.items = Items()
        self._clock = clock
        self._register = Register(self.settings.customers)
        self._lock = threading.Lock()
        self._answers = 0
        self._operations: dict[str, Callable[[Message, Authority, str], Reply]] = {
            "HaeTilaTieto": _tell_state,
            "HaeAsiakkaita": self._find_customers,
            "LisaaKohteita": self._add_items,
            "LahetaViesti": self._send_message,
        }

    @property
    def operations(self) -> frozenset[str]:
        """What it can answer."""
        return frozenset(self._operations)

    def handle(self, operation: str, message: Message) -> Reply:
        """Answer one request that keeps the contract.

        Args:
            operation: one of ``operations``.
            message: the request, judged before.
        """
        with self._lock:
            self._answers += 1
            asking = questions.caller(message)
            message_id = asking.message_id or self._own_id()
            try:
                authority = self._authority(operation, asking)
                return self._operations[operation](message, authority, message_id)
            except Refusal as refusal:
                return Reply(refusal.code, refusal.text, message_id)

    def _own_id(self) -> str:
        """An id as the service makes them itself: ``epochseconds_number``."""
        return f"{int(self._clock().timestamp())}_{self._answers}"

    def _authority(self, operation: str, asking: Caller) -> Authority:
        known = {authority.id: authority for authority in self.settings.authorities}
        authority = known.get(asking.authority or "")
        claimed = asking.certificate_name
        if authority is None or claimed not in {None, authority.certificate_name}:
            raise Refusal(
                MessageCode.WRONG_AUTHORITY, "ViranomaisTunnus ei vastaa tunnistettua osapuolta."
            )
        if asking.service not in authority.services:
            raise Refusal(MessageCode.WRONG_SERVICE, "PalveluTunnus ei vastaa ViranomaisTunnusta.")
        if operation not in authority.operations:
            raise Refusal(
                MessageCode.NOT_ALLOWED, "Toimintoa ei ole sallittu tälle viranomaiselle."
            )
        return authority

    def _find_customers(self, message: Message, _authority: Authority, message_id: str) -> Reply:
        kind = message.text("Kysely/KyselyLaji")
        match kind:
            case "Asiakkaat":
                found = self._asked(message)
            case "Kaikki":
                found = self._changed(message)
            case _:
                raise Refusal(
                    MessageCode.INVALID, "KyselyLaji puuttuu tai ei ole Asiakkaat eikä Kaikki."
                )
        states = tuple(
            CustomerState(each.id, each.type, each.state, each.since, each.passive)
            for each in found
        )
        return Reply(MessageCode.OK, "OK", message_id, customers=states)

    def _asked(self, message: Message) -> tuple[Customer, ...]:
        asked = questions.people(message, "Kysely/Asiakkaat/Asiakas")
        if not asked:
            raise Refusal(MessageCode.INVALID, "Kyselyssä ei ole yhtään asiakasta.")
        for person in asked:
            breach = rules.identity_breach(person)
            if breach:
                raise Refusal(MessageCode.INVALID, breach)
        found = tuple(self._customer(person) for person in asked)
        if any(each.conduct is Conduct.TROUBLE for each in found):
            raise Refusal(MessageCode.OTHER, "Muu virhe.")
        _check_answering(found)
        return found

    def _changed(self, message: Message) -> tuple[Customer, ...]:
        begin = questions.moment(message.text("Kysely/KyselyAlku"))
        end = questions.moment(message.text("Kysely/KyselyLoppu"))
        if begin is None or end is None or end < begin:
            raise Refusal(
                MessageCode.INVALID,
                "KyselyAlku ja KyselyLoppu puuttuvat tai eivät rajaa ajanjaksoa.",
            )
        return self._register.changed_between(begin, end)

    def _customer(self, person: Person) -> Customer:
        return self._register.find(person.id, person.type)

    def _add_items(self, message: Message, authority: Authority, message_id: str) -> Reply:
        items = questions.items(message)
        if not items or any(not item.people for item in items):
            raise Refusal(MessageCode.INVALID, "Kohde tai sen Asiakas puuttuu.")
        if questions.whole_number(message.text("Kysely/KohdeMaara")) != len(items):
            raise Refusal(MessageCode.INVALID, "KohdeMaara ei vastaa kohteiden määrää.")
        _check_answering(self._customer(person) for item in items for person in item.people)
        states = tuple(self._add(item, authority) for item in items)
        if authority.queued:
            text = "Kohteet on otettu vastaan jonoon."
            return Reply(MessageCode.QUEUED, text, message_id, item_count=len(items))
        return Reply(MessageCode.OK, CREATED, message_id, item_count=len(items), items=states)

    def _add(self, item: Item, authority: Authority) -> ItemState:
        breach = rules.item_breach(item, self.settings.max_attachment_bytes)
        if breach is None and item.own_id and self.items.has(authority.id, item.own_id):
            breach = _breach(TargetCode.DUPLICATE)
        states = []
        for person in item.people:
            found = breach or self._target_breach(item, person, authority)
            if found is not None:
                states.append(TargetState(person.id, person.type, found.code, found.text))
                continue
            stored = self._store(item, person, authority, queued=authority.queued)
            text = TARGET_TEXTS[stored.state]
            states.append(
                TargetState(person.id, person.type, stored.state, text, stored.account_id)
            )
        return ItemState(item.own_id, tuple(states))

    def _store(
        self, item: Item, person: Person, authority: Authority, *, queued: bool
    ) -> StoredItem:
        return self.items.store(authority.id, item.own_id, self._customer(person), queued=queued)

    def _target_breach(
        self, item: Item, person: Person, authority: Authority
    ) -> rules.Breach | None:
        if not self._refers_well(item, person, authority):
            return _breach(TargetCode.REFERENCE)
        customer = self._customer(person)
        if not customer.reachable:
            return _breach(TargetCode.REFUSED)
        return _breach(TargetCode.OTHER) if customer.conduct is Conduct.TROUBLE else None

    def _refers_well(self, item: Item, person: Person, authority: Authority) -> bool:
        return item.reference is None or self.items.can_refer(
            authority.id, item.reference_type, item.reference, person.id
        )

    def _send_message(self, message: Message, authority: Authority, message_id: str) -> Reply:
        items, printing = questions.items(message), questions.printing(message)
        if not items or any(not item.people for item in items):
            raise Refusal(MessageCode.INVALID, "Kohde tai sen Asiakas puuttuu.")
        seen: set[str] = set()
        for item in items:
            self._check_item(item, authority, seen)
            self._check_delivery(item, printing, authority)
        for item in items:
            for person in item.people:
                self._store(item, person, authority, queued=True)
        text = (
            "Asia on vastaanotettu käsittelyjonoon, mutta se ei vielä näy asiakkaalle. "
            f"Tila selviää erillisellä kutsulla. {self._own_id()}"
        )
        return Reply(MessageCode.QUEUED, text, message_id)

    def _check_item(self, item: Item, authority: Authority, seen: set[str]) -> None:
        breach = rules.item_breach(item, self.settings.max_attachment_bytes)
        if breach is not None:
            raise _content(breach.text)
        if item.own_id and (item.own_id in seen or self.items.has(authority.id, item.own_id)):
            suffix = self.settings.duplicate_suffix
            raise Refusal(MessageCode.CONTENT, DUPLICATE_SENTENCE + suffix)
        seen.add(item.own_id)
        for person in item.people:
            if not self._refers_well(item, person, authority):
                raise _content(TARGET_TEXTS[TargetCode.REFERENCE])

    def _check_delivery(self, item: Item, printing: Printing, authority: Authority) -> None:
        if not printing.provider.strip():
            raise _content("Tulostustoimittaja on tyhjä.")
        _check_answering(self._customer(person) for person in item.people)
        for person in item.people:
            customer = self._customer(person)
            if customer.conduct is Conduct.TROUBLE:
                raise Refusal(MessageCode.OTHER_550, "Muu virhe.")
            if printing.paper or not customer.reachable:
                _check_paper(item, person, customer, printing, authority)


def _tell_state(_message: Message, _authority: Authority, message_id: str) -> Reply:
    return Reply(MessageCode.OK, "OK", message_id)


def _check_answering(customers: Iterable[Customer]) -> None:
    if any(customer.conduct is Conduct.SILENT for customer in customers):
        raise Refusal(MessageCode.TARGET_SILENT, "Kohdepalvelu ei vastaa.")


def _check_paper(
    item: Item, person: Person, customer: Customer, printing: Printing, authority: Authority
) -> None:
    """Whether an item can go on paper: an address, one PDF, the right printing contract."""
    if not person.has_address:
        if not customer.reachable:
            raise Refusal(
                MessageCode.NO_ACCOUNT, "Asiakkaan tiliä ei löydy, eikä postiosoitetta ole annettu."
            )
        raise _content("Paperipostille ei ole annettu asiakkaan osoitetta.")
    if len(item.attachments) != 1 or not rules.is_pdf(item.attachments[0]):
        raise _content("Paperipostissa on oltava täsmälleen yksi PDF-liite.")
    if printing.really and printing.contract not in {None, authority.print_contract}:
        raise _content("Laskutus/Tunniste ei ole viranomaisen tulostussopimuksen asiakasnumero.")


def _content(text: str) -> Refusal:
    return Refusal(MessageCode.CONTENT, f"{CONTENT_PREFIX} {text}")


def _breach(code: TargetCode) -> rules.Breach:
    return rules.Breach(code, TARGET_TEXTS[code])
