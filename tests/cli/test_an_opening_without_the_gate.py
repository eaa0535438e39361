"""The keeper has the ledger's key and code of their own: what they opened past the gate is told."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from harness.config import Config
from harness.joining.events import JoiningEvent
from harness.joining.policy import GatePolicy
from harness.ledger.application import Ledger
from tests.cli.support import ID, Project

At = Callable[[str], Project]


def open_past_the_gate(project: Project) -> None:
    config = Config.read(project.folder / "harness.toml")
    with Ledger.open(config.ledger_place, config.key_path) as ledger:
        events = (each.event for each in ledger.events(ID))
        told = [each for each in events if isinstance(each, JoiningEvent)]
        owner = next(each.actor for each in told if each.actor.id == "owner")
        found = ledger.project(ID)
        version = found.version
        found.open_production(
            version, GatePolicy().values(), at=datetime.now(UTC), actor=owner, event_id="forged"
        )
        ledger.save(found, version)


def test_verify_puts_an_opening_to_the_gate_again(at: At, tmp_path: Path) -> None:
    project = at("approved")
    position = project.events("CanariesRecorded")[-1]["position"]
    project.must("correct", str(position), "--reason", "Planted elsewhere.", by="manager")
    assert project.codes() == ["EVIDENCE_WITHDRAWN"]
    open_past_the_gate(project)
    project.must("export", str(tmp_path / "ledger.jsonl"))
    for words in (("verify",), ("verify", "--export", str(tmp_path / "ledger.jsonl"))):
        told = project.must(*words)
        assert "WOULD NOT BE GRANTED by the gate of this version:" in told.out
        assert "    EVIDENCE_WITHDRAWN: The newest evidence of the canaries" in told.out
        (opening,) = project.must(*words, "--json").data["openings"]
        assert opening["project"] == ID
        assert [each["code"] for each in opening["objections"]] == ["EVIDENCE_WITHDRAWN"]


def test_an_opening_by_the_gate_is_told_as_one(at: At) -> None:
    told = at("opened").must("verify")
    assert "put to the gate again: nothing speaks against it" in told.out
    assert "WOULD NOT" not in told.out
    assert at("approved").must("verify", "--json").data["openings"] == []
