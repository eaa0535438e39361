"""The book of contracts: folders ``<service>/<interface>/<version>`` below each catalogue."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.classes import dataclass
from harness.errors import ContractError
from harness.limits import DEFAULT, Limits
from harness.wsdl.contract import Contract, load
from harness.wsdl.pinned import MANIFEST, PLAIN, Manifest, read_manifest


@dataclass(frozen=True, slots=True)
class ContractSummary:
    """What a list of contracts shows; the files themselves were not checked.

    Attributes:
        ref: name and version.
        date: when the version appeared.
        retires: the first day on which the interface no longer answers, when known.
        folder: where it lies.
        digest: as pinned in its ``contract.toml``.
    """

    ref: str
    name: str
    version: str
    title: str
    date: dt.date
    retires: dt.date | None
    folder: Path
    digest: str


def catalogue(catalogues: Sequence[Path], limits: Limits = DEFAULT) -> list[ContractSummary]:
    """Every contract of the catalogues, by name and then from the oldest to the newest.

    A reference in several catalogues is the one of the first.

    Raises:
        ContractError: a ``contract.toml`` is wrong or lies in a folder it does not name.
    """
    found: dict[str, ContractSummary] = {}
    for root in catalogues:
        for folder in _folders(root):
            summary = _summary(root, folder, read_manifest(folder, limits))
            found.setdefault(summary.ref, summary)
    return sorted(found.values(), key=_by_age)


def find(ref_or_name: str, catalogues: Sequence[Path], limits: Limits = DEFAULT) -> Contract:
    """The contract of this reference, or the newest version of this name.

    Raises:
        ContractError: there is none, or it cannot be used.
    """
    for root in catalogues if PLAIN.fullmatch(ref_or_name) else ():
        exact = root / ref_or_name
        if (exact / MANIFEST).is_file():
            contract = load(exact, limits)
            _check_place(root, exact, contract.ref)
            return contract
    fitting = _of_name(ref_or_name, catalogues, limits)
    if not fitting:
        listed = ", ".join(each.ref for each in catalogue(catalogues, limits)) or "none"
        places = ", ".join(str(path) for path in catalogues) or "no catalogue"
        raise ContractError(
            f"There is no contract {ref_or_name!r}.", where=places, todo=f"Known are: {listed}."
        )
    return load(fitting[-1].folder, limits)


def _of_name(name: str, catalogues: Sequence[Path], limits: Limits) -> list[ContractSummary]:
    """The contracts of this name, from the oldest to the newest.

    Only the folders they must lie in are looked at: another contract that is wrong is no reason
    for this one not to be found.
    """
    found: dict[str, ContractSummary] = {}
    for root in catalogues if PLAIN.fullmatch(name) else ():
        for folder in _folders(root, name):
            summary = _summary(root, folder, read_manifest(folder, limits))
            if summary.name == name:
                found.setdefault(summary.ref, summary)
    return sorted(found.values(), key=_by_age)


def _folders(root: Path, below: str = "") -> Iterator[Path]:
    for path in sorted((root / below).glob(f"**/{MANIFEST}")):
        # A hidden folder is a contract that somebody is just adding.
        if not any(step.startswith(".") for step in path.relative_to(root).parts):
            yield path.parent


def _summary(root: Path, folder: Path, manifest: Manifest) -> ContractSummary:
    ref = f"{manifest.name}/{manifest.version}"
    _check_place(root, folder, ref)
    return ContractSummary(
        ref=ref,
        name=manifest.name,
        version=manifest.version,
        title=manifest.title,
        date=manifest.date,
        retires=manifest.retires,
        folder=folder,
        digest=manifest.digest,
    )


def _check_place(root: Path, folder: Path, ref: str) -> None:
    lies_at = folder.relative_to(root).as_posix()
    if ref != lies_at:
        raise ContractError(
            f"The contract calls itself {ref} but lies in {lies_at}.",
            where=str(folder / MANIFEST),
            todo="Move the folder, or correct name and version.",
        )


def _by_age(summary: ContractSummary) -> tuple[str, dt.date, list[tuple[int, str]]]:
    """Versions of one day by their numbers: 1.10 is newer than 1.9."""
    parts = re.findall(r"\d+|[^\d]+", summary.version)
    return summary.name, summary.date, [(int(p) if p.isdigit() else -1, p) for p in parts]
