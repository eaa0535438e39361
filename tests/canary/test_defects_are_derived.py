"""Every rule, limit, code, element and finding brings a defect, or a reason why none."""

from dataclasses import replace

import pytest

from harness import config
from harness.account.demands import LONGEST, Rule
from harness.account.inputs import INPUTS, CodeLevel
from harness.account.settings import Settings
from harness.account.twist import AS_IT_SHOULD
from harness.canary import of_requests
from harness.canary.defect import Defect, Heard, Kind
from harness.canary.deriving import defects
from harness.endpoints.faults import FAULTS, FaultKind, fault
from harness.endpoints.protocol import OwnSignature
from harness.exchange.findings import FindingCode
from harness.suite.covering import known_codes
from harness.wsdl import Contract, SchemaCode, find
from harness.wsdl.coverage import enumeration

NAME = "asiointitili/viranomaispalvelut"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return find(NAME, [config.book("contracts")])


@pytest.fixture(scope="module")
def known(contract: Contract) -> dict[str, Defect]:
    return {each.name: each for each in defects(contract)}


def test_names_are_their_own(contract: Contract, known: dict[str, Defect]) -> None:
    assert len(known) == len(defects(contract))
    assert all(name.startswith(f"{each.kind}/") for name, each in known.items())
    assert len([each for each in known.values() if not each.unseen]) >= 60


def test_every_rule_has_one(known: dict[str, Defect]) -> None:
    assert {f"rule/{rule}" for rule in Rule} <= set(known)


def test_every_rule_is_forgotten_by_its_own_defect(known: dict[str, Defect]) -> None:
    for rule in Rule:
        demands = known[f"rule/{rule}"].settings(Settings()).demands
        assert not demands.apply(rule)
        assert all(demands.apply(other) for other in Rule if other is not rule)


def test_every_limit_has_one_on_either_side(known: dict[str, Defect]) -> None:
    for name, most in LONGEST.items():
        for by in (1, -1):
            moved = known[f"limit/{name}{by:+d}"].settings(Settings()).demands.longest
            assert moved == {**LONGEST, name: most + by}
    numbers = {each for each in Settings.__dataclass_fields__ if each.startswith("max_")}
    assert {f"limit/{name}+1" for name in numbers} <= set(known)


def test_every_code_has_one(contract: Contract, known: dict[str, Defect]) -> None:
    for code in known_codes(contract):
        head = f"code/{code.replace(' ', '/')}="
        assert any(name.startswith(head) for name in known), code
        assert f"{head}{code.split(' ')[2]}" not in known, "told in place of itself"


def test_every_later_state_has_one(known: dict[str, Defect]) -> None:
    later = {each.code for each in INPUTS if each.level is CodeLevel.LATER}
    assert {f"told/{code}" for code in later} <= set(known)


def test_every_obligatory_element_of_every_answer_has_one(
    contract: Contract, known: dict[str, Defect]
) -> None:
    for id_ in enumeration(contract).obligatory:
        operation, _, rest = id_.partition("/")
        where, _, place = rest.partition(":")
        path = place.partition("#")[0]
        if where == "response" and path != ".":
            assert f"answer/{operation}/{path}!missing" in known


def test_every_fault_of_the_catalogue_that_spoils_an_answer_has_one(
    known: dict[str, Defect],
) -> None:
    spoiling = {name for name, each in FAULTS.items() if each.kind is FaultKind.ANSWER}
    signed = {name for name in spoiling if fault(name).signed}
    assert {f"wire/{name}" for name in spoiling - signed} <= set(known)
    assert {f"signature/{name}" for name in signed} <= set(known)
    for name in ("empty-body", "answer-of-another-operation", "status-500", "cut-body"):
        assert f"wire/{name}" in known


_ANSWERS_ONLY = {
    "http-status", "not-authorised", "unavailable", "empty-answer", "status-body-mismatch", "fault",
    "fault-structure", "fault-with-200", "fault-status", "correlation", "slow", "flaky", "retried",
    "wildcard-content", "encoding-style",
}  # fmt: skip
"""Findings that no request can be refused for: those of answers, and notes."""


def test_every_finding_of_a_request_has_one_or_a_reason() -> None:
    signatures = list(FindingCode)[list(FindingCode).index(FindingCode.NOT_SIGNED) :]
    told = {*of_requests.REFUSED, *of_requests.NOT_HERE, FindingCode.SCHEMA}
    left = {code for code in FindingCode if code not in {*told, *signatures}}
    assert {str(code) for code in left} <= _ANSWERS_ONLY | _LATER
    assert not set(of_requests.REFUSED) & set(of_requests.NOT_HERE)


_LATER: set[str] = {
    str(code)
    for code in FindingCode
    if code.startswith(("received", "not-received", "duplicate-call", "reused-id", "unasked"))
}
"""Findings of calls that come to us."""


def test_every_wrong_signature_of_a_call_has_one(
    contract: Contract, known: dict[str, Defect]
) -> None:
    assert len(of_requests.SIGNATURES) == len(OwnSignature)
    assert {f"request/{code}" for code in of_requests.SIGNATURES} <= set(known)
    other = find("asiointitili/paluukanava", [config.book("contracts")])
    names = {each.name for each in defects(other)}
    assert not names & {f"request/{code}" for code in of_requests.SIGNATURES}


def test_every_kind_of_schema_breach_is_planted_or_cannot_be() -> None:
    unknown = {SchemaCode.UNKNOWN_MESSAGE, SchemaCode.OTHER, SchemaCode.INTERNAL}
    hostile = {SchemaCode.FACET, SchemaCode.XSI_TYPE}
    assert {*of_requests.BREACHES, *unknown, *hostile} == set(SchemaCode)


def test_of_a_service_nobody_knows_only_what_its_contract_tells() -> None:
    other = find("asiointitili/paluukanava", [config.book("contracts")])
    kinds = {each.kind for each in defects(other)}
    assert kinds == {Kind.REQUEST, Kind.FAULT, Kind.ANSWER, Kind.SIGNATURE, Kind.WIRE}
    answers = [each.name for each in defects(other) if each.kind is Kind.ANSWER]
    assert all(name.endswith("!missing") for name in answers)


def test_settings_of_an_ordinary_account_forget_nothing() -> None:
    demands = Settings().demands
    assert all(demands.apply(rule) for rule in Rule)
    assert demands.longest == LONGEST
    assert Settings().twist is AS_IT_SHOULD
    assert replace(demands) == demands
    assert Heard().findings == ()
