"""The door for files: a pipe is not waited for, and what is no file is told as such."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import files


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.parametrize("make", [_pipe, _socket])
def test_what_is_no_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    make(Path("it"))
    for look in (files.check, files.opened):
        with pytest.raises(OSError, match="a pipe or a device, not a file"):
            look(Path("it"))


def test_a_pipe_that_takes_the_place_of_a_file_is_told_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "it"
    file.touch()
    before = file.stat()
    file.unlink()
    os.mkfifo(file)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: before)
    files.check(file)
    with pytest.raises(OSError, match="a pipe or a device, not a file"):
        files.opened(file)


def test_a_folder_nothing_and_no_path_at_all(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        files.opened(tmp_path)
    with pytest.raises(FileNotFoundError):
        files.opened(tmp_path / "none")
    with pytest.raises(OSError, match="the path is not usable"):
        files.opened(Path("a\0b"))


def test_one_byte_too_many_tells_that_there_are_more(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(b"12345")
    assert files.read(tmp_path / "it", 5) == b"12345"
    assert files.read(tmp_path / "it", 3) == b"1234"
