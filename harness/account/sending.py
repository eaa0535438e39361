"""LahetaViesti: to the account of who has one, else or also on paper. All or nothing is taken."""

from harness.account import questions, rules
from harness.account.case import Case
from harness.account.codes import (
    CONTENT_PREFIX,
    DUPLICATE_SENTENCE,
    TARGET_TEXTS,
    MessageCode,
    Refusal,
    TargetCode,
)
from harness.account.course import course, paper_only
from harness.account.customers import Conduct
from harness.account.items import PrintJob
from harness.account.questions import Item, Person, Printing
from harness.account.replies import Reply
from harness.redact import without_codes

MAX_PROVIDER = 40
"""What is kept of the name of a printing house."""


def send_message(case: Case) -> Reply:
    """An acknowledgement; what becomes of each item is told later.

    Raises:
        Refusal: 400, 453, 461, 525 or 550.
    """
    items, printing = questions.items(case.message), questions.printing(case.message)
    if not items or any(not item.people for item in items):
        raise Refusal(MessageCode.INVALID, "Kohde tai sen Asiakas puuttuu.")
    broken = rules.files_breach(printing.files, case.settings.max_attachment_bytes)
    if broken is not None:
        raise _content(broken.text)
    seen: set[str] = set()
    for item in items:
        _check_item(case, item, seen)
        _check_delivery(case, item, printing)
    for item in items:
        for person in item.people:
            _take(case, item, person, printing)
    text = (
        "Asia on vastaanotettu käsittelyjonoon, mutta se ei vielä näy asiakkaalle. "
        f"Tila selviää erillisellä kutsulla. {case.trace_id}"
    )
    return Reply(MessageCode.QUEUED, text, case.message_id)


def _take(case: Case, item: Item, person: Person, printing: Printing) -> None:
    reachable = case.customer(person).reachable
    job = None if reachable and not printing.paper else _job(item, printing)
    arrival = case.arrival(item, person, queued=True)
    states = course(arrival, case.settings) if reachable else paper_only(arrival)
    case.store(item, person, states, job)


def _job(item: Item, printing: Printing) -> PrintJob:
    return PrintJob(
        provider=without_codes(printing.provider[:MAX_PROVIDER]),
        printed=printing.really,
        contract=printing.contract or "",
        cost_pool=without_codes(printing.cost_pool),
        colour=printing.colour,
        address_page=item.address_page,
        may_rotate=item.may_rotate,
    )


def _check_item(case: Case, item: Item, seen: set[str]) -> None:
    broken = rules.item_breach(item, case.settings.max_attachment_bytes)
    if broken is not None:
        raise _content(broken.text)
    if item.own_id in seen or case.repeats(item.own_id):
        suffix = case.settings.duplicate_suffix
        raise Refusal(MessageCode.CONTENT, DUPLICATE_SENTENCE + suffix)
    seen.update({item.own_id} - {""})
    if not all(case.refers_well(item, person) for person in item.people):
        raise _content(TARGET_TEXTS[TargetCode.REFERENCE])


def _check_delivery(case: Case, item: Item, printing: Printing) -> None:
    if not printing.provider.strip():
        raise _content("Tulostustoimittaja on tyhjä.")
    case.check_answering(item.people)
    for person in item.people:
        customer = case.customer(person)
        if customer.conduct is Conduct.TROUBLE:
            raise Refusal(MessageCode.OTHER_550, "Muu virhe.")
        if printing.paper or not customer.reachable:
            _check_paper(case, item, person, printing)


def _check_paper(case: Case, item: Item, person: Person, printing: Printing) -> None:
    """Whether an item can go on paper: an address, one PDF, the right printing contract."""
    if not person.has_address:
        if not case.customer(person).reachable:
            raise Refusal(
                MessageCode.NO_ACCOUNT, "Asiakkaan tiliä ei löydy, eikä postiosoitetta ole annettu."
            )
        raise _content("Paperipostille ei ole annettu asiakkaan osoitetta.")
    files = (*item.attachments, *printing.files)
    if len(files) != 1 or not rules.is_pdf(files[0]):
        raise _content("Paperipostissa on oltava täsmälleen yksi PDF-liite.")
    if not printing.really:
        return
    if printing.contract not in {None, case.authority.print_contract}:
        raise _content("Laskutus/Tunniste ei ole viranomaisen tulostussopimuksen asiakasnumero.")
    if printing.password not in {None, case.authority.print_password}:
        raise _content("Laskutus/Salasana ei ole viranomaisen tulostussopimuksen salasana.")


def _content(text: str) -> Refusal:
    return Refusal(MessageCode.CONTENT, f"{CONTENT_PREFIX} {text}")
