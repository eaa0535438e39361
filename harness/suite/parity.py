"""Whether our account still answers as the service does: the same scenarios against both.

Every scenario is run twice, with the same ids of items and messages: in process against a fresh
account, and against the endpoint. Each pair of answers is compared by what it means
(``harness.exchange.meaning``, ``harness.suite.drifts``). Customers and ids that differ because the
endpoint has others are compared by the variables that stand for them. The first answer that is of
another kind - a fault instead of an answer - ends a scenario: what comes after follows from it.

What could not be compared is said with its reason, and is no parity.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from harness.account.choosing import is_account
from harness.account.service import OURS
from harness.classes import dataclass
from harness.errors import ConfigError, HarnessError
from harness.exchange.meaning import meant, renamed
from harness.exchange.message import Message
from harness.exchange.messages import Answer, Exchange
from harness.joining.parity import Compared
from harness.redact import shown_name, without_codes
from harness.suite.drifts import Drift, DriftKind, Rules, drifts
from harness.suite.model import ParityRule
from harness.suite.runner import Connection, Judged, ScenarioResult, run_scenario, unmet_needs
from harness.suite.suites import Scenario, Suite
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract

_ACCOUNT: Final = (
    ParityRule(path="TilaKoodi/SanomaTunniste", any=True),
    ParityRule(path="TilaKoodi/TilaKoodiKuvaus", starts=20),
    ParityRule(path="Asiakas/AsiointitiliTunniste", any=True),
    ParityRule(path="Asiakas/KohteenTilaKuvaus", any=True),
    ParityRule(path="Asiakas/TilaPvm", any=True),
    ParityRule(path="Asiakkaat/Asiakas", unordered="@AsiakasTunnus"),
    ParityRule(path="Kohteet/Kohde", unordered="ViranomaisTunniste"),
)
"""The account's own: ids and times that it makes, and sentences whose words are not promised."""


@dataclass(frozen=True, slots=True)
class ScenarioParity:
    """One scenario, run against both.

    Attributes:
        id: ``suite/name``.
        outcome: what it came to.
        reason: why it was not compared; empty otherwise.
        drifts: in the order of the steps.
    """

    id: str
    outcome: Compared
    reason: str = ""
    drifts: tuple[Drift, ...] = ()


class ComparedWithItself(ConfigError):
    """Our account would be compared with our account, and nothing be learned of the service."""


def other_than_ours(theirs: Connection, where: str) -> Connection:
    """A connection that may be compared with our account, and says so as soon as it may not.

    At level ``server`` our own account behind a socket is what is expected. Whoever claims to be
    more, and answers as ``harness serve`` does, is refused.

    Args:
        theirs: the endpoint that was asked for.
        where: the place in harness.toml that names it.

    Raises:
        ComparedWithItself: it is our account in process; from the comparison: it turns out so.
    """
    identity = theirs.endpoint.identity()
    if identity.level is Level.MOCK:
        raise ComparedWithItself(
            f"{identity.name} is our own account, so it would be compared with itself",
            where=where,
            todo="Name the endpoint of the service's test environment (harness.toml, level test); "
            "--endpoint server compares with our account behind a socket, to try it out.",
        )

    def look(_scenario: str, _step: int, exchange: Exchange) -> None:
        name, value = OURS
        if isinstance(exchange.outcome, Answer) and exchange.outcome.header(name) == value:
            raise ComparedWithItself(
                f"{identity.name} says level {identity.level.value}, and our own account answers "
                "there (harness serve), so it would be compared with itself",
                where=where,
                todo='Give it the url of the service\'s test environment, or level = "server".',
            )

    return theirs if identity.level is Level.SERVER else replace(theirs, keep=look)


def rules_for(suite: Suite, contract: Contract, operation: str) -> Rules:
    """The suite's own rules, then those for the account; and where codes stand."""
    content = suite.content
    paths = [path for path in (content.code, *content.codes) if path]
    return Rules(
        content.parity + (_ACCOUNT if is_account(contract) else ()),
        frozenset(path.replace("{operation}", operation) for path in paths),
    )


def compare(
    suite: Suite, ours: Connection, theirs: Connection, *, wanted: frozenset[str] = frozenset()
) -> Iterator[ScenarioParity]:
    """Compare every scenario of a suite, or those of the wanted ids.

    Args:
        suite: what is run.
        ours: our account.
        theirs: the endpoint, in a run of the same id.
        wanted: ids; none means all.

    Raises:
        ComparedWithItself: the endpoint is our own account, and ``theirs`` looks for that.
    """
    for scenario in suite.scenarios.values():
        if not wanted or scenario.id in wanted:
            yield _scenario(scenario, suite, ours, theirs)


