"""Another key seals the ledger: signed in by the old one, and from then on alone."""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import verify_ledger
from harness.ledger.application import Ledger
from harness.ledger.keyring import Keys
from harness.ledger.moving import export, import_
from harness.ledger.proving import prove_consistency, prove_inclusion
from harness.ledger.seal import Entry, Head, seal
from harness.ledger.store import Recorder
from harness.ledger.verify import verify, verify_export
from harness.ledger_url import LedgerPlace
from harness.proof.keys import PrivateKey
from harness.proof.merkle import Frontier
from tests.ledger.helpers import MAIJA as WHO
from tests.ledger.helpers import (
    START,
    attacker,
    begin,
    checkpoint_of,
    fill,
    folder_of,
    key_of,
    opened,
    reading,
    step,
)

ALONE = Path(verify_ledger.__file__)


def change(place: LedgerPlace, new: PrivateKey, old: PrivateKey | None = None) -> None:
    """The entry that changes the key, sealed by the key in the file."""
    signer = old or PrivateKey.load(key_of(place))
    with opened(place) as ledger:
        project = ledger.project("demo")
        version = project.version
        project.rotate_ledger_key(
            signer.public.fingerprint, new.public.fingerprint, "A holiday.",
            at=START + timedelta(days=version), actor=WHO, event_id=f"rotation-{version}",
        )  # fmt: skip
        ledger.save(project, version)


def take(place: LedgerPlace, key: PrivateKey) -> None:
    """Put a key into the ledger's key file."""
    key_of(place).unlink()
    key_of(place).write_bytes(key.pem())
    key_of(place).chmod(0o600)


def rotate(place: LedgerPlace) -> PrivateKey:
    new = PrivateKey.generate()
    change(place, new)
    take(place, new)
    return new


@pytest.fixture
def rotated(kept: LedgerPlace) -> LedgerPlace:
    """Eight entries and the change of key by the old key, three entries by the new one."""
    shutil.copy(key_of(kept), key_of(kept).with_name("old"))
    shutil.copy(checkpoint_of(kept), folder_of(kept) / "before.checkpoint")
    rotate(kept)
    fill(kept, 3)
    return kept


def old_key(place: LedgerPlace) -> PrivateKey:
    return PrivateKey.load(key_of(place).with_name("old"))


def new_key(place: LedgerPlace) -> PrivateKey:
    return PrivateKey.load(key_of(place))


def exported(place: LedgerPlace) -> Path:
    file = folder_of(place) / "text.jsonl"
    file.unlink(missing_ok=True)
    export(place, file)
    return file


