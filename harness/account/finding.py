"""HaeAsiakkaita: which customers have an account."""

from harness.account import questions, rules
from harness.account.case import Case
from harness.account.codes import MessageCode, Refusal
from harness.account.customers import Conduct, Customer
from harness.account.replies import CustomerState, Reply


def find_customers(case: Case) -> Reply:
    """The customers asked for, in that order, or those of a period.

    Raises:
        Refusal: 400, 450 or 453.
    """
    match case.message.text("Kysely/KyselyLaji"):
        case "Asiakkaat":
            found = _asked(case)
        case "Kaikki":
            found = _changed(case)
        case _:
            raise Refusal(
                MessageCode.INVALID, "KyselyLaji puuttuu tai ei ole Asiakkaat eikä Kaikki."
            )
    states = tuple(
        CustomerState(each.id, each.type, each.state, each.since, each.passive) for each in found
    )
    return Reply(MessageCode.OK, "OK", case.message_id, customers=states)


def _asked(case: Case) -> tuple[Customer, ...]:
    asked = questions.people(case.message, "Kysely/Asiakkaat/Asiakas")
    if not asked:
        raise Refusal(MessageCode.INVALID, "Kyselyssä ei ole yhtään asiakasta.")
    wrong = next(filter(None, map(rules.identity_breach, asked)), None)
    if wrong is not None:
        raise Refusal(MessageCode.INVALID, wrong)
    found = tuple(case.customer(person) for person in asked)
    if any(each.conduct is Conduct.TROUBLE for each in found):
        raise Refusal(MessageCode.OTHER, "Muu virhe.")
    case.check_answering(asked)
    return found


def _changed(case: Case) -> tuple[Customer, ...]:
    begin = questions.moment(case.message.text("Kysely/KyselyAlku"))
    end = questions.moment(case.message.text("Kysely/KyselyLoppu"))
    if begin is None or end is None or end < begin:
        raise Refusal(
            MessageCode.INVALID, "KyselyAlku ja KyselyLoppu puuttuvat tai eivät rajaa ajanjaksoa."
        )
    return case.register.changed_between(begin, end)
