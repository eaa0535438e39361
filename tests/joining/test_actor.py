"""Who is who: one person under two names, shared accounts, and names that deceive the eye."""

import pytest

from harness.joining.actor import Actor, Assurance, Party, is_shared_account, same_person
from harness.joining.text import Malformed

MATTI = Actor("Matti", Party.SUPPLIER, "", Assurance.OS, "os:matti")


@pytest.mark.parametrize(
    "other",
    [
        Actor("matti", Party.ACCOUNT),
        Actor("  MATTI ", Party.ACCOUNT),
        Actor("\uff2datti", Party.ACCOUNT),
        Actor("somebody else", Party.ACCOUNT, "", Assurance.OS, "os:MATTI"),
    ],
)
def test_one_person_in_two_spellings_is_one_person(other: Actor) -> None:
    assert same_person(MATTI, other)
    assert same_person(other, MATTI)


def test_two_persons_are_two() -> None:
    assert not same_person(MATTI, Actor("Maija", Party.SUPPLIER, "", Assurance.OS, "os:maija"))
    assert not same_person(Actor("a", Party.ACCOUNT), Actor("b", Party.ACCOUNT))


@pytest.mark.attacks
@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u202eb", "a\u200bb", "\x00", "x" * 101])
def test_a_name_that_deceives_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        Actor(name, Party.SUPPLIER)


def test_assurance_and_credential_belong_together() -> None:
    with pytest.raises(Malformed, match="credential"):
        Actor("matti", Party.SUPPLIER, "", Assurance.KEY)
    with pytest.raises(Malformed, match="credential"):
        Actor("matti", Party.SUPPLIER, "", Assurance.CLAIMED, "os:matti")


@pytest.mark.parametrize(
    ("name", "credential", "shared"),
    [
        ("admin", "", True),
        ("Root ", "", True),
        ("testi@example.org", "", True),
        ("matti", "os:root", True),
        ("matti", "os:DOMAIN\\Administrator", True),
        ("matti", "os:matti", False),
        ("roota", "", False),
    ],
)
def test_shared_accounts_are_known(name: str, credential: str, shared: bool) -> None:
    assurance = Assurance.OS if credential else Assurance.CLAIMED
    assert is_shared_account(Actor(name, Party.ACCOUNT, "", assurance, credential)) is shared


def test_every_party_has_words_in_three_languages() -> None:
    for party in Party:
        assert len({party.words.fi, party.words.sv, party.words.en}) == 3
