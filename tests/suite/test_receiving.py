"""Steps that receive: what they say, what they make of what comes, and what came unasked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.account.channel import ReturnChannel
from harness.account.codes import TargetCode
from harness.config import book
from harness.endpoints import pushing
from harness.endpoints.incoming import USUAL, Incoming, OwnReply, Wanted
from harness.endpoints.listener import Listener
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Inbox, Session
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.errors import ScenarioError
from harness.exchange.messages import Body, Exchange, Problem, ProblemCode, Request
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import Suite, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract, find
from harness.wsdl.generating import sample
from tests.endpoints.listener.pushes import CONTRACT, call, changed, told

SUITE = """\
title: {en: A suite}
phase: 4
contract: asiointitili/viranomaispalvelut
listens: asiointitili/paluukanava
code: "{operation}Result/TilaKoodi/TilaKoodi"
codes: [Kysely/Kohteet/Kohde/Asiakas/KohteenTila]
health:
  call: HaeTilaTieto
  request: {Viranomainen: {$use: authority}, Kysely: {}}
  expect: {code: 0}
fragments:
  authority:
    ViranomaisTunnus: ${ids.authority}
    PalveluTunnus: ${ids.service}
  message:
    Viranomainen: {$use: authority}
    Kysely:
      Tulostustoimittaja: Posti
      LahetaTulostukseen: false
      Kohteet:
        Kohde:
          - Asiakas: [{AsiakasTunnus: "${role.active.id}", TunnusTyyppi: SSN}]
            ViranomaisTunniste: ${item.a}
            Nimeke: Otsikko
            LahetysPvm: ${now}
            KuvausTeksti: Teksti
