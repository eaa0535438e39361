"""Each refusal on the way: nothing is taken out of order, alone, unnamed or on other evidence.

A refused command says which rule objects, leaves with exit code 1 and records nothing.
"""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from tests.cli import support
from tests.cli.conftest import Walk
from tests.cli.support import CONTRACT, Project, Result, one_paragraph

At = Callable[[str], Project]
D = "DIGEST"  # stands for the digest of the counting evidence of the testing suite


def refused(project: Project, code: str, *words: str, by: str = "", claim: str = "") -> Result:
    """The command is refused for that reason and changes nothing."""
    before = project.size()
    result = project.run(*words, by=by, claim=claim)
    assert f"{code}: " in one_paragraph(result, 1)
    assert project.size() == before
    return result


CURRENT = {"pinned": 0, "prepared": 4, "shown": 5, "signed": 6, "agreed": 7}


@pytest.mark.parametrize("stage", CURRENT)
def test_phases_are_completed_in_order(at: At, stage: str) -> None:
    project, current = at(stage), CURRENT[stage]
    for number in range(8):
        if number != current:
            code = "PHASE_COMPLETE" if number < current else "PHASE_NOT_REACHED"
            refused(project, code, "phase", "complete", str(number), by="owner")


def test_the_last_phase_is_completed_by_opening_only(at: At) -> None:
    refused(at("approved"), "PHASE_NOT_REACHED", "phase", "complete", "7", by="owner")


