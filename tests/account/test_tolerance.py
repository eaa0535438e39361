"""The tolerant switch lets one thing through: HaeAsiakkaita without both ends of its period."""

import pytest

from harness.account.settings import Settings
from harness.wsdl import Contract
from tests.account.asking import Desk, add, caller, customer, envelope, find, item

OP = "HaeAsiakkaita"
ASKED = f"<Asiakkaat>{customer('active')}{customer('none')}</Asiakkaat>"
LEFT_OUT = f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>{ASKED}</Kysely>"
ALKU = "<KyselyAlku>2025-01-01T00:00:00Z</KyselyAlku>"
LOPPU = ALKU.replace("Alku", "Loppu")


@pytest.fixture
def tolerant(contract: Contract) -> Desk:
    return Desk(contract, Settings().with_tolerance())


def test_strict_account_refuses_what_the_schema_forbids(desk: Desk) -> None:
    code, text = desk.fault(envelope(OP, caller() + LEFT_OUT), OP)
    assert code == "Client"
    assert "KyselyAlku" in text


def test_tolerant_account_answers_as_if_both_were_nil(desk: Desk, tolerant: Desk) -> None:
    found = tolerant.ask(OP, LEFT_OUT)
    whole = desk.ask(OP, find("active", "none"))
    assert found.answer.body.data == whole.answer.body.data


def test_in_every_version(version: Contract) -> None:
    assert Desk(version, Settings().with_tolerance()).ask(OP, LEFT_OUT).code == 0


def test_kind_is_still_wanted_by_the_account(tolerant: Desk) -> None:
    assert tolerant.ask(OP, f"<Kysely>{ASKED}</Kysely>").code == 400
    without_period = LEFT_OUT.replace("Asiakkaat</KyselyLaji>", "Kaikki</KyselyLaji>")
    assert tolerant.ask(OP, without_period).code == 400


@pytest.mark.parametrize(
    "kysely",
    [
        f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>{ALKU}{ASKED}</Kysely>",
        f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>{LOPPU}{ASKED}</Kysely>",
        f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>{LOPPU}{ALKU}{ASKED}</Kysely>",
        f"<Kysely>{ASKED}<KyselyLaji>Asiakkaat</KyselyLaji></Kysely>",
        f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>{ASKED}{ASKED}</Kysely>",
        f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>{ASKED}<Muu/></Kysely>",
        f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>{ASKED}{ALKU}{LOPPU}</Kysely>",
        LEFT_OUT.replace("<Kysely>", '<Kysely muu="1">'),
        "<Kysely><KyselyLaji>Asiakkaat</KyselyLaji><Asiakkaat><Muu/></Asiakkaat></Kysely>",
        LEFT_OUT + LEFT_OUT,
        "",
    ],
    ids=[
        "one-end",
        "other-end",
        "both-in-wrong-order",
        "kind-last",
        "customers-twice",
        "unknown-element",
        "period-last",
        "unknown-attribute",
        "wrong-customer",
        "two-queries",
        "no-query",
    ],
)
def test_anything_else_stays_refused(tolerant: Desk, kysely: str) -> None:
    code, text = tolerant.fault(envelope(OP, caller() + kysely), OP)
    assert code == "Client"
    assert text


@pytest.mark.parametrize(
    "data",
    [
        envelope(OP, LEFT_OUT),
        envelope(OP, caller() + LEFT_OUT, namespace="urn:muu"),
        envelope(OP, caller() + LEFT_OUT.replace("<Kysely>", '<Kysely xmlns="">')),
        envelope(OP, caller() + LEFT_OUT, header="<s:Header><Kysely/></s:Header>"),
        envelope(
            OP,
            caller() + LEFT_OUT,
            header='<s:Header><a:b xmlns:a="urn:a" s:mustUnderstand="1"/></s:Header>',
        ),
        envelope(OP, caller() + LEFT_OUT)[:-1],
        b"<!DOCTYPE a []>" + envelope(OP, caller() + LEFT_OUT).partition(b"?>")[2],
    ],
    ids=["no-caller", "namespace", "no-namespace", "header", "must-understand", "cut", "doctype"],
)
def test_the_rungs_before_the_schema_stay(tolerant: Desk, data: bytes) -> None:
    assert tolerant.fault(data, OP)[0] in {"Client", "MustUnderstand"}


def test_a_query_in_a_header_is_not_taken_for_the_one_in_the_body(tolerant: Desk) -> None:
    header = '<s:Header><Kysely xmlns="http://www.suomi.fi/asiointitili"/></s:Header>'
    data = envelope(OP, caller() + LEFT_OUT, header=header)
    message = tolerant.judged(tolerant.post(data, OP), OP)
    assert message.fault is None


def test_wrong_action_stays_refused(tolerant: Desk) -> None:
    data = envelope(OP, caller() + LEFT_OUT)
    assert tolerant.fault(data, OP, SOAPAction='"urn:muu"')[0] == "Client"


def test_other_operations_stay_strict(tolerant: Desk) -> None:
    without_count = add(item()).replace("<KohdeMaara>1</KohdeMaara>", "")
    data = envelope("LisaaKohteita", caller() + without_count)
    assert tolerant.fault(data, "LisaaKohteita")[0] == "Client"
