"""The published facts about the schema 1.7 with Kustannuspaikka, in a short notation.

``Name:type`` is an element, ``string`` when no type is given; ``?`` 0..1, ``+`` 1..n, ``*`` 0..n,
nothing 1..1; ``~`` nillable; ``=x`` default. ``@Name`` is an optional string attribute. A type
beginning with ``#`` is anonymous, ``len4``, ``len6`` and ``len1-15`` are texts of that length.
"""

import re
from dataclasses import dataclass
from typing import Final

NAMESPACE: Final = "http://www.suomi.fi/asiointitili"

NOTATION: Final = {
    "Viranomainen": "ViranomaisTunnus? PalveluTunnus KayttajaTunnus? Yhteyshenkilo:Yhteyshenkilo? "
    "Osoite:Osoite? SanomaTunniste? SanomaVersio? SanomaVarmenneNimi?",
    "Yhteyshenkilo": "@Nimi @Sahkoposti @Matkapuhelin",
    "Osoite": "Nimi Lahiosoite Postinumero Postitoimipaikka Maa=FI",
    "Kysely_WS1": "KyselyLaji? KyselyAlku:dateTime~ KyselyLoppu:dateTime~ "
    "Asiakkaat:ArrayOfAsiakas?",
    "ArrayOfAsiakas": "Asiakas:Asiakas*~",
    "Asiakas": "Osoite:Osoite? @AsiakasTunnus @Sahkoposti @Matkapuhelin @TunnusTyyppi=SSN",
    "Vastaus_WS1": "TilaKoodi:TilaKoodi_WS? Asiakkaat:ArrayOfAsiakasJaTila_WS1?",
    "ArrayOfAsiakasJaTila_WS1": "Asiakas:AsiakasJaTila_WS1*~",
    "AsiakasJaTila_WS1": "Tila:int TilaPvm:dateTime TiliPassivoitu:int "
    "@AsiakasTunnus @TunnusTyyppi",
    "TilaKoodi_WS": "TilaKoodi:int TilaKoodiKuvaus? SanomaTunniste?",
    "Kysely_WS2": "KohdeMaara:int Kohteet:ArrayOfKohde_WS2?",
    "ArrayOfKohde_WS2": "Kohde:Kohde_WS2*~",
    "Kohde_WS2": "Asiakas:Asiakas+ ViranomaisTunniste? Viittaus:Viittaus_WS? "
    "VahvistusVaatimus:int? VaadiLukukuittaus:int? AsiaNumero? Nimeke LahetysPvm:dateTime "
    "LahettajaNimi? KuvausTeksti Tila:Tila_WS2? Tiedostot:ArrayOfTiedosto? ViranomaisenEmail? "
    "EmailLisatietoOtsikko? EmailLisatietoSisalto? TavoitettavuusTietoEmail? Viestityyppi:int? "
    "LisaaOsoitesivu:boolean?=false SalliLiitteenKiertoPystyyn:boolean?=false",
    "Viittaus_WS": "@ViittausTunniste @ViittausTunnisteTyyppi",
    "Tila_WS2": "TilaKoodi? Tila? TilaKuvaus? TilaPvm:dateTime~",
    "ArrayOfTiedosto": "Tiedosto:Tiedosto*~",
    "Tiedosto": "TiedostonKuvaus? TiedostoURL? TiedostoSisalto:base64Binary? TiedostoID? "
    "TiedostoKoko? TiedostoMuoto? TiedostoNimi?",
    "Vastaus_WS2": "TilaKoodi:TilaKoodi_WS? KohdeMaara:int? "
    "Kohteet:ArrayOfKohdeJaAsiakasTila_WS2_V?",
    "ArrayOfKohdeJaAsiakasTila_WS2_V": "Kohde:KohdeJaAsiakasTila_WS2_V*~",
    "KohdeJaAsiakasTila_WS2_V": "ViranomaisTunniste? Asiakas:AsiakasJaKohteenTila*",
    "AsiakasJaKohteenTila": "AsiointitiliTunniste? KohteenTila:int KohteenTilaKuvaus? "
    "@AsiakasTunnus @TunnusTyyppi",
    "Kysely_WS2A": "Paperi:boolean? Kohteet:ArrayOfKohde_WS2A? Tulostustoimittaja "
    "LahetaTulostukseen:boolean?=true Laskutus:#Laskutus? Varitulostus:boolean?",
    "#Laskutus": "Tunniste:len6 Salasana:len4? Kustannuspaikka:len1-15?",
    "ArrayOfKohde_WS2A": "Kohde:Kohde_WS2A*~",
    "Vastaus_WS2A": "TilaKoodi:TilaKoodi_WS?",
    "Kysely_WS10": "",
    "Vastaus_WS10": "TilaKoodi:TilaKoodi_WS?",
}
NOTATION["Kohde_WS2A"] = NOTATION["Kohde_WS2"]

MESSAGES: Final = {
    "HaeAsiakkaita": "Viranomainen:Viranomainen Kysely:Kysely_WS1",
    "HaeAsiakkaitaResponse": "HaeAsiakkaitaResult:Vastaus_WS1",
    "LisaaKohteita": "Viranomainen:Viranomainen Kysely:Kysely_WS2",
    "LisaaKohteitaResponse": "LisaaKohteitaResult:Vastaus_WS2",
    "LahetaViesti": "Viranomainen:Viranomainen Kysely:Kysely_WS2A",
    "LahetaViestiResponse": "LahetaViestiResult:Vastaus_WS2A",
    "HaeTilaTieto": "Viranomainen:Viranomainen Kysely:Kysely_WS10",
    "HaeTilaTietoResponse": "HaeTilaTietoResult:Vastaus_WS10",
}

_TOKEN = re.compile(r"(@?)(\w+)(?::([#\w-]+))?([?+*]?)(~?)(?:=(\w+))?")


@dataclass(frozen=True, slots=True)
class Field:
    """One element or attribute."""

    name: str
    kind: str
    occurs: str
    nillable: bool
    default: str | None
    attribute: bool

    @property
    def required(self) -> bool:
        return self.occurs in {"", "+"}

    @property
    def many(self) -> bool:
        return self.occurs in {"+", "*"}


def fields(notation: str) -> list[Field]:
    found = []
    for token in notation.split():
        match = _TOKEN.fullmatch(token)
        assert match is not None, token
        at, name, kind, occurs, nil, default = match.groups()
        found.append(Field(name, kind or "string", occurs, bool(nil), default, bool(at)))
    return found


def elements_of(kind: str) -> list[Field]:
    return [field for field in fields({**NOTATION, **MESSAGES}[kind]) if not field.attribute]


def attributes_of(kind: str) -> list[Field]:
    return [field for field in fields({**NOTATION, **MESSAGES}[kind]) if field.attribute]


SAMPLES: Final = {
    "string": "text",
    "int": "7",
    "boolean": "true",
    "dateTime": "2026-05-04T12:00:00Z",
    "base64Binary": "YWJj",
    "len4": "abcd",
    "len6": "abcdef",
    "len1-15": "abc",
}


def element(field: Field, *, full: bool = False) -> str:
    """One element with valid content."""
    if field.kind in SAMPLES:
        return f"<{field.name}>{SAMPLES[field.kind]}</{field.name}>"
    return f"<{field.name}>{''.join(children(field.kind, full=full))}</{field.name}>"


def children(kind: str, *, full: bool = False) -> list[str]:
    """Valid content of a type: what is required, or everything once."""
    return [element(f, full=full) for f in elements_of(kind) if full or f.required]
