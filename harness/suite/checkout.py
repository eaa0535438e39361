"""What is known of the code that a run was made with: revision, and whether it was changed."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.joining.evidence import CodeSeen
from harness.xml import library_versions

_PACKAGES = (
    "cryptography",
    "eventsourcing",
    "lxml",
    "pydantic",
    "pytest",
    "requests",
    "responses",
    "zeep",
)
_TIMEOUT = 10.0


def code_seen(folder: Path) -> CodeSeen:
    """The git revision of ``folder`` and its dirty flag; unknown outside a git checkout."""
    revision = _git(folder, "rev-parse", "HEAD")
    if not revision:
        return CodeSeen()
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return CodeSeen(f"git:{revision}", None if status is None else status != "")


def is_tracked_by_git(file: Path) -> bool:
    """True when ``file``, there or still to be written, lies where a git checkout takes it up."""
    folder = next(each for each in file.absolute().parents if each.is_dir())
    if _git(folder, "rev-parse", "--is-inside-work-tree") != "true":
        return False
    return _git(folder, "check-ignore", "-q", str(file)) is None


def tools_seen() -> tuple[tuple[str, str], ...]:
    """Names and versions of what a verdict depends on, sorted by name."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return tuple(sorted({**found, **library_versions()}.items()))


def _git(folder: Path, *words: str) -> str | None:
    """What git prints, without the last newline; ``None`` when it cannot tell."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(folder), *words],  # noqa: S607 - the git of the user's PATH
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout.rstrip("\n") if done.returncode == 0 else None
