"""Every version of the contract is simulated: what it demands and what it does not know."""

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from harness.account.codes import MessageCode, TargetCode
from harness.account.settings import AUTHORITY, Settings
from harness.config import book
from harness.exchange.message import SOAP_11
from harness.wsdl import Contract, find
from harness.wsdl.strategies import valid
from tests.account.asking import (
    NAMESPACE,
    PDF,
    ROLES,
    Desk,
    add,
    attachment,
    caller,
    item,
    send,
)
from tests.account.asking import find as find_customers
from tests.account.conftest import SERVICES, VERSIONS

if TYPE_CHECKING:
    from lxml.etree import _Element

MESSAGE_CODES = {int(code) for code in MessageCode}
AT_ONCE = {int(code) for code in TargetCode} - {220, 230, 522, 523}
OPERATIONS = {
    version: ["HaeTilaTieto", "HaeAsiakkaita", "LisaaKohteita"]
    + (["LahetaViesti"] if version != "2014" else [])
    for version in VERSIONS
}


def test_health(version: Contract) -> None:
    assert Desk(version).ask("HaeTilaTieto").code == 0


def test_customers(version: Contract) -> None:
    asked = Desk(version).ask("HaeAsiakkaita", find_customers("active", "passive", "none"))
    assert asked.texts("Asiakkaat/Asiakas/Tila") == ["300", "300", "310"]
    passive = asked.texts("Asiakkaat/Asiakas/TiliPassivoitu")
    assert passive == ([] if version.version == "2014" else ["0", "1", "0"])


def test_items(version: Contract) -> None:
    asked = Desk(version).ask("LisaaKohteita", add(item("active", "none")))
    assert (asked.code, asked.targets) == (0, [200, 524])
    assert asked.texts("KohdeMaara") == ["1"]


def test_refused_items(version: Contract) -> None:
    asked = Desk(version).ask("LisaaKohteita", add(item(), count=2))
    assert asked.code == 400
    assert asked.texts("KohdeMaara") == (["0"] if version.version == "2014" else [])


def test_queued_items(version: Contract) -> None:
    asked = Desk(version, Settings().with_queue()).ask("LisaaKohteita", add(item()))
    assert (asked.code, asked.texts("KohdeMaara")) == (202, ["1"])


def test_messages_are_sent_since_1_4(version: Contract) -> None:
    desk = Desk(version)
    if "LahetaViesti" not in version.operations:
        data = caller() + send(item())
        assert desk.fault(_envelope("LahetaViesti", data), "LahetaViesti")[0] == "Client"
    else:
        assert desk.ask("LahetaViesti", send(item(), paper=False)).code == 202


def test_what_could_be_left_out_until_1_6(version: Contract) -> None:
    desk = Desk(version)
    no_texts = item(own_id="a").replace("<Nimeke>Otsikko</Nimeke>", "")
    no_texts = no_texts.replace("<KuvausTeksti>Teksti</KuvausTeksti>", "")
    no_service = caller().replace(f"<PalveluTunnus>{AUTHORITY.services[0]}</PalveluTunnus>", "")
    data = _envelope("LisaaKohteita", no_service + add(no_texts))
    if version.version.startswith("1.7"):
        assert desk.fault(data, "LisaaKohteita")[0] == "Client"
    else:
        assert desk.ask("LisaaKohteita", add(no_texts), no_service).targets == [200]
        assert desk.account.sent(AUTHORITY.id, "a")[0].service == AUTHORITY.services[0]


@pytest.fixture(params=["1.4", "1.6"])
def older(request: pytest.FixtureRequest) -> Contract:
    return _contract(request.param)


def _whole_message_file(name: str = "a.pdf", content: str = PDF) -> str:
    file = attachment(name, content=content)
    return file.replace("<Tiedosto>", "<Tiedostot>").replace("</Tiedosto>", "</Tiedostot>")


def _letter(files: str, letter: str) -> str:
    return send(letter, paper=True).replace("<Kysely>", f"<Kysely>{files}")


