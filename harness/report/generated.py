"""What generated tests showed, a line a rule, and how to see a failure again."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.joining.evidence import TestEvidence
from harness.redact import without_codes
from harness.suite.generated import Shown
from harness.vocabulary import counted


def generated_rows(shown: Sequence[Shown], file: Path, evidence: TestEvidence) -> dict[str, object]:
    """The result as plain JSON values."""
    return {
        "suite": evidence.suite,
        "level": evidence.level.value,
        "endpoint": evidence.endpoint.name,
        "verdict": evidence.verdict.value,
        "digest": evidence.digest,
        "file": str(file),
        "rules": [_row(each) for each in shown],
    }


def _row(shown: Shown) -> dict[str, object]:
    result = shown.result
    return {
        "id": result.id,
        "title": shown.title,
        "verdict": result.verdict.value if result.verdict else "not-run",
        "examples": shown.examples,
        "findings": [
            {"code": f.code, "path": f.path, "expected": f.expected, "seen": f.seen}
            for f in result.findings
        ],
        "example": list(shown.told),
        "saved": str(shown.saved) if shown.saved else None,
    }


def generated_text(shown: Sequence[Shown], file: Path, evidence: TestEvidence) -> str:
    """The result in lines for a terminal."""
    examples = sum(each.examples for each in shown)
    verdict = evidence.verdict.value.upper()
    told = f"{evidence.suite}: {verdict} at level {evidence.level.value}"
    lines = [f"{told} ({counted(examples, 'example')})"]
    for each in shown:
        lines += _lines(each, evidence.endpoint.name)
    lines.append(f"  evidence {evidence.digest[:12]}: {file}")
    return without_codes("\n".join(lines))


def _lines(shown: Shown, endpoint: str) -> Iterator[str]:
    result = shown.result
    verdict = result.verdict.value if result.verdict else "not run"
    yield f"  {verdict}: {shown.title} ({counted(shown.examples, 'example')})"
    for finding in result.findings if shown.saved or verdict != "passed" else ():
        place = f"{finding.code} {finding.path}".rstrip()
        wish = f": expected {finding.expected}" if finding.expected else ""
        seen = f", seen {finding.seen}" if finding.seen else ""
        yield f"    {place}{wish}{seen}"
    for line in shown.told:
        yield f"      {line}"
    if shown.saved is not None:
        folder = shown.saved.parent.parent
        yield f"    saved: {shown.saved}"
        words = f"--scenarios {folder} --endpoint {endpoint} -k {shown.saved.stem}"
        yield f"    again: harness run {words}"
