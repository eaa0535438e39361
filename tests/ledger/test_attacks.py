"""Attacks on the record, row by row of the attack table (L1-L15, L22-L24 and C12, C15-C17).

The attacker may write to the database file and knows the schema, but has no key.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.seal import Entry
from harness.ledger.verify import verify
from harness.ledger_url import LedgerPlace
from harness.proof.keys import PrivateKey
from harness.proof.merkle import leaf_hash, node_hash
from tests.ledger.helpers import (
    Hands,
    attacker,
    begin,
    checkpoint_of,
    fill,
    hands_on,
    opened,
    reading,
    step,
)

pytestmark = pytest.mark.attacks


def edit_state(connection: Hands, position: int, edit: Callable[[dict[str, object]], None]) -> None:
    row = connection.execute("SELECT state FROM stored_events WHERE position = ?", (position,))
    state = json.loads(row.fetchone()[0])
    edit(state)
    text = json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    connection.execute(
        "UPDATE stored_events SET state = ? WHERE position = ?", (text.encode(), position)
    )


def edit_actor(connection: Hands) -> None:
    def edit(state: dict[str, object]) -> None:
        actor = state["actor"]
        assert isinstance(actor, dict)
        actor["id"] = "somebody"

    edit_state(connection, 5, edit)


def edit_time(connection: Hands) -> None:
    edit_state(connection, 5, lambda state: state.update(timestamp="2026-03-01T08:05:00.000001Z"))


def flip_bit(connection: Hands) -> None:
    row = connection.execute("SELECT state FROM stored_events WHERE position = 5").fetchone()
    state = bytearray(row[0])
    state[20] ^= 1
    connection.execute("UPDATE stored_events SET state = ? WHERE position = 5", (bytes(state),))


def delete_last(connection: Hands) -> None:
    connection.execute("DELETE FROM stored_events WHERE position = 8")


def number_anew(connection: Hands, last: int) -> None:
    """Only SQLite remembers what it numbered."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("UPDATE sqlite_sequence SET seq = ?", (last,))


