"""A project whose record is kept on a PostgreSQL server: from approval to production, and back."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from harness.ledger_url import SharedLedger
from tests.cli.support import Project, Result, one_paragraph
from tests.support.postgresql import as_role, fresh, raw

At = Callable[[str], Project]
ROLES = files("harness.ledger").joinpath("postgresql_roles.sql").read_text("utf-8")
FUNCTIONS = ("append_only", "stored_events_in_order", "tree_heads_in_order", "ledger_info_once")
"""What guards a ledger's tables."""
PASSWORD = "Sala-of-a-test"
"""Of every role of these tests; a server of our own does not ask for it."""


@dataclass(frozen=True)
class Party:
    """A project as somebody with an account on the server sees it."""

    project: Project
    url: str

    def run(self, *words: str, by: str = "") -> Result:
        return self.project.run("--ledger", self.url, *words, by=by)

    def must(self, *words: str, by: str = "") -> Result:
        result = self.run(*words, by=by)
        assert result.code == 0, f"{words}: {result}"
        return result


@dataclass(frozen=True)
class Roles:
    """One ledger and the three roles that share it, with names of their own for each test."""

    place: SharedLedger
    prefix: str
    base: str

    def url(self, role: str) -> str:
        head, _, rest = self.base.partition("//")
        user = f"{self.prefix}_{role}:{PASSWORD}"
        return f"{head}//{user}@{rest.rpartition('@')[2] if '@' in rest else rest}"

    def as_(self, role: str) -> SharedLedger:
        return as_role(self.place, f"{self.prefix}_{role}", PASSWORD)


@pytest.fixture
def roles(postgresql: str, tmp_path: Path) -> Iterator[Roles]:
    """The shipped roles, made as its text says, and a user for each of the two groups."""
    place = fresh(postgresql, tmp_path)
    prefix = place.schema
    text = re.sub(r"\bharness(_owner|_keeper|_auditor|)\b", rf"{prefix}\1", ROLES)
    groups = [f"{prefix}_{name}" for name in ("owner", "keeper", "auditor")]
    with raw(place) as connection:
        connection.execute(text.encode())
        for group in groups:
            connection.execute(f"ALTER ROLE {group} LOGIN PASSWORD '{PASSWORD}'")
    separator = "&" if "?" in postgresql else "?"
    yield Roles(place, prefix, f"{postgresql}{separator}schema={prefix}")
    with raw(place) as connection:
        connection.execute(f'DROP SCHEMA "{prefix}" CASCADE')
        for group in groups:
            connection.execute(f"DROP OWNED BY {group} CASCADE")
            connection.execute(f"DROP ROLE {group}")


@pytest.fixture
def moved(at: At, roles: Roles, tmp_path: Path) -> Project:
    """An approved project, its record moved to the server by the owner of the tables."""
    project = at("approved")
    project.must("export", str(tmp_path / "before.jsonl"))
    owner = Party(project, roles.url("owner"))
    told = owner.must("import", str(tmp_path / "before.jsonl"), "--json").data
    assert told["size"] == project.size()
    return project


def test_production_is_opened_on_the_server_and_the_record_comes_back(
    moved: Project, roles: Roles, tmp_path: Path
) -> None:
    keeper, auditor = (Party(moved, roles.url(role)) for role in ("keeper", "auditor"))
    before = moved.size()
    assert auditor.must("gate", "--json", by="owner").data["open"] is True
    keeper.must("open", by="owner")
    assert moved.size() == before, "the file was not touched"
    checkpoint = moved.folder / ".harness" / roles.place.checkpoint.name
    assert checkpoint.read_text("utf-8").splitlines()[1] == str(before + 1)
    report = auditor.must("verify", "--json").data
    assert (report["size"], report["unsealed"]) == (before + 1, 0)
    keeper.must("export", str(tmp_path / "after.jsonl"))
    back = Party(moved, str(tmp_path / "back" / "ledger.sqlite3"))
    back.must("import", str(tmp_path / "after.jsonl"), "--checkpoint", str(checkpoint))
    root = back.must("verify", "--json").data["root"]
    assert root == report["root"]
    state = auditor.must("replay", "--json").out
    assert state == back.must("replay", "--json").out
    assert json.loads(state)["opening"] is not None


def test_an_auditor_reads_and_cannot_write(moved: Project, roles: Roles) -> None:
    auditor = Party(moved, roles.url("auditor"))
    for words in (["history"], ["replay"], ["verify"], ["project", "list"], ["project", "show"]):
        auditor.must(*words)
    size = auditor.must("verify", "--json").data["size"]
    Party(moved, roles.url("keeper")).must("phase", "reopen", "6", "--reason", "a", by="owner")
    text = one_paragraph(auditor.run("phase", "reopen", "5", "--reason", "b", by="owner"), 2)
    assert "you may not do this with the ledger" in text
    assert auditor.must("verify", "--json").data["size"] == size + 1


