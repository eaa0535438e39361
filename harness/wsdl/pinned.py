"""The files of one contract, pinned by digest: nothing else is ever opened.

Rules:

* ``contract.toml`` names every file of the folder with its SHA-256, and every location written in
  those files with the file it stands for, where that is not plain from the location itself;
* a file that is missing, altered or not listed is refused, so is a location that stands for none;
* names are plain relative ones: no scheme, no absolute path, no ``..``, no link, no device;
* after ``pin`` has returned, only the bytes it read are used.
"""

import datetime as dt
import os
import re
import stat
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from harness.classes import dataclass
from harness.errors import ContractError
from harness.files import opened
from harness.limits import Limits

MANIFEST: Final = "contract.toml"
PLAIN: Final = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEXTS: Final = ("name", "version", "title", "interface", "source", "entry", "encoding")
_OPTIONAL: Final = ("retires", "health", "certain", "inferred", "locations", "service", "port")
_KEYS: Final = frozenset((*_TEXTS, "date", "files", *_OPTIONAL))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``contract.toml`` says.

    Attributes:
        name: folder below the catalogue, without the version.
        version: folder below the name.
        title: one line for people.
        interface: the provider's name of the interface.
        source: where the files come from.
        date: when this version appeared; the newest of a name is the default.
        retires: the first day on which the interface no longer answers.
        health: operation that changes nothing and tells whether the service answers.
        entry: the WSDL file that describes the service.
        encoding: of the requests that are written, ``UTF-8``.
        certain: what the sources state.
        inferred: what was concluded and may be wrong.
        files: name to SHA-256 in lower-case hex.
        locations: location as written in a file, to the name of the file it stands for.
        service: the service that is meant, when the description has several.
        port: the port that is meant, likewise.
    """

    name: str
    version: str
    title: str
    interface: str
    source: str
    date: dt.date
    retires: dt.date | None
    health: str | None
    entry: str
    encoding: str
    certain: tuple[str, ...]
    inferred: tuple[str, ...]
    files: Mapping[str, str]
    locations: Mapping[str, str]
    service: str | None = None
    port: str | None = None

    @property
    def digest(self) -> str:
        """One SHA-256 for the whole contract.

        Over the sorted lines ``file <name> <sha256>`` and ``location <as written> <name>``, and
        ``service <name>`` and ``port <name>`` where the manifest names them, each ended by a line
        feed, in UTF-8.
        """
        lines = [f"file {name} {value}\n" for name, value in self.files.items()]
        lines += [f"location {written} {name}\n" for written, name in self.locations.items()]
        lines += [f"service {self.service}\n"] if self.service else []
        lines += [f"port {self.port}\n"] if self.port else []
        return sha256("".join(sorted(lines)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Pinned:
    """A manifest and the bytes it vouches for."""

    manifest: Manifest
    folder: Path
    files: Mapping[str, bytes]


def pin(folder: Path, limits: Limits) -> Pinned:
    """Read the contract in ``folder`` and check every file against its digest.

    Raises:
        ContractError: naming the file, what is wrong with it and what to do.
    """
    manifest = read_manifest(folder, limits)
    _refuse_strangers(folder, manifest.files, limits)
    files: dict[str, bytes] = {}
    room = limits.max_schema_bytes
    for name, digest in manifest.files.items():
        data = _bytes_of(folder, name, room)
        room -= len(data)
        _compare(folder / name, digest, sha256(data).hexdigest())
        files[name] = data
    return Pinned(manifest, folder, MappingProxyType(files))


def read_manifest(folder: Path, limits: Limits) -> Manifest:
    """What the ``contract.toml`` in ``folder`` says; the files it names are not opened.

    Raises:
        ContractError: it is missing, not TOML, or not what a manifest must be.
    """
    return _manifest(
        folder / MANIFEST, _bytes_of(folder, MANIFEST, limits.max_config_bytes), limits
    )


@lru_cache(maxsize=64)
def _manifest(path: Path, data: bytes, limits: Limits) -> Manifest:
    """What these bytes say; the same bytes are parsed once in a process, and reading them is not.

    Raises:
        ContractError: they are not TOML, or not what a manifest must be.
    """
    try:
        table = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise ContractError("The file is not UTF-8.", where=str(path)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ContractError(f"The file is not TOML: {error}.", where=str(path)) from None
    except ValueError:  # of thousands of digits
        what = "The file is not TOML: a number is too long."
        raise ContractError(what, where=str(path)) from None
    return _Reader(path, table, limits).manifest()


def forget() -> None:
    """Parse manifests anew: for measurements."""
    _manifest.cache_clear()


def digest_lines(folder: Path) -> str:
    """The ``[files]`` table that fits the files as they are now.

    For whoever changes a contract on purpose: the result replaces the table in ``contract.toml``.

    Raises:
        ContractError: the folder holds something that no contract may hold.
    """
    names = sorted(name for name in _names_in(folder) if name != MANIFEST)
    lines = [f'"{name}" = "{sha256(_bytes_of(folder, name)).hexdigest()}"\n' for name in names]
    return "[files]\n" + "".join(lines)


class _Reader:
    """Turns the TOML table into a manifest, refusing what it does not know."""

    def __init__(self, path: Path, table: Mapping[str, object], limits: Limits) -> None:
        self.path = path
        self.table = table
        self.limits = limits

    def manifest(self) -> Manifest:
        unknown = sorted(set(self.table) - _KEYS)
        if unknown:
            raise self._error(f"Unknown key {unknown[0]!r}.", f"Known are {_listed(_KEYS)}.")
        files = self._files()
        return Manifest(
            name=self._name("name"),
            version=self._name("version"),
            title=self._text("title"),
            interface=self._text("interface"),
            source=self._text("source"),
            date=self._date("date"),
            retires=self._date("retires") if "retires" in self.table else None,
            health=self._text("health") if "health" in self.table else None,
            entry=self._listed("entry", self._text("entry"), files),
            encoding=self._encoding(),
            certain=self._texts("certain"),
            inferred=self._texts("inferred"),
            files=files,
            locations=self._locations(files),
            service=self._text("service") if "service" in self.table else None,
            port=self._text("port") if "port" in self.table else None,
        )

    def _error(self, what: str, todo: str = "") -> ContractError:
        return ContractError(what, where=str(self.path), todo=todo)

    def _text(self, key: str) -> str:
        value = self.table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._error(f"{key} must be a text.", f'Write {key} = "...".')
        return value

    def _name(self, key: str) -> str:
        value = self._text(key)
        if not PLAIN.fullmatch(value):
            raise self._error(
                f"{key} may hold letters, digits, '.', '-', '_' and '/' only.",
                "It is a place in the catalogue.",
            )
        return value

    def _encoding(self) -> str:
        value = self._text("encoding")
        if value.upper() != "UTF-8":
            raise self._error("encoding must be UTF-8.", "Requests are written in UTF-8 only.")
        return value

    def _date(self, key: str) -> dt.date:
        value = self.table.get(key)
        if type(value) is not dt.date:
            raise self._error(f"{key} must be a date.", f"Write {key} = 2027-01-31.")
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._error(f"{key} must be a list of texts.")
        return tuple(cast("list[str]", value))

    def _table(self, key: str) -> Mapping[str, str]:
        value = self.table.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise self._error(f"[{key}] must be a table of texts.")
        return MappingProxyType(cast("dict[str, str]", value))

    def _files(self) -> Mapping[str, str]:
        files = self._table("files")
        if not files or len(files) > self.limits.max_contract_files:
            most = self.limits.max_contract_files
            raise self._error(f"[files] must name 1 to {most} files.")
        for name, digest in files.items():
            if not PLAIN.fullmatch(name) or name == MANIFEST:
                raise self._error(
                    f"[files] names {name!r}, which is not a plain relative file name.",
                    "Copy the file into the contract's folder and name it there.",
                )
            if not _DIGEST.fullmatch(digest):
                raise self._error(f"The digest of {name} is not 64 lower-case hex digits.")
        return files

    def _locations(self, files: Mapping[str, str]) -> Mapping[str, str]:
        locations = self._table("locations")
        for written, name in locations.items():
            if any(sign in written for sign in "\r\n"):
                raise self._error("[locations] has a location of several lines.")
            self._listed("locations", name, files)
        return locations

    def _listed(self, key: str, name: str, files: Mapping[str, str]) -> str:
        if name not in files:
            raise self._error(f"{key} names {name!r}, which [files] does not list.")
        return name


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _compare(path: Path, expected: str, actual: str) -> None:
    if actual != expected:
        raise ContractError(
            f"The file is not the pinned one (sha256 {actual[:12]}..., pinned {expected[:12]}...).",
            where=str(path),
            todo=f"Restore it, or review the change and write its digest into {MANIFEST}.",
        )


def _refuse_strangers(folder: Path, files: Mapping[str, str], limits: Limits) -> None:
    for count, name in enumerate(_names_in(folder)):
        if count > limits.max_contract_files:
            raise ContractError("The folder holds too many files.", where=str(folder))
        if name != MANIFEST and name not in files:
            raise ContractError(
                f"The file is not listed in {MANIFEST}.",
                where=str(folder / name),
                todo="Remove it, or review it and list it with its digest under [files].",
            )


def _names_in(folder: Path) -> Iterator[str]:
    """Everything below the folder that is not itself a folder, as relative names."""
    start = len(os.path.join(folder, ""))  # noqa: PTH118  a path object a file is what costs here
    for base, _, names in os.walk(folder, followlinks=False):
        below = base[start:].replace(os.sep, "/")
        for name in names:
            yield f"{below}/{name}" if below else name


def _is_inside(folder: Path, name: str) -> bool:
    """Whether the file lies below the folder; only a link on the way could lead it out."""
    path = folder / name
    links = (each.is_symlink() for each in (path, *path.parents[: name.count("/")]))
    return not any(links) or path.resolve(strict=True).is_relative_to(folder.resolve(strict=True))


def _bytes_of(folder: Path, name: str, room: int = sys.maxsize) -> bytes:
    """The bytes of one regular file below ``folder``, at most ``room`` of them."""
    path = folder / name
    where = str(path)
    try:
        seen = path.lstat()
        if (stat.S_ISLNK(seen.st_mode) or "/" in name) and not _is_inside(folder, name):
            raise ContractError(
                "The file lies outside the contract's folder.",
                where=where,
                todo="Replace the link by a copy of the file.",
            )
        if not stat.S_ISREG(seen.st_mode):
            raise ContractError(
                "This is not a regular file.",
                where=where,
                todo="Links, devices and pipes are never read; put a copy of the file there.",
            )
        with opened(path) as file:
            # Not room + 1: so many bytes would be set aside for every small file.
            data = file.read(min(seen.st_size, room) + 1)
    except FileNotFoundError:
        raise ContractError(
            "The file is missing.", where=where, todo="Restore it from where the contract came."
        ) from None
    except OSError as error:
        raise ContractError(f"The file cannot be read ({error.strerror}).", where=where) from None
    if len(data) > room:
        raise ContractError(
            "The file is larger than the files of a contract may be together.",
            where=where,
            todo="See harness.limits: max_schema_bytes, max_config_bytes.",
        )
    if len(data) > seen.st_size:
        raise ContractError("The file grew while it was read.", where=where, todo="Try again.")
    return data
