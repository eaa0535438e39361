"""``harness preflight``: what can be known of an endpoint before anything is sent."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import click

from harness.cli.common import actor_option, emit, json_option, settings
from harness.cli.desk import Desk, desk
from harness.config import Config
from harness.endpoints.http import HttpEndpoint
from harness.endpoints.preflight import NETWORK, Check, CheckId, CheckState, Subject, examine
from harness.errors import ConfigError
from harness.joining.events import PinKind
from harness.joining.pins import EndpointPin
from harness.ledger.databases import exists
from harness.ledger.opened import production_opened
from harness.report.preflight import as_text
from harness.suite.connecting import connect
from harness.suite.evidence import write_evidence
from harness.suite.health import health
from harness.suite.ids import new_run_id
from harness.vocabulary import counted
from harness.wsdl.served import difference

ITEMS = {"network-openings": NETWORK, "settings": frozenset(CheckId)}
"""Items of phases 3 and 4 that a preflight can state, and the lines that each rests on."""


@click.command()
@click.option("--endpoint", "name", help="Endpoint of harness.toml; default: the only one.")
@click.option("--record", is_flag=True, help="State the result on record, for your party.")
@actor_option
@json_option
@click.pass_context
def preflight(
    context: click.Context,
    name: str | None,
    claimed: str | None,
    *,
    record: bool,
    as_json: bool,
) -> None:
    """Look at name, port, TLS, certificates, clock, ?wsdl and health of an endpoint.

    Each line is passed, failed, not reachable (an earlier line stands in the way) or not run
    (nothing is configured); a failed one comes with a sentence to send on. Only the last line
    sends a message, the harmless health call. Exit code 0 only if no line failed and every line
    could be reached.
    """
    config = settings()
    name = name or _only(config)
    checks = examine(_subject(config, name, claimed))
    right = _right(checks)
    told = _recorded(name, checks, claimed) if record else []
    data = {
        "endpoint": name,
        "passed": right,
        "checks": [
            {"id": each.id, "state": each.state, "seen": each.seen, "tell": each.tell}
            for each in checks
        ],
        "recorded": told,
    }
    emit(data, "\n".join([as_text(name, checks), *told]), as_json=as_json)
    context.exit(0 if right else 1)


def _only(config: Config) -> str:
    if len(config.endpoints) == 1:
        return next(iter(config.endpoints))
    known = ", ".join(config.endpoints) or "none"
    raise ConfigError(
        f"which endpoint? harness.toml has: {known}",
        where=str(config.path),
        todo="Name one with --endpoint; the mock needs no preflight.",
    )


def _subject(config: Config, name: str, claimed: str | None) -> Subject:
    run = new_run_id()
    connection = connect(config, name, run, opened=production_opened(config, name))
    endpoint = connection.endpoint
    if not isinstance(endpoint, HttpEndpoint):
        raise ConfigError(f"the endpoint {name} is not reached over a network: nothing to look at")
    return Subject(
        endpoint=endpoint,
        certificate_name=endpoint.ids.get("certificate-name", ""),
        pinned=_pinned(config, name, claimed),
        compare=lambda fetch: difference(connection.contract, fetch),
        health=lambda: health(config, connection),
    )


def _pinned(config: Config, name: str, claimed: str | None) -> str:
    """Fingerprint of the endpoint's pin on the record; empty when there is no record or pin."""
    if not exists(config.ledger_place):
        return ""
    with desk(claimed) as at:
        if not at.ledger.version(config.project.id):
            return ""
        held = at.project().standing.pins.get((PinKind.ENDPOINT, name))
    pin = held.effective.pin if held else None
    return pin.fingerprint if isinstance(pin, EndpointPin) else ""


def _recorded(name: str, checks: Sequence[Check], claimed: str | None) -> list[str]:
    """State the items that a preflight shows; what was stated, a line each."""
    with desk(claimed, write=True) as at:
        project, party = at.project(), at.actor().party
        version = project.version
        file, digest = _written(at, name, checks)
        told = [f"written: {file}"]
        for phase in project.standing.process.phases:
            for item in (each for each in phase.items if each.id in ITEMS):
                if party in item.parties:
                    values = _values(checks, ITEMS[item.id], digest)
                    project.record_item(
                        phase.number, item.id, party, values, source_digest=digest, **at.stamp()
                    )
                    told.append(f"stated: {item.id}, done {'yes' if values['done'] else 'no'}")
        if project.pending_events:
            at.save(project, version)
    return told


def _values(checks: Sequence[Check], lines: frozenset[CheckId], digest: str) -> dict[str, object]:
    judged = [each for each in checks if each.id in lines]
    passed = sum(each.state is CheckState.PASSED for each in judged)
    note = f"preflight {digest[:12]}: {passed} of {counted(len(judged), 'line')} passed"
    return {"done": _right(judged), "note": note}


def _right(checks: Sequence[Check]) -> bool:
    """Nothing failed and nothing stands in the way; what is not configured does not count."""
    return all(each.state in {CheckState.PASSED, CheckState.NOT_RUN} for each in checks)


def _written(at: Desk, name: str, checks: Sequence[Check]) -> tuple[str, str]:
    """The result as a file beside the evidence, and its digest."""
    now = datetime.now(UTC)
    rows = [{"id": c.id, "state": c.state, "seen": c.seen} for c in checks]
    data = {"endpoint": name, "at": now.isoformat(), "checks": rows}
    raw = (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
    stamp = now.strftime("%Y%m%dT%H%M%S.%fZ")
    file = at.config.state_folder / "preflight" / f"{stamp}-{name}.json"
    write_evidence(file, raw)
    return str(file), sha256(raw).hexdigest()
