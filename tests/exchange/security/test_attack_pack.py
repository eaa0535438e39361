"""Every message of the attack pack is refused, each with its own finding."""

from datetime import timedelta

import pytest

from harness.exchange.findings import FindingCode, verdict_of
from harness.exchange.security.replay import Seen
from harness.vocabulary import Verdict
from tests.exchange.security import making
from tests.exchange.security.attacks import ATTACKS, Attack
from tests.exchange.security.making import NOW, codes, judged

pytestmark = pytest.mark.attacks


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: each.name)
def test_refused(attack: Attack) -> None:
    found = judged(attack.make(), attack.policy, at=attack.at)
    assert codes(found) == [attack.code]
    assert not found.accepted
    assert verdict_of(found.findings) is Verdict.FAILED
    assert (found.covered, found.signer, found.period) == (frozenset(), None, None)


def test_the_message_that_they_start_from_is_accepted() -> None:
    assert judged(making.signed()).accepted


def test_replayed() -> None:
    seen = Seen()
    assert judged(making.signed(), seen=seen).accepted
    again = judged(making.signed(), at=NOW + timedelta(seconds=30), seen=seen)
    assert codes(again) == [FindingCode.MESSAGE_REPLAYED]


def test_replayed_with_another_look() -> None:
    """White space in base64 and another token before ours change nothing about the signature."""
    seen = Seen()
    assert judged(making.signed(), seen=seen).accepted
    root = making.tree()
    value = making.place(root, "SignatureValue")
    value.text = "\n".join(str(value.text)[at : at + 64] for at in range(0, 400, 64))
    assert codes(judged(root, seen=seen)) == [FindingCode.MESSAGE_REPLAYED]


def test_what_was_refused_can_still_come_in_time() -> None:
    """A message that an attacker spoilt does not block the right one."""
    seen = Seen()
    assert not judged(making.signed().replace(b">10<", b">11<"), seen=seen).accepted
    assert judged(making.signed(), seen=seen).accepted


def test_no_name_stands_twice() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
