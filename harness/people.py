"""Who is acting: from what the person says, the operating system knows, or a key proves.

``[people.ID]`` of harness.toml names the persons of a project. An identity that is only told is
``claimed`` and good for a rehearsal; the operating system's user or the person's own key makes it
more.
"""

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import Config, PersonTable
from harness.errors import ConfigError
from harness.joining.actor import Actor, Assurance, Party

if TYPE_CHECKING:
    from harness.proof.keys import PrivateKey

ACTOR_VARIABLE = "HARNESS_ACTOR"
KEY_VARIABLE = "HARNESS_ACTOR_KEY"


def acting(config: Config, claimed: str | None = None) -> Actor:
    """The person who acts now.

    Named by ``claimed`` (an option), else ``HARNESS_ACTOR``, else the person whose ``os`` is the
    present user, else the only person of the file. ``HARNESS_ACTOR_KEY`` is a private key file
    that proves it.

    Raises:
        ConfigError: nobody, somebody unknown, or a key that is not this person's.
    """
    user = _user()
    name = claimed or os.environ.get(ACTOR_VARIABLE) or _by_user(config, user)
    person = config.people.get(name) if name else None
    if name is None or person is None:
        raise _unknown(config, name)
    assurance, credential = _proof(name, person, user)
    return Actor(name, Party(person.party), person.role, assurance, credential)


def signing(config: Config, claimed: str | None = None) -> tuple[Actor, "PrivateKey"]:
    """The person who acts now, with the key that proves it: for what is signed.

    Raises:
        ConfigError: as :func:`acting`, or no key is at hand.
    """
    from harness.proof.keys import PrivateKey  # noqa: PLC0415 - cryptography loads slowly

    actor = acting(config, claimed)
    key_file = os.environ.get(KEY_VARIABLE)
    if not key_file:
        raise ConfigError(
            f"what is handed in is signed, and {KEY_VARIABLE} names no key",
            todo=f"Make one with harness key new FILE, then set {KEY_VARIABLE}=FILE.",
        )
    return actor, PrivateKey.load(Path(key_file))


def _user() -> str:
    """The operating system's user by its number; without numbers, by what it calls itself."""
    try:
        import pwd  # noqa: PLC0415 - not on every platform
    except ImportError:
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def _by_user(config: Config, user: str) -> str | None:
    own = [name for name, person in config.people.items() if person.os == user]
    return own[0] if len(own) == 1 else _only(list(config.people))


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _unknown(config: Config, name: str | None) -> ConfigError:
    known = ", ".join(config.people) or "nobody yet"
    if name is None:
        what = f"it is not clear who acts (harness.toml knows {known})"
        todo = f"Name one with --as ID or {ACTOR_VARIABLE}=ID."
    else:
        what = f"{name!r} is not one of the people of this project ({known})"
        todo = f"Add a table [people.{name}] with party and role, or name somebody else."
    return ConfigError(what, where=str(config.path), todo=todo)


def _proof(name: str, person: PersonTable, user: str) -> tuple[Assurance, str]:
    key_file = os.environ.get(KEY_VARIABLE)
    if key_file:
        return Assurance.KEY, _key(name, person, Path(key_file))
    if person.os == user:
        return Assurance.OS, f"os:{user}"
    return Assurance.CLAIMED, ""


def _key(name: str, person: PersonTable, file: Path) -> str:
    from harness.proof.keys import PrivateKey  # noqa: PLC0415 - cryptography loads slowly

    fingerprint = PrivateKey.load(file).public.fingerprint
    if person.key != fingerprint:
        raise ConfigError(
            f"the key in {KEY_VARIABLE} is not the one of {name!r}",
            where=f"[people.{name}] key",
            todo=f"Its public half is {fingerprint}; use the right key or correct the table.",
        )
    return fingerprint
