"""Scenario files as items of one pytest session of one project.

Every scenario file below the configured folder is an item: ``-k``, ``-x``, ``-n``, ``--lf`` and
``--junitxml`` work as for any test. A scenario runs in its item's setup: an inconclusive one ends
there, which pytest counts and reports as an error and never as skipped; a failed one fails the
item itself. Results travel on the reports, so that under xdist only the controller, which sees
them all, writes evidence.
"""

import json
from collections.abc import Generator, Iterable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from _pytest.junitxml import xml_key

from harness.config import Config
from harness.errors import HarnessError
from harness.exchange.findings import Finding
from harness.joining.evidence import TestEvidence
from harness.ledger.opened import production_opened
from harness.people import acting
from harness.redact import without_codes
from harness.report.coverage import coverage_properties
from harness.suite.connecting import connect
from harness.suite.evidence import EvidenceFile, Run, new_run_id
from harness.suite.folder import SUITE_FILE
from harness.suite.model import Scenario, Suite, is_observed, load_scenario, load_suite
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.vocabulary import Verdict

_RESULT = "harness_result"
_FRAMES = 10


class ScenarioFailed(Exception):
    """A scenario that did not pass, with the lines that say why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.text = text


class ScenarioFile(pytest.File):
    """One scenario file; it holds one item."""

    session_of_project: "ScenarioSession"

    def collect(self) -> Iterable[pytest.Item]:
        """Read the file; a file that breaks the format is a collection error of one paragraph."""
        try:
            scenario = load_scenario(self.path)
        except HarnessError as error:
            raise self.CollectError(without_codes(str(error))) from None
        item: ScenarioItem = ScenarioItem.from_parent(self, name=scenario.name)
        item.bind(scenario, self.session_of_project)
        yield item


class ScenarioItem(pytest.Item):
    """One scenario against the chosen endpoint."""

    scenario: Scenario
    project: "ScenarioSession"
    result: ScenarioResult | None = None

    def bind(self, scenario: Scenario, project: "ScenarioSession") -> None:
        """Give the item what it runs."""
        self.scenario, self.project = scenario, project
        self.extra_keyword_matches.update(scenario.content.tags)  # what -k looks at

    def setup(self) -> None:
        """Run the scenario; inconclusive and not realisable ones end here."""
        result = self.result = self.project.run(self.scenario)
        if result.verdict is None:
            pytest.skip(f"not realisable at this endpoint: {result.reason}")
        self.user_properties.append(("verdict", result.verdict.value))
        self.user_properties.append(("endpoint", self.project.endpoint_name))
        if result.verdict is Verdict.INCONCLUSIVE:
            raise ScenarioFailed(f"inconclusive:{result.reason}", explained(self.scenario, result))

    def runtest(self) -> None:
        """Fail when the scenario did."""
        result = self.result
        if result is not None and result.verdict is Verdict.FAILED:
            raise ScenarioFailed(f"failed:{result.reason}", explained(self.scenario, result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> str:
        """The findings; never a traceback of ours, never a value of a message."""
        if isinstance(excinfo.value, ScenarioFailed):
            return excinfo.value.text
        if isinstance(excinfo.value, HarnessError):
            return without_codes(str(excinfo.value))
        return crashed(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the scenario stands and what it is called."""
        return self.path, 0, self.scenario.id


