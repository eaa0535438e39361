"""A ledger's URL: read strictly, shown without secrets."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config import Config
from harness.errors import ConfigError
from harness.ledger_url import SharedLedger, is_url

HERE = Path("here")


def read(url: str) -> SharedLedger:
    return SharedLedger.read(url, HERE)


def test_every_part_is_read() -> None:
    found = read(
        "postgresql://maija:p%40ss@db-1.example:5433,[::1],db3:5434/records"
        "?schema=north&sslmode=verify-full&sslrootcert=/etc/ca.pem"
    )
    assert dict(found.settings) == {
        "user": "maija",
        "password": "p@ss",
        "host": "db-1.example,::1,db3",
        "port": "5433,,5434",
        "dbname": "records",
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
    }
    assert (found.database, found.schema) == ("records", "north")
    assert str(found) == "postgresql://maija@db-1.example:5433,[::1],db3:5434/records?schema=north"
    assert found.checkpoint == HERE / "records.north.checkpoint"


@pytest.mark.parametrize(
    ("url", "sslmode"),
    [
        ("postgresql://db.example/d", "verify-full"),
        ("postgresql://10.0.0.1/d", "verify-full"),
        ("postgresql://localhost,db.example/d", "verify-full"),
        ("postgresql://localhost.db.example/d", "verify-full"),
        ("postgresql://localhost/d?hostaddr=10.0.0.1", "verify-full"),
        ("postgresql:///d?host=db.example", "verify-full"),
        ("postgresql://db.example/d?sslmode=require", "require"),
        ("postgresql://localhost,127.0.0.1:5433,[::1]/d", None),
        ("postgresql:///d?host=/run/postgresql", None),
        ("postgresql:///d", None),
    ],
)
def test_a_server_elsewhere_has_to_prove_who_it_is(url: str, sslmode: str | None) -> None:
    assert dict(read(url).settings).get("sslmode") == sslmode


def test_what_is_not_given_has_a_default() -> None:
    found = read("postgres://localhost/records")
    assert dict(found.settings) == {"host": "localhost", "dbname": "records"}
    assert str(found) == "postgresql://localhost/records"
    assert found.schema == "harness"
    assert not found.holds_password


def test_a_socket_is_shown_where_it_is() -> None:
    found = read("postgresql://maija:@/records?host=/run/postgresql&password=x")
    assert str(found) == "postgresql://maija@/records?host=/run/postgresql"
    assert found.holds_password


def test_an_odd_database_makes_an_ordinary_file_name() -> None:
    found = read("postgresql://h/..%2F..%2Fetc%20x")
    assert found.database == "../../etc x"
    assert found.checkpoint == HERE / ".._.._etc_x.harness.checkpoint"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:",
        "postgresql:/h/db",
        "postgresql://h",
        "postgresql://h/",
        "postgresql://u:Sa/la@h/db",
        "postgresql://u:Sa#la@h/db",
        "postgresql://u:Sa?la@h/db",
        "postgresql://u:Sa@la@h/db",
        "postgresql://u:Sa:la@h/db",
        "postgresql://u:Sa la@h/db",
        "postgresql://u:Sålå@h/db",
        "postgresql://u:Sala@h/db\n",
        "postgresql://h:port/db",
        "postgresql://h/db#Sala",
        "postgresql://h/db/Sala",
        "postgresql://h/db?options=-csynchronous_commit%3Doff",
        "postgresql://h/db?sslmode=require&sslmode=disable",
        "postgresql://h/db?Sala",
        "postgresql://h/db?schema=pg_catalog",
        "postgresql://h/db?schema=information_schema",
        "postgresql://h/db?schema=A",
        "postgresql://h/db?schema=a%22b",
        "postgresql://h/db?schema=",
        "mysql://u:Sala@h/db",
        "sqlite:///Sala",
        "https://u:Sala@h/db",
    ],
)
def test_what_is_no_url_of_a_ledger_is_refused_without_repeating_it(url: str) -> None:
    assert is_url(url)
    with pytest.raises(ConfigError) as caught:
        read(url)
    assert "Sa" not in str(caught.value)
    assert caught.value.todo


@pytest.mark.parametrize("name", ["ledger.sqlite3", "./postgresql", "a:memory:b", "C:/x", "a/b:c"])
def test_a_path_is_no_url(name: str) -> None:
    assert not is_url(name)


@given(
    password=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=4),
    user=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    in_query=st.booleans(),
)
def test_no_password_is_ever_shown(password: str, user: str, *, in_query: bool) -> None:
    secret = quote(password, safe="")
    if in_query:
        found = read(f"postgresql://{user}@db.example/records?password={secret}&sslmode=require")
    else:
        found = read(f"postgresql://{user}:{secret}@db.example/records?sslmode=require")
    assert dict(found.settings)["password"] == password
    assert found.holds_password
    expected = f"postgresql://{user}@db.example/records"
    assert str(found) == expected
    assert repr(found) == (
        f"SharedLedger(shown={expected!r}, database='records', schema='harness', folder={HERE!r})"
    )


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read(f"postgresql://{text}")
    except ConfigError:
        return
    assert found.database
    assert SharedLedger.read(str(found), HERE).schema == found.schema


TOML = """
[project]
id = "p"
name = "P"
kind = "rehearsal"
organisation = "municipality"
authority = "A"
supplier = "S"
system_release = "1"

