"""``harness init``: a project that works at once, for the account or for any other service.

What is made is made in a folder beside, checked, and only then put where it belongs; when
something is refused on the way, nothing is left.
"""

import shutil
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.account.choosing import ACCOUNT
from harness.classes import dataclass
from harness.cli.common import emit, json_option
from harness.cli.named import Named
from harness.cli.starter import GITIGNORE, TOX, settings_text
from harness.config import FILE_NAME, Config, book, plain
from harness.endpoints.mock import MockEndpoint
from harness.errors import ConfigError, ContractError
from harness.report.words import WIDTH
from harness.suite.folder import suite_names
from harness.suite.runner import Connection, run_scenario
from harness.suite.smoke import smoke
from harness.suite.suites import Suite, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract, Wanted, add, find
from harness.wsdl.adding import slug

if TYPE_CHECKING:
    from harness.suite.runner import ScenarioResult

_WORKSHOP = ".harness-init-"
_MAY_LIE_THERE = (".git",)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said on the command line; empty means: found out.

    Attributes:
        wsdl: the published description; None for the account.
        wanted: name, version and entry of the contract that is made of it.
        id: of the project.
        title: what people call the project.
    """

    wsdl: Path | None
    wanted: Wanted
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Made:
    """A project as it was made.

    Attributes:
        folder: where it lies.
        contract: what it is built to.
        suites: number of scenarios by suite.
        files: what lies directly in the folder.
    """

    folder: Path
    contract: Contract
    suites: Mapping[str, int]
    files: Sequence[str]

    @property
    def data(self) -> dict[str, object]:
        """For programs."""
        return {
            "folder": str(self.folder),
            "contract": self.contract.ref,
            "digest": self.contract.digest,
            "operations": list(self.contract.operations),
            "suites": dict(self.suites),
            "files": list(self.files),
        }

    @property
    def text(self) -> str:
        """For people."""
        port = f"{self.contract.service}/{self.contract.port}"
        counts = ", ".join(f"{name} ({count})" for name, count in self.suites.items())
        return "\n".join(
            [
                f"made {self.folder}",
                f"  contract    {self.contract.ref}",
                f"  port        {port} (SOAP {self.contract.soap_version})",
                *_column("operations", self.contract.operations),
                f"  scenarios   {counts}",
                f"  files       {', '.join(self.files)}",
                f"look through {FILE_NAME}; then, in that folder: harness connection",
            ]
        )


def _column(title: str, words: Iterable[str]) -> list[str]:
    """A title and what stands beside it, over several lines where it is much."""
    return textwrap.wrap(
        ", ".join(words),
        WIDTH,
        initial_indent=f"  {title:<12}",
        subsequent_indent=" " * 14,
        break_long_words=False,
        break_on_hyphens=False,
    )


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--from-wsdl",
    "wsdl",
    type=click.Path(path_type=Path, exists=True),
    help="A WSDL file, folder or zip archive of another service.",
)
@click.option("--name", default="", help="With --from-wsdl: place in the catalogue.")
@click.option("--version", "version_", default="", help="With --from-wsdl: its version.")
@click.option("--entry", default="", help="With --from-wsdl: the WSDL file to begin with.")
@click.option("--port", default="", help="With --from-wsdl: PORT or SERVICE/PORT.")
@click.option("--id", "project", default="", help="Id of the project (default: of the folder).")
@click.option("--title", default="", help="What people call the project.")
@json_option
@click.pass_context
def init(  # noqa: PLR0913, PLR0917 - the options of the command
    context: click.Context,
    folder: Path | None,
    wsdl: Path | None,
    name: str,
    version_: str,
    entry: str,
    port: str,
    project: str,
    title: str,
    *,
    as_json: bool,
) -> None:
    """Make a project in FOLDER (default: here), for the account or from a WSDL file.

    It is a rehearsal with a harness.toml to look through, suites that pass on the mock, and a
    tox.ini. FOLDER must be empty or not exist yet.
    """
    named = context.find_root().obj
    above = named.folder if isinstance(named, Named) else None
    target = plain(folder or above or Path())
    if wsdl is None and (name or version_ or entry or port):
        raise click.UsageError(
            "--name, --version, --entry and --port say how to take in --from-wsdl."
        )
    _refuse_used(target)
    wishes = Wishes(wsdl, Wanted(name, version_, entry, port), project, title)
    with _workshop(target) as made:
        told = _make(made, target, wishes)
        _put(made, target)
    emit(told.data, told.text, as_json=as_json)


def _refuse_used(target: Path) -> None:
    if (target / FILE_NAME).exists():
        raise ConfigError(
            "there is a project already", where=str(target / FILE_NAME), todo="Name another folder."
        )
    if target.exists() and not target.is_dir():
        raise ConfigError("this is no folder", where=str(target), todo="Name another one.")
    found = sorted(p.name for p in target.iterdir()) if target.is_dir() else []
    lying = [each for each in found if each not in _MAY_LIE_THERE]
    if lying:
        raise ConfigError(
            f"the folder is not empty: there is {lying[0]}",
            where=str(target),
            todo="Name an empty folder, or one that does not exist yet.",
        )


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """A folder on the disk of the target, gone afterwards whatever happens."""
    place = next(each for each in (target, *target.parents) if each.is_dir())
    around = Path(tempfile.mkdtemp(prefix=_WORKSHOP, dir=place))
    try:
        made = around / "project"
        made.mkdir()
        yield made
    finally:
        shutil.rmtree(around, ignore_errors=True)


def _put(made: Path, target: Path) -> None:
    """The finished project where it belongs; harness.toml, which makes it one, comes last."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        made.rename(target)
        return
    moved: list[Path] = []
    try:
        for entry in sorted(made.iterdir(), key=lambda path: path.name == FILE_NAME):
            moved.append(entry.rename(target / entry.name))  # noqa: PERF401 - known when one fails
    except OSError:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


