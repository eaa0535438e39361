"""What a run was made on: without it, figures mean nothing to anybody else."""

import importlib.metadata
import os
import platform
from typing import Final

from harness.xml import library_versions

_PACKAGES: Final = ("lxml", "zeep", "pydantic", "eventsourcing", "cryptography", "pytest", "click")


def facts() -> dict[str, str]:
    """Names and versions; nothing of who or where."""
    found = {
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    packages = {name: _version(name) for name in _PACKAGES}
    return {**found, **packages, **library_versions()}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
