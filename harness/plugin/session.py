"""One pytest session of one project.

Every scenario file below the configured folder is an item: ``-k``, ``-x``, ``--lf`` and
``--junitxml`` work as for any test. Results travel on the reports, so that of several processes -
our own workers, or those of pytest-xdist - only the one that sees them all writes evidence.
Collecting reads no scenario, and imports nothing that is needed to run one.
"""

import atexit
import gc
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.junitxml import xml_key

from harness.config import Config
from harness.errors import HarnessError
from harness.plugin.items import RESULT, ScenarioFile, ScenarioItem
from harness.plugin.told import Told
from harness.redact import without_codes
from harness.suite.folder import SUITE_FILE, is_observed
from harness.suite.ids import new_run_id

if TYPE_CHECKING:
    from harness.plugin.runs import ScenarioRuns
    from harness.suite.runner import Connection, ScenarioResult


class ScenarioSession:
    """What one pytest session knows of the project whose scenarios it runs."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        self._pytest = config
        self._controller = not hasattr(config, "workerinput")
        self._is_suite: dict[Path, bool] = {}
        self._alone = False
        self._results: list[ScenarioResult | str] = []
        self._meant: set[str] = set()
        self._file = file
        self.endpoint_name = str(config.option.harness_endpoint)
        if not config.option.harness_run:
            # Made by the controller; xdist hands the option on to its workers.
            config.option.harness_run = new_run_id()
        config.add_cleanup(gc.unfreeze)  # the first to be added is the last that pytest calls

    # What items and fixtures ask for

    @cached_property
    def config(self) -> Config:
        """The project's harness.toml; its suites may lie elsewhere for once."""
        config, elsewhere = Config.read(self._file), self._pytest.option.harness_scenarios
        return config.with_scenarios(Path(elsewhere)) if elsewhere else config

    @cached_property
    def _runs(self) -> "ScenarioRuns":
        with _loading():
            from harness.plugin.runs import ScenarioRuns  # noqa: PLC0415 - slow to load

        option = self._pytest.option
        keep = Path(option.harness_keep) if option.harness_keep else None
        return ScenarioRuns(self.config, self.endpoint_name, option.harness_run, keep)

    @property
    def connection(self) -> "Connection":
        """Contract and endpoint of this session."""
        return self._runs.connection

    def prepare(self) -> None:
        """Make what all scenarios need, before there are several processes that would each make it.

        Raises:
            HarnessError: it cannot be made.
        """
        with _loading():
            self._runs.prepare()

    def run(self, file: Path) -> "ScenarioResult":
        """Run the scenario of a file."""
        return self._runs.run(*self._runs.scenario(file))

    def title(self, file: Path) -> str:
        """What the scenario of a file shows, in English."""
        return self._runs.scenario(file)[0].content.title.en

    def tags(self, file: Path) -> Iterable[str]:
        """Its tags, where ``-k`` is to look at them."""
        if not self._pytest.option.keyword:
            return ()
        return self._runs.scenario(file)[0].content.tags

    # What pytest calls

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """A YAML file in a folder with a ``suite.yaml``, below the configured folder.

        What is hidden there is no file of a suite: it is in no digest and in no evidence.
        """
        if file_path.name.startswith("."):
            return None
        if file_path.suffix != ".yaml" or file_path.name == SUITE_FILE:
            return None
        if not self._holds(file_path.parent):
            return None
        collector: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        collector.runs = self
        return collector

    def pytest_sessionstart(self) -> None:
        """Begin the evidence of every suite asked for; what cannot be run ends the session."""
        option = self._pytest.option
        selection = tuple(filter(None, option.harness_selection.split("\n")))
        try:
            with _loading():
                for name in option.harness_suite if self._controller else ():
                    self._runs.begin(name, option.harness_operator, selection)
        except HarnessError as error:
            raise pytest.UsageError(without_codes(str(error))) from None
        except OSError as error:  # a file of a suite that may not be read
            raise pytest.UsageError(f"{error.strerror}: {error.filename}") from None

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
            setattr(report, RESULT, self._travelling(item.result))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, None, None]:
        """Keep the result; after JUnit has its node, type that of an inconclusive one."""
        result: ScenarioResult | str | None = getattr(report, RESULT, None)
        if result is not None and report.failed:
            report.longrepr = Told(str(report.longrepr))
        yield
        if result is None and report.failed and report.when != "teardown":
            self._meant.add(_id_of(Path(report.nodeid.partition("::")[0])))
        if result is not None:
            self._results.append(result)
            if report.when == "setup" and report.failed:
                reason = self._arrived(result).reason
                self._type_junit_error(report, f"inconclusive:{reason}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Look what there is to run; with xdist, only its workers see that."""
        scenarios = [item for item in session.items if isinstance(item, ScenarioItem)]
        self._meant |= {_id_of(item.path) for item in scenarios}
        self._alone = len(scenarios) == len(session.items)

    def pytest_unconfigure(self) -> None:
        """Beside other tests pytest's last look is for what they left behind: it sees all."""
        if "_runs" in vars(self):
            self._runs.let_go()
        if not self._alone:
            gc.unfreeze()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Write the final evidence of every suite that was begun, before JUnit's file is."""
        if not self._pytest.option.harness_suite or not self._controller:
            return
        from harness.report.coverage import run_properties  # noqa: PLC0415 - slow to load

        xml = self._pytest.stash.get(xml_key, None)
        arrived = map(self._arrived, self._results)
        results = {result.id: result for result in arrived}
        for final in self._runs.finish(results, frozenset(self._meant)):
            if xml is not None:
                for name, value in run_properties(final):
                    xml.add_global_property(name, value)

    def _travelling(self, result: "ScenarioResult") -> "ScenarioResult | str":
        from harness.plugin.runs import as_json  # noqa: PLC0415 - slow to load

        return result if self._controller else as_json(result)

    @staticmethod
    def _arrived(result: "ScenarioResult | str") -> "ScenarioResult":
        """A result that a worker has sent is read when it is needed: not while others run."""
        if not isinstance(result, str):
            return result
        from harness.plugin.runs import from_json  # noqa: PLC0415 - slow to load

        return from_json(result)

    def _holds(self, folder: Path) -> bool:
        """Whether a folder is a suite of this project that the harness drives."""
        if folder not in self._is_suite:
            table = self.config.scenarios
            self._is_suite[folder] = (
                (folder / SUITE_FILE).is_file()
                and table is not None
                and folder.parent == self.config.resolve(table.folder)
                and not _is_observed(folder)
            )
        return self._is_suite[folder]

    def _type_junit_error(self, report: pytest.TestReport, kind: str) -> None:
        """Set ``type`` of the error node that ``--junitxml`` writes; pytest leaves it out."""
        xml = self._pytest.stash.get(xml_key, None)
        nodes = xml.node_reporter(report).nodes if xml is not None else []
        if nodes and nodes[-1].tag == "error":
            nodes[-1].set("type", kind)


def _id_of(file: Path) -> str:
    """The id of the scenario that a file holds."""
    return f"{file.parent.name}/{file.stem}"


@contextmanager
def _loading() -> Iterator[None]:
    """Python's collector has nothing to find in what is loaded: not meanwhile, and not after it.

    Frozen with the items, until pytest has ended and looked for the last time: it goes through all
    there is some times in a run, and twice at its end.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.freeze)  # Python itself would look through all of it before it ends
        if enabled:
            gc.enable()


def _is_observed(folder: Path) -> bool:
    """The supplier's own system drives this suite: nothing in it can be run here."""
    try:
        return is_observed(folder)
    except HarnessError:
        return False  # running it says what is wrong
