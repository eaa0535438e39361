"""Finding a contract by reference or by name."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import wsdl
from harness.errors import ContractError
from tests.wsdl.conftest import CATALOGUE
from tests.wsdl.making import make, service


def _made(root: Path, version: str, date: str, folder: str = "") -> None:
    make(
        root / "test" / "interface" / (folder or version),
        {"service.wsdl": service()},
        version=version,
        date=date,
    )


def test_the_shipped_catalogue() -> None:
    found = {each.ref: each for each in wsdl.catalogue([CATALOGUE])}
    newest = found["asiointitili/viranomaispalvelut/1.7-2024-04"]
    assert newest.digest == wsdl.find(newest.ref, [CATALOGUE]).digest
    assert str(newest.retires) == "2027-01-01"
    assert wsdl.find("asiointitili/viranomaispalvelut", [CATALOGUE]).ref == newest.ref


def test_a_name_means_its_newest_version(tmp_path: Path) -> None:
    _made(tmp_path, "1.9", "2026-01-01")
    _made(tmp_path, "1.10", "2026-01-01")
    _made(tmp_path, "2.0", "2025-01-01")
    assert [each.version for each in wsdl.catalogue([tmp_path])] == ["2.0", "1.9", "1.10"]
    assert wsdl.find("test/interface", [tmp_path]).version == "1.10"
    assert wsdl.find("test/interface/2.0", [tmp_path]).version == "2.0"


def test_the_first_catalogue_wins(tmp_path: Path) -> None:
    for place in ("a", "b"):
        _made(tmp_path / place, "1.0", "2026-01-01")
    places = [tmp_path / "b", tmp_path / "a"]
    assert wsdl.find("test/interface", places).folder.is_relative_to(tmp_path / "b")
    assert len(wsdl.catalogue(places)) == 1


@pytest.mark.parametrize("wanted", ["nope", "test", "test/interface/9", "../test", "", "*"])
def test_unknown_contract_names_the_known_ones(tmp_path: Path, wanted: str) -> None:
    _made(tmp_path, "1.0", "2026-01-01")
    with pytest.raises(ContractError, match=r"Known are: test/interface/1.0"):
        wsdl.find(wanted, [tmp_path])


def test_no_catalogue_at_all(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"Known are: none"):
        wsdl.find("test/interface", [tmp_path / "missing"])


def test_a_contract_in_a_folder_it_does_not_name(tmp_path: Path) -> None:
    _made(tmp_path, "1.0", "2026-01-01", folder="2.0")
    with pytest.raises(ContractError, match=r"calls itself test/interface/1.0 but lies in"):
        wsdl.catalogue([tmp_path])


def test_importing_and_loading_need_neither_lxml_nor_zeep() -> None:
    code = (
        "import sys; from pathlib import Path; from harness import wsdl, xml; "
        f"wsdl.find('asiointitili/viranomaispalvelut', [Path({str(CATALOGUE)!r})]); "
        "print(sorted({'lxml', 'zeep', 'requests', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_reading_and_judging_do_not_need_zeep() -> None:
    code = (
        "import sys; from pathlib import Path; from harness import wsdl, xml; "
        f"c = wsdl.find('asiointitili/viranomaispalvelut', [Path({str(CATALOGUE)!r})]); "
        "print(len(c.operations), c.validate(xml.parse(b'<x/>'))[0].code, 'zeep' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["4", "unknown-message", "False"]
