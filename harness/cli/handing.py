"""How a signed file is made for the keeper of the record, whatever it hands in."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypedDict, TypeVar

import click

from harness.cli.common import actor_option, emit, json_option, settings
from harness.config import Config
from harness.errors import ConfigError, EvidenceError
from harness.joining.events import Kind
from harness.joining.submissions import Act, RunHanded, Submission
from harness.people import signing

SUFFIX = ".dsse.json"
P = ParamSpec("P")
R = TypeVar("R")


class Handing(TypedDict):
    """What every command that hands in is told."""

    out: Path | None
    claimed: str | None
    as_json: bool


def handing_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--out FILE``, ``--as ID``, ``--json``."""
    out = click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="The file to write (default: a new one in .harness/submissions).",
    )
    return out(actor_option(json_option(command)))


def hand_in(act: Act, out: Path | None, claimed: str | None, *, as_json: bool) -> None:
    """Sign what is handed in and write the file, once.

    Raises:
        ConfigError: who acts has no key, or the file cannot be written.
        EvidenceError: the evidence is of another project.
    """
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
        "kind": submission.kind,
        "project": submission.project,
        "submitter": actor.id,
        "key": key.public.fingerprint,
        "statement": submission.digest,
        "subject": act.subject[1],
    }
    text = (
        f"{submission.kind} for {submission.project}, signed by {actor.id} of "
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
    return folder / f"{submission.kind}-{submission.digest[:12]}{SUFFIX}"
