"""Data rows, waiting for an answer, and the matchers of the scenario language."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness import config, wsdl
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.errors import ScenarioError
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.suite.expectations import _every, _matcher, compare, is_same
from harness.suite.model import MAX_ROWS, Expectation, Matcher
from harness.suite.rows import rows_of
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import load_suite
from harness.suite.variables import Variables
from harness.vocabulary import Verdict
from tests.support.identities import MISTYPED

CONTRACT = wsdl.find("asiointitili/viranomaispalvelut", [config.book("contracts")])
SUITE = """
title: {en: t}
phase: 5
contract: asiointitili/viranomaispalvelut
health: {call: HaeTilaTieto, request: {Viranomainen: {$use: us}, Kysely: {}}, expect: {code: 0}}
code: "{operation}Result/TilaKoodi/TilaKoodi"
fragments:
  us:
    ViranomaisTunnus: ${ids.authority}
    PalveluTunnus: ${ids.service}
    SanomaTunniste: ${message}
  item:
    Asiakas: [{AsiakasTunnus: "${role.active.id}"}]
    ViranomaisTunniste: ${item.a}
    Nimeke: Nimeke
    LahetysPvm: ${now}
    KuvausTeksti: Teksti
"""
HEAD = "title: {en: t}\nwhy: w\nsource: s\n"
ADD = """
steps:
  - call: LisaaKohteita
    request:
      Viranomainen: {$use: us}
      Kysely: {KohdeMaara: 1, Kohteet: {Kohde: [{$use: item, Nimeke: "${row.title}"}]}}
    expect:
      code: 0
      fields:
        LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila: 200
"""
Run = Callable[..., ScenarioResult]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def one(text: str, *, server: bool = False, **files: str) -> ScenarioResult:
        folder = tmp_path / "s"
        (folder / "rows").mkdir(parents=True, exist_ok=True)
        (folder / "suite.yaml").write_text(SUITE, "utf-8")
        (folder / "one.yaml").write_text(HEAD + text, "utf-8")
        for name, content in files.items():
            (folder / "rows" / f"{name}.csv").write_text(content, "utf-8")
        suite = load_suite(folder)
        endpoint = ServerEndpoint(CONTRACT) if server else MockEndpoint(CONTRACT)
        connection = Connection(CONTRACT, endpoint, "rtest")
        return run_scenario(suite.scenarios["s/one"], suite, connection)

    return one


# Rows


def test_every_row_is_a_conversation_of_its_own(run: Run) -> None:
    result = run("rows: [{title: a}, {title: b}]" + ADD)
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())


def test_findings_name_the_rows_that_did_not_pass_and_no_value(run: Run) -> None:
    result = run("rows: [{title: a}, {title: ' '}, {title: ''}]" + ADD)
    assert result.verdict is Verdict.FAILED
    named = [(each.path, each.seen) for each in result.findings if each.code == "row"]
    assert named == [("row 2", "failed, one.yaml:4"), ("row 3", "failed, one.yaml:4")]
    assert result.reason == "field"
    assert result.where.endswith("one.yaml:13")


TWO_CALLS = """
steps:
  - call: HaeTilaTieto
    request: {Viranomainen: {$use: us}, Kysely: {}}
    expect:
      code: 0
    save:
      first: HaeTilaTietoResult/TilaKoodi/TilaKoodi
  - call: HaeTilaTieto
    request: {Viranomainen: {$use: us}, Kysely: {}}
