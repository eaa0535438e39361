"""Answers and faults as the account writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from harness.errors import ContractError, HarnessError
from harness.exchange import render
from harness.exchange.render import FaultCode, Node, PrefixStyle
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples import ACCOUNT, CUSTOMERS, HEALTH, SOAP, judged

XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda c: c in "\t\n\r" or c >= " "
    )
)
NOT_XML = [*map(chr, (0, 1, 8, 11, 12, 14, 31)), "\ufffe", "\uffff", "\ud800"]


def with_id(text: str) -> list[Node]:
    codes: list[Node] = [("TilaKoodi", "0"), ("SanomaTunniste", text)]
    return [("HaeTilaTietoResult", [("TilaKoodi", codes)])]


@pytest.mark.parametrize("style", list(PrefixStyle))
@pytest.mark.parametrize(
    ("operation", "tree"), [("HaeAsiakkaita", CUSTOMERS), ("HaeTilaTieto", HEALTH)]
)
def test_both_prefix_styles_say_the_same(
    contract: Contract, style: PrefixStyle, operation: str, tree: list[Node]
) -> None:
    body = render.answer(contract, operation, tree, style=style)
    assert judged(contract, body, operation=operation).verdict is Verdict.PASSED
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')


def test_prefixes_are_those_clients_have_met(contract: Contract) -> None:
    plain = render.answer(contract, "HaeTilaTieto", HEALTH)
    prefixed = render.answer(contract, "HaeTilaTieto", HEALTH, style=PrefixStyle.PREFIXED)
    assert f'<soap:Body><HaeTilaTietoResponse xmlns="{ACCOUNT}">'.encode() in plain
    assert b"<soapenv:Header/><soapenv:Body><asi:HaeTilaTietoResponse><asi:" in prefixed


@given(text=XML_TEXT)
def test_any_text_comes_back_as_it_was(contract: Contract, text: str) -> None:
    body = render.answer(contract, "HaeTilaTieto", with_id(text))
    message = judged(contract, body, operation="HaeTilaTieto").message
    assert message is not None
    assert message.texts("HaeTilaTietoResult/TilaKoodi/SanomaTunniste") == [text]


@given(text=XML_TEXT)
def test_any_attribute_comes_back_as_it_was(contract: Contract, text: str) -> None:
    tree: list[Node] = [("HaeTilaTietoResult", {"Avain": text}, [])]
    message = judged(
        contract, render.answer(contract, "HaeTilaTieto", tree), operation="HaeTilaTieto"
    ).message
    assert message is not None
    assert message.texts("HaeTilaTietoResult/@Avain") == [text]


@given(text=XML_TEXT.filter(bool))
def test_any_fault_string_comes_back_as_it_was(contract: Contract, text: str) -> None:
    found = judged(contract, render.fault(FaultCode.SERVER, text), 500)
    assert found.verdict is Verdict.PASSED
    assert found.message is not None
    assert found.message.fault_string_unsafe_to_store() == text


@pytest.mark.parametrize("character", NOT_XML, ids=lambda c: f"U+{ord(c):04X}")
def test_characters_xml_cannot_carry_are_refused(contract: Contract, character: str) -> None:
    with pytest.raises(render.NotWritable, match=f"U\\+{ord(character):04X}") as text:
        render.answer(contract, "HaeTilaTieto", with_id(f"salainen{character}"))
    assert "salainen" not in str(text.value)
    with pytest.raises(HarnessError):
        render.answer(contract, "HaeTilaTieto", [("A", {"b": character}, "")])
    with pytest.raises(HarnessError):
        render.fault(FaultCode.CLIENT, character)


@pytest.mark.parametrize("name", ["", "a b", "a/><b", "1a", "a:b", "{u}a", "a\n"])
def test_names_that_are_none_are_refused(contract: Contract, name: str) -> None:
    for node in ((name, ""), ("a", {name: ""}, "")):
        with pytest.raises(render.NotWritable):
            render.answer(contract, "HaeTilaTieto", [node])


def test_unknown_operation_has_no_answer(contract: Contract) -> None:
    with pytest.raises(ContractError, match="HaeAsiakkaita"):
        render.answer(contract, "Olematon", [])


@pytest.mark.parametrize("code", list(FaultCode))
@pytest.mark.parametrize("detail", [None, (), [("syy", {"nro": "1"}, "x < y")]])
def test_faults_are_built_as_soap_wants(
    contract: Contract, code: FaultCode, detail: list[Node] | None
) -> None:
    found = judged(contract, render.fault(code, "Ei käy.", detail), 500)
    assert found.verdict is Verdict.PASSED
    assert found.message is not None
    assert found.message.fault is not None
    assert found.message.fault.code == f"{{{SOAP}}}{code}"
    assert found.message.fault.has_detail is (detail is not None)
    assert found.message.texts("detail/syy") == (["x < y"] if detail else [])


def test_nil_is_written_as_xsi_nil(contract: Contract) -> None:
    tree: list[Node] = [("HaeAsiakkaitaResult", [("Asiakkaat", [("Asiakas", None)])])]
    body = render.answer(contract, "HaeAsiakkaita", tree, style=PrefixStyle.PREFIXED)
    assert judged(contract, body).verdict is Verdict.PASSED
    nil = etree.fromstring(body).find(f".//{{{ACCOUNT}}}Asiakas")
    assert nil is not None
    assert dict(nil.attrib) == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}
