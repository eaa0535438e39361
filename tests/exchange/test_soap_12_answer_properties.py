"""Whatever bytes come for a contract over SOAP 1.2, only the whole good message passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.exchange import render
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body, Request
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples_12 import HEADERS, PLACE, PLACED, TYPE, judged, request

FAULT = render.fault(FaultCode.CLIENT, "No.", [("a", "b")], soap="1.2")
STATUS = st.one_of(st.integers(100, 599), st.sampled_from([200, 202, 400, 500]))


@pytest.mark.parametrize(("good", "status"), [(PLACED, 200), (FAULT, 400)])
def test_no_cut_of_a_good_answer_passes(orders: Contract, good: bytes, status: int) -> None:
    cuts = range(len(good))
    passed = [n for n in cuts if judged(orders, good[:n], status).verdict is Verdict.PASSED]
    assert passed == []
    assert judged(orders, good, status).verdict is Verdict.PASSED


def test_no_cut_of_a_good_request_passes(orders: Contract) -> None:
    verdicts = {judge_request(orders, request(body=PLACE[:n])).verdict for n in range(len(PLACE))}
    assert verdicts == {Verdict.FAILED}
    assert judge_request(orders, request()).verdict is Verdict.PASSED


@given(body=st.binary(max_size=300), status=STATUS)
def test_any_bytes_get_a_verdict_and_never_pass(orders: Contract, body: bytes, status: int) -> None:
    found = judged(orders, body, status)
    assert found.verdict in {Verdict.FAILED, Verdict.INCONCLUSIVE}
    assert found.findings


@given(body=st.binary(max_size=300), media=st.text(max_size=40), action=st.text(max_size=10))
def test_any_request_gets_a_verdict_and_never_passes(
    orders: Contract, body: bytes, media: str, action: str
) -> None:
    for content_type in (media, f"{TYPE}; action={media}"):
        found = judge_request(orders, Request("", action, Body(body), content_type))
        assert found.verdict is Verdict.FAILED
        assert found.findings


@given(data=st.data())
def test_bytes_put_anywhere_never_raise(orders: Contract, data: st.DataObject) -> None:
    good = data.draw(st.sampled_from([PLACED, FAULT]))
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 20)))
    spoiled = good[:start] + data.draw(st.binary(max_size=20)) + good[end:]
    found = judged(orders, spoiled, data.draw(STATUS), HEADERS)
    notes = {finding.code for finding in found.findings} <= {"fault-status"}
    assert (found.verdict is Verdict.PASSED) == notes
