"""Files, folders and what is packed in them: found by place, and at bounded cost."""

import bz2
import gzip
import io
import lzma
import os
import sqlite3
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.limits import MIB
from harness.privacy.packed import SearchLimits
from harness.privacy.recognising import Kind, Wanted
from harness.privacy.searching import Searched, search, search_stream
from tests.support.identities import MISTYPED, PERSON

ALL = Wanted()
TEXT = f"first\nsecond {PERSON}\n".encode()
SMALL = SearchLimits(max_unpacked_bytes=MIB, max_held_bytes=MIB, max_depth=2, max_finds=5)


def told(result: Searched, below: Path) -> list[str]:
    return [str(each).removeprefix(f"{below}/") for each in result.sightings]


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)  # the bytes of the time it is may end a line
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _tarred(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a.txt")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


PACKED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "gzip": (gzip.compress, "f!:2"),
    "bzip2": (bz2.compress, "f!:2"),
    "xz": (lzma.compress, "f!:2"),
    "zip": (lambda data: zipped(member=data), "f!member:2"),
    "zip in gzip": (lambda data: gzip.compress(zipped(member=data)), "f!!member:2"),
    "gzip in zip": (lambda data: zipped(log=gzip.compress(data)), "f!log!:2"),
}


@pytest.mark.parametrize("kind", PACKED)
def test_a_code_in_what_is_packed(tmp_path: Path, kind: str) -> None:
    pack, place = PACKED[kind]
    (tmp_path / "f").write_bytes(pack(TEXT))
    found = told(search(tmp_path, ALL), tmp_path)
    assert f"{place}: identity code ******-****, as it is" in found


def test_a_code_in_a_packed_archive(tmp_path: Path) -> None:
    (tmp_path / "f.tgz").write_bytes(_tarred(TEXT))
    (found,) = told(search(tmp_path, ALL), tmp_path)
    assert found.startswith("f.tgz!:2: identity code")


def test_a_code_in_a_database_by_table_and_row_and_what_was_deleted(tmp_path: Path) -> None:
    file = tmp_path / "my base?.sqlite3"
    base = sqlite3.connect(file)
    base.execute("CREATE TABLE 'odd \"name' (position INTEGER PRIMARY KEY, note TEXT, data BLOB)")
    base.execute("CREATE TABLE keyed (id TEXT PRIMARY KEY, n) WITHOUT ROWID")
    base.execute("INSERT INTO 'odd \"name' VALUES (7, 'x', ?)", (b"\xff" * 9000 + TEXT,))
    base.execute("INSERT INTO keyed VALUES ('0', 1), (?, NULL)", (MISTYPED,))
    base.commit()
    base.close()
    found = told(search(file, ALL), tmp_path)
    assert f'{file.name}:odd "name:7: identity code ******-****, as it is' in found
    assert f"{file.name}:keyed:2: mistyped identity code ******-****, as it is" in found
    assert len(found) == 2  # its raw bytes do not tell them again
    base = sqlite3.connect(file)
    base.execute("PRAGMA secure_delete = OFF")
    base.execute("DELETE FROM keyed")
    base.execute("DELETE FROM 'odd \"name'")
    base.commit()
    base.close()
    assert {each.kind for each in search(file, ALL).sightings} == {Kind.CODE, Kind.MISTYPED}
    assert not [each for each in tmp_path.iterdir() if each != file]


@settings(max_examples=12)
@given(st.integers(0, 9000), st.sampled_from([b"x", b"\n", b"<", b"1 ", b"&amp;"]))
def test_a_code_at_the_border_of_two_pieces(before: int, filling: bytes) -> None:
    start = (MIB - before) // len(filling) * len(filling)
    data = (filling * MIB)[:start] + b" " + TEXT + filling * 9000 + TEXT
    result = search_stream(io.BytesIO(data), "-", ALL)
    lines = [int(each.place) for each in result.sightings]
    first = 2 + data.count(b"\n", 0, start)
    assert lines == [first, data.count(b"\n", 0, data.rindex(b"second")) + 1]


def test_names_are_searched_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / f"{PERSON}.d").mkdir()
    (tmp_path / f"{PERSON}.d" / "a\nb.zip").write_bytes(zipped(**{f"{PERSON}.txt": b"x"}))
    result = search(tmp_path, ALL)
    text = "\n".join(told(result, tmp_path))
    assert len(result.sightings) >= 2
    assert {each.place for each in result.sightings} <= {"name", "1"}
    assert "a\\x0ab.zip" in text
    assert PERSON[:6] not in text + repr(result)


def test_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_bytes(TEXT)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "file").symlink_to(tmp_path / "outside" / "f")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "itself").symlink_to(inside)
    (inside / "nothing").symlink_to(tmp_path / "none")
    result = search(inside, ALL)
    assert (result.sightings, result.files, result.links) == ([], 0, 4)
    assert search(inside / "folder", ALL).sightings  # who names a link means it


