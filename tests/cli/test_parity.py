"""``harness parity``: drifts of a service on loopback, its file on record, the gate's demand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.account.customers import CUSTOMERS
from harness.account.settings import Settings
from harness.exchange.render import PrefixStyle
from tests.cli import support
from tests.cli.support import Place, Project, one_paragraph
from tests.support.account_server import AccountServer


@pytest.fixture(scope="module")
def real() -> Iterator[AccountServer]:
    """A service that writes otherwise and lets less into attachments."""
    settings = replace(Settings(), max_attachment_bytes=100)
    contract = support.shipped_contract()
    with AccountServer(contract, settings=settings) as server:
        server.account._styles = dict.fromkeys(contract.operations, PrefixStyle.PREFIXED)
        yield server


@pytest.fixture
def project(real: AccountServer, tmp_path: Path) -> Project:
    return support.joining_project(tmp_path / "p", {"qat": Place(real.url)})


def test_drifts_are_told_recorded_and_demanded(project: Project) -> None:
    result = project.run("parity", "--endpoint", "qat", "--pause", "0", "--json", by="developer")
    assert result.code == 1
    connection, testing = result.data
    assert connection["drifts"] == {}
    assert set(testing["drifts"]) == {"code", "missing", "text"}
    drifted = {each["id"] for each in testing["scenarios"] if each["outcome"] == "drifted"}
    assert "testing/attachments-are-stored" in drifted
    reasons = {each["reason"] for each in testing["scenarios"] if each["reason"]}
    assert "needs queued of qat" in reasons
    _nothing_of_persons(Path(testing["file"]).read_text("utf-8"))

    project.must("project", "new", by="developer")
    files = [connection["file"], testing["file"]]
    recorded = project.must("record", *files, "--json", by="developer")
    assert [each["verdict"] for each in recorded.data] == ["passed", "failed"]
    again = project.must("record", *files, "--json", by="developer")
    assert [each["new"] for each in again.data] == [False, False]
    assert len(project.events("ParityRecorded")) == 2
    assert "PARITY_MISSING" not in project.codes()
    project.edit("harness.toml", ("[scenarios]", "[gate]\nparity_days = 5\n[scenarios]"))
    assert "PARITY_MISSING" in project.codes()


def _nothing_of_persons(text: str) -> None:
    assert not [each.id for each in CUSTOMERS if each.id in text]
    assert "Tallennettu" not in text
    assert "ESIMERKKIKUNTA" not in text


def test_text_for_people_shows_every_drift(project: Project) -> None:
    words = ("--endpoint", "qat", "--suite", "testing", "--pause", "0")
    result = project.run("parity", *words, by="developer")
    assert result.code == 1
    assert "drifted: testing/attachments-are-stored" in result.out
    path = "LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila"
    assert f"code {path}: our account 200, seen 529" in result.out


def test_without_drift_it_is_green(project: Project) -> None:
    words = ("--endpoint", "server", "--suite", "connection", "--json")
    result = project.must("parity", *words, by="developer")
    assert result.data[0]["compared"] >= 8
    stored = json.loads(Path(result.data[0]["file"]).read_text("utf-8"))
    assert stored["format"] == "connection-harness/parity/1"


def test_nothing_compared_is_not_green(tmp_path: Path) -> None:
    silent = Place("http://127.0.0.1:9/ws", more="connect = 0.2")
    project = support.joining_project(tmp_path / "p", {"qat": silent})
    words = ("--endpoint", "qat", "--suite", "connection", "--json", "--pause", "0")
    result = project.run("parity", *words, by="developer")
    assert result.code == 1
    assert result.data[0]["compared"] == 0
    assert result.data[0]["drifts"] == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--endpoint", "nowhere"], "there is no endpoint"),
        (["--endpoint", "server", "--suite", "none-such"], "there is no suite"),
        ([], "Missing option '--endpoint'"),
    ],
)
def test_misuse_is_told(project: Project, words: list[str], told: str) -> None:
    assert told in one_paragraph(project.run("parity", *words, by="developer"), 2)
