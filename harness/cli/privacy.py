"""``harness privacy``: is personal data lying where none belongs, and what is kept goes."""

import sys
from pathlib import Path

import click

from harness import files
from harness.cli.common import emit, json_option, settings
from harness.cli.erasing import due, erase
from harness.cli.groups import Group
from harness.config import Config, read_roles
from harness.errors import ConfigError
from harness.limits import DEFAULT
from harness.privacy.recognising import Wanted
from harness.privacy.searching import Searched, search, search_stream
from harness.vocabulary import counted

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Group)
def privacy() -> None:
    """Search files for identity codes; erase exchanges that were kept."""


privacy.add_command(due)
privacy.add_command(erase)


@privacy.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True, path_type=Path)
)
@click.option(
    "--issued",
    multiple=True,
    type=_FILE,
    help="A roles_file: these codes were issued for tests; those of harness.toml are known.",
)
@click.option(
    "--words", type=_FILE, help="File of further texts that must not be there, one a line."
)
@json_option
def scan(
    paths: tuple[Path, ...], issued: tuple[Path, ...], words: Path | None, *, as_json: bool
) -> int:
    """Search files and folders for identity codes of persons; - is stdin. Exit 1: some were found.

    Codes are found mistyped, split and encoded, too, and in what is packed. They are never shown.
    """
    wanted = Wanted(_issued(issued), _words(words))
    searched = [_search(path, wanted) for path in paths]
    sightings = [each for result in searched for each in result.sightings]
    emit(_data(searched), _text(searched), as_json=as_json)
    return 1 if sightings else 0


def _search(path: Path, wanted: Wanted) -> Searched:
    if str(path) == "-":
        return search_stream(sys.stdin.buffer, "-", wanted)
    return search(path, wanted)


def _issued(files: tuple[Path, ...]) -> frozenset[str]:
    """Codes of roles files: those named, and those that the project's endpoints name."""
    named = list(files)
    config = _config()
    if config is not None:
        listed = (each.roles_file for each in config.endpoints.values())
        own = (config.resolve(name) for name in listed if name is not None)
        named += [file for file in own if file.is_file()]
    roles = (each for file in named for each in read_roles(file).values())
    return frozenset(each.AsiakasTunnus.upper() for each in roles)


def _config() -> Config | None:
    try:
        return settings()
    except ConfigError:
        return None


def _words(file: Path | None) -> tuple[str, ...]:
    if file is None:
        return ()
    try:
        data = files.read(file, DEFAULT.max_config_bytes)[: DEFAULT.max_config_bytes]
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(file)) from None
    return tuple(
        line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()
    )


def _data(searched: list[Searched]) -> dict[str, object]:
    return {
        "found": [
            {
                "path": each.path,
                "place": each.place,
                "kind": each.kind.value,
                "form": each.form.value,
                "why": each.why,
            }
            for result in searched
            for each in result.sightings
        ],
        "files": sum(each.files for each in searched),
        "bytes": sum(each.size for each in searched),
        "links": sum(each.links for each in searched),
        "skipped": [name for each in searched for name in each.skipped],
    }


def _text(searched: list[Searched]) -> str:
    lines = [str(each) for result in searched for each in result.sightings]
    files, size = sum(each.files for each in searched), sum(each.size for each in searched)
    told = f"{counted(files, 'file')}, {counted(size, 'byte')} searched"
    told = f"{told}: {len(lines) or 'nothing'} found"
    links, skipped = sum(each.links for each in searched), [s for e in searched for s in e.skipped]
    more = [f"{counted(links, 'symbolic link')} not followed"] if links else []
    more += [f"not searched: {name}" for name in skipped]
    return "\n".join([*lines, told, *more])
