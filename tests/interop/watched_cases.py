"""What must be seen of systems on foreign toolkits when they are observed, and of their mistakes.

The rows are the scenarios of the suite ``supplier``; a cell is the outcome that evidence has.
"""

from collections.abc import Mapping
from functools import cache

from harness.report.explanations import explanations
from harness.suite.suites import load_suite
from tests.interop.cases import Case, Customers, Way
from tests.interop.serving import ROOT
from tests.interop.toolkits import SENDERS, TOOLKITS, Toolkit
from tests.interop.watching import SIGNED

CARELESS = next(each for each in TOOLKITS if each.name == "node-soap")
"""On this one a program makes mistakes."""
RELAYED = "relayed"
NEEDY = frozenset(
    {
        "fault-starts-no-storm",
        "item-is-sent-again-after-a-lost-answer",
        "item-waits-for-the-end-of-a-break",
        "letter-is-sent-again-after-a-lost-answer",
        SIGNED,
    }
)
"""Scenarios that a relay without ``--callers`` cannot show."""
_ITEM = "Kysely/Kohteet/Kohde"


def outcome(scenario: str, toolkit: Toolkit) -> str:
    """That of a scenario in the evidence of ``harness observe``."""
    return "not-seen" if scenario == SIGNED and toolkit.unsigned else "passed"


@cache
def scenarios() -> Mapping[str, str]:
    """English titles by name."""
    suite = load_suite(ROOT / "scenarios" / "supplier")
    return {each.name: each.content.title.en for each in suite.observed.values()}


def _others(*toolkits: Toolkit) -> dict[str, str]:
    return {each.name: "no such program" for each in TOOLKITS if each not in toolkits}


def _observed(name: str, title: str) -> Case:
    def expected(toolkit: Toolkit, _customers: Customers) -> object:
        return outcome(name, toolkit)

    told = {each.name: outcome(name, each) for each in SENDERS}
    unseen = {each.name: f"not-seen: {each.unsigned}" for each in SENDERS if each.unsigned}
    otherwise = {key: unseen[key] for key in told if told[key] != "passed"}
    return Case(f"observe:{name}", title, expected, Way.OBSERVED, otherwise, _others(*SENDERS))


def _relayed(_toolkit: Toolkit, _customers: Customers) -> object:
    return {name: "not-realisable" if name in NEEDY else "passed" for name in scenarios()}


WATCHED_CASES = (
    *(_observed(name, title) for name, title in scenarios().items()),
    Case(
        RELAYED,
        f"all but {len(NEEDY)} of these through `harness relay`, `harness serve` behind it",
        _relayed,
        Way.OBSERVED,
        lacking=_others(*SENDERS),
    ),
)


def _mistake(scenario: str, title: str, code: str, path: str, wish: str, seen: str) -> Case:
    finding = {"code": code, "path": path, "expected": wish, "seen": seen}
    (meaning,) = {each.meaning for each in explanations() if each.code == code}
    told = f"`{code}` at `{path}`, expected {wish}. {meaning}"
    return Case(
        f"mistake:{scenario}",
        title,
        lambda _toolkit, _customers: finding,
        Way.OBSERVED,
        {CARELESS.name: told},
        _others(CARELESS),
    )


MISTAKES = (
    _mistake(
        "two-recipients-get-two-ids",
        "one ViranomaisTunniste for two recipients",
        "item-id-reused",
        f"{_ITEM}/ViranomaisTunniste",
        "an id of its own",
        "that of an item for another customer",
    ),
    _mistake(
        "customer-without-account-gets-paper",
        "an identity code in a title",
        "personal-data",
        f"{_ITEM}/Nimeke",
        "no identity code",
        "in 1 value",
    ),
    _mistake(
        "letter-to-active-customer",
        "Laskutus/Tunniste of four digits in every letter",
        "schema",
        "Kysely/Laskutus/Tunniste",
        "facet: minLength 6",
        "<text, 4 chars>",
    ),
)
"""Each with the scenario in which it must be found; ``every-call-keeps-the-rules`` finds all."""
SPOILT = frozenset(
    {
        *(each.function for each in MISTAKES),
        "every-call-keeps-the-rules",
        "letter-is-sent-again-after-a-lost-answer",  # no letter arrives
    }
)
"""Scenarios that fail because of them."""
