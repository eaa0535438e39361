"""The stand-in for services nobody prepared: valid in, valid out; anything else is a fault."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account.account import Account
from harness.account.choosing import simulation
from harness.account.generic import Generic
from harness.account.service import AccountService
from harness.account.settings import Settings
from harness.config import book
from harness.exchange.judge import Judgement, judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.soap import content_type
from harness.vocabulary import Verdict
from harness.wsdl import Contract, Operation, add, catalogue, find
from harness.wsdl.components import Direction
from harness.wsdl.generating import sample
from harness.wsdl.mutating import apply, mutations

ASSETS = Path(__file__).parents[1] / "assets" / "contracts"
TOOLKITS = sorted(each.name for each in ASSETS.iterdir() if each.is_dir() and each.name != "making")
SHIPPED = sorted(each.ref for each in catalogue([book("contracts")]))
every_contract = pytest.mark.parametrize("name", [*TOOLKITS, *SHIPPED])


@cache
def contract(name: str) -> Contract:
    """A contract of another toolkit, or one of the catalogue."""
    if name in SHIPPED:
        return find(name, [book("contracts")])
    with TemporaryDirectory() as folder:
        return add(ASSETS / name, Path(folder), date(2026, 1, 2)).contract


def asked(of: Contract, operation: Operation, envelope: bytes) -> tuple[Answer, Judgement]:
    """What the stand-in answers, and what the judge says of that."""
    action = operation.soap_action
    media = content_type(operation.soap_version, action)
    headers = [("content-type", media), ("SOAPAction", f'"{action}"')]
    answer = AccountService(of, Generic(of)).respond("POST", "/", headers, envelope)
    exchange = Exchange(Request(operation.name, action, Body(envelope), media), answer)
    return answer, judge_answer(of, exchange.request, exchange)


@every_contract
@given(data=st.data())
def test_a_valid_request_gets_a_valid_answer_the_same_each_time(
    name: str, data: st.DataObject
) -> None:
    of = contract(name)
    operation = data.draw(st.sampled_from(list(of.operations.values())))
    envelope = sample(of, operation.name, seed=data.draw(st.integers(0, 2**32)))
    answer, judgement = asked(of, operation, envelope)
    assert (judgement.verdict, judgement.findings) == (Verdict.PASSED, ())
    assert asked(of, operation, envelope)[0] == answer
    if operation.output:
        assert answer.status == 200
        assert judgement.message is not None
        assert judgement.message.fault is None
    else:
        assert (answer.status, answer.body.data) == (202, b"")


def broken(of: Contract) -> Iterator[tuple[Operation, bytes]]:
    """Every request of a contract with one mutation of its body."""
    for operation in of.operations.values():
        for mutation in mutations(of, operation.name):
            if mutation.where == Direction.REQUEST:
                yield operation, apply(of, mutation)


@every_contract
def test_a_mutated_request_gets_a_fault(name: str) -> None:
    of = contract(name)
    every = list(broken(of))
    for operation, envelope in every[:: max(1, len(every) // 80)]:
        answer, judgement = asked(of, operation, envelope)
        assert judgement.verdict is Verdict.PASSED
        assert judgement.message is not None
        assert judgement.message.fault is not None
        assert judgement.message.fault.local == ("Client" if of.soap_version == "1.1" else "Sender")
        assert answer.status == (500 if of.soap_version == "1.1" else 400)


@pytest.mark.parametrize("name", TOOLKITS)
def test_another_request_may_get_another_answer(name: str) -> None:
    of = contract(name)
    for operation in of.operations.values():
        requests = [sample(of, operation.name, seed=seed) for seed in range(40)]
        answers = {asked(of, operation, each)[0].body.data for each in requests}
        always_the_same = not operation.output or len(set(requests)) == 1
        assert len(answers) > 1 or always_the_same or _says_nothing(of, operation)


def _says_nothing(of: Contract, operation: Operation) -> bool:
    """Whether the contract leaves the answer no choice."""
    every = {
        sample(of, operation.name, direction=Direction.RESPONSE, seed=seed) for seed in range(40)
    }
    return len(every) == 1


def test_how_a_request_is_written_does_not_matter() -> None:
    of = contract("spyne-wrapped")
    operation = of.operations["place"]
    envelope = sample(of, "place", seed=3)
    written_otherwise = envelope.replace(b"tns:", b"x:").replace(b"xmlns:tns", b"xmlns:x")
    assert written_otherwise != envelope
    assert asked(of, operation, envelope)[0] == asked(of, operation, written_otherwise)[0]


def test_in_a_maintenance_break_everything_fails() -> None:
    of = contract("spyne-wrapped")
    other_side = simulation(of, Settings().in_maintenance())
    assert AccountService(of, other_side).respond("POST", "/", [], b"").status == 503


def test_the_account_answers_for_its_own_interface_and_for_no_other() -> None:
    assert isinstance(simulation(contract("asiointitili/viranomaispalvelut/1.7")), Account)
    for name in ("asiointitili/paluukanava/2018", "jaxws-rpc"):
        assert isinstance(simulation(contract(name)), Generic)
