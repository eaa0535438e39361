"""Both interfaces use one namespace and the same type names for different things.

Each contract keeps its own types, whatever else the process has loaded, read or written before.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from harness import wsdl, xml
from harness.errors import ScenarioError
from harness.wsdl import Contract
from tests.wsdl.conftest import CATALOGUE
from tests.wsdl.facts import NAMESPACE

OFFICIAL: Final = "asiointitili/viranomaispalvelut"
RETURN: Final = "asiointitili/paluukanava"
_BODY: Final = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_SENDER: Final = {"PalveluTunnus": "p", "Yhteyshenkilo": {"@Nimi": "n"}}
_DAY: Final = "2026-05-04T12:00:00Z"


@pytest.fixture(scope="module")
def official() -> Contract:
    return wsdl.find(OFFICIAL, [CATALOGUE])


@pytest.fixture(scope="module")
def returned() -> Contract:
    return wsdl.find(RETURN, [CATALOGUE])


def _valid(contract: Contract, message: str, content: str) -> bool:
    document = f'<{message} xmlns="{NAMESPACE}">{content}</{message}>'
    return contract.validate(xml.parse(document.encode())) == ()


def _asked(contract: Contract, sender: str) -> bool:
    """A request with this sender, of the interface's simplest kind."""
    if contract.name == OFFICIAL:
        return _valid(contract, "HaeTilaTieto", sender + "<Kysely/>")
    return _valid(contract, "VieKohdeTiloja", sender)


def _filed(contract: Contract, attached: str) -> bool:
    """A request with this file."""
    files = f"<Tiedostot><Tiedosto>{attached}</Tiedosto></Tiedostot>"
    head, sent = f"<Nimeke/><LahetysPvm>{_DAY}</LahetysPvm>", "<KuvausTeksti/>"
    if contract.name == OFFICIAL:
        sender, customer = "<Viranomainen><PalveluTunnus/></Viranomainen>", "<Asiakas/>"
    else:
        sender, customer = "", ""
    item = f"<Kohde>{customer}{head}{sent}{files}</Kohde>"
    query = f"<Kysely><KohdeMaara>1</KohdeMaara><Kohteet>{item}</Kohteet></Kysely>"
    message = "LisaaKohteita" if contract.name == OFFICIAL else "VieKohteita"
    return _valid(contract, message, sender + query)


def test_viranomainen_is_two_things(official: Contract, returned: Contract) -> None:
    with_contact = "<Viranomainen><PalveluTunnus/><Yhteyshenkilo/></Viranomainen>"
    nameless = "<Viranomainen/>"
    for _ in range(2):
        assert _asked(official, with_contact)
        assert not _asked(returned, with_contact)
        assert not _asked(official, nameless)
        assert _asked(returned, nameless)


def test_tiedosto_is_two_things(official: Contract, returned: Contract) -> None:
    for attached, by_official, by_returned in (
        ("<TiedostoNimi>a.txt</TiedostoNimi>", True, True),
        ("<TiedostoSisalto>YWJj</TiedostoSisalto>", True, True),
        ("<TiedostoSisalto>*not base64*</TiedostoSisalto>", False, True),
        ("<TiedostoID>1</TiedostoID>", True, False),
    ):
        assert _filed(official, attached) is by_official
        assert _filed(returned, attached) is by_returned


def test_one_does_not_know_the_messages_of_the_other(
    official: Contract, returned: Contract
) -> None:
    assert set(official.operations).isdisjoint(returned.operations)
    assert not _valid(official, "VieKohdeTiloja", "")
    assert not _valid(returned, "HaeTilaTieto", "")


def test_requests_of_both_are_written_in_turn(official: Contract, returned: Contract) -> None:
    for _ in range(2):
        root = xml.parse(official.build("HaeTilaTieto", {"Viranomainen": _SENDER, "Kysely": {}}))
        assert root.find(f".//{{{NAMESPACE}}}Yhteyshenkilo") is not None
        with pytest.raises(ScenarioError, match="no field"):
            returned.build("VieKohdeTiloja", {"Viranomainen": _SENDER})
        small = returned.build("VieKohdeTiloja", {"Viranomainen": {"PalveluTunnus": "p"}})
        body = xml.parse(small).find(_BODY)
        assert body is not None
        assert returned.validate(body[0]) == ()


def test_every_version_of_both_keeps_its_own_types() -> None:
    """All at once: read, compiled, written with and judged in threads, each as if alone."""
    contracts = [wsdl.load(each.folder) for each in wsdl.catalogue([CATALOGUE])]
    senders = (
        "<Viranomainen/>",
        "<Viranomainen><PalveluTunnus/></Viranomainen>",
        "<Viranomainen><Yhteyshenkilo/></Viranomainen>",
        "<Viranomainen><PalveluTunnus/><Yhteyshenkilo/></Viranomainen>",
    )
    with_contact, named = {"1.4", "1.6", "1.7", "1.7-2024-04"}, {"1.7", "1.7-2024-04"}

    def expected(version: str) -> list[bool]:
        contact = version in with_contact
        nameless = version not in named
        return [nameless, True, nameless and contact, contact]

    def judged(contract: Contract) -> list[bool]:
        contract.check()
        return [_asked(contract, sender) for sender in senders]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(judged, [*contracts, *reversed(contracts)]))
    once = [expected(each.version) for each in contracts]
    assert answers == [*once, *reversed(once)]