class ScenarioSession:
    """What one pytest session knows of the project whose scenarios it runs."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        self._pytest = config
        self._controller = not hasattr(config, "workerinput")
        self._suites: dict[Path, Suite] = {}
        self._observed: dict[Path, bool] = {}
        self._evidence: dict[str, EvidenceFile] = {}
        self._results: dict[str, ScenarioResult] = {}
        self._file = file
        if not config.option.harness_run:
            # Made by the controller; xdist hands the option on to its workers.
            config.option.harness_run = new_run_id()

    # What items ask for

    @cached_property
    def config(self) -> Config:
        """The project's harness.toml; its suites may lie elsewhere for once."""
        config, elsewhere = Config.read(self._file), self._pytest.option.harness_scenarios
        return config.with_scenarios(Path(elsewhere)) if elsewhere else config

    @cached_property
    def connection(self) -> Connection:
        """Contract and endpoint of this session."""
        run = self._pytest.option.harness_run
        opened = production_opened(self.config, self.endpoint_name)
        return connect(self.config, self.endpoint_name, run, opened=opened)

    @property
    def endpoint_name(self) -> str:
        """The endpoint that was asked for."""
        return str(self._pytest.option.harness_endpoint)

    def suite(self, folder: Path) -> Suite:
        """The suite of a folder, read once."""
        if folder not in self._suites:
            self._suites[folder] = load_suite(folder)
        return self._suites[folder]

    def run(self, scenario: Scenario) -> ScenarioResult:
        """Run one scenario; one that cannot be run as it is written is inconclusive."""
        try:
            return run_scenario(scenario, self.suite(scenario.file.parent), self.connection)
        except HarnessError as error:
            return ScenarioResult(
                scenario.id,
                Verdict.INCONCLUSIVE,
                "not-runnable",
                (Finding("not-runnable", error.where, "", error.what),),
            )

    # What pytest calls

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """A YAML file in a folder with a ``suite.yaml``, below the configured folder."""
        if file_path.suffix != ".yaml" or not self._holds(file_path):
            return None
        collector: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        collector.session_of_project = self
        return collector

    def pytest_sessionstart(self) -> None:
        """Begin the evidence of every suite asked for; what cannot be run ends the session."""
        try:
            for name in self._pytest.option.harness_suite if self._controller else ():
                self._begin(name)
        except HarnessError as error:
            raise pytest.UsageError(without_codes(str(error))) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put a scenario's result on the report that ends it, and our own words on a failed one.

        pytest asks an item for its words only when its call failed; for its setup it writes a
        traceback, with the values of every argument.
        """
        report = yield
        if isinstance(item, ScenarioItem) and report.failed and call.excinfo is not None:
            report.longrepr = item.repr_failure(call.excinfo)
        ends = call.when == "call" or (call.when == "setup" and not report.passed)
        if ends and isinstance(item, ScenarioItem) and item.result is not None:
            setattr(report, _RESULT, _as_json(item.result))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, None, None]:
        """Keep the result; after JUnit has its node, type that of an inconclusive one."""
        yield
        text = getattr(report, _RESULT, None)
        if text is not None:
            result = _from_json(text)
            self._results[result.id] = result
            if report.when == "setup" and report.failed:
                self._type_junit_error(report, f"inconclusive:{result.reason}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Write the final evidence of every suite that was begun, before JUnit's file is."""
        for name, evidence in self._evidence.items():
            own = {i: r for i, r in self._results.items() if i.partition("/")[0] == name}
            _, final = evidence.finish(own)
            self._tell_junit(final)

    def _holds(self, file: Path) -> bool:
        folder = file.parent
        if file.name == SUITE_FILE or not (folder / SUITE_FILE).is_file():
            return False
        table = self.config.scenarios
        if table is None or folder.parent != self.config.resolve(table.folder):
            return False
        return not self._is_observed(folder)

    def _is_observed(self, folder: Path) -> bool:
        """The supplier's own system drives this suite: nothing in it can be run here."""
        if folder not in self._observed:
            try:
                self._observed[folder] = is_observed(folder)
            except HarnessError:
                self._observed[folder] = False  # collecting it says what is wrong
        return self._observed[folder]

    def _begin(self, name: str) -> None:
        option, config = self._pytest.option, self.config
        suite = self.suite(config.scenarios_folder / name)
        run = Run(
            project=config.project.id,
            project_folder=config.folder,
            evidence_folder=config.evidence_folder,
            operator=acting(config, option.harness_operator),
            configuration_digest=config.configuration_digest(self.endpoint_name),
            system_release=config.project.system_release,
            selection=tuple(filter(None, option.harness_selection.split("\n"))),
            id=option.harness_run,
        )
        self._evidence[name] = EvidenceFile(run, suite, self.connection)
        self._evidence[name].begin()

    def _tell_junit(self, evidence: TestEvidence) -> None:
        """Coverage as properties of the whole test suite in ``--junitxml``."""
        xml = self._pytest.stash.get(xml_key, None)
        if xml is not None:
            for name, value in coverage_properties(evidence):
                xml.add_global_property(name, value)

    def _type_junit_error(self, report: pytest.TestReport, kind: str) -> None:
        """Set ``type`` of the error node that ``--junitxml`` writes; pytest leaves it out."""
        xml = self._pytest.stash.get(xml_key, None)
        nodes = xml.node_reporter(report).nodes if xml is not None else []
        if nodes and nodes[-1].tag == "error":
            nodes[-1].set("type", kind)


def explained(scenario: Scenario, result: ScenarioResult) -> str:
    """Title, place and findings of a scenario that did not pass, a line each."""
    verdict = result.verdict.value if result.verdict else "not run"
    lines = [f"{verdict}: {scenario.content.title.en}", f"  {result.where or scenario.file}"]
    for finding in result.findings:
        place = f"{finding.code} {finding.path}".rstrip()
        wish = f": expected {finding.expected}" if finding.expected else ""
        seen = f", seen {finding.seen}" if finding.seen else ""
        lines.append(f"  {place}{wish}{seen}")
    return without_codes("\n".join(lines))


def crashed(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """A defect of the harness: its kind and place, no values and no text, which may quote them."""
    frames = list(excinfo.traceback)[-_FRAMES:]
    places = [f"  {frame.path}:{frame.lineno + 1} in {frame.name}" for frame in frames]
    return "\n".join([f"the harness itself failed: {excinfo.typename}", *places])


def _as_json(result: ScenarioResult) -> str:
    """A text: between xdist's processes travel plain values only, not even enumerations."""
    sets = {name: sorted(getattr(result, name)) for name in ("marks", "valid", "rejected", "met")}
    return json.dumps({**asdict(result), **sets})


def _from_json(text: str) -> ScenarioResult:
    data = json.loads(text)
    return ScenarioResult(
        id=data["id"],
        verdict=Verdict(data["verdict"]) if data["verdict"] else None,
        reason=data["reason"],
        findings=tuple(Finding(**finding) for finding in data["findings"]),
        where=data["where"],
        seconds=data["seconds"],
        marks=frozenset(data["marks"]),
        valid=frozenset(data["valid"]),
        rejected=frozenset(data["rejected"]),
        met=frozenset((peer, fingerprint) for peer, fingerprint in data["met"]),
    )