def _scenario(
    scenario: Scenario, suite: Suite, ours: Connection, theirs: Connection
) -> ScenarioParity:
    for side in (ours, theirs):
        missing = unmet_needs(scenario, side.endpoint)
        if missing:
            reason = f"needs {', '.join(missing)} of {side.endpoint.name}"
            return ScenarioParity(scenario.id, Compared.NOT_REALISABLE, reason)
    if scenario.content.receives:
        reason = "receives calls, which are not compared"
        return ScenarioParity(scenario.id, Compared.NOT_REALISABLE, reason)
    played: list[_Side] = []
    for side in (ours, theirs):
        try:
            played.append(_Side.run(scenario, suite, side))
        except ComparedWithItself:
            raise
        except HarnessError as error:
            reason = f"not runnable at {side.endpoint.name}: {without_codes(error.what)}"
            return ScenarioParity(scenario.id, Compared.NOT_COMPARED, reason)
    found = tuple(dict.fromkeys(_differences(suite, *played)))
    if found:
        return ScenarioParity(scenario.id, Compared.DRIFTED, drifts=found)
    for each in played:
        if each.result.verdict is not Verdict.PASSED:
            reason = f"{each.result.reason} at {each.connection.endpoint.name}"
            return ScenarioParity(scenario.id, Compared.NOT_COMPARED, reason)
    return ScenarioParity(scenario.id, Compared.SAME)


@dataclass(frozen=True, slots=True)
class _Side:
    """A scenario at one side: its result, and each exchange of its steps."""

    connection: Connection
    result: ScenarioResult
    heard: tuple[Judged, ...]

    @classmethod
    def run(cls, scenario: Scenario, suite: Suite, connection: Connection) -> "_Side":
        heard: list[Judged] = []

        def listen(judged: Judged) -> None:
            heard.append(judged)
            if connection.on_exchange is not None:
                connection.on_exchange(judged)

        result = run_scenario(scenario, suite, replace(connection, on_exchange=listen))
        return cls(connection, result, tuple(each for each in heard if each.step >= 0))


def _differences(suite: Suite, ours: _Side, theirs: _Side) -> Iterator[Drift]:
    """Drifts of each pair of exchanges; a pair of different kinds is the last.

    Where the endpoint could not be judged there is no answer to compare, and that is no drift.
    """
    names = (_names(ours.connection), _names(theirs.connection))
    for one, other in _pairs(ours.heard, theirs.heard):
        if Verdict.INCONCLUSIVE in {one.judgement.verdict, other.judgement.verdict}:
            return
        was, now = _kind(one), _kind(other)
        if was != now:
            fault = was.startswith("Fault ") and now.startswith("Fault ")
            kind = DriftKind.FAULT if fault else DriftKind.OUTCOME
            yield Drift(kind, one.operation, was, now)
            return
        answers = one.judgement.message, other.judgement.message
        if was == _ANSWER and answers[0] is not None and answers[1] is not None:
            contract = ours.connection.contract
            rules = rules_for(suite, contract, one.operation)
            yield from _of_answers(contract, answers[0], answers[1], names, rules)


def _pairs(ours: tuple[Judged, ...], theirs: tuple[Judged, ...]) -> Iterator[tuple[Judged, Judged]]:
    """Exchanges of the same step; where one side asked more often, the last of each."""
    for step in sorted({each.step for each in ours} & {each.step for each in theirs}):
        one = [each for each in ours if each.step == step]
        other = [each for each in theirs if each.step == step]
        if len(one) == len(other):
            yield from zip(one, other, strict=True)
        else:
            yield one[-1], other[-1]


_ANSWER: Final = "an answer"
_CODE: Final = 4
"""An id of so few characters could be a code of the answer."""


def _kind(judged: Judged) -> str:
    """What came of a call, in a word that two sides can be compared by."""
    judgement = judged.judgement
    if judgement.verdict is not Verdict.PASSED:
        first = judgement.findings[0]
        return f"{first.code} {first.path}".rstrip()
    if judgement.message is None:
        return "accepted, no message"
    fault = judgement.message.fault
    return f"Fault {shown_name(fault.local)}" if fault else _ANSWER


def _of_answers(
    contract: Contract,
    ours: Message,
    theirs: Message,
    names: tuple[Mapping[str, str], Mapping[str, str]],
    rules: Rules,
) -> Iterator[Drift]:
    one = renamed(meant(contract, ours), names[0])
    other = renamed(meant(contract, theirs), names[1])
    yield from drifts(one, other, rules)


def _names(connection: Connection) -> Mapping[str, str]:
    """Values that each endpoint has its own of, and the variables that stand for them."""
    endpoint = connection.endpoint
    ids = {name: value for name, value in endpoint.ids.items() if len(value) > _CODE}
    names = {value: f"${{ids.{name}}}" for name, value in ids.items()}
    return names | {role.id: f"${{role.{name}.id}}" for name, role in endpoint.roles.items()}
