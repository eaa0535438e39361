"""Taking what was published into the catalogue: a file, a folder or an archive, pinned by digest.

Rules:

* only regular files below the path that was given are opened, nothing is ever fetched;
* of an archive or folder those WSDL and XSD files are kept that the entry file reaches;
* a location that does not lead to a file by itself (an address, ``?xsd=Name.xsd``) is matched with
  the file of that name, else with the only schema of the namespace; the match is written into
  ``contract.toml``, where a reviewer sees it;
* files are copied byte for byte; a name that is not plain is made plain.
"""

import json
import os
import posixpath
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from harness.classes import dataclass
from harness.errors import ContractError
from harness.files import opened
from harness.limits import DEFAULT, Limits
from harness.wsdl.contract import Contract, load
from harness.wsdl.pinned import MANIFEST, PLAIN

if TYPE_CHECKING:
    from lxml import etree

_KINDS: Final = frozenset((".wsdl", ".xsd", ".xml"))
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person who adds a contract says about it; empty means: found out.

    Attributes:
        name: place in the catalogue, without the version.
        version: folder below the name; the day when empty.
        entry: the WSDL file that describes the service, as named in what is added.
        port: the port to read, ``PORT`` or ``SERVICE/PORT``; the first SOAP 1.1 port when empty.
    """

    name: str = ""
    version: str = ""
    entry: str = ""
    port: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """A contract that now lies in the catalogue.

    Attributes:
        contract: as it is found from now on.
        left_out: files that the entry does not reach.
        locations: location as written to the file it was matched with.
    """

    contract: Contract
    left_out: tuple[str, ...]
    locations: Mapping[str, str]


def add(
    path: Path, catalogue: Path, today: date, wanted: Wanted | None = None, limits: Limits = DEFAULT
) -> Added:
    """Copy a published description into the catalogue and pin it.

    Args:
        path: a WSDL file, a folder or a zip archive.
        catalogue: the folder of contracts to put it in.
        today: date of the contract.
        wanted: name, version and entry, where they are not to be found out.
        limits: what it may cost.

    Raises:
        ContractError: what was given is hostile, incomplete or already there; nothing is written.
    """
    wanted = wanted or Wanted()
    files = _plain(_gathered(path, limits))
    found = _Reader(files, limits, path)
    entry = found.entry(wanted.entry)
    reached, locations = found.reached(entry)
    name = wanted.name or slug(found.service(entry) or PurePosixPath(entry).stem) or "service"
    version = wanted.version or today.isoformat()
    if not PLAIN.fullmatch(name) or not PLAIN.fullmatch(version):
        raise ContractError(
            f"{name!r} and {version!r} are no place in the catalogue.",
            todo="Use letters, digits, '.', '-', '_' and '/' for --name and --version.",
        )
    texts = {
        "name": name,
        "version": version,
        "title": f"{found.service(entry) or name}, as published",
        "interface": found.service(entry) or name,
        "source": f"Added from {path.name}.",
        "entry": entry,
        "encoding": "UTF-8",
    }
    service, _, port = wanted.port.rpartition("/")
    texts |= {"service": service} if service else {}
    texts |= {"port": port} if port else {}
    manifest = _manifest(texts, today, {key: files[key] for key in reached}, locations)
    folder = catalogue / name / version
    pinned = {key: files[key] for key in reached}
    _write(folder, manifest, pinned, limits, describing=bool(wanted.port))
    left_out = tuple(sorted(set(files) - set(reached)))
    return Added(load(folder, limits), left_out, locations)


def _gathered(path: Path, limits: Limits) -> dict[str, bytes]:
    """Name to bytes of every WSDL and XSD file in a file, folder or archive."""
    if path.is_dir():
        return dict(_from_folder(path, limits))
    data = _regular(path, path, limits.max_schema_bytes)
    if data.startswith(_ZIP):
        return dict(_from_archive(path, limits))
    return {path.name: data}


def _regular(path: Path, shown: Path, room: int) -> bytes:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ContractError(
                "This is not a regular file.",
                where=str(shown),
                todo="Links, devices and pipes are never read; put a copy of the file there.",
            )
        with opened(path) as file:
            data = file.read(room + 1)
    except OSError as error:
        raise ContractError(
            f"The file cannot be read ({error.strerror}).",
            where=str(shown),
            todo="Name a WSDL file, a folder or a zip archive.",
        ) from None
    if len(data) > room:
        raise _too_large(str(shown))
    return data


def _too_large(where: str) -> ContractError:
    return ContractError(
        "The files are larger than a contract may be.",
        where=where,
        todo="See harness.limits: max_schema_bytes, max_contract_files.",
    )


def _from_folder(folder: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    room, count = limits.max_schema_bytes, 0
    for base, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(base) / name
            if path.suffix.lower() not in _KINDS:
                continue
            data = _regular(path, path, room)
            room, count = room - len(data), count + 1
            if count > limits.max_contract_files:
                raise _too_large(str(folder))
            yield path.relative_to(folder).as_posix(), data


def _from_archive(path: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > 4 * limits.max_contract_files:
                raise _too_large(str(path))
            yield from _members(path, archive, limits)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _bad_archive(str(path), "The archive is damaged or encrypted.") from None
    except ArithmeticError:
        raise _bad_archive(str(path), "The archive is damaged.") from None


def _members(path: Path, archive: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, bytes]]:
    room, seen = limits.max_schema_bytes, set[str]()
    for member in archive.infolist():
        name, where = member.filename, f"{path}: {member.filename!r}"
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or ":" in parts[0] or ".." in parts or "\0" in name:
            raise _bad_archive(where, "The archive has a name that leads out of it.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _bad_archive(where, "The archive has a link.")
        if member.is_dir() or PurePosixPath(name).suffix.lower() not in _KINDS:
            continue
        name = posixpath.normpath(name)
        if name in seen or len(seen) >= limits.max_contract_files:
            raise _bad_archive(where, "The archive has a name twice, or too many files.")
        seen.add(name)
        with archive.open(member) as file:
            data = file.read(room + 1)  # what it says of its size may be a lie
        if len(data) > room:
            raise _too_large(where)
        room -= len(data)
        yield name, data


def _bad_archive(where: str, what: str) -> ContractError:
    return ContractError(what, where=where, todo="Unpack it, look at it, and add the folder.")


def _plain(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files under names that a contract may have."""
    found: dict[str, bytes] = {}
    for name, data in files.items():
        plain = plain_name(name)
        if plain in found:
            raise ContractError(
                f"Two files would both be called {plain}.", where=name, todo="Rename one of them."
            )
        found[plain] = data
    return found


