"""Where a ledger is: a file, or a PostgreSQL server named by a URL that is shown without secrets.

Rules kept here:

* a URL is read strictly, so that no part of a password can be taken for a host or a database: the
  characters ``: / ? # @`` and blanks inside a part are written as ``%3A`` and so on;
* what is shown of it is put together from parts that hold no secret; nothing is cut out of it;
* only settings of the connection are taken from it: what makes a commit durable is not a choice;
* a server on another machine has to prove who it is, unless the URL says otherwise.
"""

import os
import re
from dataclasses import field, replace
from pathlib import Path
from typing import Self, TypeAlias
from urllib.parse import unquote

from harness.classes import dataclass
from harness.errors import ConfigError

DEFAULT_SCHEMA = "harness"
SUFFIX = ".checkpoint"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._%-]+)(?::[0-9]{1,5})?"
_URL = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^:/?#@]*)(?::(?P<password>[^:/?#@]*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)?"
    r"/(?P<database>[^:/?#@]+)"
    r"(?:\?(?P<query>[^#@?]*))?"
)
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
_SETTINGS = {
    "host", "hostaddr", "port", "user", "password", "passfile", "connect_timeout",
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl", "sslsni",
    "channel_binding", "require_auth", "target_session_attrs", "gssencmode", "krbsrvname",
}  # fmt: skip
_SHOWN = ("host", "port")
_HERE = re.compile(r"localhost|127\.[0-9.]+|::1|[/@].*")


@dataclass(frozen=True, slots=True)
class SharedLedger:
    """A ledger on a PostgreSQL server, as this machine reaches it.

    Attributes:
        shown: its URL without password and settings: fit for messages, logs and files.
        database: name of the database.
        schema: PostgreSQL schema that holds its tables, and nothing else.
        folder: where its checkpoint is published on this machine, as that of a file is beside it.
        settings: parameters of the connection, by libpq's names; may hold a password.
    """

    shown: str
    database: str
    schema: str
    folder: Path
    settings: tuple[tuple[str, str], ...] = field(repr=False)

    @classmethod
    def read(cls, url: str, folder: Path) -> Self:
        """A ledger from its URL.

        Raises:
            ConfigError: it is not one; its text is not repeated, for it may hold a password.
        """
        found = _URL.fullmatch(url) if url.isascii() and url.isprintable() else None
        if found is None or " " in url:
            raise ConfigError(
                "this is not the URL of a ledger on a PostgreSQL server",
                todo="Write postgresql://USER@HOST:PORT/DATABASE; the characters : / ? # @ inside "
                "a part as %3A %2F %3F %23 %40.",
            )
        query = _query(found["query"] or "")
        schema = query.pop("schema", DEFAULT_SCHEMA)
        if not _SCHEMA.fullmatch(schema) or schema == "information_schema":
            raise ConfigError(
                "the schema of a ledger's URL is not a name",
                todo="Use lower-case letters, digits and _; at most 63, none of PostgreSQL's own.",
            )
        given = {"user": found["user"], "password": found["password"], **_hosts(found["hosts"])}
        settings = {name: unquote(text) for name, text in given.items() if text} | query
        if not _is_here(settings):
            settings.setdefault("sslmode", "verify-full")
        database = unquote(found["database"])
        return cls(
            _shown(found, query, schema),
            database,
            schema,
            folder,
            (*settings.items(), ("dbname", database)),
        )

    @property
    def holds_password(self) -> bool:
        """The URL holds a secret."""
        return any(name.endswith("password") for name, _ in self.settings)

    def with_password(self, password: str) -> Self:
        """The same, with that password unless its URL holds one or there is none to add."""
        if not password or "password" in dict(self.settings):
            return self
        return replace(self, settings=(*self.settings, ("password", password)))

    @property
    def checkpoint(self) -> Path:
        """The file of its checkpoint on this machine."""
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{self.database}.{self.schema}")
        return self.folder / (name + SUFFIX)

    def __str__(self) -> str:
        return self.shown


LedgerPlace: TypeAlias = Path | SharedLedger
"""Where a ledger is."""
LedgerName: TypeAlias = str | os.PathLike[str] | SharedLedger
"""What names one: a path, or a server's."""


def is_url(text: str) -> bool:
    """Whether a text is meant as a URL, of whatever kind; no file is named so."""
    return re.match(r"postgres(ql)?:|[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def _query(text: str) -> dict[str, str]:
    """Settings behind the question mark."""
    pairs = [part.partition("=") for part in text.split("&")] if text else []
    found = {name: unquote(value) for name, _, value in pairs}
    if len(found) != len(pairs) or not found.keys() <= _SETTINGS | {"schema"}:
        raise ConfigError(
            "the URL of the ledger has a setting twice, or one that is not to be set",
            todo=f"Settings are schema, {', '.join(sorted(_SETTINGS))}.",
        )
    return found


def _hosts(text: str | None) -> dict[str, str]:
    """Hosts and ports, each a list with commas, as libpq takes them."""
    if not text:
        return {}
    pairs = [re.fullmatch(r"\[?(.+?)\]?(?::([0-9]+))?", each) for each in text.split(",")]
    hosts, ports = zip(*((each[1], each[2] or "") for each in pairs if each), strict=True)
    return {"host": ",".join(hosts), "port": ",".join(ports) if any(ports) else ""}


def _is_here(settings: dict[str, str]) -> bool:
    """Whether the server is this machine; where no host is named, libpq's own choice counts."""
    named = ",".join(settings[name] for name in ("host", "hostaddr") if name in settings)
    return all(_HERE.fullmatch(host) for host in named.split(",") if host)


def _shown(found: re.Match[str], query: dict[str, str], schema: str) -> str:
    user = f"{found['user']}@" if found["user"] else ""
    told = [f"{name}={query[name]}" for name in _SHOWN if name in query]
    told += [f"schema={schema}"] if schema != DEFAULT_SCHEMA else []
    settings = f"?{'&'.join(told)}" if told else ""
    return f"postgresql://{user}{found['hosts'] or ''}/{found['database']}{settings}"
