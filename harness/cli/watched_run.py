"""A run in which the supplier's own system is watched: the suite, who ran it, and its evidence."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from harness.classes import dataclass
from harness.cli.watching import Observing, Teller
from harness.config import Config
from harness.errors import ConfigError
from harness.joining.evidence import Outcome, TestEvidence
from harness.people import acting
from harness.report.run import run_rows, run_text
from harness.suite.evidence import EvidenceFile, Run
from harness.suite.folder import suite_names
from harness.suite.runner import Connection
from harness.suite.suites import Suite, load_suite
from harness.suite.watching import Watch
from harness.vocabulary import Driver


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """One run of an observed suite.

    Attributes:
        suite: what is gone through.
        run: who watches what.
        connection: contract and endpoint of the run.
        watch: judges what comes.
    """

    suite: Suite
    run: Run
    connection: Connection
    watch: Watch

    @classmethod
    def of(
        cls,
        config: Config,
        options: Observing,
        name: str,
        connection: Connection,
        provides: frozenset[str],
        teller: Teller,
        through: str = "",
    ) -> Self:
        """Prepare a run of the suite of that name.

        Args:
            config: the project's.
            options: of the command line.
            name: of the suite.
            connection: contract, endpoint and id of the run.
            provides: what the other side can be brought to do here.
            teller: is told of everything that happens.
            through: what stands in between.

        Raises:
            ConfigError: there is no such suite or scenario, the harness drives it, nobody is
                acting, or the system's release is not told.
            ScenarioError: a file breaks the format.
        """
        suite = _observed_suite(config, name, options["only"])
        run = _run_of(config, options, connection, through)
        watch = Watch(
            suite, connection.endpoint, provides=provides, now=time.monotonic, tell=teller.tell,
            only=options["only"], any_order=options["any_order"],
        )  # fmt: skip
        return cls(suite, run, connection, watch)

    @contextmanager
    def evidence(self, teller: Teller) -> Iterator[list[TestEvidence]]:
        """Its evidence: begun now, finished at the end, and told; then it is in the list."""
        file = EvidenceFile(self.run, self.suite, self.connection)
        file.begin()
        made: list[TestEvidence] = []
        yield made
        path, evidence = file.finish(self.watch.finish())
        made.append(evidence)
        if teller.as_json:
            (row,) = run_rows([(path, evidence)])
            teller.line(json.dumps({"event": "evidence", **row}, ensure_ascii=False))
        else:
            teller.line("\n" + run_text([(path, evidence)]))


def exit_code(evidence: TestEvidence) -> int:
    """0 when everything that can be shown here was seen and passed."""
    good = {Outcome.PASSED, Outcome.NOT_REALISABLE}
    outcomes = {each.outcome for each in evidence.outcomes}
    return 0 if Outcome.PASSED in outcomes and outcomes <= good else 1


def _observed_suite(config: Config, name: str, only: tuple[str, ...]) -> Suite:
    """A suite that is observed.

    Raises:
        ConfigError: there is no such suite or scenario, or the harness drives it.
        ScenarioError: a file breaks the format.
    """
    folder = config.scenarios_folder
    if name not in suite_names(folder):
        known = ", ".join(suite_names(folder)) or "none"
        raise ConfigError(f"there is no suite {name!r} (there are: {known})", where=str(folder))
    suite = load_suite(folder / name)
    if suite.content.driver is not Driver.SYSTEM:
        raise ConfigError(
            f"the suite {name} is driven by the harness",
            where=str(folder / name),
            todo=f"Run it with harness run --suite {name}; driver: system makes a suite observed.",
        )
    unknown = sorted(set(only) - {each.name for each in suite.observed.values()})
    if unknown:
        raise ConfigError(
            f"the suite {name} has no scenario {unknown[0]!r}",
            where=str(folder / name),
            todo="A scenario is named by its file, without .yaml.",
        )
    return suite


def _run_of(config: Config, options: Observing, connection: Connection, through: str) -> Run:
    """What is known of a run in which the supplier's system is watched.

    Raises:
        ConfigError: nobody is acting, or the system's release is not told.
    """
    release = config.project.system_release
    if not release:
        raise ConfigError(
            "nobody says which release of your system is watched",
            where=f"{config.path}: [project]",
            todo='Add system_release = "...": evidence of a system names its release.',
        )
    flags = ["--any-order"] if options["any_order"] else []
    return Run(
        project=config.project.id,
        project_folder=config.folder,
        evidence_folder=config.evidence_folder,
        operator=acting(config, options["claimed"]),
        configuration_digest=config.configuration_digest(connection.endpoint.name),
        system_release=release,
        selection=(*flags, *options["only"]),
        id=connection.run,
        driver=Driver.SYSTEM,
        through=through,
    )
