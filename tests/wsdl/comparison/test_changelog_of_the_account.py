"""The history of the account's interface comes out of the files, unlisted changes included.

The rows are those of the changelog inside the schema and of comparing the files that suppliers
keep; versions 1.0 to 1.3 and 1.5 are in no catalogue, so 1.5's change is seen with 1.6.
"""

import pytest

from harness.wsdl.changes import Change, ChangeKind, Comparison, Effect
from harness.wsdl.components import Direction
from tests.wsdl.comparison.versions import CHANNEL, SERVICES, compared, one

LISAA, LAHETA = "LisaaKohteita", "LahetaViesti"


def services(older: str, newer: str) -> Comparison:
    return compared(f"{SERVICES}/{older}", f"{SERVICES}/{newer}")


def in_messages(comparison: Comparison) -> dict[tuple[str, ChangeKind], Change]:
    return {(each.path, each.kind): each for each in comparison.changes if each.direction}


@pytest.mark.parametrize(
    ("element", "facet"),
    [
        ("ViranomaisenEmail", "maxLength 400"),
        ("SmsLisatieto", "maxLength 1000"),
        ("EmailLisatietoOtsikko", "maxLength 200"),
        ("TavoitettavuusTietoSMS", "maxLength 200"),
        ("TavoitettavuusTietoEmail", "maxLength 200"),
    ],
)
def test_2014_limited_lengths(element: str, facet: str) -> None:
    change = one(services("2014", "1.4"), f"Kohde_WS2/{element}")
    assert (change.kind, change.was) == (ChangeKind.FACET_REMOVED, facet)
    assert change.effect is Effect.COMPATIBLE


def test_2014_had_another_order_and_other_types() -> None:
    changes = in_messages(services("2014", "1.4"))
    receipt = "Kohde_WS2/VaadiLukukuittaus"
    moved = changes[receipt, ChangeKind.ELEMENT_MOVED]
    assert (moved.was, moved.now) == ("after ViranomaisenEmail", "after VahvistusVaatimus")
    assert [path for path, kind in changes if kind is ChangeKind.ELEMENT_MOVED] == [receipt]
    retyped = {path: each for (path, kind), each in changes.items() if kind is ChangeKind.TYPE}
    assert {path: (each.was, each.now) for path, each in retyped.items()} == {
        receipt: ("string, maxLength 400", "int"),
        "Kohde_WS2/VahvistusVaatimus": ("string", "int"),
        "Kohde_WS2/Maksullisuus": ("string", "int"),
        "Tiedosto/TiedostoSisalto": ("string", "base64Binary"),
    }
    assert {each.effect for each in (*retyped.values(), moved)} == {Effect.BREAKING}


def test_2014_let_much_be_left_out() -> None:
    changes = in_messages(services("2014", "1.4"))
    asiakas = changes["Kohde_WS2/Asiakas", ChangeKind.OCCURRENCE]
    assert (asiakas.was, asiakas.now, asiakas.effect) == ("0..n", "1..n", Effect.BREAKING)
    for operation in ("HaeAsiakkaita", LISAA, "HaeTilaTieto"):
        for part in ("Viranomainen", "Kysely"):
            change = changes[f"{operation}/{part}", ChangeKind.OCCURRENCE]
            assert (change.was, change.now) == ("0..1", "1..1")
            assert change.effect is Effect.BREAKING
        answer = changes[f"{operation}Response/{operation}Result", ChangeKind.OCCURRENCE]
        assert (answer.was, answer.now) == ("0..1", "1..1")
        assert answer.effect is Effect.COMPATIBLE


def test_since_2014_answers_hold_more_and_promise_less() -> None:
    changes = in_messages(services("2014", "1.4"))
    passive = changes["AsiakasJaTila_WS1/TiliPassivoitu", ChangeKind.ELEMENT_ADDED]
    amount = changes["Vastaus_WS2/KohdeMaara", ChangeKind.OCCURRENCE]
    for change in (passive, amount):
        assert (change.direction, change.effect) == (Direction.RESPONSE, Effect.BREAKING)


