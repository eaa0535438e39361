"""``harness.toml``: what a project says of itself, and where the three books lie.

One file in the project's folder; command-line options come before environment variables, and those
before the file. Only ``HARNESS_*`` variables are read. Unknown keys are refused: a misspelt key
that is silently ignored would be a rule that is silently not applied.
"""

import hashlib
import json
import os
import tomllib
from codecs import BOM_UTF8
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from harness import files, tables
from harness.classes import dataclass
from harness.errors import ConfigError
from harness.identity import suspicious_codes
from harness.ledger_url import LedgerPlace, SharedLedger, is_url
from harness.limits import DEFAULT
from harness.tables import Check, NotAsDescribed, pattern
from harness.vocabulary import Level

FILE_NAME = "harness.toml"
STATE_FOLDER = ".harness"

BookName = Literal["contracts", "scenarios", "events", "forms"]


def _is_line(text: str) -> bool:
    return 1 <= len(text) <= LINE_MAX and min(text) >= " " and "\x7f" not in text


LINE_MAX = 200
_SHORT = Check(lambda text: len(text) <= LINE_MAX, f"a text of at most {LINE_MAX} characters")
_SLUG = pattern("[a-z0-9][a-z0-9-]{0,62}", "1 to 63 lower-case letters, digits and hyphens")
Slug = Annotated[str, _SLUG]
Line = Annotated[str, Check(_is_line, f"a text of 1 to {LINE_MAX} characters on one line")]
Secret = Annotated[
    str,
    pattern(
        "env:HARNESS_(?=[A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN|KEY))[A-Z0-9_]+|file:.+",
        "file:PATH, or env:VARIABLE with a name that begins with HARNESS_ and holds SECRET, "
        "PASSWORD, TOKEN or KEY: by that, tox knows which variable it may not write to its log",
    ),
]
"""Where a secret stands, never the secret itself."""
HostName = Annotated[
    str, pattern("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", "a host name in lower-case letters")
]
Fingerprint = Annotated[
    str, pattern("([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}", "a SHA-256 of 64 hexadecimal digits")
]


_DAY = 24 * 3600
_WORDS = Check(len, "a program and its arguments, an array")
Percent = Annotated[int, Check(lambda value: 0 <= value <= 100, "a number from 0 to 100")]


def _seconds(most: int) -> Check:
    return Check(lambda value: 0 < value <= most, f"seconds, more than 0 and at most {most}")


@dataclass(frozen=True, slots=True)
class ProjectTable:
    """``[project]``: the joining project."""

    id: Slug
    name: Line
    kind: Literal["rehearsal", "joining"]
    """A rehearsal can never open production; fixed when the project is created."""
    organisation: Literal["municipality", "state", "other"]
    """Decides the kind of agreement in phase 1."""
    authority: Line
    supplier: Line
    system_release: Annotated[str, _SHORT] = ""
    """Release of the supplier's own system that the runs are made for."""
    forms: Line = "forms"
    """Folder of the filled-in forms, relative to the file."""
    process: Line = "liittymisprosessi-1.0.2"
    """Id of a built-in joining process, or a file of one's own that ends in ``.toml``."""


@dataclass(frozen=True, slots=True)
class ContractTable:
    """``[contract]``: the interface description the service is built to."""

    name: Line
    version: Line | None = None
    """Empty: the newest of the catalogue."""


@dataclass(frozen=True, slots=True)
class ScenariosTable:
    """``[scenarios]``: where the suites lie. Without this table the pytest plugin is inert."""

    folder: Line = "scenarios"


@dataclass(frozen=True, slots=True)
class GitTable:
    """``[[ledger.git]]``: a branch or tag that holds checkpoints and nothing else."""

    repository: Line
    """Folder of a repository on this machine."""
    ref: Annotated[
        Line,
        pattern(
            r"refs/(heads|tags)/[A-Za-z0-9][A-Za-z0-9._/-]*", "refs/heads/NAME or refs/tags/NAME"
        ),
    ]


@dataclass(frozen=True, slots=True)
class CommandTable:
    """``[[ledger.command]]``: a program that keeps the checkpoint it reads."""

    name: Slug
    publish: Annotated[tuple[Line, ...], _WORDS]
    """Program and arguments; no shell reads them."""
    read: tuple[Line, ...] = ()
    """Program and arguments that print the checkpoint kept."""
    seconds: Annotated[float, _seconds(60)] = 10


