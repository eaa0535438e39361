"""What a good receiver does with the calls that come, one by one."""

import threading
from dataclasses import replace

import pytest

from harness.account.codes import TargetCode
from harness.config import book
from harness.endpoints.faults import FaultName
from harness.endpoints.incoming import Incoming, OwnReply, Sequel
from harness.endpoints.listener import Listener, Store
from harness.endpoints.server.parsing import Received
from harness.exchange.findings import FindingCode
from harness.exchange.judge import judge_answer
from harness.exchange.message import Message
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict
from harness.wsdl import find
from harness.wsdl.generating import sample
from tests.account.asking import envelope
from tests.endpoints.listener.pushes import (
    CONTRACT,
    CUSTOMER,
    ITEMS,
    call,
    changed,
    told,
)

ACTION = "http://www.suomi.fi/asiointitili/ViranomaisPaluukanava/"


def anything(call: Incoming) -> bool:
    return call.accepted


def judged(asked: Request, answer: Answer) -> Message:
    judgement = judge_answer(CONTRACT, asked, Exchange(asked, answer))
    assert (judgement.verdict, judgement.findings) == (Verdict.PASSED, ())
    assert judgement.message is not None
    return judgement.message


@pytest.fixture
def listener() -> Listener:
    return Listener(CONTRACT)


def test_a_status_is_accepted_and_its_id_echoed(listener: Listener) -> None:
    asked = told()
    message = judged(asked, call(listener, asked).answer)
    path = "VieKohdeTilojaResult/TilaKoodi"
    assert message.texts(f"{path}/TilaKoodi") == ["0"]
    sent = listener.receive(anything)
    assert sent is not None
    assert sent.message is not None
    ids = sent.message.texts("Viranomainen/SanomaTunniste")
    assert message.texts(f"{path}/SanomaTunniste") == ids


def test_a_citizens_message_is_accepted_item_by_item(listener: Listener) -> None:
    asked = Request("VieKohteita", ACTION + "VieKohteita", Body(envelope("VieKohteita", ITEMS)))
    message = judged(asked, call(listener, asked).answer)
    result = "VieKohteitaResult"
    assert message.texts(f"{result}/KohdeMaara") == ["1"]
    assert message.texts(f"{result}/Kohteet/Kohde/AsiointitiliTunniste") == ["AT7"]
    assert message.texts(f"{result}/Kohteet/Kohde/KohteenTila") == ["200"]


def test_each_call_is_given_once(listener: Listener) -> None:
    call(listener, told(1))
    call(listener, told(2, TargetCode.READ, minutes=1))
    first, second = listener.receive(anything), listener.receive(anything)
    assert first != second
    assert listener.receive(anything) is None
    assert listener.left() == ()


def test_a_message_that_comes_twice_gets_the_same_reply_and_counts_once(listener: Listener) -> None:
    first, second = call(listener, told()), call(listener, told())
    assert first.answer == second.answer
    assert [each.sequel for each in listener.left()] == [Sequel.NEW, Sequel.DUPLICATE]


def test_the_same_message_written_in_another_way_is_the_same(listener: Listener) -> None:
    call(listener, told())
    spaced = changed(told(), b"<Viranomainen>", b"<Viranomainen ><!-- again -->")
    call(listener, spaced)
    assert [each.sequel for each in listener.left()] == [Sequel.NEW, Sequel.DUPLICATE]


def test_another_message_under_a_known_id_is_refused(listener: Listener) -> None:
    call(listener, told(1))
    reply = call(listener, told(1, TargetCode.READ))
    assert reply.answer.status == 500
    assert b"SanomaTunniste" in reply.answer.body.data
    assert [each.sequel for each in listener.left()] == [Sequel.NEW, Sequel.REUSED]


def test_messages_without_an_id_are_all_new(listener: Listener) -> None:
    message_id = told().body.data.partition(b"<SanomaTunniste>")[2].partition(b"<")[0]
    nameless = changed(told(), b"<SanomaTunniste>%s</SanomaTunniste>" % message_id, b"")
    call(listener, nameless)
    call(listener, nameless)
    assert [each.sequel for each in listener.left()] == [Sequel.NEW, Sequel.NEW]


def test_a_state_that_is_older_than_one_told_before_is_late(listener: Listener) -> None:
    call(listener, told(1, TargetCode.CONFIRMED, minutes=9))
    call(listener, told(2, TargetCode.READ, minutes=5))
    call(listener, told(3, TargetCode.STORED, minutes=1, own_id="r1-b"))
    assert [each.late for each in listener.left()] == [False, True, False]
    assert all(each.accepted for each in listener.left())


