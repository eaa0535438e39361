"""Suppliers' systems on foreign toolkits do what ``harness observe`` and ``harness relay`` ask."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import Place, Project
from tests.interop.cases import Case
from tests.interop.conftest import CELL, demand
from tests.interop.serving import Served, serving
from tests.interop.signers import Signers, signers
from tests.interop.supplying import account
from tests.interop.toolkits import SENDERS, Toolkit
from tests.interop.watched_cases import (
    CARELESS,
    MISTAKES,
    RELAYED,
    SPOILT,
    WATCHED_CASES,
    outcome,
    scenarios,
)
from tests.interop.watching import Watched, watched

pytestmark = pytest.mark.interop

Note = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier who is ready to be watched."""

    toolkit: Toolkit
    command: Sequence[str]
    people: Signers
    other_side: Served
    folder: Path

    def project(self, name: str) -> Project:
        """A project of its own, with ``harness serve`` as its test endpoint."""
        made = support.example(self.folder / name, suites={"supplier": None})
        with (made.folder / "harness.toml").open("a", encoding="utf-8") as file:
            file.write("\n" + Place(self.other_side.addresses["url"]).text("qat") + "\n")
        return made

    def observed(self, name: str, *, careless: bool = False) -> Watched:
        """A run of ``harness observe`` that takes signed calls as well."""
        words = ("observe", "--callers", str(self.people.authority))
        project = self.project(name)
        return watched(self.toolkit, self.command, project, self.people, *words, careless=careless)


@pytest.fixture(scope="module")
def other_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("other-side")) as served:
        yield served


def _supplier(toolkit: Toolkit, other_side: Served, folder: Path) -> Supplier:
    demand(toolkit)
    assert toolkit.sender is not None
    command = toolkit.sender(other_side.addresses["wsdl"], folder)
    people = signers(folder / "people", account()["ids"]["certificate-name"])
    return Supplier(toolkit, command, people, other_side, folder)


@pytest.fixture(scope="module", params=SENDERS, ids=lambda toolkit: toolkit.name)
def supplier(
    request: pytest.FixtureRequest, other_side: Served, tmp_path_factory: pytest.TempPathFactory
) -> Supplier:
    return _supplier(request.param, other_side, tmp_path_factory.mktemp(request.param.name))


@pytest.fixture(scope="module")
def observed(supplier: Supplier) -> Watched:
    return supplier.observed("observed")


@pytest.fixture(scope="module")
def careless(other_side: Served, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    made = _supplier(CARELESS, other_side, tmp_path_factory.mktemp("careless"))
    return made.observed("observed", careless=True)


@pytest.mark.parametrize(
    "case", [each for each in WATCHED_CASES if each.name != RELAYED], ids=lambda case: case.name
)
def test_the_system_is_seen_doing(
    case: Case, supplier: Supplier, observed: Watched, record_property: Note
) -> None:
    record_property(CELL, f"{supplier.toolkit.name}|{case.name}")
    seen = observed.outcomes.get(case.function, f"it was not asked: {observed.told}")
    assert seen == case.expected(supplier.toolkit, account()["customers"])


def test_the_run_is_green_if_all_was_seen(supplier: Supplier, observed: Watched) -> None:
    expected = {outcome(name, supplier.toolkit) for name in scenarios()}
    assert observed.code == (0 if expected == {"passed"} else 1)
    assert observed.failed == {}
    assert (observed.evidence["level"], observed.evidence["driver"]) == ("server", "system")


def test_through_the_relay_it_is_seen_at_the_level_of_the_endpoint(
    supplier: Supplier, record_property: Note
) -> None:
    record_property(CELL, f"{supplier.toolkit.name}|{RELAYED}")
    project, words = supplier.project("relayed"), ("relay", "--to", "qat", "--suite", "supplier")
    seen = watched(supplier.toolkit, supplier.command, project, supplier.people, *words)
    (case,) = (each for each in WATCHED_CASES if each.name == RELAYED)
    assert seen.outcomes == case.expected(supplier.toolkit, account()["customers"])
    assert (seen.code, seen.failed) == (0, {})
    assert (seen.evidence["level"], seen.evidence["through"]) == ("test", "relay")
    assert seen.evidence["endpoint"]["address"] == supplier.other_side.addresses["url"]


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case.name)
def test_a_planted_mistake_is_found_where_it_was_made(
    case: Case, careless: Watched, record_property: Note
) -> None:
    record_property(CELL, f"{CARELESS.name}|{case.name}")
    finding = case.expected(CARELESS, account()["customers"])
    assert finding in careless.findings(case.function)
    assert finding in careless.findings("every-call-keeps-the-rules")


def test_nothing_but_the_planted_mistakes_is_found(careless: Watched) -> None:
    assert careless.code == 1
    failed = {name for name, each in careless.outcomes.items() if each != "passed"}
    assert failed == SPOILT
    planted = [case.expected(CARELESS, account()["customers"]) for case in MISTAKES]
    found = careless.findings("every-call-keeps-the-rules")
    assert len(found) == len(planted)
    assert all(each in found for each in planted)
    for code in {each["code"] for each in found}:
        assert support.run("explain", code).code == 0