@dataclass(frozen=True, slots=True)
class TimestampTable:
    """``[ledger.timestamp]``: who says when a checkpoint existed (RFC 3161)."""

    url: Line
    authority: Line
    """PEM file of the certificates that time stamps have to be issued under."""
    ca_file: Line | None = None
    """PEM file of what is trusted for https instead of the public authorities."""


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """``[ledger]``: where the record lies."""

    path: Line = f"{STATE_FOLDER}/ledger.sqlite3"
    """A file, or ``postgresql://USER@HOST/DATABASE`` of a server, without password."""
    key: Line = f"{STATE_FOLDER}/ledger.key"
    checkpoints: tuple[Line, ...] = ()
    """Folders, best on another machine, where each new checkpoint is also published."""
    git: tuple[GitTable, ...] = ()
    command: tuple[CommandTable, ...] = ()
    timestamp: TimestampTable | None = None


@dataclass(frozen=True, slots=True)
class GateTable:
    """``[gate]``: what the gate of this project demands beyond its own policy, never less.

    Per cent of what the runs that count have to show.
    """

    operations: Percent | None = None
    """Nothing, or at least what the policy demands anyway; less is refused, not passed over."""
    codes: Percent = 0
    obligatory_points: Percent = 0
    points: Percent = 0
    parity_days: Annotated[int, Check(lambda value: 0 <= value <= 3650, "days, 0 to 3650")] = 0
    """How old a comparison of our account with the endpoint may be; 0 demands none."""
    canaries: tuple[Slug, ...] = ()
    """Further suites that have to notice every planted defect."""
    observations: Literal["major", "minor"] = "major"
    """How bad open observations have to be to close the gate; critical ones always do."""


@dataclass(frozen=True, slots=True)
class PersonTable:
    """``[people.ID]``: who acts, for which party, and how the harness can tell."""

    party: Literal["authority", "supplier", "account", "account-supplier"]
    role: Line
    os: Line | None = None
    """Account name of the operating system that this person works under."""
    key: Line | None = None
    """Public key, ``ed25519:`` and 64 hex digits, whose private key this person holds."""


_ARTIFICIAL = Check(
    lambda text: not suspicious_codes(text),
    "no code that may be a person's; codes issued to you belong in roles_file",
)


@dataclass(frozen=True, slots=True)
class IssuedRole:
    """A test customer as issued with the contract; stands in a private file only."""

    AsiakasTunnus: Line
    TunnusTyyppi: Literal["SSN", "CRN"] = "SSN"


@dataclass(frozen=True, slots=True)
class Role(IssuedRole):
    """A test customer of an endpoint, artificial: individual number 900-999."""

    AsiakasTunnus: Annotated[Line, _ARTIFICIAL]


_Prefix = Annotated[
    str, pattern(r"#default|[^\W\d][\w.-]{0,99}", "a namespace prefix, or #default")
]


@dataclass(frozen=True, slots=True)
class SigningTable:
    """``[endpoints.NAME.signing]``: how every request is signed."""

    key: Line | None = None
    """File of the key and certificate: PEM, or PKCS #12 (.p12, .pfx)."""
    password: Secret | None = None
    algorithm: Literal["rsa-sha1", "rsa-sha256"] | None = None
    """Empty: rsa-sha1 for the account, rsa-sha256 for any other service."""
    covers: tuple[Literal["timestamp", "body", "token", "username"], ...] = ("timestamp", "body")
    ttl: Annotated[float, Check(lambda value: 0 <= value <= _DAY, "seconds, at most a day")] = 60
    """Seconds from Created to Expires; 0 writes no Expires."""
    must_understand: Literal["1", "0", "absent"] = "1"
    order: tuple[Literal["token", "signature", "timestamp", "username"], ...] = ()
    """What stands in the Security header; what is not named follows in the usual order."""
    position: Literal["first", "last"] = "first"
    """Of the Security header among other headers."""
    prefixes: tuple[_Prefix, ...] = ()
    """InclusiveNamespaces list of every canonicalisation."""
    user: Line | None = None
    """Writes a UsernameToken."""
    user_password: Secret | None = None
    user_password_type: Literal["digest", "text"] = "digest"  # noqa: S105 - a way to write one


