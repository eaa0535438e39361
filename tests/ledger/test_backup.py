"""A backup is proven before it has its name; a restore writes over nothing."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import backup as module
from harness.ledger import exported, store
from harness.ledger.backup import backup, restore
from harness.ledger.databases import exists
from harness.ledger.dialect import Cursor
from harness.ledger.portfolio import Compared, State
from harness.ledger.seal import Head
from harness.ledger.verify import VerifyReport, verify
from harness.ledger_url import LedgerPlace, SharedLedger
from tests.ledger.helpers import (
    attacker,
    begin,
    checkpoint_of,
    fill,
    hands_on,
    key_of,
    opened,
    reading,
    step,
)
from tests.ledger.test_key_rotation import rotate
from tests.support.postgresql import drop, fresh


@pytest.fixture
def saved(ledger_path: Path, tmp_path: Path) -> Path:
    """A backup of the ledger of eight events, in another folder."""
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(ledger_path, folder / "monday.sqlite3")
    return folder / "monday.sqlite3"


def names(folder: Path) -> list[str]:
    """Files of a folder, without those that readers of a ledger leave beside it."""
    left = ("ledger.sqlite3-wal", "ledger.sqlite3-shm")
    return sorted(e.name for e in folder.iterdir() if e.is_file() and e.name not in left)


def test_a_backup_is_one_file_and_the_same_ledger(ledger_path: Path, saved: Path) -> None:
    assert names(saved.parent) == ["monday.sqlite3"]
    told, original = verify(saved), verify(ledger_path)
    assert (told.origin, told.key, told.root, told.heads) == (
        original.origin,
        original.key,
        original.root,
        original.heads,
    )
    assert names(saved.parent) == ["monday.sqlite3"]


def test_what_is_not_published_yet_is_in_the_backup_and_stays_so(
    kept: LedgerPlace, tmp_path: Path
) -> None:
    """C12, done right: a copy of a file alone would lack the five events that are in its log."""
    published = checkpoint_of(kept).read_bytes()
    with opened(kept) as ledger:
        project = ledger.project("demo")
        for _ in range(5):
            step(project)
            ledger.save(project, project.version - 1)
        made = backup(kept, tmp_path / "copy.sqlite3")
        assert made.report.size == 13
        (only,) = made.checkpoints
        assert (only.size, only.problem) == (8, "5 signed entries are not published here yet")
        assert checkpoint_of(kept).read_bytes() == published


def test_others_may_work_meanwhile(
    ledger_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also publish: the copy is held against what was published before it was taken."""
    real = module._verified

    def slow(*arguments: object) -> object:
        fill(ledger_path, 3)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_verified", slow)
    made = backup(ledger_path, tmp_path / "copy.sqlite3")
    assert (made.report.size, made.whole) == (8, True)
    assert verify(ledger_path).vouched == 11


def test_while_somebody_appends_without_end(kept: LedgerPlace, tmp_path: Path) -> None:
    stop = threading.Event()

    def append() -> None:
        while not stop.is_set():
            fill(kept, 2)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        sizes = [backup(kept, tmp_path / f"{n}.copy").report.size for n in range(5)]
    finally:
        stop.set()
        writer.join()
    assert sizes == sorted(sizes)
    with reading(kept) as ledger:
        roots = {each.position for each in ledger.events()}
    assert set(sizes) <= roots
    for number, size in enumerate(sizes):
        assert verify(tmp_path / f"{number}.copy").size == size


def test_a_backup_writes_over_nothing(ledger_path: Path, saved: Path) -> None:
    before = saved.read_bytes()
    for place in (saved, ledger_path):
        with pytest.raises(LedgerError, match="writes over nothing"):
            backup(ledger_path, place)
    assert saved.read_bytes() == before


