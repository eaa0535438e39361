"""A file, a folder or an archive goes into the catalogue whole, pinned, or not at all."""

import os
import zipfile
from datetime import date
from pathlib import Path

import pytest

from harness.errors import ContractError
from harness.limits import Limits
from harness.wsdl import Added, Wanted, add, find
from tests.wsdl.making import TYPES, service

DAY = date(2026, 1, 2)
XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
SCHEMA = (
    f'<xs:schema {XS} targetNamespace="urn:t"><xs:element name="Ask"/>'
    '<xs:element name="Told"/></xs:schema>'
)


def _importing(location: str) -> str:
    types = f'<xs:schema><xs:import namespace="urn:t" schemaLocation="{location}"/></xs:schema>'
    return service(types=types)


def _added(path: Path, tmp_path: Path, wanted: Wanted | None = None) -> Added:
    return add(path, tmp_path / "contracts", DAY, wanted)


def _nothing_was_written(tmp_path: Path) -> bool:
    return not [path for path in (tmp_path / "contracts").rglob("*") if path.is_file()]


def _folder(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = tmp_path / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "given"


def _archive(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.wsdl").write_text(service())
    contract = _added(tmp_path / "a.wsdl", tmp_path).contract
    assert contract.ref == "s/2026-01-02"
    assert find("s", [tmp_path / "contracts"]).digest == contract.digest
    contract.check()


def test_folder_with_relative_names_and_files_that_are_not_reached(tmp_path: Path) -> None:
    files = {"wsdl/a.wsdl": _importing("../xsd/a.xsd"), "xsd/a.xsd": SCHEMA, "xsd/b.xsd": SCHEMA}
    added = _added(_folder(tmp_path, files), tmp_path, Wanted("agency/thing", "3"))
    added.contract.check()
    assert added.contract.ref == "agency/thing/3"
    assert added.left_out == ("xsd/b.xsd",)
    assert added.locations == {}


@pytest.mark.parametrize(
    "location",
    [
        "http://host.example/Service.svc?xsd=a.xsd",
        "http://host.example/Service?xsd=a",
        "http://host.example/schemas/a.xsd",
        "?xsd=a.xsd",
        "https://host.example/some/thing",
    ],
)
def test_locations_that_are_addresses_are_matched_and_written_down(
    tmp_path: Path, location: str
) -> None:
    folder = _folder(tmp_path, {"a.wsdl": _importing(location), "a.xsd": SCHEMA})
    added = _added(folder, tmp_path)
    assert added.locations == {location: "a.xsd"}
    added.contract.check()


def test_names_that_are_not_plain_are_made_plain(tmp_path: Path) -> None:
    files = {"my service.wsdl": _importing("my%20types.xsd"), "my types.xsd": SCHEMA}
    added = _added(_folder(tmp_path, files), tmp_path)
    assert sorted(added.contract.files) == ["my_service.wsdl", "my_types.xsd"]
    added.contract.check()


@pytest.mark.parametrize(
    "location",
    ["file:///etc/hostname", "/etc/hostname", "../../x.xsd", "b.xsd", "/dev/zero", "~/x"],
)
def test_location_that_leads_to_none_of_the_files(tmp_path: Path, location: str) -> None:
    folder = _folder(tmp_path, {"a.wsdl": _importing(location)})
    with pytest.raises(ContractError, match=r"a\.wsdl:4: .* leads to none of the files"):
        _added(folder, tmp_path)
    assert _nothing_was_written(tmp_path)


def test_archive(tmp_path: Path) -> None:
    path = _archive(tmp_path, {"x/a.wsdl": _importing("a.xsd"), "x/a.xsd": SCHEMA, "x/r.txt": "r"})
    added = _added(path, tmp_path)
    assert sorted(added.contract.files) == ["x/a.wsdl", "x/a.xsd"]
    added.contract.check()


@pytest.mark.parametrize(
    "name", ["../a.wsdl", "/a.wsdl", "x/../../a.wsdl", "C:/a.wsdl", "x\\a.wsdl"]
)
def test_archive_with_a_name_that_leads_out_of_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContractError, match="leads out of it"):
        _added(_archive(tmp_path, {name: service()}), tmp_path)
    assert _nothing_was_written(tmp_path)


def test_archive_with_a_link(tmp_path: Path) -> None:
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.wsdl")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    with pytest.raises(ContractError, match="has a link"):
        _added(path, tmp_path)


def test_archive_that_grows_without_end(tmp_path: Path) -> None:
    path = _archive(tmp_path, {"a.wsdl": b" " * 3_000_000})
    with pytest.raises(ContractError, match="larger than a contract may be"):
        add(path, tmp_path / "contracts", DAY, limits=Limits(max_schema_bytes=1_000_000))


def test_archive_with_too_many_files(tmp_path: Path) -> None:
    path = _archive(tmp_path, {f"{index}.xsd": SCHEMA for index in range(5)})
    with pytest.raises(ContractError, match="too many files"):
        add(path, tmp_path / "contracts", DAY, limits=Limits(max_contract_files=3))


@pytest.mark.parametrize("content", [b"PK\x03\x04 nothing more", b"PK\x03\x04" + b"\xff" * 200])
def test_damaged_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "given.zip").write_bytes(content)
    with pytest.raises(ContractError, match="damaged or encrypted"):
        _added(tmp_path / "given.zip", tmp_path)


def test_link_in_a_folder(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"a.wsdl": service()})
    (folder / "b.xsd").symlink_to("/etc/hostname")
    with pytest.raises(ContractError, match=r"b\.xsd: This is not a regular file"):
        _added(folder, tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no named pipes")
def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wsdl")
    with pytest.raises(ContractError, match="not a regular file"):
        _added(tmp_path / "a.wsdl", tmp_path)


def test_several_entries(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"a.wsdl": service(), "b.wsdl": service()})
    with pytest.raises(ContractError, match=r"Several .* --entry: a\.wsdl, b\.wsdl"):
        _added(folder, tmp_path)
    with pytest.raises(ContractError, match=r"no file 'c\.wsdl'.* --entry: a\.wsdl, b\.wsdl"):
        _added(folder, tmp_path, Wanted(entry="c.wsdl"))
    assert _added(folder, tmp_path, Wanted(entry="b.wsdl")).left_out == ("a.wsdl",)


def test_no_entry(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no WSDL file that describes a service"):
        _added(_folder(tmp_path, {"a.xsd": SCHEMA}), tmp_path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.wsdl").write_text(service())
    _added(tmp_path / "a.wsdl", tmp_path)
    with pytest.raises(ContractError, match="There is a contract of this name and version"):
        _added(tmp_path / "a.wsdl", tmp_path)


@pytest.mark.parametrize("name", ["../x", "/x", "a b", ".x"])
def test_name_that_is_no_place(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.wsdl").write_text(service())
    with pytest.raises(ContractError, match="no place in the catalogue"):
        _added(tmp_path / "a.wsdl", tmp_path, Wanted(name))
    assert _nothing_was_written(tmp_path)


def test_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.wsdl").write_text(service(types=TYPES.format(ask="<")))
    with pytest.raises(ContractError, match=r"a\.wsdl:\d+: The file cannot be read"):
        _added(tmp_path / "a.wsdl", tmp_path)
