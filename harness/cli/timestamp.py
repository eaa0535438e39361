"""``harness timestamp``: an authority says when the newest checkpoint existed."""

import click

from harness.cli.common import emit, json_option
from harness.cli.desk import desk
from harness.config import Config, TimestampTable
from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.endpoints.tls import TlsSettings, context
from harness.errors import LedgerError
from harness.exchange.messages import Body, Problem, Request
from harness.ledger import stamps
from harness.ledger.places import places, read_note
from harness.proof import checkpoint
from harness.proof.timestamp import QUERY_TYPE, REPLY_TYPE, Stamp, asked_for, checked
from harness.report.words import minute
from harness.vocabulary import Level, counted


@click.command()
@json_option
def timestamp(*, as_json: bool) -> None:
    """Have the published checkpoint stamped by the authority of [ledger.timestamp] (RFC 3161).

    Only its SHA-256 is sent. The stamp is kept beside the ledger; harness verify checks it offline.
    """
    with desk() as at:  # what is published agrees with the ledger
        config = at.config
        table = stamps.table(config)
        note = _published(config)
        kept = stamps.where(config.ledger_place, note)
        authority = config.resolve(table.authority)
        new = not kept.token.exists()
        stamp = _stamped(config, table, kept, note) if new else kept.check(authority)
    size = checkpoint.read(note).size
    data = {
        "checkpoint": str(kept.checkpoint),
        "token": str(kept.token),
        "size": size,
        "at": stamp.at.isoformat(),
        "by": stamp.by,
        "new": new,
    }
    said = "stamped" if new else "stamped before"
    text = f"checkpoint of {counted(size, 'entry')} {said}: it existed at {minute(stamp.at)} UTC"
    emit(data, f"{text}, says {stamp.by}\n  {kept.token}", as_json=as_json)


def _published(config: Config) -> bytes:
    own = places(config.ledger_place, ())[0]
    note = read_note(own)
    if note is None:
        raise LedgerError(
            "no checkpoint is published here", where=str(own), todo="Record something first."
        )
    return note


def _stamped(config: Config, table: TimestampTable, kept: stamps.Kept, note: bytes) -> Stamp:
    """Ask, check the answer, keep both."""
    asked = asked_for(note)
    answer = _answer(config, table, asked.query)
    authority = config.resolve(table.authority)
    stamp = checked(answer, note, authority, asked.nonce)
    stamps.keep(kept, note, answer)
    return stamp


def _answer(config: Config, table: TimestampTable, query: bytes) -> bytes:
    """The authority's answer to a query; it is not looked at."""
    where = f"{config.path} [ledger.timestamp]"
    target = allowed(table.url, Level.SERVER, where=where)
    ca_file = None if table.ca_file is None else config.resolve(table.ca_file)
    tls = context(TlsSettings(ca_file), where=where) if target.scheme == "https" else None
    request = Request("timestamp", "", Body(query), QUERY_TYPE)
    with HttpClient(target, tls=tls) as client:
        outcome = client.forward(
            request, {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
        ).outcome
    if isinstance(outcome, Problem):
        raise _no_stamp(table, f"it did not answer ({outcome.code})")
    kind = (outcome.header("Content-Type") or "").partition(";")[0].strip().lower()
    if outcome.status != 200 or kind != REPLY_TYPE:
        raise _no_stamp(table, f"its answer is no time stamp (HTTP {outcome.status})")
    return outcome.body.data


def _no_stamp(table: TimestampTable, reason: str) -> LedgerError:
    return LedgerError(
        f"the authority gave no time stamp: {reason}",
        where=table.url,
        todo="Nothing was kept; the record is as it was. Try again later.",
    )
