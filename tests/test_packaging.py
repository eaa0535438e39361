"""The wheel carries books and example forms, so that an installed harness needs no checkout."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("connection_harness-*.whl"))


def test_the_wheel_holds_the_books_and_the_licence(wheel: Path) -> None:
    with ZipFile(wheel) as file:
        names = set(file.namelist())
    for book in ("contracts", "scenarios", "events", "forms"):
        inside = {n.removeprefix("harness/books/") for n in names if n.startswith("harness/books/")}
        expected = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / book).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert {name for name in inside if name.startswith(f"{book}/")} == expected
    assert any(name.endswith("LICENSE") for name in names)
    assert not any(name.startswith(("tests", "docs")) for name in names)


def test_an_installed_harness_reads_its_books(wheel: Path, tmp_path: Path) -> None:
    with ZipFile(wheel) as file:
        file.extractall(tmp_path)
    code = (
        "from harness.config import book; from harness.wsdl import find;"
        "print(find('asiointitili/viranomaispalvelut', [book('contracts')]).ref)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("asiointitili/viranomaispalvelut/")
