"""The gate's answer for people and for programs."""

import textwrap
from collections.abc import Iterator

from harness.joining.gate import GateResult
from harness.joining.objections import Objection
from harness.joining.plain import encode
from harness.joining.waivers import Waived, subjects_to_cover
from harness.report.waivers import waiver_words
from harness.report.words import WIDTH, who_can_clear
from harness.vocabulary import counted

_MAX_SUBJECTS = 8


def gate_rows(result: GateResult) -> dict[str, object]:
    """The answer as plain JSON values; the keys are a promise to other programs."""
    return {
        "open": result.open,
        "judged_version": result.judged_version,
        "policy": {each.name: each.value for each in result.policy.values()},
        "objections": [_row(each) for each in result.objections],
        "waived": [
            {**_row(each.objection), "waivers": [encode(waiver) for waiver in each.waivers]}
            for each in result.waived
        ],
        "warnings": [
            {"code": w.code.value, "sentence": w.sentence, "subjects": list(w.subjects)}
            for w in result.warnings
        ],
        "not_compared": list(result.not_compared),
    }


def _row(objection: Objection) -> dict[str, object]:
    return {
        "code": objection.code.value,
        "sentence": objection.sentence,
        "parties": [party.value for party in objection.parties],
        "command": objection.command,
        "subjects": list(objection.subjects),
        "waivable": bool(subjects_to_cover(objection)),
    }


def gate_text(result: GateResult) -> str:
    """The answer in lines for a terminal."""
    lines = ["The gate is OPEN."] if result.open else _closed(result)
    for waived in result.waived:
        lines += _waived(waived)
    for warning in result.warnings:
        lines += _wrapped(f"note {warning.code.value}: {warning.sentence}", "  ", "    ")
        if names := _others(warning.subjects, warning.sentence):
            lines += _wrapped(names, "    ", "    ")
    if result.not_compared:
        lines.append(f"  not compared: {', '.join(result.not_compared).replace('_', ' ')}")
    return "\n".join(lines)


def _closed(result: GateResult) -> list[str]:
    count = len(result.objections)
    lines = [f"The gate is CLOSED: {counted(count, 'objection')}."]
    for objection in result.objections:
        lines += _objection(objection)
    return lines


def _objection(objection: Objection) -> Iterator[str]:
    yield from _wrapped(f"{objection.code.value}: {objection.sentence}", "  ✗ ", "      ")
    clear = f"{who_can_clear(objection)} can clear it"
    if names := _others(objection.subjects, f"{objection.sentence} {clear} {objection.command}"):
        yield from _wrapped(names, "      ", "      ")
    yield from _wrapped(
        f"{clear}: {objection.command}" if objection.command else clear, "      → ", "        "
    )


def _waived(waived: Waived) -> Iterator[str]:
    told = f"waived {waived.objection.code.value}: {waived.objection.sentence}"
    yield from _wrapped(told, "  ~ ", "      ")
    if names := _others(waived.objection.subjects, waived.objection.sentence):
        yield from _wrapped(names, "      ", "      ")
    for each in waived.waivers:
        yield from _wrapped(waiver_words(each), "      by ", "        ")


def _others(subjects: tuple[str, ...], told: str) -> str:
    """The subjects that are not told already; digests by their beginning."""
    left = [each[:12] if len(each) == 64 else each for each in subjects if each not in told]
    return _some(tuple(left))


def _some(subjects: tuple[str, ...]) -> str:
    shown = ", ".join(subjects[:_MAX_SUBJECTS])
    rest = len(subjects) - _MAX_SUBJECTS
    return f"{shown} and {rest} more" if rest > 0 else shown


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
