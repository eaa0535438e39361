"""A toolkit that is not there is named: skipped at home, red where it is required."""

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.interop import toolkits
from tests.interop.conftest import demand
from tests.interop.programs import environment
from tests.interop.toolkits import TOOLKITS, Toolkit


@pytest.fixture
def absent() -> Toolkit:
    return replace(TOOLKITS[0], missing=lambda: "php is not installed")


def test_it_is_skipped_with_its_name(absent: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARNESS_INTEROP", raising=False)
    with pytest.raises(pytest.skip.Exception, match="PHP SoapClient: php is not installed"):
        demand(absent)


def test_it_fails_with_its_name_where_required(
    absent: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_INTEROP", "required")
    with pytest.raises(pytest.fail.Exception, match="PHP SoapClient: php is not installed"):
        demand(absent)


@pytest.mark.parametrize("toolkit", TOOLKITS, ids=lambda toolkit: toolkit.name)
def test_an_empty_machine_has_none_of_them(
    toolkit: Toolkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert re.search(r"is not installed \((Debian|PyPI): ", toolkit.missing())


def test_other_packages_than_the_locked_ones_are_not_the_toolkit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = toolkits.NODE / "package-lock.json"
    monkeypatch.setattr(toolkits, "NODE", tmp_path)
    (tmp_path / "package-lock.json").write_text(lock.read_text("utf-8"), "utf-8")
    assert not toolkits.installed_as_locked()
    installed = tmp_path / "node_modules" / ".package-lock.json"
    installed.parent.mkdir()
    installed.write_text(lock.read_text("utf-8"), "utf-8")
    assert toolkits.installed_as_locked()
    installed.write_text(lock.read_text("utf-8").replace('"1.6.1"', '"1.6.0"'), "utf-8")
    assert not toolkits.installed_as_locked()


def test_programs_call_this_machine_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert not [name for name in environment() if name.lower().endswith("_proxy")]