[contract]
name = "a/b"
version = "1"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    for name in ("HARNESS_LEDGER", "HARNESS_LEDGER_PASSWORD", "TOX_ENV_NAME"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "harness.toml"
    file.write_text(f'{TOML}\n[ledger]\npath = "postgresql://db.example/records"\n', "utf-8")
    return Config.read(file)


def test_the_projects_file_may_name_a_server(config: Config) -> None:
    place = config.ledger_place
    assert isinstance(place, SharedLedger)
    assert place.checkpoint == config.folder / ".harness" / "records.harness.checkpoint"


def test_the_environment_and_the_option_come_before_it(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARNESS_LEDGER", "postgresql://u:secret@other.example/records")
    assert str(config.ledger_place) == "postgresql://u@other.example/records"
    monkeypatch.chdir(tmp_path)
    assert config.with_ledger("here.sqlite3").ledger_place == tmp_path / "here.sqlite3"
    named = config.with_ledger("postgresql://third.example/records").ledger_place
    assert str(named) == "postgresql://third.example/records"
    monkeypatch.setenv("HARNESS_LEDGER", "mysql://u:secret@h/db")
    with pytest.raises(ConfigError) as caught:
        str(config.ledger_place)
    assert "secret" not in str(caught.value)


WITH_PASSWORD = (
    "postgresql://u:hush-hush@other.example/records",
    "postgresql://u@other.example/records?password=hush-hush",
    "postgresql://u@other.example/records?sslpassword=hush-hush",
)


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_under_tox_no_url_holds_a_password(
    config: Config, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Tox has written variables and command to its log by then."""
    monkeypatch.setenv("HARNESS_LEDGER", url)
    for each in (config, config.with_ledger(url)):
        assert "other.example" in str(each.ledger_place)
    monkeypatch.setenv("TOX_ENV_NAME", "connection")
    for each in (config, config.with_ledger(url)):
        with pytest.raises(ConfigError, match="tox writes this URL to its log") as caught:
            str(each.ledger_place)
        assert "HARNESS_LEDGER_PASSWORD" in str(caught.value)
        assert "hush-hush" not in str(caught.value)


def settings_of(config: Config) -> dict[str, str]:
    place = config.ledger_place
    assert isinstance(place, SharedLedger)
    return dict(place.settings)


def test_the_password_comes_in_a_variable_of_its_own(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOX_ENV_NAME", "connection")
    assert "password" not in settings_of(config)
    monkeypatch.setenv("HARNESS_LEDGER_PASSWORD", "")
    assert "password" not in settings_of(config)
    monkeypatch.setenv("HARNESS_LEDGER_PASSWORD", "hush-hush")
    assert settings_of(config)["password"] == "hush-hush"
    assert "hush-hush" not in f"{config.ledger_place} {config.ledger_place!r}"
    monkeypatch.setenv("HARNESS_LEDGER", "here.sqlite3")
    assert config.ledger_place == config.folder / "here.sqlite3"


def test_the_password_of_the_url_comes_before_that_of_the_variable(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_LEDGER_PASSWORD", "of the variable")
    monkeypatch.setenv("HARNESS_LEDGER", WITH_PASSWORD[0])
    assert settings_of(config)["password"] == "hush-hush"
    monkeypatch.setenv("HARNESS_LEDGER", WITH_PASSWORD[2])
    assert settings_of(config)["password"] == "of the variable"
