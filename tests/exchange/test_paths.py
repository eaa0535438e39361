"""Reading a judged message by paths."""

import pytest

from harness.errors import ScenarioError
from harness.exchange import render
from harness.exchange.message import Message
from harness.exchange.render import Node
from harness.wsdl import Contract
from tests.exchange.samples import ACCOUNT, customers_answer, judged


def _item(number: int) -> Node:
    content: list[Node] = [
        ("ViranomaisTunniste", f"v-{number}"),
        ("Asiakas", {"AsiakasTunnus": f"a-{number}"}, [("KohteenTila", f"20{number}")]),
        ("Asiakas", [("KohteenTila", f"52{number}")]),
    ]
    return ("Kohde", content)


RESULT: list[Node] = [
    ("TilaKoodi", [("TilaKoodi", "0")]),
    ("KohdeMaara", "3"),
    ("Kohteet", [_item(number) for number in range(3)]),
]
ANSWER: list[Node] = [("LisaaKohteitaResult", RESULT)]
ITEM = "LisaaKohteitaResult/Kohteet/Kohde"


@pytest.fixture(params=list(render.PrefixStyle))
def message(contract: Contract, request: pytest.FixtureRequest) -> Message:
    body = render.answer(contract, "LisaaKohteita", ANSWER, style=request.param)
    found = judged(contract, body, operation="LisaaKohteita").message
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{ITEM}/ViranomaisTunniste", ["v-0", "v-1", "v-2"]),
        (f"{ITEM}/Asiakas/KohteenTila", ["200", "520", "201", "521", "202", "522"]),
        (f"{ITEM}/Asiakas[2]/KohteenTila", ["520", "521", "522"]),
        (f"{ITEM}[2]/Asiakas[1]/KohteenTila", ["201"]),
        (f"{ITEM}/Asiakas/@AsiakasTunnus", ["a-0", "a-1", "a-2"]),
        (f"{ITEM}/Asiakas[2]/@AsiakasTunnus", []),
        (f"{ITEM}[4]/ViranomaisTunniste", []),
        ("LisaaKohteitaResult/TilaKoodi", [""]),
        ("LisaaKohteitaResult/Olematon/Viela", []),
        ("", [""]),
        ("@Olematon", []),
    ],
)
def test_texts_in_document_order(message: Message, path: str, expected: list[str]) -> None:
    assert message.texts(path) == expected
    assert message.count(path) == len(expected)
    assert message.text(path) == (expected[0] if expected else None)


def test_paths_are_those_of_elements_and_attributes(message: Message) -> None:
    result = "LisaaKohteitaResult"
    assert message.paths() == {
        result,
        f"{result}/TilaKoodi",
        f"{result}/TilaKoodi/TilaKoodi",
        f"{result}/KohdeMaara",
        f"{result}/Kohteet",
        ITEM,
        f"{ITEM}/ViranomaisTunniste",
        f"{ITEM}/Asiakas",
        f"{ITEM}/Asiakas/@AsiakasTunnus",
        f"{ITEM}/Asiakas/KohteenTila",
    }


def test_every_path_of_a_message_finds_something(message: Message) -> None:
    assert all(message.count(path) for path in message.paths())


def test_parts_are_read_on_their_own(message: Message) -> None:
    items = message.parts(ITEM)
    assert [item.text("ViranomaisTunniste") for item in items] == ["v-0", "v-1", "v-2"]
    assert [item.count("Asiakas") for item in items] == [2, 2, 2]
    assert items[0].element_name == f"{{{ACCOUNT}}}Kohde"
    assert "Asiakas/@AsiakasTunnus" in items[0].paths()


def test_names_of_the_message(message: Message) -> None:
    assert message.operation_element == f"{{{ACCOUNT}}}LisaaKohteitaResponse"
    assert message.fault is None
    assert message.fault_string_unsafe_to_store() == ""


def test_attribute_of_another_namespace_is_found_by_its_local_name(contract: Contract) -> None:
    answer: list[Node] = [("HaeAsiakkaitaResult", [("Asiakkaat", [("Asiakas", None)])])]
    found = judged(contract, render.answer(contract, "HaeAsiakkaita", answer)).message
    assert found is not None
    assert found.texts("HaeAsiakkaitaResult/Asiakkaat/Asiakas/@nil") == ["true"]
    assert "HaeAsiakkaitaResult/Asiakkaat/Asiakas/@nil" in found.paths()


@pytest.mark.parametrize(
    "path",
    ["/", "a/", "/a", "a//b", "@a/b", "a[0]", "a[x]", "a[-1]", "a b", "{u}a", ".", "@", "a@b"],
)
def test_what_is_no_path_is_refused(contract: Contract, path: str) -> None:
    message = judged(contract, customers_answer(contract)).message
    assert message is not None
    for read in (message.texts, message.text, message.count, message.parts):
        with pytest.raises(ScenarioError):
            read(path)


def test_attributes_have_no_parts(message: Message) -> None:
    with pytest.raises(ScenarioError):
        message.parts(f"{ITEM}/@AsiakasTunnus")
