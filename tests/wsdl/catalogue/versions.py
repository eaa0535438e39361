"""The published facts about each catalogued version, in the notation of ``tests.wsdl.facts``.

A version is written as what differs from the next newer one, the older forms with an inline schema
in full. ``max200`` is a text of at most 200 characters, other lengths likewise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.wsdl import facts
from tests.wsdl.conftest import CATALOGUE
from tests.wsdl.facts import Field

SAMPLES: Final = {**facts.SAMPLES, "max200": "text", "max400": "text", "max1000": "text"}
AT_MOST: Final = {("Kysely_WS2A", "Tiedostot"): 2}
"""The one element that may repeat, but not for ever."""


@cache
def _fields(notation: str) -> tuple[Field, ...]:
    return tuple(facts.fields(notation))


@dataclass(frozen=True, slots=True)
class Version:
    """One contract as the sources have it.

    Attributes:
        name: folder of the interface.
        version: folder of the version.
        date: the best known day.
        types: named types, and anonymous ones with a ``#``.
        messages: global elements with content.
        operations: in the order of the file.
        service, port, address: as in the file.
        schema: the version attribute of the schema, when it has one.
        suffixes: of the names of request and answer messages.
        inline: the schema stands in the WSDL.
        header: both requests declare ``paluukanavaUrl``.
        policy: the WSDL requires the signing policy.
    """

    name: str
    version: str
    date: str
    types: Mapping[str, str]
    messages: Mapping[str, str]
    operations: tuple[str, ...]
    service: str
    port: str
    address: str
    schema: str | None = None
    suffixes: tuple[str, str] = ("InputMessage", "OutputMessage")
    inline: bool = True
    header: bool = False
    policy: bool = False

    @property
    def ref(self) -> str:
        return f"asiointitili/{self.name}/{self.version}"

    @property
    def folder(self) -> Path:
        return CATALOGUE / self.ref

    @property
    def interface(self) -> str:
        return {"paluukanava": "ViranomaisPaluukanava"}.get(self.name, "Viranomaispalvelut")

    @property
    def health(self) -> str | None:
        return "HaeTilaTieto" if "HaeTilaTieto" in self.operations else None

    @property
    def wsdl(self) -> Path:
        return self.folder / f"{self.interface}.wsdl"

    @property
    def kinds(self) -> dict[str, str]:
        """All types and messages."""
        return {**self.types, **self.messages}

    @property
    def named(self) -> list[str]:
        return [kind for kind in self.types if not kind.startswith("#")]

    def elements_of(self, kind: str) -> list[Field]:
        return [field for field in _fields(self.kinds[kind]) if not field.attribute]

    def attributes_of(self, kind: str) -> list[Field]:
        return [field for field in _fields(self.kinds[kind]) if field.attribute]

    def every_field(self) -> Iterator[tuple[str, Field]]:
        return ((kind, field) for kind in self.kinds for field in self.elements_of(kind))

    def element(self, field: Field, *, full: bool = False) -> str:
        """One element with valid content."""
        content = SAMPLES.get(field.kind)
        if content is None:
            content = "".join(self.children(field.kind, full=full))
        return f"<{field.name}>{content}</{field.name}>"

    def children(self, kind: str, *, full: bool = False) -> list[str]:
        """Valid content of a type: what is required, or everything once."""
        wanted = [each for each in self.elements_of(kind) if full or each.required]
        return [self.element(each, full=full) for each in wanted]

    def one(self, kind: str, field: Field, replacement: str) -> str:
        """Required content of the type, with ``replacement`` where ``field`` stands."""
        return "".join(
            replacement if each == field else self.element(each)
            for each in self.elements_of(kind)
            if each.required or each == field
        )

    def values(self, kind: str, *, full: bool) -> dict[str, object]:
        """Valid content of a type as the writer of requests takes it."""
        found: dict[str, object] = {}
        for field in self.elements_of(kind):
            if full or field.required:
                inner = SAMPLES.get(field.kind) or self.values(field.kind, full=full)
                found[field.name] = [inner] if field.many else inner
        if full:
            found |= {f"@{field.name}": "x" for field in self.attributes_of(kind)}
        return found


_OPERATIONS: Final = ("HaeAsiakkaita", "LisaaKohteita", "LahetaViesti", "HaeTilaTieto")
_TEST: Final = (
    "https://qat.integraatiopalvelu.fi/Asiointitili/ViranomaispalvelutWSInterfaceNonSigned"
)
_INTERNAL: Final = (
    "http://it1.integraatiopalvelu.fi/InternalServices/Viestinvalitys/"
    "ViranomaispalvelutWSInterfaceNonSigned"
)
_PLACEHOLDER: Final = "http://localhost:59587/ViranomaisPaluukanava.svc"

_TYPES_1_7: Final = {**facts.NOTATION, "#Laskutus": "Tunniste:len6 Salasana:len4?"}

_ITEM_1_4: Final = (
    "Asiakas:Asiakas+ ViranomaisTunniste? Viittaus:Viittaus_WS? VahvistusVaatimus:int? "
    "VaadiLukukuittaus:int? AsiaNumero? Nimeke? LahetysPvm:dateTime LahettajaNimi? KuvausTeksti? "
    "Maksullisuus:int? MaksamisKuvausTeksti? Tila:Tila_WS2? Tiedostot:ArrayOfTiedosto? "
    "ViranomaisenEmail? SmsLisatieto? EmailLisatietoOtsikko? EmailLisatietoSisalto? "
    "TavoitettavuusTietoSMS? TavoitettavuusTietoEmail?"
)
_ITEM_1_6: Final = _ITEM_1_4 + " Viestityyppi:int?"
_TYPES_1_6: Final = {
    **_TYPES_1_7,
    "Viranomainen": "ViranomaisTunnus? PalveluTunnus? KayttajaTunnus? "
    "Yhteyshenkilo:Yhteyshenkilo? Osoite:Osoite? SanomaTunniste? SanomaVersio? "
    "SanomaVarmenneNimi?",
    "Kohde_WS2": _ITEM_1_6,
    "Kohde_WS2A": _ITEM_1_6 + " Sivut:Sivut?",
    "Sivut": "Alkusivu:int Sivumaara:int",
    "Kysely_WS2A": "Tiedostot:Tiedosto* Paperi:boolean? Kohteet:ArrayOfKohde_WS2A? "
    "Tulostustoimittaja LahetaTulostukseen:boolean?=true Laskutus:#Laskutus? "
    "Varitulostus:boolean?",
}
_TYPES_1_4: Final = {
    **_TYPES_1_6,
    "Kohde_WS2": _ITEM_1_4,
    "Kohde_WS2A": _ITEM_1_4 + " Sivut:Sivut?",
    "Kysely_WS2A": "Tiedostot:Tiedosto* Paperi:boolean Kohteet:ArrayOfKohde_WS2A? "
    "Tulostustoimittaja LahetaTulostukseen:boolean?=true Laskutus:#Laskutus?",
}

_SENDER: Final = (
    "ViranomaisTunnus? PalveluTunnus? KayttajaTunnus? SanomaTunniste? SanomaVersio? "
    "SanomaVarmenneNimi?"
)
_FILE: Final = (
    "TiedostonKuvaus? TiedostoURL? TiedostoSisalto? TiedostoKoko? TiedostoMuoto? TiedostoNimi?"
)
_TYPES_2014: Final = {
    "Viranomainen": _SENDER,
    "Asiakas": "@AsiakasTunnus @TunnusTyyppi",
    "TilaKoodi_WS": "TilaKoodi:int TilaKoodiKuvaus? SanomaTunniste?",
    "Kysely_WS1": "KyselyLaji? KyselyAlku:dateTime~ KyselyLoppu:dateTime~ "
    "Asiakkaat:ArrayOfAsiakas?",
    "ArrayOfAsiakas": "Asiakas:Asiakas*~",
    "Vastaus_WS1": "TilaKoodi:TilaKoodi_WS? Asiakkaat:ArrayOfAsiakasJaTila_WS1?",
    "ArrayOfAsiakasJaTila_WS1": "Asiakas:AsiakasJaTila_WS1*~",
    "AsiakasJaTila_WS1": "Tila:int TilaPvm:dateTime @AsiakasTunnus @TunnusTyyppi",
    "Kysely_WS2": "KohdeMaara:int Kohteet:ArrayOfKohde_WS2?",
    "ArrayOfKohde_WS2": "Kohde:Kohde_WS2*~",
    "Kohde_WS2": "Asiakas:Asiakas* ViranomaisTunniste? Viittaus:Viittaus_WS? VahvistusVaatimus? "
    "AsiaNumero? Nimeke? LahetysPvm:dateTime LahettajaNimi? KuvausTeksti? Maksullisuus? "
    "MaksamisKuvausTeksti? Tila:Tila_WS2? Tiedostot:ArrayOfTiedosto? ViranomaisenEmail:max400? "
    "VaadiLukukuittaus:max400? SmsLisatieto:max1000? EmailLisatietoOtsikko:max200? "
    "EmailLisatietoSisalto? TavoitettavuusTietoSMS:max200? TavoitettavuusTietoEmail:max200?",
    "Viittaus_WS": "@ViittausTunniste @ViittausTunnisteTyyppi",
    "Tila_WS2": "TilaKoodi? Tila? TilaKuvaus? TilaPvm:dateTime~",
    "ArrayOfTiedosto": "Tiedosto:Tiedosto*~",
    "Tiedosto": _FILE,
    "Vastaus_WS2": "TilaKoodi:TilaKoodi_WS? KohdeMaara:int "
    "Kohteet:ArrayOfKohdeJaAsiakasTila_WS2_V?",
    "ArrayOfKohdeJaAsiakasTila_WS2_V": "Kohde:KohdeJaAsiakasTila_WS2_V*~",
    "KohdeJaAsiakasTila_WS2_V": "ViranomaisTunniste? Asiakas:AsiakasJaKohteenTila*",
    "AsiakasJaKohteenTila": "AsiointitiliTunniste? KohteenTila:int KohteenTilaKuvaus? "
    "@AsiakasTunnus @TunnusTyyppi",
    "Kysely_WS10": "",
    "Vastaus_WS10": "TilaKoodi:TilaKoodi_WS?",
}
_MESSAGES_2014: Final = {
    "HaeAsiakkaita": "Viranomainen:Viranomainen? Kysely:Kysely_WS1?",
    "HaeAsiakkaitaResponse": "HaeAsiakkaitaResult:Vastaus_WS1?",
    "LisaaKohteita": "Viranomainen:Viranomainen? Kysely:Kysely_WS2?",
    "LisaaKohteitaResponse": "LisaaKohteitaResult:Vastaus_WS2?",
    "HaeTilaTieto": "Viranomainen:Viranomainen? Kysely:Kysely_WS10?",
    "HaeTilaTietoResponse": "HaeTilaTietoResult:Vastaus_WS10?",
}

_RETURN_TYPES_2018: Final = {
    "Viranomainen": _SENDER,
    "TilaKoodi_WS": "TilaKoodi:int TilaKoodiKuvaus? SanomaTunniste?",
    "Kysely_WSPA4": "KohdeMaara:int Kohteet:ArrayOfKohde_WSPA4?",
    "ArrayOfKohde_WSPA4": "Kohde:Kohde_WSPA4*~",
    "Kohde_WSPA4": "ViranomaisTunniste? Asiakas:AsiakasJaKohteenTila_WSPA4? ViranomaisenEmail? "
    "Nimeke?",
    "AsiakasJaKohteenTila_WSPA4": "AsiointitiliTunniste? KohteenTila:int KohteenTilaPvm:dateTime "
    "KohteenTilaKuvaus? @AsiakasTunnus @TunnusTyyppi",
    "Vastaus_WSPA4": "TilaKoodi:TilaKoodi_WS?",
    "Kysely_WSPA5": "KohdeMaara:int Kohteet:ArrayOfKohde_WSPA5?",
    "ArrayOfKohde_WSPA5": "Kohde:Kohde_WSPA5*~",
    "Kohde_WSPA5": "Asiakas:Asiakas? AsiointitiliTunniste? Viittaus:ArrayOfViittaus_WS? Nimeke "
    "LahetysPvm:dateTime~ LahettajaNimi? KuvausTeksti Tiedostot:ArrayOfTiedosto? "
    "ViranomaisenEmail?",
    "Asiakas": "@AsiakasTunnus @Sahkoposti @Matkapuhelin @TunnusTyyppi",
    "ArrayOfViittaus_WS": "Viittaus_WS:Viittaus_WS*~",
    "Viittaus_WS": "@ViittausTunniste @ViittausTunnisteTyyppi",
    "ArrayOfTiedosto": "Tiedosto:Tiedosto*~",
    "Tiedosto": _FILE,
    "Vastaus_WSPA5": "TilaKoodi:TilaKoodi_WS? KohdeMaara:int Kohteet:ArrayOfKohde_WSPA5_V?",
    "ArrayOfKohde_WSPA5_V": "Kohde:Kohde_WSPA5_V*~",
    "Kohde_WSPA5_V": "AsiointitiliTunniste? ViranomaisTunniste? KohteenTila:int KohteenTilaKuvaus?",
}
_RETURN_TYPES_2014: Final = {
    **_RETURN_TYPES_2018,
    "Kohde_WSPA4": "ViranomaisTunniste? Asiakas:AsiakasJaKohteenTila_WSPA4?",
    "Kohde_WSPA5": "Asiakas:Asiakas? AsiointitiliTunniste? Viittaus:ArrayOfViittaus_WS? Nimeke? "
    "LahetysPvm:dateTime~ LahettajaNimi? KuvausTeksti? Tiedostot:ArrayOfTiedosto?",
    "Asiakas": "@AsiakasTunnus @TunnusTyyppi",
}
_RETURN_MESSAGES: Final = {
    "VieKohdeTiloja": "Viranomainen:Viranomainen? Kysely:Kysely_WSPA4?",
    "VieKohdeTilojaResponse": "VieKohdeTilojaResult:Vastaus_WSPA4?",
    "VieKohteita": "Viranomainen:Viranomainen? Kysely:Kysely_WSPA5?",
    "VieKohteitaResponse": "VieKohteitaResult:Vastaus_WSPA5?",
}


def _official(version: str, date: str, types: Mapping[str, str], address: str) -> Version:
    return Version(
        name="viranomaispalvelut",
        version=version,
        date=date,
        types=types,
        messages=facts.MESSAGES,
        operations=_OPERATIONS,
        service="ViranomaispalvelutService",
        port="ViranomaispalvelutPort",
        address=address,
        schema=version,
        suffixes=("Pyynto", "Vastaus"),
        inline=False,
    )


VERSIONS: Final = (
    Version(
        name="viranomaispalvelut",
        version="2014",
        date="2014-01-01",
        types=_TYPES_2014,
        messages=_MESSAGES_2014,
        operations=("HaeAsiakkaita", "LisaaKohteita", "HaeTilaTieto"),
        service="Viranomaispalvelut",
        port="ViranomaispalvelutSoap",
        address="http://integraatiopalvelu.fi:80/Asiointitili/ViranomaispalvelutWSInterface",
        policy=True,
    ),
    _official("1.4", "2019-02-15", _TYPES_1_4, _INTERNAL),
    _official("1.6", "2022-03-10", _TYPES_1_6, _TEST),
    _official("1.7", "2022-09-27", _TYPES_1_7, _TEST),
    Version(
        name="paluukanava",
        version="2014",
        date="2014-01-01",
        types=_RETURN_TYPES_2014,
        messages=_RETURN_MESSAGES,
        operations=("VieKohdeTiloja", "VieKohteita"),
        service="ViranomaisPaluukanava",
        port="ViranomaisPaluukanavaSoap",
        address=_PLACEHOLDER,
    ),
    Version(
        name="paluukanava",
        version="2018",
        date="2018-02-01",
        types=_RETURN_TYPES_2018,
        messages=_RETURN_MESSAGES,
        operations=("VieKohdeTiloja", "VieKohteita"),
        service="ViranomaisPaluukanavaService",
        port="ViranomaisPaluukanavaPort",
        address=_PLACEHOLDER,
        header=True,
    ),
)
