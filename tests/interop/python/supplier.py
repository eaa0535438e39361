"""A supplier's program on suds, written from the WSDL alone.

SUPPLIER in the environment is JSON: wsdl, text, customers, ids and, for https, ca. The cases named
as arguments run in their order; one JSON object a line says what the program saw.
"""
# ruff: noqa: N802 - functions are called as the cases are

import base64
import json
import os
import ssl
import sys
import urllib.request
from typing import Any

from suds import WebFault, null
from suds.client import Client
from suds.transport.http import HttpTransport

GIVEN = json.loads(os.environ["SUPPLIER"])
IDS, CUSTOMERS, TEXT = GIVEN["ids"], GIVEN["customers"], GIVEN["text"]
PDF = b"%PDF-1.4\n"
PERIOD = {"KyselyAlku": "2026-01-01T00:00:00+02:00", "KyselyLoppu": "2026-01-31T00:00:00+02:00"}


class Trusting(HttpTransport):
    """Https with a CA file."""

    def u2handlers(self) -> list[Any]:
        context = ssl.create_default_context(cafile=GIVEN["ca"])
        return [*super().u2handlers(), urllib.request.HTTPSHandler(context=context)]


class Supplier:
    def __init__(self) -> None:
        self._client: Any = None

    def HaeTilaTieto(self) -> object:
        return told(self._status().TilaKoodi)

    def text(self) -> object:
        return {"SanomaTunniste": str(self._status(SanomaTunniste=TEXT).TilaKoodi.SanomaTunniste)}

    def refusal(self) -> object:
        return told(self._status(ViranomaisTunnus="TUNTEMATON").TilaKoodi)

    def HaeAsiakkaita(self) -> object:
        asked = [customer(role) for role in ("active", "passive", "none", "company")]
        return self._states(asked, PERIOD)

    def nil(self) -> object:
        return self._states([customer("active")], dict.fromkeys(PERIOD, null()))

    def defaultType(self) -> object:
        return self._states([{"_AsiakasTunnus": CUSTOMERS["active"]["AsiakasTunnus"]}], PERIOD)

    def LisaaKohteita(self) -> object:
        return self._items(item("kohde-1"))

    def repeatedItem(self) -> object:
        self._items(item("kohde-2"))
        return self._items(item("kohde-2"))

    def attachment(self) -> object:
        return self._items(item("kohde-3", file(2_000_000)))

    def attachmentTooLarge(self) -> object:
        return self._items(item("kohde-4", file(2_000_001)))

    def LahetaViesti(self) -> object:
        return self._message(item("viesti-1"))

    def repeatedMessage(self) -> object:
        self._message(item("viesti-2"))
        return self._message(item("viesti-2"))

    def fault(self) -> object:
        return self._message(item("viesti-3"), "0000")

    def missing(self) -> object:
        sent = item("kohde-5")
        del sent["Nimeke"]
        return self._items(sent)

    def wrongAddress(self) -> object:
        return told(self._status(client=connected(location=GIVEN["wrong"])).TilaKoodi)

    def unsigned(self) -> object:
        return told(self._status(client=connected(location=GIVEN["signed"])).TilaKoodi)

    @property
    def _service(self) -> Any:
        self._client = self._client or connected()
        return self._client.service

    def _status(self, *, client: Any = None, **more: str) -> Any:
        service = client.service if client else self._service
        return service.HaeTilaTieto(caller(**more), {})

    def _states(self, asked: list[Any], period: dict[str, Any]) -> object:
        query = {"KyselyLaji": "Asiakkaat", **period, "Asiakkaat": {"Asiakas": asked}}
        answer = self._service.HaeAsiakkaita(caller(), query)
        rows = [
            [str(each._AsiakasTunnus), str(each._TunnusTyyppi), each.Tila, each.TiliPassivoitu]
            for each in answer.Asiakkaat.Asiakas
        ]
        return {**told(answer.TilaKoodi), "Asiakkaat": rows}

    def _items(self, sent: dict[str, Any]) -> object:
        query = {"KohdeMaara": 1, "Kohteet": {"Kohde": [sent]}}
        answer = self._service.LisaaKohteita(caller(), query)
        targets = [
            {
                "ViranomaisTunniste": str(kohde.ViranomaisTunniste),
                "AsiakasTunnus": str(each._AsiakasTunnus),
                "KohteenTila": each.KohteenTila,
                "stored": bool(getattr(each, "AsiointitiliTunniste", "")),
            }
            for kohde in answer.Kohteet.Kohde
            for each in kohde.Asiakas
        ]
        return {**told(answer.TilaKoodi), "KohdeMaara": answer.KohdeMaara, "Kohteet": targets}

    def _message(self, sent: dict[str, Any], contract: str = "") -> object:
        query = {
            "Paperi": False,
            "Kohteet": {"Kohde": [sent]},
            "Tulostustoimittaja": IDS["print-provider"],
            "LahetaTulostukseen": False,
            "Laskutus": {
                "Tunniste": contract or IDS["print-contract"],
                "Salasana": IDS["print-password"],
                "Kustannuspaikka": "Päiväkodit",
            },
        }
        return told(self._service.LahetaViesti(caller(), query).TilaKoodi)


