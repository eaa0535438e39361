"""``harness.toml``: what a project says of itself, and where the three books lie.

One file in the project's folder; command-line options come before environment variables, and those
before the file. Only ``HARNESS_*`` variables are read. Unknown keys are refused: a misspelt key
that is silently ignored would be a rule that is silently not applied.
"""

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationError,
    field_validator,
)

from harness.errors import ConfigError
from harness.identity import suspicious_codes
from harness.limits import DEFAULT
from harness.vocabulary import Level

FILE_NAME = "harness.toml"
STATE_FOLDER = ".harness"

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
BookName = Literal["contracts", "scenarios", "events", "forms"]


Secret = Annotated[str, StringConstraints(pattern=r"^(env:HARNESS_[A-Z0-9_]+|file:.+)$")]
"""Where a secret stands, never the secret itself."""
HostName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$")]


class _Table(BaseModel):
    """A table of the file: unknown keys refused, values never changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProjectTable(_Table):
    """``[project]``: the joining project."""

    id: Slug
    name: Line
    kind: Literal["rehearsal", "joining"]
    """A rehearsal can never open production; fixed when the project is created."""
    organisation: Literal["municipality", "state", "other"]
    """Decides the kind of agreement in phase 1."""
    authority: Line
    supplier: Line
    system_release: Annotated[str, StringConstraints(max_length=200)] = ""
    """Release of the supplier's own system that the runs are made for."""
    forms: Line = "forms"
    """Folder of the filled-in forms, relative to the file."""
    process: Line = "liittymisprosessi-1.0.2"
    """Id of a built-in joining process, or a file of one's own that ends in ``.toml``."""


class ContractTable(_Table):
    """``[contract]``: the interface description the service is built to."""

    name: Line
    version: Line | None = None
    """Empty: the newest of the catalogue."""


class ScenariosTable(_Table):
    """``[scenarios]``: where the suites lie. Without this table the pytest plugin is inert."""

    folder: Line = "scenarios"


class LedgerTable(_Table):
    """``[ledger]``: where the record lies."""

    path: Line = f"{STATE_FOLDER}/ledger.sqlite3"
    key: Line = f"{STATE_FOLDER}/ledger.key"
    checkpoints: tuple[Line, ...] = ()
    """Folders, best on another machine, where each new checkpoint is also published."""


class PersonTable(_Table):
    """``[people.ID]``: who acts, for which party, and how the harness can tell."""

    party: Literal["authority", "supplier", "account", "account-supplier"]
    role: Line
    os: Line | None = None
    """Account name of the operating system that this person works under."""
    key: Line | None = None
    """Public key, ``ed25519:`` and 64 hex digits, whose private key this person holds."""


class IssuedRole(_Table):
    """A test customer as issued with the contract; stands in a private file only."""

    AsiakasTunnus: Line
    TunnusTyyppi: Literal["SSN", "CRN"] = "SSN"


class Role(IssuedRole):
    """A test customer of an endpoint, artificial: individual number 900-999."""

    @field_validator("AsiakasTunnus")
    @classmethod
    def _artificial(cls, value: str) -> str:
        if suspicious_codes(value):
            raise ValueError("may be a person's; codes issued to you belong in roles_file")
        return value


class EndpointTable(_Table):
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
    connect_to: Line | None = None
    """``host`` or ``host:port`` instead of looking up the URL's host."""
    proxy: Line | None = None
    """``host:port`` of an HTTP proxy; none of the environment is ever used."""
    connect: Annotated[float, Field(gt=0, le=60)] = DEFAULT.connect
    read: Annotated[float, Field(gt=0, le=300)] = DEFAULT.read
    deadline: Annotated[float, Field(gt=0, le=600)] = DEFAULT.deadline
    provides: tuple[Slug, ...] = ()
    """Needs of scenarios that this endpoint can be brought to meet."""
    roles: dict[Slug, Role] = Field(default_factory=dict)
    roles_file: Line | None = None
    """TOML file of further roles, issued with the contract; git must ignore it."""
    ids: dict[Slug, Line] = Field(default_factory=dict)


class Config(_Table):
    """The whole file."""

    project: ProjectTable
    contract: ContractTable
    scenarios: ScenariosTable | None = None
    ledger: LedgerTable = LedgerTable()
    people: dict[Slug, PersonTable] = Field(default_factory=dict)
    endpoints: dict[Slug, EndpointTable] = Field(default_factory=dict)
    _folder: Path = Path()
    _ledger: Path | None = None

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
        """What stands where a reference points: ``env:HARNESS_NAME`` or ``file:PATH``.

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
    def ledger_path(self) -> Path:
        """The ledger: ``--ledger``, else ``HARNESS_LEDGER``, else the file's ``[ledger] path``.

        Raises:
            ConfigError: it is no file: the record is never kept in memory.
        """
        named = str(self._ledger or os.environ.get("HARNESS_LEDGER") or self.ledger.path)
        if ":memory:" in named or named.startswith("file:"):
            raise ConfigError(
                f"the ledger is a file, not {named!r}", todo="Name a file on a local disk."
            )
        return self.resolve(named)

    def with_ledger(self, path: Path) -> Self:
        """The same project with another ledger."""
        changed = self.model_copy()
        changed._ledger = path.absolute()  # noqa: SLF001 - our own private attribute
        return changed

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
            "contract": {**self.contract.model_dump(mode="json"), **named},
            "system_release": self.project.system_release,
            "endpoint": entry.model_dump(mode="json") if entry else endpoint,
        }
        canonical = json.dumps(shaping, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one ``harness.toml``.

        Raises:
            ConfigError: it cannot be read, is not TOML, or a key or value is not as described.
        """
        where = str(path)
        data = _toml(path)
        try:
            config = cls.model_validate(data)
        except ValidationError as error:
            raise ConfigError(_explain(error), where=where) from None
        config._folder = path.parent.absolute()  # noqa: SLF001 - our own private attribute
        return config


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
        with path.open(encoding="utf-8") as file:
            return file.readline(DEFAULT.max_name).rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""


class _RolesFile(RootModel[dict[Slug, IssuedRole]]):
    """A file of issued roles: a table a role."""


def read_roles(path: Path) -> dict[str, IssuedRole]:
    """The test customers of a private file.

    Raises:
        ConfigError: it cannot be read, or a role is not as described.
    """
    try:
        return dict(_RolesFile.model_validate(_toml(path)).root)
    except ValidationError as error:
        raise ConfigError(_explain(error), where=str(path)) from None


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a mapping, for files that other rooms validate (forms).

    Raises:
        ConfigError: it cannot be read, is too large, or is not TOML.
    """
    return _toml(path)


def _toml(path: Path) -> dict[str, Any]:
    where = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(DEFAULT.max_config_bytes + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=where) from None
    if len(raw) > DEFAULT.max_config_bytes:
        raise ConfigError(f"larger than {DEFAULT.max_config_bytes} bytes", where=where)
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8", where=where, todo="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", where=where) from None
    except RecursionError:
        raise ConfigError("not valid TOML: nested too deep", where=where) from None


def _explain(error: ValidationError) -> str:
    """One sentence a problem, each naming its table and key."""
    return "; ".join(
        f"{_place(problem['loc'])}: {_reason(problem['type'], problem['msg'])}"
        for problem in error.errors(include_input=False, include_url=False)
    )


def _place(location: tuple[int | str, ...]) -> str:
    *tables, key = (str(part) for part in location)
    return f"[{'.'.join(tables)}] {key}" if tables else f"[{key}]"


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "this key is not known"
    if kind == "missing":
        return "is missing"
    return message[0].lower() + message[1:]
