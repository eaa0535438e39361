"""Events as stored bytes and back, over a closed set of topics.

Rules kept here:

* what is stored is canonical JSON: UTF-8, keys sorted, no white space, times as
  ``2026-11-22T17:00:00.000000Z``; one event has exactly one form;
* an event that would not come back equal is not written: no poison in the record;
* bytes that are not the one form of their event are not read: nothing is left over, filled in or
  converted;
* a topic leads to a class through a dictionary, never to an import. A well-formed topic that is
  not in it was written by a newer version; anything else is foreign;
* an older version of an event is read as the newest one, step by step (``harness.ledger.older``),
  and is never written.
"""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from uuid import UUID

from eventsourcing.domain import CanMutateAggregate, DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from harness.errors import HarnessError, IntegrityBroken, LedgerError
from harness.ledger.canonical import writer
from harness.ledger.older import OLDER, Upcast
from harness.ledger.shortcut import Shortcut, shortcut
from harness.ledger.strict import Unfit, reader, utc_text

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

Event: TypeAlias = CanMutateAggregate[str]
"""What the record holds: an event of an aggregate whose id is a text."""
EventClasses: TypeAlias = Mapping[str, type[Event]]
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_TOPIC = re.compile(r"[a-z][a-z0-9-]{0,60}\.[A-Z][A-Za-z0-9]{0,100}\.v[1-9][0-9]{0,5}", re.ASCII)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
_IN_COLUMNS = ("originator_id", "originator_version")
_ELSEWHERE = frozenset(_IN_COLUMNS)
_OFTEN = 100
"""Events of a class after which making its shortcut is worth the time."""
_OF_ALL = frozenset({"timestamp", "event_id", "actor"})
_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
)
_DECODER = json.JSONDecoder()
MAX_DEPTH = 32
MAX_STATE = 16 * 1024 * 1024 - 1024
"""Bytes of an event's state: with its columns it fits into one line of an export."""
_AS_THEY_ARE = frozenset({type(None), str, bool, int, float})
"""Kinds of values that JSON has."""


class CanonicalJson(Transcoder):
    """Plain JSON values as bytes in one form, and back strictly."""

    def encode(self, obj: Json) -> bytes:
        """The one form of ``obj``.

        Raises:
            LedgerError: it holds something JSON has no form for.
        """
        try:
            return _ENCODER.encode(obj).encode("utf-8")
        except (TypeError, ValueError, RecursionError):
            raise LedgerError("this event holds a value that cannot be recorded") from None

    def decode(self, data: bytes) -> Json:
        """The value of the one form.

        Raises:
            IntegrityBroken: the bytes are not JSON in its one form.
        """
        try:
            text = data.decode("utf-8")
            value, end = _DECODER.raw_decode(text)
        except (ValueError, RecursionError):
            raise IntegrityBroken("these bytes are not JSON") from None
        if end != len(text):
            raise IntegrityBroken("these bytes are not JSON alone")
        found: Json = value
        return found


