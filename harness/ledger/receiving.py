"""Signed files that people hand in: opened, taken in, and checked again later.

The door, in its order: size and form of the envelope; a signature by a key that is pinned here;
the statement in its one form; its project, its submitter, its age; no identity code in what is kept
as it was written. Only then the rules of the
project judge what it says, as if the person had been there.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from harness.classes import dataclass
from harness.errors import EvidenceError, HarnessError, IntegrityBroken
from harness.joining.actor import Actor
from harness.joining.events import JoiningEvent, SubmissionReceived
from harness.joining.handing import counts, event_id, pinned_keys
from harness.joining.objections import require
from harness.joining.pins import KeyPin
from harness.joining.project import JoiningProject
from harness.joining.standing import Standing
from harness.joining.submissions import FormHanded, Submission
from harness.ledger import attachments
from harness.ledger_url import LedgerPlace
from harness.limits import DEFAULT
from harness.proof.dsse import Envelope
from harness.proof.keys import PublicKey


@dataclass(frozen=True, slots=True)
class Opened:
    """A signed file whose door has let it in.

    Attributes:
        submission: what it says.
        submitter: who signed it, known by the key.
        envelope: SHA-256 of the file.
    """

    submission: Submission
    submitter: Actor
    envelope: str


def opened(data: bytes, standing: Standing, now: datetime) -> Opened:
    """Open a signed file for a project.

    Raises:
        EvidenceError: it is none, is not signed by anybody known here, was altered, is for another
            project, is too old, or a form holds an identity code.
        Refused: the key was revoked, or is not confirmed.
    """
    pins = {pin.public_key: pin for pin in pinned_keys(standing)}
    known = dict.fromkeys([*pins, *standing.revoked])
    envelope = Envelope.from_bytes(data)
    statement, key = envelope.opened(PublicKey.from_fingerprint(each) for each in known)
    submission = Submission.from_bytes(statement)
    who = (submission.submitter, submission.party)
    pin = pins.get(key.fingerprint) or KeyPin(*who, "", key.fingerprint)
    require(counts(standing, pin))
    if (pin.person, pin.party) != who:
        raise EvidenceError(
            f"it says that {submission.submitter} of {submission.party.value} hands it in, but it "
            f"is signed with the key of {pin.person} of {pin.party.value}",
            todo="Everybody signs with their own key; let it be signed again.",
        )
    _check_project(submission, standing)
    _check_age(submission, now)
    if isinstance(submission.act, FormHanded):
        attachments.check_form(submission.act.file, "the form")
    return Opened(submission, pin.actor, hashlib.sha256(data).hexdigest())


def _check_project(submission: Submission, standing: Standing) -> None:
    meant = (submission.project, submission.project_kind)
    if meant != (standing.id, standing.kind):
        raise EvidenceError(
            f"it is for {submission.project} ({submission.project_kind.value}); this project is "
            f"{standing.id} ({standing.kind.value})",
            todo="Let it be received by the keeper of that project.",
        )


def _check_age(submission: Submission, now: datetime) -> None:
    age = now - submission.at
    if age > timedelta(seconds=DEFAULT.max_submission_age):
        raise EvidenceError(
            f"it was signed {age.days} days ago; at most "
            f"{timedelta(seconds=DEFAULT.max_submission_age).days} are accepted",
            todo="Let it be signed anew, if it still holds.",
        )
    if -age > timedelta(seconds=DEFAULT.clock_skew):
        ahead = -age // timedelta(seconds=1)
        raise EvidenceError(
            f"it was signed in the future: its signer's clock is {ahead} s ahead of this one, at "
            f"most {DEFAULT.clock_skew:g} s are accepted",
            todo="Compare the clocks of the two machines.",
        )


def signed_as_recorded(ledger: LedgerPlace, events: list[JoiningEvent]) -> Iterator[str]:
    """Digests of the signed files beside a ledger that were checked against what is recorded.

    Every file that is there has to be signed by the submitter, and to say what was recorded as
    theirs: the project's history is told again, and what each file leads to is worked out anew.

    Raises:
        IntegrityBroken: it is not so.
    """
    folder = attachments.folder_of(ledger)
    project: JoiningProject | None = None
    for place, event in enumerate(events):
        if project is not None and event.originator_version <= project.version:
            continue  # told by its submission already
        file = folder / event.envelope if isinstance(event, SubmissionReceived) else None
        if not isinstance(event, SubmissionReceived) or file is None or not file.is_file():
            project = event.mutate(project)
            continue
        assert project is not None, "a project begins with its creation"
        told = _told_by(file, event, project)
        end = place + len(told)
        beyond = any(each.event_id == event_id(event.statement, len(told)) for each in events[end:])
        if told != events[place:end] or beyond:
            raise _unlike(file, "what is recorded is not what it says")
        yield event.envelope


def _told_by(file: Path, event: SubmissionReceived, project: JoiningProject) -> list[JoiningEvent]:
    """The events that a signed file leads to, folded into the project."""
    try:
        key = PublicKey.from_fingerprint(event.submitter.credential)
        statement, _ = Envelope.from_bytes(file.read_bytes()).opened([key])
        project.receive(
            Submission.from_bytes(statement),
            event.submitter,
            envelope=event.envelope,
            at=event.timestamp,
            actor=event.actor,
            event_id=event.event_id,
        )
    except IntegrityBroken:
        raise
    except HarnessError as error:
        raise _unlike(file, error.what) from None
    return [each for each in project.collect_events() if isinstance(each, JoiningEvent)]


def _unlike(file: Path, why: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"the record and the signed file disagree: {why}",
        where=str(file),
        todo="Ask who signed it what they handed in; the record was altered or made up.",
    )