def without_checks(connection: Hands) -> None:
    """Those of a server went with its guards."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA ignore_check_constraints = ON")


def delete_last_with_its_head(connection: Hands) -> None:
    delete_last_with_its_head_only(connection)
    number_anew(connection, 7)


def delete_last_with_its_head_only(connection: Hands) -> None:
    delete_last(connection)
    connection.execute("DELETE FROM tree_heads WHERE size = 8")


def delete_middle(connection: Hands) -> None:
    connection.execute("DELETE FROM stored_events WHERE position = 5")


def renumber_after(connection: Hands, gone: int) -> None:
    for position in range(gone + 1, 9):
        connection.execute(
            "UPDATE stored_events SET position = position - 1, "
            "originator_version = originator_version - 1 WHERE position = ?",
            (position,),
        )


def delete_and_renumber(connection: Hands) -> None:
    delete_middle(connection)
    renumber_after(connection, 5)


def swap_payloads(connection: Hands) -> None:
    (five,), (six,) = connection.execute(
        "SELECT state FROM stored_events WHERE position IN (5, 6) ORDER BY position"
    ).fetchall()
    for state, position in ((six, 5), (five, 6)):
        connection.execute(
            "UPDATE stored_events SET state = ? WHERE position = ?", (state, position)
        )


def repeat_old_event(connection: Hands) -> None:
    connection.execute(
        "UPDATE stored_events SET state = (SELECT state FROM stored_events WHERE position = 3) "
        "WHERE position = 5"
    )


def forge_tail(connection: Hands) -> None:
    connection.execute(
        "INSERT INTO stored_events SELECT 9, originator_id, 9, topic, state "
        "FROM stored_events WHERE position = 7"
    )


def hide_before_the_first(connection: Hands) -> None:
    """An entry that walks from 1 on never meet, but that is the newest of its project."""
    connection.execute(
        "INSERT INTO stored_events SELECT 0, originator_id, 9, topic, state "
        "FROM stored_events WHERE position = 7"
    )


def name_a_module(connection: Hands) -> None:
    without_checks(connection)
    connection.execute("UPDATE stored_events SET topic = 'antigravity:fly' WHERE position = 5")


def rename_project(connection: Hands) -> None:
    connection.execute("UPDATE stored_events SET originator_id = 'other' WHERE position = 8")


def shift_columns(connection: Hands) -> None:
    """L23: joined bytes stay equal, their borders move."""
    without_checks(connection)
    row = connection.execute("SELECT topic, state FROM stored_events WHERE position = 5")
    topic, state = row.fetchone()
    connection.execute(
        "UPDATE stored_events SET topic = ?, state = ? WHERE position = 5",
        (topic[:-1], topic[-1].encode() + state),
    )


def alter_head_root(connection: Hands) -> None:
    connection.execute("UPDATE tree_heads SET root = ? WHERE size = 5", (bytes(32),))


def alter_head_frontier(connection: Hands) -> None:
    connection.execute("UPDATE tree_heads SET frontier = ? WHERE size = 5", (bytes(64),))


def alter_head_note(connection: Hands) -> None:
    connection.execute(
        "UPDATE tree_heads SET note = (SELECT note FROM tree_heads WHERE size = 6) WHERE size = 5"
    )


def delete_all_heads(connection: Hands) -> None:
    connection.execute("DELETE FROM tree_heads")


ATTACKS: dict[str, tuple[Callable[[Hands], None], str]] = {
    "L1-edit-actor": (
        edit_actor,
        r"entry 5 \(joining.ContractPinned.v1, version 5 of demo\) is not",
    ),
    "L2-edit-time": (edit_time, "entry 5 .* is not what was sealed"),
    "L3-delete-last": (delete_last, "ends at entry 7, but 8 were"),
    "L3-delete-last-and-head": (delete_last_with_its_head_only, "numbered 8|8 were recorded"),
    "L4-delete-middle": (delete_middle, "entry 5 is missing"),
    "L5-delete-and-renumber": (delete_and_renumber, "entry 5 .* is not what was sealed"),
    "L6-swap-payloads": (swap_payloads, "entry 5 .* is not what was sealed"),
    "L7-replay-old-event": (repeat_old_event, "entry 5 .* is not what was sealed"),
    "L8-forge-tail": (forge_tail, "entry 9 .* not sealed|entry 9 is not sealed"),
    "L8-hide-before-the-first": (hide_before_the_first, "entry 0 |damaged"),
    "L9-topic-names-a-module": (name_a_module, "entry 5 .* is not what was sealed"),
    "L11-cut-with-head-and-sequence": (delete_last_with_its_head, "cut or rolled back"),
    "L23-shift-columns": (shift_columns, "entry 5 .* is not what was sealed"),
    "C15-flipped-bit": (flip_bit, "entry 5 .* is not what was sealed"),
    "other-project": (rename_project, "does not follow|is not what was sealed"),
    "head-root": (alter_head_root, "contradicts|sealed|malformed|signature|another root"),
    "head-frontier": (alter_head_frontier, "stored tree of 5 entries"),
    "head-note": (alter_head_note, "checkpoint of 5 entries contradicts"),
    "no-heads": (delete_all_heads, "sealed|no signed tree head"),
}


CUT_ON_SERVER = ("L3-delete-last-and-head", "L11-cut-with-head-and-sequence")
"""On a server nothing but the checkpoint remembers an entry that went with its head."""


def said_of(name: str, place: LedgerPlace) -> str:
    if name in CUT_ON_SERVER and not isinstance(place, Path):
        return "cut or rolled back"
    return ATTACKS[name][1]


@pytest.mark.crash
@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("stealthy", [True, False])
@pytest.mark.parametrize("every_signature", [True, False], ids=["verify", "gate"])
def test_verify_finds(
    kept: LedgerPlace, name: str, *, stealthy: bool, every_signature: bool
) -> None:
    attack, said = ATTACKS[name][0], said_of(name, kept)
    with attacker(kept, stealthy=stealthy) as connection:
        attack(connection)
    with pytest.raises(IntegrityBroken, match=said) as caught:
        verify(kept, every_signature=every_signature)
    assert caught.value.exit_code == 3
    assert caught.value.where


def spoil_signature(place: LedgerPlace, size: int) -> None:
    """Another signature below the right text: the end of another head's note."""
    with attacker(place) as connection:
        notes = dict(connection.execute("SELECT size, note FROM tree_heads").fetchall())
        text, other = notes[size].split(b"\n\n")[0], notes[size - 1].split(b"\n\n")[1]
        spoilt = (text + b"\n\n" + other, size)
        connection.execute("UPDATE tree_heads SET note = ? WHERE size = ?", spoilt)


