"""A contract loaded before is used again, but only while its files are the pinned ones."""

import os
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from harness.config import book
from harness.errors import ContractError
from harness.limits import DEFAULT
from harness.wsdl import contract, find, load

NAME = "asiointitili/viranomaispalvelut"
REF = f"{NAME}/1.7-2024-04"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A contract of our own in a catalogue of our own."""
    copy = tmp_path / REF
    shutil.copytree(book("contracts") / REF, copy)
    return copy


def test_the_same_files_give_the_same_contract(folder: Path) -> None:
    first = load(folder)
    assert load(folder) is first
    contract.forget()
    assert load(folder) is not first


def test_other_limits_give_another(folder: Path) -> None:
    other = replace(DEFAULT, max_schema_bytes=DEFAULT.max_schema_bytes - 1)
    assert load(folder, other) is not load(folder)


def test_a_file_altered_behind_its_back_is_found(folder: Path) -> None:
    load(folder).check()
    file = folder / "Viranomaispalvelut.xsd"
    stamp = file.stat()
    data = file.read_bytes()
    assert b"minOccurs" in data
    file.write_bytes(data.replace(b"minOccurs", b"maxOccurs", 1))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # same size, same time
    with pytest.raises(ContractError, match="not the pinned one"):
        load(folder)


def test_a_file_added_later_is_found(folder: Path) -> None:
    load(folder).check()
    (folder / "stranger.xsd").write_bytes(b"<a/>")
    with pytest.raises(ContractError, match="not listed"):
        load(folder)


def test_a_change_that_was_pinned_gives_the_changed_contract(folder: Path) -> None:
    before = load(folder)
    file, manifest = folder / "Viranomaispalvelut.xsd", folder / "contract.toml"
    old = sha256(file.read_bytes()).hexdigest()
    file.write_bytes(file.read_bytes() + b"\n")
    new = sha256(file.read_bytes()).hexdigest()
    manifest.write_text(manifest.read_text("utf-8").replace(old, new), "utf-8")
    after = load(folder)
    assert after.files[file.name] == file.read_bytes() != before.files[file.name]
    assert after.digest != before.digest


def test_only_so_many_are_kept(folder: Path, tmp_path: Path) -> None:
    first = load(folder)
    for number in range(contract.MOST_KEPT):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(folder, copy)
        load(copy)
    assert load(folder) is not first


def test_another_contract_that_is_wrong_is_no_reason_not_to_find_this_one(folder: Path) -> None:
    root = folder.parents[len(Path(REF).parts) - 1]
    other = root / "broken" / "one" / "1"
    other.mkdir(parents=True)
    (other / "contract.toml").write_text("not a manifest", "utf-8")
    assert find(REF, [root]).ref == REF
    assert find(NAME, [root]).ref == REF
    with pytest.raises(ContractError, match="not TOML"):
        find("nobody/knows", [root])


@pytest.mark.parametrize("name", ["..", "../contracts", "/etc", "", ".hidden", "a/../b"])
def test_a_reference_leads_nowhere_else(folder: Path, name: str) -> None:
    root = folder.parents[len(Path(REF).parts) - 1]
    with pytest.raises(ContractError, match="There is no contract"):
        find(name, [root])