def test_whoever_appends_keeps_the_list_and_whoever_reads_reads_it(
    moved: Project, roles: Roles
) -> None:
    keeper, auditor = (Party(moved, roles.url(role)) for role in ("keeper", "auditor"))
    keeper.must("phase", "reopen", "6", "--reason", "a", by="owner")
    listed = auditor.must("project", "list", "--json")
    assert "--rebuild" not in listed.err
    assert listed.data[0]["version"] == auditor.must("verify", "--json").data["size"]
    assert auditor.must("verify", "--json").data["portfolio"] == "as recorded"
    with raw(roles.as_("keeper")) as connection:
        connection.execute("UPDATE portfolio SET name = 'not its name'")
    assert auditor.run("verify").code == 3
    assert auditor.run("gate").code == 1, "the gate does not read the list"
    keeper.must("project", "list", "--rebuild")
    assert auditor.must("verify", "--json").data["portfolio"] == "as recorded"
    with raw(roles.as_("auditor")) as connection, pytest.raises(psycopg.errors.Error):
        connection.execute("UPDATE portfolio SET name = 'not its name'")


def test_a_list_that_is_missing_is_made_by_the_owner_and_stops_no_keeper(
    moved: Project, roles: Roles
) -> None:
    """A ledger that was begun before there was a list."""
    owner, keeper, auditor = (
        Party(moved, roles.url(role)) for role in ("owner", "keeper", "auditor")
    )
    with raw(roles.as_("owner")) as connection:
        connection.execute("DROP TABLE portfolio, portfolio_stand")
    keeper.must("phase", "reopen", "6", "--reason", "a", by="owner")
    listed = auditor.must("project", "list", "--json")
    assert "this one was made from the entries" in listed.err
    assert "you may not do this" in one_paragraph(keeper.run("project", "list", "--rebuild"), 2)
    assert conditions(keeper)["list"][0] == "note"
    owner.must("project", "list", "--rebuild")
    keeper.must("phase", "reopen", "5", "--reason", "b", by="owner")
    again = auditor.must("project", "list", "--json")
    assert "made from the entries" not in again.err
    assert again.data[0]["version"] == listed.data[0]["version"] + 1
    assert conditions(keeper)["list"][0] == "good"


def test_who_may_not_read_the_list_is_told_the_rest(moved: Project, roles: Roles) -> None:
    auditor = Party(moved, roles.url("auditor"))
    with raw(roles.as_("owner")) as connection:
        connection.execute(f"REVOKE ALL ON portfolio FROM {roles.prefix}_auditor")
    assert auditor.must("verify", "--json").data["portfolio"] == "none"
    assert "made from the entries" in auditor.must("project", "list").err


def conditions(party: Party, code: int = 0) -> dict[str, tuple[str, str]]:
    """Of each thing that ``harness ledger check`` looks at the worst, and what was seen of it."""
    result = party.run("ledger", "check", "--json")
    assert result.code == code, result
    rows = sorted(result.data, key=lambda row: row["condition"] != "good")
    return {row["name"]: (row["condition"], row["seen"]) for row in rows}


def test_what_is_looked_at_on_a_server(moved: Project, roles: Roles) -> None:
    owner, keeper, auditor = (
        Party(moved, roles.url(role)) for role in ("owner", "keeper", "auditor")
    )
    found = conditions(keeper)
    assert set(found) == {
        *("structure", "list", "server", "connection", "rights", "checkpoint", "key")
    }
    assert found["server"][0] == found["connection"][0] == "good"
    assert found["rights"] == ("good", "you may append, and not change what is there")
    assert "may read the ledger and not append" in conditions(auditor)["rights"][1]
    assert "you own the tables" in conditions(owner)["rights"][1]
    told = auditor.must("ledger", "info", "--json").data
    verified = auditor.must("verify", "--json").data
    same = ("ledger", "origin", "key", "size", "root")
    assert {name: told[name] for name in same} == {name: verified[name] for name in same}
    assert "the newest there is: nothing to do" in auditor.must("ledger", "migrate").out


