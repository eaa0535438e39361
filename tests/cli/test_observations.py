"""``harness observation`` and ``harness ticket``: from a red run to a retest; a text to send."""

from pathlib import Path
from typing import Any

import pytest

from harness.account.customers import CUSTOMERS
from harness.cli.evidence import read_evidence
from harness.cli.seen import seen_in
from harness.config import Config
from harness.i18n import LANGUAGES
from harness.identity import codes_in
from harness.report.ticket import Ticket
from harness.suite.connecting import MOCK, connect
from harness.suite.runner import values_for
from tests.cli import support
from tests.cli.support import Project, one_paragraph

SCENARIO = "testing/missing-account-is-told"
TITLE = "Another state than the documentation tells."
DEVELOPER, COLLEAGUE, EXPERT = "supplier-developer", "colleague", "expert"
FILE = "scenarios/testing/missing-account-is-told.yaml"
RIGHT, WRONG = "Tila: 310", "Tila: 399"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A rehearsal with three people whose last run, on record, was red."""
    project = support.example(tmp_path / "p", suites={"testing": ["missing-account-is-told"]})
    settings = (project.folder / "harness.toml").read_text("utf-8")
    for name, party in ((COLLEAGUE, "supplier"), (EXPERT, "account")):
        settings += f'\n[people.{name}]\nparty = "{party}"\nrole = "somebody who tests"\n'
    (project.folder / "harness.toml").write_text(settings, "utf-8")
    must(project, "project", "new")
    project.edit(FILE, (RIGHT, WRONG))
    assert project.run("run", claim=DEVELOPER).code == 1
    must(project, "record", str(project.evidence()[-1]))
    return project


def must(project: Project, *words: str, claim: str = DEVELOPER) -> support.Result:
    result = project.run(*words, claim=claim)
    assert result.code == 0, result
    return result


def newest(project: Project) -> str:
    return read_evidence(project.evidence()[-1]).digest


def add(project: Project, severity: str = "major", title: str = TITLE) -> dict[str, Any]:
    words = ["--evidence", newest(project)[:12], "--scenario", "missing-account-is-told"]
    words += ["--severity", severity, "--owner", "account", "--title", title]
    found: dict[str, Any] = must(project, "observation", "add", *words, "--json").data
    return found


def mended(project: Project) -> str:
    """The digest of a run on record in which the scenario passed."""
    project.edit(FILE, (WRONG, RIGHT))
    must(project, "run")
    must(project, "record", str(project.evidence()[-1]))
    return newest(project)


def test_from_the_red_run_to_the_retest(project: Project) -> None:
    made = add(project)
    assert (made["id"], made["state"], made["owner"]) == ("obs-1", "open", "account")
    assert (made["code"], made["scenario"]) == ("field", SCENARIO)
    assert made["path"] == "HaeAsiakkaitaResult/Asiakkaat/Asiakas/Tila"
    objection = project.objection("OBSERVATION_OPEN")
    assert objection["command"] == "harness observation fix obs-1 --in RELEASE"
    shown = project.must("project", "show").out
    assert f"observed obs-1 major: {TITLE} ({SCENARIO}; to be fixed by account)" in shown

    must(project, "observation", "fix", "obs-1", "--in", "2.1", claim=EXPERT)
    assert "obs-1 fixed in 2.1" in project.must("history").out
    retest = ("observation", "retest", "obs-1", "--evidence")
    assert project.run(*retest, newest(project), claim=DEVELOPER).code == 1
    digest = mended(project)
    assert project.run(*retest, digest, claim=EXPERT).code == 1
    done = must(project, *retest, digest[:12], "--json").data
    assert (done["state"], done["closing"]["evidence"]) == ("retested", digest)
    assert "OBSERVATION_OPEN" not in project.codes()
    assert project.must("observation", "list", "--open", "--json").data == []
    assert [each["id"] for each in project.must("observation", "list", "--json").data] == ["obs-1"]
    text = project.must("observation", "show", "obs-1").out
    assert "fixed in 2.1" not in text.splitlines()[0]
    assert "2.1 by expert" in text
    assert f"by {DEVELOPER} on {digest[:12]}" in text


def test_handed_on_and_withdrawn(project: Project) -> None:
    add(project)
    to = ("observation", "assign", "obs-1", "--owner", "supplier", "--reason", "Not ours.")
    assert must(project, *to, "--json", claim=EXPERT).data["owner"] == "supplier"
    why = ("observation", "withdraw", "obs-1", "--reason", "Our scenario was wrong.")
    assert project.run(*why, claim=DEVELOPER).code == 1
    assert must(project, *why, "--json", claim=COLLEAGUE).data["state"] == "withdrawn"
    assert len(project.events("ObservationAssigned")) == 1
    assert "withdrawn" in project.must("observation", "list").out
    assert "because: Our scenario was wrong." in project.must("observation", "show", "obs-1").out


def test_what_is_agreed_on_closes_the_gate(project: Project) -> None:
    add(project, "minor")
    result = project.run("gate", "--json").data
    assert "OBSERVATION_OPEN" not in {each["code"] for each in result["objections"]}
    assert "OBSERVATION_OPEN" in {each["code"] for each in result["warnings"]}
    project.edit("harness.toml", ("[scenarios]", '[gate]\nobservations = "minor"\n[scenarios]'))
    assert "OBSERVATION_OPEN" in project.codes()


MISUSE = {
    "an observation there is not": "observation show obs-9",
    "a change of one there is not": "ticket obs-9",
    "evidence that is not on record": (
        f"observation add --evidence 000000000000 --scenario {SCENARIO} --severity major "
        "--owner account --title x"
    ),
    "a severity there is not": (
        f"observation add --evidence 000000000000 --scenario {SCENARIO} --severity awful "
        "--owner account --title x"
    ),
    "a scenario there is not": "observation add --scenario testing/nothing EVIDENCE",
    "a finding there is not": f"observation add --scenario {SCENARIO} --finding slow EVIDENCE",
    "a ticket of evidence that is not here": f"ticket 000000000000:{SCENARIO}",
    "a ticket of a scenario that is not there": "ticket DIGEST:nothing",
    "a ticket of a code nobody saw": "ticket unheard-of",
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse(project: Project, name: str) -> None:
    digest = newest(project)
    more = f"--evidence {digest} --severity major --owner account --title x"
    words = MISUSE[name].replace("EVIDENCE", more).replace("DIGEST", digest)
    before = project.size()
    one_paragraph(project.run(*words.split(), claim=DEVELOPER), 2)
    assert project.size() == before


def test_a_title_names_no_person(project: Project) -> None:
    words = ["--evidence", newest(project), "--scenario", SCENARIO, "--severity", "major"]
    words += ["--owner", "account", "--title", f"Wrong for {CUSTOMERS[0].id}."]
    result = project.run("observation", "add", *words, claim=DEVELOPER)
    text = one_paragraph(result, 2)
    assert CUSTOMERS[0].id not in text


# The ticket


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ticket_says_what_the_other_party_needs_and_nothing_of_persons(
    project: Project, language: str
) -> None:
    project.edit(FILE, ("Most people the authority writes to", f"People like {CUSTOMERS[0].id}"))
    add(project)
    text = must(project, "ticket", "obs-1", "--lang", language).out
    evidence = read_evidence(project.evidence()[-1])
    title = {"en": "The query tells", "fi": "Kysely kertoo", "sv": "Förfrågan anger"}[language]
    for told in (
        *(f"obs-1: {TITLE}", SCENARIO, title, "HaeAsiakkaita\n", "rajapinta: HaeAsiakkaita"),
        *("HaeAsiakkaitaResult/Asiakkaat/Asiakas/Tila", ": 399\n", ": 310\n", "in-process\n"),
        *(evidence.digest, evidence.suite_digest, evidence.contract, evidence.contract_digest),
        evidence.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "harness run --suite testing --endpoint mock -k missing-account-is-told",
        "People like <identity code>",
    ):
        assert told in text
    assert not codes_in(text.replace(evidence.digest, ""), anywhere=False)
    assert not [each.id for each in CUSTOMERS if each.id in text]
    assert "<soap" not in text.lower()
    assert "Envelope" not in text


def test_a_ticket_is_the_same_whatever_names_the_finding(project: Project) -> None:
    digest = newest(project)
    add(project)
    by_code = project.must("ticket", "field", "--json").data
    by_evidence = project.must("ticket", f"{digest[:12]}:missing-account-is-told", "--json").data
    assert by_code == by_evidence
    assert by_code["evidence"] == digest
    assert by_code["outcome"] == "failed"
    assert by_code["operations"] == ["HaeAsiakkaita"]
    (finding,) = by_code["findings"]
    assert (finding["code"], finding["expected"], finding["seen"]) == ("field", "399", "310")
    made = project.must("ticket", "obs-1", "--json").data
    assert (made["severity"], made["title"]) == ("major", f"obs-1: {TITLE}")
    assert {**by_code, **made} == made


def test_a_ticket_of_a_file_that_lies_elsewhere(project: Project, tmp_path: Path) -> None:
    (file,) = project.evidence()
    moved = file.rename(tmp_path / "handed-in.json")
    digest = read_evidence(moved).digest
    what = f"{digest}:{SCENARIO}"
    (kept,) = (project.folder / ".harness").glob(f"*.files/sha256/**/*{digest[2:]}*")
    assert project.must("ticket", what, "--json").data["evidence"] == digest
    kept.unlink()
    one_paragraph(project.run("ticket", what), 2)
    assert project.must("ticket", what, "--file", str(moved), "--json").data["evidence"] == digest


def test_a_ticket_says_when_the_scenarios_here_have_changed(project: Project) -> None:
    assert "have changed since the run" not in project.must("ticket", "field").out
    mended(project)
    assert "have changed since the run" in project.must("ticket", "field").out
    (project.folder / "scenarios" / "testing" / "suite.yaml").unlink()
    assert "Operations" not in project.must("ticket", "field").out


def test_the_ids_it_names_are_those_that_are_sent(project: Project) -> None:
    with project.environment():
        config = Config.read(project.folder / "harness.toml")
        seen = seen_in(config, newest(project), SCENARIO)
        made = Ticket("x", seen.evidence, seen.outcome)
        run = seen.evidence.run_id.removesuffix("-testing")
        assert values_for(SCENARIO, connect(config, MOCK, run)).messages == made.message_ids
    assert made.message_ids in project.must("ticket", "field").out
