"""Commands handed in as signed files: phases, approval, pins, references, waivers, corrections.

Nothing of the record is at hand here, so digests are given whole, as an export or the keeper tells
them; the rules are asked on receipt.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Unpack

import click

from harness.cli.common import a_text, settings
from harness.cli.groups import Group
from harness.cli.handing import Handing, hand_in, handing_options
from harness.cli.opening import whole_digest
from harness.cli.pin import Pinning, needed, pin_here, pin_of, pin_options
from harness.cli.waive import until
from harness.config import Config
from harness.errors import ConfigError
from harness.joining.agreement import shared_from
from harness.joining.commands import (
    Command,
    ContractPinning,
    CorrectionAgreement,
    CorrectionNote,
    EndpointPinning,
    EvidenceWithdrawal,
    KeyPinning,
    KeyRevocation,
    OpeningApproval,
    OpeningRequest,
    PhaseCompletion,
    PhaseReopening,
    PinConfirmation,
    Reference,
    SharingPinning,
    SuitePinning,
    WaiverConfirmation,
    WaiverEnd,
    WaiverRequest,
)
from harness.joining.events import PinKind
from harness.joining.objections import ObjectionCode
from harness.joining.pins import (
    KINDS,
    ContractPin,
    EndpointPin,
    KeyPin,
    Pin,
    SharingPin,
    SuitePin,
)
from harness.ledger.verify import verify_export
from harness.wsdl.configured import contract_of

_reason = click.option("--reason", required=True, help="Why; it stays on record.")
_evidence = click.option(
    "--evidence",
    "evidence",
    multiple=True,
    metavar="DIGEST",
    help="Each evidence that counts, as you have seen it, by its whole digest.",
)


@click.group(cls=Group)
def phase() -> None:
    """A phase is complete, or is opened again."""


@phase.command()
@click.argument("number", type=int, metavar="PHASE")
@_evidence
@handing_options
def complete(number: int, evidence: tuple[str, ...], **handing: Unpack[Handing]) -> None:
    """Complete the current phase, on exactly this evidence where it asks for some."""
    hand_in(PhaseCompletion(number, _sorted(evidence)), **handing)


@phase.command()
@click.argument("number", type=int, metavar="PHASE")
@_reason
@handing_options
def reopen(number: int, reason: str, **handing: Unpack[Handing]) -> None:
    """Open a complete phase, and all that follow, again."""
    hand_in(PhaseReopening(number, reason), **handing)


@click.command("request-opening")
@handing_options
def request_opening(**handing: Unpack[Handing]) -> None:
    """Ask for production to be opened."""
    hand_in(OpeningRequest(), **handing)


@click.command()
@_evidence
@handing_options
def approve(evidence: tuple[str, ...], **handing: Unpack[Handing]) -> None:
    """Approve the requested opening on all the evidence that counts."""
    hand_in(OpeningApproval(_sorted(evidence)), **handing)


def _sorted(digests: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(digests)))


_PINNINGS: Mapping[type[Pin], Callable[..., Command]] = {
    ContractPin: ContractPinning,
    SuitePin: SuitePinning,
    EndpointPin: EndpointPinning,
    KeyPin: KeyPinning,
    SharingPin: SharingPinning,
}


@click.command()
@click.option("--confirm", metavar="DIGEST", help="Confirm the pin of that (whole) digest.")
@pin_options
@handing_options
def pin(
    confirm: str | None,
    out: Path | None,
    claimed: str | None,
    *,
    as_json: bool,
    **wanted: Unpack[Pinning],
) -> None:
    """Pin what counts as it lies here, or confirm a pin, as another party.

    A contract that is pinned so keeps nothing of what was shown under an earlier one.
    """
    config, kind, name = settings(), KINDS[wanted["kind"]], wanted["name"]
    if confirm is None:
        found = pin_of(config, wanted, config.project.supplier)
        made = _PINNINGS[type(found)](found)
    else:
        meant = contract_of(config).name if kind is PinKind.CONTRACT and not name else name
        made = PinConfirmation(wanted["kind"], needed(meant, kind), confirm)
        if kind is PinKind.SUITE:
            _as_here(config, made)
    hand_in(made, out, claimed, as_json=as_json)


def _as_here(config: Config, made: PinConfirmation) -> None:
    """Who confirms a suite's pin and has its files: they show what it has to require."""
    own = pin_here(config, made.name)
    if own is None:
        click.echo(
            f"harness: the suite {made.name} is not here, so it was not worked out that the pin "
            "requires what its files do; the gate does, where they are",
            err=True,
        )
    elif own.pin_digest != made.pin_digest:
        raise ConfigError(
            f"a pin of {made.name} as its files lie here would have the digest {own.pin_digest}",
            where=str(config.path),
            todo="Confirm where the files lie as they are pinned. If they do, the pin requires "
            f"something else than they do: let it be pinned again, harness pin suite {made.name}.",
        )