def test_an_auditor_takes_a_backup_and_the_owner_brings_it_back(
    moved: Project, roles: Roles, tmp_path: Path
) -> None:
    """Files that the record names go along; another machine gets them from the backup."""
    auditor, owner = Party(moved, roles.url("auditor")), Party(moved, roles.url("owner"))
    files = moved.folder / ".harness" / roles.place.checkpoint.with_suffix(".files").name
    shutil.copytree(moved.folder / ".harness" / "ledger.files", files)
    file, before = tmp_path / "monday.sqlite3", auditor.must("verify").out
    told = auditor.must("ledger", "backup", str(file)).out
    kept = list((files / "sha256").iterdir())
    assert f"  files kept beside it: {len(kept)}, each as it was\n" in told
    assert len(list((tmp_path / "monday.files" / "sha256").iterdir())) == len(kept) > 0
    text = one_paragraph(owner.run("ledger", "restore", str(file)), 2)
    assert "a ledger of" in text
    assert "Name another schema" in text
    assert "nothing is moved aside" in one_paragraph(
        owner.run("ledger", "restore", str(file), "--aside"), 2
    )
    with raw(roles.as_("owner")) as connection:
        connection.execute(
            "DROP TABLE stored_events, tree_heads, ledger_info, portfolio, portfolio_stand"
        )
        for name in FUNCTIONS:
            connection.execute(f"DROP FUNCTION {name}()")
    shutil.rmtree(files)
    owner.must("ledger", "restore", str(file))
    assert auditor.must("verify").out == before
    Party(moved, roles.url("keeper")).must("open", by="owner")


CHANGES = [
    "UPDATE stored_events SET topic = topic",
    "DELETE FROM stored_events",
    "TRUNCATE stored_events",
    "DELETE FROM tree_heads",
    "UPDATE ledger_info SET origin = 'x'",
    "DROP TABLE tree_heads",
    "DROP TRIGGER stored_events_no_update ON stored_events",
    "ALTER TABLE stored_events DISABLE TRIGGER ALL",
    "ALTER TABLE stored_events ADD COLUMN x int",
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE TABLE more (x int)",
    "TRUNCATE portfolio",
    "DROP TABLE portfolio",
    "SET session_replication_role = replica",
]


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize("role", ["keeper", "auditor"])
def test_nobody_but_the_owner_changes_anything(begun: Roles, role: str, statement: str) -> None:
    with raw(begun.as_(role)) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
        assert connection.execute("SELECT count(*) FROM stored_events").fetchone() == (1,)


@pytest.fixture
def new(at: At) -> Project:
    """A project without a ledger."""
    return at("new")


@pytest.fixture
def begun(new: Project, roles: Roles) -> Roles:
    """A ledger with one entry, of that project."""
    Party(new, roles.url("owner")).must("project", "new", by="developer")
    return roles


def test_an_auditor_inserts_nothing(begun: Roles) -> None:
    row = (2, "other", 1, "a.B.v1", b"{}")
    denied = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with raw(begun.as_("auditor")) as auditor, denied:
        auditor.execute("INSERT INTO stored_events VALUES (%s, %s, %s, %s, %s)", row)


def test_what_a_keeper_inserts_past_the_harness_is_not_sealed(new: Project, begun: Roles) -> None:
    """One keeper seals: who may insert, but has no key, leaves a tail that everybody sees."""
    row = (2, "other", 1, "a.B.v1", b"{}")
    with raw(begun.as_("keeper")) as keeper:
        keeper.execute("INSERT INTO stored_events VALUES (%s, %s, %s, %s, %s)", row)
    result = Party(new, begun.url("auditor")).run("verify")
    assert (result.code, "not sealed" in result.err) == (3, True)


def test_the_server_is_told_and_the_password_is_not(new: Project, begun: Roles) -> None:
    keeper = Party(new, begun.url("keeper"))
    results = [
        keeper.run(*words, by="developer")
        for words in (["verify"], ["pin", "contract"], ["project", "new"], ["nonsense"])
    ]
    shown = f"{begun.prefix}_keeper@"
    assert shown in results[0].out
    assert shown in results[1].err
    assert not any(PASSWORD in result.out + result.err for result in results)
    left = [each for each in new.folder.rglob("*") if each.is_file()]
    assert not [each for each in left if PASSWORD.encode() in each.read_bytes()]


def test_a_password_does_not_belong_in_a_file_of_the_project(new: Project) -> None:
    file = new.folder / "harness.toml"
    text = file.read_text("utf-8")
    for url in ("postgresql://u:Sala@127.0.0.1/db", "postgresql://127.0.0.1/db?password=Sala"):
        file.write_text(f'{text}\n[ledger]\npath = "{url}"\n', "utf-8")
        said = one_paragraph(new.run("verify"), 2)
        assert "holds a password" in said
        assert "Sala" not in said


def test_a_url_in_the_projects_file_is_enough(
    new: Project, begun: Roles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is where PostgreSQL's own programs look for it."""
    monkeypatch.setenv("PGPASSWORD", dict(begun.place.settings).get("password", ""))
    file = new.folder / "harness.toml"
    file.write_text(f'{file.read_text("utf-8")}\n[ledger]\npath = "{begun.place}"\n', "utf-8")
    assert new.must("verify", "--json").data["size"] == 1
    assert not (new.folder / ".harness" / "ledger.sqlite3").exists()