REFUSED = {
    "phase 0 without its items": (
        "pinned", "ITEM_MISSING", "owner", "phase complete 0"),
    "phase 4 without evidence": (
        "prepared", "NEVER_RUN", "owner", "phase complete 4"),
    "phase 5 without sign-offs": (
        "shown", "SIGN_OFF_MISSING", "owner", "phase complete 5"),
    "phase 6 without a window": (
        "signed", "DATE_NOT_AGREED", "owner", "phase complete 6"),
    "a phase that the process does not have": (
        "created", "NOT_IN_PROCESS", "owner", "phase complete 9"),
    "an item of a complete phase": (
        "prepared", "PHASE_COMPLETE", "developer",
        "phase record 3 preparations --set done=no"),
    "a window stated for the other side": (
        "signed", "WRONG_PARTY", "owner",
        ("phase record 6 opening-window --by account --set start=2026-12-01T08:00:00Z "
        "--set end=2026-12-01T10:00:00Z")),
    "a sign-off before its phase": (
        "shown", "PHASE_NOT_REACHED", "developer", f"sign-off 7 --evidence {D}"),
    "a sign-off by another party": (
        "shown", "WRONG_PARTY", "manager", f"sign-off 5 --evidence {D}"),
    "a sign-off by one person for both parties": (
        "signed", "SAME_PERSON", "twin", f"sign-off 5 --evidence {D}"),
    "a request before the last phase": (
        "signed", "PHASE_NOT_REACHED", "owner", "request-opening"),
    "a request by the account": (
        "agreed", "WRONG_PARTY", "manager", "request-opening"),
    "an approval nobody requested": (
        "agreed", "REQUEST_MISSING", "director", f"approve --evidence {D}"),
    "an approval that leaves evidence out": (
        "requested", "EVIDENCE_UNKNOWN", "director", f"approve --evidence {D}"),
    "an approval by who requested": (
        "requested", "APPROVER_NOT_INDEPENDENT", "owner", f"approve --evidence {D}"),
    "an approval by who ran the tests": (
        "requested", "APPROVER_NOT_INDEPENDENT", "developer", f"approve --evidence {D}"),
    "an approval by who signed off": (
        "requested", "APPROVER_NOT_INDEPENDENT", "expert", f"approve --evidence {D}"),
    "an approval by who ran the tests, under another name": (
        "requested", "APPROVER_NOT_INDEPENDENT", "shadow", f"approve --evidence {D}"),
    "reopening the opening itself": (
        "approved", "NOT_IN_PROCESS", "owner", "phase reopen 7 --reason later"),
    "reopening what was not reached": (
        "prepared", "PHASE_NOT_REACHED", "owner", "phase reopen 6 --reason later"),
    "reopening an opened service": (
        "opened", "ALREADY_OPEN", "owner", "phase reopen 4 --reason moved"),
    "an item after the opening": (
        "opened", "ALREADY_OPEN", "developer", ("phase record 6 announcement --set to_whom=x "
        "--set on=2026-12-01")),
    "a request after the opening": (
        "opened", "ALREADY_OPEN", "owner", "request-opening"),
    "an approval after the opening": (
        "opened", "ALREADY_OPEN", "director", f"approve --evidence {D}"),
    "a sign-off after the opening": (
        "opened", "ALREADY_OPEN", "twin", f"sign-off 5 --evidence {D}"),
    "a phase after the opening": (
        "opened", "ALREADY_OPEN", "owner", "phase complete 6"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(at: At, walk: Walk, name: str) -> None:
    stage, code, by, words = REFUSED[name]
    project = at(stage)
    digest = support.counting(project, "testing") if D in words else ""
    refused(project, code, *words.replace(D, digest).split(), by=by)


CLAIMED = {
    "signing off": ("shown", f"sign-off 5 --evidence {D}"),
    "agreeing on a window": (
        "signed",
        (
            "phase record 6 opening-window --by supplier --set start=2026-12-01T08:00:00Z "
            "--set end=2026-12-01T10:00:00Z"
        ),
    ),
    "requesting": ("agreed", "request-opening"),
    "approving": ("requested", f"approve --evidence {D}"),
}


@pytest.mark.parametrize("name", CLAIMED)
def test_who_only_claims_a_name_decides_nothing(at: At, walk: Walk, name: str) -> None:
    stage, words = CLAIMED[name]
    project = at(stage)
    digest = support.counting(project, "testing") if D in words else ""
    words = words.replace(D, digest)
    refused(project, "IDENTITY_CLAIMED", *words.split(), claim="claimant")


def test_a_claimed_name_confirms_no_pin(at: At) -> None:
    project = at("created")
    project.must("pin", "contract", by="manager")
    digest = project.state()["pins"][0]["effective_digest"]
    refused(project, "IDENTITY_CLAIMED", "pin", "contract", "--confirm", digest, claim="claimant")


def test_a_pin_is_confirmed_by_another_party_and_another_person_once(at: At) -> None:
    project = at("created")
    project.must("pin", "contract", by="developer")
    digest = project.state()["pins"][0]["effective_digest"]
    confirm = ("pin", "contract", CONTRACT, "--confirm", digest)
    refused(project, "WRONG_PARTY", *confirm, by="developer")
    refused(project, "SAME_PERSON", *confirm, by="twin")
    project.must(*confirm, by="manager")
    refused(project, "NOTHING_TO_CONFIRM", *confirm, by="manager")


def test_a_pin_is_changed_only_with_a_second_party(at: At) -> None:
    project = at("pinned")
    before = project.state()["pins"]
    project.edit("harness.toml", ('level = "test"', 'level = "server"'))
    project.must("pin", "endpoint", "qat", by="developer")
    proposed = {each["name"]: each for each in project.state()["pins"]}["qat"]
    assert proposed["effective"] == {p["name"]: p for p in before}["qat"]["effective"]
    assert proposed["proposed"]["pin"]["level"] == "server"
    digest = proposed["proposed_digest"]
    project.must("pin", "endpoint", "qat", "--confirm", digest[:12], by="manager")
    changed = {each["name"]: each for each in project.state()["pins"]}["qat"]
    assert (changed["effective_digest"], changed["proposed_digest"]) == (digest, None)


def test_evidence_that_does_not_count_is_not_signed_off(at: At) -> None:
    project = at("shown")
    runs = [each["run"] for each in project.state()["runs"]]
    others = [e["digest"] for e in runs if e["level"] == "server" or e["driver"] == "system"]
    assert len(others) == 3
    for digest in others:
        words = ("sign-off", "5", "--evidence", digest)
        refused(project, "EVIDENCE_UNKNOWN", *words, by="expert")


def test_altered_evidence_of_a_recorded_run_is_refused(at: At) -> None:
    project = at("shown")
    file = project.evidence()[-1]
    altered = file.with_name("altered.json")
    altered.write_bytes(file.read_bytes().replace(b'"predecessor":"', b'"predecessor":"0')[:-1])
    text = one_paragraph(project.run("record", str(altered), by="developer"), 2)
    assert "altered.json" in text
    altered.write_bytes(file.read_bytes().replace(b'"level":"test"', b'"level":"server"'))
    refused(project, "EVIDENCE_REPEATED", "record", str(altered), by="developer")


def test_evidence_of_another_project_is_refused(at: At) -> None:
    project = at("created")
    file = at("shown").evidence()[-1]
    data = json.loads(file.read_bytes())
    data["predicate"]["connectionHarness"]["project"] = "another"
    other = project.folder / "other.json"
    other.write_text(json.dumps(data, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")
    refused(project, "EVIDENCE_OF_ANOTHER_PROJECT", "record", str(other), by="developer")


def test_an_opening_is_refused_at_every_stage_and_the_refusal_recorded(at: At, walk: Walk) -> None:
    for stage in ("created", "prepared", "shown", "signed", "agreed", "requested"):
        project = at(stage)
        objections = project.run("gate", "--json").data["objections"]
        result = project.run("open", "--json", by="owner")
        assert result.code == 1, result.err
        assert (result.data["open"], result.data["opened"]) == (False, False)
        assert result.data["objections"] == objections
        refusal = project.events()[-1]
        assert refusal["topic"] == "joining.OpeningRefused.v1"
        told = [{k: v for k, v in each.items() if k != "waivable"} for each in objections]
        assert refusal["event"]["objections"] == told
        assert refusal["event"]["actor"]["id"] == "owner"
        state = project.state()
        assert (state["opening"], state["refusals"]) == (None, 1)
        assert state["last_refusal"]["judged_version"] == refusal["version"] - 1


def test_a_refused_opening_is_told_in_words(at: At) -> None:
    project = at("agreed")
    result = project.run("open", by="owner")
    assert result.code == 1, result.err
    assert "The gate is CLOSED: 2 objections." in result.out
    assert "harness request-opening" in result.out
    assert (
        project.must("history")
        .out.splitlines()[-1]
        .endswith("opening refused: REQUEST_MISSING, APPROVAL_MISSING")
    )


def test_a_claimed_name_does_not_open(at: At) -> None:
    project = at("approved")
    result = project.run("open", "--json", claim="claimant")
    assert result.code == 1
    assert [each["code"] for each in result.data["objections"]] == ["IDENTITY_CLAIMED"]
    assert project.state()["opening"] is None
    assert project.events()[-1]["topic"] == "joining.OpeningRefused.v1"


def test_an_opened_service_is_not_opened_again(at: At) -> None:
    project = at("opened")
    opening = project.state()["opening"]
    result = project.run("open", "--json", by="owner")
    assert result.code == 1
    assert [each["code"] for each in result.data["objections"]] == ["ALREADY_OPEN"]
    assert project.state()["opening"] == opening


def test_a_newer_request_takes_the_approval_back(at: At) -> None:
    project = at("approved")
    project.must("request-opening", by="owner")
    assert project.codes() == ["APPROVAL_MISSING"]


def test_reopening_a_phase_reopens_what_follows(at: At) -> None:
    project = at("approved")
    project.must("phase", "reopen", "4", "--reason", "the address changes", by="manager")
    state = project.state()
    assert state["current_phase"] == 4
    assert [each["complete"] for each in state["phases"]] == [True] * 4 + [False] * 4
    assert state["phases"][4]["reopened_because"] == "the address changes"
    assert (state["request"], state["approval"], state["window"]) == (None, None, None)
    assert {"NEVER_RUN", "PHASE_NOT_REACHED", "APPROVAL_MISSING"} <= set(project.codes())


def test_the_same_file_is_recorded_once(at: At) -> None:
    project = at("shown")
    before = project.events()
    files = list(map(str, project.evidence()))
    result = project.must("record", *files, *files, "--json", by="expert")
    assert [row["new"] for row in result.data] == [False] * 10
    digests = [sha256(file.read_bytes()).hexdigest() for file in project.evidence()] * 2
    assert [row["digest"] for row in result.data] == digests
    assert project.events() == before


def test_the_window_may_not_end_before_it_starts(at: At) -> None:
    project = at("signed")
    words = support.window(5, 4)
    text = one_paragraph(
        project.run("phase", "record", "6", "opening-window", *words, by="owner"), 2
    )
    assert "end" in text
    assert project.state()["phases"][6]["items"] == []
