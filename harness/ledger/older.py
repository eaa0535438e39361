"""Events of earlier versions, read as the newest one.

A released event keeps its topic and its schema for ever (``events/schemas/SHA256SUMS``). When an
event has to change, a new version of its class takes the place of the old one in
:data:`harness.joining.events.EVENTS`, and the old topic gets a row here: which topic comes next,
and what its plain value is there. Rows follow one another, so that each says one step only. The
stored bytes stay what they are; under an old topic the history shows the event as read.

What a function is given is the object of the old schema without the two columns, its members
compared with ``members``; it gives back that of the next one, or raises what a strange value
raises: then the entry is refused as one that is not in its form.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from harness.classes import dataclass

Plain: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upcast:
    """One step from a version that is no longer written.

    Attributes:
        members: the fields of this version besides those that every event has.
        topic: the version that comes next.
        convert: the plain value as that version has it.
    """

    members: frozenset[str]
    topic: str
    convert: Callable[[Plain], Plain]


def _as_it_is(plain: Plain) -> Plain:
    """For a version that allows more than the one before."""
    return plain


def _no_outcomes(plain: Plain) -> Plain:
    """Which scenarios were compared was not recorded at first, only how many."""
    if "outcomes" in plain["parity"]:
        raise ValueError("a member of the next version")
    return {**plain, "parity": {**plain["parity"], "outcomes": []}}


OLDER: Final[Mapping[str, Upcast]] = MappingProxyType(
    {
        "joining.SubmissionReceived.v1": Upcast(
            frozenset({"kind", "submitter", "made_at", "statement", "envelope"}),
            "joining.SubmissionReceived.v2",
            _as_it_is,
        ),
        "joining.ReferenceEnded.v1": Upcast(
            frozenset({"evidence", "source", "source_version", "ending"}),
            "joining.ReferenceEnded.v2",
            _as_it_is,
        ),
        "joining.ParityRecorded.v1": Upcast(
            frozenset({"parity"}), "joining.ParityRecorded.v2", _no_outcomes
        ),
    }
)
"""Topic that is no longer written, and the step from it."""
