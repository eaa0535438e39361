"""``harness submit``: hand in evidence, forms, observations and sign-offs as signed files."""

from datetime import UTC, datetime
from pathlib import Path

import click

from harness.cli.common import actor_option, emit, json_option, settings
from harness.cli.groups import Group
from harness.cli.processes import process_of
from harness.cli.record import read_file, read_told
from harness.cli.seen import defect_options, seen_in
from harness.config import Config
from harness.errors import ConfigError, EvidenceError
from harness.joining import forms
from harness.joining.actor import Party
from harness.joining.canaries import CanaryEvidence, is_canaries
from harness.joining.events import Kind, OrganisationKind
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
    Submission,
)
from harness.people import signing

SUFFIX = ".dsse.json"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file to write (default: a new one in .harness/submissions).",
)
_evidence = click.option(
    "--evidence", required=True, metavar="DIGEST", help="The evidence it rests on."
)


@click.group(cls=Group)
def submit() -> None:
    """Hand in evidence, a form, an observation or a sign-off as a signed file. Needs no ledger.

    The file is for the keeper of the record, who takes it in with harness receive. It is signed
    with your key (HARNESS_ACTOR_KEY), which has to be pinned there and confirmed.
    """


@submit.command()
@click.argument("file", type=_FILE)
@_out
@actor_option
@json_option
def evidence(file: Path, out: Path | None, claimed: str | None, *, as_json: bool) -> None:
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
    _hand_in(act, out, claimed, as_json=as_json)


@submit.command()
@click.argument("file", type=_FILE)
@_out
@actor_option
@json_option
def form(file: Path, out: Path | None, claimed: str | None, *, as_json: bool) -> None:
    """A filled-in form."""
    config = settings()
    try:
        act = FormHanded(read_file(file).decode())
    except UnicodeDecodeError:
        raise EvidenceError("not UTF-8", where=str(file)) from None
    organisation = OrganisationKind(config.project.organisation)
    forms.parse_form(act.tables(), process_of(config), organisation, where=file.name)
    _hand_in(act, out, claimed, as_json=as_json)


@submit.command("sign-off")
@click.argument("number", type=int, metavar="PHASE")
@_evidence
@_out
@actor_option
@json_option
def sign_off(
    number: int, evidence: str, out: Path | None, claimed: str | None, *, as_json: bool
) -> None:
    """Accept the tests of a phase for your party, on the evidence of that (whole) digest."""
    _hand_in(SignOffGiven(evidence, number), out, claimed, as_json=as_json)


@submit.group()
def observation() -> None:
    """A defect that recorded evidence shows, its fix, or its retest."""


@observation.command()
@_evidence
@defect_options
@_out
@actor_option
@json_option
def add(  # noqa: PLR0913, PLR0917 - one for each option
    evidence: str,
    scenario: str,
    severity: str,
    owner: str,
    title: str,
    finding: str | None,
    file: Path | None,
    out: Path | None,
    claimed: str | None,
    *,
    as_json: bool,
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
    _hand_in(act, out, claimed, as_json=as_json)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option("--in", "release", required=True, help="Release of yours in which it is fixed.")
@_out
@actor_option
@json_option
def fix(name: str, release: str, out: Path | None, claimed: str | None, *, as_json: bool) -> None:
    """Say, for its owner, in which release a defect is fixed."""
    _hand_in(FixHanded(name, release), out, claimed, as_json=as_json)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@_evidence
@_out
@actor_option
@json_option
def retest(
    name: str, evidence: str, out: Path | None, claimed: str | None, *, as_json: bool
) -> None:
    """Accept a fix, on evidence of that (whole) digest."""
    _hand_in(RetestHanded(evidence, name), out, claimed, as_json=as_json)


def _hand_in(act: Act, out: Path | None, claimed: str | None, *, as_json: bool) -> None:
    from harness.proof.dsse import sign  # noqa: PLC0415 - cryptography loads slowly
    from harness.proof.durable import write_new  # noqa: PLC0415 - beside its use

    config = settings()
    actor, key = signing(config, claimed)
    kind = Kind(config.project.kind)
    now = datetime.now(UTC)
    submission = Submission(config.project.id, kind, actor.id, actor.party, now, act)
    _check_owner(config, act)
    data = sign(submission.to_bytes(), key).to_bytes()
    place = out or _place(config, submission)
    write_new(place, data, todo="Name another file with --out.")
    told = {
        "file": str(place),
        "kind": submission.kind.value,
        "project": submission.project,
        "submitter": actor.id,
        "key": key.public.fingerprint,
        "statement": submission.digest,
        "subject": act.subject[1],
    }
    text = (
        f"{submission.kind.value} for {submission.project}, signed by {actor.id} of "
        f"{actor.party.value}: {place}\n"
        f"send it to the keeper of the record, who takes it in with: harness receive {place.name}"
    )
    emit(told, text, as_json=as_json)


def _check_owner(config: Config, act: Act) -> None:
    """Evidence names the project it was made for."""
    if isinstance(act, RunHanded) and act.evidence.project != config.project.id:
        raise EvidenceError(
            f"the evidence is of the project {act.evidence.project}, harness.toml names "
            f"{config.project.id}",
            todo="Submit it from the folder of that project.",
        )


def _place(config: Config, submission: Submission) -> Path:
    folder = config.state_folder / "submissions"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot be made: {error.strerror}", where=str(folder)) from None
    return folder / f"{submission.kind.value}-{submission.digest[:12]}{SUFFIX}"