def test_folders_of_others_are_left_out_and_that_is_told(tmp_path: Path) -> None:
    for name in (".git", "node_modules", "site-packages", "own"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_bytes(TEXT)
    result = search(tmp_path, ALL)
    assert [each.path for each in result.sightings] == [str(tmp_path / "own" / "f")]
    assert len(result.skipped) == 3
    assert search(tmp_path / ".git", ALL).sightings


# Hostile files: told as not examined, at bounded cost


def _bomb() -> bytes:
    return gzip.compress(bytes(3 * MIB))


def _nested(depth: int) -> bytes:
    data = b"x"
    for _ in range(depth):
        data = gzip.compress(data)
    return data


def _endless_view() -> bytes:
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n FROM c) SELECT * FROM c"
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute("CREATE TABLE a (n, b AS (n || n))")
        base.execute(f"CREATE VIEW v AS {endless}")
        return base.serialize()


def _long_directory() -> bytes:
    data = bytearray(zipped(a=b"x"))
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 3 * MIB)
    return bytes(data)


def _locked() -> bytes:
    data = bytearray(zipped(a=b"x"))
    data[6] |= 1  # encrypted
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


HOSTILE = {
    "unpacks to too much": (_bomb, "unpacks to more than 1 MiB"),
    "a bomb in a zip": (lambda: zipped(a=bytes(3 * MIB)), "unpacks to more than 1 MiB"),
    "a large packed one within": (
        lambda: zipped(a=gzip.compress(os.urandom(2 * MIB))), "more than 1 MiB within another",
    ),
    "packed too deep": (lambda: _nested(9), "packed too deep"),
    "cut gzip": (lambda: gzip.compress(TEXT * 99)[:-20], "cannot be read: EOFError"),
    "broken gzip": (lambda: b"\x1f\x8b\x08" + b"\xff" * 99, "cannot be read: "),
    "broken xz": (lambda: b"\xfd7zXZ\x00" + b"\xff" * 99, "cannot be read: LZMAError"),
    "cut zip": (lambda: zipped(a=b"x")[:-30], "a zip file that is cut"),
    "locked zip": (_locked, "cannot be read: RuntimeError"),
    "a zip with a long directory": (_long_directory, "too long a directory"),
    "zip64": (lambda: zipped(a=b"x") + b"PK\x06\x07", "a kind that is not opened"),
    "broken database": (
        lambda: b"SQLite format 3\x00" + b"\xff" * 5000, "cannot be read: DatabaseError",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_examined_is_said(tmp_path: Path, name: str) -> None:
    make, why = HOSTILE[name]
    (tmp_path / "f").write_bytes(make())
    (tmp_path / "g").write_bytes(TEXT)
    result = search(tmp_path, ALL, SMALL)
    (unread,) = [each for each in result.sightings if each.kind is Kind.UNREAD]
    assert why in unread.why
    assert [each.path for each in result.sightings if each.kind is Kind.CODE] == [
        str(tmp_path / "g")
    ]


def test_a_description_that_runs_for_ever_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(_endless_view())
    assert search(tmp_path / "f", ALL, SMALL).sightings == []


def test_steps_of_a_database_are_counted(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "f")
    base.execute("CREATE TABLE a (n)")
    base.executemany("INSERT INTO a VALUES (?)", [(n,) for n in range(100_000)])
    base.commit()
    base.close()
    (unread,) = search(tmp_path, ALL, SearchLimits(max_steps=100_000)).sightings
    assert unread.kind is Kind.UNREAD


def test_a_pipe_and_a_forbidden_file_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (unread,) = search(tmp_path, ALL).sightings
    assert unread.why == "cannot be read: this is a pipe or a device, not a file"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    (unread,) = search(tmp_path / "none", ALL).sightings
    assert unread.why == "cannot be read: No such file or directory"


def test_too_large_a_file_is_searched_at_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(TEXT + bytes(2 * MIB) + TEXT)
    found = search(tmp_path, ALL, SearchLimits(max_file_bytes=MIB)).sightings
    assert [each.kind for each in found] == [Kind.CODE, Kind.UNREAD]


def test_many_finds_end_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"".join(TEXT for _ in range(1000)))
    kinds = [each.kind for each in search(tmp_path, ALL, SMALL).sightings]
    assert kinds == [Kind.CODE] * 5 + [Kind.UNREAD]


@pytest.mark.parametrize("filling", [b"x", b"<", b"0", b"&", b"=3", b"\0", b"0 ", b"AAAA"])
def test_a_huge_line_costs_little_memory(tmp_path: Path, filling: bytes) -> None:
    (tmp_path / "f").write_bytes(filling * (5 * MIB // 4 // len(filling)) + b"\n" + TEXT)
    tracemalloc.start()
    search(tmp_path, ALL)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 * MIB
