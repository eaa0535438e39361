"""The catalogued versions, and copies of them with something altered."""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from harness import wsdl
from harness.wsdl import Contract
from harness.wsdl.changes import Change, Comparison
from harness.wsdl.comparing import compare

ROOT: Final = Path(__file__).parents[3]
CATALOGUE: Final = ROOT / "contracts"
SERVICES: Final = "asiointitili/viranomaispalvelut"
CHANNEL: Final = "asiointitili/paluukanava"
NEIGHBOURS: Final = (
    (f"{SERVICES}/2014", f"{SERVICES}/1.4"),
    (f"{SERVICES}/1.4", f"{SERVICES}/1.6"),
    (f"{SERVICES}/1.6", f"{SERVICES}/1.7"),
    (f"{SERVICES}/1.7", f"{SERVICES}/1.7-2024-04"),
    (f"{CHANNEL}/2014", f"{CHANNEL}/2018"),
)


@cache
def version(ref: str) -> Contract:
    return wsdl.load(CATALOGUE / ref)


@cache
def compared(older: str, newer: str) -> Comparison:
    return compare(version(older), version(newer))


def one(comparison: Comparison, path: str) -> Change:
    """The only change of a component."""
    (change,) = (each for each in comparison.changes if each.path == path)
    return change


def altered(contract: Contract, files: Mapping[str, bytes], folder: Path) -> Contract:
    """The contract with other files, pinned by their digests."""
    manifest = (contract.folder / "contract.toml").read_text(encoding="utf-8")
    manifest = re.sub(r'^version = ".*"$', 'version = "altered"', manifest, flags=re.MULTILINE)
    for name, data in contract.files.items():
        changed = files.get(name, data)
        manifest = manifest.replace(sha256(data).hexdigest(), sha256(changed).hexdigest())
        (folder / name).write_bytes(changed)
    (folder / "contract.toml").write_text(manifest, encoding="utf-8")
    return wsdl.load(folder)
