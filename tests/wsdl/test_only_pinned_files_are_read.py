"""Files that are altered, missing, foreign or hostile; locations that lead elsewhere."""

import os
import shutil
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from harness import wsdl, xml
from harness.errors import ContractError
from harness.limits import Limits
from tests.wsdl.conftest import FOLDER
from tests.wsdl.making import make, service

IMPORT = (
    '<xs:schema targetNamespace="urn:t"><xs:import namespace="urn:u"{}/>'
    '<xs:element xmlns:u="urn:u" name="Ask" type="u:Ask"/></xs:schema>'
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "copy"))


def _importing(location: str) -> str:
    return service(types=IMPORT.format(f' schemaLocation="{location}"'))


def test_the_shipped_files_are_as_pinned() -> None:
    manifest = (FOLDER / "contract.toml").read_text(encoding="utf-8")
    assert wsdl.digest_lines(FOLDER) in manifest


def test_the_digest_is_over_files_and_locations() -> None:
    names = ("Viranomaispalvelut.wsdl", "Viranomaispalvelut.xsd")
    lines = [f"file {name} {sha256((FOLDER / name).read_bytes()).hexdigest()}\n" for name in names]
    lines.append("location Viranomaispalvelut.xsd Viranomaispalvelut.xsd\n")
    expected = sha256("".join(sorted(lines)).encode()).hexdigest()
    assert wsdl.load(FOLDER).digest == expected


def test_the_shipped_contract_is_wholly_usable() -> None:
    contract = wsdl.load(FOLDER)
    contract.check()
    assert contract.ref == "asiointitili/viranomaispalvelut/1.7-2024-04"
    assert str(contract.retires) == "2027-01-01"
    assert contract.certain
    assert contract.inferred


@pytest.mark.parametrize("name", ["Viranomaispalvelut.wsdl", "Viranomaispalvelut.xsd"])
def test_altered_file(copy: Path, name: str) -> None:
    with (copy / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(ContractError, match=f"{name}: The file is not the pinned one.*Restore it"):
        wsdl.load(copy)


@pytest.mark.parametrize(
    "name", ["Viranomaispalvelut.wsdl", "Viranomaispalvelut.xsd", "contract.toml"]
)
def test_missing_file(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ContractError, match=f"{name}: The file is missing.*Restore it"):
        wsdl.load(copy)


@pytest.mark.parametrize("name", ["other.xsd", "below/other.xsd", ".hidden"])
def test_file_that_is_not_listed(copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_text("<x/>")
    with pytest.raises(ContractError, match=f"{name}: The file is not listed.*Remove it"):
        wsdl.load(copy)


def test_link_to_a_file_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside.wsdl"
    outside.write_text(service())
    folder = make(tmp_path / "c", {"service.wsdl": service()})
    (folder / "service.wsdl").unlink()
    (folder / "service.wsdl").symlink_to(outside)
    with pytest.raises(ContractError, match="lies outside the contract's folder"):
        wsdl.load(folder)


def test_link_inside_the_folder(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service(), "a.xsd": service()})
    (folder / "a.xsd").unlink()
    (folder / "a.xsd").symlink_to("service.wsdl")
    with pytest.raises(ContractError, match="not a regular file"):
        wsdl.load(folder)


def test_linked_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.xsd").write_text("<x/>")
    folder = make(tmp_path / "c", {"service.wsdl": service(), "sub/a.xsd": "<x/>"})
    shutil.rmtree(folder / "sub")
    (folder / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ContractError, match="lies outside the contract's folder"):
        wsdl.load(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no named pipes")
def test_device(tmp_path: Path) -> None:
    """A pipe would be waited for, a device never ends."""
    folder = make(tmp_path / "c", {"service.wsdl": service()})
    (folder / "service.wsdl").unlink()
    os.mkfifo(folder / "service.wsdl")
    with pytest.raises(ContractError, match="not a regular file"):
        wsdl.load(folder)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.xsd",
        "/etc/hostname",
        "a/../../b.xsd",
        "./a.xsd",
        "file:///etc/hostname",
        "http://127.0.0.1/a.xsd",
        "~/.ssh/id_rsa",
        "a\\b.xsd",
        ".hidden",
        "a//b",
        "",
        "contract.toml",
    ],
)
def test_names_that_are_not_plain(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service()})
    manifest = folder / "contract.toml"
    line = f"'{name}' = \"{'0' * 64}\"\n[locations]"
    manifest.write_text(manifest.read_text().replace("[locations]", line))
    with pytest.raises(ContractError, match="not a plain relative file name"):
        wsdl.load(folder)