def test_states_in_order_and_a_repetition_are_not_late(listener: Listener) -> None:
    for number, minutes in ((1, 1), (2, 5), (3, 5), (1, 1)):
        call(listener, told(number, minutes=minutes))
    assert not any(each.late for each in listener.left())


@pytest.mark.parametrize("moment", ["2026-11-02T08:00:00", "2026-11-02T24:00:00Z"])
def test_a_time_without_a_zone_or_that_python_has_not_is_no_mistake(
    listener: Listener, moment: str
) -> None:
    call(listener, told(1, minutes=1))
    call(listener, changed(told(2), b"2026-11-02T08:00:00Z", moment.encode()))
    assert [each.accepted for each in listener.left()] == [True, True]


def test_what_breaks_the_contract_is_a_fault_that_names_the_rule(listener: Listener) -> None:
    reply = call(listener, changed(told(), b"KohteenTila>", b"Tila>"))
    assert reply.answer.status == 500
    assert b"schema" in reply.answer.body.data
    broken = listener.receive(lambda _: False)
    assert broken is not None
    assert (broken.verdict, broken.message) == (Verdict.FAILED, None)
    assert broken.findings[0].code == FindingCode.SCHEMA


def test_no_text_of_a_message_is_shown(listener: Listener) -> None:
    call(listener, told())
    call(listener, changed(told(), b"KohteenTila>", b"Tila>"))
    assert CUSTOMER not in repr(listener.left())


def test_the_description_is_served_with_the_address_of_the_listener() -> None:
    listener = Listener(CONTRACT, address="https://paluu.example/vie")
    got = Received("GET", f"{listener.path}?wsdl", (("Host", "localhost"),), b"", keep_alive=True)
    answer = listener.site().reply(got).answer
    assert answer.status == 200
    assert b'location="https://paluu.example/vie"' in answer.body.data
    assert listener.left() == ()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/elsewhere", {}, 404),
        ("", {"Host": "gateway.example"}, 421),
        ("", {"Content-Encoding": "gzip"}, 415),
    ],
    ids=["path", "host", "encoding"],
)
def test_whoever_is_turned_away_is_counted(
    listener: Listener, path: str, headers: dict[str, str], status: int
) -> None:
    head = tuple({"Host": "localhost", **headers}.items())
    site = listener.site()
    asked = Received("POST", path or listener.path, head, b"<a/>", keep_alive=True)
    assert site.reply(asked).answer.status == status
    assert (listener.strangers, listener.left()) == (1, ())
    site.reply(replace(asked, target=listener.path, headers=(("Host", "localhost"),)))
    assert (listener.strangers, len(listener.left())) == (1, 1)


def test_whoever_comes_when_all_is_full_is_counted() -> None:
    listener = Listener(CONTRACT, store=Store(max_calls=1))
    for number in (1, 2):
        call(listener, told(number))
    assert (listener.strangers, len(listener.left())) == (1, 1)


# Replies that somebody wants to be others


def test_a_fault_is_given_once_and_then_the_message_is_new(listener: Listener) -> None:
    asked = told()
    replies = []

    def fetch() -> bool:
        replies.append(call(listener, asked))
        return True

    wish = OwnReply(fault=FaultCode.SERVER)
    refused = listener.receive(anything, wish, fetch=fetch)
    again = listener.receive(anything, fetch=fetch)
    assert refused is not None
    assert again is not None
    assert [each.answer.status for each in replies] == [500, 200]
    assert (refused.scripted, refused.own) == (True, ())
    assert (again.scripted, again.sequel) == (False, Sequel.NEW)


def test_a_lost_reply_is_stored_first(listener: Listener) -> None:
    replies = []

    def fetch() -> bool:
        replies.append(call(listener, told()))
        return True

    lost = listener.receive(anything, OwnReply(lose=True), fetch=fetch)
    again = listener.receive(lambda each: each.sequel is Sequel.DUPLICATE, fetch=fetch)
    assert lost is not None
    assert again is not None
    assert lost.lost
    assert not again.lost
    assert [each.fault.name if each.fault else None for each in replies] == [
        FaultName.EMPTY_RESPONSE,
        None,
    ]
    judged(told(), replies[1].answer)


