"""The work of one request as anybody would write it with lxml: parse, XSD, look up, answer."""

from pathlib import Path
from typing import Final

from lxml import etree

SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
NS: Final = "http://www.suomi.fi/asiointitili"
HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
)
TAIL: Final = "</soap:Body></soap:Envelope>"
_ITEM: Final = (
    '<Kohde><ViranomaisTunniste>{}</ViranomaisTunniste><Asiakas AsiakasTunnus="{}" '
    'TunnusTyyppi="{}">{}</Asiakas></Kohde>'
)
_DONE: Final = (
    "<AsiointitiliTunniste>AT{:012d}</AsiointitiliTunniste><KohteenTila>200</KohteenTila>"
    "<KohteenTilaKuvaus>Asia on tallennettu ja näkyy asiakkaalle.</KohteenTilaKuvaus>"
)
_AGAIN: Final = (
    "<KohteenTila>520</KohteenTila>"
    "<KohteenTilaKuvaus>Sama ViranomaisTunniste on jo tallennettu.</KohteenTilaKuvaus>"
)


class Work:
    """What it remembers: the ids of items it was given."""

    def __init__(self, schema: Path) -> None:
        """Compile the schema."""
        self._schema = etree.XMLSchema(etree.parse(schema))
        self._seen: set[str] = set()

    def answer(self, data: bytes) -> tuple[int, bytes]:
        """Status and envelope for one request."""
        try:
            root = etree.fromstring(data)
        except etree.XMLSyntaxError:
            return 500, _fault("not well-formed")
        body = root.find(f"{SOAP}Body")
        if body is None or len(body) != 1 or not self._schema.validate(body[0]):
            return 500, _fault("not valid")
        return 200, self._answered(body[0]).encode()

    def _answered(self, call: etree._Element) -> str:
        message = call.findtext(f"{{{NS}}}Viranomainen/{{{NS}}}SanomaTunniste") or ""
        items = [self._item(each) for each in call.iter(f"{{{NS}}}Kohde")]
        return (
            f'{HEAD}<LisaaKohteitaResponse xmlns="{NS}"><LisaaKohteitaResult><TilaKoodi>'
            "<TilaKoodi>0</TilaKoodi><TilaKoodiKuvaus>New messages created</TilaKoodiKuvaus>"
            f"<SanomaTunniste>{message}</SanomaTunniste></TilaKoodi>"
            f"<KohdeMaara>{len(items)}</KohdeMaara><Kohteet>{''.join(items)}</Kohteet>"
            f"</LisaaKohteitaResult></LisaaKohteitaResponse>{TAIL}"
        )

    def _item(self, item: etree._Element) -> str:
        own = item.findtext(f"{{{NS}}}ViranomaisTunniste") or ""
        customer = item.find(f"{{{NS}}}Asiakas")
        assert customer is not None, "the schema demands one"
        if own in self._seen:
            told = _AGAIN
        else:
            self._seen.add(own)
            told = _DONE.format(len(self._seen))
        return _ITEM.format(own, customer.get("AsiakasTunnus"), customer.get("TunnusTyyppi"), told)


def _fault(text: str) -> bytes:
    return (
        f"{HEAD}<soap:Fault><faultcode>soap:Client</faultcode>"
        f"<faultstring>{text}</faultstring></soap:Fault>{TAIL}"
    ).encode()
