"""Comparing what a running service serves as its description with the pinned contract."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import quote

from harness.errors import ContractError
from harness.wsdl.adding import Wanted, add
from harness.wsdl.changes import ChangeKind, Effect
from harness.wsdl.comparing import compare
from harness.wsdl.contract import Contract

Fetch = Callable[[str], bytes | None]
"""Given a query such as ``wsdl`` or ``xsd=Name.xsd``, the bytes served under it, or None."""


def difference(contract: Contract, fetch: Fetch) -> str | None:
    """How the served description differs from the contract, in one sentence.

    Only queries of the endpoint's own address are fetched: locations inside what is served lead
    nowhere. Places and prefixes may differ; what a message may look like may not.

    Returns:
        Empty when nothing differs, ``None`` when nothing is served.
    """
    described = fetch("wsdl")
    if described is None:
        return None
    files = {"served.wsdl": described}
    for name in contract.files:
        if not name.lower().endswith(".wsdl"):
            schema = fetch(f"xsd={quote(name)}")
            if schema is not None:
                files[name] = schema
    with tempfile.TemporaryDirectory(prefix="served-") as folder:
        try:
            found = _read(Path(folder), files)
            comparison = compare(contract, found)
        except ContractError as error:
            return f"what ?wsdl serves cannot be read: {error.what}"
    changes = [each for each in comparison.changes if each.kind is not ChangeKind.ADDRESS]
    if not changes:
        return ""
    counts = {effect: sum(each.effect is effect for each in changes) for effect in Effect}
    told = ", ".join(f"{count} {effect}" for effect, count in counts.items() if count)
    first = changes[0]
    return f"?wsdl differs from {contract.ref}: {told}; first: {first.path} {first.kind}"


def _read(folder: Path, files: dict[str, bytes]) -> Contract:
    (folder / "fetched").mkdir()
    for name, data in files.items():
        path = folder / "fetched" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    wanted = Wanted("served/description", "now", "served.wsdl")
    found = add(folder / "fetched", folder, date(2000, 1, 1), wanted).contract
    _ = found.operations, found.sources  # read while the files are there
    return found
