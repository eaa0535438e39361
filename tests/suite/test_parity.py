"""The same scenarios against our account and another: writing is no drift, behaviour is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import pytest

from harness.account.account import PREFIX_STYLES, Account
from harness.account.codes import TARGET_TEXTS, TargetCode
from harness.account.customers import CUSTOMERS, Conduct
from harness.account.service import Simulation
from harness.account.settings import Settings
from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Need, RoleIdentity, Session
from harness.endpoints.signed import Signed
from harness.exchange.judge import Judgement
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode, Request
from harness.exchange.render import PrefixStyle
from harness.joining.parity import LEFT, Compared
from harness.suite.drifts import Drift, DriftKind
from harness.suite.parity import ScenarioParity, _pairs, compare
from harness.suite.runner import Connection, Judged
from harness.suite.suites import Suite, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract, find

CODE = "LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila"


@cache
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut/1.7-2024-04", [book("contracts")])


@cache
def suite() -> Suite:
    return load_suite(book("scenarios") / "testing")


class Real(MockEndpoint):
    """What stands for the real service: an account that may behave and write otherwise."""

    name = "real"

    def __init__(
        self,
        settings: Settings | None = None,
        styles: Mapping[str, PrefixStyle] = PREFIX_STYLES,
        replaced: tuple[tuple[bytes, bytes], ...] = (),
        problem: ProblemCode | None = None,
    ) -> None:
        super().__init__(contract(), settings=settings)
        self._styles, self._replaced, self._problem = styles, replaced, problem

    def other_side(self, needs: frozenset[str], signed: Signed | None = None) -> Simulation:
        made = super().other_side(needs, signed)
        assert isinstance(made, Account)
        return Account(made.settings, styles=self._styles)

    @contextmanager
    def session(self, needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        with super().session(needs) as session:
            altered = self._replaced or self._problem is not None
            yield _Altered(session, self._replaced, self._problem) if altered else session


class _Altered:
    def __init__(
        self,
        session: Session,
        replaced: tuple[tuple[bytes, bytes], ...],
        problem: ProblemCode | None,
    ) -> None:
        self._session, self._replaced, self._problem = session, replaced, problem

    def send(self, request: Request) -> Exchange:
        exchange = self._session.send(request)
        if self._problem is not None:
            return replace(exchange, outcome=Problem(self._problem))
        if not isinstance(exchange.outcome, Answer):
            return exchange
        data = exchange.outcome.body.data
        for was, now in self._replaced:
            data = data.replace(was, now)
        return replace(exchange, outcome=replace(exchange.outcome, body=Body(data)))


def against(real: MockEndpoint, *names: str) -> dict[str, ScenarioParity]:
    ours = Connection(contract(), MockEndpoint(contract()), "r1")
    theirs = Connection(contract(), real, "r1")
    wanted = frozenset(f"testing/{name}" for name in names)
    return {each.id: each for each in compare(suite(), ours, theirs, wanted=wanted)}


def one(real: MockEndpoint, name: str) -> ScenarioParity:
    return against(real, name)[f"testing/{name}"]


def test_our_account_is_like_itself_however_it_writes() -> None:
    styles = dict.fromkeys(contract().operations, PrefixStyle.PREFIXED)
    found = against(Real(styles=styles))
    left = {each.id for each in found.values() if each.outcome in LEFT}
    assert {each.outcome for each in found.values()} == {Compared.SAME, Compared.NOT_REALISABLE}
    assert all(found[each].reason.startswith("needs ") for each in left)
    assert len(found) - len(left) >= 60


def test_another_limit_is_a_drift_of_codes() -> None:
    found = one(Real(Settings(max_attachment_bytes=100)), "attachments-are-stored")
    assert found.outcome is Compared.DRIFTED
    assert Drift(DriftKind.CODE, CODE, "200", "529") in found.drifts
    assert {each.kind for each in found.drifts} == {DriftKind.CODE, DriftKind.MISSING}


def test_a_text_counts_by_its_beginning() -> None:
    later = (b"New messages created", b"New messages created, all of them")
    assert one(Real(replaced=(later,)), "item-in-processing").outcome is Compared.SAME
    other = (b"New messages created", b"Uusia viestej\xc3\xa4")
    (drift,) = one(Real(replaced=(other,)), "item-in-processing").drifts
    assert (drift.kind, drift.seen) == (DriftKind.TEXT, "<text, 14 chars>")


def test_what_is_excused_for_the_account_is_excused() -> None:
    text = TARGET_TEXTS[TargetCode.STORED].encode()
    altered = ((text, b"Tallennettu."), (b">AT0", b">XX0"), (b"2024-03-01", b"2020-02-02"))
    names = ("long-text-is-delivered", "many-customers-in-one-query")
    found = against(Real(replaced=altered), *names)
    assert {each.outcome for each in found.values()} == {Compared.SAME}


def test_customers_of_ones_own_are_compared_by_their_roles() -> None:
    swapped = {"active": "second-active", "second-active": "active"}
    roles = {each.role: each for each in CUSTOMERS}

    class Other(Real):
        @property
        def roles(self) -> dict[str, RoleIdentity]:
            found = {name: roles[swapped.get(name, name)] for name in roles}
            return {name: RoleIdentity(each.id, each.type) for name, each in found.items()}

    names = ("many-customers-in-one-query", "item-for-two-customers")
    found = against(Other(), *names)
    assert {each.outcome for each in found.values()} == {Compared.SAME}


def test_an_answer_instead_of_a_fault_ends_a_scenario() -> None:
    tolerant = Real(replaced=((b"<faultcode>soap:Client", b"<faultcode>soap:Server"),))
    found = one(tolerant, "wrong-order-is-refused")
    assert [each.kind for each in found.drifts] == [DriftKind.FAULT]
    assert (found.drifts[0].expected, found.drifts[0].seen) == ("Fault Client", "Fault Server")


def test_an_answer_that_breaks_the_contract_is_a_drift_of_outcome() -> None:
    broken = Real(replaced=((b"TilaKoodiKuvaus", b"Kuvaus"),))
    found = one(broken, "item-in-processing")
    (drift,) = found.drifts
    assert (drift.kind, drift.expected) == (DriftKind.OUTCOME, "an answer")
    assert drift.seen.startswith("schema")


def test_customers_who_behave_otherwise_drift() -> None:
    customers = tuple(
        replace(each, conduct=Conduct.ORDINARY) if each.role == "slow" else each
        for each in CUSTOMERS
    )
    found = one(Real(Settings(customers=customers)), "item-in-processing")
    assert Drift(DriftKind.CODE, CODE, "202", "200") in found.drifts


def test_who_does_not_answer_has_not_drifted() -> None:
    found = one(Real(problem=ProblemCode.READ_TIMEOUT), "item-in-processing")
    assert found.outcome is Compared.NOT_COMPARED
    assert found.reason == "read-timeout at real"


@pytest.mark.parametrize("need", [Need.QUEUED])
def test_a_need_that_one_side_lacks_is_said(need: Need) -> None:
    class Poor(Real):
        def __init__(self) -> None:
            super().__init__()
            self.provides = self.provides - {need}

    found = one(Poor(), "queued-items-are-acknowledged")
    assert (found.outcome, found.reason) == (Compared.NOT_REALISABLE, f"needs {need} of real")


def test_a_side_that_asked_more_often_is_compared_by_its_last_answer() -> None:
    def heard(*steps: int) -> tuple[Judged, ...]:
        return tuple(
            Judged(f"{n}", step, "Ask", Judgement(Verdict.PASSED)) for n, step in enumerate(steps)
        )

    pairs = [(a.scenario, b.scenario) for a, b in _pairs(heard(0, 1, 1, 1, 2), heard(0, 1, 2, 3))]
    assert pairs == [("0", "0"), ("3", "1"), ("4", "2")]
