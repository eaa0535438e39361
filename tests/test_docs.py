"""The user documentation is executed, and its tables are held against the code.

Every ``sh`` block of README.md and docs/*.md runs, the blocks of one document in order and in one
project folder. A block of another language whose first line is a comment with a file name is that
file: it is written when the walk comes to it (``added to NAME`` appends). A command that leaves
with another code than 0 says so in a comment behind it: ``# exit 1``. A ``console`` block shows
what is seen where no test can be, for instance without a network.
"""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from harness import config, errors, tables
from harness.cli import COMMANDS
from harness.cli.observe import observe
from harness.cli.relay import relay
from harness.cli.run import PYTEST_CODES
from harness.config import Config, book
from harness.endpoints.hosts import KNOWN_HOSTS
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Need
from harness.joining.evidence import Outcome, TestEvidence
from harness.joining.gate import WarningCode
from harness.joining.objections import ObjectionCode
from harness.joining.observations import Severity
from harness.joining.waivers import NEVER_WAIVABLE, WAIVABLE
from harness.suite import model, observing, variables
from harness.suite.drifts import DriftKind
from harness.suite.suites import load_suite
from harness.vocabulary import Driver, Level
from harness.wsdl import Contract, find
from tests import generate_process
from tests.support.account_server import AccountServer
from tests.support.postgresql import embedded, programs

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GENERATED = [DOCS / "contract-history.md", DOCS / "test-plan.md"]  # checked where they are made
EXECUTED = [ROOT / "README.md", *sorted(set(DOCS.glob("*.md")) - set(GENERATED))]
CONFIGURATION = DOCS / "configuration.md"
GUIDE = DOCS / "guide.md"
OBSERVATIONS = DOCS / "observations.md"
PARITY = DOCS / "parity.md"
RECORD = DOCS / "record-and-gate.md"
SCENARIOS = DOCS / "scenarios.md"
OBSERVE = DOCS / "observe.md"
READABLE = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("events/*.md")])

MAIN_JOB = (
    "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox -e connection"  # README
)
TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox"
DATABASE = "@db.example/records"
TEST_URL = "https://test-account.example/Asiointitili/ViranomaispalvelutWSInterfaceNonSigned"

STARTED = ">>> line "
"""Stands before each command in the output of a walk."""
LIMIT = 240
"""Seconds that one command may take, however busy the machine is; a document may take longer."""

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)$")
_FILE = re.compile(r"^(?:#|--|<!--) (?P<added>added to )?(?P<name>[\w./-]+\.\w+)(?: -->)?$")
_EXIT = re.compile(r"\s+# exit (?P<code>\d+)$")
_TOX = re.compile(r"\btox -e connection\b(?: --(?= ))?")


