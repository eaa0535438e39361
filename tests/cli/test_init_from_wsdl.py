"""``harness init --from-wsdl``: a project that works, for a service that nobody here prepared.

Ten descriptions were written by other toolkits (tests/assets/contracts), the other styles are
written here by hand.
"""

import re
import zipfile
from pathlib import Path

import pytest

from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.exchange.messages import Answer
from harness.suite.suites import load_suite
from harness.wsdl import Contract, find
from tests.cli import support
from tests.cli.support import Project, one_paragraph
from tests.wsdl.components.rich import rich
from tests.wsdl.making import HEADER, TYPES, service

ASSETS = Path(__file__).parents[1] / "assets" / "contracts"
TOOLKITS = sorted(each.name for each in ASSETS.iterdir() if each.is_dir() and each.name != "making")


def init(folder: Path, source: Path, *words: str) -> Project:
    result = support.run("init", str(folder), "--from-wsdl", str(source), *words)
    assert result.code == 0, result
    assert str(folder) in result.out
    assert "harness connection" in result.out
    return Project(folder)


def contract_of(project: Project) -> Contract:
    (manifest,) = (project.folder / "contracts").rglob("contract.toml")
    own = project.folder / "contracts"
    return find(manifest.parent.relative_to(own).as_posix(), [own])


def connected(project: Project) -> None:
    """``harness connection`` is green, at level mock, with every scenario passed."""
    with project.environment():
        result = support.run("--project", str(project.folder), "connection", "--json")
    assert result.code == 0, result.err
    runs = {each["suite"]: each for each in result.data["runs"]}
    assert set(runs) == {"connection", "testing"}
    contract = contract_of(project)
    assert len(list((project.folder / "scenarios" / "connection").glob("*-answers.yaml"))) == len(
        contract.operations
    )
    for name, run in runs.items():
        written = load_suite(project.folder / "scenarios" / name).scenarios
        assert (run["verdict"], run["level"], run["complete"]) == ("passed", "mock", True)
        assert run["outcomes"] == dict.fromkeys(sorted(written), "passed")


def refusals(project: Project) -> list[Answer]:
    """What the mock answers to each request that breaks the contract on purpose."""
    contract = contract_of(project)
    suite = load_suite(project.folder / "scenarios" / "testing")
    steps = [step for each in suite.scenarios.values() for step in each.content.calls]
    answers = []
    for step in steps:
        if step.breaks is None:
            continue
        assert step.raw is not None
        operation = contract.operations[step.call]
        headers = [("Content-Type", media(operation.soap_version, operation.soap_action))]
        headers += [("SOAPAction", f'"{operation.soap_action}"')]
        mock = AccountService(contract, simulation(contract))
        answers.append(mock.respond("POST", "/", headers, suite.data_file(step.raw)))
    assert len(answers) == len(contract.operations)
    return answers


def media(version: str, action: str) -> str:
    if version == "1.1":
        return "text/xml; charset=utf-8"
    return f'application/soap+xml; charset=utf-8; action="{action}"'


@pytest.mark.parametrize("toolkit", TOOLKITS)
def test_what_a_toolkit_published_becomes_a_working_project(toolkit: str, tmp_path: Path) -> None:
    project = init(tmp_path / "own", ASSETS / toolkit)
    connected(project)
    for answer in refusals(project):
        assert answer.status in {400, 500}
        assert b"Fault>" in answer.body.data
        assert b"schema" in answer.body.data


def two_ports() -> str:
    """A service whose port types are bound to both versions of SOAP."""
    text = service('<xs:element name="a" type="xs:int"/>')
    binding = re.search(r"<w:binding.*?</w:binding>", text, re.DOTALL)
    port = re.search(r"<w:port .*?</w:port>", text, re.DOTALL)
    assert binding is not None
    assert port is not None
    newer = binding[0].replace("soap:", "soap12:").replace('binding name="', 'binding name="New')
    other = port[0].replace("soap:", "soap12:").replace('name="Q"', 'name="New"', 1)
    other = other.replace('binding="t:', 'binding="t:New')
    text = text.replace(binding[0], binding[0] + newer)
    text = text.replace(port[0], port[0].replace('name="Q"', 'name="Old"', 1) + other)
    soap = 'xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"'
    return text.replace("<w:definitions", f"<w:definitions {soap}", 1)


@pytest.mark.parametrize("port", ["Old", "New", "S/New"])
def test_of_two_ports_the_one_named_is_what_the_project_is_made_for(
    tmp_path: Path, port: str
) -> None:
    wsdl = tmp_path / "two.wsdl"
    wsdl.write_text(two_ports(), "utf-8")
    project = init(tmp_path / "own", wsdl, "--port", port)
    connected(project)
    assert contract_of(project).soap_version == ("1.1" if port == "Old" else "1.2")


