"""A suite as a folder: its files and their digest, without reading what they say."""

import hashlib
from pathlib import Path

SUITE_FILE = "suite.yaml"


def suite_names(folder: Path) -> list[str]:
    """Names of the suites below a scenarios folder, sorted."""
    return sorted(file.parent.name for file in folder.glob(f"*/{SUITE_FILE}"))


def scenario_files(folder: Path) -> list[Path]:
    """The scenario files of a suite, sorted by name."""
    return sorted(file for file in folder.glob("*.yaml") if file.name != SUITE_FILE)


def suite_digest(folder: Path) -> str:
    """SHA-256 over the names and digests of every file below a suite's folder."""
    total = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and not _ignored(p, folder)):
        name = file.relative_to(folder).as_posix()
        total.update(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {name}\n".encode())
    return total.hexdigest()


def _ignored(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return any(part.startswith(".") or part == "__pycache__" for part in parts)
