"""Kept exchanges: private files, found after a crash, erased whole and alone."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.exchange.kept import INDEX, Keeper, Keeping, Kept, kept_in
from harness.vocabulary import Level

UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
KEEPING = Keeping("r0123", Level.SERVER, UNTIL)


def name_of(data: bytes) -> str:
    return f"{sha256(data).hexdigest()}.body"


def kept(tmp_path: Path, *bodies: bytes) -> Kept:
    """What was kept of exchanges with these requests, all answered alike."""
    keeper = Keeper.begin(tmp_path / "kept", KEEPING)
    for number, body in enumerate(bodies):
        keeper.keep([body, b"answer"], "testing/one", number)
    return only(tmp_path)


def only(tmp_path: Path) -> Kept:
    (found,) = kept_in(tmp_path / "kept")
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_this_person_reads_them_even_in_a_folder_that_everybody_reads(tmp_path: Path) -> None:
    parent = tmp_path / "kept"
    parent.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        found = kept(tmp_path, b"request")
    finally:
        os.umask(before)
    assert mode(found.folder) == 0o700
    assert {mode(each) for each in found.folder.iterdir()} == {0o600}


def test_the_index_tells_whose_they_are_and_nothing_of_what_they_say(tmp_path: Path) -> None:
    found = kept(tmp_path, b"a request about Aino")
    assert found.keeping == KEEPING
    assert found.there() == sorted([name_of(b"a request about Aino"), name_of(b"answer")])
    lines = (found.folder / INDEX).read_bytes().splitlines()
    assert b"Aino" not in b"".join(lines)
    assert [sorted(json.loads(line)) for line in lines] == [
        ["format", "level", "run", "until"],
        ["bodies", "scenario", "step"],
    ]


def test_a_body_is_kept_once_and_each_exchange_is_told(tmp_path: Path) -> None:
    found = kept(tmp_path, b"same", b"same")
    assert len(found.there()) == 2
    assert len((found.folder / INDEX).read_bytes().splitlines()) == 3


def test_the_day_passes(tmp_path: Path) -> None:
    found = kept(tmp_path, b"request")
    assert not found.is_due(UNTIL - timedelta(seconds=1))
    assert found.is_due(UNTIL)


def test_more_than_may_be_is_refused_before_it_is_written(tmp_path: Path) -> None:
    keeper = Keeper.begin(tmp_path / "kept", KEEPING, most=10)
    keeper.keep([b"12345"])
    with pytest.raises(ConfigError, match="as much is kept as may be"):
        keeper.keep([b"123456"])
    assert only(tmp_path).there() == [name_of(b"12345")]


def _keep_many(folder: Path, first: int) -> None:
    keeper = Keeper.join(folder)
    for number in range(first, first + 50):
        keeper.keep([b"request %d" % number, b"answer"], "testing/one", number)


def test_several_processes_add_to_one_folder(tmp_path: Path) -> None:
    folder = Keeper.begin(tmp_path / "kept", KEEPING).folder
    processes = [
        get_context("spawn").Process(target=_keep_many, args=(folder, 50 * each))
        for each in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
        process.close()
    found = only(tmp_path)
    assert set(found.bodies) == {name_of(b"answer")} | {
        name_of(b"request %d" % each) for each in range(150)
    }
    assert all(name_of((folder / name).read_bytes()) == name for name in found.there())
    assert len(found.there()) == 151


def test_nobody_joins_what_nobody_began(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no exchanges are kept here"):
        Keeper.join(tmp_path)


def test_erased_is_all_of_it(tmp_path: Path) -> None:
    found = kept(tmp_path, b"one", b"two")
    assert found.erase_bodies() == 3
    assert found.there() == []
    assert only(tmp_path).keeping == KEEPING  # the index stays until somebody has recorded it
    assert found.erase_rest() == ()
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_torn_line_of_the_index_hides_nothing_that_was_written(tmp_path: Path) -> None:
    found = kept(tmp_path, b"one")
    index = found.folder / INDEX
    whole = index.read_bytes()
    for cut in range(len(whole.splitlines(keepends=True)[0]), len(whole)):
        index.write_bytes(whole[:cut])
        assert kept_in(tmp_path / "kept")[0].keeping == KEEPING


@pytest.mark.parametrize("end", [b"[" * 100_000, b'{"bodies": 5}', b"[]", b"\xff", b"null"])
def test_an_index_that_somebody_spoilt_is_still_read(tmp_path: Path, end: bytes) -> None:
    found = kept(tmp_path, b"one")
    with (found.folder / INDEX).open("ab") as file:
        file.write(end)
    assert len(only(tmp_path).there()) == 2


@pytest.mark.parametrize(
    "name", ["../../other", "other", "/etc/hostname", INDEX, f"{'a' * 64}.body/../../../other"]
)
def test_an_index_cannot_have_other_files_erased(tmp_path: Path, name: str) -> None:
    (tmp_path / "other").write_text("not ours")
    found = kept(tmp_path, b"one")
    (found.folder / "other").write_text("not ours")
    with (found.folder / INDEX).open("a") as file:
        file.write(json.dumps({"scenario": "", "step": 0, "bodies": [name]}) + "\n")
    forged = only(tmp_path)
    assert forged.erase_bodies() == 2
    assert (tmp_path / "other").exists()
    assert forged.erase_rest() == ("other",)
    assert (found.folder / INDEX).exists()


def test_a_link_is_neither_followed_nor_erased(tmp_path: Path) -> None:
    found = kept(tmp_path, b"one")
    (tmp_path / "other").write_text("not ours")
    body = found.folder / name_of(b"one")
    body.unlink()
    body.symlink_to(tmp_path / "other")
    again = only(tmp_path)
    assert again.erase_bodies() == 1
    assert again.erase_rest() == (body.name,)
    assert (tmp_path / "other").read_text() == "not ours"


def test_a_body_under_a_second_name_is_not_said_to_be_gone(tmp_path: Path) -> None:
    found = kept(tmp_path, b"one")
    os.link(found.folder / name_of(b"one"), tmp_path / "copy")
    assert found.erase_bodies() == 1
    assert found.erase_rest() == (name_of(b"one"),)


def test_a_link_instead_of_the_folder_is_refused(tmp_path: Path) -> None:
    kept(tmp_path, b"one")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    with pytest.raises(ConfigError, match="symbolic link"):
        kept_in(tmp_path / "link")


def test_a_linked_run_within_the_folder_is_not_seen(tmp_path: Path) -> None:
    found = kept(tmp_path, b"one")
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "linked").symlink_to(found.folder)
    assert kept_in(tmp_path / "others") == []


def test_a_body_that_lies_there_as_a_link_is_not_written_through(tmp_path: Path) -> None:
    keeper = Keeper.begin(tmp_path / "kept", KEEPING)
    (tmp_path / "other").write_text("not ours")
    (keeper.folder / name_of(b"one")).symlink_to(tmp_path / "other")
    keeper.keep([b"one"])
    assert (tmp_path / "other").read_text() == "not ours"


def test_a_run_is_kept_once(tmp_path: Path) -> None:
    kept(tmp_path)
    with pytest.raises(ConfigError, match="exchanges cannot be kept"):
        Keeper.begin(tmp_path / "kept", KEEPING)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b'{"format": 2}',
        b'{"format": 1, "run": "../x", "level": "mock", "until": "2027-01-01T00:00:00+00:00"}',
        b'{"format": 1, "run": "r1", "level": "none", "until": "2027-01-01T00:00:00+00:00"}',
        b'{"format": 1, "run": "r1", "level": "mock", "until": 5}',
    ],
)
def test_what_begins_otherwise_is_not_ours(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "r1").mkdir()
    (tmp_path / "r1" / INDEX).write_bytes(line + b"\n")
    assert kept_in(tmp_path) == []


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    assert kept_in(tmp_path / "none") == []


def test_a_folder_that_is_gone_is_an_error_that_explains_itself(tmp_path: Path) -> None:
    found = kept(tmp_path, b"one")
    found.erase_bodies()
    found.erase_rest()
    for step in (found.erase_bodies, found.erase_rest):
        with pytest.raises(ConfigError, match="exchanges cannot be erased"):
            step()
