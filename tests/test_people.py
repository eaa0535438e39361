"""Who acts: named, known to the operating system, or proven by a key; never guessed."""

import os
import pwd
from pathlib import Path

import pytest

from harness.config import Config
from harness.errors import ConfigError
from harness.joining.actor import Assurance, Party
from harness.people import ACTOR_VARIABLE, KEY_VARIABLE, acting
from harness.proof.keys import PrivateKey

USER = pwd.getpwuid(os.getuid()).pw_name
SETTINGS = """\
[project]
id = "p"
name = "P"
kind = "rehearsal"
organisation = "state"
authority = "A"
supplier = "S"

[contract]
name = "s/i"

"""
AINO = '[people.aino]\nparty = "authority"\nrole = "owner"\n'
SEPPO = '[people.seppo]\nparty = "supplier"\nrole = "developer"\n'


@pytest.fixture(autouse=True)
def _nobody_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ACTOR_VARIABLE, raising=False)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def config(folder: Path, *people: str) -> Config:
    file = folder / "harness.toml"
    file.write_text(SETTINGS + "\n".join(people), "utf-8")
    return Config.read(file)


def test_the_only_person_acts_and_is_claimed(tmp_path: Path) -> None:
    actor = acting(config(tmp_path, AINO))
    assert (actor.id, actor.party, actor.role) == ("aino", Party.AUTHORITY, "owner")
    assert (actor.assurance, actor.credential) == (Assurance.CLAIMED, "")


def test_of_two_people_one_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it is not clear who acts") as caught:
        acting(config(tmp_path, AINO, SEPPO))
    assert "aino, seppo" in str(caught.value)
    assert ACTOR_VARIABLE in str(caught.value)


def test_nobody_is_known_yet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nobody yet"):
        acting(config(tmp_path))


def test_the_option_comes_before_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ACTOR_VARIABLE, "aino")
    found = config(tmp_path, AINO, SEPPO)
    assert acting(found).id == "aino"
    assert acting(found, "seppo").id == "seppo"


def test_a_stranger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'eve' is not one of the people") as caught:
        acting(config(tmp_path, AINO), "eve")
    assert "[people.eve]" in caught.value.todo


def test_the_present_user_of_the_system_is_found_and_is_more_than_claimed(tmp_path: Path) -> None:
    actor = acting(config(tmp_path, AINO, f'{SEPPO}os = "{USER}"\n'))
    assert (actor.id, actor.assurance, actor.credential) == ("seppo", Assurance.OS, f"os:{USER}")


def test_the_environment_cannot_make_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, "aino-of-the-system")
    found = config(tmp_path, f'{AINO}os = "aino-of-the-system"\n', SEPPO)
    with pytest.raises(ConfigError, match="not clear"):
        acting(found)
    assert acting(found, "aino").assurance is Assurance.CLAIMED


def test_another_users_name_is_only_claimed(tmp_path: Path) -> None:
    actor = acting(config(tmp_path, f'{AINO}os = "somebody-else"\n', SEPPO), "aino")
    assert (actor.assurance, actor.credential) == (Assurance.CLAIMED, "")


def test_one_user_of_the_system_for_two_people_must_be_named(tmp_path: Path) -> None:
    os_ = f'os = "{USER}"\n'
    with pytest.raises(ConfigError, match="not clear"):
        acting(config(tmp_path, AINO + os_, SEPPO + os_))


def test_a_user_without_a_name_is_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_123)
    actor = acting(config(tmp_path, AINO, f'{SEPPO}os = "uid-4000000123"\n'))
    assert actor.credential == "os:uid-4000000123"


def test_a_key_proves_who_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = PrivateKey.create(tmp_path / "key").public.fingerprint
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    actor = acting(config(tmp_path, f'{AINO}key = "{key}"\nos = "{USER}"\n'))
    assert (actor.assurance, actor.credential) == (Assurance.KEY, key)
    assert key.startswith("ed25519:")


@pytest.mark.parametrize("known", ["", f'key = "ed25519:{"0" * 64}"\n'])
def test_a_key_that_is_not_the_persons_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    key = PrivateKey.create(tmp_path / "key").public.fingerprint
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    with pytest.raises(ConfigError, match="not the one of 'aino'") as caught:
        acting(config(tmp_path, AINO + known))
    assert key in caught.value.todo


def test_a_key_that_is_not_there_is_no_reason_to_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(ConfigError):
        acting(config(tmp_path, AINO))
