"""HaeAsiakkaita: which customers have an account."""

from harness.account import questions, rules
from harness.account.case import Case
from harness.account.codes import MessageCode, Refusal
from harness.account.customers import Conduct, Customer
from harness.account.demands import Rule
from harness.account.replies import CustomerState, Reply


def find_customers(case: Case) -> Reply:
    """The customers asked for, in that order, or those of a period.

    Raises:
        Refusal: 400, 450 or 453.
    """
    kind = case.message.text("Kysely/KyselyLaji")
    text = "KyselyLaji puuttuu tai ei ole Asiakkaat eikä Kaikki."
    known = kind in {"Asiakkaat", "Kaikki"}
    case.demand(Rule.QUERY_KIND, known, MessageCode.INVALID, text)
    found = _changed(case) if kind == "Kaikki" else _asked(case)
    return Reply(MessageCode.OK, "OK", case.message_id, customers=tuple(map(state_of, found)))


def state_of(customer: Customer) -> CustomerState:
    """What is told of a customer."""
    return CustomerState(
        customer.id, customer.type, customer.state, customer.since, customer.passive
    )


def _asked(case: Case) -> tuple[Customer, ...]:
    asked = questions.people(case.message, "Kysely/Asiakkaat/Asiakas")
    text = "Kyselyssä ei ole yhtään asiakasta."
    case.demand(Rule.QUERY_CUSTOMERS, bool(asked), MessageCode.INVALID, text)
    breaches = (rules.identity_breach(person, case.settings.demands) for person in asked)
    wrong = next(filter(None, breaches), None)
    if wrong is not None:
        raise Refusal(MessageCode.INVALID, wrong)
    found = tuple(case.customer(person) for person in asked)
    troubled = any(each.conduct is Conduct.TROUBLE for each in found)
    case.demand(Rule.UNTROUBLED, not troubled, MessageCode.OTHER, "Muu virhe.")
    case.check_answering(asked)
    return found


def _changed(case: Case) -> tuple[Customer, ...]:
    begin = questions.moment(case.message.text("Kysely/KyselyAlku"))
    end = questions.moment(case.message.text("Kysely/KyselyLoppu"))
    kept = begin is not None and end is not None and begin <= end
    text = "KyselyAlku ja KyselyLoppu puuttuvat tai eivät rajaa ajanjaksoa."
    case.demand(Rule.PERIOD, kept, MessageCode.INVALID, text)
    return case.register.changed_between(begin or case.at, end or case.at)
