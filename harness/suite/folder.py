"""A suite as a folder: its files, their digest, and who drives it."""

import hashlib
from pathlib import Path

from harness.errors import ScenarioError
from harness.files import opened
from harness.vocabulary import Driver

SUITE_FILE = "suite.yaml"
_ALMOST = frozenset({".yml", ".yaml"})


def suite_names(folder: Path) -> list[str]:
    """Names of the suites below a scenarios folder, sorted; none where there is no folder.

    Raises:
        ScenarioError: a folder there may not be looked into, so nobody can tell what is in it.
    """
    if not folder.is_dir():
        return []
    return sorted(each.name for each in folder.iterdir() if _has_suite(each))


def _has_suite(folder: Path) -> bool:
    try:
        return (folder / SUITE_FILE).is_file()
    except OSError as error:
        raise ScenarioError(
            f"this folder cannot be looked into ({error.strerror})",
            where=str(folder),
            todo="Let whoever runs the scenarios read it, or take it away.",
        ) from None


def scenario_files(folder: Path) -> list[Path]:
    """The scenario files of a suite, sorted by name.

    Raises:
        ScenarioError: a file is named almost like one, and would never be run.
    """
    files = suite_files(folder)
    for file in files:
        if file.parent == folder and file.suffix.lower() in _ALMOST and file.suffix != ".yaml":
            raise ScenarioError(
                "only files that end in .yaml are scenarios: this one would never be run",
                where=str(file),
                todo=f"Name it {file.stem}.yaml, or take it out of the suite.",
            )
    return [file for file in files if _is_scenario(file, folder)]


def suite_digest(folder: Path) -> str:
    """SHA-256 over the names and digests of every file below a suite's folder."""
    total = hashlib.sha256()
    for file in suite_files(folder):
        name = file.relative_to(folder).as_posix()
        with opened(file) as stream:
            digest = hashlib.sha256(stream.read()).hexdigest()
        total.update(f"{digest}  {name}\n".encode())
    return total.hexdigest()


def suite_files(folder: Path) -> list[Path]:
    """Every file of a suite, sorted; what an editor or Python hides there is none of them.

    The digest, the scenarios and the files they name all come from this one list.

    Raises:
        ScenarioError: something there is neither a file nor a folder, such as a pipe or a link
            that leads nowhere: it can be no part of a digest, so it must not be passed over.
    """
    found = [path for path in folder.rglob("*") if not _hidden(path, folder)]
    for path in found:
        if not path.is_file() and not path.is_dir():
            raise ScenarioError(
                "this is neither a file nor a folder",
                where=str(path),
                todo="Take it out of the suite, or put a plain file in its place.",
            )
    return sorted(path for path in found if path.is_file())


def is_suite_file(path: Path, folder: Path) -> bool:
    """Whether a path is one of ``suite_files``, without looking at all the others."""
    real, own = path.resolve(), folder.resolve()
    if not real.is_relative_to(own) or not path.is_relative_to(folder):
        return False
    return path.is_file() and not _hidden(path, folder) and not _hidden(real, own)


def is_observed(folder: Path) -> bool:
    """Whether the supplier's own system drives the suite of a folder; nothing else is looked at.

    Raises:
        ScenarioError: its ``suite.yaml`` is missing or no plain YAML.
    """
    from harness.suite.reading import read  # noqa: PLC0415 - who only wants digests needs no YAML

    data = read(folder / SUITE_FILE).data
    return isinstance(data, dict) and data.get("driver") == Driver.SYSTEM


def _is_scenario(file: Path, folder: Path) -> bool:
    return file.parent == folder and file.suffix == ".yaml" and file.name != SUITE_FILE


def _hidden(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return any(part.startswith(".") or part == "__pycache__" for part in parts)