class Codec(Mapper[str]):
    """Stored events and event objects, for a closed set of event classes.

    Attributes:
        classes: topic to event class; what is not here cannot be written.
        older: topics that are only read, and the step from each; every way ends in ``classes``.
    """

    def __init__(self, classes: EventClasses, older: Mapping[str, Upcast] = OLDER) -> None:
        super().__init__(transcoder=CanonicalJson())
        self.classes = dict(classes)
        self.older = dict(older)
        self._seen: Counter[str] = Counter()
        self._shortcuts: dict[str, Shortcut] = {}

    def schema(self, topic: str) -> "JsonSchemaValue":
        """JSON Schema of an event as an object, its id and version included."""
        from pydantic import TypeAdapter  # noqa: PLC0415 - slow; reading events needs none of it

        return TypeAdapter(self.classes[topic]).json_schema(mode="validation")

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The row of an event.

        Raises:
            LedgerError: its class is not of the closed set, it would not come back equal, or it is
                too large for a line of an export.
        """
        topic = getattr(domain_event, "TOPIC", "")
        kind: Any = self.classes.get(topic)
        if type(domain_event) is not kind:
            raise LedgerError(
                f"{type(domain_event).__name__} is not an event that this ledger may hold"
            )
        project, version = domain_event.originator_id, domain_event.originator_version
        state = None
        if type(project) is str and type(version) is int:
            with contextlib.suppress(ValueError, HarnessError):
                state = writer(kind, _IN_COLUMNS)(domain_event).encode()
        if state is not None:
            return _exportable(StoredEvent(project, version, topic, state))
        stored = StoredEvent(project, version, topic, self._state(domain_event))
        return _exportable(self._compared(stored, domain_event))

    def _compared(self, stored: StoredEvent, event: object) -> StoredEvent:
        """A row, if what is read from it is the event that it was made of.

        Raises:
            LedgerError: it is not.
        """
        try:
            same = self._event(stored, self._plain_of(stored)) == event
        except IntegrityBroken:
            same = False
        if not same:
            raise LedgerError(f"{stored.topic} holds a value that would not survive being recorded")
        return stored

    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        """The event of a row.

        Raises:
            LedgerError: it was written by a newer version.
            IntegrityBroken: the row is not one this ledger's events can have.
        """
        row = stored_event
        return self.event(row.originator_id, row.originator_version, row.topic, row.state)

    def event(self, project: UUID | str, version: int, topic: str, state: bytes) -> Event:
        """The event of a row's columns.

        Raises:
            LedgerError: it was written by a newer version.
            IntegrityBroken: the row is not one this ledger's events can have.
        """
        at_once = self._shortcuts.get(topic) or self._new_shortcut(topic)
        if type(version) is int:
            told = {"originator_id": str(project), "originator_version": version}
            try:
                found: Event | None = at_once(state.decode(), told)
                if found is not None:
                    return found
            except (ValueError, HarnessError):
                pass  # what is wrong is said below
        return self._looked_at(StoredEvent(project, version, topic, state))

    def _new_shortcut(self, topic: str) -> Shortcut:
        """That of a known topic, once enough of it was read to be worth the making."""
        self.known(topic)
        self._seen[topic] += 1
        if self._seen[topic] < _OFTEN:
            return _no_event
        made = shortcut(self.classes[topic], _ELSEWHERE) if topic in self.classes else None
        return self._shortcuts.setdefault(topic, made or _no_event)

    def _looked_at(self, stored: StoredEvent) -> Event:
        plain = self._plain_of(stored)
        try:
            # This text, and the leaves in their one form (harness.ledger.strict): no other form.
            same = self.transcoder.encode(plain) == stored.state
        except HarnessError:
            same = False
        event = self._event(stored, plain)
        if not same:
            raise _unreadable(stored)
        return event

    def _plain_of(self, stored: StoredEvent) -> "dict[str, Any]":
        plain = self.transcoder.decode(stored.state)
        if not isinstance(plain, dict) or not plain.keys().isdisjoint(_IN_COLUMNS):
            raise _unreadable(stored)
        return plain

    def _event(self, stored: StoredEvent, plain: dict[str, Any]) -> Event:
        """The event of plain values, which are used up."""
        try:
            topic, plain = self._newest(stored.topic, plain)
            plain["originator_id"] = str(stored.originator_id)
            plain["originator_version"] = stored.originator_version
            kind: Any = self.classes[topic]
            event: Event = reader(kind)(plain)
        except (Unfit, HarnessError):
            raise _unreadable(stored) from None
        return event

    def known(self, topic: str) -> None:
        """Check that a topic is of the closed set.

        Raises:
            LedgerError: it looks like a topic of a newer version.
            IntegrityBroken: it is not a topic at all.
        """
        if topic in self.classes or topic in self.older:
            return
        if _TOPIC.fullmatch(topic):
            raise LedgerError(
                f"the event {topic} was written by a newer version",
                todo="Install that version of connection-harness; nothing is skipped.",
            )
        raise IntegrityBroken("the record holds an entry of a foreign kind")

    def _newest(self, topic: str, plain: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The topic that is written today, and the plain value as it has it."""
        while topic in self.older:
            step = self.older[topic]
            if plain.keys() != step.members | _OF_ALL:
                raise Unfit
            try:
                topic, plain = step.topic, step.convert(plain)
            except (LookupError, TypeError, ValueError, AttributeError):
                raise Unfit from None
        return topic, plain

    def _state(self, event: object) -> bytes:
        kind: Any = type(event)
        names = (name for name in _names(kind) if name not in _IN_COLUMNS)
        return self.transcoder.encode({name: _plain(getattr(event, name), 0) for name in names})


def _no_event(*_: object) -> None:
    """The shortcut of a class that has none, or none yet."""


def shown_id(project: str) -> str:
    """A project's id as messages may show it: an identifier, or only its length."""
    return project if _ID.fullmatch(project) else f"<id, {len(project)} chars>"


def shown_topic(topic: str) -> str:
    """A topic as messages may show it."""
    return topic if _TOPIC.fullmatch(topic) else f"<topic, {len(topic)} chars>"


def _unreadable(stored: StoredEvent) -> IntegrityBroken:
    return IntegrityBroken(
        f"entry {stored.originator_version} of {shown_id(str(stored.originator_id))} is not a "
        f"{shown_topic(stored.topic)} in its one form",
        todo="Compare with a copy whose checkpoint you hold.",
    )


def _plain(value: object, depth: int) -> Json:
    """A value of an event as plain JSON.

    Raises:
        LedgerError: a value of another kind, or times without UTC.
    """
    if depth > MAX_DEPTH:
        raise LedgerError("this event is nested too deeply")
    kind: Any = type(value)
    if kind in _AS_THEY_ARE:
        return cast("Json", value)
    match value:
        case str() | int() | float():  # words of closed sets among them
            return value
        case datetime():
            return _utc(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(each, depth + 1) for each in value]
    return {name: _plain(getattr(value, name), depth + 1) for name in _names(kind)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """Fields of a class of events, or of what an event holds.

    Raises:
        LedgerError: it has none.
    """
    if not is_dataclass(kind):
        raise LedgerError(f"a value of type {kind.__name__} cannot be recorded")
    return tuple(each.name for each in fields(kind))


def _utc(at: datetime) -> str:
    offset = at.utcoffset()
    if offset is None or offset:
        raise LedgerError("a time that is not in UTC cannot be recorded")
    return utc_text(at)


def _exportable(stored: StoredEvent) -> StoredEvent:
    """A row that an export can hold; one that it cannot would keep the whole record from leaving.

    Raises:
        LedgerError: it is too large.
    """
    if len(stored.state) > MAX_STATE:
        raise LedgerError(
            f"{stored.topic} has {len(stored.state)} bytes, at most {MAX_STATE} can be recorded",
            todo="Say less at once; nothing was recorded.",
        )
    return stored
