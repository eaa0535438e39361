"""Suites made from a contract alone: what is in them, and what must never be."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness import wsdl
from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.errors import ContractError
from harness.suite.runner import Connection, run_scenario
from harness.suite.smoke import smoke
from harness.suite.suites import Suite, load_suite
from harness.suite.writing import slugs
from harness.vocabulary import Verdict
from harness.wsdl import Contract, find
from tests.wsdl.making import HEADER, TYPES, make, service


def made(folder: Path, text: str) -> Contract:
    return wsdl.load(make(folder / "contract", {"service.wsdl": text}))


def suites(folder: Path, contract: Contract) -> dict[str, Suite]:
    for path, data in smoke(contract).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return {name: load_suite(folder / name) for name in ("connection", "testing")}


def requests(files: dict[str, bytes]) -> Iterator[dict[str, object]]:
    for path, data in files.items():
        if path.endswith(".yaml"):
            content = yaml.safe_load(data)
            yield from content["steps"] if "steps" in content else [content["health"]]


def test_one_valid_and_one_refused_call_an_operation(tmp_path: Path) -> None:
    contract = find("asiointitili/viranomaispalvelut", [book("contracts")])
    found = suites(tmp_path, contract)
    phases = {name: suite.content.phase for name, suite in found.items()}
    assert phases == {"connection": 4, "testing": 5}
    assert found["connection"].content.harmless.call == "HaeTilaTieto"
    for name, kinds in (("connection", ["answers"]), ("testing", ["full", "refused"])):
        slugs = ["hae-asiakkaita", "hae-tila-tieto", "laheta-viesti", "lisaa-kohteita"]
        expected = {f"{name}/{slug}-{kind}" for slug in slugs for kind in kinds}
        assert set(found[name].scenarios) == expected
    for suite in found.values():
        for scenario in suite.scenarios.values():
            (step,) = scenario.content.calls
            refused = scenario.name.endswith("-refused")
            assert (step.expect.fault, step.expect.answer) == (
                ("Client", None) if refused else (None, True)
            )
            assert contract.ref in scenario.content.source


def test_the_data_and_the_file_of_a_mutation_are_one_step_apart(tmp_path: Path) -> None:
    text = service('<xs:element name="a" type="xs:int"/><xs:element name="b" minOccurs="0"/>')
    suite = suites(tmp_path, made(tmp_path, text))["testing"]
    (step,) = suite.scenarios["testing/ask-refused"].content.calls
    assert (step.raw, step.breaks) == ("raw/ask-refused.xml", "schema")
    assert b"a>" not in suite.data_file("raw/ask-refused.xml")
    title = suite.scenarios["testing/ask-refused"].content.title.en
    assert title == "Ask refuses a request without a"


@pytest.mark.parametrize("process", ["skip", "lax", "strict"])
@pytest.mark.parametrize("namespace", ["##any", "##other", "##targetNamespace", "##local"])
@pytest.mark.parametrize("least", [0, 1])
def test_a_place_for_any_element_is_filled_if_it_can_be(
    tmp_path: Path, process: str, namespace: str, least: int
) -> None:
    """Where only declared elements may stand, one that does not hold itself again."""
    place = f'<xs:any processContents="{process}" namespace="{namespace}" minOccurs="{least}"/>'
    types = TYPES.format(ask=place).replace('name="Told"', 'name="Told" type="xs:int"')
    contract = made(tmp_path, service(types=types))
    if least and process == "strict" and namespace in {"##other", "##local"}:
        with pytest.raises(ContractError, match="no declared one is known"):
            smoke(contract)
        return
    found = suites(tmp_path, contract)
    assert set(found["connection"].scenarios) == {"connection/ask-answers"}
    connection = Connection(contract, MockEndpoint(contract), "r1")
    for suite in found.values():
        for scenario in suite.scenarios.values():
            assert run_scenario(scenario, suite, connection).verdict is Verdict.PASSED


def test_nothing_optional_means_no_second_valid_call(tmp_path: Path) -> None:
    found = suites(tmp_path, made(tmp_path, service('<xs:element name="a" type="xs:int"/>')))
    assert set(found["testing"].scenarios) == {"testing/ask-refused"}


def test_a_header_needs_the_whole_envelope(tmp_path: Path) -> None:
    contract = made(tmp_path, service('<xs:element name="a" type="xs:int"/>', header=HEADER))
    assert all("raw" in step for step in requests(smoke(contract)))
    assert b"Token" in smoke(contract)["connection/raw/ask-answers.xml"]


def test_the_health_call_is_of_an_operation_that_answers(tmp_path: Path) -> None:
    text = service()
    start, end = text.index("<w:operation"), text.index("</w:portType>")
    silent = text[start:end].replace("Ask", "Silent", 1).replace('<w:output message="t:Out"/>', "")
    text = text[:start] + silent + text[start:]
    start, end = text.index('<w:operation name="Ask"><soap'), text.index("</w:binding>")
    bound = text[start:end].replace("Ask", "Silent", 1).replace("urn:ask", "urn:silent")
    bound = bound.replace('<w:output><soap:body use="literal"/></w:output>', "")
    found = suites(tmp_path, made(tmp_path, text[:start] + bound + text[start:]))
    assert found["connection"].content.harmless.call == "Ask"
    refused = found["testing"].scenarios["testing/silent-refused"]
    assert not refused.content.obligatory, "a one-way operation need not answer with a fault"


def fixed(value: str) -> str:
    return (
        f'<xs:element name="a"><xs:simpleType><xs:restriction base="xs:string">'
        f'<xs:enumeration value="{value}"/></xs:restriction></xs:simpleType></xs:element>'
    )


@pytest.mark.parametrize("value", ["${ids.authority}", "010203-" + "123X"])
def test_what_a_scenario_may_not_hold_is_never_written(value: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No request of the operation Ask"):
        smoke(made(tmp_path, service(fixed(value))))


@pytest.mark.parametrize(
    "value", ["true", "null", "007", "1.50", "2026-01-02", "12:30", "- a", " "]
)
def test_text_stays_the_text_it_is(value: str, tmp_path: Path) -> None:
    contract = made(tmp_path, service(fixed(value)))
    (step,) = (
        suites(tmp_path, contract)["connection"].scenarios["connection/ask-answers"].content.calls
    )
    assert step.request == {"a": value}


def test_operations_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    text = service()
    for end in ("</w:portType>", "</w:binding>"):
        start = text.index("<w:operation", text.index("<w:portType" if "T" in end else "<w:bind"))
        one = text[start : text.index(end)]
        text = text.replace(end, one.replace("Ask", "Twin", 1) + end)
    with pytest.raises(ContractError, match=r"operation Twin .*told from those of others"):
        smoke(made(tmp_path, text))


@given(st.lists(st.text(min_size=1, max_size=60), unique=True, max_size=12))
def test_every_operation_has_a_file_name_of_its_own(operations: list[str]) -> None:
    named = slugs(operations)
    assert list(named) == operations
    assert len(set(named.values())) == len(operations)
    for slug in named.values():
        assert slug.isascii()
        assert slug == slug.lower().strip("-")
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert 1 <= len(slug) <= 45


@pytest.mark.parametrize(
    ("operation", "slug"),
    [
        ("HaeTilaTieto", "hae-tila-tieto"),
        ("getXMLFile", "get-xml-file"),
        ("Hyväksy_Pyyntö", "hyvaksy-pyynto"),
        ("質問", "operation"),
    ],
)
def test_file_names_can_be_read(operation: str, slug: str) -> None:
    assert slugs([operation]) == {operation: slug}