@dataclass(frozen=True)
class Block:
    """One fenced block of a document."""

    language: str
    line: int
    text: str

    @property
    def file(self) -> re.Match[str] | None:
        """Name of the file that the block is, if it is one."""
        return _FILE.match(self.text.partition("\n")[0]) if self.language != "sh" else None


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document, without their indentation."""
    found: list[Block] = []
    opened: tuple[str, int] | None = None
    body: list[str] = []
    for number, line in enumerate(document.read_text("utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if fence is None:
            body.append(line)
        elif opened is None:
            opened, body = (fence["language"], number + 1), []
        else:
            found.append(Block(*opened, textwrap.dedent("\n".join(body)) + "\n"))
            opened = None
    assert opened is None, f"{document.name}: a block is not closed"
    return found


# The walk


@dataclass(frozen=True)
class Command:
    """One command of a block, and the exit code that it should leave with."""

    line: int
    text: str
    code: int


def commands(block: Block) -> Iterator[Command]:
    """The commands of a shell block; a loop or a function is one command."""
    open_lines: list[str] = []
    for number, line in enumerate(block.text.splitlines(), block.line):
        open_lines.append(line)
        text = "\n".join(open_lines)
        if text.strip() and not text.endswith("\\") and _is_whole(text):
            code = _EXIT.search(text)
            yield Command(number, translated(text), int(code["code"]) if code else 0)
            open_lines = []
    assert not "".join(open_lines).strip(), f"line {block.line}: a command does not end"


def translated(command: str) -> str:
    """``tox -e connection -- WORDS`` as ``harness connection WORDS``, which tox.ini makes of it."""
    return _TOX.sub("harness connection", command)


def _is_whole(text: str) -> bool:
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    return done.returncode == 0


_FRAME = """\
set -eu -o pipefail
trap 'status=$?; [ $status = 0 ] || echo "line $line: exit $status" >&2' EXIT
expect() { [ "$1" = "$2" ] || { echo "exit $2, but exit $1 is documented" >&2; exit 99; }; }
"""


def script(document: Path, kept: Path, url: str, database: str) -> str:
    """One shell script of everything a document does; its files are kept in a folder beside."""
    parts = [_FRAME]
    for number, block in enumerate(blocks(document)):
        if block.file is not None:
            (kept / str(number)).write_text(block.text.replace(TEST_URL, url), "utf-8")
            name, arrow = block.file["name"], ">>" if block.file["added"] else ">"
            parts.append(f"line={block.line}")
            parts.append(f'mkdir -p "$(dirname {name})"; cat "{kept}/{number}" {arrow} {name}')
        elif block.language == "sh" and block.text.strip() not in {MAIN_JOB, TEST_COMMAND}:
            parts += [_checked(each) for each in commands(block)]
    return "\n".join(parts).replace(DATABASE, database) + "\n"


def _checked(command: Command) -> str:
    start = f"line={command.line}; echo '{STARTED}{command.line}' >&2\n"
    if command.code == 0:
        return start + command.text
    return f"{start}set +e\n{command.text}\nstatus=$?\nset -e\nexpect {command.code} $status"


def environment(shims: Path) -> dict[str, str]:
    """What commands see: ``harness`` and ``pytest`` of this interpreter, no settings of ours."""
    shims.mkdir()
    registered = any(
        each.value == "harness.plugin" for each in importlib.metadata.entry_points(group="pytest11")
    )
    plugin = "" if registered else "-p harness.plugin"
    for name, words in (("harness", "-m harness"), ("pytest", f"-m pytest {plugin}")):
        shim = shims / name
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', "utf-8")
        shim.chmod(0o755)
    kept = {
        name: value
        for name, value in os.environ.items()
        # Coverage of every process would cost more than the walk; tests/cli covers the commands.
        if not name.startswith(("HARNESS_", "PYTEST_", "COVERAGE_", "COV_", "TOX_"))
    }
    return {
        **kept,
        "PATH": os.pathsep.join((str(shims), str(programs()), kept["PATH"])),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "CLONE": str(ROOT),
    }


class Walk:
    """A document that is being executed, in a project folder of its own."""

    def __init__(
        self,
        document: Path,
        folder: Path,
        project: Path,
        url: str = TEST_URL,
        database: str = DATABASE,
    ) -> None:
        kept = folder / "blocks"
        kept.mkdir()
        self.document, self.project = document, project
        self.environment = environment(folder / "shims")
        self._output = folder / "output.txt"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                ["bash", "-c", script(document, kept, url, database)],
                cwd=project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def finish(self) -> None:
        """Wait for the end, which must be a good one; no command may take longer than LIMIT."""
        begun, code = -1, None
        while code is None:
            try:
                code = self._process.wait(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                before, begun = begun, self._told().count(STARTED)
                assert begun != before, f"{self._told()[-4000:]}\nno end within {LIMIT} s"
        assert code == 0, f"{self.document.name}:\n{self._told()[-4000:]}"

    def _told(self) -> str:
        return self._output.read_text("utf-8", "replace")

    def stop(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()


def example(folder: Path) -> Path:
    """A copy of the example project."""
    folder.mkdir()
    shutil.copy(ROOT / "harness.toml", folder)
    shutil.copytree(ROOT / "forms", folder / "forms")
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    return folder


def beginning(folder: Path, contract: Contract) -> Path:
    """The folder the guide begins in: empty, but for a contract that does not retire.

    The guide has to work after the day on which the published one retires, too.
    """
    own = folder / "contracts" / contract.ref
    shutil.copytree(book("contracts") / contract.ref, own)
    file = own / "contract.toml"
    text, count = re.subn(r"(?m)^retires = .*$", "retires = 2999-01-01", file.read_text("utf-8"))
    assert count == 1
    file.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The contract of the example project."""
    return find(_contract_ref(ROOT / "harness.toml"), [book("contracts")])


