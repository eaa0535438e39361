"""``docs/canaries-table.md``: every defect of the default contract, and which scenario noticed it.

``python -m harness.canary.table`` writes it anew from a whole run of the shipped suites.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.canary.defect import Kind
from harness.canary.deriving import defects
from harness.canary.running import Flock, Noticed
from harness.config import book
from harness.suite.suites import driven_suites
from harness.vocabulary import counted
from harness.wsdl import Contract, find

MODULE = "harness.canary.table"
PAGE = Path("docs/canaries-table.md")
CONTRACT, LISTENS = "asiointitili/viranomaispalvelut", "asiointitili/paluukanava"
_HEADINGS = {
    Kind.RULE: "Rules of the account, each forgotten",
    Kind.LIMIT: "Limits of the account, each one off or gone",
    Kind.CLASS: "Classes of input, each decided the other way",
    Kind.CODE: "Codes, each told in place of another",
    Kind.TOLD: "Later states that nobody is told, or told otherwise",
    Kind.REPEATED: "Texts of a request that the answer repeats",
    Kind.REQUEST: "Broken requests that are answered, good ones that are refused",
    Kind.FAULT: "Faults told wrongly",
    Kind.ANSWER: "Elements and attributes of answers",
    Kind.SIGNATURE: "Signed answers, forged or not signed",
    Kind.WIRE: "Answers that are none, or not the one to this request",
    Kind.JUDGE: "Defects of our own judge: what it lets pass",
}


def shipped() -> Flock:
    """The shipped suites against the shipped contract."""
    catalogues, folder = [book("contracts")], book("scenarios")
    return Flock(driven_suites(folder), find(CONTRACT, catalogues), find(LISTENS, catalogues))


def text(contract: Contract, found: Sequence[Noticed]) -> str:
    """The page."""
    planted = [each for each in found if not each.unseen]
    killed = sum(bool(each.by) for each in planted)
    lines = [
        "# Canaries of the shipped suites",
        "",
        f"Made by `python -m {MODULE}`; do not edit. [What canaries are](canaries.md).",
        "",
        _counts(contract.ref, len(found), len(planted), killed),
        f"By scenarios only that are not obligatory (o): {sum(e.optional for e in planted)}.",
    ]
    for kind, heading in _HEADINGS.items():
        own = [each for each in found if each.defect.kind is kind]
        lines += [
            "",
            f"## {heading}",
            "",
            "| defect | what is wrong | noticed by |",
            "|---|---|---|",
        ]
        lines += [_row(each) for each in own]
    return "\n".join(lines) + "\n"


def _counts(ref: str, known: int, planted: int, killed: int) -> str:
    unseen = known - planted
    defects = counted(planted, "defect")
    return f"{ref}: {defects} planted, {killed} noticed; {unseen} nobody could notice."


def _row(found: Noticed) -> str:
    mark = " (o)" if found.optional else ""
    noticed = f"`{found.by[0]}`{mark}" if found.by else f"not planted: {found.unseen}"
    if found.survived:
        noticed = "**nobody**"
    return f"| `{found.defect.name}` | {found.defect.what} | {noticed} |"


def names(page: str) -> list[str]:
    """The defects that a page has rows of."""
    return [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]


if __name__ == "__main__":
    flock = shipped()
    PAGE.write_text(text(flock.contract, [flock.noticed(each) for each in defects(flock.contract)]))