def test_the_newest_signature_is_always_checked(kept: LedgerPlace) -> None:
    spoil_signature(kept, 8)
    for every in (True, False):
        with pytest.raises(IntegrityBroken, match="signature does not belong"):
            verify(kept, every_signature=every)


def test_an_older_signature_is_checked_by_verify(kept: LedgerPlace) -> None:
    """The gate relies on the newest signature: it is over the same bytes, and all roots agree."""
    spoil_signature(kept, 5)
    with pytest.raises(IntegrityBroken, match="signature does not belong"):
        verify(kept)
    assert verify(kept, every_signature=False).size == 8


TAIL_ATTACKS = [
    "L3-delete-last",
    "L3-delete-last-and-head",
    "L8-forge-tail",
    "L8-hide-before-the-first",
    "L11-cut-with-head-and-sequence",
    "no-heads",
]


@pytest.mark.parametrize("name", TAIL_ATTACKS)
def test_nothing_is_appended_to_a_forged_or_cut_tail(kept: LedgerPlace, name: str) -> None:
    attack, said = ATTACKS[name][0], said_of(name, kept)
    with attacker(kept) as connection:
        attack(connection)
    before = checkpoint_of(kept).read_bytes()
    for opening in (opened, reading):
        with pytest.raises(IntegrityBroken, match=said):
            opening(kept)
    assert checkpoint_of(kept).read_bytes() == before