LOCATIONS = [
    "http://127.0.0.1:9/a.xsd",
    "https://example.invalid/a.xsd",
    "file:///etc/hostname",
    "/etc/hostname",
    "../../../../etc/hostname",
    "~/.ssh/id_rsa",
    "ftp://example.invalid/a.xsd",
    "/dev/zero",
    "/dev/stdin",
    "other.xsd",
    "",
]


@pytest.mark.parametrize("location", LOCATIONS)
def test_location_that_is_not_pinned(tmp_path: Path, location: str) -> None:
    """Nothing is opened and nothing is asked, whatever the location looks like."""
    folder = make(tmp_path / "c", {"service.wsdl": _importing(location)})
    contract = wsdl.load(folder)
    seen: list[str] = []

    def spy(event: str, arguments: tuple[object, ...]) -> None:
        if spying and event in {"open", "socket.connect", "socket.getaddrinfo"}:
            seen.append(f"{event} {arguments[0]}")

    spying = False
    sys.addaudithook(spy)
    with pytest.raises(ContractError, match="stands for no pinned file") as caught:
        contract.check()  # what is imported late is imported now
    spying = True
    for act in (lambda: contract.operations, contract.check):
        with pytest.raises(ContractError, match="stands for no pinned file"):
            act()
    spying = False
    assert seen == []
    assert caught.value.where == "service.wsdl:4"
    assert "[locations]" in caught.value.todo


def test_import_without_location(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service(types=IMPORT.format(""))})
    with pytest.raises(ContractError, match="says no location"):
        wsdl.load(folder).check()


def test_location_of_any_look_may_stand_for_a_pinned_file(tmp_path: Path) -> None:
    schema = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:u"/>'
    location = "http://127.0.0.1:9/service?xsd=a.xsd"
    types = (
        '<xs:schema targetNamespace="urn:t">'
        f'<xs:import namespace="urn:u" schemaLocation="{location}"/>'
        '<xs:element name="Ask"><xs:complexType/></xs:element><xs:element name="Told"/>'
        "</xs:schema>"
    )
    folder = make(
        tmp_path / "c", {"service.wsdl": service(types=types), "a.xsd": schema}, {location: "a.xsd"}
    )
    contract = wsdl.load(folder)
    contract.check()
    assert b"Ask" in contract.build("Ask", {})


def test_schema_that_libxml2_would_leave_out(tmp_path: Path) -> None:
    """Left alone it follows the first import of a namespace only, and says nothing."""
    head = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:u">'
    types = (
        '<xs:schema targetNamespace="urn:t" xmlns:u="urn:u">'
        '<xs:import namespace="urn:u" schemaLocation="a.xsd"/>'
        '<xs:import namespace="urn:u" schemaLocation="b.xsd"/>'
        '<xs:element name="Ask" type="u:A"/><xs:element name="Told" type="u:B"/></xs:schema>'
    )
    files = {
        "service.wsdl": service(types=types),
        "a.xsd": head + '<xs:complexType name="A"/></xs:schema>',
        "b.xsd": head + '<xs:simpleType name="B"><xs:restriction base="xs:int"/></xs:simpleType>'
        "</xs:schema>",
    }
    contract = wsdl.load(make(tmp_path / "c", files))
    contract.check()
    assert not contract.validate(xml.parse(b'<Told xmlns="urn:t">7</Told>'))
    assert contract.validate(xml.parse(b'<Told xmlns="urn:t">x</Told>'))


def test_include_cycle_is_read_once(tmp_path: Path) -> None:
    head = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">'
    first = head + '<xs:include schemaLocation="b.xsd"/><xs:element name="Told"/></xs:schema>'
    second = (
        head + '<xs:include schemaLocation="a.xsd"/>'
        '<xs:element name="Ask"><xs:complexType/></xs:element></xs:schema>'
    )
    types = '<xs:schema><xs:import namespace="urn:t" schemaLocation="a.xsd"/></xs:schema>'
    folder = make(
        tmp_path / "c",
        {"service.wsdl": service(types=types), "a.xsd": first, "b.xsd": second},
        {"a.xsd": "a.xsd", "b.xsd": "b.xsd"},
    )
    contract = wsdl.load(folder)
    contract.check()
    assert b"Ask" in contract.build("Ask", {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x00\x01\x02", "well-formed"),
        (b"", "no document"),
        (b"<!DOCTYPE x><x/>", "document type declaration"),
        (b"<html/>", "HTML"),
        (b"<x/>", "neither a WSDL 1.1 description nor an XML schema"),
        (b'<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/>', "not a WSDL 1.1 description"),
    ],
)
def test_file_that_is_no_description(tmp_path: Path, content: bytes, message: str) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": content})
    with pytest.raises(ContractError, match=message) as caught:
        wsdl.load(folder).check()
    assert caught.value.where.startswith("service.wsdl")


