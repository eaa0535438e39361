"""Whatever bytes come, the judge gives a verdict; passed only for the whole good answer."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from harness import wsdl
from harness.exchange import render
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body, Request
from harness.vocabulary import Verdict
from harness.wsdl import Contract, SchemaCode, SchemaFinding, strategies
from harness.wsdl.components import Direction
from harness.wsdl.mutating import MutationName, mutants
from tests.attacks.judging import outcomes
from tests.exchange.conftest import ACCOUNT_CONTRACT
from tests.exchange.samples import (
    CUSTOMER,
    HEADERS,
    HEALTH_REQUEST,
    RESULT,
    customers_answer,
    envelope,
    judged,
    request,
)

TYPES = st.sampled_from(
    ["text/xml", "text/html", "application/json", "text/xml; charset=utf-16", ""]
)
STATUS = st.one_of(st.integers(100, 599), st.sampled_from([200, 202, 500]))
REQUIRED = ["HaeAsiakkaitaResult", "Tila", "TilaPvm", "TiliPassivoitu"]


@given(body=st.binary(max_size=300), status=STATUS, media=TYPES)
@example(body=b"", status=200, media="text/xml")
@example(body=b"\xff\xfe", status=200, media="text/xml")
@example(body=b"<", status=500, media="")
def test_any_bytes_get_a_verdict_and_never_pass(
    contract: Contract, body: bytes, status: int, media: str
) -> None:
    found = judged(contract, body, status, (("Content-Type", media),))
    assert found.verdict in {Verdict.FAILED, Verdict.INCONCLUSIVE}
    assert found.findings


@given(body=st.binary(max_size=300), action=st.text(max_size=40), media=st.text(max_size=40))
def test_any_request_gets_a_verdict_and_never_passes(
    contract: Contract, body: bytes, action: str, media: str
) -> None:
    found = judge_request(contract, Request("", action, Body(body), media))
    assert found.verdict is Verdict.FAILED
    assert found.findings


def test_no_cut_of_a_good_answer_passes(contract: Contract) -> None:
    good = customers_answer(contract)
    passed = [n for n in range(len(good)) if judged(contract, good[:n]).verdict is Verdict.PASSED]
    assert passed == []
    assert judged(contract, good).verdict is Verdict.PASSED


def test_no_cut_of_a_good_request_passes(contract: Contract) -> None:
    def verdict(length: int) -> Verdict:
        sent = request("HaeTilaTieto", HEALTH_REQUEST[:length])
        return judge_request(contract, sent).verdict

    assert {verdict(n) for n in range(len(HEALTH_REQUEST))} == {Verdict.FAILED}
    assert verdict(len(HEALTH_REQUEST)) is Verdict.PASSED


def test_no_answer_passes_without_its_beginning(contract: Contract) -> None:
    good = customers_answer(contract)
    declaration = good.index(b"<soap:Envelope")
    starts = [
        n for n in range(1, len(good)) if judged(contract, good[n:]).verdict is Verdict.PASSED
    ]
    # Without the XML declaration, and the line end after it, the message is still whole.
    assert starts == [declaration - 1, declaration]


@given(data=st.data())
def test_bytes_put_anywhere_never_raise(contract: Contract, data: st.DataObject) -> None:
    good = customers_answer(contract)
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 20)))
    spoiled = good[:start] + data.draw(st.binary(max_size=20)) + good[end:]
    found = judged(contract, spoiled, data.draw(STATUS), HEADERS)
    assert (found.verdict is Verdict.PASSED) == (not found.findings)


@pytest.mark.crash
def test_cuts_of_a_large_answer_cost_little(tmp_path: Path) -> None:
    """In a process of 512 MiB and ten seconds of CPU for each; only the whole answer passes."""
    contract = wsdl.load(ACCOUNT_CONTRACT)
    many = [CUSTOMER] * 9000
    tree = [("HaeAsiakkaitaResult", [RESULT[0], ("Asiakkaat", many)])]
    good = render.answer(contract, "HaeAsiakkaita", tree)
    assert len(good) > 1_000_000
    step = len(good) // 20
    rows = [(str(end), good[:end]) for end in (*range(0, len(good), step), len(good) - 1)]
    found = outcomes(ACCOUNT_CONTRACT, tmp_path, [*rows, ("whole", good)])
    assert found.pop("whole").answer == "passed"
    assert {each.answer for each in found.values()} == {
        "failed empty-answer",
        "failed not-well-formed",
    }


@given(data=st.data())
def test_every_valid_answer_passes(contract: Contract, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sorted(contract.operations)))
    element = data.draw(strategies.valid(contract, operation, Direction.RESPONSE))
    body = envelope(etree.tostring(element, encoding="unicode"))
    found = judged(contract, body, operation=operation)
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())


@given(data=st.data())
def test_no_spoilt_answer_passes(contract: Contract, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sorted(contract.operations)))
    mutation, element = data.draw(strategies.invalid(contract, operation, Direction.RESPONSE))
    body = envelope(etree.tostring(element, encoding="unicode"))
    found = judged(contract, body, operation=operation)
    assert found.verdict is Verdict.FAILED, mutation.id


def test_deleting_any_required_element_fails(contract: Contract) -> None:
    deleted = set()
    for operation in contract.operations:
        for mutation, element in mutants(contract, operation, Direction.RESPONSE):
            if mutation.name is MutationName.MISSING_REQUIRED:
                body = envelope(etree.tostring(element, encoding="unicode"))
                found = judged(contract, body, operation=operation)
                assert (found.verdict, found.findings[0].code) == (Verdict.FAILED, "schema")
                deleted.add(mutation.path.rpartition("/")[2])
    assert deleted >= set(REQUIRED)


@given(
    blanks=st.text(" \t\r\n", max_size=5),
    comment=st.text("abc <>&", max_size=5),
    state=st.integers(-(2**31), 2**31 - 1),
)
def test_valid_changes_of_a_good_answer_pass(
    contract: Contract, blanks: str, comment: str, state: int
) -> None:
    text = customers_answer(contract).decode()
    text = text.replace("><", f">{blanks}<!--{comment}--><")
    text = text.replace("<Tila>300", f"<Tila>{blanks}{state}<!-- -->")
    assert judged(contract, text.encode()).verdict is Verdict.PASSED


def test_a_validator_that_gives_up_is_no_verdict(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    gave_up = (SchemaFinding("HaeAsiakkaitaResult", SchemaCode.INTERNAL),)
    monkeypatch.setattr(Contract, "validate", lambda *_: gave_up)
    found = judged(contract, customers_answer(contract))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert [finding.code for finding in found.findings] == ["schema-engine"]
    sent = request("HaeTilaTieto", HEALTH_REQUEST)
    assert judge_request(contract, sent).verdict is Verdict.FAILED


def test_a_schema_finding_names_place_kind_and_rule(contract: Contract) -> None:
    text = customers_answer(contract).decode().replace("<Tila>300", "<Tila>kolme")
    (finding,) = judged(contract, text.encode()).findings
    assert finding.path == "HaeAsiakkaitaResult/Asiakkaat/Asiakas/Tila"
    assert finding.expected.startswith("type: ")
    assert "kolme" not in repr(finding)