def test_a_tail_forged_under_an_open_ledger_is_not_sealed(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        project = ledger.project("demo")
        with hands_on(kept) as connection:
            forge_tail(connection)
        step(project)
        with pytest.raises(IntegrityBroken, match="entry 9 is not sealed"):
            ledger.save(project, 8)
        with attacker(kept) as connection:
            connection.execute("DELETE FROM stored_events WHERE position = 9")
            number_anew(connection, 8)
        assert ledger.save(begin("other"), 0)[0].position == 9


def test_an_index_that_hides_an_entry_is_found(ledger_path: Path) -> None:
    """Readers follow the index to a project's events: it must tell what the rows tell."""
    with closing(sqlite3.connect(ledger_path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_stored_events_1'"
        ).fetchone()
    data = bytearray(ledger_path.read_bytes())
    cells = (page - 1) * 4096 + 3  # SQLite file format section 1.6: cell count of a leaf page
    assert data[cells : cells + 2] == b"\0\x08"
    data[cells + 1] = 7
    ledger_path.write_bytes(data)
    with reading(ledger_path) as ledger:
        assert ledger.project("demo").version == 7
    with pytest.raises(IntegrityBroken, match="contradict"):
        verify(ledger_path)


def test_missing_guards_are_found_before_anything_is_appended(kept: LedgerPlace) -> None:
    with attacker(kept, stealthy=False):
        pass
    for opening in (opened, reading, verify):
        with pytest.raises(IntegrityBroken, match="guards"):
            opening(kept)


def test_a_guard_too_many_is_found(ledger_path: Path) -> None:
    """A trigger of the attacker's would rewrite what is recorded next."""
    with closing(sqlite3.connect(ledger_path)) as connection:
        connection.execute("CREATE TRIGGER quiet AFTER INSERT ON tree_heads BEGIN SELECT 1; END")
    with pytest.raises(IntegrityBroken, match="guards"):
        opened(ledger_path)


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE more (x)", "CREATE VIEW v AS SELECT 1", "DROP TABLE tree_heads"],
)
def test_altered_tables_are_found(ledger_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(ledger_path)) as connection:
        connection.execute(statement)
    for opening in (opened, verify):
        with pytest.raises(LedgerError, match=r"tables were altered|not a ledger"):
            opening(ledger_path)


def test_a_view_in_the_place_of_the_table_is_found(ledger_path: Path) -> None:
    with closing(sqlite3.connect(ledger_path)) as connection:
        connection.executescript(
            "ALTER TABLE stored_events RENAME TO kept;"
            "CREATE VIEW stored_events AS SELECT * FROM kept;"
        )
    with pytest.raises(LedgerError):
        verify(ledger_path)


def test_l5_an_approval_removed_and_the_rest_resealed_by_another_key(kept: LedgerPlace) -> None:
    """Without our key every head would have to be signed anew: the signatures tell."""
    thief = PrivateKey.generate()
    with attacker(kept) as connection:
        connection.execute("UPDATE ledger_info SET key = ?", (thief.public.fingerprint,))
    for opening in (reading, verify):
        with pytest.raises(IntegrityBroken, match="signed by another key"):
            opening(kept)


def test_a_resealed_ledger_is_told_from_its_checkpoint(ledger_path: Path, tmp_path: Path) -> None:
    """L10: a whole new ledger, sound in itself, in the place of ours."""
    other = tmp_path / "other" / "ledger.sqlite3"
    other.parent.mkdir()
    fill(other)
    shutil.copy(other, ledger_path)
    shutil.copy(other.with_name("ledger.key"), ledger_path.with_name("ledger.key"))
    assert verify(other).size == 8
    for opening in (opened, reading, verify):
        with pytest.raises(IntegrityBroken, match="of another ledger"):
            opening(ledger_path)


@pytest.mark.crash
def test_l12_an_older_backup_is_found(ledger_path: Path, tmp_path: Path) -> None:
    """C16: and nothing is appended to it."""
    backup = tmp_path / "backup"
    shutil.copy(ledger_path, backup)
    fill(ledger_path, 3)
    held = tmp_path / "held"
    shutil.copy(checkpoint_of(ledger_path), held)
    shutil.copy(backup, ledger_path)
    for opening in (opened, reading, verify):
        with pytest.raises(IntegrityBroken, match="cut or rolled back"):
            opening(ledger_path)
    checkpoint_of(ledger_path).unlink()
    with pytest.raises(IntegrityBroken, match="8 entries, the checkpoint vouches for 11"):
        verify(ledger_path, [held])


@pytest.mark.crash
def test_l13_a_fork_is_found(ledger_path: Path, tmp_path: Path) -> None:
    """C17: two continuations of one backup, equally long, both signed by our key."""
    backup = tmp_path / "backup"
    shutil.copy(ledger_path, backup)
    fill(ledger_path, 2)
    held = tmp_path / "held"
    shutil.copy(checkpoint_of(ledger_path), held)
    shutil.copy(backup, ledger_path)
    checkpoint_of(ledger_path).unlink()
    fill(ledger_path, 2, mark=1)
    assert verify(ledger_path).size == 10
    with pytest.raises(IntegrityBroken, match="two histories of 10 entries"):
        verify(ledger_path, [held])
    fill(ledger_path, 1, mark=1)
    with pytest.raises(IntegrityBroken, match="among the first 10"):
        verify(ledger_path, [held])
    shutil.copy(held, checkpoint_of(ledger_path))
    with pytest.raises(IntegrityBroken, match="altered or forked"):
        opened(ledger_path)


@pytest.mark.crash
def test_c12_a_copy_without_its_log_is_found(ledger_path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "ledger.sqlite3"
    copy.parent.mkdir()
    with opened(ledger_path) as ledger:
        project = ledger.project("demo")
        for _ in range(5):
            step(project)
            ledger.save(project, project.version - 1)
        shutil.copy(ledger_path, copy)  # while -wal holds the rest
    with pytest.raises(IntegrityBroken, match="vouches for 13"):
        verify(copy, [checkpoint_of(ledger_path)])


def test_l24_an_inner_node_is_not_an_entry() -> None:
    """A leaf's bytes begin with a length, and its hash with 0x00: no pair of hashes fits."""
    one, two = (Entry(n, b"p", n, b"a.B.v1", b"{}").leaf() for n in (1, 2))
    assert leaf_hash(one + two) != node_hash(one, two)
    assert hashlib.sha256(b"\0" + one + two).digest() == leaf_hash(one + two)


def test_l23_no_two_entries_have_the_same_bytes() -> None:
    first = Entry(1, b"ab", 1, b"c", b"d").sealed_bytes()
    assert first != Entry(1, b"a", 1, b"bc", b"d").sealed_bytes()
    assert first != Entry(1, b"ab", 1, b"", b"cd").sealed_bytes()


def test_a_legal_forgery_by_whoever_holds_the_key_is_sealed(ledger_path: Path) -> None:
    """L15, named as not detectable: the key beside the ledger vouches for its holder only."""
    fill(ledger_path, 1)
    assert verify(ledger_path).size == 9


def test_a_forged_event_breaks_the_rules_even_when_sealed(ledger_path: Path) -> None:
    """Bytes may be sound and still not be a history: a repeated event id, signed by our key."""
    with opened(ledger_path) as ledger:
        project = ledger.project("demo")
        step(project)
        event = project.pending_events[0]
        object.__setattr__(event, "event_id", "e1")
        ledger.save(project, 8)
        with pytest.raises(IntegrityBroken, match="could not have happened"):
            ledger.project("demo")
    with pytest.raises(IntegrityBroken, match=r"entry 9 .*could not have happened"):
        verify(ledger_path)


def test_the_reader_may_bring_the_key(ledger_path: Path) -> None:
    key = PrivateKey.load(ledger_path.with_name("ledger.key")).public
    assert verify(ledger_path, public_key=key).key == key.fingerprint
    with pytest.raises(IntegrityBroken, match="not by ed25519"):
        verify(ledger_path, public_key=PrivateKey.generate().public)


def test_l14_whoever_replaces_ledger_and_checkpoints_is_seen_by_who_kept_one(
    ledger_path: Path, tmp_path: Path
) -> None:
    """Nothing on this machine can tell; a copy in other hands can."""
    held = tmp_path / "mail"
    shutil.copy(checkpoint_of(ledger_path), held)
    for each in ledger_path.parent.glob("ledger.*"):
        each.unlink()
    fill(ledger_path)
    assert verify(ledger_path).unpublished == 0
    with pytest.raises(IntegrityBroken, match="of another ledger"):
        verify(ledger_path, [held])


def test_l19_an_old_and_valid_copy_is_seen_by_who_kept_a_newer_checkpoint(
    ledger_path: Path, tmp_path: Path
) -> None:
    frozen = tmp_path / "shown" / "ledger.sqlite3"
    frozen.parent.mkdir()
    shutil.copy(ledger_path, frozen)
    shutil.copy(checkpoint_of(ledger_path), checkpoint_of(frozen))
    fill(ledger_path, 1)
    assert verify(frozen).unpublished == 0
    with pytest.raises(IntegrityBroken, match="8 entries, the checkpoint vouches for 9"):
        verify(frozen, [checkpoint_of(ledger_path)])


def test_l22_a_snapshot_is_never_taken_for_history(
    ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would begin at a snapshot, which no tree covers."""
    monkeypatch.setenv("IS_SNAPSHOTTING_ENABLED", "yes")
    with opened(ledger_path) as ledger:
        assert ledger._application.snapshots is None
    with closing(sqlite3.connect(ledger_path)) as connection:
        connection.execute(
            "CREATE TABLE stored_snapshots (originator_id TEXT, originator_version INTEGER, "
            "topic TEXT, state BLOB, PRIMARY KEY (originator_id, originator_version)) STRICT"
        )
        connection.execute("INSERT INTO stored_snapshots VALUES ('demo', 8, 'os:system', x'7b7d')")
        connection.commit()
    for opening in (opened, reading, verify):
        with pytest.raises(IntegrityBroken, match="tables were altered"):
            opening(ledger_path)


def test_a_sound_ledger_is_said_to_be_one(ledger_path: Path, tmp_path: Path) -> None:
    held = tmp_path / "held"
    shutil.copy(checkpoint_of(ledger_path), held)
    fill(ledger_path, 2, "other")
    checkpoint_of(ledger_path).unlink()
    report = verify(ledger_path, [held], folders=[tmp_path / "elsewhere"])
    assert (report.size, report.heads, report.projects) == (10, 11, ("demo", "other"))
    assert (report.vouched, report.unpublished) == (8, 2)
    assert report.missing == (
        checkpoint_of(ledger_path),
        tmp_path / "elsewhere" / "ledger.checkpoint",
    )
    with pytest.raises(LedgerError, match="no checkpoint"):
        verify(ledger_path, [tmp_path / "nowhere"])