@pytest.mark.parametrize(
    ("files", "sivut", "code"),
    [
        (_whole_message_file(), "", 202),
        (_whole_message_file(), "<Alkusivu>1</Alkusivu><Sivumaara>2</Sivumaara>", 202),
        (_whole_message_file(), "<Alkusivu>0</Alkusivu><Sivumaara>2</Sivumaara>", 525),
        (_whole_message_file() * 2, "", 525),
        (_whole_message_file("a.exe"), "", 525),
        (_whole_message_file(content="AAAA"), "", 525),
        ("", "", 525),
    ],
    ids=["one", "pages", "page-0", "two", "type", "no-pdf", "none"],
)
def test_letters_of_a_file_for_the_whole_message(
    older: Contract, files: str, sivut: str, code: int
) -> None:
    pages = f"<Sivut>{sivut}</Sivut>" if sivut else ""
    letter = item("none", address=True, after=pages)
    assert Desk(older).ask("LahetaViesti", _letter(files, letter)).code == code


def _envelope(operation: str, inner: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<{operation} xmlns="{NAMESPACE}">{inner}</{operation}></s:Body></s:Envelope>'
    ).encode()


# Whatever the contract allows


def _named(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _of_a_known_caller(root: "_Element") -> None:
    """Make a generated request one of an authority that may ask, so that it is looked at."""
    sender = root.find(_named("Viranomainen"))
    if sender is None:
        return
    for name in ("ViranomaisTunnus", "PalveluTunnus", "SanomaVarmenneNimi"):
        for found in sender.findall(_named(name)):
            sender.remove(found)
    service = etree.Element(_named("PalveluTunnus"))
    service.text = AUTHORITY.services[0]
    sender.insert(0, service)
    authority = etree.Element(_named("ViranomaisTunnus"))
    authority.text = AUTHORITY.id
    sender.insert(0, authority)


def _to_known_customers(root: "_Element", roles: list[str]) -> None:
    for number, found in enumerate(root.iter(_named("Asiakas"))):
        known = ROLES[roles[number % len(roles)]]
        found.set("AsiakasTunnus", known.id)
        found.set("TunnusTyyppi", known.type)


def _counted(root: "_Element") -> None:
    for count in root.iter(_named("KohdeMaara")):
        count.text = str(sum(1 for _ in root.iter(_named("Kohde"))))


def _in_an_envelope(root: "_Element") -> bytes:
    whole = etree.Element(f"{{{SOAP_11}}}Envelope", nsmap={"soap": SOAP_11})
    etree.SubElement(whole, f"{{{SOAP_11}}}Body").append(root)
    return etree.tostring(whole, encoding="UTF-8", xml_declaration=True)


@cache
def _contract(ref: str) -> Contract:
    return find(f"{SERVICES}/{ref}", [book("contracts")])


@pytest.mark.parametrize(
    ("ref", "operation"), [(ref, each) for ref in VERSIONS for each in OPERATIONS[ref]]
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_the_contract_allows_is_answered_with_a_documented_code(
    ref: str, operation: str, data: st.DataObject
) -> None:
    contract = _contract(ref)
    root = data.draw(valid(contract, operation))
    if data.draw(st.booleans(), label="known"):
        _of_a_known_caller(root)
        _to_known_customers(root, data.draw(st.lists(st.sampled_from(sorted(ROLES)), min_size=1)))
        _counted(root)
    desk = Desk(contract, Settings().with_queue() if data.draw(st.booleans()) else Settings())
    answer = desk.post(_in_an_envelope(root), operation)
    message = desk.judged(answer, operation)
    assert message.fault is None
    code = int(message.texts(f"{operation}Result/TilaKoodi/TilaKoodi")[0])
    targets = message.texts(f"{operation}Result/Kohteet/Kohde/Asiakas/KohteenTila")
    assert code in MESSAGE_CODES
    assert {int(target) for target in targets} <= AT_ONCE
    desk.account.advance(30 * 24 * 3600)
    assert set(desk.told()) <= {int(code) for code in TargetCode}
