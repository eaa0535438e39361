"""``harness parity``: drifts of a service on loopback, its file on record, the gate's demand."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.account.choosing import simulation
from harness.account.customers import CUSTOMERS
from harness.account.service import AccountService
from harness.account.settings import Settings
from harness.endpoints.http import HttpEndpoint, HttpSettings
from harness.endpoints.relay import Relay
from harness.endpoints.server.mounting import NON_SIGNED, mount
from harness.endpoints.server.server import Background, Server, base_url, bind
from harness.endpoints.server.site import Mount, Site
from harness.exchange.render import PrefixStyle
from harness.vocabulary import Level
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
    shares = [f"{each['compared']} of {each['realisable']}" for each in (connection, testing)]
    for each, share in zip(recorded.data, shares, strict=True):
        assert f"with qat, {share} compared, " in each["text"]
    assert f"connection with qat, {shares[0]} compared, 0 drifts" in project.must("history").out
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
    first = result.out.splitlines()[0]
    compared, _, realisable = first.partition("(")[2].partition(" compared,")[0].partition(" of ")
    assert int(compared) == int(realisable) >= 60
    assert " not realisable) with qat at level test" in first
    assert ": needs queued of qat" in result.out


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


def test_an_obligatory_scenario_that_is_left_out_is_not_green(tmp_path: Path) -> None:
    """Here a pipeline is told at once what the gate would say later."""
    with support.server(support.shipped_contract()) as account:
        place = Place(account.url, without_roles=("active",))
        project = support.joining_project(tmp_path / "p", {"qat": place})
        words = ("--endpoint", "qat", "--suite", "connection", "--pause", "0", "--json")
        result = project.run("parity", *words, by="developer")
    (row,) = result.data
    assert (result.code, row["drifts"]) == (1, {})
    assert 0 < row["compared"] < row["realisable"]
    left = sorted(each["id"] for each in row["scenarios"] if each["outcome"] == "not-compared")
    project.must("project", "new", by="developer")
    for pin in (("contract",), ("suite", "connection"), ("endpoint", "qat")):
        project.must("pin", *pin, by="developer")
    project.must("record", row["file"], by="developer")
    project.edit("harness.toml", ("[scenarios]", "[gate]\nparity_days = 5\n[scenarios]"))
    objection = project.objection("PARITY_INCOMPLETE")
    assert set(objection["subjects"]) <= set(left)
    assert objection["command"] == "harness parity --endpoint qat --suite connection"


@contextmanager
def our_own() -> Iterator[str]:
    """The account as ``harness serve`` answers; where."""
    listening = bind()
    base, site = base_url(listening), Site()
    contract = support.shipped_contract()
    mount(site, contract, simulation(contract), base)
    with Background(Server(listening, site)):
        yield base + NON_SIGNED


@contextmanager
def relayed(url: str) -> Iterator[str]:
    """A relay to an address; where."""
    endpoint, listening = HttpEndpoint(HttpSettings("behind", url, Level.SERVER)), bind()
    contract, base = support.shipped_contract(), base_url(listening)
    relay = Relay(endpoint, came=lambda *_: None, told=lambda _: None, names=())
    files = AccountService(contract, simulation(contract), address=base + NON_SIGNED)
    relay.mount(NON_SIGNED, Mount(files, contract))
    with Background(Server(listening, relay)):
        yield base + NON_SIGNED
    relay.close()


def refused(tmp_path: Path, places: Mapping[str, Place], endpoint: str = "qat") -> str:
    """What is said; and nothing is left behind that could be recorded."""
    project = support.joining_project(tmp_path / "p", places)
    words = ("--endpoint", endpoint, "--suite", "connection", "--pause", "0")
    told = one_paragraph(project.run("parity", *words, by="developer"), 2)
    assert not (project.folder / ".harness" / "parity").exists()
    return told


def test_our_account_is_not_compared_with_itself(tmp_path: Path) -> None:
    told = refused(tmp_path, {}, "mock")
    assert "--endpoint mock: mock is our own account, so it would be compared with itself" in told
    assert "Name the endpoint of the service's test environment" in told


def test_our_own_server_is_not_taken_for_the_service(tmp_path: Path) -> None:
    with our_own() as url:
        told = refused(tmp_path, {"qat": Place(url)})
    assert "qat says level test, and our own account answers there (harness serve)" in told


def test_nor_is_it_behind_a_relay(tmp_path: Path) -> None:
    with our_own() as url, relayed(url) as passing:
        assert "our own account answers there" in refused(tmp_path, {"qat": Place(passing)})


def test_our_own_server_that_claims_no_more_is_compared(tmp_path: Path) -> None:
    with our_own() as url:
        project = support.joining_project(tmp_path / "p", {"mine": Place(url, "server")})
        words = ("--endpoint", "mine", "--suite", "connection", "--json")
        (row,) = project.must("parity", *words, by="developer").data
    assert (row["level"], row["drifts"]) == ("server", {})


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
