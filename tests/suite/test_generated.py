"""Drawn messages: a sound service passes, and every planted defect is found, small, and kept."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness import wsdl
from harness.account import adding, questions, service
from harness.account.account import Account
from harness.account.case import Case
from harness.account.codes import MessageCode, TargetCode
from harness.account.customers import CUSTOMERS
from harness.account.settings import IDS
from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, MovesClock, RoleIdentity, Session
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.errors import ConfigError
from harness.exchange.findings import Finding
from harness.exchange.judge import Judgement, judge_request
from harness.exchange.messages import Exchange, Request
from harness.identity import codes_in
from harness.suite.drawn import fixed_for
from harness.suite.generated import SUITE, Generated, Shown, Wish
from harness.suite.runner import Connection, Judged, run_scenario
from harness.suite.smoke import smoke
from harness.suite.suites import Suite, load_scenario, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract, find
from tests.wsdl.making import make
from tests.wsdl.making import service as description

VERSIONS = ("2014", "1.4", "1.6", "1.7", "1.7-2024-04")
RUN = "r0123456789"


@cache
def account(version: str = "1.7-2024-04") -> Contract:
    return find(f"asiointitili/viranomaispalvelut/{version}", [book("contracts")])


@cache
def shipped() -> Suite:
    return load_suite(book("scenarios") / "testing")


class Listening(MockEndpoint):
    """A mock that keeps what is sent."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(contract)
        self.sent: list[Request] = []

    @contextmanager
    def session(self, needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        with super().session(needs) as session:
            yield _Kept(session, self.sent)


class _Kept:
    def __init__(self, session: Session, sent: list[Request]) -> None:
        self._session, self._sent = session, sent

    def send(self, request: Request) -> Exchange:
        self._sent.append(request)
        return self._session.send(request)

    def advance(self, seconds: float) -> None:
        assert isinstance(self._session, MovesClock)
        self._session.advance(seconds)


def tried(
    folder: Path,
    endpoint: Endpoint,
    contract: Contract,
    *,
    examples: int = 10,
    seed: int = 0,
    rule: str = "",
) -> dict[str, Shown]:
    wish = Wish(examples, seed)
    connection = Connection(contract, endpoint, RUN)
    generated = Generated(shipped(), connection, wish, folder / "found" / SUITE)
    if rule:
        generated._makers = {rule: generated._makers[rule]}
    return {each.result.id.partition("/")[2]: each for each in generated.run()}


@pytest.mark.parametrize("version", VERSIONS)
def test_our_account_keeps_all_rules(version: str, tmp_path: Path) -> None:
    contract = account(version)
    shown = tried(tmp_path, MockEndpoint(contract), contract)
    assert {each.result.verdict for each in shown.values()} == {Verdict.PASSED}
    assert {each.examples for each in shown.values()} == {10}
    assert all(each.result.valid for name, each in shown.items() if "accepted" in name)
    assert all(each.result.rejected for name, each in shown.items() if "refused" in name)
    assert ("calls-in-a-row" in shown) == ("LahetaViesti" in contract.operations)
    assert not (tmp_path / "found").exists()


def test_over_a_socket_answers_are_lost_too(tmp_path: Path) -> None:
    contract = account()
    rule = "calls-in-a-row"
    shown = tried(tmp_path, ServerEndpoint(contract), contract, seed=3, rule=rule)
    assert {each.result.verdict for each in shown.values()} == {Verdict.PASSED}
    marks = shown["calls-in-a-row"].result.marks
    assert "LahetaViesti retried after truncated" in marks


_OF_TIME = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def messages(folder: Path, seed: int) -> list[bytes]:
    endpoint = Listening(account())
    tried(folder, endpoint, account(), examples=4, seed=seed)
    return [_OF_TIME.sub(b"NOW", each.body.data) for each in endpoint.sent]


def test_the_same_seed_sends_the_same_messages(tmp_path: Path) -> None:
    first = messages(tmp_path, 1)
    assert first == messages(tmp_path, 1)
    assert first != messages(tmp_path, 2)


def test_only_roles_and_ids_of_the_run_are_sent(tmp_path: Path) -> None:
    endpoint = Listening(account())
    tried(tmp_path, endpoint, account(), examples=20)
    text = b"\n".join(each.body.data for each in endpoint.sent).decode()
    assert {match.group() for match in codes_in(text)} <= {each.id for each in CUSTOMERS}
    own_ids = re.findall(r"<(?:\w+:)?ViranomaisTunniste>([^<]*)<", text)
    assert own_ids
    assert all(each.startswith(f"{RUN}-generated-") for each in own_ids)
    assert not re.search(r"Matkapuhelin|Sahkoposti|TavoitettavuusTieto|ViranomaisenEmail", text)
    letters = re.findall(r"<(?:\w+:)?LahetaTulostukseen>(\w*)<", text)
    assert letters
    assert set(letters) == {"false"}


def test_an_endpoint_without_a_role_is_refused(tmp_path: Path) -> None:
    class Nobody(MockEndpoint):
        @property
        def roles(self) -> dict[str, RoleIdentity]:
            return {}

    with pytest.raises(ConfigError, match=r"role\.active\.id"):
        tried(tmp_path, Nobody(account()), account())


# Planted defects


def _of_case(name: str, value: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(Case, name, value)


def _judging(change: Callable[[Judgement], Judgement]) -> Callable[[pytest.MonkeyPatch], None]:
    def judge(*arguments: Any, **named: Any) -> Judgement:
        return change(judge_request(*arguments, **named))

    return lambda patch: patch.setattr(service, "judge_request", judge)


def _lenient(judged: Judgement) -> Judgement:
    """Takes unknown attributes, wherever they are."""
    if any("@" in each.path and each.code == "schema" for each in judged.findings):
        return replace(judged, verdict=Verdict.PASSED, findings=())
    return judged


def _strict(judged: Judgement) -> Judgement:
    if judged.message is not None and judged.message.texts("Kysely/Kohteet/Kohde/AsiaNumero"):
        return replace(judged, verdict=Verdict.FAILED, findings=(Finding("schema"),))
    return judged


def _forgetful(patch: pytest.MonkeyPatch) -> None:
    """After half a day an id may be used again."""
    honest = Case.repeats

    def repeats(self: Case, own_id: str) -> bool:
        sent = self.items.of(self.authority.id, own_id)
        fresh = all((self.at - each.history[0].at).total_seconds() < 43_200 for each in sent)
        return fresh and honest(self, own_id)

    patch.setattr(Case, "repeats", repeats)


def _talkative(patch: pytest.MonkeyPatch) -> None:
    """Tells states although they are queued."""
    honest = adding.add_items

    def add_items(case: Case) -> Any:
        open_ = replace(case, authority=replace(case.authority, queued=False))
        return (
            replace(honest(open_), code=MessageCode.QUEUED)
            if case.authority.queued
            else honest(case)
        )

    patch.setitem(Account.handle.__globals__["_OPERATIONS"], "LisaaKohteita", add_items)


def _delivers_to_anybody(patch: pytest.MonkeyPatch) -> None:
    honest = adding._of_person

    def of_person(*arguments: Any) -> Any:
        broken = honest(*arguments)
        return None if broken and broken.code is TargetCode.REFUSED else broken

    patch.setattr(adding, "_of_person", of_person)


def _counts_nothing(patch: pytest.MonkeyPatch) -> None:
    honest = questions.whole_number
    patch.setattr(questions, "whole_number", lambda text: min(honest(text) or 0, 1))


DEFECTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, int]] = {
    "an id may be used twice": (_of_case("repeats", lambda *_: False), "calls-in-a-row", 2),
    "an id is forgotten": (_forgetful, "calls-in-a-row", 3),
    "any reference is taken": (_of_case("refers_well", lambda *_: True), "calls-in-a-row", 2),
    "no reference is taken": (
        _of_case("refers_well", lambda _, item, __: item.reference is None),
        "calls-in-a-row",
        2,
    ),
    "KohdeMaara is not looked at": (_counts_nothing, "calls-in-a-row", 2),
    "states are told although queued": (_talkative, "calls-in-a-row", 1),
    "items go to passive accounts": (_delivers_to_anybody, "calls-in-a-row", 1),
    "unknown attributes are taken": (_judging(_lenient), "lisaa-kohteita-refused", 1),
    "an optional element is refused": (_judging(_strict), "lisaa-kohteita-accepted", 1),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_small_and_kept(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, rule, most = DEFECTS[name]
    endpoint = MockEndpoint(account())
    with monkeypatch.context() as patch:
        plant(patch)
        shown = tried(tmp_path, endpoint, account(), examples=30, rule=rule)[rule]
        assert shown.result.verdict is Verdict.FAILED
        assert shown.told
        assert shown.saved is not None
        scenario = load_scenario(shown.saved)
        assert len(scenario.content.steps) <= most
        again = run_scenario(
            scenario, load_suite(shown.saved.parent), Connection(account(), endpoint, "rother")
        )
        assert again.verdict is Verdict.FAILED
        assert again.reason == shown.result.reason
    mended = run_scenario(
        scenario, load_suite(shown.saved.parent), Connection(account(), endpoint, "rmended")
    )
    assert mended.verdict is Verdict.PASSED
    assert "seed 0, example" in scenario.content.source


def test_a_difference_shows_what_matters_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _judging(_strict)(monkeypatch)
    rule = "lisaa-kohteita-accepted"
    shown = tried(tmp_path, MockEndpoint(account()), account(), examples=30, rule=rule)
    told = "\n".join(shown[rule].told)
    assert "+ Kysely/Kohteet/Kohde/AsiaNumero <text, " in told
    assert not list(codes_in(told))
    assert "Osoite" not in told


def test_an_endpoint_that_fails_at_everything_is_inconclusive(tmp_path: Path) -> None:
    def down(judged: Judgement) -> Judgement:
        return replace(judged, verdict=Verdict.FAILED, findings=(Finding("schema"),))

    with pytest.MonkeyPatch.context() as patch:
        _judging(down)(patch)
        shown = tried(tmp_path, MockEndpoint(account()), account(), examples=2)
    assert shown["hae-tila-tieto-refused"].result.verdict is Verdict.INCONCLUSIVE
    assert shown["hae-tila-tieto-refused"].result.reason == "health"
    assert shown["hae-tila-tieto-accepted"].result.verdict is Verdict.FAILED


# Any other service


ASK = (
    '<xs:element name="a" type="xs:int"/>'
    '<xs:element name="b" type="xs:date" minOccurs="0" maxOccurs="3"/>'
)


def other(tmp_path: Path, generated: str = "") -> tuple[Contract, Suite]:
    contract = wsdl.load(make(tmp_path / "contract", {"service.wsdl": description(ASK)}))
    for path, data in smoke(contract).items():
        file = tmp_path / "scenarios" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data + generated.encode() if file.name == "suite.yaml" else data)
    return contract, load_suite(tmp_path / "scenarios" / "connection")


def test_any_service_is_tried_by_its_contract_alone(tmp_path: Path) -> None:
    contract, suite = other(tmp_path)
    connection = Connection(contract, MockEndpoint(contract), RUN)
    shown = list(Generated(suite, connection, Wish(20, 0), tmp_path / "found").run())
    assert {each.result.id for each in shown} == {
        "generated/ask-accepted",
        "generated/ask-refused",
    }
    assert {each.result.verdict for each in shown} == {Verdict.PASSED}


def test_a_suite_fixes_what_drawn_messages_say(tmp_path: Path) -> None:
    contract, suite = other(tmp_path, "generated: {a: 42, b: null}\n")
    endpoint = Listening(contract)
    heard: list[Judged] = []
    connection = Connection(contract, endpoint, RUN, on_exchange=heard.append)
    generated = Generated(suite, connection, Wish(10, 0), tmp_path / "found")
    next(generated.run())
    assert len(endpoint.sent) == len(heard) == 10
    assert all(re.search(rb"<\w+:a>42</", each.body.data) for each in endpoint.sent)
    assert not any(b":b>" in each.body.data for each in endpoint.sent)


def test_ids_an_endpoint_lacks_are_left_out() -> None:
    class Terse(MockEndpoint):
        @property
        def ids(self) -> dict[str, str]:
            return {name: text for name, text in IDS.items() if name != "user"}

    fixed = fixed_for(shipped(), account(), Terse(account()))
    assert fixed["KayttajaTunnus"] is None
    assert fixed["ViranomaisTunnus"] == "${ids.authority}"