@click.group(cls=Group)
def waiver() -> None:
    """Ask for a waiver, agree to one, or end it."""


@waiver.command()
@click.argument("code", type=click.Choice([each.value for each in ObjectionCode]), metavar="CODE")
@click.option(
    "--scope",
    multiple=True,
    required=True,
    metavar="SUBJECT",
    help="What it covers: a subject of the objection, whole, as the gate tells it.",
)
@_reason
@click.option("--expires", required=True, metavar="DATE|TIME", help="Until when it holds.")
@handing_options
def ask(
    code: str, scope: tuple[str, ...], reason: str, expires: str, **handing: Unpack[Handing]
) -> None:
    """Ask to live with an objection for a while."""
    hand_in(WaiverRequest(code, _sorted(scope), reason, until(expires)), **handing)


@waiver.command()
@click.argument("name", metavar="WAIVER")
@click.option("--digest", required=True, help="Of all it says, whole, as you have seen it.")
@handing_options
def confirm(name: str, digest: str, **handing: Unpack[Handing]) -> None:
    """Agree to a waiver, as another party."""
    hand_in(WaiverConfirmation(name, digest), **handing)


@waiver.command()
@click.argument("name", metavar="WAIVER")
@_reason
@handing_options
def end(name: str, reason: str, **handing: Unpack[Handing]) -> None:
    """End a waiver before it expires."""
    hand_in(WaiverEnd(name, reason), **handing)


@click.group(cls=Group)
def correction() -> None:
    """Say that something on record was a mistake, or agree that it was."""


@correction.command()
@click.argument("evidence", metavar="DIGEST")
@_reason
@handing_options
def withdraw(evidence: str, reason: str, **handing: Unpack[Handing]) -> None:
    """Withdraw evidence, by its whole digest."""
    hand_in(EvidenceWithdrawal(evidence, reason), **handing)


@correction.command()
@click.argument("version", type=int)
@_reason
@handing_options
def note(version: int, reason: str, **handing: Unpack[Handing]) -> None:
    """Note that the event of that VERSION of the project's history was a mistake."""
    hand_in(CorrectionNote(version, reason), **handing)


@correction.command()
@click.argument("version", type=int)
@handing_options
def agree(version: int, **handing: Unpack[Handing]) -> None:
    """Agree, as another party, to the correction that the event of that VERSION made."""
    hand_in(CorrectionAgreement(version), **handing)


@click.command()
@click.argument("project_id", type=a_text, metavar="PROJECT")
@click.option("--evidence", required=True, metavar="DIGEST", help="A run on record there.")
@click.option(
    "--export",
    "exported",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An export of the ledger, which tells what stands on record there.",
)
@handing_options
def refer(project_id: str, evidence: str, exported: Path, **handing: Unpack[Handing]) -> None:
    """Let evidence of another project of the ledger count in this one too.

    The reference is signed as the export tells it. It is recorded only when that project says the
    same to the letter, and the run counts there at that moment.
    """
    own = settings().project.id
    other = verify_export(exported).replayed.get(project_id)
    if other is None or project_id == own:
        raise ConfigError(
            f"this export holds no other project {project_id[:100]!r}",
            where=str(exported),
            todo="Let the keeper of the record export it anew.",
        )
    recorded = other.standing.runs_by_digest[whole_digest(other, evidence)]
    act = Reference(shared_from(other.standing, recorded), recorded.run)
    hand_in(act, **handing)


@click.group(cls=Group)
def key() -> None:
    """Revoke a person's key."""


@key.command()
@click.argument("person", metavar="ID")
@click.option("--key", "public_key", required=True, metavar="ed25519:HEX", help="Which one.")
@_reason
@handing_options
def revoke(person: str, public_key: str, reason: str, **handing: Unpack[Handing]) -> None:
    """Say that a pinned key proves nothing any more, your own as well. It is never pinned again.

    It counts until this file is received. Who has lost their key lets somebody else revoke it.
    """
    hand_in(KeyRevocation(person, public_key, reason), **handing)


OFFERED: tuple[click.Command, ...] = (
    phase,
    request_opening,
    approve,
    pin,
    waiver,
    correction,
    refer,
    key,
)
"""What ``harness submit`` offers besides files and observations."""
