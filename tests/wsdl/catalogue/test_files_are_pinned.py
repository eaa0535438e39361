"""What each ``contract.toml`` says, and that its digests are those of the files."""

import shutil
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from harness import wsdl
from harness.errors import ContractError
from tests.wsdl.catalogue.versions import VERSIONS, Version
from tests.wsdl.conftest import CATALOGUE

FOLDERS: Final = sorted(path.parent for path in CATALOGUE.glob("**/contract.toml"))
_DATED: Final = {"1.6", "1.7"}
"""Versions whose day stands in a changelog."""

every_folder = pytest.mark.parametrize(
    "folder", FOLDERS, ids=lambda folder: folder.relative_to(CATALOGUE).as_posix()
)
every_version = pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.ref)


@every_folder
def test_digests_are_those_of_the_files(folder: Path) -> None:
    table = tomllib.loads((folder / "contract.toml").read_text(encoding="utf-8"))
    present = {path.name for path in folder.iterdir()} - {"contract.toml"}
    assert table["files"] == {
        name: sha256((folder / name).read_bytes()).hexdigest() for name in present
    }


@every_folder
def test_a_changed_byte_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in wsdl.load(folder).files:
        copy = tmp_path / name / folder.name
        shutil.copytree(folder, copy)
        data = (copy / name).read_bytes()
        (copy / name).write_bytes(data.replace(b"tns:", b"tnt:", 1))
        with pytest.raises(ContractError, match="not the pinned one"):
            wsdl.load(copy)


@every_folder
def test_the_contract_can_be_used(folder: Path) -> None:
    wsdl.load(folder).check()


@every_version
def test_what_the_contract_says_of_itself(version: Version) -> None:
    contract = wsdl.load(version.folder)
    assert contract.ref == version.ref
    assert str(contract.date) == version.date
    assert str(contract.retires) == "2027-01-01"
    assert version.version in contract.title
    assert contract.source
    assert contract.certain
    inferred = any(each.startswith("The day in `date`") for each in contract.inferred)
    assert inferred is (version.version not in _DATED)


@every_version
def test_locations_are_those_written_in_the_files(version: Version) -> None:
    contract = wsdl.load(version.folder)
    name = "Viranomaispalvelut.xsd"
    assert contract.locations == ({} if version.inline else {name: name})


def test_the_catalogue_by_age() -> None:
    assert [each.ref for each in wsdl.catalogue([CATALOGUE])] == [
        "asiointitili/paluukanava/2014",
        "asiointitili/paluukanava/2018",
        "asiointitili/viranomaispalvelut/2014",
        "asiointitili/viranomaispalvelut/1.4",
        "asiointitili/viranomaispalvelut/1.6",
        "asiointitili/viranomaispalvelut/1.7",
        "asiointitili/viranomaispalvelut/1.7-2024-04",
    ]


@pytest.mark.parametrize(
    ("name", "newest"), [("viranomaispalvelut", "1.7-2024-04"), ("paluukanava", "2018")]
)
def test_a_name_means_its_newest_version(name: str, newest: str) -> None:
    assert wsdl.find(f"asiointitili/{name}", [CATALOGUE]).version == newest


@every_version
def test_each_version_is_found_by_its_reference(version: Version) -> None:
    assert wsdl.find(version.ref, [CATALOGUE]).folder == version.folder


def test_no_two_contracts_have_one_digest() -> None:
    found = wsdl.catalogue([CATALOGUE])
    assert len({each.digest for each in found}) == len(found)
