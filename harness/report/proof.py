"""Up to which entry a state is proven, and by what, in plain words."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.ledger.places import Place
from harness.ledger.verify import VerifyReport
from harness.vocabulary import counted


def proof_text(report: VerifyReport, last: int) -> str:
    """What a verification proves of the state whose last event has the position ``last``."""
    return "\n".join(_lines(report, last))


def _lines(report: VerifyReport, last: int) -> Iterator[str]:
    sealed_by = ", then ".join(report.sealed_by)
    yield f"verified: {counted(report.size, 'entry')} as sealed by {sealed_by}"
    yield f"  the rules allow every one of them; the last event of this state is entry {last}"
    proven = min(last, report.vouched)
    if proven == 0:
        yield "  no checkpoint vouches for any of it: only the key beside the ledger does"
        return
    yield f"  proven up to entry {proven}: no entry before could be another one unnoticed"
    for each in report.held:
        if each.size >= proven:
            yield f"    by the checkpoint of {counted(each.size, 'entry')} in {each.place}"
    if last > proven:
        yield f"  for what follows, up to entry {last}, only the ledger's key vouches"
    yield "  A checkpoint proves the more, the further it lies from whoever has the ledger's key."


def reach_text(key: Path | None, own: Path, vouching: Mapping[Place, int]) -> str:
    """Against whom the checkpoints prove anything.

    Args:
        key: the ledger's private key; None when it is not at hand.
        own: the checkpoint beside the ledger.
        vouching: places that hold a checkpoint, with the entries each vouches for.
    """
    beside = {own.parent} if key is None else {key.parent, own.parent}
    elsewhere = {
        place: size
        for place, size in vouching.items()
        if not (isinstance(place, Path) and place.parent in beside)
    }
    if not elsewhere:
        whoever, lie = (
            (f"can write to {key.parent}", "where the key and every checkpoint lie")
            if key and key.parent == own.parent
            else (f"has the key and can write to {own.parent}", "where every checkpoint lies")
        )
        return f"nothing against whoever {whoever}, {lie}; a checkpoint in other hands proves more"
    size = max(elsewhere.values())
    named = ", ".join(str(place) for place, each in elsewhere.items() if each == size)
    return (
        f"up to entry {size}, any change shows against {named}, unless whoever "
        "has the key can write there as well"
    )