"""
UNMET = {
    "another code": ("    expect:\n      code: 1\n", "code", 15),
    "another field": (
        "    expect:\n      code: 0\n      fields:\n        HaeTilaTietoResult/None: 1\n",
        "field",
        17,
    ),
    "no fault": ("    expect:\n      fault: Client\n", "no-fault", 15),
    "not refused": ("    expect: {refused: true}\n", "not-refused", 14),
    "nothing to save": (
        "    expect: {code: 0}\n    save:\n      none: HaeTilaTietoResult/None\n",
        "save",
        16,
    ),
}


@pytest.mark.parametrize("name", UNMET)
def test_the_line_is_told_of_the_expectation_that_was_not_met(run: Run, name: str) -> None:
    text, code, line = UNMET[name]
    result = run(TWO_CALLS + text)
    assert (result.verdict, result.reason) == (Verdict.FAILED, code)
    assert result.where.endswith(f"one.yaml:{line}")


def test_a_failed_row_outweighs_one_of_which_nothing_can_be_said(run: Run) -> None:
    rows = 'rows: [{title: a, count: "1"}, {title: a, count: x}, {title: "", count: "1"}]'
    result = run(rows + ADD.replace("KohdeMaara: 1", "KohdeMaara: '${row.count}'"))
    assert result.verdict is Verdict.FAILED
    assert [each.path for each in result.findings if each.code == "row"] == ["row 3", "row 2"]


def test_rows_of_a_file_are_named_by_their_line(run: Run) -> None:
    text = "rows: rows/titles.csv" + ADD
    result = run(text, titles='title\n"a, b"\n\n" "\n')
    named = [each.seen for each in result.findings if each.code == "row"]
    assert named == ["failed, titles.csv:4"]


def test_a_row_may_give_the_code_and_use_an_id(run: Run) -> None:
    rows = "rows: [{id: '${ids.service}', code: 0}, {id: '${ids.other-service}', code: 404}]"
    steps = """
steps:
  - call: HaeTilaTieto
    request: {Viranomainen: {$use: us, PalveluTunnus: "${row.id}"}, Kysely: {}}
    expect: {code: "${row.code}"}
"""
    assert run(rows + steps).verdict is Verdict.PASSED
    assert run(rows.replace("404", "405") + steps).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "does not name the columns"),
        ("title,title\na,b\n", "does not name the columns"),
        ("Title\na\n", "does not name the columns"),
        ("title\n", "has no rows"),
        ("title\na,b\n", "2 values, but 1 columns are named"),
        ('title\n"a\n', "not a CSV file"),
        pytest.param(f"title\n{MISTYPED}\n", "identity code of a person", id="an identity code"),
        ("title\n" + "a\n" * (MAX_ROWS + 1), f"more than {MAX_ROWS} rows"),
    ],
)
def test_a_file_of_rows_that_is_not_as_described(run: Run, content: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        run("rows: rows/titles.csv" + ADD, titles=content)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("rows: []", "1 or more members"),
        ("rows: [{a: 1}, {b: 1}]", "row 2 has other names than row 1"),
        ("rows: [{a: [1]}]", "rows"),
    ],
)
def test_inline_rows_that_are_not_as_described(run: Run, rows: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        run(rows + ADD)


def test_a_row_does_not_show_its_values(run: Run, tmp_path: Path) -> None:
    run("rows: [{title: hidden}]" + ADD)
    suite = load_suite(tmp_path / "s")
    assert "hidden" not in repr(rows_of(suite.scenarios["s/one"], suite))


# Waiting


def _sending(extra: str = "") -> str:
    step = """
  - call: LahetaViesti
    request:
      Viranomainen: {$use: us}
      Kysely:
        Tulostustoimittaja: Posti
        LahetaTulostukseen: false
        Kohteet:
          Kohde:
            - $use: item
              Asiakas: [{AsiakasTunnus: "${role.virus.id}"}]
              Tiedostot:
                Tiedosto: [{TiedostoSisalto: {$repeat: abcd, $times: 1}, TiedostoNimi: a.txt}]