def plain_name(name: str) -> str:
    """The name with every sign replaced that no file of a contract may have."""
    steps = [re.sub(r"[^A-Za-z0-9_.-]", "_", step) for step in name.split("/")]
    return "/".join(re.sub(r"^[.-]", "_", step) for step in steps)


def slug(text: str) -> str:
    """A text as a name in ASCII: ``Äänestys 2`` as ``aanestys-2``; empty when nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", ascii_letters(text).lower()).strip("-")


def ascii_letters(text: str) -> str:
    """A text without dots and rings on its letters, and without what has no such form."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


class _Reader:
    """What the files say of each other."""

    def __init__(self, files: Mapping[str, bytes], limits: Limits, path: Path) -> None:
        from harness.wsdl import sources  # noqa: PLC0415  lxml at first need

        self.sources = sources
        self.path = path
        self.broken: dict[str, ContractError] = {}
        self.roots: dict[str, etree._Element] = {}
        for name, data in files.items():
            try:
                self.roots[name] = sources.parsed(name, data, limits)
            except ContractError as error:
                self.broken[name] = error

    def service(self, name: str) -> str:
        """Name of the first service that a file describes; empty when it describes none."""
        found = self.roots[name].find(f"{{{self.sources.WSDL}}}service")
        return "" if found is None else found.get("name", "")

    def entry(self, wanted: str) -> str:
        """The file that describes the service.

        Raises:
            ContractError: there is none, or there are several.
        """
        if wanted and plain_name(wanted) in self.broken:
            raise self.broken[plain_name(wanted)]
        known = [name for name in self.roots if not wanted or name == plain_name(wanted)]
        kinds = [name for name in known if self.roots[name].tag == self.sources.DEFINITIONS]
        found = [name for name in kinds if wanted or self.service(name)]
        if len(found) > 1:
            found = [name for name in found if name not in self._imported(found)] or found
        if len(found) == 1:
            return found[0]
        if not found and self.broken:
            raise next(iter(self.broken.values()))
        what = "There is no WSDL file that describes a service."
        if found:
            what = "Several WSDL files describe a service."
        elif wanted and not known:
            what = f"There is no file {wanted!r}."
        raise ContractError(
            what,
            where=str(self.path),
            todo=f"Name one with --entry: {', '.join(sorted(found or self.roots)) or 'none'}.",
        )

    def _imported(self, names: list[str]) -> set[str]:
        return {
            target
            for name in names
            for element, written in self.sources.references(self.roots[name])
            if written and (target := self._file(name, written, element)) and target != name
        }

    def reached(self, entry: str) -> tuple[list[str], dict[str, str]]:
        """Files that the entry reaches, and the locations that do not lead there by themselves.

        Raises:
            ContractError: a location leads to none of the files, naming file and line.
        """
        found: dict[str, None] = {}
        locations: dict[str, str] = {}
        waiting = [entry]
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            if name in self.broken:
                raise self.broken[name]
            found[name] = None
            for element, written in self.sources.references(self.roots[name]):
                if written is not None:
                    waiting.append(self._located(name, element, written, locations))
        return list(found), locations

    def _located(
        self, name: str, element: "etree._Element", written: str, locations: dict[str, str]
    ) -> str:
        target = self._file(name, written, element)
        where = self.sources.place(name, element)
        if target is None:
            raise ContractError(
                f"The location {written!r} leads to none of the files; nothing is fetched.",
                where=where,
                todo="Get that file from the publisher, put it beside the others, "
                "and add the folder.",
            )
        every = {**self.roots, **self.broken}
        if self.sources.target_of(name, written, {}, every) == target:
            return target
        if locations.setdefault(written, target) != target:
            raise ContractError(
                f"The location {written!r} means {locations[written]} in one file "
                f"and {target} in another.",
                where=where,
                todo="Rename the files so that the locations lead to them.",
            )
        return target

    def _file(self, name: str, written: str, element: "etree._Element") -> str | None:
        every = {**self.roots, **self.broken}
        beside = self.sources.target_of(name, written, {}, every)
        if beside is not None:
            return beside
        parts = urlsplit(written)
        relative = plain_name(unquote(parts.path)) if not parts.scheme and not parts.query else ""
        if relative and not parts.path.startswith("/"):
            beside = posixpath.normpath(
                posixpath.join(posixpath.dirname(name), unquote(parts.path))
            )
            if plain_name(beside) in every:
                return plain_name(beside)
        if parts.scheme not in {"", "http", "https"} or (not parts.scheme and not parts.query):
            return None
        words = [value for _, value in parse_qsl(parts.query)] + [unquote(parts.path)]
        return self._by_name(words) or self._by_namespace(element)

    def _by_name(self, words: list[str]) -> str | None:
        for word in words:
            base = plain_name(posixpath.basename(word))
            for wanted in (base, f"{base}.xsd", f"{base}.wsdl"):
                every = (*self.roots, *self.broken)
                found = [name for name in every if base and posixpath.basename(name) == wanted]
                if len(found) == 1:
                    return found[0]
        return None

    def _by_namespace(self, element: "etree._Element") -> str | None:
        namespace = element.get("namespace")
        found = [
            name
            for name, root in self.roots.items()
            if root.tag == self.sources.SCHEMA and root.get("targetNamespace") == namespace
        ]
        return found[0] if namespace and len(found) == 1 else None


