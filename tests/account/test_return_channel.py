"""Messages that are sent and answered in process: what counts as an acknowledgement."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from harness.account.account import Account
from harness.account.channel import ReturnChannel
from harness.account.citizens import Draft, File
from harness.account.delivering import Deliveries, Outcome, Resending, Standing, push_rule
from harness.exchange import render
from harness.exchange.messages import (
    SOAP_11_CONTENT_TYPE,
    Answer,
    Body,
    Exchange,
    Problem,
    ProblemCode,
    Request,
)
from harness.exchange.render import FaultCode, Node
from harness.wsdl import Contract
from tests.account.asking import NOW, Desk, add, fixed_clock, item, send

TYPED = (("Content-Type", SOAP_11_CONTENT_TYPE),)
Receive = Callable[[Request], Exchange]


ZEROS = "0" * 5000
"""An xs:int may begin with any number of them; int() of Python refuses that."""


def answered(channel: Contract, code: str | None = "0", target: str = "200") -> Receive:
    """A receiver that always gives this code."""

    def deliver(request: Request) -> Exchange:
        told: list[Node] = [("TilaKoodi", [("TilaKoodi", code)])] if code is not None else []
        if request.operation == "VieKohteita":
            told += [("KohdeMaara", "1"), ("Kohteet", [("Kohde", [("KohteenTila", target)])])]
        tree: list[Node] = [(f"{request.operation}Result", told)]
        data = render.answer(channel, request.operation, tree)
        return Exchange(request, Answer(200, TYPED, Body(data)))

    return deliver


def raw(status: int, data: bytes) -> Receive:
    return lambda request: Exchange(request, Answer(status, TYPED, Body(data)))


def lost(request: Request) -> Exchange:
    return Exchange(request, Problem(ProblemCode.READ_TIMEOUT))


def written() -> Account:
    account = Account(clock=fixed_clock)
    account.write(Draft("active", "Kysymys", "?"))
    return account


def test_states_become_due_by_account_time_and_are_delivered_once(
    contract: Contract, channel: Contract
) -> None:
    desk = Desk(contract)
    desk.ask(
        "LahetaViesti", send(item("reading", extra="<VaadiLukukuittaus>1</VaadiLukukuittaus>"))
    )
    pipe = ReturnChannel(desk.account, channel)
    assert pipe.flush(answered(channel)) == ()
    desk.account.advance(60)
    assert [len(each.due.push.states) for each in pipe.flush(answered(channel))] == [1]
    desk.account.advance(3600)
    told = pipe.flush(answered(channel))
    assert [int(each.due.push.states[0].code) for each in told] == [220]
    assert pipe.flush(answered(channel)) == ()


@pytest.mark.parametrize("code", ["0", "+0", " 0 ", "-0", "000"])
def test_code_0_acknowledges_however_it_is_written(channel: Contract, code: str) -> None:
    account = written()
    (sent,) = ReturnChannel(account, channel).flush(answered(channel, code))
    assert sent.delivery.standing is Standing.DELIVERED


def test_zero_acknowledges_however_it_is_written(channel: Contract) -> None:
    account = Account(clock=fixed_clock)
    pipe = ReturnChannel(account, channel)
    for code in ("+0", "-0", " 0 ", ZEROS):
        account.write(Draft("active", "Kysymys", "?"))
        sent = pipe.step(answered(channel, code))
        assert sent is not None
        assert sent.delivery.standing is Standing.DELIVERED


def test_answers_that_acknowledge_nothing(channel: Contract) -> None:
    fault = render.fault(FaultCode.SERVER, "Virhe")
    rows: list[tuple[Receive, Outcome, str]] = [
        (answered(channel, "550"), Outcome.REFUSED, "TilaKoodi 550"),
        (answered(channel, "202"), Outcome.REFUSED, "TilaKoodi 202"),
        (answered(channel, f"{ZEROS}550"), Outcome.REFUSED, "TilaKoodi 550"),
        (answered(channel, target=f"{ZEROS}525"), Outcome.REFUSED, "KohteenTila 525"),
        (answered(channel, None), Outcome.REFUSED, "no TilaKoodi"),
        (answered(channel, target="525"), Outcome.REFUSED, "KohteenTila 525"),
        (raw(500, fault), Outcome.FAULT, "fault"),
        (raw(200, fault), Outcome.LOST, "fault-with-200"),
        (raw(200, b""), Outcome.LOST, "empty-answer"),
        (raw(200, b"<ok/>"), Outcome.LOST, "envelope"),
        (raw(503, b""), Outcome.LOST, "unavailable"),
        (lost, Outcome.LOST, "read-timeout"),
    ]
    for deliver, outcome, code in rows:
        account = written()
        (sent,) = ReturnChannel(account, channel).flush(deliver)
        assert sent.said.outcome is outcome, code
        assert sent.delivery.last.startswith(code)
        assert sent.delivery.standing is Standing.PENDING


def test_resend_is_the_same_message_byte_by_byte_unless_signed(channel: Contract) -> None:
    account = written()
    pipe = ReturnChannel(account, channel, "http://127.0.0.1/paluu")
    (first,) = pipe.flush(lost)
    assert pipe.flush(answered(channel)) == ()
    account.advance(2)
    (second,) = pipe.flush(answered(channel))
    assert first.request == second.request
    assert second.delivery.attempts == 2


def test_each_attempt_is_signed_anew(channel: Contract) -> None:
    account, made = written(), iter([b"first", b"second"])
    pipe = ReturnChannel(account, channel, sealed=lambda _: next(made))
    (first,) = pipe.flush(lost)
    account.advance(2)
    (second,) = pipe.flush(lost)
    assert (first.request.body.data, second.request.body.data) == (b"first", b"second")


def test_reset_while_a_message_is_under_way_forgets_it(channel: Contract) -> None:
    account = written()

    def resets(request: Request) -> Exchange:
        account.reset()
        account.write(Draft("active", "Toinen", "!"))
        return answered(channel)(request)

    sent = ReturnChannel(account, channel).step(resets)
    assert sent is not None
    assert account.standing()[0][1].standing is Standing.PENDING


def test_snapshot_keeps_what_was_delivered(channel: Contract) -> None:
    account = Account(clock=fixed_clock)
    for title in ("a", "b"):
        account.write(Draft("active", title, "?"))
    pipe = ReturnChannel(account, channel)
    pipe.step(answered(channel))
    pipe.step(lost)
    again = Account(clock=fixed_clock)
    again.restore(account.snapshot())
    assert [each for _, each in again.standing()] == [each for _, each in account.standing()]
    again.advance(2)
    told = ReturnChannel(again, channel).flush(answered(channel))
    assert [each.due.push.number for each in told] == [2]


def test_snapshot_holds_what_a_customer_wrote_until_it_was_acknowledged(channel: Contract) -> None:
    resending = Resending(attempts=1)
    account = Account(clock=fixed_clock, deliveries=Deliveries(resending))
    pipe = ReturnChannel(account, channel)
    for deliver in (answered(channel), lost):
        account.write(Draft("active", "Otsikko", "?", files=(File("a.pdf", "QUJD"),)))
        pipe.step(deliver)
    account.write(Draft("active", "Otsikko", "?"))
    again = Account(clock=fixed_clock, deliveries=Deliveries(resending))
    again.restore(account.snapshot())
    assert again.standing()[1:] == account.standing()[1:]
    told = again.outbox()[0]
    assert told.message is not None
    assert told.message.account_id == "AK000000000001"
    assert (told.message.draft.title, told.message.draft.text) == ("", "")
    assert told.message.draft.files == (File("", ""),)
    again.resend()
    sent = ReturnChannel(again, channel).flush(answered(channel))
    assert [each.due.push.number for each in sent] == [2, 3]


def test_rules_of_a_tester(contract: Contract, channel: Contract) -> None:
    deliveries = Deliveries(Resending(first_seconds=0), [push_rule("out-of-order,once")])
    account = Account(clock=fixed_clock, deliveries=deliveries)
    desk = Desk(contract, account=account)
    desk.ask(
        "LahetaViesti", send(item("reading", extra="<VaadiLukukuittaus>1</VaadiLukukuittaus>"))
    )
    account.advance(timedelta(days=1).total_seconds())
    pipe = ReturnChannel(account, channel)
    told = [int(each.due.push.states[0].code) for each in pipe.flush(answered(channel))]
    assert told == [220, 200]


def test_pause_stops_and_clearing_goes_on(channel: Contract) -> None:
    account = written()
    account.order(push_rule("pause"))
    pipe = ReturnChannel(account, channel)
    assert pipe.flush(answered(channel)) == ()
    account.clear_orders()
    assert len(pipe.flush(answered(channel))) == 1


def test_added_item_of_a_slow_customer_is_pushed_when_it_is_visible(
    contract: Contract, channel: Contract
) -> None:
    desk = Desk(contract)
    desk.ask("LisaaKohteita", add(item("slow")))
    desk.account.advance(60)
    (sent,) = ReturnChannel(desk.account, channel).flush(answered(channel))
    assert sent.due.push.at == NOW + timedelta(seconds=60)
    assert int(sent.due.push.states[0].code) == 200
