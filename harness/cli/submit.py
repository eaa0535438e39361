"""``harness submit``: hand in evidence, forms, observations and decisions as signed files."""

from pathlib import Path
from typing import Unpack

import click

from harness.cli.common import settings
from harness.cli.evidence import read_file, read_told
from harness.cli.groups import Group
from harness.cli.handing import Handing, hand_in, handing_options
from harness.cli.processes import process_of
from harness.cli.seen import defect_options, seen_in
from harness.cli.submit_commands import OFFERED
from harness.errors import EvidenceError
from harness.joining import forms
from harness.joining.actor import Party
from harness.joining.canaries import CanaryEvidence, is_canaries
from harness.joining.commands import ObservationHandover, ObservationWithdrawal
from harness.joining.events import OrganisationKind
from harness.joining.evidence import TestEvidence
from harness.joining.observations import Severity
from harness.joining.parity import Parity, is_parity
from harness.joining.submissions import (
    Act,
    CanariesHanded,
    FixHanded,
    FormHanded,
    ObservationHanded,
    ParityHanded,
    RetestHanded,
    RunHanded,
    SignOffGiven,
)
from harness.ledger import attachments

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_evidence = click.option(
    "--evidence", required=True, metavar="DIGEST", help="The evidence it rests on."
)


@click.group(cls=Group)
def submit() -> None:
    """Hand in evidence, a form or a decision as a signed file. Needs no ledger.

    The file is for the keeper of the record, who takes it in with harness receive. It is signed
    with your key (HARNESS_ACTOR_KEY), which has to be pinned there and confirmed.
    """


@submit.command()
@click.argument("file", type=_FILE)
@handing_options
def evidence(file: Path, **handing: Unpack[Handing]) -> None:
    """Evidence of a run or of canaries, or a comparison with our account; red ones as well."""
    data = read_file(file)
    if is_parity(data):
        read_told(file, data, Parity.from_bytes)
        act: Act = ParityHanded(data.decode())
    elif is_canaries(data):
        read_told(file, data, CanaryEvidence.from_bytes)
        act = CanariesHanded(data.decode())
    else:
        act = RunHanded(read_told(file, data, TestEvidence.from_bytes))
    hand_in(act, **handing)


@submit.command()
@click.argument("file", type=_FILE)
@handing_options
def form(file: Path, **handing: Unpack[Handing]) -> None:
    """A filled-in form."""
    config = settings()
    try:
        act = FormHanded(read_file(file).decode())
    except UnicodeDecodeError:
        raise EvidenceError("not UTF-8", where=str(file)) from None
    organisation = OrganisationKind(config.project.organisation)
    forms.parse_form(act.tables(), process_of(config), organisation, where=file.name)
    attachments.check_form(act.file, str(file))
    hand_in(act, **handing)


@submit.command("sign-off")
@click.argument("number", type=int, metavar="PHASE")
@_evidence
@handing_options
def sign_off(number: int, evidence: str, **handing: Unpack[Handing]) -> None:
    """Accept the tests of a phase for your party, on the evidence of that (whole) digest."""
    hand_in(SignOffGiven(evidence, number), **handing)


@submit.group()
def observation() -> None:
    """A defect that recorded evidence shows, and every step after it."""


@observation.command()
@_evidence
@defect_options
@handing_options
def add(
    evidence: str,
    scenario: str,
    severity: str,
    owner: str,
    title: str,
    finding: str | None,
    file: Path | None,
    **handing: Unpack[Handing],
) -> None:
    """A defect, with the finding taken from the evidence file."""
    seen = seen_in(settings(), evidence, scenario, finding, file)
    act = ObservationHanded(
        seen.evidence.digest,
        title,
        Severity(severity),
        Party(owner),
        seen.outcome.id,
        seen.finding.code,
        seen.finding.path,
    )
    hand_in(act, **handing)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option("--in", "release", required=True, help="Release of yours in which it is fixed.")
@handing_options
def fix(name: str, release: str, **handing: Unpack[Handing]) -> None:
    """Say, for its owner, in which release a defect is fixed."""
    hand_in(FixHanded(name, release), **handing)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@_evidence
@handing_options
def retest(name: str, evidence: str, **handing: Unpack[Handing]) -> None:
    """Accept a fix, on evidence of that (whole) digest."""
    hand_in(RetestHanded(evidence, name), **handing)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option(
    "--owner", required=True, type=click.Choice([each.value for each in Party]), help="Whose it is."
)
@click.option("--reason", required=True, help="Why; it stays on record.")
@handing_options
def assign(name: str, owner: str, reason: str, **handing: Unpack[Handing]) -> None:
    """Hand an open defect to another party."""
    hand_in(ObservationHandover(name, Party(owner), reason), **handing)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option("--reason", required=True, help="Why it was none; it stays on record.")
@handing_options
def withdraw(name: str, reason: str, **handing: Unpack[Handing]) -> None:
    """Say, as a second person of the party that made it, why it was none."""
    hand_in(ObservationWithdrawal(name, reason), **handing)


for _command in OFFERED:
    submit.add_command(_command)