"""
    expect = "    expect: {code: 202}"
    return f"needs: [clock]\nsteps:{step}{expect}{step}    {extra}\n{expect}\n"


def test_a_call_is_made_anew_until_the_answer_is_as_expected(run: Run) -> None:
    assert run(_sending("until: {within: 100, every: 20}")).verdict is Verdict.PASSED


def test_an_answer_that_does_not_come_in_time_is_told(run: Run) -> None:
    result = run(_sending("until: {within: 40, every: 20}"))
    assert result.verdict is Verdict.FAILED
    assert [(f.code, f.expected, f.seen) for f in result.findings] == [
        ("deadline", "within 40 s", "code"),
        ("code", "202", "525"),
    ]


def test_what_is_no_good_answer_is_not_waited_out(run: Run) -> None:
    text = _sending("until: {within: 100, every: 20}\n    wire: {fault: html}")
    result = run(text.replace("needs: [clock]", "needs: [clock, wrong-answers]"))
    assert result.reason == "not-soap:html"


def test_without_a_clock_to_move_real_time_passes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("harness.suite.runner.time.sleep", slept.append)
    result = run(_sending("until: {within: 5, every: 2}").replace("needs: [clock]", "needs: []"))
    assert (result.reason, slept) == ("deadline", [2, 2])


def test_a_step_gives_up_before_the_endpoint_does(run: Run) -> None:
    text = """
needs: [faults]
steps:
  - call: HaeTilaTieto
    request: {Viranomainen: {$use: us}, Kysely: {}}
    wire: {fault: timeout}
    timeout: 0.05
    expect: {problem: deadline}
"""
    result = run(text, server=True)
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())
    assert result.seconds < 2.0


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ("repeat: 2\n    until: {within: 1}", "goes with no repeat and no problem"),
        ("until: {within: 0}", "within"),
        ("timeout: 0", "timeout"),
    ],
)
def test_waiting_that_makes_no_sense_is_refused(run: Run, extra: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        run(_sending(extra))


# Matchers and makers


@pytest.mark.parametrize(
    ("value", "text", "same"),
    [
        (7, "7", True),
        (7, " 007.0 ", True),
        (7, "+7", True),
        (7, "8", False),
        (7, "seven", False),
        (0.5, "0.50", True),
        (True, "1", True),
        (True, "true", True),
        (True, "false", False),
        (False, "0", True),
        ("7", "007", False),
        ("", "", True),
    ],
)
def test_numbers_are_compared_as_numbers_and_texts_as_texts(
    value: Any, text: str, same: bool
) -> None:
    assert is_same(value, text) is same


@pytest.mark.parametrize(
    ("seen", "fits"),
    [(["7"], True), (["07", "a"], True), (["8"], False), (["a", "b"], False), ([], False)],
)
def test_every_value_is_one_of_those_listed(seen: list[str], fits: bool) -> None:
    assert _matcher(Matcher(one_of=(7, "a")), seen) == ("one of 7, <text, 1 chars>", fits)


@pytest.mark.parametrize(
    ("seconds", "fits"), [(0, True), (-50, True), (50, True), (-70, False), (70, False)]
)
@pytest.mark.parametrize("zone", ["+00:00", "+02:00", ""])
def test_a_moment_is_near_in_any_zone(seconds: int, fits: bool, zone: str) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    shifted = moment + timedelta(hours=2 if zone == "+02:00" else 0)
    _, check = _every(Matcher(near=60))
    assert check(f"{shifted:%Y-%m-%dT%H:%M:%S}{zone}") is fits


@pytest.mark.parametrize("text", ["", "now", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_not_near(text: str) -> None:
    _, check = _every(Matcher(near=60))
    assert not check(text)


ASK = """
steps:
  - call: HaeTilaTieto
    request: {Viranomainen: {$use: us}, Kysely: {}}
    expect: {code: 0, %s}
"""


def test_a_text_that_must_not_come_back_is_told_without_repeating_it(run: Run) -> None:
    result = run(ASK % 'hides: [nothing, "${MESSAGE}"]'.replace("MESSAGE", "message"))
    assert result.verdict is Verdict.FAILED
    (finding,) = result.findings
    assert (finding.code, finding.expected) == ("not-hidden", "nothing of hides 2")
    assert finding.path == "HaeTilaTietoResult/TilaKoodi/SanomaTunniste"
    assert "rtest" not in finding.seen


def test_whatever_its_case_and_also_in_a_fault(run: Run) -> None:
    text = """
