"""What became of planted defects, for people and programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.joining.canaries import CanaryEvidence
from harness.report.words import short
from harness.vocabulary import counted


def canary_data(
    file: Path, found: CanaryEvidence, seconds: float, optional: Sequence[str]
) -> dict[str, object]:
    """The result as plain JSON values.

    Args:
        file: where the evidence lies.
        found: the evidence.
        seconds: how long it took.
        optional: defects that no obligatory scenario noticed, by name.
    """
    return {
        "suites": [each.name for each in found.suites],
        "contract": found.contract,
        "planted": found.planted,
        "killed": len(found.killed),
        "survivors": list(found.survivors),
        "not_planted": {each.defect: each.why for each in found.not_planted},
        "killed_by": {each.defect: each.by for each in found.killed},
        "by_optional_only": list(optional),
        "seconds": round(seconds, 1),
        "digest": found.digest,
        "file": str(file),
    }


def canary_text(
    file: Path,
    found: CanaryEvidence,
    seconds: float,
    meanings: Mapping[str, str],
    optional: Sequence[str],
) -> str:
    """The result in lines for a terminal.

    Args:
        file: where the evidence lies.
        found: the evidence.
        seconds: how long it took.
        meanings: what each defect is, by name.
        optional: defects that no obligatory scenario noticed, by name.
    """
    return "\n".join(_lines(file, found, seconds, meanings, optional))


def _lines(
    file: Path,
    found: CanaryEvidence,
    seconds: float,
    meanings: Mapping[str, str],
    optional: Sequence[str],
) -> Iterator[str]:
    suites = ", ".join(each.name for each in found.suites)
    yield (
        f"{suites}: {len(found.killed)} of {counted(found.planted, 'planted defect')} noticed "
        f"({seconds:.1f} s)"
    )
    kinds = Counter(each.defect.partition("/")[0] for each in found.killed)
    yield f"  noticed: {', '.join(f'{count} {kind}' for kind, count in kinds.items())}"
    if optional:
        yield (
            f"  only by scenarios that are not obligatory, of which the gate has a note: "
            f"{len(optional)}"
        )
    for name in found.survivors:
        yield f"  SURVIVED {name}: {meanings.get(name, '')}".rstrip(": ")
    for each in found.not_planted:
        yield f"  not planted {each.defect}: {each.why}"
    yield f"  evidence {short(found.digest)}: {file}"