def _contract_ref(file: Path) -> str:
    table = Config.read(file).contract
    return f"{table.name}/{table.version}"


class Walks:
    """The documents that are executed, each once."""

    def __init__(self, folder: Callable[[str], Path], contract: Contract, stack: ExitStack) -> None:
        self._folder, self._contract, self._stack = folder, contract, stack
        self._started: dict[str, Walk] = {}

    def of(self, document: Path) -> Walk:
        """A document's walk, which is under way from now on."""
        if document.name not in self._started:
            walk = self._started[document.name] = self._begun(document)
            self._stack.callback(walk.stop)
        return self._started[document.name]

    def _begun(self, document: Path) -> Walk:
        folder = self._folder(document.stem)
        database = self._database if DATABASE in document.read_text("utf-8") else DATABASE
        if document != GUIDE:
            return Walk(document, folder, example(folder / "project"), TEST_URL, database)
        server = self._stack.enter_context(AccountServer(self._contract))
        return Walk(document, folder, beginning(folder / "own", self._contract), server.url)

    @cached_property
    def _database(self) -> str:
        url = self._stack.enter_context(embedded()).url
        return f"@{url.partition('@')[2]}"


@pytest.fixture(scope="module")
def walks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, contract: Contract
) -> Iterator[Walks]:
    """The documents: all that are asked for at the same time, or, with -n, each in its turn.

    With -n every worker would else begin them all, to finish the few that it is given.
    """
    with ExitStack() as stack:
        made = Walks(tmp_path_factory.mktemp, contract, stack)
        if "PYTEST_XDIST_WORKER" not in os.environ:
            for item in request.session.items:
                if isinstance(item, pytest.Function) and "walks" in item.fixturenames:
                    made.of(_document(item))
        yield made


def _document(item: pytest.Function) -> Path:
    """The document that a test waits for."""
    document = item.callspec.params["document"] if hasattr(item, "callspec") else GUIDE
    assert isinstance(document, Path)
    return document


@pytest.mark.parametrize(
    "document", [each for each in EXECUTED if each != GUIDE], ids=lambda each: each.name
)
def test_what_is_documented_works(document: Path, walks: Walks) -> None:
    walks.of(document).finish()


def test_the_guide_leads_from_an_empty_folder_to_production(
    walks: Walks, contract: Contract
) -> None:
    walk = walks.of(GUIDE)
    walk.finish()
    assert _contract_ref(walk.project / "harness.toml") == contract.ref
    listed = subprocess.run(
        ["harness", "project", "list", "--json"],
        cwd=walk.project,
        env=walk.environment,
        capture_output=True,
        check=True,
    )
    (project,) = json.loads(listed.stdout)
    assert (project["kind"], project["gate"]["open"]) == ("joining", True)


def test_the_two_commands_of_the_readme_are_those_that_are_run() -> None:
    first = [each.text.strip() for each in blocks(ROOT / "README.md") if each.language == "sh"]
    assert first[:2] == [MAIN_JOB, TEST_COMMAND]
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert any(f"({TEST_COMMAND})" in line and not line.startswith("#") for line in lines)


