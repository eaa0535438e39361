"""Up to which entry a state is proven, and by what, in plain words."""

from collections.abc import Iterator

from harness.ledger.verify import VerifyReport


def proof_text(report: VerifyReport, last: int) -> str:
    """What a verification proves of the state whose last event has the position ``last``."""
    return "\n".join(_lines(report, last))


def _lines(report: VerifyReport, last: int) -> Iterator[str]:
    yield f"verified: all {report.size} entries are as sealed by {report.key}"
    yield f"  the rules allow every one of them; the last event of this state is entry {last}"
    proven = min(last, report.vouched)
    if proven == 0:
        yield "  no checkpoint vouches for any of it: only the key beside the ledger does"
        return
    yield f"  proven up to entry {proven}: no entry before could be another one unnoticed"
    for each in report.held:
        if each.size >= proven:
            yield f"    by the checkpoint of {each.size} entries in {each.place}"
    if last > proven:
        yield f"  for what follows, up to entry {last}, only the ledger's key vouches"
    yield "  A checkpoint proves the more, the further it lies from whoever has the ledger's key."