def test_only_the_call_that_is_wanted_gets_the_reply_of_the_step(listener: Listener) -> None:
    todo = [told(1), told(2, own_id="r1-b")]
    replies = []

    def fetch() -> bool:
        replies.append(call(listener, todo.pop(0)))
        return True

    def wanted(each: Incoming) -> bool:
        message = each.message
        return message is not None and "r1-b" in message.texts(
            "Kysely/Kohteet/Kohde/ViranomaisTunniste"
        )

    listener.receive(wanted, OwnReply(lose=True), fetch=fetch)
    assert [each.fault is not None for each in replies] == [False, True]


def test_a_repetition_gets_the_very_reply_that_was_given(listener: Listener) -> None:
    own = CONTRACT.build_answer(
        "VieKohdeTiloja", {"VieKohdeTilojaResult": {"TilaKoodi": {"TilaKoodi": 550}}}
    )
    replies: list[bytes] = []

    def fetch() -> bool:
        replies.append(call(listener, told()).answer.body.data)
        return True

    listener.receive(anything, OwnReply(own), fetch=fetch)
    fetch()
    assert replies == [own, own]
    (again,) = listener.left()
    assert (again.sequel, again.owed) == (Sequel.DUPLICATE, True)


def test_an_own_reply_that_breaks_the_contract_is_told(listener: Listener) -> None:
    envelope_ = CONTRACT.build_answer(
        "VieKohdeTiloja", {"VieKohdeTilojaResult": {"TilaKoodi": {"TilaKoodi": "nolla"}}}
    )

    def fetch() -> bool:
        call(listener, told())
        return True

    got = listener.receive(anything, OwnReply(envelope_), fetch=fetch)
    assert got is not None
    assert got.own[0].code == FindingCode.SCHEMA
    assert got.accepted


def test_who_waits_is_woken_by_the_call(listener: Listener) -> None:
    waiting, found = threading.Event(), list[Incoming | None]()

    def wanted(each: Incoming) -> bool:
        waiting.set()
        return each.operation == "VieKohdeTiloja" and each.sequel is Sequel.DUPLICATE

    call(listener, told())  # something to look at, so that the waiting shows
    thread = threading.Thread(
        target=lambda: found.append(listener.receive(wanted, within=600)), daemon=True
    )
    thread.start()
    assert waiting.wait(10)
    call(listener, told())
    thread.join(10)
    assert [each is not None for each in found] == [True]


def test_the_reply_of_a_step_ends_with_the_step(listener: Listener) -> None:
    call(listener, told(1))
    listener.receive(anything, OwnReply(lose=True))  # it had come already
    assert call(listener, told(2)).fault is None


# Limits


def test_a_full_store_refuses_and_says_so() -> None:
    listener = Listener(CONTRACT, store=Store(max_calls=2))
    for number in (1, 2, 3):
        reply = call(listener, told(number))
    assert len(listener.left()) == 2
    assert reply.answer.status == 500
    assert b"later" in reply.answer.body.data


def test_bytes_are_bounded_as_well() -> None:
    size = len(told().body.data)
    listener = Listener(CONTRACT, store=Store(max_bytes=2 * size))
    replies = [call(listener, told(number)).answer.status for number in (1, 2, 3)]
    assert replies == [200, 200, 500]


# Any other service


def test_any_contract_can_be_listened_to() -> None:
    """The shipped book has two services; here the account's own interface stands for another."""
    contract = find("asiointitili/viranomaispalvelut", [book("contracts")])
    listener = Listener(contract)
    data = sample(contract, "HaeTilaTieto", seed=3)
    asked = Request("HaeTilaTieto", contract.operations["HaeTilaTieto"].soap_action, Body(data))
    answers = [call(listener, asked).answer for _ in range(2)]
    assert judge_answer(contract, asked, Exchange(asked, answers[0])).verdict is Verdict.PASSED
    assert answers[0] == answers[1]
    assert [each.sequel for each in listener.left()] == [Sequel.NEW, Sequel.NEW]


def test_the_older_return_channel_is_served_as_well() -> None:
    older = find("asiointitili/paluukanava/2014", [book("contracts")])
    listener = Listener(older)
    asked = told(contract=older)
    answer = call(listener, asked).answer
    judgement = judge_answer(older, replace(asked), Exchange(asked, answer))
    assert judgement.verdict is Verdict.PASSED
    assert [each.own for each in listener.left()] == [()]
