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
from harness.account.demands import Rule
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
    whole = bool(items) and all(item.people for item in items)
    case.demand(Rule.ITEMS, whole, MessageCode.INVALID, "Kohde tai sen Asiakas puuttuu.")
    limit, demands = case.settings.max_attachment_bytes, case.settings.demands
    broken = rules.files_breach(printing.files, limit, demands)
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
    broken = rules.item_breach(item, case.settings.max_attachment_bytes, case.settings.demands)
    if broken is not None:
        raise _content(broken.text)
    again = item.own_id in seen and case.applies(Rule.ONCE_IN_MESSAGE)
    if again or case.repeats(item.own_id):
        suffix = case.settings.duplicate_suffix
        raise Refusal(MessageCode.CONTENT, DUPLICATE_SENTENCE + suffix)
    seen.update({item.own_id} - {""})
    if not all(case.refers_well(item, person) for person in item.people):
        raise _content(TARGET_TEXTS[TargetCode.REFERENCE])


def _check_delivery(case: Case, item: Item, printing: Printing) -> None:
    _demand(case, Rule.PROVIDER, bool(printing.provider.strip()), "Tulostustoimittaja on tyhjä.")
    case.check_answering(item.people)
    for person in item.people:
        customer = case.customer(person)
        troubled = customer.conduct is Conduct.TROUBLE
        case.demand(Rule.UNTROUBLED, not troubled, MessageCode.OTHER_550, "Muu virhe.")
        if printing.paper or not customer.reachable:
            _check_paper(case, item, person, printing)


def _check_paper(case: Case, item: Item, person: Person, printing: Printing) -> None:
    """Whether an item can go on paper: an address, one PDF, the right printing contract."""
    if case.customer(person).reachable:
        text = "Paperipostille ei ole annettu asiakkaan osoitetta."
        _demand(case, Rule.ADDRESS, person.has_address, text)
    else:
        text = "Asiakkaan tiliä ei löydy, eikä postiosoitetta ole annettu."
        kept = person.has_address
        case.demand(Rule.ACCOUNT_OR_ADDRESS, kept, MessageCode.NO_ACCOUNT, text)
    files = (*item.attachments, *printing.files)
    text = "Paperipostissa on oltava täsmälleen yksi PDF-liite."
    _demand(case, Rule.ONE_PDF, len(files) == 1 and rules.is_pdf(files[0]), text)
    if not printing.really:
        return
    text = "Laskutus/Tunniste ei ole viranomaisen tulostussopimuksen asiakasnumero."
    known = printing.contract in {None, case.authority.print_contract}
    _demand(case, Rule.PRINT_CONTRACT, known, text)
    text = "Laskutus/Salasana ei ole viranomaisen tulostussopimuksen salasana."
    known = printing.password in {None, case.authority.print_password}
    _demand(case, Rule.PRINT_PASSWORD, known, text)


def _demand(case: Case, rule: Rule, kept: bool, text: str) -> None:  # noqa: FBT001 - as Case.demand
    if not kept and case.applies(rule):
        raise _content(text)


def _content(text: str) -> Refusal:
    return Refusal(MessageCode.CONTENT, f"{CONTENT_PREFIX} {text}")
