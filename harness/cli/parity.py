"""``harness parity``: the same scenarios against our account and an endpoint, answers compared."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import __version__
from harness.cli.common import actor_option, emit, json_option, settings
from harness.cli.generate import paced, pause_option
from harness.config import Config
from harness.errors import ConfigError
from harness.joining.evidence import EndpointSeen
from harness.joining.parity import Compared, DriftSeen, Parity, ScenarioCompared
from harness.ledger.opened import production_opened
from harness.people import acting
from harness.report.parity import parity_rows, parity_text
from harness.suite.connecting import MOCK, connect
from harness.suite.demanded import demanded
from harness.suite.evidence import write_evidence
from harness.suite.folder import suite_names
from harness.suite.ids import new_run_id
from harness.suite.suites import Suite, load_suite

if TYPE_CHECKING:
    from harness.suite.parity import ScenarioParity


@click.command()
@click.option("--endpoint", required=True, help="Endpoint of harness.toml, or server.")
@click.option("--suite", "suites", multiple=True, help="Which suite; default: all.")
@pause_option
@actor_option
@json_option
@click.pass_context
def parity(
    context: click.Context,
    endpoint: str,
    suites: tuple[str, ...],
    pause: float | None,
    claimed: str | None,
    *,
    as_json: bool,
) -> None:
    """Run suites against our account and an endpoint, and compare the answers by meaning.

    The endpoint is another one than our account itself: mock, and an endpoint of level test where
    harness serve answers, are refused. Writes one file a suite, to be recorded. Exit code 0 only
    without any drift, with something compared in every suite, and every obligatory scenario that
    both sides can play.
    """
    config = settings()
    found = [_written(config, each) for each in _compare(config, endpoint, suites, pause, claimed)]
    emit(parity_rows(found), parity_text(found), as_json=as_json)
    alike = all(each.summary().compared and not each.kinds for _, each in found)
    left = [name for _, each in found for name in _left_out(config, each)]
    context.exit(0 if found and alike and not left else 1)


def _left_out(config: Config, made: Parity) -> list[str]:
    """Obligatory scenarios that could have been compared, and were not."""
    obligatory = {each.id for each in demanded(config.scenarios_folder / made.suite)}
    left = (each.id for each in made.scenarios if each.outcome is Compared.NOT_COMPARED)
    return [each for each in left if each in obligatory]


def _compare(
    config: Config,
    endpoint: str,
    suites: Sequence[str],
    pause: float | None,
    claimed: str | None,
) -> list[Parity]:
    from harness.suite.parity import (  # noqa: PLC0415 - the reader takes its time
        compare,
        other_than_ours,
    )

    run, operator = new_run_id(), acting(config, claimed)
    opened = production_opened(config, endpoint)
    reached = connect(config, endpoint, run, opened=opened)
    theirs = paced(other_than_ours(reached, f"--endpoint {endpoint}"), pause)
    ours = connect(config.without_endpoints(), MOCK, run)
    made = []
    for suite in _chosen(config, suites, theirs.contract.name):
        started = datetime.now(UTC)
        found = sorted(compare(suite, ours, theirs), key=lambda each: each.id)
        identity = theirs.endpoint.identity()
        made.append(
            Parity(
                run_id=f"{run}-{suite.name}",
                project=config.project.id,
                suite=suite.name,
                suite_digest=suite.digest,
                contract=theirs.contract.ref,
                contract_digest=theirs.contract.digest,
                level=identity.level,
                endpoint=EndpointSeen(
                    identity.name, identity.kind, identity.address, identity.fingerprint
                ),
                operator=operator,
                started=started,
                finished=max(datetime.now(UTC), started),
                configuration_digest=config.configuration_digest(endpoint),
                harness_version=__version__,
                scenarios=tuple(map(_stored, found)),
            )
        )
    return made


def _chosen(config: Config, names: Sequence[str], contract: str) -> list[Suite]:
    """The suites asked for, or all of the contract.

    Raises:
        ConfigError: there is no such suite, or none of the contract.
    """
    folder = config.scenarios_folder
    known = suite_names(folder)
    strange = sorted(set(names) - set(known))
    if strange:
        raise ConfigError(
            f"there is no suite {strange[0]!r} (there are: {', '.join(known) or 'none'})",
            where=str(folder),
        )
    loaded = [load_suite(folder / name) for name in dict.fromkeys(names) or known]
    driven = [each for each in loaded if each.scenarios]  # what is observed is compared by nobody
    fitting = [each for each in driven if each.content.contract == contract]
    if not fitting:
        raise ConfigError(f"no suite is of the contract {contract}", where=str(folder))
    return fitting


def _stored(found: "ScenarioParity") -> ScenarioCompared:
    drifts = (DriftSeen(each.kind, each.path, each.expected, each.seen) for each in found.drifts)
    return ScenarioCompared(found.id, found.outcome, found.reason, tuple(drifts))


def _written(config: Config, made: Parity) -> tuple[Path, Parity]:
    """The file of a comparison."""
    stamp = made.started.strftime("%Y%m%dT%H%M%S.%fZ")
    path = config.state_folder / "parity" / f"{stamp}-{made.run_id}.json"
    write_evidence(path, made.to_bytes())
    return path, made
