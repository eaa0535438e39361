"""Descriptions that are hostile, broken or beyond bounds: one row, one outcome.

Each row is read by a child process (``tests.attacks.child``) that may use 1 GiB of memory and 20
seconds of CPU, and must touch nothing but the pinned files, whatever the outcome.
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.wsdl.making import TYPES, make, service

pytestmark = pytest.mark.attacks

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
ROOT = Path(__file__).parents[2]
SECRET = "root-x-0-0-secret"
NOT_PINNED = r"^refused service\.wsdl:\d+: The location .* stands for no pinned file"


@dataclass(frozen=True, slots=True)
class Row:
    """An attack: files, and the outcome as one pattern over all that the child says.

    ``{bait}`` in a file is the path of a schema outside the folder, ``{port}`` a port where
    somebody listens.
    """

    name: str
    files: dict[str, str]
    outcome: str
    message: str = ""
    endpoints: tuple[str, ...] = field(default=())


def _import(location: str) -> dict[str, str]:
    types = f'<xs:schema><xs:import namespace="urn:t" schemaLocation="{location}"/></xs:schema>'
    return {"service.wsdl": service(types=types)}


def _content(extra: str, ask: str = "") -> dict[str, str]:
    types = TYPES.format(ask=ask).replace("</xs:schema>", f"{extra}</xs:schema>")
    return {"service.wsdl": service(types=types)}


def _edited(*edits: tuple[str, str]) -> dict[str, str]:
    text = service()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return {"service.wsdl": text}


def _file(own: str, content: str) -> str:
    return f'<xs:schema {XS} targetNamespace="{own}" xmlns:o="{own}">{content}</xs:schema>'


def _nested(*counts: int) -> str:
    inner = '<xs:element name="y" type="xs:string"/>'
    for count in counts:
        inner = f'<xs:sequence minOccurs="0" maxOccurs="{count}">{inner}</xs:sequence>'
    return inner


def _ask(pattern: str) -> str:
    return (
        '<xs:element name="y"><xs:simpleType><xs:restriction base="xs:string">'
        f'<xs:pattern value="{pattern}"/></xs:restriction></xs:simpleType></xs:element>'
    )


def _doubling(steps: int) -> str:
    groups = [
        f'<xs:group name="G{index}"><xs:sequence><xs:group ref="t:G{index + 1}"/>'
        f'<xs:group ref="t:G{index + 1}"/></xs:sequence></xs:group>'
        for index in range(steps)
    ]
    last = f'<xs:group name="G{steps}"><xs:sequence><xs:element name="e"/></xs:sequence></xs:group>'
    return "".join(groups) + last


def _types(count: int, *, chained: bool) -> str:
    types = [
        f'<xs:complexType name="T{index}"><xs:sequence><xs:element name="e" minOccurs="0" '
        f'type="t:T{index + 1 if chained else 0}"/></xs:sequence></xs:complexType>'
        for index in range(count)
    ]
    return "".join(types) + f'<xs:complexType name="T{count}"/>'


AGAIN = (
    '<w:operation name="Again"><soap:operation soapAction="urn:ask"'
    ' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"/>'
    '<w:input><soap:body use="literal"/></w:input></w:operation>'
)
OTHER = '<w:operation name="Ask"><w:input name="o" message="t:Head"/></w:operation>'
OVERLOADED = ('<w:portType name="P">', f'<w:portType name="P">{OTHER}')
SECOND = ('<w:binding name="B" type="t:P">', f'<w:binding name="B" type="t:P">{AGAIN}')
DECLARED = (
    '<w:portType name="P">',
    '<w:portType name="P"><w:operation name="Again"><w:input message="t:In"/></w:operation>',
)
DTD = '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{bait}">]>'
IMPORTED = _import("a.xsd")["service.wsdl"]
MESSAGES = '<xs:element name="Ask"/><xs:element name="Told"/>'
TYPE_CIRCLE = (
    '<xs:complexType name="T"><xs:complexContent><xs:extension base="t:T"><xs:sequence/>'
    "</xs:extension></xs:complexContent></xs:complexType>"
)
TYPE_CIRCLE_OF_TWO = TYPE_CIRCLE.replace("t:T", "t:U") + TYPE_CIRCLE.replace('"T"', '"U"')

ROWS = [
    Row("ssrf-import", _import("http://127.0.0.1:{port}/a.xsd"), NOT_PINNED),
    Row("file-url", _import("file://{bait}"), NOT_PINNED),
    Row("file-url-localhost", _import("file://localhost{bait}"), NOT_PINNED),
    Row("absolute-path", _import("{bait}"), NOT_PINNED),
    Row("dot-dot", _import("../bait.xsd"), NOT_PINNED),
    Row("dot-dot-inside", _import("x/../../bait.xsd"), NOT_PINNED),
    Row("percent-dot-dot", _import("%2e%2e/bait.xsd"), NOT_PINNED),
    Row("tilde", _import("~/.ssh/id_rsa"), NOT_PINNED),
    Row("ftp", _import("ftp://127.0.0.1:{port}/a.xsd"), NOT_PINNED),
    Row("odd-scheme-jar", _import("jar:file:{bait}!/a.xsd"), NOT_PINNED),
    Row("odd-scheme-data", _import("data:text/xml,x"), NOT_PINNED),
    Row("device-zero", _import("/dev/zero"), NOT_PINNED),
    Row("device-stdin", _import("/dev/stdin"), NOT_PINNED),
    Row("redirect-to-file", _import("http://127.0.0.1:{port}/302?to=file://{bait}"), NOT_PINNED),
    Row("redirect-to-other-host", _import("http://127.0.0.1:{port}/302"), NOT_PINNED),
    Row(
        "wsdl-import-file",
        _edited(("<w:types>", '<w:import namespace="urn:x" location="file://{bait}"/><w:types>')),
        NOT_PINNED,
    ),
    Row(
        "content-in-the-error",
        {"service.wsdl": f"{SECRET}\n{SECRET}"},
        rf"^refused service\.wsdl:1: (?!.*{SECRET})",
    ),
    Row(
        "self-import",
        {
            "service.wsdl": IMPORTED,
            "a.xsd": _file("urn:t", f'<xs:include schemaLocation="a.xsd"/>{MESSAGES}'),
        },
        r"^accepted \['a\.xsd: note: The file imports itself",
    ),
    Row(
        "include-cycle",
        {
            "service.wsdl": IMPORTED,
            "a.xsd": _file("urn:t", f'<xs:include schemaLocation="b.xsd"/>{MESSAGES}'),
            "b.xsd": _file("urn:t", '<xs:include schemaLocation="a.xsd"/>'),
        },
        r"^accepted \['a\.xsd: note: .*read once.*b\.xsd: note: .*read once",
    ),
    Row(
        "attributeGroup-to-itself",
        _content('<xs:attributeGroup name="G"><xs:attributeGroup ref="t:G"/></xs:attributeGroup>'),
        r"^refused service\.wsdl:\d+: The attributeGroup G contains itself",
    ),
    Row(
        "simpleType-restricts-itself",
        _content('<xs:simpleType name="T"><xs:restriction base="t:T"/></xs:simpleType>'),
        r"^refused service\.wsdl:\d+: The type T is derived from itself",
    ),
    Row(
        "type-extends-itself",
        _content(TYPE_CIRCLE),
        r"^refused service\.wsdl:\d+: The type T is derived from itself",
    ),
    Row(
        "two-types-extend-each-other",
        _content(TYPE_CIRCLE_OF_TWO),
        r"^refused service\.wsdl:\d+: The type [TU] is derived from itself",
    ),
    Row(
        "group-to-itself",
        _content('<xs:group name="G"><xs:sequence><xs:group ref="t:G"/></xs:sequence></xs:group>'),
        r"^refused service\.wsdl:\d+: The group G contains itself",
    ),
    Row(
        "element-substitutes-itself",
        _content('<xs:element name="E" substitutionGroup="t:E"/>'),
        r"^refused service\.wsdl:\d+: The element E stands for itself",
    ),
    Row(
        "dangling-type",
        _content("", '<xs:element name="a" type="t:Nowhere"/>'),
        r"^refused service\.wsdl:\d+: The schema is not valid: .*does not resolve",
    ),
    Row("missing-import", _import("never-delivered.xsd"), NOT_PINNED),
    Row(
        "missing-import-without-location",
        {
            "service.wsdl": service(
                types=TYPES.format(ask='<xs:element name="a" xmlns:u="urn:u" type="u:T"/>').replace(
                    '<xs:element name="Ask">',
                    '<xs:import namespace="urn:u"/><xs:element name="Ask">',
                )
            )
        },
        r"^refused service\.wsdl:\d+: The import of the namespace 'urn:u' says no location",
    ),
    Row(
        "non-deterministic-model",
        _content("", '<xs:element name="y" minOccurs="0"/><xs:element name="y"/>'),
        r"^refused service\.wsdl:\d+: The schema is not valid: .*not determinist",
    ),
    Row(
        "state-explosion",
        _content("", _nested(1000, 1000, 1000)),
        r"^refused service\.wsdl:\d+: Repetition stands directly in repetition.*1000000000",
    ),
    Row(
        "group-doubling",
        _content(_doubling(40), '<xs:group ref="t:G0"/>'),
        r"^refused service\.wsdl:\d+: The group G\d+ grows beyond 100000 parts",
    ),
    Row(
        "regex-explosion",
        _content("", _ask("((a{1,100}){1,100}){1,100}")),
        r"^accepted \[\] \['internal'\]",
        f'<Ask xmlns="urn:t"><y>{"a" * 5000}b</y></Ask>',
    ),
    Row(
        "ten-to-the-nine-occurrences",
        _content("", '<xs:element name="y" maxOccurs="1000000000"/>'),
        r"^accepted \[\] \[\]$",
        f'<Ask xmlns="urn:t">{"<y/>" * 5000}</Ask>',
    ),
    Row(
        "dtd-in-wsdl",
        {"service.wsdl": DTD + service()},
        r"^refused service\.wsdl:1: .*document type declaration",
    ),
    Row(
        "dtd-in-xsd",
        {"service.wsdl": IMPORTED, "a.xsd": DTD + _file("urn:t", MESSAGES)},
        r"^refused a\.xsd:1: .*document type declaration",
    ),
    Row(
        "address-swap",
        _edited(("http://localhost/", "https://evil.example/")),
        r"^accepted .*note: No endpoint of harness\.toml has the address.*never to the address",
        endpoints=("https://service.example/ws",),
    ),
    Row(
        "http-downgrade",
        _edited(("http://localhost/", "http://evil.example/")),
        r"^accepted .*warning: The address of the port Q is http",
    ),
    Row(
        "two-operations-of-one-element",
        _edited(SECOND, DECLARED),
        r"^accepted .*warning R2710: 2 operations begin with {urn:t}Ask",
    ),
    Row(
        "operation-bound-twice",
        _edited((SECOND[0], SECOND[1].replace("Again", "Ask"))),
        r"^refused service\.wsdl:\d+: The operation Ask stands twice .*error R2718",
    ),
    Row(
        "overloaded-operation",
        _edited(OVERLOADED),
        r"^refused service\.wsdl:\d+: The operation Ask is overloaded.*error R2304",
    ),
    Row(
        "missing-binding",
        _edited(('binding="t:B"', 'binding="t:Nope"')),
        r"^refused service\.wsdl:\d+: There is no binding {urn:t}Nope.*error R2101",
    ),
    Row(
        "rpc-encoded",
        _edited(("soap/http", 'soap/http" style="rpc'), ('use="literal"', 'use="encoded"')),
        r"^refused service\.wsdl:\d+: The message is not use=literal.*error R2706",
    ),
    Row(
        "look-alike-letters",
        _content('<xs:element name="\N{CYRILLIC CAPITAL LETTER A}sk"/>'),
        r"^accepted .*warning: The name has letters that look like others: U\+0410",
    ),
    Row(
        "schema-of-50-MB",
        {"service.wsdl": IMPORTED, "a.xsd": _file("urn:t", MESSAGES + " " * 50_000_000)},
        r"^refused .*a\.xsd: The file is larger than the files of a contract may be",
    ),
    Row(
        "schema-of-200000-elements",
        {"service.wsdl": IMPORTED, "a.xsd": _file("urn:t", MESSAGES + "<xs:notation/>" * 200_000)},
        r"^refused a\.xsd:\d+: .*too many elements",
    ),
    Row("5000-types", _content(_types(5000, chained=False)), r"^accepted \[\]"),
    Row(
        "chain-of-5000-types-nobody-uses",
        _content(_types(5000, chained=True)),
        r"^accepted \[\] \[\]$",
    ),
    Row(
        "chain-of-5000-types",
        _content(_types(5000, chained=True), '<xs:element name="a" type="t:T0"/>'),
        r"^refused .*zeep cannot read the description \(RecursionError\)",
    ),
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def _said(folder: Path, bait: Path, row: Row) -> tuple[str, list[str], str]:
    command = [sys.executable, "-m", "tests.attacks.child", str(folder), str(bait), row.message]
    done = subprocess.run(
        [*command, *row.endpoints],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    kind = f"refused {result['refused']}" if result["refused"] else "accepted"
    said = f"{kind} {result['findings']} {result['verdict']}"
    return said, result["touched"], done.stdout + done.stderr


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_contract(row: Row, tmp_path: Path, listener: socket.socket) -> None:
    bait = tmp_path / "bait.xsd"
    bait.write_text(_file("urn:t", MESSAGES))
    words = {"{bait}": str(bait), "{port}": str(listener.getsockname()[1])}
    files: dict[str, str | bytes] = {}
    for name, text in row.files.items():
        files[name] = re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)
    said, touched, output = _said(make(tmp_path / "c", files), bait, row)
    assert re.search(row.outcome, said, re.DOTALL), said
    assert touched == []
    assert SECRET not in output
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_fifo(tmp_path: Path) -> None:
    """Beside the table, because it cannot be written as text: a pipe would be waited for."""
    folder = make(tmp_path / "c", {"service.wsdl": service(), "a.xsd": "x"})
    (folder / "a.xsd").unlink()
    os.mkfifo(folder / "a.xsd")
    bait = tmp_path / "bait.xsd"
    bait.write_text("x")
    said, touched, _ = _said(folder, bait, Row("fifo", {}, ""))
    assert "This is not a regular file" in said
    assert touched == []


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("open(sys.argv[2]).close()", "the bait was opened"),
        ("open('/etc/hostname').close()", "open '/etc/hostname'"),
        ("etree.parse(sys.argv[2])", "the bait was opened"),
        ("socket.socket().connect_ex(('127.0.0.1', 9))", "socket.connect"),
    ],
)
def test_the_spy_sees_what_it_is_for(tmp_path: Path, code: str, seen: str) -> None:
    bait = tmp_path / "bait.xsd"
    bait.write_text("<x/>")
    script = (
        "import socket, sys; from lxml import etree; from pathlib import Path\n"
        "from tests.attacks.child import Spy\n"
        "spy = Spy(Path(sys.argv[1]), Path(sys.argv[2])); spy.on = True\n"
        f"{code}\n"
        "print(spy.everything())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "c"), str(bait)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert seen in done.stdout