def connected(**more: str) -> Any:
    transport = {"transport": Trusting()} if GIVEN.get("ca") else {}
    return Client(GIVEN["wsdl"], cache=None, **transport, **more)


def caller(**more: str) -> dict[str, Any]:
    return {
        "ViranomaisTunnus": IDS["authority"],
        "PalveluTunnus": IDS["service"],
        "Yhteyshenkilo": {"_Nimi": "Neuvonta", "_Sahkoposti": "neuvonta@kunta.example"},
        "SanomaTunniste": "suds-1",
        "SanomaVersio": "1.0",
        "SanomaVarmenneNimi": IDS["certificate-name"],
        **more,
    }


def customer(role: str) -> dict[str, Any]:
    return {f"_{name}": value for name, value in CUSTOMERS[role].items()}


def item(own_id: str, *files: dict[str, Any]) -> dict[str, Any]:
    address = {
        "Nimi": "Testi Asiakas",
        "Lahiosoite": "Testikatu 1",
        "Postinumero": "00100",
        "Postitoimipaikka": "Helsinki",
        "Maa": "FI",
    }
    return {
        "Asiakas": [{**customer("active"), "Osoite": address}],
        "ViranomaisTunniste": f"{own_id} {TEXT}",
        "VaadiLukukuittaus": 0,
        # 256 characters are allowed: one letter that arrives as two is too many.
        "Nimeke": (TEXT * 30)[:256],
        "LahetysPvm": "2026-01-31T12:00:00+02:00",
        "KuvausTeksti": f"Ensimmäinen rivi\n{TEXT}",
        **({"Tiedostot": {"Tiedosto": list(files)}} if files else {}),
        "LisaaOsoitesivu": False,
    }


def file(size: int) -> dict[str, Any]:
    content = (PDF + b"\x00\xff\r\n" * size)[:size]
    return {
        "TiedostonKuvaus": "Päätös",
        "TiedostoSisalto": base64.b64encode(content).decode(),
        "TiedostoKoko": str((size + 999) // 1000),
        "TiedostoMuoto": "application/pdf",
        "TiedostoNimi": "päätös_åäö.pdf",
    }


def told(state: Any) -> dict[str, Any]:
    return {"TilaKoodi": state.TilaKoodi, "TilaKoodiKuvaus": str(state.TilaKoodiKuvaus)}


def failure(error: Exception) -> dict[str, Any]:
    """What the program sees when a call fails."""
    seen = {"exception": type(error).__name__}
    if isinstance(error, WebFault):
        return {
            **seen,
            "code": str(error.fault.faultcode),
            "text": str(error.fault.faultstring),
        }
    return {**seen, "text": str(error)}


supplier = Supplier()
for name in sys.argv[1:]:
    try:
        found = getattr(supplier, name)()
    except Exception as error:  # noqa: BLE001 - whatever the toolkit throws is what it shows
        found = failure(error)
    print(json.dumps({"case": name, "seen": found}))  # noqa: T201 - the program's result