def test_tox_only_calls_the_command() -> None:
    section = (ROOT / "tox.ini").read_text("utf-8").partition("[testenv:connection]")[2]
    own = section.partition("\n[")[0].splitlines()
    assert "commands = harness connection {posargs}" in own


def test_every_block_says_what_it_is() -> None:
    for document in EXECUTED:
        for block in blocks(document):
            place = f"{document.name}:{block.line}"
            assert block.language in {
                *("sh", "toml", "yaml", "xml", "sql", "console", "python", "text"),
            }, place
            assert block.language in {"sh", "console", "text"} or block.file is not None, place
            assert block.language != "sh" or "tox" not in translated(
                block.text.replace(MAIN_JOB, "").replace(TEST_COMMAND, "")
            ), place


def test_the_documented_roles_are_those_that_are_shipped() -> None:
    shipped = ROOT / "harness" / "ledger" / "postgresql_roles.sql"
    (documented,) = (each for each in blocks(DOCS / "postgresql.md") if each.language == "sql")
    assert documented.text == f"-- roles.sql\n{shipped.read_text('utf-8')}"


def test_every_command_is_documented() -> None:
    told = "\n".join(document.read_text("utf-8") for document in EXECUTED)
    assert not [name for name in COMMANDS if f"harness {name}" not in told]


# Links


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", document.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("document", READABLE, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert not broken


# Tables


def rows(document: Path, heading: str, column: str) -> list[str]:
    """First cells, without marks, of the tables below a heading whose first column is so called."""
    text = document.read_text("utf-8")
    start = f"\n## {heading}\n"
    assert text.count(start) == 1, f"{document.name} has no single section {heading!r}"
    section = text.partition(start)[2].partition("\n## ")[0]
    found: list[str] = []
    inside = False
    for line in section.splitlines():
        cell = line.split("|")[1].strip() if line.startswith("|") else None
        if cell is None:
            inside = False
        elif cell == column:
            inside = True
        elif inside and not cell.startswith("---"):
            found.append(cell)
    assert found, f"{document.name}: no table of {column!r} below {heading!r}"
    return [cell.strip("`") for cell in found]


def _named(kind: type) -> list[str]:
    if issubclass(kind, BaseModel):
        return sorted(kind.model_fields)
    assert is_dataclass(kind)
    return sorted(each.name for each in fields(kind) if each.name[0] != "_")


@pytest.mark.parametrize(
    ("document", "heading", "kinds"),
    [
        (CONFIGURATION, "`[project]`", [config.ProjectTable]),
        (CONFIGURATION, "`[contract]`", [config.ContractTable]),
        (CONFIGURATION, "`[scenarios]`", [config.ScenariosTable]),
        (CONFIGURATION, "`[ledger]`", [config.LedgerTable]),
        (CONFIGURATION, "`[[ledger.git]]`", [config.GitTable]),
        (CONFIGURATION, "`[[ledger.command]]`", [config.CommandTable]),
        (CONFIGURATION, "`[ledger.timestamp]`", [config.TimestampTable]),
        (CONFIGURATION, "`[gate]`", [config.GateTable]),
        (CONFIGURATION, "`[people.ID]`", [config.PersonTable]),
        (CONFIGURATION, "`[endpoints.NAME]`", [config.EndpointTable, config.Role]),
        (CONFIGURATION, "`[endpoints.NAME.signing]`", [config.SigningTable]),
        (CONFIGURATION, "`[endpoints.NAME.response]`", [config.ResponseTable]),
        (CONFIGURATION, "`[listener]`", [config.ListenerTable]),
        (SCENARIOS, "The scenario file", [model.ScenarioFile]),
        (SCENARIOS, "A step", [model.Step]),
        (
            SCENARIOS,
            "A step that receives",
            [model.ReceiveStep, model.StepReply, model.WantedCall],
        ),
        (SCENARIOS, "What to expect", [model.Expectation]),
        (SCENARIOS, "suite.yaml", [model.SuiteFile]),
    ],
)
def test_every_key_is_documented(document: Path, heading: str, kinds: list[type]) -> None:
    known = sorted(name for kind in kinds for name in _named(kind))
    assert sorted(rows(document, heading, "key")) == known


