"""What a release has recorded leads to the same bytes of state, in this release and in every other.

A change of these files is a change of the past. A history of the version under way is written anew
by ``python -m tests.generate_histories``; those of a released version never are.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import __version__
from harness.config import book
from harness.errors import IntegrityBroken, LedgerError
from harness.joining.events import EVENTS
from harness.joining.state import state_json
from harness.ledger import exported
from harness.ledger.older import OLDER
from harness.ledger.seal import Entry
from harness.ledger.verify import verify_export
from tests import generate_histories
from tests.joining.story import full_history

pytestmark = pytest.mark.crash
HISTORIES = sorted((book("events") / "histories").glob("*/*.jsonl"))


def names(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("history", HISTORIES, ids=names)
def test_a_history_of_a_release_leads_to_the_state_it_led_to(history: Path) -> None:
    report = verify_export(history)
    expected = history.with_name(f"{history.stem}.state.json").read_text("utf-8")
    project = report.replayed[json.loads(expected)["id"]]
    assert state_json(project) == expected
    assert report.size == sum(each.version for each in report.replayed.values())


def test_the_histories_of_this_version_hold_every_kind_of_event() -> None:
    """After adding an event: tell it in tests/joining/story.py, then generate."""
    assert HISTORIES
    topics = {
        json.loads(line).get("topic")
        for history in HISTORIES
        if history.parent.name == __version__
        for line in history.read_text("utf-8").splitlines()
    }
    assert topics - {None} - OLDER.keys() == EVENTS.keys()


def test_no_state_without_a_history() -> None:
    states = {each for each in (book("events") / "histories").rglob("*") if each.is_file()}
    assert states == {
        *HISTORIES,
        *(each.with_name(f"{each.stem}.state.json") for each in HISTORIES),
    }


def test_generating_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    made = generate_histories.texts()
    assert made == generate_histories.texts()
    generate_histories.write(tmp_path, "0.0.0")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == made


def test_a_released_version_is_never_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate_histories, "ROOT", tmp_path)
    (tmp_path / "CHANGELOG.md").write_text("## [Unreleased]\n\n## [0.9.0] - 2027-01-01\n", "utf-8")
    with pytest.raises(LedgerError, match="is released"):
        generate_histories.write(tmp_path / "0.9.0", "0.9.0")
    assert not (tmp_path / "0.9.0").exists()


class OfANewerRelease(generate_histories.Told):
    """A story in which phases are completed by an event that only a later release knows."""

    def rows(self) -> Iterator[Entry]:
        for each in super().rows():
            topic = each.topic.replace(b"PhaseCompleted.v1", b"PhaseCompleted.v2")
            yield each._replace(topic=topic)


def test_an_event_of_a_newer_release_stops_with_what_to_do(tmp_path: Path) -> None:
    newer = tmp_path / "newer.jsonl"
    newer.write_bytes(b"".join(exported.lines(OfANewerRelease("newer", full_history()))))
    with pytest.raises(LedgerError, match=r"PhaseCompleted\.v2 was written by a newer") as stopped:
        verify_export(newer)
    assert not isinstance(stopped.value, IntegrityBroken)
    assert "Install that version" in stopped.value.todo


def test_an_edited_history_is_not_a_golden_one(tmp_path: Path) -> None:
    text = HISTORIES[0].read_bytes()
    forged = tmp_path / "forged.jsonl"
    forged.write_bytes(text.replace(b'"id":"kalle"', b'"id":"kallo"', 1))
    with pytest.raises(IntegrityBroken, match="not what was sealed"):
        verify_export(forged)
