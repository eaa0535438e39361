"""``harness waive`` and ``harness correct``: who agrees, what is shown, what the gate says."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cli.support import Project, counting, one_paragraph

At = Callable[[str], Project]
TODAY = datetime.now(UTC).date()
SCOPE = ("--scope", "system release", "--scope", "configuration")
NEXT_WEEK = (TODAY + timedelta(days=7)).isoformat()
WHY = "The pinned release is what goes live."


@pytest.fixture
def changed(at: At) -> Project:
    """All is ready for the opening, but the supplier's release has another number since."""
    project = at("approved")
    project.edit("harness.toml", ('system_release = "1.0"', 'system_release = "1.0.1"'))
    return project


def gate(project: Project) -> dict[str, Any]:
    """The gate's answer."""
    data: dict[str, Any] = project.run("gate", "--json").data
    return data


def ask(project: Project, *more: str, by: str = "developer") -> str:
    """Ask for the one objection to be waived; gives the waiver's digest."""
    words = ("waive", "CODE_CHANGED", "--reason", WHY, *SCOPE)
    out = project.must(*words, *(more or ("--expires", NEXT_WEEK)), by=by).out
    (digest,) = re.findall(r"--confirm ([0-9a-f]{64})", out)
    return str(digest)


def test_two_parties_live_with_a_change_and_production_opens(changed: Project) -> None:
    before = gate(changed)["objections"]
    assert {(each["code"], each["waivable"]) for each in before} == {("CODE_CHANGED", True)}
    digest = ask(changed)
    assert "would waive" in changed.must("project", "show").out
    assert changed.run("gate").code == 1
    told = changed.must("waive", "CODE_CHANGED", "--confirm", digest[:12], by="manager").out
    assert told.startswith("waives CODE_CHANGED (configuration, system release): waiver-1 until")
    result = changed.must("gate")
    assert "The gate is OPEN." in result.out
    assert "~ waived CODE_CHANGED" in result.out
    words = " ".join(result.out.split())
    assert f"asked for by developer (supplier), confirmed by manager (account): {WHY}" in words
    data = gate(changed)
    assert (data["open"], data["objections"], len(data["waived"])) == (True, [], len(before))
    (waiver,) = data["waived"][0]["waivers"]
    assert (waiver["id"], waiver["reason"]) == ("waiver-1", WHY)
    assert waiver["confirmed_by"]["id"] == "manager"
    changed.must("open", by="owner")
    opened = changed.state()["opening"]
    assert opened["policy"]["waivers"] == ["waiver-1"]
    assert "opened under waiver-1" in changed.must("project", "show").out
    assert "waiver-1 confirmed" in changed.must("history", "--actor", "manager").out


def test_one_person_or_party_is_not_enough(changed: Project) -> None:
    digest = ask(changed, by="manager")
    words = ("waive", "CODE_CHANGED", "--confirm", digest)
    assert "SAME_PERSON" in one_paragraph(changed.run(*words, by="manager"), 1)
    assert "WRONG_PARTY" in one_paragraph(changed.run(*words, by="developer"), 1)
    changed.must(*words, by="director")


def test_a_waiver_ends_when_it_is_withdrawn_or_has_expired(changed: Project) -> None:
    digest = ask(changed)
    changed.must("waive", "CODE_CHANGED", "--confirm", digest, by="manager")
    later = "2999-01-01T00:00:00Z"
    assert "expired CODE_CHANGED" in changed.must("replay", "--as-of", later).out
    assert "in_effect true → false" in changed.must("diff-state", str(changed.size()), later).out
    words = ("waive", "CODE_CHANGED", "--withdraw", "waiver-1", "--reason", "No more.")
    assert "withdrawn by owner (No more.)" in changed.must(*words, by="owner").out
    assert changed.run("gate").code == 1
    at = changed.events("WaiverConfirmed")[0]["at"]
    assert "waives CODE_CHANGED" in changed.must("replay", "--as-of", at).out
    assert "withdrawn by owner" in changed.must("replay").out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("MOCK_ONLY", "--scope", "x"), 1, "NOT_WAIVABLE"),
        (("SIGN_OFF_MISSING", "--scope", "x"), 1, "NOT_WAIVABLE"),
        (("CODE_CHANGED",), 2, "no --scope was given; the gate now has an objection"),
        (
            ("CODE_CHANGED", "--scope", "weather"),
            2,
            "can be waived for: configuration, system release",
        ),
        (
            ("EXPIRED", "--scope", "weather"),
            2,
            "the gate now has no objection EXPIRED that can be waived",
        ),
        (("NONSENSE", "--scope", "x"), 2, "is not one of"),
    ],
)
def test_what_cannot_be_waived_is_refused(
    changed: Project, words: tuple[str, ...], code: int, told: str
) -> None:
    before = changed.size()
    more = ("--reason", WHY, "--expires", NEXT_WEEK)
    assert told in one_paragraph(changed.run("waive", *words, *more, by="developer"), code)
    assert changed.size() == before


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        (TODAY - timedelta(days=2), "expires in the past"),
        (TODAY + timedelta(days=200), "more than 90 days ahead"),
        ("9999-12-31", "more than 90 days ahead"),
        ("soon", "'soon' is neither a day of the calendar nor a time with its zone"),
        ("2026-13-01", "'2026-13-01' is neither a day of the calendar"),
        ("2026-12-24T12:00:00", "Write the last day as 2026-12-31, or a time as"),
    ],
)
def test_a_day_that_cannot_be_is_refused(changed: Project, expires: object, told: str) -> None:
    words = ("waive", "CODE_CHANGED", "--scope", "system release", "--reason", WHY)
    result = changed.run(*words, "--expires", str(expires), by="developer")
    assert told in one_paragraph(result, 2)