steps:
  - call: HaeTilaTieto
    request: {Viranomainen: {$use: us}, Kysely: {}}
    content_type: text/plain
    breaks: content-type
    expect: {fault: Client, hides: [%s]}
"""
    assert run(text % "nothing").verdict is Verdict.PASSED
    assert run(text % "CONTENT-TYPE").reason == "not-hidden"


ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:q="urn:q"%s>%s<s:Body>'
    "<s:Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring><detail>%s</detail>"
    "</s:Fault></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("", "", "<q:a>quite Secret</q:a>"), "detail/a"),
        (("", "", "<q:a>secret<q:b/></q:a>"), "detail/a"),
        (("", "", "<q:a/>secret"), "detail"),
        (("", "", "<q:a q:b='secret'/>"), "detail/a/@b"),
        (("", "", "<q:a><!-- secret --></q:a>"), "comment"),
        (("", "<s:Header><q:c>secret</q:c></s:Header>", ""), "Envelope/Header/c"),
        ((' q:d="secret"', "", ""), "Envelope/@d"),
        (("", "", "<q:_140581-9011>secret</q:_140581-9011>"), "detail/<name, 12 chars>"),
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_a_text_is_hidden_nowhere_in_the_envelope(
    parts: tuple[str, str, str], path: str, charset: str
) -> None:
    body = Body((ENVELOPE % parts).encode(charset))
    typed = (("Content-Type", f"text/xml; charset={charset}"),)
    asked = Request("HaeTilaTieto", "", Body(b""))
    judged = judge_answer(CONTRACT, asked, Exchange(asked, Answer(500, typed, body), 0.0))
    expected = Expectation(fault="Client", hides=("secret",))
    found = compare(judged.message, expected, "", Variables({}, "", ""), "")
    assert [(each.code, each.path) for each in found] == [("not-hidden", path)]


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize(
    ("code", "fits"),
    [("s:Client", True), ("Client", True), ("q:Client", False), ("s:Server", False)],
)
def test_a_code_of_soap_is_soaps_own(code: str, fits: bool, refused: bool) -> None:
    """SOAP 1.1 section 4.4.1: the four are of its namespace; who has codes, has their own names."""
    text = (ENVELOPE % ("", "", "")).replace("s:Client", code)
    asked = Request("HaeTilaTieto", "", Body(b""))
    answer = Answer(500, (("Content-Type", "text/xml"),), Body(text.encode()))
    judged = judge_answer(CONTRACT, asked, Exchange(asked, answer))
    expected = Expectation(refused=True) if refused else Expectation(fault="Client")
    found = compare(judged.message, expected, "", Variables({}, "", ""), "")
    assert (found == ()) is fits
    own = Expectation(fault="OutOfStock")
    text = text.replace(f">{code}<", ">q:OutOfStock<")
    answer = Answer(500, answer.headers, Body(text.encode()))
    judged = judge_answer(CONTRACT, asked, Exchange(asked, answer))
    assert compare(judged.message, own, "", Variables({}, "", ""), "") == ()


def test_nothing_can_be_hidden_in_no_answer(run: Run) -> None:
    with pytest.raises(ScenarioError, match="a problem brings nothing"):
        run(ASK.replace("code: 0, %s", "problem: dns, hides: [abc]"))


@pytest.mark.parametrize(("length", "told"), [("2", "length from"), ("x", "length from")])
def test_a_text_is_never_cut_to_a_length(run: Run, length: str, told: str) -> None:
    title = f"{{$pad: long, $to: {length}}}"
    with pytest.raises(ScenarioError, match=told):
        run(ADD.replace('"${row.title}"', title))
