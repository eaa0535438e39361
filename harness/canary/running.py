"""Running suites against one defect after the other."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from harness.account.settings import Settings
from harness.canary.defect import Defect, Kind, Planted
from harness.canary.tape import Tape
from harness.classes import dataclass
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, Need
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.errors import NotPassed
from harness.exchange.judge import Judgement, judge_answer
from harness.suite.ids import new_run_id
from harness.suite.runner import Connection, ScenarioResult, run_scenario, unmet_needs
from harness.suite.suites import Scenario, Suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract


@dataclass(frozen=True, slots=True)
class Noticed:
    """What became of one defect.

    Attributes:
        defect: which.
        by: ids of the scenarios that noticed, as many as were asked for at most; those that are
            obligatory come first.
        unseen: why it was not planted, or planted without any effect; empty otherwise.
        optional: no scenario noticed that is obligatory, so a gate may open all the same.
    """

    defect: Defect
    by: tuple[str, ...] = ()
    unseen: str = ""
    optional: bool = False

    @property
    def survived(self) -> bool:
        """It was there, and no scenario noticed."""
        return not self.by and not self.unseen


_ASKED_FIRST = 6
NO_EFFECT = "no answer of the account to any scenario holds it: see harness coverage"


class Flock:
    """Suites, and the simulated other side that they run against.

    It is in process; what needs a connection that fails has it on a loopback socket.

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
        self._tapes: dict[str, Tape] = {}

    @cached_property
    def results(self) -> dict[str, ScenarioResult]:
        """What comes of each scenario without a defect, by id.

        Raises:
            NotPassed: one did not pass: then nothing follows from those that fail with a defect.
            ScenarioError: one cannot be run as it is written.
        """
        found = {
            scenario.id: self._recorded(scenario, suite)
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

    def tape(self, id_: str) -> Tape:
        """What happened in a scenario without a defect.

        Raises:
            NotPassed: a scenario does not pass without any defect.
        """
        return self._tapes[self.results[id_].id]

    def _recorded(self, scenario: Scenario, suite: Suite) -> ScenarioResult:
        tape = self._tapes[scenario.id] = Tape()
        nothing = Defect(
            name="",
            kind=Kind.RULE,
            what="",
            spoil=tape.spoil,
            settings=tape.settings,
            twist=tape.twist,
            judged=tape.judged,
        )
        return self._run_with(nothing, Planted(nothing), scenario, suite)

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
        for scenario, suite in self._ordered(defect.kind):
            if scenario.id != without and self._fails(scenario, suite, defect, planted):
                by.append(scenario.id)
                self._remember(defect.kind, scenario.id)
            if len(by) == most:
                break
        idle = defect.kind is Kind.ANSWER and not planted.effects
        unseen = NO_EFFECT if idle and not by else ""
        return Noticed(defect, tuple(by), unseen, bool(by) and not self._must_pass(by[0]))

    def _must_pass(self, id_: str) -> bool:
        return any(id_ in each.scenarios and each.heads[id_].obligatory for each in self.suites)

    def notices(self, id_: str, defect: Defect) -> bool:
        """Whether one scenario notices a defect."""
        found = (pair for pair in self._ordered(defect.kind) if pair[0].id == id_)
        return not defect.unseen and any(
            self._fails(scenario, suite, defect, Planted(defect)) for scenario, suite in found
        )

    def _fails(self, scenario: Scenario, suite: Suite, defect: Defect, planted: Planted) -> bool:
        if not self._tapes[scenario.id].shows(defect):
            return False
        return self._run_with(defect, planted, scenario, suite).verdict is not Verdict.PASSED

    def _run_with(
        self, defect: Defect, planted: Planted, scenario: Scenario, suite: Suite
    ) -> ScenarioResult:
        settings = replace(defect.settings(Settings()), twist=defect.twist)
        listens, contract = self._listens, self.contract
        endpoint: Endpoint
        endpoint = MockEndpoint(contract, settings=settings, listens=listens, spoiler=planted)
        if unmet_needs(scenario, endpoint):
            endpoint = ServerEndpoint(contract, settings=settings, listens=listens)
        connection = Connection(
            contract, endpoint, self._run, listens=listens, judge=_judging(defect)
        )
        content = defect.content(suite.content)
        return run_scenario(scenario, replace(suite, content=content), connection)

    def _remember(self, kind: Kind, id_: str) -> None:
        """Who noticed one defect is asked first about the next of its kind."""
        others = [each for each in self._lately.get(kind, ()) if each != id_]
        self._lately[kind] = [id_, *others]

    def _ordered(self, kind: Kind) -> list[tuple[Scenario, Suite]]:
        """Scenarios that were run, in the order in which they are asked about a kind of defect."""
        lately = self._lately.get(kind, [])[:_ASKED_FIRST]
        found = (
            (_weight(kind, scenario, self._tapes[scenario.id], lately), scenario, suite)
            for suite in self.suites
            for scenario in suite.scenarios.values()
            if self.results[scenario.id].verdict is Verdict.PASSED
        )
        return [(scenario, suite) for _, scenario, suite in sorted(found, key=lambda each: each[0])]


def _judging(defect: Defect) -> Callable[..., Judgement]:
    """Our judge, as the defect makes it."""
    return lambda *given, **named: defect.judged(judge_answer(*given, **named))


def _weight(
    kind: Kind, scenario: Scenario, tape: Tape, lately: Sequence[str]
) -> tuple[bool, int, bool, int, str]:
    """Sorts scenarios: obligatory, noticed the like, unsigned (which is quick), short."""
    rank = lately.index(scenario.id) if scenario.id in lately else len(lately)
    signed = (Need.SIGNED in scenario.content.needs) is not (kind is Kind.SIGNATURE)
    return not scenario.content.obligatory, rank, signed, tape.length, scenario.id