"""
HEAD = """\
title: {en: The account tells}
why: Somebody has to know.
source: "section 3"
needs: [clock, redelivery, return-channel]
steps:
"""
SENDS = "  - {call: LahetaViesti, request: {$use: message}, expect: {code: 202}}\n"
STATE = "Kysely/Kohteet/Kohde/Asiakas/KohteenTila"
OWN_ID = "Kysely/Kohteet/Kohde/ViranomaisTunniste"


def receives(
    more: str = "", advance: int = 60, expect: str = f"{{fields: {{{STATE}: 200}}}}"
) -> str:
    moved = f"advance: {advance}, " if advance else ""
    return (
        f'  - {{receive: VieKohdeTiloja, {moved}where: {{{OWN_ID}: "${{item.a}}"}}, '
        f"{more}{', ' if more else ''}expect: {expect}}}\n"
    )


def suite(folder: Path, steps: str, *, head: str = HEAD, content: str = SUITE) -> Suite:
    (folder / "basic").mkdir()
    (folder / "basic" / "suite.yaml").write_text(content, encoding="utf-8")
    (folder / "basic" / "told.yaml").write_text(head + steps, encoding="utf-8")
    return load_suite(folder / "basic")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [book("contracts")])


Run = Callable[[str], ScenarioResult]


@pytest.fixture(params=["mock", "server"])
def run(request: pytest.FixtureRequest, tmp_path: Path, contract: Contract) -> Run:
    kind = MockEndpoint if request.param == "mock" else ServerEndpoint

    def started(steps: str) -> ScenarioResult:
        loaded = suite(tmp_path, steps)
        endpoint = kind(contract, listens=CONTRACT)
        connection = Connection(contract, endpoint, "r1", listens=CONTRACT)
        return run_scenario(loaded.scenarios["basic/told"], loaded, connection)

    return started


def told_by(result: ScenarioResult) -> tuple[Verdict | None, list[str]]:
    return result.verdict, [finding.code for finding in result.findings]


# What comes, from the built-in endpoints


def test_the_call_that_is_meant_comes_and_is_as_expected(run: Run) -> None:
    result = run(SENDS + receives())
    assert told_by(result) == (Verdict.PASSED, [])
    assert f"VieKohdeTiloja received {STATE} 200" in result.marks


def test_a_value_that_is_another_fails(run: Run) -> None:
    result = run(SENDS + receives(expect=f"{{fields: {{{STATE}: 220}}}}"))
    assert told_by(result) == (Verdict.FAILED, ["field"])
    assert result.where.endswith("told.yaml:7")


def test_what_is_saved_of_a_call_is_known_to_later_steps(run: Run) -> None:
    saves = receives("save: {id: Viranomainen/SanomaTunniste}, reply: {lose: true}")
    again = "{duplicate: true, fields: {Viranomainen/SanomaTunniste: '${saved.id}'}}"
    result = run(SENDS + saves + receives(advance=10, expect=again))
    assert told_by(result) == (Verdict.PASSED, [])


def test_a_path_that_leads_to_nothing_cannot_be_saved(run: Run) -> None:
    result = run(SENDS + receives("save: {id: Viranomainen/Puuttuu}"))
    assert told_by(result) == (Verdict.FAILED, ["save"])


def test_nothing_came(run: Run) -> None:
    result = run(SENDS + receives(advance=59))
    assert told_by(result) == (Verdict.INCONCLUSIVE, ["not-received"])
    assert result.findings[0].seen == "nothing"


def test_another_call_came(run: Run) -> None:
    result = run(SENDS + receives().replace("${item.a}", "${item.b}"))
    assert told_by(result) == (Verdict.INCONCLUSIVE, ["not-received"])
    assert result.findings[0].seen == "1 other call"


def test_a_fault_is_not_taken_for_an_acknowledgement(run: Run) -> None:
    result = run(SENDS + receives("reply: {fault: Server}") + receives(advance=10))
    assert told_by(result) == (Verdict.PASSED, [])


def test_a_reply_of_ones_own(run: Run) -> None:
    """A code other than 0: the account sends the message again, and gets the same reply."""
    reply = "reply: {answer: {VieKohdeTilojaResult: {TilaKoodi: {TilaKoodi: 550}}}}"
    again = "{duplicate: true}"
    result = run(SENDS + receives(reply) + receives(advance=10, expect=again))
    assert told_by(result) == (Verdict.PASSED, [])


def test_a_reply_of_ones_own_that_breaks_the_contract(run: Run) -> None:
    reply = "reply: {answer: {VieKohdeTilojaResult: {TilaKoodi: {TilaKoodi: nolla}}}}"
    result = run(SENDS + receives(reply))
    assert told_by(result) == (Verdict.INCONCLUSIVE, ["own-reply", "schema"])


def test_an_unexpected_duplicate_fails(run: Run) -> None:
    """It is seen by the step after it, and where nobody waits any more at the end."""
    result = run(SENDS + receives("order: duplicate") + receives(advance=0))
    assert told_by(result) == (Verdict.FAILED, ["duplicate-call", "not-received"])


def test_an_expected_duplicate_does_not(run: Run) -> None:
    expected = receives(advance=0, expect="{duplicate: true}")
    result = run(SENDS + receives("order: duplicate") + expected)
    assert told_by(result) == (Verdict.PASSED, [])


def test_the_account_signs_its_calls_where_everything_is_signed(
    tmp_path: Path, contract: Contract
) -> None:
    head = HEAD.replace("return-channel]", "return-channel, signed]")
    again = "{duplicate: true}"
    steps = SENDS + receives("reply: {lose: true}") + receives(advance=10, expect=again)
    loaded = suite(tmp_path, steps, head=head)
    for kind in (MockEndpoint, ServerEndpoint):
        endpoint = kind(contract, listens=CONTRACT)
        connection = Connection(contract, endpoint, "r1", listens=CONTRACT)
        result = run_scenario(loaded.scenarios["basic/told"], loaded, connection)
        assert told_by(result) == (Verdict.PASSED, [])


def test_an_unsigned_call_fails_there(
    tmp_path: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsigned(*parts: Any, sealed: object) -> ReturnChannel:
        assert sealed is not None
        return ReturnChannel(*parts)

    monkeypatch.setattr(pushing, "ReturnChannel", unsigned)
    head = HEAD.replace("return-channel]", "return-channel, signed]")
    loaded = suite(tmp_path, SENDS + receives(), head=head)
    for kind in (MockEndpoint, ServerEndpoint):
        endpoint = kind(contract, listens=CONTRACT)
        connection = Connection(contract, endpoint, "r1", listens=CONTRACT)
        result = run_scenario(loaded.scenarios["basic/told"], loaded, connection)
        assert told_by(result) == (Verdict.FAILED, ["received-call", "not-signed"])


# What comes from anybody else


@dataclass
class Calls:
    """An endpoint that is called at once, when somebody waits, with what a test says."""

    asked: list[Request]
    before: list[Request] = field(default_factory=list)
    listener: Listener = field(default_factory=lambda: Listener(CONTRACT))
    name = "calls"
    provides = frozenset({"return-channel", "clock", "redelivery"})
    roles = MockEndpoint(find("asiointitili/viranomaispalvelut", [book("contracts")])).roles
    ids = MockEndpoint(find("asiointitili/viranomaispalvelut", [book("contracts")])).ids

    @contextmanager
    def session(self, needs: frozenset[str]) -> Iterator[Session]:
        for asked in self.before:
            call(self.listener, asked)
        yield self

    def send(self, request: Request) -> Exchange:
        return Exchange(request, Problem(ProblemCode.REFUSED))

    def inbox(self) -> Inbox:
        return self

    def receive(
        self, wanted: Wanted, reply: OwnReply = USUAL, within: float = 0.0
    ) -> Incoming | None:
        def fetch() -> bool:
            if not self.asked:
                return False
            call(self.listener, self.asked.pop(0))
            return True

        return self.listener.receive(wanted, reply, fetch=fetch)

    def left(self) -> tuple[Incoming, ...]:
        return self.listener.left()

    @property
    def strangers(self) -> int:
        return self.listener.strangers


STEP = "  - {receive: VieKohdeTiloja, %sexpect: {%s}}\n"
PLAIN_HEAD = HEAD.replace("clock, redelivery, ", "")


def called(
    folder: Path, steps: str, *asked: Request, before: tuple[Request, ...] = ()
) -> ScenarioResult:
    contract = find("asiointitili/viranomaispalvelut", [book("contracts")])
    loaded = suite(folder, steps, head=PLAIN_HEAD)
    endpoint = Calls(list(asked), list(before))
    connection = Connection(contract, endpoint, "r1", listens=CONTRACT)  # type: ignore[arg-type]
    return run_scenario(loaded.scenarios["basic/told"], loaded, connection)


def test_a_call_that_breaks_the_contract_fails_whoever_is_waited_for(tmp_path: Path) -> None:
    broken = changed(told(), b"KohteenTila>", b"Tila>")
    result = called(tmp_path, STEP % ("", ""), broken, told(2))
    assert told_by(result) == (Verdict.FAILED, ["received-call", "schema"])


def test_a_call_that_no_step_waits_for_is_noted(tmp_path: Path) -> None:
    step = STEP % (f"where: {{{OWN_ID}: r1-b}}, ", "")
    result = called(tmp_path, step, told(1), told(2, own_id="r1-b"))
    assert told_by(result) == (Verdict.PASSED, ["unasked-call"])
    assert result.findings[0].seen == "VieKohdeTiloja"


def test_two_messages_of_one_id_fail(tmp_path: Path) -> None:
    step = STEP % (f"where: {{{OWN_ID}: r1-b}}, ", "")
    asked = (told(1), told(1, TargetCode.READ), told(2, own_id="r1-b"))
    result = called(tmp_path, step, *asked)
    assert told_by(result) == (Verdict.FAILED, ["reused-id"])


def test_a_message_that_had_to_come_again_may(tmp_path: Path) -> None:
    """We lost the reply: its repetition is no mistake of theirs, whoever waits for it."""
    steps = STEP % ("reply: {lose: true}, ", "") + STEP % (f"where: {{{OWN_ID}: r1-b}}, ", "")
    result = called(tmp_path, steps, told(1), told(1), told(2, own_id="r1-b"))
    assert told_by(result) == (Verdict.PASSED, ["unasked-call"])


def test_an_older_state_is_noted_unless_it_is_expected(tmp_path: Path) -> None:
    calls = (told(1, TargetCode.READ, minutes=5), told(2, minutes=1))
    noted, expected = tmp_path / "noted", tmp_path / "expected"
    noted.mkdir()
    expected.mkdir()
    result = called(noted, STEP % ("", "") * 2, *calls)
    assert told_by(result) == (Verdict.PASSED, ["out-of-order"])
    result = called(expected, STEP % ("", "") + STEP % ("", "late: true"), *calls)
    assert told_by(result) == (Verdict.PASSED, [])


def test_a_state_in_order_is_not_the_late_one_that_is_waited_for(tmp_path: Path) -> None:
    calls = (told(1, minutes=1), told(2, TargetCode.READ, minutes=5))
    result = called(tmp_path, STEP % ("", "") + STEP % ("", "late: true"), *calls)
    assert told_by(result) == (Verdict.INCONCLUSIVE, ["not-received"])


def test_a_call_that_came_before_its_step_was_answered_as_usual(tmp_path: Path) -> None:
    result = called(tmp_path, STEP % ("reply: {lose: true}, ", ""), before=(told(),))
    assert told_by(result) == (Verdict.INCONCLUSIVE, ["own-reply"])
    assert result.findings[0].seen == "the call came before it"


def test_nobody_can_order_anything_of_a_real_endpoint(tmp_path: Path) -> None:
    loaded = suite(tmp_path, STEP % ("order: duplicate, ", ""), head=HEAD)
    contract = find("asiointitili/viranomaispalvelut", [book("contracts")])
    connection = Connection(contract, Calls([]), "r1", listens=CONTRACT)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="how to deliver"):
        run_scenario(loaded.scenarios["basic/told"], loaded, connection)


def test_any_contract_that_we_serve_is_listened_to(tmp_path: Path, contract: Contract) -> None:
    """Here the account's own interface stands for a service that calls back."""
    listens = "listens: asiointitili/viranomaispalvelut"
    content = SUITE.replace("listens: asiointitili/paluukanava", listens)
    step = "  - {receive: HaeTilaTieto, save: {who: Viranomainen/PalveluTunnus}, expect: {}}\n"
    loaded = suite(tmp_path, step, head=PLAIN_HEAD, content=content)
    data = sample(contract, "HaeTilaTieto", seed=3)
    asked = Request("HaeTilaTieto", contract.operations["HaeTilaTieto"].soap_action, Body(data))
    endpoint = Calls([asked], listener=Listener(contract))
    connection = Connection(contract, endpoint, "r1", listens=contract)  # type: ignore[arg-type]
    result = run_scenario(loaded.scenarios["basic/told"], loaded, connection)
    assert told_by(result) == (Verdict.PASSED, [])


