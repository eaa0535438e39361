"""Whatever fails and however loud the logs: no identity and no body leaves a run.

Every file a run left and everything it printed is searched for every test customer's id, as it is,
in lower case, without its sign, in UTF-16 and in base64, and for texts of the messages.
"""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.account.customers import CUSTOMERS
from harness.wsdl import Contract
from tests.cli import support
from tests.cli.conftest import Walk
from tests.cli.support import Place, Project, Result

ACTIVE = next(each.id for each in CUSTOMERS if each.role == "active")
BODY = (b"Hakemukseenne", b"Envelope", b"Esimerkkikatu", b"<ns0:", b"AsiakasTunnus=")
LOUD = ("--log-level=DEBUG", "-o", "log_cli=true", "-o", "log_cli_level=DEBUG", "-vv", "-rA")
LOUDER = (*LOUD, "--tb=long", "--showlocals", "--full-trace", "-s", "--durations=0")
SUITES = {
    "connection": ("customer-query-answers", "wrong-service-is-refused"),
    "testing": (
        "company-is-found",
        "full-item-is-delivered",
        "many-customers-in-one-query",
        "message-is-sent-electronically",
        "passive-account-is-told",
        "person-without-account-needs-an-address",
        "finnish-date-is-refused",
    ),
}


def needles() -> Iterator[bytes]:
    """Every form in which a customer's id could appear."""
    for customer in CUSTOMERS:
        code = customer.id
        bare = code[:6] + code[7:]
        forms = {code, code.lower(), bare, code.replace("-", "\u2013"), code.replace("-", "%2D")}
        for form in forms:
            yield form.encode()
            yield form.encode("utf-16-le")
            for shift in ("", "x", "xx"):  # base64 of the code within a longer text
                yield base64.b64encode(f"{shift}{form}".encode())[4:-4]


def search(project: Project, result: Result, *more: bytes) -> list[str]:
    """Where something was found, by name of the file or stream."""
    found = []
    places = {"stdout": result.out.encode(), "stderr": result.err.encode()}
    own = (project.folder / "scenarios", project.folder / "harness.toml")
    for file in project.folder.rglob("*"):
        if file.is_file() and not any(file == each or each in file.parents for each in own):
            places[str(file.relative_to(project.folder))] = file.read_bytes()
    wanted = [*needles(), *BODY, *more]
    for name, data in places.items():
        found += [f"{name}: {needle!r}" for needle in wanted if needle and needle in data]
    assert {".harness/ledger.sqlite3", ".harness/pytest-cache/v/cache/lastfailed"} <= set(places)
    return found


@pytest.fixture
def failing(tmp_path: Path) -> Project:
    """A project whose every scenario fails, most of them on an identity."""
    project = support.example(tmp_path / "p", suites=SUITES)
    project.edit(
        "scenarios/connection/customer-query-answers.yaml",
        ("@AsiakasTunnus: ${role.active.id}", "@AsiakasTunnus: ${role.none.id}"),
    )
    for file in (project.folder / "scenarios").glob("*/*.yaml"):
        text = file.read_text("utf-8")
        if file.name != "suite.yaml":
            file.write_text(text.replace("code: ", "code: 9"), "utf-8")
    project.edit(
        "scenarios/testing/company-is-found.yaml",
        ("code: 90", "code: 0"),
        ("Asiakas/Tila: 300", "Asiakas/Tila: ${role.active.id}"),
    )
    project.must("project", "new")
    return project


def test_a_failing_run_with_everything_switched_on(failing: Project, tmp_path: Path) -> None:
    words = ("--junitxml", str(failing.folder / "junit.xml"), "-o", "junit_logging=all")
    log = ("--log-file", str(failing.folder / "log.txt"), "--log-file-level=DEBUG")
    result = failing.run("run", *LOUDER, *words, *log)
    assert result.code == 1
    assert "failed" in result.out
    failing.must("record", *map(str, failing.evidence()))
    assert (failing.folder / "log.txt").is_file()
    assert search(failing, result) == []


