"""A pipe that takes the place of a file, once that was looked at, is refused and not waited for."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from harness import files
from harness.config import book
from harness.endpoints.server.journal import JournalFile
from harness.errors import ConfigError, ContractError, ScenarioError
from harness.exchange.kept import INDEX, Keeper, Keeping, kept_in
from harness.suite.folder import suite_digest
from harness.suite.requirements import requirements
from harness.vocabulary import Level
from harness.wsdl import load
from harness.wsdl.adding import add
from tests.cli import support

CONTRACT = "asiointitili/viranomaispalvelut/1.7-2024-04"
Swap = Callable[[Path], None]


@pytest.fixture
def swap(monkeypatch: pytest.MonkeyPatch) -> Swap:
    """Put a pipe in the place of a file of which everybody goes on to see what it was."""

    def swapped(file: Path) -> None:
        seen = file.stat()
        file.unlink()
        os.mkfifo(file)
        for name in ("stat", "lstat"):
            real = getattr(Path, name)
            monkeypatch.setattr(
                Path,
                name,
                lambda path, real=real, **more: seen if path == file else real(path, **more),
            )

    return swapped


def test_a_contract(tmp_path: Path, swap: Swap) -> None:
    folder = tmp_path / "contract"
    shutil.copytree(book("contracts") / CONTRACT, folder)
    swap(next(folder.glob("*.wsdl")))
    with pytest.raises(ContractError, match="this is a pipe or a device, not a file"):
        load(folder)


def test_a_description_that_is_added(tmp_path: Path, swap: Swap) -> None:
    (source,) = (book("contracts") / CONTRACT).glob("*.wsdl")
    shutil.copy(source, tmp_path)
    swap(tmp_path / source.name)
    with pytest.raises(ContractError, match="this is a pipe or a device, not a file"):
        add(tmp_path / source.name, tmp_path / "catalogue", date(2026, 3, 1))


def test_a_suite(tmp_path: Path, swap: Swap) -> None:
    shutil.copytree(book("scenarios") / "connection", tmp_path / "connection")
    swap(tmp_path / "connection/service-answers.yaml")
    with pytest.raises(OSError, match="this is a pipe or a device, not a file"):
        suite_digest(tmp_path / "connection")


def test_the_index_of_kept_exchanges(tmp_path: Path, swap: Swap) -> None:
    keeping = Keeping("r1", Level.MOCK, datetime(2026, 3, 1, tzinfo=UTC))
    keeper = Keeper.begin(tmp_path, keeping)
    swap(keeper.folder / INDEX)
    with pytest.raises(ConfigError, match="cannot be read"):
        kept_in(tmp_path)


def test_requirements(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "requirements.toml")
    with pytest.raises(ScenarioError, match="cannot be read"):
        requirements(tmp_path)


def test_a_journal(tmp_path: Path, swap: Swap) -> None:
    (tmp_path / "journal").touch()
    swap(tmp_path / "journal")
    with pytest.raises(ConfigError, match="the journal cannot be written"):
        JournalFile(tmp_path / "journal")


def test_a_form_is_read_once_so_that_what_is_kept_is_what_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = support.example(tmp_path / "p", suites={"connection": ("service-answers",)})
    project.must("project", "new")
    form = min((project.folder / "forms").glob("*.toml"))
    read: list[Path] = []

    def counting(real: Callable[[Path], object]) -> Callable[[Path], object]:
        def call(path: Path) -> object:
            read.append(path)
            return real(path)

        return call

    monkeypatch.setattr(Path, "read_bytes", counting(Path.read_bytes))
    monkeypatch.setattr(files, "opened", counting(files.opened))
    project.must("phase", "record", "--form", str(form))
    assert read.count(form) == 1
