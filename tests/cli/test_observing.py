"""``harness observe`` and ``harness relay``, driven by a supplier's system in its own words."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.config import book
from harness.suite.suites import load_suite
from tests.cli import support
from tests.cli.support import Place, Project, driven
from tests.support.account_server import AccountServer
from tests.support.supplier import Careless, example

SUPPLIER = "supplier"
NEEDY = {
    "supplier/fault-starts-no-storm",
    "supplier/item-is-sent-again-after-a-lost-answer",
    "supplier/item-waits-for-the-end-of-a-break",
    "supplier/letter-is-sent-again-after-a-lost-answer",
    "supplier/signed-call-is-taken",
}


@pytest.fixture(scope="module")
def qat() -> Iterator[AccountServer]:
    with support.server(support.shipped_contract()) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, qat: AccountServer) -> Project:
    made = support.example(tmp_path / "p", suites={"connection": None, SUPPLIER: None})
    with (made.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + Place(qat.url).text("qat") + "\n")
    return made


def evidence(project: Project) -> dict[str, Any]:
    (file,) = project.evidence()
    found: dict[str, Any] = json.loads(file.read_bytes())["predicate"]["connectionHarness"]
    return found


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["outcome"] for each in found["outcomes"]}


def test_a_good_system_is_observed_and_leaves_evidence_of_its_release(project: Project) -> None:
    code, told = driven(project, "observe")
    assert code == 0, told
    found = evidence(project)
    assert (found["suite"], found["level"], found["driver"]) == (SUPPLIER, "server", "system")
    assert (found["system_release"], found["through"]) == ("1.0", "")
    assert found["endpoint"]["name"] == "server"
    done = outcomes(found)
    assert done.pop("supplier/signed-call-is-taken") == "not-realisable"
    assert set(done.values()) == {"passed"}
    journal = (project.folder / ".harness/observe/journal.jsonl").read_text("utf-8")
    assert journal.count("\n") > 20
    for each, _ in example.CUSTOMERS.values():
        assert each not in journal
        assert each not in json.dumps(found)


def test_planted_mistakes_are_found_and_explained(project: Project) -> None:
    code, told = driven(project, "observe", "--any-order", system=Careless())
    assert code == 1
    found = evidence(project)
    codes = {f["code"] for each in found["outcomes"] for f in each["findings"]}
    assert {"item-id-reused", "personal-data", "schema"} <= codes
    assert outcomes(found)["supplier/every-call-keeps-the-rules"] == "failed"
    assert outcomes(found)["supplier/health-is-asked"] == "passed"
    assert "personal-data Kysely/Kohteet/Kohde/Nimeke" in told
    for each in codes:
        assert project.must("explain", each).out


def test_the_relay_shows_the_same_at_the_level_of_the_endpoint(
    project: Project, qat: AccountServer
) -> None:
    code, told = driven(project, "relay", "--to", "qat", "--suite", SUPPLIER)
    assert code == 0, told
    found = evidence(project)
    assert (found["level"], found["driver"], found["through"]) == ("test", "system", "relay")
    assert found["endpoint"]["address"] == qat.url
    assert found["peers"] == [qat.url.split("/")[2]]
    done = outcomes(found)
    assert {name for name, each in done.items() if each == "not-realisable"} == NEEDY
    assert set(done.values()) == {"passed", "not-realisable"}
    journal = (project.folder / ".harness/relay/journal.jsonl").read_text("utf-8")
    assert '"operation":"LisaaKohteita"' in journal
    assert qat.account.items()


def test_the_relay_finds_the_same_mistakes(project: Project) -> None:
    code, _ = driven(project, "relay", "--to", "qat", "--suite", SUPPLIER, system=Careless())
    assert code == 1
    codes = {f["code"] for each in evidence(project)["outcomes"] for f in each["findings"]}
    assert {"item-id-reused", "personal-data", "schema"} <= codes


def _watching(
    project: Project, *words: str, then: Callable[[Any, list[str]], None]
) -> tuple[int, str, str]:
    """Start a command, do something once it listens; exit code, stdout, stderr."""
    with project.start(*words, "--port", "0", stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        then(process, lines)
        assert process.stderr is not None
        lines.append(process.stdout.read())
        err = process.stderr.read()
    return process.returncode, "".join(lines), err


def test_what_does_not_come_is_not_seen_and_never_green(project: Project) -> None:
    def hurry(process: Any, _: list[str]) -> None:
        process.stdin.write("\n" * 30)
        process.stdin.flush()

    words = ("observe", "--scenario", "health-is-asked", "--lang", "sv")
    code, out, _ = _watching(project, *words, then=hurry)
    assert code == 1
    assert "Låt systemet kontrollera sin förbindelse" in out
    assert "INTE SETT" in out
    assert "The system was not seen doing what the scenario asks" in out
    found = outcomes(evidence(project))
    assert found.pop("supplier/health-is-asked") == "not-seen"
    assert set(found.values()) == {"not-run"}
    assert evidence(project)["selection"] == ["health-is-asked"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_before_the_end_leaves_incomplete_evidence(
    project: Project, number: signal.Signals
) -> None:
    code, out, err = _watching(
        project, "observe", "--json", then=lambda process, _: process.send_signal(number)
    )
    assert (code, err) == (1, "")
    last = json.loads(out.splitlines()[-1])
    assert (last["event"], last["complete"], last["verdict"]) == ("evidence", False, "inconclusive")


def test_without_a_suite_the_relay_judges_and_leaves_no_evidence(project: Project) -> None:
    def ask(process: Any, lines: list[str]) -> None:
        system = Careless()
        system.url = json.loads(lines[0])["url"]
        system.ask("active")
        system.letter("none")
        fields = {
            "Content-Type": "text/xml",
            "SOAPAction": f'"{example.NAMESPACE}/Viranomaispalvelut/HaeTilaTieto"',
            "X-Customer": example.CUSTOMERS["active"][0],
        }
        data = system.envelope("HaeTilaTieto", "<Kysely/>")
        urllib.request.urlopen(urllib.request.Request(system.url, data, fields)).close()
        lines += [process.stdout.readline() for _ in range(3)]
        process.terminate()

    code, out, err = _watching(project, "relay", "--to", "qat", "--json", then=ask)
    assert (code, err) == (0, "")
    listening, asked, sent, told = map(json.loads, out.splitlines())
    assert listening["to"].startswith("http://127.0.0.1:")
    assert (asked["operation"], asked["findings"]) == ("HaeAsiakkaita", [])
    assert {each["code"] for each in sent["findings"]} == {"schema", "personal-data"}
    assert [each["path"] for each in told["findings"]] == ["HTTP field X-Customer"]
    assert project.evidence() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("observe", "--suite", "connection"), "is driven by the harness"),
        (("observe", "--suite", "nothing"), "there is no suite 'nothing'"),
        (("observe", "--scenario", "nothing"), "has no scenario 'nothing'"),
        (("observe", "--key", "harness.toml"), "need --cert"),
        (("relay", "--to", "mock"), "has no endpoint 'mock'"),
        (("relay", "--to", "qat", "--listen", "0.0.0.0"), "plain HTTP shows them everything"),
        (("run", "--suite", SUPPLIER), "is driven by your own system"),
    ],
)
def test_what_cannot_be_watched_is_said(
    project: Project, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    assert said in support.one_paragraph(project.run(*words), 2)
    assert project.evidence() == []


def test_evidence_of_a_system_names_its_release(project: Project) -> None:
    project.edit("harness.toml", ('system_release = "1.0"\n', ""))
    assert "which release of your system" in support.one_paragraph(project.run("observe"), 2)


def test_a_run_of_all_suites_leaves_the_observed_one_out(project: Project) -> None:
    result = project.must("run", "--json")
    assert [each["suite"] for each in result.data] == ["connection"]


def test_the_relay_contacts_no_host_that_may_not_be(project: Project) -> None:
    text = Place("https://pr0.integraatiopalvelu.fi/x").text("prod")
    with (project.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    said = support.one_paragraph(project.run("relay", "--to", "prod"), 2)
    assert "contacted only after production has been opened" in said


def test_the_shipped_suite_needs_what_a_relay_cannot_do_in_few_scenarios() -> None:
    suite = load_suite(book("scenarios") / SUPPLIER)
    needy = {each.id for each in suite.observed.values() if each.content.needs}
    assert needy == NEEDY
