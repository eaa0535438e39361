"""What the reader says about an invalid message: the place, the kind, never a value."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from harness import xml
from harness.wsdl import Contract, SchemaCode, SchemaFinding
from tests.wsdl.facts import NAMESPACE

ORG: Final = "<Viranomainen><PalveluTunnus>p</PalveluTunnus></Viranomainen>"
ITEM: Final = (
    "<Asiakas/><Nimeke>n</Nimeke><LahetysPvm>2026-05-04T12:00:00Z</LahetysPvm>"
    "<KuvausTeksti>k</KuvausTeksti>"
)
NIL: Final = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'


def _items(*items: str, after: str = "") -> str:
    inside = "".join(f"<Kohde>{item}</Kohde>" for item in items)
    return (
        f"<LisaaKohteita>{ORG}<Kysely><KohdeMaara>1</KohdeMaara><Kohteet>{inside}</Kohteet>"
        f"{after}</Kysely></LisaaKohteita>"
    )


def _print(billing: str) -> str:
    return (
        f"<LahetaViesti>{ORG}<Kysely><Tulostustoimittaja/><Laskutus>{billing}</Laskutus>"
        "</Kysely></LahetaViesti>"
    )


def _envelope(body: str, *, prefixed: bool = False) -> bytes:
    if prefixed:
        body = body.replace("</", "\0").replace("<", "<a:").replace("\0", "</a:")
    name = "xmlns:a" if prefixed else "xmlns"
    at = body.index(">") if body.index(">") < body.find("/>") or "/>" not in body else 0
    at = at or body.index("/>")
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'{body[:at]} {name}="{NAMESPACE}"{body[at:]}</s:Body></s:Envelope>'
    ).encode()


def _judged(contract: Contract, body: str, *, prefixed: bool = False) -> tuple[SchemaFinding, ...]:
    return contract.validate(xml.parse(_envelope(body, prefixed=prefixed))[0][0])


CASES: Final = {
    "missing first": (
        "<HaeTilaTieto><Kysely/></HaeTilaTieto>",
        SchemaFinding("", SchemaCode.MISSING_ELEMENT, "Viranomainen"),
    ),
    "missing last": (
        f"<HaeTilaTieto>{ORG}</HaeTilaTieto>",
        SchemaFinding("", SchemaCode.MISSING_ELEMENT, "Kysely"),
    ),
    "missing among optional ones": (
        "<HaeTilaTieto><Viranomainen/><Kysely/></HaeTilaTieto>",
        SchemaFinding(
            "Viranomainen", SchemaCode.MISSING_ELEMENT, "ViranomaisTunnus, PalveluTunnus"
        ),
    ),
    "missing inside the second item": (
        _items(ITEM, ITEM.replace("<LahetysPvm>2026-05-04T12:00:00Z</LahetysPvm>", "")),
        SchemaFinding("Kysely/Kohteet/Kohde[2]", SchemaCode.MISSING_ELEMENT, "LahetysPvm"),
    ),
    "order": (
        f"<HaeTilaTieto><Kysely/>{ORG}</HaeTilaTieto>",
        SchemaFinding("Kysely", SchemaCode.ELEMENT_ORDER, "Viranomainen", "Kysely"),
    ),
    "unknown element": (
        f"<HaeTilaTieto><Outo/>{ORG}<Kysely/></HaeTilaTieto>",
        SchemaFinding("Outo", SchemaCode.UNEXPECTED_ELEMENT, "Viranomainen", "Outo"),
    ),
    "too many": (
        f"<HaeTilaTieto>{ORG}<Kysely/><Kysely/></HaeTilaTieto>",
        SchemaFinding("Kysely[2]", SchemaCode.UNEXPECTED_ELEMENT, "", "Kysely"),
    ),
    "message of another contract": (
        "<HaeTilat/>",
        SchemaFinding("", SchemaCode.UNKNOWN_MESSAGE, "", "HaeTilat"),
    ),
    "type": (
        _items(ITEM).replace(">1<", ">secret<"),
        SchemaFinding("Kysely/KohdeMaara", SchemaCode.TYPE, "xs:int", "<text, 6 chars>"),
    ),
    "empty where a number belongs": (
        _items(ITEM).replace(">1<", "><"),
        SchemaFinding("Kysely/KohdeMaara", SchemaCode.TYPE, "xs:int", "<empty>"),
    ),
    "base64 with foreign characters": (
        _items(
            ITEM + "<Tiedostot><Tiedosto/><Tiedosto><TiedostoSisalto>YW**Jj</TiedostoSisalto>"
            "</Tiedosto></Tiedostot>"
        ),
        SchemaFinding(
            "Kysely/Kohteet/Kohde/Tiedostot/Tiedosto[2]/TiedostoSisalto",
            SchemaCode.TYPE,
            "xs:base64Binary",
            "<text, 6 chars>",
        ),
    ),
    "too short": (
        _print("<Tunniste>0000</Tunniste>"),
        SchemaFinding(
            "Kysely/Laskutus/Tunniste", SchemaCode.FACET, "minLength 6", "<text, 4 chars>"
        ),
    ),
    "too long": (
        _print("<Tunniste>000000</Tunniste><Kustannuspaikka>0123456789abcdef</Kustannuspaikka>"),
        SchemaFinding(
            "Kysely/Laskutus/Kustannuspaikka", SchemaCode.FACET, "maxLength 15", "<text, 16 chars>"
        ),
    ),
    "unknown attribute": (
        _items(ITEM.replace("<Asiakas/>", '<Asiakas/><Asiakas Hetu="x"/>')),
        SchemaFinding(
            "Kysely/Kohteet/Kohde/Asiakas[2]/@Hetu",
            SchemaCode.ATTRIBUTE,
            "no such attribute",
            "Hetu",
        ),
    ),
    "text between elements": (
        f"<HaeTilaTieto>secret{ORG}<Kysely/></HaeTilaTieto>",
        SchemaFinding("", SchemaCode.TEXT),
    ),
    "text where nothing may be": (
        f"<HaeTilaTieto>{ORG}<Kysely>secret</Kysely></HaeTilaTieto>",
        SchemaFinding("Kysely", SchemaCode.TEXT),
    ),
    "nil where not allowed": (
        (
            f"<HaeTilaTieto><Viranomainen><PalveluTunnus {NIL}/></Viranomainen><Kysely/>"
            "</HaeTilaTieto>"
        ),
        SchemaFinding("Viranomainen/PalveluTunnus", SchemaCode.NIL),
    ),
    "nil but not empty": (
        (
            f"<HaeAsiakkaita>{ORG}<Kysely><KyselyAlku {NIL}>x</KyselyAlku>"
            f"<KyselyLoppu {NIL}/></Kysely>"
            "</HaeAsiakkaita>"
        ),
        SchemaFinding("Kysely/KyselyAlku", SchemaCode.NIL),
    ),
    "unknown xsi:type": (
        (
            f"<HaeTilaTieto>{ORG}<Kysely {NIL.replace('nil', 'type').replace('true', 'Outo')}/>"
            "</HaeTilaTieto>"
        ),
        SchemaFinding("Kysely", SchemaCode.XSI_TYPE),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_breach_is_named_with_its_place(contract: Contract, name: str) -> None:
    body, expected = CASES[name]
    assert _judged(contract, body) == (expected,)


@pytest.mark.parametrize("name", [name for name in CASES if "xsi" not in name])
def test_prefixes_change_nothing(contract: Contract, name: str) -> None:
    body, expected = CASES[name]
    assert _judged(contract, body, prefixed=True)[:1] == (expected,)


def test_a_valid_message_has_no_findings(contract: Contract) -> None:
    assert _judged(contract, _items(ITEM, ITEM)) == ()


def test_a_prefix_declared_on_the_envelope_is_in_scope(contract: Contract) -> None:
    """Old toolkits declare xsd and xsi on the envelope and use them in xsi:type alone."""
    typed = ORG.replace("<PalveluTunnus>", '<PalveluTunnus xsi:type="xsd:string">')
    data = _envelope(f"<HaeTilaTieto>{typed}<Kysely/></HaeTilaTieto>").replace(
        b"<s:Envelope ",
        b'<s:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xmlns:xsd="http://www.w3.org/2001/XMLSchema" ',
    )
    assert contract.validate(xml.parse(data)[0][0]) == ()


def test_a_schema_location_in_the_message_is_no_source(contract: Contract) -> None:
    here = (
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="urn:x file:///etc/hostname"'
    )
    body = f"<HaeTilaTieto{here}>{ORG}<Kysely/></HaeTilaTieto>"
    assert _judged(contract, body) == ()


def test_findings_are_bounded(contract: Contract) -> None:
    body = _items(*(["<Outo/>"] * 5000))
    assert len(_judged(contract, body)) == 50


SECRET: Final = "131052-9085"


@given(value=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40))
@pytest.mark.parametrize("place", ["KohdeMaara", "LahetysPvm", "Tunniste", "TiedostoSisalto"])
def test_no_value_ever_shows(contract: Contract, place: str, value: str) -> None:
    """Values that imitate the validator's own words must not be mistaken for them."""
    written = f"{SECRET}' is not a valid value of the atomic type '{SECRET}'. {value} ({SECRET})."
    element = etree.Element("x")
    try:
        element.text = written
    except ValueError:  # not an XML character
        return
    text = etree.tostring(element, encoding="unicode")[3:-4]
    body = _items(
        ITEM + f"<Tiedostot><Tiedosto><TiedostoSisalto>{text}</TiedostoSisalto></Tiedosto>"
        "</Tiedostot>"
    )
    if place == "KohdeMaara":
        body = _items(ITEM).replace(">1<", f">{text}<")
    elif place == "LahetysPvm":
        body = _items(ITEM.replace("2026-05-04T12:00:00Z", text))
    elif place == "Tunniste":
        body = _print(f"<Tunniste>{text}</Tunniste>")
    found = _judged(contract, body)
    assert found
    assert SECRET not in repr(found)
    assert not any(len(each.expected) > 40 for each in found)


def test_names_that_hold_a_code_do_not_show(contract: Contract) -> None:
    for body in (
        f"<HaeTilaTieto>{ORG}<Kysely/><A131052-9085/></HaeTilaTieto>",
        f'<HaeTilaTieto>{ORG}<Kysely _131052-9085="x"/></HaeTilaTieto>',
        f'<HaeTilaTieto>{ORG}<Kysely/><x xmlns="urn:131052-9085"/></HaeTilaTieto>',
    ):
        found = _judged(contract, body)
        assert found
        assert SECRET not in repr(found)