def alone(file: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-S", str(ALONE), str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# The chain


def test_the_new_key_seals_what_follows(rotated: LedgerPlace) -> None:
    told = verify(rotated)
    assert (told.size, told.unpublished) == (12, 0)
    assert told.key == new_key(rotated).public.fingerprint
    assert told.keys == ((9, old_key(rotated).public.fingerprint),)
    with reading(rotated) as ledger:
        assert ledger.size == 12
        assert [each.topic for each in ledger.events()][8] == "joining.LedgerKeyRotated.v1"


def test_checkpoints_of_either_key_count_at_their_sizes(rotated: LedgerPlace) -> None:
    before = folder_of(rotated) / "before.checkpoint"
    told = verify(rotated, [before])
    assert {each.size for each in told.held} == {8, 12}
    text = exported(rotated)
    assert verify_export(text, [before, checkpoint_of(rotated)]).vouched == 12
    for each in (before, checkpoint_of(rotated)):
        assert alone(text, "--checkpoint", str(each)).returncode == 0


def test_each_key_of_the_chain_is_one_to_verify_by(rotated: LedgerPlace) -> None:
    text = exported(rotated)
    for key in (old_key(rotated).public, new_key(rotated).public):
        assert verify(rotated, public_key=key).size == 12
        assert alone(text, "--key", key.fingerprint).returncode == 0
    other = PrivateKey.generate().public
    with pytest.raises(IntegrityBroken, match="is sealed by"):
        verify(rotated, public_key=other)
    assert alone(text, "--key", other.fingerprint).returncode == 3


def test_a_key_that_has_sealed_nothing_vouches_for_nothing(kept: LedgerPlace) -> None:
    """A public key can be named by anybody, also at the end of a forged record."""
    old, new = PrivateKey.load(key_of(kept)).public, rotate(kept).public
    text = exported(kept)
    refused = f"is sealed by {old.fingerprint}, not by {new.fingerprint}"
    with pytest.raises(IntegrityBroken, match=refused):
        verify(kept, public_key=new)
    with pytest.raises(IntegrityBroken, match=refused):
        verify_export(text, public_key=new)
    told = alone(text, "--key", new.fingerprint)
    assert told.returncode == 3
    assert old.fingerprint in told.stderr
    assert verify(kept, public_key=old).size == 9
    assert alone(text, "--key", old.fingerprint).returncode == 0
    fill(kept, 1)
    assert verify(kept, public_key=new).size == 10
    assert alone(exported(kept), "--key", new.fingerprint).returncode == 0


def test_a_key_changes_more_than_once(rotated: LedgerPlace) -> None:
    rotate(rotated)
    rotate(rotated)
    fill(rotated, 2)
    told = verify(rotated)
    assert [position for position, _ in told.keys] == [9, 13, 14]
    assert told.key == new_key(rotated).public.fingerprint
    assert alone(exported(rotated)).returncode == 0
    assert "sealed by ed25519:" in alone(exported(rotated)).stdout


def test_the_ledger_is_the_same_after_moving(rotated: LedgerPlace, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "ledger.sqlite3"
    copy.parent.mkdir()
    import_(exported(rotated), copy)
    assert verify(copy).keys == verify(rotated).keys
    shutil.copy(key_of(rotated), key_of(copy))
    fill(copy, 1)
    assert verify(copy).size == 13


def test_nothing_is_published_or_sealed_by_the_old_key_any_more(rotated: LedgerPlace) -> None:
    take(rotated, old_key(rotated))
    with pytest.raises(LedgerError, match="the key file holds") as told:
        opened(rotated)
    assert "harness key rotate" in told.value.todo
    assert verify(rotated).size == 12


def test_who_has_it_open_during_the_change_seals_nothing_behind_it(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        project = ledger.project("demo")
        change(kept, PrivateKey.generate())
        step(project)
        with pytest.raises(LedgerError):
            ledger.save(project, project.version - 1)
        again = ledger.project("demo")
        step(again)
        with pytest.raises(LedgerError, match="the key file holds"):
            ledger.save(again, again.version - 1)
    assert verify(kept).size == 9


def test_only_the_key_in_force_is_changed(kept: LedgerPlace) -> None:
    with pytest.raises(IntegrityBroken, match="changes another key"):
        change(kept, PrivateKey.generate(), PrivateKey.generate())
    assert verify(kept).size == 8


def test_nothing_stands_in_one_append_behind_a_change_of_key(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        project = ledger.project("demo")
        version = project.version
        old, new = PrivateKey.load(key_of(kept)), PrivateKey.generate()
        project.rotate_ledger_key(
            old.public.fingerprint, new.public.fingerprint, "A holiday.",
            at=START + timedelta(days=1), actor=WHO, event_id="rotation",
        )  # fmt: skip
        step(project, at=START + timedelta(days=2))
        with pytest.raises(LedgerError, match="nothing is recorded together"):
            ledger.save(project, version)
    assert verify(kept).size == 8


def test_two_changes_of_key_are_two_appends(kept: LedgerPlace) -> None:
    """The first one would be sealed together with what stands behind it."""
    first, second, third = PrivateKey.load(key_of(kept)), *(PrivateKey.generate() for _ in "ab")
    with opened(kept) as ledger:
        project = ledger.project("demo")
        version = project.version
        for number, (old, new) in enumerate([(first, second), (second, third)]):
            project.rotate_ledger_key(
                old.public.fingerprint, new.public.fingerprint, "A holiday.",
                at=START + timedelta(days=1), actor=WHO, event_id=f"rotation-{number}",
            )  # fmt: skip
        with pytest.raises(LedgerError, match="nothing is recorded together"):
            ledger.save(project, version)
    assert verify(kept).size == 8


# Forged


def heads(ledger: Path) -> list[Head]:
    from harness.ledger.store import head_of  # noqa: PLC0415 - used once

    with attacker(ledger) as hands:
        return [head_of(r) for r in hands.execute("SELECT * FROM tree_heads").fetchall()]


def resealed(ledger: Path, keys: Sequence[tuple[int, PrivateKey]], skip: int = -1) -> None:
    """Every head from its entries anew, each signed by the key of the last size not above it."""
    origin = verify_origin(ledger)
    with attacker(ledger) as hands:
        rows = hands.execute("SELECT * FROM stored_events ORDER BY position").fetchall()
        entries = [Entry(p, i.encode(), v, t.encode(), s) for p, i, v, t, s in rows]
        sizes = [each[0] for each in hands.execute("SELECT size FROM tree_heads").fetchall()]
        hands.execute("DELETE FROM tree_heads")
        for size in sorted(sizes):
            if size == skip:
                continue
            key = [each for least, each in keys if least <= size][-1]
            tree = Frontier().extend(each.leaf() for each in entries[:size])
            head = seal(tree, origin, key, "2026-03-01T08:00:00.000000Z")
            values = (head.size, head.root, head.frontier, head.note, head.at)
            hands.execute("INSERT INTO tree_heads VALUES (?, ?, ?, ?, ?)", values)
    checkpoint_of(ledger).unlink(missing_ok=True)


def verify_origin(ledger: Path) -> str:
    with attacker(ledger) as hands:
        (origin,) = hands.execute("SELECT origin FROM ledger_info").fetchone()
    return str(origin)


def _by_the_new_key_itself(ledger: Path) -> None:
    """Who does not hold the old key signs its own one in."""
    resealed(ledger, [(0, old_key(ledger)), (9, new_key(ledger))])


def _still_by_the_old_key(ledger: Path) -> None:
    """A stolen key that was put aside goes on."""
    resealed(ledger, [(0, old_key(ledger)), (11, old_key(ledger))])


def _without_the_head_of_the_change(ledger: Path) -> None:
    resealed(ledger, [(0, old_key(ledger)), (10, new_key(ledger))], skip=9)


def _to_a_third_key(ledger: Path) -> None:
    """The entry is edited to name another key, and everything is sealed anew by that."""
    third = PrivateKey.generate()
    with attacker(ledger) as hands:
        (state,) = hands.execute("SELECT state FROM stored_events WHERE position = 9").fetchone()
        changed = state.replace(
            new_key(ledger).public.fingerprint.encode(), third.public.fingerprint.encode()
        )
        hands.execute("UPDATE stored_events SET state = ? WHERE position = 9", (changed,))
    resealed(ledger, [(0, third)])


def _of_a_key_not_in_force(ledger: Path) -> None:
    third = PrivateKey.generate()
    with attacker(ledger) as hands:
        (state,) = hands.execute("SELECT state FROM stored_events WHERE position = 9").fetchone()
        changed = state.replace(
            old_key(ledger).public.fingerprint.encode(), third.public.fingerprint.encode()
        )
        hands.execute("UPDATE stored_events SET state = ? WHERE position = 9", (changed,))
    resealed(ledger, [(0, old_key(ledger)), (10, new_key(ledger))])


FORGED: dict[str, Callable[[Path], None]] = {
    "by the new key itself": _by_the_new_key_itself,
    "still by the old key": _still_by_the_old_key,
    "without the head of the change": _without_the_head_of_the_change,
    "to a third key": _to_a_third_key,
    "of a key not in force": _of_a_key_not_in_force,
}


@pytest.fixture
def chain(ledger_path: Path) -> Path:
    shutil.copy(key_of(ledger_path), key_of(ledger_path).with_name("old"))
    rotate(ledger_path)
    fill(ledger_path, 3)
    return ledger_path


def test_sealing_anew_by_the_right_keys_is_not_told(chain: Path) -> None:
    """The attacker's hands are good: what the forgeries differ in is the key alone."""
    resealed(chain, [(0, old_key(chain)), (10, new_key(chain))])
    assert verify(chain).size == 12


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_change_is_told(chain: Path, name: str) -> None:
    FORGED[name](chain)
    for every in (True, False):
        with pytest.raises(IntegrityBroken):
            verify(chain, every_signature=every)
    with pytest.raises(IntegrityBroken):
        export(chain, chain.with_name("text.jsonl"))


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_change_gives_no_proof(chain: Path, name: str) -> None:
    FORGED[name](chain)
    with pytest.raises(IntegrityBroken):
        prove_inclusion(chain, 11)
    with pytest.raises(IntegrityBroken):
        prove_consistency(chain, 8)


def test_a_change_by_the_right_keys_gives_one(chain: Path) -> None:
    first, second = (each(chain).public for each in (old_key, new_key))
    assert prove_inclusion(chain, 11).verify(second).size == 12
    assert prove_inclusion(chain, 1, 9).verify(first).size == 9


@pytest.mark.parametrize("name", FORGED)
def test_both_verifiers_tell_a_forged_export(chain: Path, name: str) -> None:
    FORGED[name](chain)
    file = _written_unchecked(chain)
    with pytest.raises(IntegrityBroken):
        verify_export(file)
    told = alone(file)
    assert (told.returncode, told.stdout) == (3, "")
    assert "Traceback" not in told.stderr


def _written_unchecked(ledger: Path) -> Path:
    """The ledger as lines, whatever it holds."""
    from harness.ledger import exported as lines_of  # noqa: PLC0415 - used once
    from harness.ledger.databases import connections  # noqa: PLC0415 - used once
    from harness.ledger.sources import StoredSource  # noqa: PLC0415 - used once

    file = ledger.with_name("forged.jsonl")
    database = connections(ledger, readonly=True)
    with contextlib.closing(database), database.transaction(commit=False) as cursor:
        file.write_bytes(b"".join(lines_of.lines(StoredSource(cursor, database))))
    return file


@pytest.mark.parametrize("name", ["by the new key itself", "without the head of the change"])
def test_no_ledger_is_opened_whose_new_key_was_not_signed_in(chain: Path, name: str) -> None:
    FORGED[name](chain)
    with pytest.raises(IntegrityBroken):
        reading(chain)


def test_a_cut_before_the_change_is_told_by_a_later_checkpoint(rotated: LedgerPlace) -> None:
    held = folder_of(rotated) / "held.checkpoint"
    shutil.copy(checkpoint_of(rotated), held)
    text = exported(rotated).read_text("utf-8").splitlines(keepends=True)
    cut = folder_of(rotated) / "cut.jsonl"
    place = next(n for n, line in enumerate(text) if line.startswith('{"position":9,'))
    ended = json.dumps({"entries": 8, "heads": 9}, separators=(",", ":")) + "\n"
    cut.write_text("".join([*text[:place], ended]), "utf-8")
    assert verify_export(cut).size == 8
    with pytest.raises(IntegrityBroken, match="cut off before its key changed"):
        verify_export(cut, [held])
    assert alone(cut, "--checkpoint", str(held)).returncode == 3


def test_the_key_at_a_size() -> None:
    one, two, three = (PrivateKey.generate().public for _ in range(3))
    keys = Keys(one, ((4, two), (5, three)))
    assert [keys.at(size) for size in (0, 4, 5, 6, 99)] == [one, one, two, three, three]
    assert keys.newest == three
    assert (keys.changed_at(4), keys.changed_at(6)) == (True, False)


def test_an_unrotated_ledger_is_not_searched_for_changes(
    ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening stays as quick as it was: only the newest entry is looked at."""
    asked: list[object] = []
    keys_for = Recorder._keys_for

    def noted(self: Recorder, cursor: "_Noting", head: Head) -> Keys:
        return keys_for(self, _Noting(cursor, asked), head)  # type: ignore[arg-type]

    monkeypatch.setattr(Recorder, "_keys_for", noted)
    with reading(ledger_path):
        pass
    assert asked
    assert {each for each in asked if isinstance(each, int)} == {7}


class _Noting:
    """A cursor that notes what it is asked with."""

    def __init__(self, cursor: object, asked: list[object]) -> None:
        self._cursor, self._asked = cursor, asked

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> object:
        self._asked += parameters
        return self._cursor.execute(statement, parameters)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._cursor, name)


def test_a_new_ledger_begins_with_its_first_key(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    with Ledger.open(file, key_of(file), create=True) as ledger:
        ledger.save(begin(), 0)
    assert verify(file).keys == ()
