"""Running suites against one defect after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.account.settings import Settings
from harness.canary.defect import Defect, Kind, Planted
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Need
from harness.errors import NotPassed
from harness.suite.ids import new_run_id
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import Scenario, Suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract


@dataclass(frozen=True, slots=True)
class Noticed:
    """What became of one defect.

    Attributes:
        defect: which.
        by: ids of the scenarios that noticed, as many as were asked for at most.
        unseen: why it was not planted, or planted without any effect; empty otherwise.
    """

    defect: Defect
    by: tuple[str, ...] = ()
    unseen: str = ""

    @property
    def survived(self) -> bool:
        """It was there, and no scenario noticed."""
        return not self.by and not self.unseen


_ASKED_FIRST = 6
NO_EFFECT = "no answer of the account to any scenario holds it: see harness coverage"


class Flock:
    """Suites, and the simulated other side that they run against, in process.

    A defect is noticed when a scenario that passes without it does not pass with it, whether it
    fails or cannot be judged: either way no green run comes about.
    """

    def __init__(
        self, suites: Sequence[Suite], contract: Contract, listens: Contract | None = None
    ) -> None:
        """Prepare.

        Args:
            suites: all of one contract.
            contract: what the other side has promised.
            listens: what we serve to it.
        """
        self.contract, self.suites = contract, tuple(suites)
        self._listens, self._run = listens, new_run_id()
        self._lately: dict[Kind, list[str]] = {}

    @cached_property
    def results(self) -> dict[str, ScenarioResult]:
        """What comes of each scenario without a defect, by id.

        Raises:
            NotPassed: one did not pass: then nothing follows from those that fail with a defect.
            ScenarioError: one cannot be run as it is written.
        """
        connection = self._connection(
            MockEndpoint(self.contract, listens=self._listens), closely=True
        )
        found = {
            scenario.id: run_scenario(scenario, suite, connection)
            for suite in self.suites
            for scenario in suite.scenarios.values()
        }
        bad = [id_ for id_, each in found.items() if each.verdict not in {Verdict.PASSED, None}]
        if bad:
            raise NotPassed(
                f"without any defect these scenarios do not pass: {', '.join(bad[:5])}",
                todo="Run the suites against mock and mend them first.",
            )
        return found

    def noticed(self, defect: Defect, most: int = 1, without: str = "") -> Noticed:
        """Plant one defect and run scenarios until as many as ``most`` have noticed.

        Args:
            defect: which.
            most: how many ids are wanted.
            without: id of a scenario that is left out.

        Raises:
            NotPassed: a scenario does not pass without any defect.
        """
        if defect.unseen:
            return Noticed(defect, unseen=defect.unseen)
        planted = Planted(defect)
        by: list[str] = []
        for scenario, suite in self._ordered(defect):
            if scenario.id != without and self._fails(scenario, suite, defect, planted):
                by.append(scenario.id)
                self._remember(defect.kind, scenario.id)
            if len(by) == most:
                break
        idle = defect.kind is Kind.ANSWER and not planted.effects
        return Noticed(defect, tuple(by), NO_EFFECT if idle and not by else "")

    def notices(self, id_: str, defect: Defect) -> bool:
        """Whether one scenario notices a defect."""
        found = (pair for pair in self._ordered(defect) if pair[0].id == id_)
        return not defect.unseen and any(
            self._fails(scenario, suite, defect, Planted(defect)) for scenario, suite in found
        )

    def _fails(self, scenario: Scenario, suite: Suite, defect: Defect, planted: Planted) -> bool:
        endpoint = MockEndpoint(
            self.contract,
            settings=defect.settings(Settings()),
            listens=self._listens,
            spoiler=planted,
        )
        result = run_scenario(scenario, suite, self._connection(endpoint))
        return result.verdict is not Verdict.PASSED

    def _connection(self, endpoint: MockEndpoint, *, closely: bool = False) -> Connection:
        listens = self._listens
        return Connection(self.contract, endpoint, self._run, listens=listens, closely=closely)

    def _remember(self, kind: Kind, id_: str) -> None:
        """Who noticed one defect is asked first about the next of its kind."""
        others = [each for each in self._lately.get(kind, ()) if each != id_]
        self._lately[kind] = [id_, *others]

    def _ordered(self, defect: Defect) -> list[tuple[Scenario, Suite]]:
        """Scenarios that were run, those first that show what the defect is about, small ones."""
        lately = self._lately.get(defect.kind, [])[:_ASKED_FIRST]
        found = (
            (_weight(defect, scenario, self.results[scenario.id], lately), scenario, suite)
            for suite in self.suites
            for scenario in suite.scenarios.values()
            if self.results[scenario.id].verdict is Verdict.PASSED
        )
        return [(scenario, suite) for _, scenario, suite in sorted(found, key=lambda each: each[0])]


def _weight(
    defect: Defect, scenario: Scenario, result: ScenarioResult, lately: Sequence[str]
) -> tuple[bool, int, bool, bool, int, str]:
    """Sorts scenarios: about the defect, noticed its like, unsigned (which is quick), small."""
    about = any(mark in each for mark in defect.marks for each in result.marks)
    rank = lately.index(result.id) if result.id in lately else len(lately)
    touches = any(mark.startswith(f"{defect.operation} ") for mark in result.marks)
    signed = (Need.SIGNED in scenario.content.needs) is not (defect.kind is Kind.SIGNATURE)
    return not about, rank, signed, not touches, len(result.marks), result.id
