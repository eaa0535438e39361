"""What a run showed, a line a suite, and what was left out."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.joining.evidence import ENDED, Outcome, TestEvidence
from harness.report.coverage import coverage_lines

_ORDER = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_SEEN,
    Outcome.NOT_RUN,
    Outcome.NOT_REALISABLE,
)
_Evidence = Sequence[tuple[Path, TestEvidence]]


def run_rows(evidence: _Evidence) -> list[dict[str, object]]:
    """The evidence of a run as plain JSON values."""
    return [
        {
            "suite": each.suite,
            "level": each.level.value,
            "endpoint": each.endpoint.name,
            "verdict": each.verdict.value,
            "complete": each.complete,
            "coverage": {s.what.value: f"{s.seen}/{s.total}" for s in each.coverage},
            "outcomes": {o.id: o.outcome.value for o in each.outcomes},
            "digest": each.digest,
            "file": str(file),
        }
        for file, each in evidence
    ]


def run_text(evidence: _Evidence) -> str:
    """The evidence of a run in lines for a terminal."""
    if not evidence:
        return "no evidence was written: nothing was run"
    return "\n".join(line for file, each in evidence for line in _suite(file, each))


def _suite(file: Path, evidence: TestEvidence) -> list[str]:
    counts = Counter(each.outcome for each in evidence.outcomes)
    told = ", ".join(f"{counts[o]} {o.value}" for o in _ORDER if counts[o])
    verdict = evidence.verdict.value.upper() if evidence.complete else "INCOMPLETE"
    seconds = sum(each.seconds for each in evidence.outcomes)
    lines = [
        f"{evidence.suite}: {verdict} at level {evidence.level.value} ({told}; {seconds:.1f} s)"
    ]
    for outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_SEEN):
        lines += [
            f"  {outcome.value}: {each.id} ({each.reason})"
            for each in evidence.outcomes
            if each.outcome is outcome
        ]
    lines += [
        f"  {each.outcome.value}: {each.id} ({each.reason})"
        for each in evidence.outcomes
        if each.reason == ENDED
    ]
    lines += _not_realisable(evidence)
    lines += [f"  {line}" for line in coverage_lines(evidence)]
    lines.append(f"  evidence {evidence.digest[:12]}: {file}")
    return lines


def _not_realisable(evidence: TestEvidence) -> list[str]:
    """What was lacking, and for how many scenarios."""
    found = (o.reason for o in evidence.outcomes if o.outcome is Outcome.NOT_REALISABLE)
    lacking = ", ".join(f"{why} ({number})" for why, number in sorted(Counter(found).items()))
    return [f"  {Outcome.NOT_REALISABLE.value}: {lacking}"] if lacking else []