# What cannot be run, and what is no step


def test_it_is_not_realisable_where_nobody_calls(tmp_path: Path, contract: Contract) -> None:
    loaded = suite(tmp_path, SENDS + receives())
    connection = Connection(contract, MockEndpoint(contract), "r1")
    result = run_scenario(loaded.scenarios["basic/told"], loaded, connection)
    assert (result.verdict, result.reason) == (None, "needs redelivery, return-channel")


def test_another_contract_is_served_than_the_suite_listens_to(
    tmp_path: Path, contract: Contract
) -> None:
    loaded = suite(tmp_path, SENDS + receives())
    endpoint = MockEndpoint(contract, listens=CONTRACT)
    connection = Connection(contract, endpoint, "r1", listens=contract)
    with pytest.raises(ScenarioError, match="but the project serves asiointitili/viranomais"):
        run_scenario(loaded.scenarios["basic/told"], loaded, connection)


@pytest.mark.parametrize(
    ("step", "words", "where"),
    [
        ("receive: VieKaikki", "no operation 'VieKaikki'", "told.yaml:6"),
        ("receive: VieKohdeTiloja, where: {a//b: 1}", "cannot be read", "told.yaml:6"),
        ("receive: VieKohdeTiloja, where: {a: '${saved.x}'}", "has no value", "told.yaml:6"),
        (
            "receive: VieKohdeTiloja, reply: {answer: {Outo: 1}}",
            "no field",
            "paluukanava/2018: VieKohdeTiloja",
        ),
    ],
)
def test_a_step_that_cannot_be_taken_as_it_is_written(
    tmp_path: Path, step: str, words: str, where: str
) -> None:
    with pytest.raises(ScenarioError, match=words) as refused:
        called(tmp_path, f"  - {{{step}}}\n")
    assert refused.value.where.endswith(where)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("  - {receive: A, call: B}\n", "line 6: steps.0.call: this key is not known"),
        ("  - {receive: A, within: 0}\n", "line 6: steps.0.within"),
        ("  - {receive: A, reply: {}}\n", "exactly one of answer, fault, lose"),
        ("  - {receive: A, reply: {lose: true, fault: Server}}\n", "exactly one of answer"),
        ("  - {receive: A, reply: {fault: Oops}}\n", "steps.0.reply.fault"),
        ("  - {receive: A, order: backwards}\n", "steps.0.order"),
        ("  - {receive: A, expect: {code: 0}}\n", "steps.0.expect.code: this key is not known"),
        ("  - {where: {a: 1}}\n", "line 6: steps.0.call: is missing"),
        ("  - nothing\n", "steps.0"),
    ],
)
def test_what_is_no_step(tmp_path: Path, steps: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        suite(tmp_path, steps)


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ("{receive: A}", "return-channel"),
        ("{receive: A, advance: 5}", "clock"),
        ("{receive: A, order: duplicate}", "redelivery"),
    ],
)
def test_a_scenario_says_what_its_steps_need(tmp_path: Path, step: str, word: str) -> None:
    needs = [each for each in ("clock", "redelivery", "return-channel") if each != word]
    head = HEAD.replace("[clock, redelivery, return-channel]", f"[{', '.join(needs)}]")
    with pytest.raises(ScenarioError, match=f"add {word} to needs"):
        suite(tmp_path, f"  - {step}\n", head=head)


def test_a_suite_says_by_which_contract_it_is_called(tmp_path: Path) -> None:
    content = SUITE.replace("listens: asiointitili/paluukanava\n", "")
    with pytest.raises(ScenarioError, match="by which contract") as refused:
        suite(tmp_path, SENDS + receives(), content=content)
    assert refused.value.where.endswith("told.yaml:7")
