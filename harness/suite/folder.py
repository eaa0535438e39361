"""A suite as a folder: its files and their digest, without reading what they say."""

import hashlib
from pathlib import Path

SUITE_FILE = "suite.yaml"


def suite_names(folder: Path) -> list[str]:
    """Names of the suites below a scenarios folder, sorted."""
    return sorted(file.parent.name for file in folder.glob(f"*/{SUITE_FILE}"))


def scenario_files(folder: Path) -> list[Path]:
    """The scenario files of a suite, sorted by name."""
    return [f for f in suite_files(folder) if _is_scenario(f, folder)]


def suite_digest(folder: Path) -> str:
    """SHA-256 over the names and digests of every file below a suite's folder."""
    total = hashlib.sha256()
    for file in suite_files(folder):
        name = file.relative_to(folder).as_posix()
        total.update(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {name}\n".encode())
    return total.hexdigest()


def suite_files(folder: Path) -> list[Path]:
    """Every file of a suite, sorted; what an editor or Python hides there is none of them.

    The digest, the scenarios and the files they name all come from this one list.
    """
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not _hidden(path, folder))


def _is_scenario(file: Path, folder: Path) -> bool:
    return file.parent == folder and file.suffix == ".yaml" and file.name != SUITE_FILE


def _hidden(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return any(part.startswith(".") or part == "__pycache__" for part in parts)
