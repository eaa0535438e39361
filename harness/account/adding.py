"""LisaaKohteita: items for electronic accounts, told at once or queued as was agreed."""

from dataclasses import replace

from harness.account import questions, rules
from harness.account.case import Case, breach
from harness.account.codes import CREATED, TARGET_TEXTS, MessageCode, TargetCode
from harness.account.course import course
from harness.account.customers import Conduct
from harness.account.demands import Rule
from harness.account.questions import Item, Person
from harness.account.replies import ItemState, Reply, TargetState


def add_items(case: Case) -> Reply:
    """A status for each item and customer, or an acknowledgement of all.

    Raises:
        Refusal: 400 or 453.
    """
    items = questions.items(case.message)
    whole = bool(items) and all(item.people for item in items)
    case.demand(Rule.ITEMS, whole, MessageCode.INVALID, "Kohde tai sen Asiakas puuttuu.")
    counted = questions.whole_number(case.message.text("Kysely/KohdeMaara")) == len(items)
    text = "KohdeMaara ei vastaa kohteiden määrää."
    case.demand(Rule.COUNT, counted, MessageCode.INVALID, text)
    case.check_answering(person for item in items for person in item.people)
    states = tuple(_add(case, item) for item in items)
    if case.queued:
        text = "Kohteet on otettu vastaan jonoon."
        return Reply(MessageCode.QUEUED, text, case.message_id, item_count=len(items))
    return Reply(MessageCode.OK, CREATED, case.message_id, item_count=len(items), items=states)


def _add(case: Case, item: Item) -> ItemState:
    broken = rules.item_breach(item, case.settings.max_attachment_bytes, case.settings.demands)
    if broken is None and case.repeats(item.own_id):
        broken = breach(TargetCode.DUPLICATE)
    targets = [
        _target(case, item, person, broken or _of_person(case, item, person))
        for person in item.people
    ]
    return ItemState(item.own_id, tuple(targets))


def _target(case: Case, item: Item, person: Person, broken: rules.Breach | None) -> TargetState:
    """Store what has no error, and queue everything where that was agreed."""
    queued = case.queued
    if broken is not None and not queued:
        return TargetState(person.id, person.type, broken.code, broken.text)
    arrival = case.arrival(item, person, queued=queued)
    if broken is not None:
        arrival = replace(arrival, error=broken.code)
    stored = case.store(item, person, course(arrival, case.settings))
    text = TARGET_TEXTS[stored.state]
    return TargetState(person.id, person.type, stored.state, text, stored.account_id)


def _of_person(case: Case, item: Item, person: Person) -> rules.Breach | None:
    if not case.refers_well(item, person):
        return breach(TargetCode.REFERENCE)
    customer = case.customer(person)
    if not customer.reachable and case.applies(Rule.REACHABLE):
        return breach(TargetCode.REFUSED)
    troubled = customer.conduct is Conduct.TROUBLE and case.applies(Rule.UNTROUBLED)
    return breach(TargetCode.OTHER) if troubled else None
