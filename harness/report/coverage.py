"""What runs have shown of the contract and of the service's codes, for people and programs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.joining.evidence import CoverageOf, OperationCoverage, Share, TestEvidence
from harness.vocabulary import counted

SHOWN = 3
"""Untouched points that a run names; ``harness coverage`` names all."""


def coverage_lines(evidence: TestEvidence, most: int | None = SHOWN) -> Iterator[str]:
    """Shares, a line an operation, and what nobody touched.

    Args:
        evidence: of one run; without coverage in it there is nothing to say.
        most: how much of what is missing is named; ``None``: everything.
    """
    if not evidence.coverage:
        return
    yield f"coverage: {', '.join(map(_share, evidence.coverage))}"
    for operation in evidence.operations:
        yield f"  {_operation(operation)}"
    untouched = [f"{each.name}/{point}" for each in evidence.operations for point in each.untouched]
    missing = [
        name
        for share in evidence.coverage
        for name in share.missing
        if share.what is not CoverageOf.OBLIGATORY  # these are the first of the untouched
    ]
    yield from _listed("not seen", missing, most)
    yield from _listed("untouched", untouched, most)


def coverage_rows(evidence: Sequence[tuple[Path, TestEvidence]]) -> list[dict[str, object]]:
    """The same as plain JSON values, complete."""
    return [
        {
            "suite": each.suite,
            "contract": each.contract,
            "file": str(file),
            "shares": {share.what.value: _plain(share) for share in each.coverage},
            "operations": [
                {
                    "name": one.name,
                    "points": one.points,
                    "valid": one.valid,
                    "rejected": one.rejected,
                    "untouched": list(one.untouched),
                }
                for one in each.operations
            ],
            "codes": list(each.codes),
        }
        for file, each in evidence
    ]


def run_properties(evidence: TestEvidence) -> Iterator[tuple[str, str]]:
    """Names and values of JUnit properties: which run this was, and what it showed."""
    head = f"run.{evidence.suite}"
    yield f"{head}.id", evidence.run_id
    yield f"{head}.level", evidence.level.value
    yield f"{head}.driver", evidence.driver.value
    yield f"{head}.suite-digest", evidence.suite_digest
    yield f"{head}.contract", evidence.contract
    yield f"{head}.contract-digest", evidence.contract_digest
    yield f"{head}.evidence-digest", evidence.digest
    head = f"coverage.{evidence.suite}"
    for share in evidence.coverage:
        yield f"{head}.{share.what.value}", f"{share.seen}/{share.total}"
    for one in evidence.operations:
        counts = f"{one.valid}/{one.points} valid, {one.rejected} rejected"
        yield f"{head}.{one.name}.points", counts


def _plain(share: Share) -> dict[str, object]:
    return {"seen": share.seen, "total": share.total, "missing": list(share.missing)}


def _share(share: Share) -> str:
    return f"{share.what.value.replace('-', ' ')} {share.seen}/{share.total}"


def _operation(one: OperationCoverage) -> str:
    return (
        f"{one.name}: {one.valid} of {counted(one.points, 'point')} valid, {one.rejected} rejected"
    )


def _listed(head: str, names: Sequence[str], most: int | None) -> Iterator[str]:
    if most is None:
        yield from (f"  {head}: {name}" for name in names)
    elif names:
        rest = len(names) - most
        more = f", and {rest} more (harness coverage)" if rest > 0 else ""
        yield f"  {head}: {', '.join(names[:most])}{more}"