def _manifest(
    texts: Mapping[str, str], today: date, files: Mapping[str, bytes], locations: Mapping[str, str]
) -> str:
    lines = [f"{key} = {_quoted(value)}" for key, value in texts.items()]
    lines += [f"date = {today.isoformat()}", "", "[files]"]
    lines += [f"{_quoted(name)} = {_quoted(sha256(d).hexdigest())}" for name, d in files.items()]
    if locations:
        lines += ["", "[locations]"]
        lines += [f"{_quoted(key)} = {_quoted(value)}" for key, value in locations.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(
    folder: Path, manifest: str, files: Mapping[str, bytes], limits: Limits, *, describing: bool
) -> None:
    """Write beside the place, look whether it can be read, then move it there at once.

    With ``describing`` the port that the manifest names has to be there as well.
    """
    if folder.exists():
        raise ContractError(
            "There is a contract of this name and version.",
            where=str(folder),
            todo="Give another --version, or remove the folder first.",
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".adding-", dir=folder.parent))
    except OSError as error:
        raise ContractError(
            f"Nothing can be written ({error.strerror}).", where=str(folder)
        ) from None
    try:
        for name, data in files.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(data)
        (made / MANIFEST).write_text(manifest, encoding="utf-8")
        found = load(made, limits)
        _ = found.operations if describing else {}
        made.chmod(0o755)
        made.rename(folder)
    except OSError as error:
        raise ContractError(
            f"Nothing can be written ({error.strerror}).", where=str(folder)
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
