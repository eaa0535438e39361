"""Every code has a verdict and a meaning, and no code is outside the list."""

import re

import pytest

from harness import xml
from harness.exchange import judge
from harness.exchange.findings import MEANINGS, Finding, FindingCode, meaning, verdict_of
from harness.exchange.messages import ProblemCode
from harness.vocabulary import Verdict

F, I, P = (Finding(code) for code in ("schema", "dns", "slow"))  # noqa: E741 - as in the tables


def test_every_code_has_a_meaning_and_every_meaning_a_code() -> None:
    assert set(MEANINGS) == {*map(str, FindingCode), *map(str, ProblemCode)}


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_meanings_are_one_sentence_of_their_own(code: str) -> None:
    assert re.fullmatch(r"[A-Z][^\n]{15,160}\.", MEANINGS[code].text)
    assert [m.text for m in MEANINGS.values()].count(MEANINGS[code].text) == 1


def test_a_code_with_a_detail_means_what_its_base_means() -> None:
    assert meaning("http-status:404") is MEANINGS["http-status"]
    assert meaning("too-large:depth") is MEANINGS["too-large:depth"]
    with pytest.raises(KeyError):
        meaning("olematon")


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), Verdict.PASSED),
        ((P,), Verdict.PASSED),
        ((P, I), Verdict.INCONCLUSIVE),
        ((I, F, P), Verdict.FAILED),
    ],
)
def test_failed_outweighs_inconclusive(findings: tuple[Finding, ...], verdict: Verdict) -> None:
    assert verdict_of(findings) is verdict


def test_every_refusal_of_the_door_has_a_finding() -> None:
    assert set(judge._REFUSALS) == set(xml.RefusalCode)