def test_every_key_of_an_observed_scenario_is_documented() -> None:
    own = set(observing.ObservedFile.model_fields) - set(model.ScenarioHead.model_fields)
    parts = (observing.Observation, observing.Asked)
    known = sorted([*own, *(name for kind in parts for name in _named(kind))])
    assert sorted(rows(OBSERVE, "What a scenario says", "key")) == known


def test_every_option_of_observe_and_relay_is_documented() -> None:
    told = set(rows(OBSERVE, "Options", "option"))
    for command in (observe, relay):
        own = {each.opts[0] for each in command.params} - {"--to"}
        assert own == told


def test_every_event_that_a_driver_sees_is_documented() -> None:
    told = rows(OBSERVE, "With a program", "`event`")
    names = ("report/watch.py", "cli/watching.py", "cli/watched_run.py")
    files = (ROOT / "harness" / name for name in names)
    text = "".join(file.read_text("utf-8") for file in files)
    assert set(told) == set(re.findall(r'"event": "(\w+)"', text))


def test_every_table_of_the_configuration_is_documented() -> None:
    text = CONFIGURATION.read_text("utf-8")
    for name in _named(Config):
        assert re.search(rf"(?m)^## `\[{name}(\.\w+)?\]`$", text), name


def test_the_example_of_the_configuration_has_every_key(tmp_path: Path) -> None:
    (example,) = (each.text for each in blocks(CONFIGURATION) if each.language == "toml")
    (tmp_path / "harness.toml").write_text(example, "utf-8")
    Config.read(tmp_path / "harness.toml")
    data: dict[str, Any] = tomllib.loads(example)
    assert set(data) == set(_named(Config))
    for name, kind in (
        ("project", config.ProjectTable),
        ("contract", config.ContractTable),
        ("scenarios", config.ScenariosTable),
        ("ledger", config.LedgerTable),
        ("listener", config.ListenerTable),
        ("gate", config.GateTable),
    ):
        assert set(data[name]) == set(_named(kind))
    assert set().union(*data["ledger"]["git"]) == set(_named(config.GitTable))
    assert set().union(*data["ledger"]["command"]) == set(_named(config.CommandTable))
    assert set(data["ledger"]["timestamp"]) == set(_named(config.TimestampTable))
    people = set().union(*data["people"].values())
    assert people == set(_named(config.PersonTable))
    endpoints = set().union(*data["endpoints"].values())
    assert endpoints == set(_named(config.EndpointTable))


def test_every_matcher_is_documented() -> None:
    told = rows(SCENARIOS, "What to expect", "matcher")
    assert sorted(cell[1:].partition(":")[0] for cell in told) == _named(model.Matcher)


def test_every_variable_and_value_maker_is_documented() -> None:
    told = rows(SCENARIOS, "Variables", "name")
    assert set(re.findall(r"``(\$\{\w.*?\})``", variables.__doc__ or "")) <= set(told)
    makers = rows(SCENARIOS, "A step", "written")
    assert [re.findall(r"\$\w+", cell) for cell in makers] == [
        ["$use"],
        ["$file"],
        ["$repeat", "$times"],
        ["$pad", "$to"],
    ]


def _environment_variables() -> set[str]:
    sources = (file.read_text("utf-8") for file in (ROOT / "harness").rglob("*.py"))
    return set(re.findall(r"\bHARNESS_[A-Z_]+[A-Z]\b", "\n".join(sources)))


def test_every_environment_variable_is_documented() -> None:
    assert set(rows(CONFIGURATION, "Environment variables", "variable")) == _environment_variables()


def test_every_exit_code_is_documented() -> None:
    ours = {
        each.exit_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.HarnessError)
    }
    told = {int(code) for code in rows(CONFIGURATION, "Exit codes", "code")}
    assert told == {0} | ours | set(PYTEST_CODES.values())


