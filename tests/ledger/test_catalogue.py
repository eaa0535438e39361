"""``events/`` says what the code says, and a schema accepts exactly what is recorded."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.classes import dataclass
from harness.config import book
from harness.errors import LedgerError
from harness.joining.events import EVENTS, JoiningEvent
from harness.ledger import catalogue
from harness.ledger.codec import Codec
from harness.ledger.older import OLDER
from tests.ledger.samples import SAMPLES

FILES = catalogue.files()


@pytest.mark.parametrize("name", FILES)
def test_the_checked_in_files_are_those_generated(name: str) -> None:
    """After adding an event: ``python -m harness.ledger.catalogue events``."""
    assert (book("events") / name).read_text(encoding="utf-8") == FILES[name]


def test_no_schema_without_an_event() -> None:
    """A released event is never removed; one that never was released leaves no file."""
    found = {f"schemas/{path.name}" for path in (book("events") / "schemas").glob("*.json")}
    older = {f"schemas/{topic.partition('.')[2]}.json" for topic in OLDER}
    assert found == (FILES.keys() - {"README.md"}) | older


def test_a_frozen_schema_has_not_changed_and_every_schema_is_frozen() -> None:
    """A released schema never changes: give the event a new version instead."""
    folder = book("events") / "schemas"
    digests = {each.name: sha256(each.read_bytes()).hexdigest() for each in folder.glob("*.json")}
    assert catalogue.frozen(book("events") / catalogue.FROZEN) == digests


@dataclass(frozen=True)
class Reshaped(JoiningEvent):
    """An event whose shape was changed, under its old topic."""

    TOPIC: ClassVar[str] = "joining.PhaseReopened.v1"

    phase: int
    reason: str
    scope: str = ""


@dataclass(frozen=True)
class Fresh(JoiningEvent):
    """An event that never was."""

    TOPIC: ClassVar[str] = "joining.Fresh.v1"


def test_writing_refuses_to_change_a_frozen_schema(tmp_path: Path) -> None:
    catalogue.write(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(LedgerError, match="is frozen") as refused:
        catalogue.write(tmp_path, {**EVENTS, Reshaped.TOPIC: Reshaped})
    assert refused.value.where == "schemas/PhaseReopened.v1.json"
    assert {path: path.read_bytes() for path in before} == before


def test_writing_adds_a_new_schema_and_freezes_it(tmp_path: Path) -> None:
    catalogue.write(tmp_path)
    before = catalogue.frozen(tmp_path / catalogue.FROZEN)
    catalogue.write(tmp_path, {**EVENTS, Fresh.TOPIC: Fresh})
    after = catalogue.frozen(tmp_path / catalogue.FROZEN)
    assert after.keys() - before.keys() == {"Fresh.v1.json"}
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("topic", EVENTS)
def test_a_schema_names_every_field_that_is_stored(topic: str) -> None:
    schema = json.loads(FILES[f"schemas/{topic.partition('.')[2]}.json"])
    state = json.loads(Codec(EVENTS).to_stored_event(SAMPLES[topic]).state)
    whole = {**state, "originator_id": "demo", "originator_version": 7}
    check(schema, whole, schema)


def check(schema: Any, value: Any, root: Any) -> None:
    """Enough of JSON Schema for these files; whatever else they use fails the test."""
    if "$ref" in schema:
        return check(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root)
    if "anyOf" in schema:
        assert any(accepts(each, value, root) for each in schema["anyOf"]), schema
        return None
    kind = schema["type"]
    python: dict[str, type] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
    }
    assert type(value) is python.get(kind, type(None)), (kind, value)
    if isinstance(value, dict):
        assert schema["additionalProperties"] is False
        assert set(value) == set(schema["properties"]) == set(schema["required"])
        for name, each in value.items():
            check(schema["properties"][name], each, root)
    if isinstance(value, list):
        for each in value:
            check(schema["items"], each, root)
    assert value in schema.get("enum", [value])
    return None


def accepts(schema: Any, value: Any, root: Any) -> bool:
    try:
        check(schema, value, root)
    except AssertionError:
        return False
    return True


def test_the_table_lists_every_event() -> None:
    for topic in EVENTS:
        assert f"[`{topic}`]" in FILES["README.md"]


def test_writing_makes_the_same_files(tmp_path: Path) -> None:
    catalogue.write(tmp_path / "events")
    for name, text in FILES.items():
        assert (tmp_path / "events" / name).read_text(encoding="utf-8") == text


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "README.md").mkdir()
    with pytest.raises(LedgerError, match="cannot be written"):
        catalogue.write(tmp_path)