def test_message_that_no_schema_declares(tmp_path: Path) -> None:
    types = '<xs:schema targetNamespace="urn:t"><xs:element name="Ask"/></xs:schema>'
    folder = make(tmp_path / "c", {"service.wsdl": service(types=types)})
    with pytest.raises(ContractError, match=r"Ask uses the element {urn:t}Told, which no schema"):
        wsdl.load(folder).check()


def test_broken_schema_names_file_and_line(tmp_path: Path) -> None:
    types = '<xs:schema targetNamespace="urn:t">\n<xs:element name="Ask" type="Nope"/></xs:schema>'
    folder = make(tmp_path / "c", {"service.wsdl": service(types=types)})
    with pytest.raises(ContractError, match="no namespace") as caught:
        wsdl.load(folder).check()
    assert caught.value.where == "service.wsdl:5"


def test_broken_schema_file_names_the_line_that_an_editor_shows(tmp_path: Path) -> None:
    schema = (
        '<?xml version="1.0"?>\n<!-- of\ntwo lines -->\n'
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"\n  targetNamespace="urn:u">\n'
        '<!-- two\nmore -->\n<xs:element name="Ask" type="xs:nope"/></xs:schema>'
    )
    files = {"service.wsdl": _importing("a.xsd"), "a.xsd": schema}
    with pytest.raises(ContractError, match="nope") as caught:
        wsdl.load(make(tmp_path / "c", files)).check()
    assert caught.value.where == "a.xsd:8"


def test_file_that_grows_while_it_is_read(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = copy.parent / "small"
    small.write_bytes(b"#")
    seen = small.lstat()
    monkeypatch.setattr(Path, "lstat", lambda _: seen)
    with pytest.raises(ContractError, match=r"contract\.toml: The file grew while it was read"):
        wsdl.load(copy)


def test_files_together_larger_than_the_limit(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service(), "a.xsd": "<x/>"})
    size = len(service())
    wsdl.load(folder, Limits(max_schema_bytes=size + 4))
    with pytest.raises(ContractError, match="larger than"):
        wsdl.load(folder, Limits(max_schema_bytes=size + 3))


def test_too_many_files(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service(), "a.xsd": "<x/>"})
    with pytest.raises(ContractError, match="1 to 1 files"):
        wsdl.load(folder, Limits(max_contract_files=1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title =", "titel =", "Unknown key 'titel'"),
        ('title = "A contract for a test"', "title = 7", "title must be a text"),
        ('title = "A contract for a test"', "", "title must be a text"),
        ("date = 2026-01-01", 'date = "2026"', "date must be a date"),
        ("date = 2026-01-01", "date = 2026-01-01T00:00:00", "date must be a date"),
        ('encoding = "UTF-8"', 'encoding = "latin-1"', "encoding must be UTF-8"),
        ('entry = "service.wsdl"', 'entry = "x.wsdl"', "does not list"),
        ('name = "test/interface"', 'name = "../x"', "name may hold"),
        ("[locations]", '[locations]\n"a" = "b.xsd"', "does not list"),
        ("[locations]", '[locations]\n"a\\nb" = "service.wsdl"', "several lines"),
        ("[files]", "certain = [1]\n[files]", "list of texts"),
        ("[files]", "[files", "not TOML"),
        ("[locations]", '"x.xsd" = "beef"\n[locations]', "64 lower-case hex digits"),
    ],
)
def test_wrong_manifest(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service()})
    manifest = folder / "contract.toml"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new, 1))
    with pytest.raises(ContractError, match=message) as caught:
        wsdl.load(folder)
    assert caught.value.where == str(manifest)


def test_manifest_that_is_not_text(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service()})
    (folder / "contract.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ContractError, match="not UTF-8"):
        wsdl.load(folder)


def test_health_operation_that_does_not_exist(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", {"service.wsdl": service()}, extra='health = "Nope"')
    with pytest.raises(ContractError, match=r"no operation Nope.*are Ask"):
        _ = wsdl.load(folder).health
