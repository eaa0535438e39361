"""A record leaves as text and comes back equal; two programs agree on whether the text is sound."""

import ast
import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import IntegrityBroken, LedgerError
from harness.joining.events import EVENTS
from harness.ledger import exported, moving, store, verify_ledger
from harness.ledger.databases import exists
from harness.ledger.dialect import Cursor
from harness.ledger.moving import export, import_
from harness.ledger.seal import Head
from harness.ledger.verify import verify, verify_export
from harness.ledger_url import LedgerPlace
from tests.ledger.helpers import (
    attacker,
    checkpoint_of,
    fill,
    folder_of,
    key_of,
    opened,
    reading,
    step,
)
from tests.ledger.test_key_rotation import rotate
from tests.support.postgresql import drop, fresh

ALONE = Path(verify_ledger.__file__)


@pytest.fixture
def text(kept: LedgerPlace) -> Path:
    """The ledger exported."""
    file = folder_of(kept) / "ledger.jsonl"
    export(kept, file)
    return file


def alone(file: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The one-file verifier as an auditor runs it: without anything that is installed."""
    command = [sys.executable, "-I", "-S", str(ALONE), str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_export_says_what_the_ledger_says(kept: LedgerPlace, text: Path) -> None:
    found, told = verify(kept), verify_export(text, [checkpoint_of(kept)])
    assert (told.origin, told.key, told.size, told.root) == (
        found.origin,
        found.key,
        found.size,
        found.root,
    )
    assert told.heads == found.heads
    assert told.unpublished == 0


def test_every_line_is_json_and_every_event_keeps_its_topic(text: Path) -> None:
    lines = [json.loads(line) for line in text.read_text(encoding="utf-8").splitlines()]
    entries = [line for line in lines if "position" in line]
    assert [each["position"] for each in entries] == list(range(1, 9))
    assert {each["topic"] for each in entries} <= EVENTS.keys()
    assert lines[-1] == {"entries": 8, "heads": 9}


@pytest.mark.attacks
def test_the_verifier_needs_nothing_but_python(text: Path, kept: LedgerPlace) -> None:
    told = alone(text, "--checkpoint", str(checkpoint_of(kept)))
    assert (told.returncode, told.stderr) == (0, "")
    assert ", size 8, sealed by ed25519:" in told.stdout
    assert told.stdout.endswith("unsealed: 0\n")


def test_the_verifier_is_one_short_file_over_the_standard_library() -> None:
    source = ALONE.read_text(encoding="utf-8")
    tree = ast.parse(source)
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + [alias.name for alias in node.names if isinstance(node, ast.Import)]
    }
    assert imported <= sys.stdlib_module_names
    assert len(source.splitlines()) < 200


def test_entries_behind_the_checkpoint_are_counted(kept: LedgerPlace, tmp_path: Path) -> None:
    held = tmp_path / "held.checkpoint"
    shutil.copy(checkpoint_of(kept), held)
    fill(kept, 3)
    file = tmp_path / "later.jsonl"
    export(kept, file)
    assert verify_export(file, [held]).unpublished == 3
    assert alone(file, "--checkpoint", str(held)).stdout.endswith("unsealed: 3\n")


def test_a_resealed_ledger_is_told_by_the_key_and_by_the_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = tmp_path / "one" / "ledger.sqlite3", tmp_path / "other" / "ledger.sqlite3"
    fill(one)
    fill(other)
    file, key = tmp_path / "other.jsonl", verify(one).key
    export(other, file)
    assert alone(file).returncode == 0
    assert alone(file, "--key", key).returncode == 3
    assert alone(file, "--checkpoint", str(checkpoint_of(one))).returncode == 3
    with pytest.raises(IntegrityBroken):
        verify_export(file, [checkpoint_of(one)])


def test_a_record_that_was_altered_is_not_exported(kept: LedgerPlace, tmp_path: Path) -> None:
    with attacker(kept) as connection:
        found = connection.execute("SELECT state FROM stored_events WHERE position = 3")
        altered = found.fetchone()[0].replace(b"maija", b"pekka")
        connection.execute("UPDATE stored_events SET state = ? WHERE position = 3", (altered,))
    file = tmp_path / "altered.jsonl"
    with pytest.raises(IntegrityBroken, match="entry 3"):
        export(kept, file)
    assert list(tmp_path.glob("*altered*")) == []


def test_no_file_is_written_over(kept: LedgerPlace, text: Path) -> None:
    before = text.read_bytes()
    with pytest.raises(LedgerError, match="already"):
        export(kept, text)
    with pytest.raises(LedgerError, match="already"):
        import_(text, kept)
    assert text.read_bytes() == before


def test_a_place_that_takes_no_file_is_told_in_words(
    ledger_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On read-only media nothing can be removed either, not even what was not made."""

    def read_only(_: Path, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", read_only)
    with pytest.raises(LedgerError, match="cannot be written"):
        export(ledger_path, tmp_path / "nowhere" / "a.jsonl")


def test_two_exports_of_one_name_at_once_do_not_mix(
    ledger_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    made: list[bytes] = []

    def slow(file: Path, _: object, *, codec: None) -> object:
        monkeypatch.setattr(moving, "verify_export", verify_export)
        export(ledger_path, folder / "a.jsonl")
        made.append((folder / "a.jsonl").read_bytes())
        return verify_export(file, codec=codec)

    monkeypatch.setattr(moving, "verify_export", slow)
    with pytest.raises(LedgerError, match="already"):
        export(ledger_path, folder / "a.jsonl")
    assert [each.read_bytes() for each in folder.iterdir()] == made


@pytest.fixture(params=["sqlite", "postgresql"])
def anew(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerPlace]:
    """Another place where nothing is yet, of each kind for a ledger of each kind."""
    folder = tmp_path / "anew"
    folder.mkdir()
    if request.param == "sqlite":
        yield folder / "ledger.sqlite3"
        return
    place = fresh(request.getfixturevalue("postgresql"), folder)
    yield place
    drop(place)


def test_what_comes_back_is_the_same_ledger(
    kept: LedgerPlace, text: Path, anew: LedgerPlace, tmp_path: Path
) -> None:
    report = import_(text, anew, [checkpoint_of(kept)])
    assert (report.size, report.unpublished) == (8, 0)
    again = tmp_path / "again.jsonl"
    export(anew, again)
    assert again.read_bytes() == text.read_bytes()
    with reading(kept) as one, reading(anew) as other:
        assert one.project("demo").standing == other.project("demo").standing
    with pytest.raises(LedgerError, match="already"):
        import_(text, anew)


def test_what_came_back_goes_on_with_the_old_key(
    kept: LedgerPlace, text: Path, anew: LedgerPlace
) -> None:
    shutil.copy(key_of(kept), key_of(anew))
    import_(text, anew)
    with opened(anew) as ledger:
        project = ledger.project("demo")
        step(project)
        ledger.save(project, project.version - 1)
    assert verify(anew, [checkpoint_of(kept)]).size == 9


def test_an_altered_export_leaves_no_ledger_behind(
    ledger_path: Path, anew: LedgerPlace, tmp_path: Path
) -> None:
    file = tmp_path / "altered.jsonl"
    export(ledger_path, file)
    file.write_bytes(file.read_bytes().replace(b"maija", b"pekka", 1))
    with pytest.raises(IntegrityBroken):
        import_(file, anew)
    assert not exists(anew)


def test_what_would_not_be_equal_is_not_committed(
    ledger_path: Path, anew: LedgerPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are checked before they are committed, and only then are they there."""
    export(ledger_path, tmp_path / "sound.jsonl")
    insert_head = store.insert_head

    def without_its_tree(cursor: Cursor, head: Head) -> None:
        insert_head(cursor, replace(head, frontier=bytes(len(head.frontier))))

    monkeypatch.setattr(store, "insert_head", without_its_tree)
    with pytest.raises(IntegrityBroken, match="stored tree"):
        import_(tmp_path / "sound.jsonl", anew)
    assert not exists(anew)


def test_what_is_published_already_must_agree_with_what_is_imported(
    ledger_path: Path, anew: LedgerPlace, tmp_path: Path
) -> None:
    export(ledger_path, tmp_path / "sound.jsonl")
    other = tmp_path / "other" / "ledger.sqlite3"
    other.parent.mkdir()
    fill(other)
    shutil.copy(checkpoint_of(other), checkpoint_of(anew))
    with pytest.raises(IntegrityBroken, match="of another ledger"):
        import_(tmp_path / "sound.jsonl", anew)
    assert not exists(anew)


def test_a_newer_export_is_refused_in_words(text: Path) -> None:
    text.write_bytes(text.read_bytes().replace(b'{"export":1,', b'{"export":2,', 1))
    with pytest.raises(LedgerError, match="newer version"):
        verify_export(text)
    assert alone(text).returncode == 3


def test_a_format_that_never_was_is_refused_by_both(text: Path) -> None:
    text.write_bytes(text.read_bytes().replace(b'{"export":1,', b'{"export":0,', 1))
    with pytest.raises(IntegrityBroken, match="format 0"):
        verify_export(text)
    assert alone(text).returncode == 3


Lines = list[bytes]


def _edits(draw: st.DrawFn, lines: Lines) -> Lines:
    """One thing that somebody could do to the file."""
    at = draw(st.integers(0, len(lines) - 1))
    other = draw(st.integers(0, len(lines) - 1))
    line = lines[at]
    place = draw(st.integers(0, max(0, len(line) - 1)))
    byte = bytes([draw(st.integers(0, 255))])
    numbers = [str(number).encode() for number in range(11)]
    one, two = draw(st.sampled_from(numbers)), draw(st.sampled_from(numbers))
    return draw(
        st.sampled_from(
            [
                [*lines[:at], *lines[at + 1 :]],
                [*lines[:at], line, *lines[at:]],
                [*lines[:at], line[:place] + byte + line[place + 1 :], *lines[at + 1 :]],
                [*lines[:at], line[:place] + byte + line[place:], *lines[at + 1 :]],
                [*lines[:at], line[:place] + line[place + 1 :], *lines[at + 1 :]],
                [*lines[:at], line.replace(one, two, 1), *lines[at + 1 :]],
                [lines[other] if number == at else each for number, each in enumerate(lines)],
                [*lines[: max(1, at)], lines[-1]],
                lines[:at],
                [*lines, line],
                [*lines, *lines],
                [each.replace(b",", b", ", 1) if each is line else each for each in lines],
                [each.replace(b"\n", b"\r\n") if each is line else each for each in lines],
            ]
        )
    )


@st.composite
def mutated(draw: st.DrawFn, sound: bytes) -> bytes:
    """An export after one to three edits; sometimes the same bytes come out."""
    lines = sound.splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 3))):
        lines = _edits(draw, lines) or [b""]
    return b"".join(lines)


def opinion_of_the_harness(file: Path, checkpoint: Path) -> bool:
    try:
        verify_export(file, [checkpoint])
    except LedgerError:
        return False
    return True


def opinion_of_the_file(file: Path, checkpoint: Path) -> bool:
    return verify_ledger.main([str(file), "--checkpoint", str(checkpoint)]) == 0


@pytest.mark.attacks
def test_both_verifiers_agree_on_a_thousand_mutated_exports(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    ledger = folder / "ledger.sqlite3"
    fill(ledger, 2)
    rotate(ledger)
    fill(ledger, 1)
    export(ledger, folder / "sound.jsonl")
    sound, counted = (folder / "sound.jsonl").read_bytes(), Counter[bool]()
    file, checkpoint = folder / "mutated.jsonl", checkpoint_of(ledger)

    @settings(max_examples=1000)
    @given(mutated(sound))
    def agree(data: bytes) -> None:
        file.write_bytes(data)
        opinions = opinion_of_the_harness(file, checkpoint), opinion_of_the_file(file, checkpoint)
        assert opinions[0] == opinions[1]
        counted[opinions[0]] += 1

    agree()
    assert counted[False] > 900


@settings(max_examples=300)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_refused_alike(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "any.jsonl"
    file.write_bytes(data)
    with pytest.raises(LedgerError):
        verify_export(file)
    assert verify_ledger.main([str(file)]) == 3


def test_the_lines_are_read_as_they_are_written(text: Path) -> None:
    kinds = [type(line).__name__ for line in exported.read(text)]
    assert [name for name, _ in itertools.groupby(kinds)][0:2] == ["Info", "Head"]
    assert kinds.count("Entry") == 8


# RFC 8032 section 7.1, tests 1 to 3: key, signature, message.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
        "",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
        "72",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
        "af82",
    ),
]


@pytest.mark.parametrize(("key", "signature", "message"), VECTORS)
def test_signatures_are_checked_as_rfc_8032_says(key: str, signature: str, message: str) -> None:
    public, signed, said = (bytes.fromhex(each) for each in (key, signature, message))
    assert verify_ledger.is_signed(public, signed, said)
    assert not verify_ledger.is_signed(public, signed, said + b"\x00")
    assert not verify_ledger.is_signed(public, signed[:32] + bytes(31) + b"\x01", said)
    with pytest.raises(verify_ledger.Broken):
        verify_ledger.is_signed(b"\x02" + bytes(31), signed, said)