def test_a_failing_run_over_http_with_everything_switched_on(failing: Project, walk: Walk) -> None:
    settings = failing.folder / "harness.toml"
    place = replace(Place(walk.elsewhere.url), level="server")
    settings.write_text(f"{settings.read_text('utf-8')}\n{place.text('own')}\n", "utf-8")
    junit = ("--junitxml", str(failing.folder / "junit.xml"), "-o", "junit_logging=all")
    result = failing.run("run", "--endpoint", "own", *LOUDER, *junit)
    assert result.code == 1
    failing.must("record", *map(str, failing.evidence()))
    assert search(failing, result) == []


def test_the_main_command_in_a_process_of_its_own(failing: Project) -> None:
    result = failing.apart("connection", *LOUD)
    assert result.code == 1
    assert search(failing, result) == []


MISPLACED = {
    "as the name of a field": (
        "TunnusTyyppi: CRN",
        f"TunnusTyyppi: CRN\n              {ACTIVE}: 1",
    ),
    "as the operation": ("call: HaeAsiakkaita", f'call: "{ACTIVE}"'),
    "as a date": ("KyselyAlku: null", "KyselyAlku: ${role.active.id}"),
    "as a customer's type": ("TunnusTyyppi: CRN", "TunnusTyyppi: ${role.active.id}"),
    "as an expected fault": ("code: 90", f"fault: {ACTIVE}"),
    "as a variable": ("${role.company.id}", f"${{role.{ACTIVE}}}"),
    "as a fragment": ("$use: authority", f'$use: "{ACTIVE}"'),
    "as a title": ("title:\n  en: ", f"title:\n  en: {ACTIVE} "),
    "as a tag": ("tags: [", f'tags: ["{ACTIVE}", '),
    "as a path": ("@AsiakasTunnus:", f"{ACTIVE}:"),
}


@pytest.mark.parametrize("place", MISPLACED)
def test_an_identity_written_where_none_belongs(tmp_path: Path, place: str) -> None:
    project = support.example(tmp_path / "p", suites=SUITES)
    project.must("project", "new")
    scenario = "scenarios/testing/company-is-found.yaml"
    project.edit(scenario, ("code: 0", "code: 90"))
    if place == "as an expected fault":
        text = (project.folder / scenario).read_text("utf-8")
        (project.folder / scenario).write_text(text[: text.index("      fields:")], "utf-8")
    project.edit(scenario, MISPLACED[place])
    result = project.run("run", *LOUD, "--suite", "testing")
    assert result.code != 0
    assert "Traceback" not in result.out + result.err
    if project.evidence():
        project.must("record", *map(str, project.evidence()))
    (project.folder / ".harness/pytest-cache/v/cache").mkdir(parents=True, exist_ok=True)
    (project.folder / ".harness/pytest-cache/v/cache/lastfailed").touch()
    assert search(project, result) == []


def test_a_defect_of_the_harness_shows_its_place_and_no_values(
    failing: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_contract: Contract, operation: str, values: object) -> bytes:
        raise ZeroDivisionError(f"{operation} of {values!r}")

    monkeypatch.setattr(Contract, "build", build)
    junit = ("--junitxml", str(failing.folder / "junit.xml"))
    result = failing.run("run", *LOUDER, *junit, "--suite", "connection")
    assert result.code == 1
    assert "the harness itself failed: ZeroDivisionError" in result.out
    assert "in build" in result.out
    assert "INCOMPLETE" in result.out
    assert search(failing, result) == []


def test_the_search_finds_what_it_looks_for(failing: Project) -> None:
    """The check can fail: each form is found when it is there."""
    failing.run("run", "--suite", "connection")
    file = failing.folder / ".harness" / "note"
    encoded = base64.b64encode(f"<a>{ACTIVE}</a>".encode())
    for form in (ACTIVE.encode(), ACTIVE.lower().encode(), encoded, b"<soap:Envelope>"):
        file.write_bytes(b"x" + form + b"x")
        assert search(failing, Result(0, "", "")) != [], form
    assert search(failing, Result(0, ACTIVE, "")) != []