def test_a_port_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    wsdl = tmp_path / "two.wsdl"
    wsdl.write_text(two_ports(), "utf-8")
    result = support.run(
        "init", str(tmp_path / "own"), "--from-wsdl", str(wsdl), "--port", "Newest"
    )
    assert "New" in one_paragraph(result, 2).replace("Newest", "")
    assert not (tmp_path / "own").exists()


def test_there_are_ten() -> None:
    assert len(TOOLKITS) >= 10


ONE_WAY = (
    service('<xs:element name="a" type="xs:int"/>')
    .replace(
        '<w:output message="t:Out"/></w:operation></w:portType>', "</w:operation></w:portType>"
    )
    .replace('<w:output><soap:body use="literal"/></w:output>', "")
)
FAULT = (
    service(
        types=TYPES.format(ask="").replace("</xs:schema>", '<xs:element name="Bad"/></xs:schema>')
    )
    .replace(
        "<w:portType",
        '<w:message name="F"><w:part name="f" element="t:Bad"/></w:message><w:portType',
    )
    .replace(
        '<w:output message="t:Out"/>',
        '<w:output message="t:Out"/><w:fault name="F" message="t:F"/>',
    )
    .replace(
        "</w:output></w:operation>",
        '</w:output><w:fault name="F"><soap:fault name="F" use="literal"/></w:fault></w:operation>',
    )
)
CHOICE = (
    '<xs:choice><xs:element name="a" type="xs:int"/><xs:element name="b" type="t:B"/></xs:choice>'
)
SIMPLE_CONTENT = (
    '<xs:element name="price" maxOccurs="3"><xs:complexType><xs:simpleContent>'
    '<xs:extension base="xs:decimal"><xs:attribute name="currency" use="required"/>'
    "</xs:extension></xs:simpleContent></xs:complexType></xs:element>"
)
RECURSIVE = (
    '<xs:element name="a" type="t:Node"/></xs:sequence></xs:complexType></xs:element>'
    '<xs:complexType name="Node"><xs:sequence><xs:element name="node" type="t:Node" minOccurs="0" '
    'maxOccurs="unbounded"/></xs:sequence><xs:attribute name="number"/></xs:complexType>'
    '<xs:element name="Other"><xs:complexType><xs:sequence>'
)
MIXED = (
    '<xs:element name="note"><xs:complexType mixed="true"><xs:sequence>'
    '<xs:element name="b" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>'
    "</xs:element>"
)
STYLES = {
    "nothing in it": service(),
    "a nillable number": service('<xs:element name="a" type="xs:int" nillable="true"/>'),
    "text that looks like a number": service(
        '<xs:element name="a"><xs:simpleType><xs:restriction base="xs:string">'
        '<xs:pattern value="0[0-9]{3}"/></xs:restriction></xs:simpleType></xs:element>'
    ),
    "anything": service('<xs:any processContents="lax" minOccurs="0" maxOccurs="unbounded"/>'),
    "a choice": service(CHOICE).replace(
        "</xs:schema>", '<xs:complexType name="B"/></xs:schema>'
    ),
    "simple content": service(SIMPLE_CONTENT),
    "a type within itself": service(RECURSIVE),
    "mixed content": service(MIXED),
    "one way": ONE_WAY,
    "a declared fault": FAULT,
    "a header": service('<xs:element name="a" type="xs:int"/>', header=HEADER),
    "a bare number": service(
        types='<xs:schema targetNamespace="urn:t"><xs:element name="Ask" type="xs:int"/>'
        '<xs:element name="Told" type="xs:int"/></xs:schema>'
    ),
    "no SOAPAction": service().replace('soapAction="urn:ask"', 'soapAction=""'),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_a_style_becomes_a_working_project(style: str, tmp_path: Path) -> None:
    file = tmp_path / "service.wsdl"
    file.write_text(STYLES[style], "utf-8")
    project = init(tmp_path / "own", file)
    connected(project)
    assert all(b"Fault>" in answer.body.data for answer in refusals(project))


def test_one_of_everything_in_a_zip_archive(tmp_path: Path) -> None:
    files = rich(tmp_path / "rich").files
    with zipfile.ZipFile(tmp_path / "published.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    project = init(tmp_path / "own", tmp_path / "published.zip", "--name", "rich", "--version", "7")
    assert contract_of(project).ref == "rich/7"
    connected(project)


OPERATION = '<w:operation name="Ask"><soap:operation soapAction="urn:ask"/>'


def several(names: list[str]) -> str:
    """The service with one operation of each name."""
    text = service()
    start, end = text.index("<w:operation"), text.index("</w:portType>")
    abstract = text[start:end]
    text = text.replace(abstract, "".join(abstract.replace("Ask", n, 1) for n in names))
    start, end = text.index(OPERATION), text.index("</w:binding>")
    bound = text[start:end]
    return text.replace(
        bound, "".join(bound.replace("Ask", n, 1).replace("urn:ask", f"urn:{n}") for n in names)
    )


def test_operations_whose_names_differ_in_what_files_cannot_show(tmp_path: Path) -> None:
    names = ["Ask", "ask", "ASK", "A_sk", "suite", "Suite", "Äsk", "質問"]
    (tmp_path / "service.wsdl").write_text(several(names), "utf-8")
    connected(init(tmp_path / "own", tmp_path / "service.wsdl"))


def test_finnish_letters_stay_readable_in_names(tmp_path: Path) -> None:
    text = service().replace('<w:service name="', '<w:service name="Ääniä', 1)
    (tmp_path / "service.wsdl").write_text(text, "utf-8")
    project = init(tmp_path / "Sähköinen äänestys", tmp_path / "service.wsdl")
    assert contract_of(project).name.startswith("aania")
    assert 'id = "sahkoinen-aanestys"' in (project.folder / "harness.toml").read_text("utf-8")


def test_many_operations_are_told_in_lines_that_can_be_read(tmp_path: Path) -> None:
    names = [f"AskAboutMatterNumber{number}" for number in range(12)]
    (tmp_path / "service.wsdl").write_text(several(names), "utf-8")
    result = support.run("init", str(tmp_path / "own"), "--from-wsdl", str(tmp_path))
    assert result.code == 0, result.err
    told = [line for line in result.out.splitlines() if "AskAbout" in line]
    assert len(told) > 1
    assert max(map(len, told)) <= 100


@pytest.fixture(scope="module")
def spyne(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return init(tmp_path_factory.mktemp("spyne") / "own", ASSETS / "spyne-wrapped")


@pytest.mark.parametrize(
    ("suite", "scenario", "old", "new"),
    [
        ("connection", "place-answers", "answer: true", "fault: Client"),
        ("connection", "place-answers", "answer: true", "fields: {placed/number: nothing}"),
        ("testing", "place-refused", "fault: Client", "answer: true"),
        ("testing", "place-refused", "fault: Client", "fault: Server"),
        ("testing", "place-refused", "breaks: schema", "breaks: envelope"),
    ],
)
def test_a_broken_scenario_is_red(
    suite: str, scenario: str, old: str, new: str, spyne: Project, tmp_path: Path
) -> None:
    project = spyne.copy_to(tmp_path / "own")
    project.edit(f"scenarios/{suite}/{scenario}.yaml", (old, new))
    result = project.run("connection", "--suite", suite, "--json")
    assert result.code == 1
    (run,) = result.data["runs"]
    red = [name for name, outcome in run["outcomes"].items() if outcome != "passed"]
    assert red == [f"{suite}/{scenario}"]


def test_the_same_description_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        init(tmp_path / name, ASSETS / "jaxws-rpc", "--version", "1", "--id", "same")
    for file in sorted((tmp_path / "one").rglob("*")):
        other = tmp_path / "two" / file.relative_to(tmp_path / "one")
        assert file.is_dir() or file.read_bytes() == other.read_bytes()


REFUSED = {
    "no SOAP port": (service().replace("soap:address", "soap:adress"), "port"),
    "rpc/encoded": (service().replace('use="literal"', 'use="encoded"'), "use=literal"),
    "another transport": (service().replace("soap/http", "soap/smtp"), "transport"),
    "no operation": (
        service()[: service().index(OPERATION)] + service()[service().index("</w:binding>") :],
        "has no operation",
    ),
    "a schema that nothing fulfils": (
        service('<xs:element name="a" type="t:A"/>').replace(
            "</xs:schema>",
            '<xs:complexType name="A"><xs:sequence><xs:element name="a" type="t:A"/>'
            "</xs:sequence></xs:complexType></xs:schema>",
        ),
        "",
    ),
    "a page instead of it": ("<html/>", "HTML page"),
    "no WSDL": ('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>', "no WSDL file"),
    "not even XML": ("Not Found", ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_nothing_can_be_made_for_is_refused_and_nothing_is_left(
    case: str, tmp_path: Path
) -> None:
    text, words = REFUSED[case]
    (tmp_path / "service.wsdl").write_text(text, "utf-8")
    result = support.run(
        "init", str(tmp_path / "own"), "--from-wsdl", str(tmp_path / "service.wsdl")
    )
    assert words in one_paragraph(result, 2)
    assert [each.name for each in tmp_path.iterdir()] == ["service.wsdl"]
