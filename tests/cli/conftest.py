"""One walk to production for all tests of this room; each works on a copy of one of its stages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.account.settings import IDS
from tests.cli import support
from tests.cli.support import Place, Project
from tests.support.account_server import AccountServer


@dataclass(frozen=True)
class Moment:
    """How the project stood after one command of the walk, told at that moment."""

    words: tuple[str, ...]
    position: int
    """Of the last event then; the ledger holds no other project."""
    state: str


@dataclass(frozen=True)
class Walk:
    """The walk: a copy of the project at every stage, and the two endpoints, still answering."""

    stages: dict[str, Project]
    moments: tuple[Moment, ...]
    qat: AccountServer
    own: AccountServer
    elsewhere: AccountServer


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """All phases by commands alone, from nothing to production opened."""
    folder, contract = tmp_path_factory.mktemp("walk"), support.shipped_contract()
    with (
        support.server(contract) as qat,
        support.server(contract, queue=True) as own,
        support.server(contract) as elsewhere,
    ):
        ids = {**IDS, **support.QUEUE_IDS}
        places = {"qat": Place(qat.url), "own": Place(own.url, "server", ("queued",), ids)}
        project = support.joining_project(folder / "project", places)
        stages = {"new": project.copy_to(folder / "new")}
        moments: list[Moment] = []
        for stage, step in support.STEPS.items():
            for by, *words in step(project):
                project.must(*words, by=by)
                moments.append(_moment(project, by, *words))
            stages[stage] = project.copy_to(folder / stage)
        yield Walk(stages, tuple(moments), qat, own, elsewhere)


def _moment(project: Project, *words: str) -> Moment:
    told = project.must("project", "show", "--json")
    return Moment(words, told.data["version"], told.out)


@pytest.fixture
def at(walk: Walk, tmp_path: Path) -> Callable[[str], Project]:
    """``at(stage)``: a copy of the project as the walk left it there."""
    return lambda stage: walk.stages[stage].copy_to(tmp_path / stage)
