"""The canaries of one project: which suites, which defects, in how many processes, which file."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from harness import __version__
from harness.canary.defect import Defect
from harness.canary.deriving import defects
from harness.canary.running import Flock, Noticed
from harness.config import Config
from harness.joining.actor import Actor
from harness.joining.canaries import CanaryEvidence, CheckedSuite, Killed, NotPlanted
from harness.suite import listening
from harness.suite.evidence import CANARIES, write_evidence
from harness.suite.suites import Suite, load_suite
from harness.wsdl.configured import contract_of


def flock_of(config: Config, names: Sequence[str]) -> Flock:
    """The suites of a project with its contract.

    Raises:
        ConfigError: there is no scenarios folder, or nothing to listen by.
        ContractError: the contract cannot be used.
        ScenarioError: a suite cannot be read.
    """
    contract = contract_of(config)
    return Flock(_suites(config, names), contract, listening.contract_of(config, contract))


def all_noticed(
    config: Config, names: Sequence[str], workers: int = 1, most: int = 1
) -> Iterator[Noticed]:
    """What becomes of every defect, in the order of ``defects``.

    Args:
        config: the project's harness.toml.
        names: of its suites.
        workers: how many processes share the work.
        most: how many scenarios that notice are looked for.
    """
    flock = flock_of(config, names)
    _ = flock.results
    known = defects(flock.contract)
    if workers == 1:
        yield from (flock.noticed(defect, most) for defect in known)
        return
    jobs = [(config.path, tuple(names), number, most) for number in range(len(known))]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for defect, told in zip(known, pool.map(_apart, jobs, chunksize=4), strict=True):
            yield Noticed(defect, *told)


def _apart(job: tuple[Path, tuple[str, ...], int, int]) -> tuple[tuple[str, ...], str, bool]:
    """What becomes of one defect, in a process of its own; defects themselves do not travel."""
    path, names, number, most = job
    flock, known = _kept(path, names)
    found = flock.noticed(known[number], most)
    return found.by, found.unseen, found.optional


@cache
def _kept(path: Path, names: tuple[str, ...]) -> tuple[Flock, tuple[Defect, ...]]:
    flock = flock_of(Config.read(path), names)
    return flock, defects(flock.contract)


def evidence(
    config: Config, names: Sequence[str], operator: Actor, found: Sequence[Noticed]
) -> CanaryEvidence:
    """What is recorded of canaries.

    Args:
        config: the project's harness.toml.
        names: of the suites.
        operator: who ran them.
        found: what became of every defect.
    """
    contract = contract_of(config)
    ordered = sorted(found, key=lambda each: each.defect.name)
    return CanaryEvidence(
        project=config.project.id,
        suites=tuple(
            sorted(
                (CheckedSuite(suite.name, suite.digest) for suite in _suites(config, names)),
                key=lambda each: each.name,
            )
        ),
        contract=contract.ref,
        contract_digest=contract.digest,
        harness_version=__version__,
        operator=operator,
        at=datetime.now(UTC),
        killed=tuple(Killed(each.defect.name, each.by[0]) for each in ordered if each.by),
        survivors=tuple(each.defect.name for each in ordered if each.survived),
        not_planted=tuple(
            NotPlanted(each.defect.name, each.unseen) for each in ordered if each.unseen
        ),
    )


def write(config: Config, found: CanaryEvidence) -> Path:
    """Put the evidence beside that of the project's runs.

    Raises:
        EvidenceError: it cannot be written.
    """
    stamp = found.at.strftime("%Y%m%dT%H%M%S.%fZ")
    file = config.evidence_folder / f"{stamp}{CANARIES}"
    write_evidence(file, found.to_bytes())
    return file


def _suites(config: Config, names: Sequence[str]) -> list[Suite]:
    return [load_suite(config.scenarios_folder / name) for name in names]