def test_every_known_host_is_documented() -> None:
    told = "`".join(rows(CONFIGURATION, "Hosts", "host")).split("`")
    assert {each.host for each in KNOWN_HOSTS} <= set(told)


@pytest.mark.parametrize(
    ("document", "heading", "column", "known"),
    [
        (GUIDE, "Objections", "code", ObjectionCode),
        (GUIDE, "Objections", "note", WarningCode),
        (OBSERVATIONS, "Made", "severity", Severity),
        (PARITY, "What is compared", "drift", DriftKind),
        (SCENARIOS, "Needs", "need", Need),
        (SCENARIOS, "What evidence makes of it", "outcome", Outcome),
        (RECORD, "Levels and drivers", "level", Level),
        (RECORD, "Levels and drivers", "driver", Driver),
    ],
)
def test_every_word_of_a_closed_set_is_explained(
    document: Path, heading: str, column: str, known: type[StrEnum]
) -> None:
    assert sorted(rows(document, heading, column)) == sorted(each.value for each in known)


def test_what_can_be_waived_is_marked() -> None:
    objections = GUIDE.read_text("utf-8").partition("Notes do not close the gate")[0]
    table = re.findall(r"(?m)^\| `([A-Z_]+)` \|.*Can be \[waived\]", objections)
    assert sorted(table) == sorted(each.value for each in WAIVABLE)


def test_what_can_never_be_waived_is_marked() -> None:
    table = re.findall(r"(?m)^\| `([A-Z_]+)` \|.*Never waivable", GUIDE.read_text("utf-8"))
    assert sorted(table) == sorted(each.value for each in NEVER_WAIVABLE)


def test_every_field_of_an_evidence_is_explained() -> None:
    known = {"format", *(each.name for each in fields(TestEvidence))}
    assert set(rows(RECORD, "Evidence", "field")) == known


# Roles and identifiers


def _used(kind: str) -> set[str]:
    suites = [load_suite(file.parent) for file in (ROOT / "scenarios").glob("*/suite.yaml")]
    names = (
        name
        for suite in suites
        for scenario in suite.scenarios.values()
        for name in variables.names_in(scenario, suite)
    )
    return {name.split(".")[1] for name in names if name.startswith(f"{kind}.")}


def test_roles_and_ids_that_the_shipped_suites_use_are_documented() -> None:
    heading = "`[endpoints.NAME]`"
    assert set(rows(CONFIGURATION, heading, "role")) == _used("role")
    assert set(rows(CONFIGURATION, heading, "id")) == _used("ids")


def test_the_guide_maps_the_customers_of_the_simulated_account(contract: Contract) -> None:
    (added,) = (each for each in blocks(GUIDE) if each.file and each.file["added"])
    entry = tables.read(config.EndpointTable, tomllib.loads(added.text)["endpoints"]["qat"])
    mock = MockEndpoint(contract)
    assert set(entry.roles) == _used("role")
    assert set(entry.ids) == _used("ids")
    for name, role in entry.roles.items():
        assert (role.AsiakasTunnus, role.TunnusTyyppi) == (
            mock.roles[name].id,
            mock.roles[name].type,
        )
    assert all(mock.ids[name] == value for name, value in entry.ids.items())


# Generated and loaded


def test_the_process_is_documented_as_it_is() -> None:
    assert generate_process.TARGET.read_text("utf-8") == generate_process.text(), (
        "run python -m tests.generate_process"
    )


def test_the_scenarios_shown_are_read_by_the_loader(tmp_path: Path) -> None:
    for block in blocks(SCENARIOS):
        if block.file is not None:
            file = tmp_path / block.file["name"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
    suite = load_suite(tmp_path / "scenarios" / "library")
    assert set(suite.scenarios) == {
        "library/mistyped-borrower-is-refused",
        "library/notice-and-reminder",
        "library/unknown-element-is-refused",
    }
