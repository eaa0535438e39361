"""Texts for fields whose name says what they hold, so that generated messages read like real ones.

All of it is made up. Identity codes are artificial (individual number 900-999) with the right check
character and any century sign in force since 1.1.2023; business ids have the right check digit.
"""

from collections.abc import Callable
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from harness.identity import business_id, personal_code

CODE_FIELD: Final = "AsiakasTunnus"
KIND_FIELD: Final = "TunnusTyyppi"
COUNT_FIELD: Final = "KohdeMaara"
COUNTED: Final = ("Kohteet", "Kohde")
BUSINESS: Final = "CRN"
PERSONAL: Final = "SSN"

_SIGNS: Final = {1900: "-YXWVU", 2000: "ABCDEF"}
_TEXTS: Final = MappingProxyType({
    "ViranomaisTunnus": "esimerkkivirasto",
    "PalveluTunnus": "esimerkkipalvelu",
    "KayttajaTunnus": "esimerkkijarjestelma",
    "SanomaTunniste": "sanoma-0001",
    "SanomaVersio": "1.0",
    "SanomaVarmenneNimi": "asiointi.esimerkki.example",
    "Nimi": "Esimerkkivirasto",
    "Lahiosoite": "Esimerkkikatu 1",
    "Postinumero": "00100",
    "Postitoimipaikka": "HELSINKI",
    "Maa": "FI",
    "Sahkoposti": "asiakas@esimerkki.example",
    "Matkapuhelin": "+358000000000",
    "KyselyLaji": "Asiakkaat",
    "ViranomaisTunniste": "kohde-0001",
    "ViittausTunniste": "kohde-0000",
    "ViittausTunnisteTyyppi": "ViranomaisTunniste",
    "AsiaNumero": "ESIM/1/2026",
    "Nimeke": "Päätös hakemukseen",
    "LahettajaNimi": "Esimerkkivirasto, kirjaamo",
    "KuvausTeksti": "Päätös on liitteenä.",
    "MaksamisKuvausTeksti": "Ei maksettavaa.",
    "TilaKoodiKuvaus": "OK",
    "KohteenTilaKuvaus": "Kohde on vastaanotettu.",
    "TilaKuvaus": "Asia on ratkaistu.",
    "TiedostonKuvaus": "Päätös",
    "TiedostoURL": "https://esimerkki.example/paatos",
    "TiedostoID": "tiedosto-0001",
    "TiedostoKoko": "1",
    "TiedostoMuoto": "application/pdf",
    "TiedostoNimi": "paatos.pdf",
    "ViranomaisenEmail": "kirjaamo@esimerkki.example",
    "SmsLisatieto": "Sinulle on uusi viesti.",
    "EmailLisatietoOtsikko": "Uusi viesti",
    "EmailLisatietoSisalto": "Sinulle on uusi viesti asiointitilillä.",
    "TavoitettavuusTietoSMS": "+358000000000",
    "TavoitettavuusTietoEmail": "asiakas@esimerkki.example",
    "Tulostustoimittaja": "Posti",
    "Tunniste": "123456",
    "LaskutusTunniste": "123456",
    "Salasana": "1234",
    "Kustannuspaikka": "1000",
    "AsiointitiliTunniste": "asiointitili-0001",
    "paluukanavaUrl": "https://viranomainen.example/paluukanava",
    "Tila": "300",
    "TilaKoodi": "0",
    "KohteenTila": "200",
    "TiliPassivoitu": "0",
    "KohdeMaara": "0",
    "Maksullisuus": "0",
    "VahvistusVaatimus": "0",
    "VaadiLukukuittaus": "0",
    "Viestityyppi": "2",
    "Alkusivu": "1",
    "Sivumaara": "1",
})  # fmt: skip


def text_of(name: str, pick: Callable[[int], int]) -> str | None:
    """A text for the field of this name; ``None`` when nothing is known of it.

    Args:
        name: local name of an element or attribute.
        pick: chooses one of ``n``; 0 is the plainest.
    """
    if name == CODE_FIELD:
        return artificial_code(pick)
    if name == KIND_FIELD:
        return (PERSONAL, BUSINESS)[pick(2)]
    return _TEXTS.get(name)


def code_for(kind: str | None, pick: Callable[[int], int]) -> str:
    """The identifier of a customer of this kind: a business id for ``CRN``, else a code."""
    return company(pick) if kind == BUSINESS else artificial_code(pick)


def artificial_code(pick: Callable[[int], int]) -> str:
    """A personal identity code that is given to nobody."""
    century = (1900, 2000)[pick(2)]
    days = 365 * (90 if century == 1900 else 20)
    born = date(century + (10 if century == 1900 else 0), 1, 1) + timedelta(days=pick(days))
    signs = _SIGNS[century]
    return personal_code(born, 900 + pick(100), signs[pick(len(signs))])


def company(pick: Callable[[int], int]) -> str:
    """A business id with the right check digit, of numbers that are not in use yet."""
    number = 9_000_000 + pick(900_000)
    while True:
        try:
            return business_id(number)
        except ValueError:  # it has no check digit; now and then the next one has none either
            number += 1