@dataclass(frozen=True, slots=True)
class ResponseTable:
    """``[endpoints.NAME.response]``: what signatures of answers have to fulfil."""

    security: Literal["required", "if-present", "none"] = "required"
    trusted: Line | None = None
    """PEM file of whose signatures count."""
    pins: tuple[Fingerprint, ...] = ()
    """SHA-256 of the only signers' certificates that count; then ``trusted`` does not matter."""
    name: Annotated[str, _SHORT] = ""
    """CN that the signer's certificate has to have."""
    sha1: Literal["noted", "refused"] = "noted"
    max_age: Annotated[float, _seconds(_DAY)] = 300
    skew: Annotated[float, Check(lambda value: 0 <= value <= 3600, "seconds, at most 3600")] = 60


@dataclass(frozen=True, slots=True)
class EndpointTable:
    """``[endpoints.NAME]``: an integration endpoint and what it is called there."""

    url: Line
    level: Level
    ca_file: Line | None = None
    client_cert: Line | None = None
    client_key: Line | None = None
    client_p12: Line | None = None
    client_password: Secret | None = None
    server_name: HostName | None = None
    fingerprint: Fingerprint | None = None
    """SHA-256 of the only certificate that is accepted."""
    signing: SigningTable | None = None
    response: ResponseTable | None = None
    connect_to: Line | None = None
    """``host`` or ``host:port`` instead of looking up the URL's host."""
    proxy: Line | None = None
    """``host:port`` of an HTTP proxy; none of the environment is ever used."""
    connect: Annotated[float, _seconds(60)] = DEFAULT.connect
    read: Annotated[float, _seconds(300)] = DEFAULT.read
    deadline: Annotated[float, _seconds(600)] = DEFAULT.deadline
    provides: tuple[Slug, ...] = ()
    """Needs of scenarios that this endpoint can be brought to meet."""
    roles: dict[Slug, Role] = field(default_factory=dict)
    roles_file: Line | None = None
    """TOML file of further roles, issued with the contract; git must ignore it."""
    ids: dict[Slug, Line] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListenerTable:
    """``[listener]``: where calls of the other side come, in scenarios that receive."""

    listen: Line = "127.0.0.1"
    """IP address of this machine; any other than loopback needs ``cert``."""
    port: Annotated[int, Check(lambda value: 0 <= value <= 65535, "a port from 0 to 65535")] = 8089
    path: Annotated[Line, pattern("/[!-~]*", "a path that begins with /")] | None = None
    """Unless given, that of the address in the contract."""
    host_name: HostName | None = None
    """Name under which it may be called, besides addresses and that of ``url``."""
    url: Line | None = None
    """Where others reach it, when that differs."""
    cert: Line | None = None
    key: Line | None = None
    client_ca: Line | None = None
    """PEM file of what callers' certificates must be issued by, or of these themselves."""
    client_fingerprint: Fingerprint | None = None
    """SHA-256 of the only certificate that may call."""
    security: Literal["required", "if-present", "none"] = "none"
    trusted: Line | None = None
    """PEM file of whose signatures of calls count."""
    contract: Line | None = None
    """What is served there: a reference, or a name for its newest version; unless given, the
    newest return channel of the account."""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file."""

    project: ProjectTable
    contract: ContractTable
    scenarios: ScenariosTable | None = None
    ledger: LedgerTable = field(default_factory=LedgerTable)
    gate: GateTable = field(default_factory=GateTable)
    people: dict[Slug, PersonTable] = field(default_factory=dict)
    endpoints: dict[Slug, EndpointTable] = field(default_factory=dict)
    listener: ListenerTable | None = None
    secrets: dict[Slug, Secret] = field(default_factory=dict)
    """Where the secrets stand that scenarios name as ``${secret.NAME}``."""
    _folder: Path = field(default=Path(), repr=False)
    _ledger: str | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        """The project's folder: the one the file lies in, absolute."""
        return self._folder

    @property
    def path(self) -> Path:
        """The file itself."""
        return self._folder / FILE_NAME

    @property
    def state_folder(self) -> Path:
        """Where runs leave evidence and other files of this machine."""
        return self._folder / STATE_FOLDER

    @property
    def evidence_folder(self) -> Path:
        """Where runs of this project write their evidence files."""
        return self.state_folder / "evidence" / self.project.id

    def resolve(self, path: str) -> Path:
        """``path`` of the file as an absolute path; ``~`` is not expanded."""
        return (self._folder / path).absolute()

    def secret(self, reference: str) -> str:
        """What stands where a reference points: ``env:VARIABLE`` or ``file:PATH``.

        Raises:
            ConfigError: nothing stands there.
        """
        kind, _, place = reference.partition(":")
        found = os.environ.get(place) if kind == "env" else _first_line(self.resolve(place))
        if not found:
            raise ConfigError(
                f"the secret {reference} is not there",
                where=str(self.path),
                todo="Set the variable, or write the secret as the file's first line.",
            )
        return found

    @property
    def process_file(self) -> Path | None:
        """The file of the joining process; None when the process is a built-in one."""
        named = self.project.process
        return self.resolve(named) if named.endswith(".toml") else None

    @property
    def ledger_place(self) -> LedgerPlace:
        """The ledger: ``--ledger``, else ``HARNESS_LEDGER``, else the file's ``[ledger] path``.

        Raises:
            ConfigError: it is neither a file nor a PostgreSQL server: the record is never kept in
                memory; or its URL holds a password where other people read it.
        """
        outside = self._ledger or os.environ.get("HARNESS_LEDGER")
        named = outside or self.ledger.path
        if is_url(named):
            shared = SharedLedger.read(named, self.state_folder)
            if shared.holds_password:
                self._check_place_of_password(in_file=not outside)
            return shared.with_password(os.environ.get("HARNESS_LEDGER_PASSWORD", ""))
        if ":memory:" in named or named.startswith("file:"):
            raise ConfigError(
                f"the ledger is a file, not {named!r}", todo="Name a file on a local disk."
            )
        return self.resolve(named)

    def _check_place_of_password(self, *, in_file: bool) -> None:
        """A ledger's URL with a password stands nowhere where others read it.

        Raises:
            ConfigError: it is the file's, or tox has called us: tox writes variables and command
                to its log, and hides the values of those only that are secrets by their names.
        """
        if in_file:
            raise ConfigError(
                "the ledger's URL holds a password, which everybody who has this file can read",
                where=str(self.path),
                todo="Take it out; give it in HARNESS_LEDGER_PASSWORD or PGPASSWORD, or in a "
                "password file (~/.pgpass).",
            )
        if "TOX_ENV_NAME" in os.environ:
            raise ConfigError(
                "the ledger's URL holds a password, and tox writes this URL to its log",
                todo="Change the password: it stands there by now. Give the new one in "
                "HARNESS_LEDGER_PASSWORD, which tox hides, or in a password file (~/.pgpass).",
            )

    def with_ledger(self, named: str) -> Self:
        """The same project with another ledger: a path, relative to here, or a server's URL."""
        return replace(self, _ledger=named if is_url(named) else str(Path(named).absolute()))

    def without_endpoints(self) -> Self:
        """The same project with the built-in endpoints only: ``mock`` is our account."""
        return replace(self, endpoints={})

    def with_scenarios(self, folder: Path) -> Self:
        """The same project with its suites elsewhere."""
        return replace(self, scenarios=ScenariosTable(str(folder.absolute())))

    @property
    def key_path(self) -> Path:
        """Private key of the ledger: ``HARNESS_LEDGER_KEY``, else ``[ledger] key``."""
        return self.resolve(os.environ.get("HARNESS_LEDGER_KEY") or self.ledger.key)

    @property
    def catalogues(self) -> tuple[Path, ...]:
        """Folders of contracts: the project's own first, then the shipped book."""
        own, shipped = self._folder / "contracts", book("contracts")
        return tuple(dict.fromkeys(p for p in (own, shipped) if p.is_dir()))

    @property
    def scenarios_folder(self) -> Path:
        """The folder of suites.

        Raises:
            ConfigError: the file has no ``[scenarios]`` table, or the folder does not exist.
        """
        if self.scenarios is None:
            raise ConfigError(
                "no scenarios are configured",
                where=str(self.path),
                todo='Add a table [scenarios] with folder = "scenarios".',
            )
        own = self.resolve(self.scenarios.folder)
        if own.is_dir():
            return own
        raise ConfigError(
            f"the scenarios folder {self.scenarios.folder!r} does not exist",
            where=str(self.path),
            todo=f"Create it, or copy the shipped suites from {book('scenarios')}.",
        )

    def configuration_digest(self, endpoint: str, version: str | None = None) -> str:
        """SHA-256 of what in this file shapes a run against ``endpoint``; no secrets, no people.

        A change of it makes earlier evidence speak of another configuration (CODE_CHANGED).
        ``version`` asks for the digest as if the file named that version of its contract.
        """
        entry = self.endpoints.get(endpoint)
        named = {} if version is None else {"version": version}
        shaping = {
            "contract": {"name": self.contract.name, "version": self.contract.version, **named},
            "system_release": self.project.system_release,
            "endpoint": tables.plain(entry) if entry else endpoint,
        }
        if self.listener is not None:
            shaping["listener"] = tables.plain(self.listener)
        canonical = json.dumps(shaping, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one ``harness.toml``.

        Raises:
            ConfigError: it cannot be read, is not TOML, or a key or value is not as described.
        """
        where = str(path)
        data = read_toml(path)
        try:
            config: Self = tables.read(cls, data)
        except NotAsDescribed as error:
            raise ConfigError(error.what, where=where) from None
        return replace(config, _folder=path.parent.absolute())


def find(start: Path | None = None) -> Config:
    """The nearest ``harness.toml`` from ``start`` (default: ``HARNESS_PROJECT`` or here) upwards.

    Raises:
        ConfigError: there is none.
    """
    here = plain(start or Path(os.environ.get("HARNESS_PROJECT") or "."))
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return Config.read(folder / FILE_NAME)
    raise ConfigError(
        f"there is no {FILE_NAME} here or in any folder above",
        where=str(here),
        todo="Go to the project's folder, or name it with --project.",
    )


def plain(folder: Path) -> Path:
    """A folder as an absolute path without ``..``: what lies below it can be compared by name."""
    return folder.resolve() if ".." in folder.parts else folder.absolute()


def book(name: BookName) -> Path:
    """The shipped folder of a book or of the example forms, in a wheel as in a checkout."""
    inside = Path(__file__).parent / "books" / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def _first_line(path: Path) -> str:
    try:
        with files.opened(path) as file:
            return file.readline(DEFAULT.max_name).decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""


def read_roles(path: Path) -> dict[str, IssuedRole]:
    """The test customers of a private file.

    Raises:
        ConfigError: it cannot be read, or a role is not as described.
    """
    try:
        found: dict[str, IssuedRole] = tables.read(dict[Slug, IssuedRole], read_toml(path))
    except NotAsDescribed as error:
        raise ConfigError(error.what, where=str(path)) from None
    return found


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a mapping, for files that other rooms validate (forms).

    Raises:
        ConfigError: it cannot be read, is too large, or is not TOML.
    """
    return toml(toml_bytes(path), path)


def toml_bytes(path: Path) -> bytes:
    """A TOML file as it is, to be read and kept.

    Raises:
        ConfigError: it cannot be read, or is too large.
    """
    where = str(path)
    try:
        raw = files.read(path, DEFAULT.max_config_bytes)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=where) from None
    if len(raw) > DEFAULT.max_config_bytes:
        raise ConfigError(f"larger than {DEFAULT.max_config_bytes} bytes", where=where)
    return raw


def toml(raw: bytes, path: Path) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        ConfigError: it is not TOML.
    """
    where = str(path)
    if raw.startswith(BOM_UTF8):  # as Notepad may write it; tomllib would point at nothing visible
        todo = "Save it as UTF-8 without a byte order mark."
        raise ConfigError(
            "begins with a byte order mark, which TOML has not", where=where, todo=todo
        )
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8", where=where, todo="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", where=where) from None
    except RecursionError:
        raise ConfigError("not valid TOML: nested too deep", where=where) from None
    except ValueError:  # of thousands of digits
        raise ConfigError("not valid TOML: a number is too long", where=where) from None
