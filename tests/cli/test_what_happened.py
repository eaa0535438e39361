"""``harness history`` by filters, ``replay --verify`` and ``diff-state``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.support import Project, one_paragraph
from tests.cli.test_every_command import ledger

At = Callable[[str], Project]


@pytest.fixture
def opened(at: At) -> Project:
    return at("opened")


def positions(project: Project, *words: str) -> tuple[list[int], dict[str, int]]:
    data = project.must("history", "--json", *words).data
    found = [row["position"] for row in data["events"]]
    assert data["total"] == len(found) + sum(data["left_out"].values())
    return found, data["left_out"]


def test_since_a_position_and_since_its_time_are_the_same_part(opened: Project) -> None:
    rows = opened.events()
    at = rows[30]["at"]
    by_position, left_out = positions(opened, "--since", "31")
    assert by_position == [row["position"] for row in rows][30:]
    assert left_out == {"since": 30}
    by_time, _ = positions(opened, "--since", at)
    assert by_time == [row["position"] for row in rows if row["at"] >= at]
    assert positions(opened, "--since", "2999-01-01T00:00:00Z") == ([], {"since": len(rows)})


def test_the_phase_is_the_one_named_or_of_the_suite_or_the_current_one(opened: Project) -> None:
    rows, split = opened.events(), list[int]()
    for number in range(8):
        found, _ = positions(opened, "--phase", str(number))
        topics = {rows[place - 1]["topic"].split(".")[1] for place in found}
        wanted = {0: "ProjectCreated", 4: "TestRunRecorded", 5: "SignedOff", 7: "ProductionOpened"}
        assert wanted.get(number, "PhaseCompleted") in topics
        split += found
    assert sorted(split) == [row["position"] for row in rows]


def test_an_actor_is_found_however_the_id_is_spelt(opened: Project) -> None:
    rows = opened.events()
    found, _ = positions(opened, "--actor", " OWNER ")
    assert found == [r["position"] for r in rows if r["event"]["actor"]["id"] == "owner"]


def test_filters_combine_and_each_says_what_it_left_out(opened: Project) -> None:
    found, left_out = positions(opened, "--since", "10", "--phase", "6", "--actor", "manager")
    by_hand = set(positions(opened, "--since", "10")[0])
    by_hand &= set(positions(opened, "--phase", "6")[0])
    assert set(found) == by_hand & set(positions(opened, "--actor", "manager")[0])
    assert len(found) == 1
    assert list(left_out) == ["since", "phase", "actor"]
    assert all(left_out.values())
    text = opened.must("history", "--since", "10", "--phase", "6", "--actor", "manager").out
    lines = text.splitlines()
    assert len(lines) == 2
    assert lines[-1] == (
        f"1 of {len(opened.events())} events; left out: 9 by --since, {left_out['phase']} by "
        f"--phase, {left_out['actor']} by --actor"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--phase", "8"), "it has 0, 1, 2, 3, 4, 5, 6, 7"),
        (("--actor", "nobody"), "Those who did: developer"),
        (("--since", "9999"), "last event has"),
        (("--since", "yesterday"), "2026-11-22T12:00:00Z"),
        (("--since", "-1"), "neither a position of harness history nor a time with its zone"),
        (("--since", "1" * 30), "neither a position of harness history nor a time with its zone"),
    ],
)
def test_a_filter_that_names_nothing_is_refused(
    opened: Project, words: tuple[str, ...], told: str
) -> None:
    assert told in one_paragraph(opened.run("history", *words), 2)


def test_a_verified_replay_says_up_to_where_it_is_proven(at: At, tmp_path: Path) -> None:
    project = at("requested")
    kept = tmp_path / "kept.checkpoint"
    kept.write_bytes((project.folder / ".harness/ledger.checkpoint").read_bytes())
    size = project.size()
    project.must("pin", "suite", "testing", by="manager")  # changes nothing: pinned already
    project.must("phase", "reopen", "6", "--reason", "another date", by="owner")
    (project.folder / ".harness/ledger.checkpoint").unlink()
    words = ("replay", "--verify", "--checkpoint", str(kept))
    whole = project.must(*words).out
    assert f"the last event of this state is entry {size + 1}" in whole
    assert f"proven up to entry {size}:" in whole
    assert f"by the checkpoint of {size} entries in {kept}" in whole
    assert f"for what follows, up to entry {size + 1}, only the ledger's key vouches" in whole
    then = project.must(*words, "--as-of", str(size)).out
    assert f"proven up to entry {size}:" in then
    assert "for what follows" not in then
    assert "no checkpoint vouches for any of it" in project.must("replay", "--verify").out


def test_a_verified_replay_gives_the_same_json_and_tells_the_proof_aside(opened: Project) -> None:
    plain, verified = (opened.must("replay", "--json", *words) for words in ((), ("--verify",)))
    assert plain.out == verified.out
    assert "proven up to entry" in verified.err


def test_a_broken_record_is_not_replayed(at: At) -> None:
    project = at("approved")
    file = ledger(project)
    data = file.read_bytes()
    file.write_bytes(data.replace(b"service manager", b"service managed", 1))
    assert "is not what was sealed" in one_paragraph(project.run("replay", "--verify"), 3)


def test_a_checkpoint_without_verifying_is_misuse(opened: Project) -> None:
    kept = str(opened.folder / ".harness/ledger.checkpoint")
    one_paragraph(opened.run("replay", "--checkpoint", kept), 2)


def test_what_changed_between_two_positions(opened: Project) -> None:
    (row,) = opened.events("ProductionOpened")
    last = row["position"]
    data = opened.must("diff-state", str(last - 1), str(last), "--json").data
    found = {(each["section"], each["name"], each["change"]) for each in data["differences"]}
    assert ("decisions", "opening", "added") in found
    assert ("phases", "phase 7", "changed") in found
    assert ("policy", "max_age_days", "added") in found
    assert (data["before"]["version"], data["after"]["version"]) == (last - 1, last)
    text = opened.must("diff-state", str(last - 1), str(last)).out
    assert "  + max_age_days: 60" in text
    assert "  ~ phase 7: complete false → true" in text


def test_over_the_whole_life_every_section_tells_something(opened: Project) -> None:
    count = len(opened.events())
    data = opened.must("diff-state", "1", str(count), "--json").data
    sections = {each["section"] for each in data["differences"]}
    assert sections == {
        *("phases", "forms", "pins", "evidence", "counting", "decisions", "objections", "policy")
    }
    closed = [e for e in data["differences"] if e["section"] == "objections"]
    assert {e["change"] for e in closed if e["name"].startswith("ITEM_MISSING")} == {"removed"}
    back = opened.must("diff-state", str(count), "1", "--json").data["differences"]
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [
        (each["section"], each["name"], turned[each["change"]], each["after"], each["before"])
        for each in back
    ] == [
        (each["section"], each["name"], each["change"], each["before"], each["after"])
        for each in data["differences"]
    ]


def test_an_empty_difference_is_said_in_words(opened: Project) -> None:
    result = opened.must("diff-state", "5", opened.events()[4]["at"])
    assert result.out.endswith("Nothing changed: the two states tell the same.\n")
    assert opened.must("diff-state", "5", "5", "--json").data["differences"] == []


def test_a_moment_before_the_project_has_no_state(opened: Project) -> None:
    one_paragraph(opened.run("diff-state", "1999-01-01T00:00:00Z", "5"), 2)
    one_paragraph(opened.run("diff-state", "5", "soon"), 2)