def test_since_2014_a_default_a_new_operation_and_no_policy() -> None:
    comparison = services("2014", "1.4")
    default = one(comparison, "Asiakas/@TunnusTyyppi")
    assert (default.kind, default.now, default.effect) == (
        ChangeKind.DEFAULT, "default 'SSN'", Effect.RISKY,
    )  # fmt: skip
    assert one(comparison, LAHETA).kind is ChangeKind.OPERATION_ADDED
    kinds = {each.kind: each for each in comparison.changes}
    assert kinds[ChangeKind.POLICY].was == "policy wspAsiointitiliSignature"
    assert kinds[ChangeKind.NAME_OF_SERVICE].effect is Effect.COMPATIBLE


def test_1_6_has_what_came_with_1_5_and_1_6() -> None:
    changes = in_messages(services("1.4", "1.6"))
    assert {path: each.now for (path, _), each in changes.items()} == {
        "Kohde_WS2/Viestityyppi": "0..1, int",
        "Kysely_WS2A/Varitulostus": "0..1, boolean",
        "Kysely_WS2A/Paperi": "0..1",
    }
    assert {each.effect for each in changes.values()} == {Effect.COMPATIBLE}


def test_unlisted_paperi_became_optional_in_1_6() -> None:
    change = one(services("1.4", "1.6"), "Kysely_WS2A/Paperi")
    assert (change.kind, change.was, change.now) == (ChangeKind.OCCURRENCE, "1..1", "0..1")
    assert change.places[0].path == "Kysely/Paperi"


def test_1_7_requires_three_and_removes_six() -> None:
    comparison = services("1.6", "1.7")
    breaking = {each.path: each for each in comparison.of(Effect.BREAKING)}
    required = {"Viranomainen/PalveluTunnus", "Kohde_WS2/Nimeke", "Kohde_WS2/KuvausTeksti"}
    removed = {
        "Kohde_WS2/Maksullisuus",
        "Kohde_WS2/MaksamisKuvausTeksti",
        "Kohde_WS2/SmsLisatieto",
        "Kohde_WS2/TavoitettavuusTietoSMS",
        "Kysely_WS2A/Tiedostot",
        "Kohde_WS2A/Sivut",
    }
    assert set(breaking) == required | removed
    assert {breaking[path].now for path in required} == {"1..1"}
    assert {breaking[path].kind for path in removed} == {ChangeKind.ELEMENT_REMOVED}


@pytest.mark.parametrize("name", ["LisaaOsoitesivu", "SalliLiitteenKiertoPystyyn"])
def test_unlisted_two_booleans_in_1_7(name: str) -> None:
    change = one(services("1.6", "1.7"), f"Kohde_WS2/{name}")
    assert (change.kind, change.effect) == (ChangeKind.ELEMENT_ADDED, Effect.COMPATIBLE)
    assert change.now == "0..1, boolean, default 'false'"
    assert change.operations == (LAHETA, LISAA)


def test_unlisted_kustannuspaikka_in_2024() -> None:
    changes = in_messages(services("1.7", "1.7-2024-04"))
    ((path, kind),) = changes
    assert (path, kind) == ("Kysely_WS2A/Laskutus/Kustannuspaikka", ChangeKind.ELEMENT_ADDED)
    assert changes[path, kind].now == "0..1, string, minLength 1, maxLength 15"
    assert changes[path, kind].operations == (LAHETA,)


def test_return_channel_2018() -> None:
    changes = in_messages(compared(f"{CHANNEL}/2014", f"{CHANNEL}/2018"))
    required = {path for (path, kind) in changes if kind is ChangeKind.OCCURRENCE}
    assert required == {"Kohde_WSPA5/Nimeke", "Kohde_WSPA5/KuvausTeksti"}
    added = {path for (path, kind) in changes if kind is ChangeKind.ELEMENT_ADDED}
    assert added == {
        "Kohde_WSPA4/Nimeke", "Kohde_WSPA4/ViranomaisenEmail", "Kohde_WSPA5/ViranomaisenEmail",
    }  # fmt: skip
    attributes = {path for (path, kind) in changes if kind is ChangeKind.ATTRIBUTE_ADDED}
    assert attributes == {"Asiakas/@Sahkoposti", "Asiakas/@Matkapuhelin"}
    headers = {path for (path, kind) in changes if kind is ChangeKind.HEADER_ADDED}
    assert headers == {
        "VieKohdeTiloja/Header/paluukanavaUrl", "VieKohteita/Header/paluukanavaUrl",
    }  # fmt: skip