@pytest.mark.parametrize(
    "words",
    [
        ("--confirm", "0" * 64, "--withdraw", "waiver-1"),
        ("--confirm", "0" * 64, "--scope", "configuration"),
        ("--confirm", "0" * 64, "--reason", WHY),
        ("--withdraw", "waiver-1", "--reason", WHY, "--expires", NEXT_WEEK),
    ],
)
def test_no_option_of_a_waiver_is_left_unheard(changed: Project, words: tuple[str, ...]) -> None:
    result = changed.run("waive", "CODE_CHANGED", *words, by="manager")
    assert "give one of these: --scope, --reason and --expires" in one_paragraph(result, 2)


def test_a_day_holds_to_its_end_and_a_time_to_the_second(changed: Project) -> None:
    ask(changed)
    then = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    ask(changed, "--expires", then.isoformat())
    day, time = (row["event"]["expires"] for row in changed.events("WaiverRequested"))
    after = TODAY + timedelta(days=8)
    assert day == f"{after.isoformat()}T00:00:00.000000Z"
    assert datetime.fromisoformat(time) == then


def recorded(project: Project, suite: str) -> int:
    """The position of the evidence that counts for a suite."""
    digest = counting(project, suite)
    rows = project.events("TestRunRecorded")
    position: int = next(r["position"] for r in rows if r["event"]["run"]["digest"] == digest)
    return position


def test_withdrawn_evidence_stays_and_shows_nothing(at: At) -> None:
    project = at("approved")
    position = str(recorded(project, "testing"))
    told = project.must("correct", position, "--reason", "Another release.", by="developer").out
    assert "withdrawn" in told
    assert "not confirmed by a second party: Another release." in told
    codes = {each["code"] for each in gate(project)["objections"]}
    assert {"EVIDENCE_WITHDRAWN", "APPROVAL_MISSING", "SIGN_OFF_MISSING"} <= codes
    alone = project.run("correct", position, "--confirm", by="developer")
    assert "SAME_PERSON" in one_paragraph(alone, 1)
    project.must("correct", position, "--confirm", by="manager")
    lines = project.must("history").out.splitlines()
    (place,) = [n for n, line in enumerate(lines) if line.split()[0] == position]
    said = f"a mistake, as entry {project.size() - 1} says: Another release."
    assert lines[place + 1].strip() == said
    (row,) = [row for row in project.events() if row["position"] == int(position)]
    assert row["corrected_by"] == project.size() - 1
    assert "confirmed by manager: Another release." in project.must("project", "show").out
    difference = project.must("diff-state", str(project.size() - 2), str(project.size())).out
    assert "corrections:" in difference
    assert "EVIDENCE_WITHDRAWN" in difference


def test_open_on_withdrawn_evidence_is_what_the_status_says(at: At) -> None:
    project = at("opened")
    assert " open  " in project.must("project", "list").out
    digest, position = counting(project, "testing"), str(recorded(project, "testing"))
    project.must("correct", position, "--reason", "Another release.", by="developer")
    assert f"OPEN ON WITHDRAWN EVIDENCE: {digest}" in project.must("project", "show").out
    assert "open on withdrawn evidence" in project.must("project", "list").out
    (listed,) = project.must("project", "list", "--json").data
    assert listed["gate"]["on_withdrawn_evidence"]
    assert project.must("verify", "--json").data["portfolio"] == "as recorded"
    notes = [each["code"] for each in gate(project)["warnings"]]
    assert "OPENED_ON_WITHDRAWN" in notes


def test_of_other_events_a_note_is_made(at: At) -> None:
    project = at("prepared")
    row = project.events("ItemRecorded")[0]
    position = str(row["position"])
    out = project.must("correct", position, "--reason", "It was the annex.", by="owner").out
    assert out.startswith(f"event {row['version']} noted as mistaken")
    project.must("correct", position, "--confirm", by="manager")
    assert project.state()["current_phase"] == 4
    assert [each["reason"] for each in project.state()["corrections"]] == ["It was the annex."]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("9999", "--reason", "x"), "no event of this project at position 9999"),
        (("0", "--reason", "x"), "is not in the range"),
        (("3", "--confirm"), "nobody has said"),
        (("3",), "either --reason or --confirm"),
        (("3", "--confirm", "--reason", "x"), "either --reason or --confirm"),
    ],
)
def test_a_correction_of_nothing_is_refused(at: At, words: tuple[str, ...], told: str) -> None:
    project = at("prepared")
    before = project.size()
    assert told in one_paragraph(project.run("correct", *words, by="manager"), 2)
    assert project.size() == before
