"""What a supplier's system does is seen, and given to the scenario that asked for it."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.endpoints.protocol import Need
from harness.endpoints.relay import Relayed
from harness.endpoints.server.mounting import NON_SIGNED, SIGNED, Secured
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Observed, Reply
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body, Exchange, Request
from harness.exchange.security.signing import ACCOUNT, sign
from harness.suite.sides import RelaySide
from harness.suite.watching import Call, End, Instructed, Over, Seen
from harness.vocabulary import Verdict
from tests.endpoints.server.test_signed_calls import fresh, now, trusting
from tests.suite.watched import CONTRACT, HEALTH, ITEM, SHIPPED, Stage, codes, suite_of
from tests.support.supplier import Careless, Indoors, example

UNSIGNED = "supplier/signed-call-is-taken"
SIGNER = "viestit.esimerkkikunta.example"
WAIT = "    within: 20\n"


@pytest.mark.parametrize("any_order", [False, True])
def test_a_good_system_passes_all_that_can_be_shown(any_order: bool) -> None:
    results = Stage(SHIPPED, any_order=any_order).play()
    assert set(results) == set(SHIPPED.observed)
    assert results.pop(UNSIGNED).verdict is None
    assert {each.verdict for each in results.values()} == {Verdict.PASSED}
    assert all(each.seen and not each.findings for each in results.values())


def test_three_planted_mistakes_are_all_found_where_they_are() -> None:
    results = Stage(SHIPPED, Careless()).play()
    failed = {id_: each for id_, each in results.items() if each.verdict is Verdict.FAILED}
    found = {(e.code, e.path) for each in failed.values() for e in each.findings}
    assert {
        ("item-id-reused", "Kysely/Kohteet/Kohde/ViranomaisTunniste"),
        ("personal-data", "Kysely/Kohteet/Kohde/Nimeke"),
        ("schema", "Kysely/Laskutus/Tunniste"),
    } <= found
    assert set(failed) == {
        "supplier/two-recipients-get-two-ids",
        "supplier/customer-without-account-gets-paper",
        "supplier/letter-to-active-customer",
        "supplier/letter-is-sent-again-after-a-lost-answer",
        "supplier/every-call-keeps-the-rules",
    }
    assert "item-id-reused" in codes(failed["supplier/two-recipients-get-two-ids"])
    assert "personal-data" in codes(failed["supplier/customer-without-account-gets-paper"])
    everything = failed["supplier/every-call-keeps-the-rules"]
    assert {"item-id-reused", "personal-data", "schema"} <= set(codes(everything))
    assert not any("901" in str(each) or "9056" in str(each) for each in found)


class _InDigits(example.System):  # type: ignore[misc]
    """Writes a truth value as some toolkits do."""

    def envelope(self, operation: str, query: str) -> bytes:
        return bytes(super().envelope(operation, query)).replace(b">false<", b">0<")


@pytest.mark.parametrize(
    "name", ["letter-to-active-customer", "customer-without-account-gets-paper"]
)
def test_a_truth_value_may_be_written_as_a_digit(name: str) -> None:
    (result,) = Stage(SHIPPED, _InDigits(), only=[name]).play().values()
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())


class _RefersElsewhere(example.System):  # type: ignore[misc]
    """Refers to an item of this customer, but not to the one that is followed up."""

    def item_with_follow_up(self) -> None:
        before = self.item("second-active")
        self.item("second-active", more="<VaadiLukukuittaus>1</VaadiLukukuittaus>")
        self.item("second-active", refers=before)


def test_a_follow_up_refers_to_its_own_item() -> None:
    name = "follow-up-refers-to-its-item"
    (result,) = Stage(SHIPPED, _RefersElsewhere(), only=[name]).play().values()
    assert (result.verdict, result.reason) == (Verdict.FAILED, "asked")
    assert codes(result) == ["asked"]
    assert "@ViittausTunniste" in result.findings[0].path


class _NewId(example.System):  # type: ignore[misc]
    """Makes a new id for every attempt: the customer gets the item twice."""

    def deliver(self, operation: str, query: str) -> str:
        try:
            return str(super().call(operation, query))
        except OSError:
            start, _, rest = query.partition("<ViranomaisTunniste>")
            own = self.new_id("reading")
            again = f"{start}<ViranomaisTunniste>{own}<{rest.partition('<')[2]}"
            return str(super().call(operation, again))


class _Insisting(example.System):  # type: ignore[misc]
    """Takes 520 for an error and a Fault for a lost answer, and tries again and again."""

    def deliver(self, operation: str, query: str) -> str:
        envelope = self.envelope(operation, query)
        for _ in range(5):
            try:
                status, answer = self.post(operation, envelope)
            except OSError:
                continue
            if status == 200 and ">520<" not in answer and ">525<" not in answer:
                break
        return ""


class _Forgetful(example.System):  # type: ignore[misc]
    """Sends nothing again."""

    def deliver(self, operation: str, query: str) -> str:
        try:
            return str(super().call(operation, query))
        except OSError:
            return ""


class _Indifferent(example.System):  # type: ignore[misc]
    """Sends an item to whoever has no account that is in use."""

    def notify(self, role: str) -> None:
        self.ask(role)
        self.item(role)


LOST = "item-is-sent-again-after-a-lost-answer"


@pytest.mark.parametrize(
    ("system", "scenario", "verdict", "code"),
    [
        (_NewId, LOST, Verdict.FAILED, "asked"),
        (_Insisting, LOST, Verdict.FAILED, "item-id-reused"),
        (_Forgetful, LOST, Verdict.INCONCLUSIVE, "not-seen"),
        (_Insisting, "fault-starts-no-storm", Verdict.FAILED, "too-many-calls"),
        (_Forgetful, "item-waits-for-the-end-of-a-break", Verdict.INCONCLUSIVE, "not-seen"),
        (_Indifferent, "passive-customer-gets-no-item", Verdict.FAILED, "unexpected-fault"),
    ],
)
def test_a_system_that_behaves_badly_is_told_why(
    system: type, scenario: str, verdict: Verdict, code: str
) -> None:
    if system is _Indifferent:
        code = "too-many-calls"
    result = Stage(SHIPPED, system(), only=[scenario]).play()[f"supplier/{scenario}"]
    assert (result.verdict, result.reason) == (verdict, code)
    assert result.seen is (code != "not-seen")
    assert result.where.startswith(str(SHIPPED.folder))


def test_a_signed_call_is_seen_at_the_signed_address_only() -> None:
    name = "signed-call-is-taken"
    provides = frozenset({Need.SIGNED})
    for name_of_signer, ago, verdict, code in (
        (SIGNER, 0, Verdict.PASSED, ""),
        (SIGNER, 4000, Verdict.FAILED, "message-expired"),
        ("muu.example", 0, Verdict.FAILED, "signer-untrusted"),
        ("", 0, Verdict.INCONCLUSIVE, "not-seen"),
    ):
        secured = Secured(trusting(SIGNER), fresh("tili.example"))
        stage = Stage(SHIPPED, only=[name], provides=provides, secured=secured)
        stage.watch.begin()
        data = stage.system.envelope("HaeTilaTieto", "<Kysely/>")
        if name_of_signer:
            moment = now() - timedelta(seconds=ago)
            data = sign(data, fresh(name_of_signer), ACCOUNT, moment)
            Indoors(stage.system, stage.site, SIGNED).post("HaeTilaTieto", data)
        else:
            stage.system.act("health-is-asked#1")
        stage.watch.hurry()
        result = stage.watch.results[f"supplier/{name}"]
        assert (result.verdict, result.reason) == (verdict, code)


def test_a_call_that_nobody_asked_for_is_judged_all_the_same() -> None:
    stage = Stage(SHIPPED, Careless(), only=["health-is-asked", "every-call-keeps-the-rules"])
    stage.watch.begin()
    stage.system.letter("active")
    stage.system.act("health-is-asked#1")
    results = stage.watch.finish()
    assert results["supplier/health-is-asked"].verdict is Verdict.PASSED
    assert codes(results["supplier/every-call-keeps-the-rules"]) == ["schema"]
    first, second = stage.of(Seen)
    assert (first.id, second.id) == ("", "supplier/health-is-asked#1")


def test_a_code_in_the_address_or_a_field_is_seen(tmp_path: Path) -> None:
    code = example.CUSTOMERS["active"][0]
    for place in ("target", "field"):
        stage = Stage(suite_of(tmp_path / place, ask=f"steps:\n{HEALTH}"))
        stage.watch.begin()
        fields = (
            ("host", "127.0.0.1"),
            ("content-type", "text/xml"),
            ("soapaction", f'"{example.NAMESPACE}/Viranomaispalvelut/HaeTilaTieto"'),
            ("cookie", f"customer={code}" if place == "field" else ""),
        )
        path = f"{NON_SIGNED}?{code}" if place == "target" else NON_SIGNED
        data = stage.system.envelope("HaeTilaTieto", "<Kysely/>")
        reply = stage.site.reply(Received("POST", path, fields, data, keep_alive=True))
        assert reply.answer.status == 200
        (found,) = stage.watch.results["own/ask"].findings
        wanted = "HTTP target" if place == "target" else "HTTP field cookie"
        assert (found.code, found.path) == ("personal-data", wanted)
        assert code not in str(stage.told)


def test_a_call_sent_again_while_its_answer_is_under_way_is_right(tmp_path: Path) -> None:
    """Through a relay the second answer may come first: 520, for the first call was stored."""
    stored = "    answer: {fields: {LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila: 200}}\n"
    suite = suite_of(tmp_path, item=f"steps:\n{ITEM}{stored}", rules="conduct: true\n")
    stage = Stage(suite)
    stage.watch.begin()
    side = RelaySide(stage.watch, CONTRACT, callers=None, answers=None, tolerant=False)
    account = AccountService(CONTRACT, simulation(CONTRACT), address="http://x")
    action = f"{example.NAMESPACE}/Viranomaispalvelut/LisaaKohteita"
    fields = (("content-type", "text/xml"), ("soapaction", f'"{action}"'))
    kohde = stage.system.kohde("active", "library-1", "Päätös", None, "", "")
    query = f"<Kysely><KohdeMaara>1</KohdeMaara><Kohteet>{kohde}</Kohteet></Kysely>"
    data = stage.system.envelope("LisaaKohteita", query)
    asked = Request("LisaaKohteita", action, Body(data), "text/xml")
    calls = []
    for _ in range(2):
        received = Received("POST", NON_SIGNED, fields, data, keep_alive=True)
        side.came(asked, received)
        calls.append((received, account.respond("POST", NON_SIGNED, fields, data)))
    for received, answer in reversed(calls):
        seen = Observed(now(), received, NON_SIGNED, "LisaaKohteita", Reply(answer), 0.0)
        side.seen(Relayed(seen, Exchange(asked, answer)))
    results = stage.watch.finish()
    assert {(each.verdict, each.findings) for each in results.values()} == {(Verdict.PASSED, ())}
    assert [each.id for each in stage.of(Seen)] == ["", "own/item#1"]


def test_of_two_calls_at_once_one_is_asked_for(tmp_path: Path) -> None:
    stage = Stage(suite_of(tmp_path, ask=f"steps:\n{HEALTH}{HEALTH}"))
    stage.watch.begin()
    calls = []
    for _ in range(2):
        data = stage.system.envelope("HaeTilaTieto", "<Kysely/>")
        action = f"{example.NAMESPACE}/Viranomaispalvelut/HaeTilaTieto"
        judged = judge_request(CONTRACT, Request("", action, Body(data), "text/xml"))
        calls.append(stage.watch.arrived(Call(judged, sha256(data).hexdigest())))
    for taken in calls:
        stage.watch.ended(taken, End(None))
    assert not stage.watch.results
    assert stage.of(Instructed)[-1].id == "own/ask#2"


def test_without_any_call_the_rules_were_not_shown(tmp_path: Path) -> None:
    stage = Stage(suite_of(tmp_path, rules="conduct: true\n"))
    stage.watch.begin()
    assert stage.watch.over
    result = stage.watch.finish()["own/rules"]
    assert (result.verdict, result.reason, result.seen) == (
        Verdict.INCONCLUSIVE,
        "not-seen",
        False,
    )


def test_time_runs_per_step_and_what_is_late_is_not_seen(tmp_path: Path) -> None:
    stage = Stage(suite_of(tmp_path, two=f"steps:\n{HEALTH}{WAIT}{HEALTH}{WAIT}"))
    stage.watch.begin()
    stage.time += 19
    stage.watch.tick()
    stage.system.act("health-is-asked#1")
    stage.time += 19.5
    stage.watch.tick()
    assert not stage.watch.over
    assert stage.watch.left() == 0.5
    stage.time += 0.5
    stage.watch.tick()
    result = stage.watch.results["own/two"]
    assert (result.verdict, result.reason, result.seen) == (
        Verdict.INCONCLUSIVE,
        "not-seen",
        False,
    )
    assert [each.id for each in stage.of(Instructed)] == ["own/two#1", "own/two#2"]


@pytest.mark.parametrize(("calls", "verdict"), [(2, Verdict.INCONCLUSIVE), (3, Verdict.PASSED)])
def test_so_many_calls_have_to_come(tmp_path: Path, calls: int, verdict: Verdict) -> None:
    stage = Stage(suite_of(tmp_path, many=f"steps:\n{HEALTH}    times: 3\n"))
    stage.watch.begin()
    for _ in range(calls):
        stage.system.act("health-is-asked#1")
    stage.watch.hurry()
    assert stage.watch.results["own/many"].verdict is verdict


@pytest.mark.parametrize(("calls", "verdict"), [(0, Verdict.PASSED), (2, Verdict.FAILED)])
def test_so_many_calls_may_come(tmp_path: Path, calls: int, verdict: Verdict) -> None:
    stage = Stage(suite_of(tmp_path, few=f"steps:\n{HEALTH}    at_most: 1\n"))
    stage.watch.begin()
    for _ in range(calls):
        stage.system.act("health-is-asked#1")
    stage.watch.hurry("own/few#1")
    assert stage.watch.results["own/few"].verdict is verdict


NOTHING = f"{ITEM}    at_most: 0\n{WAIT}"


def _gone_on(folder: Path, after: str = "") -> Stage:
    stage = Stage(suite_of(folder, a_none=f"steps:\n{NOTHING}{after}", b_ask=f"steps:\n{HEALTH}"))
    stage.watch.begin()
    stage.time += 5
    stage.watch.hurry()
    return stage


@pytest.mark.parametrize("after", ["", HEALTH])
def test_what_may_not_come_is_watched_on_after_somebody_goes_on(tmp_path: Path, after: str) -> None:
    stage = _gone_on(tmp_path, after)
    stage.time += 14
    stage.system.item("active")
    result = stage.watch.results["own/a-none"]
    assert (result.verdict, result.reason) == (Verdict.FAILED, "too-many-calls")
    assert result.where.endswith("a-none.yaml:5")
    assert stage.of(Over)[-1].result == result
    assert stage.of(Instructed)[-1].id == "own/b-ask#1"
    stage.system.act("health-is-asked#1")
    assert stage.watch.finish()["own/b-ask"].verdict is Verdict.PASSED


def test_what_comes_when_the_time_is_really_over_is_nobodys(tmp_path: Path) -> None:
    stage = _gone_on(tmp_path)
    stage.time += 15
    stage.system.item("active")
    result = stage.watch.finish()["own/a-none"]
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())


def test_evidence_says_for_how_long_it_was_watched_that_nothing_came(tmp_path: Path) -> None:
    stage = _gone_on(tmp_path)
    stage.system.act("health-is-asked#1")
    (note,) = stage.watch.finish()["own/a-none"].findings
    assert (note.code, note.expected, note.seen) == ("cut-short", "20 s", "5 s")


def test_hurrying_one_step_leaves_the_others(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, one=f"steps:\n{HEALTH}", two=f"steps:\n{HEALTH}")
    stage = Stage(suite, any_order=True)
    stage.watch.begin()
    stage.watch.hurry("own/two#1")
    assert set(stage.watch.results) == {"own/two"}


def test_of_two_open_steps_the_one_that_says_more_takes_the_call(tmp_path: Path) -> None:
    when = "    when:\n      Viranomainen/SanomaVersio: '1.0'\n"
    suite = suite_of(tmp_path, any=f"steps:\n{HEALTH}", exact=f"steps:\n{HEALTH}{when}")
    stage = Stage(suite, any_order=True)
    stage.watch.begin()
    stage.system.act("health-is-asked#1")
    assert set(stage.watch.results) == {"own/exact"}


def test_an_answer_other_than_expected_fails(tmp_path: Path) -> None:
    stage = Stage(suite_of(tmp_path, code=f"steps:\n{HEALTH}    answer: {{code: 202}}\n"))
    stage.watch.begin()
    stage.system.act("health-is-asked#1")
    assert codes(stage.watch.results["own/code"]) == ["code"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("attachments: {count: 1, at_least: 1000000, pdf: true}", ""),
        ("attachments: {count: 2}", "attachment"),
        ("attachments: {at_least: 3000000}", "attachment"),
        ("fields: {Kysely/KohdeMaara: 2}", "asked"),
    ],
)
def test_what_is_asked_of_a_request_is_looked_at(tmp_path: Path, wanted: str, code: str) -> None:
    suite = suite_of(tmp_path, asked=f"steps:\n{ITEM}    expect: {{{wanted}}}\n")
    stage = Stage(suite)
    stage.watch.begin()
    stage.system.act("item-with-attachment#1")
    assert stage.watch.results["own/asked"].reason == code


def test_values_are_kept_for_later_steps_or_the_lack_of_them_fails(tmp_path: Path) -> None:
    keep = "    save: {id: Kysely/Kohteet/Kohde/ViranomaisTunniste}\n"
    keep += (
        "    save_answer: {own: LisaaKohteitaResult/Kohteet/Kohde/Asiakas/AsiointitiliTunniste}\n"
    )
    none = "    save: {id: Kysely/Kohteet/Kohde/AsiaNumero}\n"
    suite = suite_of(tmp_path, kept=f"steps:\n{ITEM}{keep}", lost=f"steps:\n{ITEM}{none}")
    stage = Stage(suite)
    stage.watch.begin()
    stage.system.item("active")
    stage.system.item("active")
    assert stage.watch.results["own/kept"].verdict is Verdict.PASSED
    assert stage.watch.results["own/lost"].reason == "save"


def test_a_role_that_nobody_mapped_is_a_gap_of_the_configuration(tmp_path: Path) -> None:
    text = ITEM.replace("Do it.", "'To ${role.nobody.id}.'")
    stage = Stage(suite_of(tmp_path, gap=f"steps:\n{text}"))
    stage.watch.begin()
    result = stage.watch.results["own/gap"]
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "unmapped")
    assert stage.watch.over
