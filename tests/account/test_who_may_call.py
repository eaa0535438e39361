"""403, 404 and 405: the caller, its service and its rights, in this order."""

import pytest

from harness.account.settings import (
    AUTHORITY,
    LIMITED_AUTHORITY,
    OTHER_AUTHORITY,
    RENEWED_AUTHORITY,
)
from tests.account.asking import Desk, caller, find

FORMER = RENEWED_AUTHORITY.former_names[0]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (caller(), 0),
        (caller(OTHER_AUTHORITY), 0),
        (caller(certificate_name=None), 0),
        (caller(name=None), 403),
        (caller(name="TUNTEMATON"), 403),
        (caller(name=AUTHORITY.id.lower()), 403),
        (caller(name=OTHER_AUTHORITY.id), 403),
        (caller(certificate_name=OTHER_AUTHORITY.certificate_name), 403),
        (caller(certificate_name="muu"), 403),
        (caller(service=OTHER_AUTHORITY.services[0]), 404),
        (caller(service=""), 404),
        (caller(LIMITED_AUTHORITY), 0),
        (caller(RENEWED_AUTHORITY), 0),
        (caller(RENEWED_AUTHORITY, certificate_name=None), 0),
        (caller(RENEWED_AUTHORITY, certificate_name=FORMER), 406),
        (caller(RENEWED_AUTHORITY, certificate_name=FORMER, service="TUNTEMATON"), 406),
        (caller(RENEWED_AUTHORITY, certificate_name=AUTHORITY.certificate_name), 403),
        (caller(certificate_name=FORMER), 403),
    ],
)
def test_caller(desk: Desk, who: str, code: int) -> None:
    assert desk.ask("HaeTilaTieto", who=who).code == code
    assert desk.ask("HaeAsiakkaita", find("active"), who=who).code == code


def test_wrong_authority_comes_before_wrong_service(desk: Desk) -> None:
    who = caller(name="TUNTEMATON", service="TUNTEMATON")
    assert desk.ask("HaeTilaTieto", who=who).code == 403


def test_wrong_service_comes_before_a_right_it_lacks(desk: Desk) -> None:
    who = caller(LIMITED_AUTHORITY, service="TUNTEMATON")
    kysely = "<Kysely><Tulostustoimittaja>Posti</Tulostustoimittaja></Kysely>"
    assert desk.ask("LahetaViesti", kysely, who).code == 404
    assert desk.ask("LahetaViesti", kysely, caller(LIMITED_AUTHORITY)).code == 405


def test_message_id_is_echoed(desk: Desk) -> None:
    asked = desk.ask("HaeTilaTieto", who=caller(message_id="oma <&> ä"))
    assert asked.texts("TilaKoodi/SanomaTunniste") == ["oma <&> ä"]


def test_message_id_is_echoed_with_an_error_too(desk: Desk) -> None:
    asked = desk.ask("HaeTilaTieto", who=caller(name="TUNTEMATON", message_id="oma"))
    assert asked.texts("TilaKoodi/SanomaTunniste") == ["oma"]


def test_message_without_id_gets_one_of_the_account(desk: Desk) -> None:
    ids = [
        desk.ask("HaeTilaTieto", who=caller(message_id=None)).texts("TilaKoodi/SanomaTunniste")
        for _ in range(2)
    ]
    assert ids == [["1793606400_1"], ["1793606400_2"]]
