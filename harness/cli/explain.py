"""``harness explain``: what a code means, what usually causes it, what to do."""

import textwrap
from collections.abc import Iterator

import click

from harness.cli.common import emit, json_option
from harness.report.explanations import Explanation, Family, explain, explanations
from harness.report.words import WIDTH


@click.command(name="explain")
@click.argument("words", metavar="[CODE]", nargs=-1)
@json_option
def explain_code(words: tuple[str, ...], *, as_json: bool) -> None:
    """Explain a CODE of a finding, an objection or a warning; without CODE, list all."""
    found = explain(" ".join(words)) if words else explanations()
    text = "\n".join(_explained(found) if words else _listed())
    emit([each.data() for each in found], text, as_json=as_json)


def _listed() -> Iterator[str]:
    for family in Family:
        rows = [each for each in explanations() if each.family is family]
        yield f"{family.value}:"
        width = max(len(each.code) for each in rows) + 4
        for each in rows:
            yield from textwrap.wrap(
                each.meaning,
                WIDTH,
                initial_indent=f"  {each.code}".ljust(width),
                subsequent_indent=" " * width,
            )


def _explained(found: tuple[Explanation, ...]) -> Iterator[str]:
    for each in found:
        verdict = f", {each.verdict}" if each.verdict else ""
        yield f"{each.code} ({each.family.value}{verdict})"
        for name, text in (
            ("what it means", each.meaning),
            ("usual cause", each.cause),
            ("what to do", each.todo),
        ):
            yield from textwrap.wrap(
                text, WIDTH, initial_indent=f"  {name}: ", subsequent_indent="    "
            )
