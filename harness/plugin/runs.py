"""The runs of one pytest session: the connection, suites and scenarios, results and evidence.

Loaded when the first scenario is run: it brings the contract's reader, the endpoints and the rest.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import Config
from harness.errors import HarnessError
from harness.exchange.findings import Finding
from harness.exchange.kept import Keeper
from harness.exchange.messages import Answer, Exchange
from harness.ledger.opened import production_opened
from harness.suite.connecting import connect
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import Scenario, Suite, load_one, load_suite, open_suite
from harness.vocabulary import Verdict
from harness.wsdl.coverage import points

if TYPE_CHECKING:
    from harness.joining.evidence import TestEvidence
    from harness.suite.evidence import EvidenceFile


class ScenarioRuns:
    """Runs scenarios of one project against one endpoint, and keeps the evidence of suites."""

    def __init__(self, config: Config, endpoint: str, run: str, keep: Path | None = None) -> None:
        """Prepare; nothing is read or contacted.

        Args:
            config: the project's harness.toml.
            endpoint: which to run against.
            run: id of this run.
            keep: folder in which its exchanges are kept; None keeps none.
        """
        self._config, self._endpoint, self._run, self._keep = config, endpoint, run, keep
        self._suites: dict[Path, Suite] = {}
        self._evidence: dict[str, EvidenceFile] = {}

    @cached_property
    def connection(self) -> Connection:
        """Contract and endpoint of this session."""
        opened = production_opened(self._config, self._endpoint)
        connection = connect(self._config, self._endpoint, self._run, opened=opened)
        if self._keep is not None:
            connection = replace(connection, keep=partial(_keep, Keeper.join(self._keep)))
        return connection

    def prepare(self) -> None:
        """Make everything of the contract that is otherwise made for the first scenario.

        Raises:
            HarnessError: the contract or the endpoint cannot be used.
        """
        contract = self.connection.contract
        contract.check()
        points(contract)

    def scenario(self, file: Path) -> tuple[Scenario, Suite]:
        """The scenario of a file, and its suite.

        Raises:
            ScenarioError: one of them breaks the format.
        """
        folder = file.parent
        if folder not in self._suites:
            self._suites[folder] = open_suite(folder)
        suite = self._suites[folder]
        known = suite.scenarios.get(f"{folder.name}/{file.stem}")
        return known or load_one(file, suite), suite

    def run(self, scenario: Scenario, suite: Suite) -> ScenarioResult:
        """Run one scenario; one that cannot be run as it is written is inconclusive."""
        try:
            return run_scenario(scenario, suite, self.connection)
        except HarnessError as error:
            return ScenarioResult(
                scenario.id,
                Verdict.INCONCLUSIVE,
                "not-runnable",
                (Finding("not-runnable", error.where, "", error.what),),
            )

    def begin(self, name: str, operator: str | None, selection: tuple[str, ...]) -> None:
        """Begin the evidence of a suite; its scenarios are then those its digest was made of.

        Raises:
            HarnessError: it cannot be run.
        """
        from harness.people import acting  # noqa: PLC0415 - where evidence is asked for
        from harness.suite.evidence import EvidenceFile, Run  # noqa: PLC0415 - as above

        config = self._config
        folder = config.scenarios_folder / name
        suite = self._suites[folder] = load_suite(folder)
        run = Run(
            project=config.project.id,
            project_folder=config.folder,
            evidence_folder=config.evidence_folder,
            operator=acting(config, operator),
            configuration_digest=config.configuration_digest(self._endpoint),
            system_release=config.project.system_release,
            selection=selection,
            id=self._run,
        )
        self._evidence[name] = EvidenceFile(run, suite, self.connection)
        self._evidence[name].begin()

    def finish(
        self, results: Mapping[str, ScenarioResult], meant: frozenset[str]
    ) -> "Iterator[TestEvidence]":
        """Write the final evidence of every suite that was begun.

        Args:
            results: by scenario.
            meant: the scenarios that were to be run.
        """
        for name, evidence in self._evidence.items():
            own = {i: r for i, r in results.items() if i.partition("/")[0] == name}
            yield evidence.finish(own, meant)[1]

    def let_go(self) -> None:
        """Hold no evidence any more that was begun."""
        for evidence in self._evidence.values():
            evidence.let_go()


def _keep(keeper: Keeper, scenario: str, step: int, exchange: Exchange) -> None:
    bodies = [exchange.request.body.data]
    if isinstance(exchange.outcome, Answer):
        bodies.append(exchange.outcome.body.data)
    keeper.keep(bodies, scenario, step)


def as_json(result: ScenarioResult) -> str:
    """A text: between xdist's processes travel plain values only, not even enumerations."""
    data = {each.name: getattr(result, each.name) for each in fields(result)}
    data |= {name: sorted(data[name]) for name in ("marks", "valid", "rejected", "met")}
    data["findings"] = [asdict(finding) for finding in result.findings]
    return json.dumps(data)


def from_json(text: str) -> ScenarioResult:
    """What ``as_json`` wrote."""
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
