"""All commands of a working day, as loud as they can be: what they leave holds nobody's code.

The customers are issued ones, with codes of the range that is given to people; the search allows
none, and looks for the artificial codes and for the secrets as well.
"""

import json
import urllib.error
import urllib.request
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from harness.account.customers import CUSTOMERS
from harness.privacy.recognising import Kind, Wanted
from harness.privacy.searching import Sighting, search, search_stream
from tests.cli import support
from tests.cli.conftest import Walk
from tests.cli.support import Place, Project, driven
from tests.cli.test_no_personal_data_leaves_a_run import LOUDER, SUITES
from tests.endpoints.server.callers import GOOD, PATIENCE
from tests.endpoints.server.test_command import started
from tests.support.identities import PERSON

TOKEN = "marker-token-of-the-control-point"
ROLES = "private/roles.toml"


@pytest.fixture
def project(tmp_path: Path, walk: Walk) -> Project:
    """A project whose endpoint has issued customers, all of them one marker person."""
    made = support.example(tmp_path / "p", suites={**SUITES, "supplier": None})
    place = replace(Place(walk.elsewhere.url), level="server", more=f'roles_file = "{ROLES}"')
    with (made.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{place.text('own')}\n")
    (made.folder / "private").mkdir()
    roles = (f'{e.role} = {{AsiakasTunnus = "{PERSON}", TunnusTyyppi = "SSN"}}' for e in CUSTOMERS)
    (made.folder / ROLES).write_text("\n".join(roles), "utf-8")
    return made


def _serve(project: Project) -> str:
    """The server is asked things that hold the code wherever a request can."""
    words = ("--json", "--folder", str(project.folder / ".harness" / "serve"))
    with (
        project.environment(more={"HARNESS_SERVE_TOKEN": TOKEN}),
        started(project.folder, *words) as (process, line),
    ):
        url = json.loads(line)["url"]
        for place in (url, f"{url}?id={PERSON}", f"{url}/{PERSON}"):
            asked = urllib.request.Request(place, GOOD + f"<!--{PERSON}-->".encode())
            asked.add_header("SOAPAction", PERSON)
            try:
                urllib.request.urlopen(asked, timeout=PATIENCE).close()
            except urllib.error.HTTPError as error:
                error.close()
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
    return line + out + err


def _found(project: Project, told: str) -> list[Sighting]:
    """What is found in the files and in what was printed, apart from where it has to be."""
    key = project.folder / ".harness" / "ledger.key"
    secret = max(key.read_text("ascii").splitlines(), key=len)
    wanted = Wanted(words=(TOKEN, secret, *{each.id for each in CUSTOMERS if each.id}))
    result = search(project.folder, wanted)
    (project.folder / "told.txt").write_text(told, "utf-8")
    printed = search(project.folder / "told.txt", wanted)
    own = (ROLES, "harness.toml", ".harness/ledger.key")
    allowed = {str(project.folder / name) for name in own}
    scenarios = str(project.folder / "scenarios")
    return [
        each
        for each in (*result.sightings, *printed.sightings)
        if each.path not in allowed and not each.path.startswith(scenarios)
    ]


def test_a_working_day_leaves_no_code_and_no_secret(project: Project) -> None:
    junit = ("--junitxml", str(project.folder / "junit.xml"), "-o", "junit_logging=all")
    log = ("--log-file", str(project.folder / "log.txt"), "--log-file-level=DEBUG")
    told = ""
    for words in (("connection", *LOUDER), ("run", "--endpoint", "own", *LOUDER, *junit, *log)):
        result = project.run(*words)
        told += result.out + result.err
    assert "failed" in told
    instructed = driven(project, "observe")[1]  # names artificial customers, so that they are used
    assert search_stream(BytesIO(instructed.encode()), "-", Wanted()).sightings == []
    project.must("record", *map(str, project.evidence()))
    for shown in (("gate",), ("history", "--json"), ("project", "show", "--json")):
        result = project.run(*shown)
        told += result.out + result.err
    project.must("export", str(project.folder / "bundle"), "--bundle")
    told += _serve(project)
    left = {each.name for each in project.folder.rglob("*") if each.is_file()}
    expected = {"ledger.sqlite3", "journal.jsonl", "junit.xml", "log.txt", "ledger.jsonl"}
    assert expected | {"lastfailed", "state.json"} <= left
    assert [str(each) for each in _found(project, told)] == []


def test_the_search_sees_what_lies_there(project: Project) -> None:
    """The check can fail: where the codes have to be, they are found."""
    kinds = {each.kind for each in search(project.folder, Wanted()).sightings}
    assert kinds == {Kind.CODE}
    with (project.folder / ROLES).open("rb") as stream:
        assert len(search_stream(stream, "-", Wanted()).sightings) == len(CUSTOMERS)
