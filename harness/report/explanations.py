"""What every code means, what usually causes it, and what to do: ``harness explain``.

The codes and their meanings stay with their owners; causes and advice, and the meanings of codes
whose owner has none, lie in ``explanations.toml`` beside this module. ``docs/findings.md`` is made
from both: ``python -m harness.report.explanations``.
"""

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from harness.classes import dataclass
from harness.errors import ConfigError
from harness.exchange.findings import MEANINGS
from harness.vocabulary import Verdict

PAGE = "docs/findings.md"


class Family(StrEnum):
    """Where a code comes from. The order is that of the page."""

    PROBLEM = "problem"
    """There is no answer to judge."""
    FINDING = "finding"
    """The judge about one message."""
    SCHEMA = "schema"
    """The kind of breach that stands before the colon in what a finding ``schema`` expects."""
    SUITE = "suite"
    """A scenario about an answer that was well judged, or about itself."""
    OBJECTION = "objection"
    """The gate, or a command that refuses."""
    WARNING = "warning"
    """The gate, without closing."""


_TITLES = {
    Family.PROBLEM: "Problems: there is no answer to judge",
    Family.FINDING: "Findings of the judge about one message",
    Family.SCHEMA: "Kinds of schema breaches",
    Family.SUITE: "Findings of a scenario",
    Family.OBJECTION: "Objections of the gate, and refusals of commands",
    Family.WARNING: "Warnings of the gate",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code, explained.

    Attributes:
        code: as it stands in findings, evidence and objections.
        family: where it comes from.
        meaning: one sentence.
        cause: what usually causes it.
        todo: what to do.
        verdict: what it makes of a scenario; empty where it makes nothing of one.
    """

    code: str
    family: Family
    meaning: str
    cause: str
    todo: str
    verdict: str = ""

    def data(self) -> dict[str, str]:
        """For ``--json``."""
        return {
            "code": self.code,
            "family": self.family.value,
            "verdict": self.verdict,
            "meaning": self.meaning,
            "cause": self.cause,
            "todo": self.todo,
        }


@cache
def explanations() -> tuple[Explanation, ...]:
    """Every code, family by family."""
    found = []
    for family in Family:
        for code, texts in _texts()[family].items():
            known = MEANINGS.get(code) if family in {Family.PROBLEM, Family.FINDING} else None
            meaning = known.text if known else texts["meaning"]
            verdict = _verdict(known.verdict) if known else texts.get("verdict", "")
            cause, todo = texts["cause"], texts["todo"]
            found.append(Explanation(code, family, meaning, cause, todo, verdict))
    return tuple(found)


def explain(word: str) -> tuple[Explanation, ...]:
    """The explanations of a code as a finding shows it: with its detail or path, in any case.

    Several, where a code stands in more than one family.

    Raises:
        ConfigError: no such code; names those that are near.
    """
    same = _texts()["same"]
    known = same | {each.code.lower(): each.code for each in explanations()}
    code = (word.split() or [""])[0].lower()
    while code not in known and ":" in code:
        code = code.rpartition(":")[0]
    if code not in known:
        raise ConfigError(f"There is no code {word[:64]!r}.", todo=_near(word.lower(), known))
    wanted = {known[code], same.get(code, known[code])}
    return tuple(each for each in explanations() if each.code in wanted)


def page() -> str:
    """All explanations as a page of the documentation."""
    lines = [
        "# What the codes mean",
        "",
        (
            "Made by `python -m harness.report.explanations`; do not edit. "
            "`harness explain CODE` shows one of them, `harness explain` lists all."
        ),
    ]
    for family in Family:
        lines += ["", f"## {_TITLES[family]}", ""]
        lines += _table([each for each in explanations() if each.family is family])
    return "\n".join(lines) + "\n"


def _table(rows: list[Explanation]) -> Iterator[str]:
    judged = any(each.verdict for each in rows)
    yield f"| code |{' verdict |' if judged else ''} meaning | usual cause | what to do |"
    yield f"|---|{'---|' if judged else ''}---|---|---|"
    for each in rows:
        verdict = f" {each.verdict} |" if judged else ""
        yield f"| `{each.code}` |{verdict} {each.meaning} | {each.cause} | {each.todo} |"


def _verdict(verdict: Verdict) -> str:
    return "note" if verdict is Verdict.PASSED else verdict.value


def _near(word: str, known: dict[str, str]) -> str:
    near = get_close_matches(word, known, n=4, cutoff=0.5)
    near += [code for code in known if word and word in code and code not in near][:4]
    names = ", ".join(dict.fromkeys(known[each] for each in near))
    return f"Near: {names}." if names else "harness explain lists all codes."


@cache
def _texts() -> Any:
    text = (files(__package__) / "explanations.toml").read_text("utf-8")
    return tomllib.loads(text)


if __name__ == "__main__":
    (Path(__file__).parents[2] / PAGE).write_text(page(), encoding="utf-8")