def test_two_backups_of_one_name_at_once_do_not_mix(
    ledger_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second begins and ends while the first is being proven; that one has come too late."""
    real, folder = module._verified, tmp_path / "backups"
    folder.mkdir()
    made: list[bytes] = []

    def slow(*arguments: object) -> object:
        monkeypatch.setattr(module, "_verified", real)
        backup(ledger_path, folder / "monday.sqlite3")
        made.append((folder / "monday.sqlite3").read_bytes())
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_verified", slow)
    with pytest.raises(LedgerError, match="writes over nothing"):
        backup(ledger_path, folder / "monday.sqlite3")
    assert [(folder / "monday.sqlite3").read_bytes()] == made
    assert names(folder) == ["monday.sqlite3"]


def test_there_is_no_backup_of_a_broken_record(ledger_path: Path, tmp_path: Path) -> None:
    with attacker(ledger_path) as connection:
        connection.execute("UPDATE stored_events SET state = x'7b7d' WHERE position = 5")
    with pytest.raises(IntegrityBroken, match=r"entry 5 .* is not what was sealed") as caught:
        backup(ledger_path, tmp_path / "copy.sqlite3")
    assert caught.value.where == str(ledger_path)
    assert names(tmp_path) == ["ledger.checkpoint", "ledger.key", "ledger.sqlite3"]


def test_there_is_no_backup_of_a_ledger_that_was_rolled_back(
    ledger_path: Path, saved: Path, tmp_path: Path
) -> None:
    fill(ledger_path, 3)
    shutil.copy(saved, ledger_path)
    with pytest.raises(IntegrityBroken, match="holds 8 entries, but 11 were published"):
        backup(ledger_path, tmp_path / "copy.sqlite3")
    assert not (tmp_path / "copy.sqlite3").exists()


@pytest.mark.parametrize("name", ["no/such/folder/copy", "ledger.key/copy"])
def test_a_backup_that_cannot_be_written(ledger_path: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(LedgerError, match="cannot be written") as caught:
        backup(ledger_path, tmp_path / name)
    assert caught.value.where == str(tmp_path / name)
    assert names(tmp_path) == ["ledger.checkpoint", "ledger.key", "ledger.sqlite3"]


def test_a_backup_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger here"):
        backup(tmp_path / "ledger.sqlite3", tmp_path / "copy")
    assert names(tmp_path) == []


def test_a_lost_ledger_comes_back_and_goes_on(ledger_path: Path, saved: Path) -> None:
    ledger_path.unlink()
    made = restore(saved, ledger_path)
    assert (made.report.size, made.whole, made.aside) == (8, True, None)
    assert made.report.path == ledger_path
    fill(ledger_path, 1)
    assert verify(ledger_path).vouched == 9
    assert verify(saved).size == 8


def test_its_folder_may_have_gone_with_it(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / ".harness" / "ledger.sqlite3"
    assert restore(saved, place).report.path == place
    assert names(place.parent) == ["ledger.sqlite3"]


def test_a_log_that_was_left_is_not_mixed_in(ledger_path: Path, saved: Path) -> None:
    """How to corrupt: a log of one file beside another (sqlite.org/howtocorrupt.html 1.4)."""
    log = ledger_path.with_name("ledger.sqlite3-wal")
    ledger_path.unlink()
    log.write_bytes(b"of another time")
    with pytest.raises(LedgerError, match="log of a ledger lies here"):
        restore(saved, ledger_path)
    made = restore(saved, ledger_path, aside=True)
    assert made.aside is not None
    assert Path(f"{made.aside}-wal").read_bytes() == b"of another time"
    assert not log.exists()


def other(path: Path) -> None:
    for each in path.parent.glob("ledger.*"):
        each.unlink()
    fill(path, 3)


def larger(path: Path) -> None:
    fill(path, 3)


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def nothing(path: Path) -> None:
    del path


THERE: dict[str, tuple[Callable[[Path], None], str]] = {
    "another ledger": (other, r"another ledger lies here \(connection-harness/ledger/"),
    "a larger one": (larger, "larger than the backup: 3 entries more than 8"),
    "a damaged one": (damaged, "no sound ledger .*damaged or cut off"),
    "the same": (nothing, "a ledger of 8 entries lies here already"),
}


@pytest.mark.parametrize("name", THERE)
def test_what_lies_there_is_not_written_over(ledger_path: Path, saved: Path, name: str) -> None:
    change, said = THERE[name]
    change(ledger_path)
    before, listed = ledger_path.read_bytes(), names(ledger_path.parent)
    with pytest.raises(LedgerError, match=said) as caught:
        restore(saved, ledger_path)
    assert "--aside" in caught.value.todo
    assert ledger_path.read_bytes() == before
    assert names(ledger_path.parent) == listed
    made = restore(saved, ledger_path, aside=True)
    assert made.aside is not None
    assert made.aside.read_bytes() == before
    assert not Path(f"{ledger_path}-shm").exists(), "who still reads the old one would share it"
    assert made.report.size == 8
    assert made.whole is (name in {"a damaged one", "the same"})


def test_a_backup_that_is_too_old_says_what_is_gone(
    ledger_path: Path, saved: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(checkpoint_of(ledger_path), elsewhere)
    fill(ledger_path, 3)
    made = restore(saved, ledger_path, [elsewhere, tmp_path / "none"], aside=True)
    assert [(each.size, each.broken) for each in made.checkpoints] == [
        (11, True),
        (8, False),
        (None, False),
    ]
    assert not made.whole
    with pytest.raises(IntegrityBroken, match="11 were published"):
        opened(ledger_path)
    assert made.aside is not None
    restore(made.aside, ledger_path, aside=True)
    assert verify(ledger_path).vouched == 11


def test_the_key_may_have_changed_since(ledger_path: Path, saved: Path, tmp_path: Path) -> None:
    rotate(ledger_path)
    fill(ledger_path, 1)
    made = restore(saved, ledger_path, aside=True)
    (only,) = made.checkpoints
    assert only.broken
    assert only.problem.startswith("it speaks of 10 entries, here are 8, and no key that is known")
    assert made.aside is not None
    backup(made.aside, tmp_path / "newer", [ledger_path.parent])
    made = restore(tmp_path / "newer", ledger_path, aside=True)
    assert (made.report.size, made.whole) == (10, True)
    fill(ledger_path, 1)
    assert verify(ledger_path).vouched == 11


def test_a_broken_backup_is_not_restored(ledger_path: Path, saved: Path) -> None:
    ledger_path.unlink()
    with attacker(saved) as connection:
        connection.execute("DELETE FROM stored_events WHERE position = 8")
    with pytest.raises(IntegrityBroken, match="ends at entry 7") as caught:
        restore(saved, ledger_path)
    assert caught.value.where == str(saved)
    assert not ledger_path.exists()


def test_what_is_no_backup(ledger_path: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("not a database")
    with pytest.raises(LedgerError, match="not a SQLite database"):
        restore(text, tmp_path / "new.sqlite3")
    with pytest.raises(LedgerError, match="this is no backup"):
        restore(ledger_path, ledger_path, aside=True)
    with closing(sqlite3.connect(tmp_path / "foreign")) as connection:
        connection.execute("CREATE TABLE accounts (id)")
    with pytest.raises(LedgerError, match="not a ledger of the harness"):
        restore(tmp_path / "foreign", tmp_path / "new.sqlite3")
    assert not (tmp_path / "new.sqlite3").exists()


def test_a_backup_beside_the_ledger_under_its_name(ledger_path: Path) -> None:
    """The checkpoint beside it is the living ledger's, and has grown since."""
    saved = ledger_path.with_name("ledger.backup")
    backup(ledger_path, saved)
    fill(ledger_path, 1)
    ledger_path.unlink()
    assert restore(saved, ledger_path).report.size == 8


def test_the_key_is_not_in_a_backup(ledger_path: Path, saved: Path) -> None:
    secret = max(ledger_path.with_name("ledger.key").read_bytes().splitlines(), key=len)
    assert secret not in saved.read_bytes()
    with opened(ledger_path) as ledger:
        assert ledger.save(begin("other"), 0)


# A server's ledger


@pytest.fixture
def on_server(shared: SharedLedger) -> SharedLedger:
    """A closed, published ledger on a server: project ``demo`` with eight events."""
    fill(shared)
    return shared


@pytest.fixture
def elsewhere(postgresql: str, tmp_path: Path) -> Iterator[SharedLedger]:
    """Another place on the server, where there is nothing."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    place = fresh(postgresql, folder)
    yield place
    drop(place)


def identity(report: VerifyReport) -> tuple[str, str, int, str, int]:
    return report.origin, report.key, report.size, report.root, report.heads


def everything(place: LedgerPlace) -> list[object]:
    """Every row of the record and of the list, to the byte."""
    tables = ("stored_events", "tree_heads", "ledger_info", "portfolio", "portfolio_stand")
    with hands_on(place) as connection:
        found = [connection.execute(f"SELECT * FROM {each} ORDER BY 1") for each in tables]
        return [each.fetchall() for each in found]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_servers_ledger_comes_back_as_either_kind(
    on_server: SharedLedger, elsewhere: SharedLedger, tmp_path: Path, kind: str
) -> None:
    fill(on_server, 3, "another")
    rotate(on_server)
    fill(on_server, 2)
    saved = tmp_path / "backups" / "monday.sqlite3"
    saved.parent.mkdir()
    made = backup(on_server, saved)
    assert (made.report.path, made.whole, names(saved.parent)) == (saved, True, [saved.name])
    assert identity(made.report) == identity(verify(on_server))
    assert everything(saved) == everything(on_server)
    target = elsewhere if kind == "postgresql" else elsewhere.folder / "ledger.sqlite3"
    assert restore(saved, target).report.path == target
    assert everything(target) == everything(on_server)
    assert verify(target).portfolio == Compared(State.AS_RECORDED)
    shutil.copy(key_of(on_server), key_of(target))
    fill(target, 1)
    assert verify(target).vouched == verify(on_server).size + 1


def test_a_file_becomes_a_servers(saved: Path, elsewhere: SharedLedger) -> None:
    made = restore(saved, elsewhere)
    assert (made.report.size, made.whole, made.aside) == (8, True, None)
    assert everything(elsewhere) == everything(saved)


def test_a_backup_of_a_server_is_one_moment(
    on_server: SharedLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others append and publish between what is proven and what is copied."""
    real = exported.record

    def slow(*arguments: object) -> object:
        fill(on_server, 3)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("harness.ledger.server_copies.record", slow)
    made = backup(on_server, tmp_path / "copy.sqlite3")
    assert (made.report.size, made.whole) == (8, True)
    assert verify(on_server).vouched == 11


def test_there_is_no_backup_of_a_broken_record_on_a_server(
    on_server: SharedLedger, tmp_path: Path
) -> None:
    with attacker(on_server) as connection:
        connection.execute("UPDATE stored_events SET state = ? WHERE position = 5", (b"{}",))
    with pytest.raises(IntegrityBroken, match=r"entry 5 .* is not what was sealed") as caught:
        backup(on_server, tmp_path / "copy.sqlite3")
    assert caught.value.where == str(on_server)
    assert not list(tmp_path.glob("*copy*"))


def test_there_is_no_backup_of_a_server_that_was_rolled_back(
    on_server: SharedLedger, tmp_path: Path
) -> None:
    with attacker(on_server) as connection:
        connection.execute("DELETE FROM stored_events WHERE position = 8")
        connection.execute("DELETE FROM tree_heads WHERE size = 8")
    with pytest.raises(IntegrityBroken, match="holds 7 entries, but 8 were published"):
        backup(on_server, tmp_path / "copy.sqlite3")
    assert not list(tmp_path.glob("*copy*"))


def test_a_backup_of_a_server_that_cannot_be_written(
    on_server: SharedLedger, tmp_path: Path
) -> None:
    for name in ("no/such/folder/copy", "ledger.key/copy"):
        with pytest.raises(LedgerError, match="cannot be written") as caught:
            backup(on_server, tmp_path / name)
        assert caught.value.where == str(tmp_path / name)


@pytest.mark.parametrize("aside", [False, True])
def test_on_a_server_nothing_is_written_over_or_moved(
    on_server: SharedLedger, saved: Path, *, aside: bool
) -> None:
    before = everything(on_server)
    said = "nothing is moved aside" if aside else r"another ledger lies here \(connection-harness/"
    with pytest.raises(LedgerError, match=said) as caught:
        restore(saved, on_server, aside=aside)
    assert "Name another schema" in caught.value.todo
    assert everything(on_server) == before


def test_a_backup_that_is_too_old_says_what_is_gone_on_a_server(
    on_server: SharedLedger, tmp_path: Path
) -> None:
    backup(on_server, tmp_path / "monday.sqlite3")
    fill(on_server, 3)
    drop(on_server)
    made = restore(tmp_path / "monday.sqlite3", on_server)
    assert [(each.size, each.broken) for each in made.checkpoints] == [(11, True)]
    with pytest.raises(IntegrityBroken, match="11 were published"):
        opened(on_server)


def test_what_would_not_be_equal_is_not_left_on_a_server(
    saved: Path, elsewhere: SharedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.insert_head

    def forgetful(cursor: Cursor, head: Head) -> None:
        if head.size != 5:
            real(cursor, head)

    monkeypatch.setattr(store, "insert_head", forgetful)
    with pytest.raises(IntegrityBroken, match="not what was proven before"):
        restore(saved, elsewhere)
    assert not exists(elsewhere)
