"""What the matrix shows in red is seen without anything of this project."""

import re
import sys
from pathlib import Path

import pytest

from tests.interop import gsoap, javac
from tests.interop.conftest import demand
from tests.interop.matrix import PAGE
from tests.interop.programs import done, made
from tests.interop.toolkits import HERE, TOOLKITS

pytestmark = pytest.mark.interop

FOLDER = HERE / "reproductions"


def _demand(name: str) -> None:
    demand(next(each for each in TOOLKITS if each.name == name))


def _says(*command: str) -> list[str]:
    ended = done(command)
    assert not ended.stderr
    return ended.stdout.splitlines()


def _java(program: str, folder: Path) -> list[str]:
    _demand("jaxws")
    source = FOLDER / f"{program}.java"
    made("javac", "-cp", javac.class_path(), "-d", folder, source, folder=folder)
    return _says(*javac.command(folder, program))


def test_jaxws_sends_no_line_break_behind_a_handler(tmp_path: Path) -> None:
    assert _java("LineBreakBehindHandler", tmp_path) == [
        "one line, without: arrived",
        "one line, with a handler: arrived",
        "two lines, without: arrived",
        "two lines, with a handler: not sent",
    ]


def test_jaxws_reads_no_fault_with_404(tmp_path: Path) -> None:
    with_500, with_404 = _java("FaultWith404", tmp_path)
    assert with_500 == "500 the Fault: the reason"
    assert with_404.startswith("404 ClientTransportException")


def test_suds_reads_no_fault_with_404() -> None:
    _demand("suds")
    with_500, with_404 = _says(sys.executable, str(FOLDER / "fault_with_404.py"))
    assert with_500 == "500 the Fault: the reason"
    assert with_404 == "404 Exception (404, 'Not Found')"


def test_gsoap_reads_no_fault_with_404(tmp_path: Path) -> None:
    _demand("gsoap")
    program = gsoap.reproduced(FOLDER / "fault_with_404.cpp", tmp_path)
    assert _says(*program) == ["500 the reason", "400 the reason", "404 HTTP Error"]


def test_node_soap_takes_what_it_has_to_understand_and_does_not() -> None:
    _demand("node-soap")
    said = _says("node", str(FOLDER / "must-understand.mjs"))
    assert said == ["200 no Fault", "a Security header", "not signed"]


def test_every_red_cell_names_a_program_that_a_test_here_runs() -> None:
    linked = set(
        re.findall(r"\*\*no\*\*[^|]*\(\.\./tests/interop/reproductions/([^)]+)\)", _page())
    )
    assert linked
    assert _page().count("**no**: ") == len(re.findall(r"\*\*no\*\*: [^|]*reproductions/", _page()))
    own = Path(__file__).read_text("utf-8")
    for name in linked:
        assert (FOLDER / name).is_file()
        assert name in own or name.removesuffix(".java") in own


def _page() -> str:
    return PAGE.read_text("utf-8")