# What is in it -----------------------------------------------------------------------------------


def _make(made: Path, target: Path, wishes: Wishes) -> Made:
    """Fill the folder and check that it works."""
    if wishes.wsdl is None:
        contract = find(ACCOUNT, [book("contracts")])
        title = "Rehearsal of joining the account"
        for name in ("scenarios", "forms"):
            shutil.copytree(book(name), made / name, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        contract = _taken_in(wishes.wsdl, made, wishes.wanted)
        title = f"Rehearsal with {contract.interface}"[:200]
        for path, data in smoke(contract).items():
            file = made / "scenarios" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    text = settings_text(
        project=wishes.id or _id(target, contract),
        name=wishes.title or title,
        contract=contract.name,
        version=contract.version,
    )
    (made / ".gitignore").write_text(GITIGNORE, "utf-8")
    (made / "tox.ini").write_text(TOX, "utf-8")
    (made / FILE_NAME).write_text(text, "utf-8")
    suites = _checked(made, contract, run=wishes.wsdl is not None)
    files = sorted(path.name + "/" * path.is_dir() for path in made.iterdir())
    return Made(target, contract, {each.name: len(each.heads) for each in suites}, files)


def _taken_in(wsdl: Path, made: Path, wanted: Wanted) -> Contract:
    """The contract in the project's own catalogue.

    Raises:
        ContractError: it is no description of a service that messages can be made for.
    """
    contract = add(wsdl, made / "contracts", datetime.now(UTC).date(), wanted).contract
    contract.check()
    if not contract.operations:
        raise ContractError(
            f"The port {contract.service}/{contract.port} has no operation.", where=contract.ref
        )
    return contract


def _id(target: Path, contract: Contract) -> str:
    """The name of the folder as an id, else that of the contract."""
    found = (slug(text)[:63].strip("-") for text in (target.name, contract.name))
    return next(filter(None, found), "project")


def _checked(made: Path, contract: Contract, *, run: bool) -> list[Suite]:
    """The suites of a project whose files are all in order.

    Raises:
        ConfigError: an option gave harness.toml a value that it cannot have.
        ContractError: a generated scenario does not pass on the mock.
    """
    try:
        config = Config.read(made / FILE_NAME)
    except ConfigError as error:
        raise ConfigError(
            error.what, where=FILE_NAME, todo="Give another --id or --title."
        ) from None
    folder = config.scenarios_folder
    suites = [load_suite(folder / name) for name in suite_names(folder)]
    if run:
        connection = Connection(contract, MockEndpoint(contract), "init")
        for suite in suites:
            for scenario in suite.scenarios.values():
                _refuse_red(contract, run_scenario(scenario, suite, connection))
    return suites


def _refuse_red(contract: Contract, result: "ScenarioResult") -> None:
    if result.verdict is not Verdict.PASSED:
        raise ContractError(
            f"The scenario {result.id} that was generated does not pass on the mock "
            f"({result.reason}), so the description does not say all that a request needs.",
            where=contract.ref,
            todo="Pin it with harness contract add, and write scenarios by hand.",
        )
