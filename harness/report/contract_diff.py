"""What changed between versions of a contract: for a terminal, as JSON, and as a page.

The page ``docs/contract-history.md`` is what ``history`` makes of the shipped catalogue; a test
compares the two. ``python -m harness.report.contract_diff`` writes it again.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import click

from harness.report.words import short
from harness.wsdl import Contract, catalogue, load
from harness.wsdl.changes import Change, Comparison, Effect, NoWitness, Witness
from harness.wsdl.comparing import compare

PAGE: Final = "docs/contract-history.md"
_HEADINGS: Final = {
    Effect.BREAKING: "Breaking",
    Effect.RISKY: "Risky",
    Effect.COMPATIBLE: "Compatible",
}
_SHOWN_PLACES: Final = 6
_INTRODUCTION: Final = """\
# How the contracts changed

Generated from the catalogue in `contracts/`; do not edit. Every version is compared with the one
before it, component by component. The effect is on who keeps to the older version: in a request,
what became stricter breaks; in an answer, what became weaker.

* **Breaking**: a message can tell. One is shown where the body tells it: valid under one version,
  refused under the other, checked with the validators of both. "Alone" means that undoing this one
  difference makes the refusing version accept the message.
* **Risky**: no validator sees it, but it may mean something else.
* **Compatible**: nothing made for the older version is refused.

Versions that no catalogue holds (their element lists are not known) are skipped: a change listed
for a version may have come with a skipped one.
"""


def as_data(comparison: Comparison) -> dict[str, object]:
    """The comparison as plain data for JSON."""
    return {
        "older": {"ref": comparison.older, "digest": comparison.older_digest},
        "newer": {"ref": comparison.newer, "digest": comparison.newer_digest},
        "effect": comparison.effect.value,
        "changes": [_change_data(each) for each in comparison.changes],
    }


def _change_data(change: Change) -> dict[str, object]:
    data: dict[str, object] = {
        "effect": change.effect.value,
        "kind": change.kind.value,
        "path": change.path,
        "direction": change.direction.value if change.direction else None,
        "was": change.was,
        "now": change.now,
        "reason": change.reason,
        "operations": list(change.operations),
        "places": [{"operation": each.operation, "path": each.path} for each in change.places],
        "lines": {"older": change.lines[0], "newer": change.lines[1]},
    }
    if isinstance(change.witness, Witness):
        data["witness"] = {
            "operation": change.witness.operation,
            "valid_under": change.witness.valid_under,
            "refused_under": change.witness.refused_under,
            "findings": list(change.witness.findings),
            "alone": change.witness.alone,
            "xml": change.witness.xml,
        }
    elif isinstance(change.witness, NoWitness):
        data["no_witness"] = change.witness.reason
    return data


def as_text(comparison: Comparison) -> str:
    """The comparison in lines for a terminal."""
    lines = [f"{comparison.older} -> {comparison.newer}"]
    if not comparison.changes:
        return f"{lines[0]}\n  nothing that a message could tell has changed"
    for effect in Effect:
        changes = comparison.of(effect)
        if changes:
            lines.append(f"{effect.value} ({len(changes)})")
        for change in changes:
            lines += _lines(change)
    return "\n".join(lines)


def _lines(change: Change) -> Iterator[str]:
    yield f"  {_title(change)}: {change.was} -> {change.now}"
    yield f"      {change.reason}"
    if change.places:
        yield f"      in {_places(change)}"
    if isinstance(change.witness, Witness):
        yield f"      shown by a message of {change.witness.operation}" + _verdicts(change.witness)
        yield from (f"        {line}" for line in change.witness.xml.splitlines())
    elif isinstance(change.witness, NoWitness):
        yield f"      not shown by a message: {change.witness.reason}"


def _title(change: Change) -> str:
    words = [change.kind.value, change.path]
    words += [f"({change.direction.value})"] if change.direction else []
    return " ".join(word for word in words if word)


def _verdicts(witness: Witness) -> str:
    alone = ", alone" if witness.alone else ", beside other differences"
    return f", refused under {witness.refused_under} ({'; '.join(witness.findings)}){alone}:"


def _places(change: Change, code: str = "") -> str:
    groups = groupby(change.places, key=lambda each: each.operation)
    texts = []
    for operation, places in groups:
        paths = [f"{code}{each.path or '(the message itself)'}{code}" for each in places]
        more = len(paths) - _SHOWN_PLACES
        rest = f" and {more} more" if more > 0 else ""
        texts.append(f"{operation} {', '.join(paths[:_SHOWN_PLACES])}{rest}")
    return "; ".join(texts)


def history(catalogues: Sequence[Path]) -> str:
    """The page about every contract of the catalogues, in Markdown.

    Raises:
        ContractError: a contract cannot be read.
    """
    parts = [_INTRODUCTION]
    known = catalogue(catalogues)
    for name, versions in groupby(known, key=lambda each: each.name):
        contracts = [load(each.folder) for each in versions]
        parts.append(f"## {name}\n")
        parts.append(_table(contracts))
        for older, newer in pairwise(contracts):
            parts += _section(older, newer)
    return "\n".join(parts).rstrip("\n") + "\n"


def _table(contracts: Sequence[Contract]) -> str:
    rows = ["| version | date | operations | digest |", "|---|---|---|---|"]
    for each in contracts:
        names = ", ".join(each.operations)
        rows.append(
            f"| {each.version} | {each.date.isoformat()} | {names} | `{short(each.digest)}` |"
        )
    return "\n".join(rows) + "\n"


def _section(older: Contract, newer: Contract) -> Iterator[str]:
    comparison = compare(older, newer)
    yield f"### {newer.version} (after {older.version})\n"
    counts = [
        f"{len(comparison.of(effect))} {effect.value}" for effect in Effect if comparison.of(effect)
    ]
    yield f"{', '.join(counts) or 'No change that a message could tell'}.\n"
    for effect, heading in _HEADINGS.items():
        changes = comparison.of(effect)
        if changes:
            yield f"#### {heading}: {older.version} to {newer.version}\n"
        for change in changes:
            yield from _paragraph(change)


def _paragraph(change: Change) -> Iterator[str]:
    subject = f"`{change.path}`" if change.path else "The description"
    direction = f" ({change.direction.value})" if change.direction else ""
    yield f"* {subject}{direction}, {change.kind.value}: {change.was} → {change.now}.  "
    yield f"  {change.reason}" + (f" Seen in {_places(change, '`')}." if change.places else "")
    if isinstance(change.witness, Witness):
        alone = "alone" if change.witness.alone else "beside other differences at the same place"
        findings = "; ".join(change.witness.findings)
        yield f"  Witness ({alone}), refused under {change.witness.refused_under}: {findings}\n"
        yield "  ```xml"
        yield from (f"  {line}" for line in change.witness.xml.splitlines())
        yield "  ```"
    elif isinstance(change.witness, NoWitness):
        yield f"  No witness: {change.witness.reason}"
    yield ""


if __name__ == "__main__":
    root = Path(__file__).parents[2]
    (root / PAGE).write_text(history([root / "contracts"]), encoding="utf-8")
    click.echo(f"written: {PAGE}")
