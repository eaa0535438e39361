"""What every command of a project is given, and what a signed file may hand in.

Apart from ``commands`` and ``submissions``, which only those who write or take in such files load.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from harness.classes import dataclass
from harness.joining.actor import Actor


class Handed(StrEnum):
    """What a signed file hands in."""

    EVIDENCE = "evidence"
    """Evidence of a run, of canaries, or a comparison with our account."""
    FORM = "form"
    OBSERVATION = "observation"
    """An observation, or what becomes of one."""
    SIGN_OFF = "sign-off"
    PHASE = "phase"
    """A phase is complete, or is opened again."""
    REQUEST = "request"
    APPROVAL = "approval"
    PIN = "pin"
    """A pin, a proposed change of one, or a confirmation."""
    WAIVER = "waiver"
    """A waiver is asked for, agreed to or ended."""
    CORRECTION = "correction"
    """Evidence is withdrawn, an event noted as mistaken, or either is agreed to."""
    REFERENCE = "reference"
    """Evidence of another project of the ledger is to count."""
    KEY = "key"
    """A person's key is revoked."""


class Args(TypedDict):
    """What every command of the aggregate takes."""

    at: datetime
    actor: Actor
    event_id: str


@dataclass(frozen=True, slots=True)
class Acting:
    """When, by whom, and the ids of the events that a submission leads to."""

    at: datetime
    actor: Actor
    next_id: Callable[[], str]

    @property
    def args(self) -> Args:
        """The arguments of the next command."""
        return {"at": self.at, "actor": self.actor, "event_id": self.next_id()}
