"""The way in: open a ledger, read projects out of it, append to it, publish its checkpoint.

Rules kept here:

* the eventsourcing library gets its recorder, mapper and an empty environment handed to it: no
  variable of this process can turn the record into something else;
* whoever decided on a state that is no longer the newest is refused and told who recorded what;
* the state *as of* a time is that after the last event of the project whose time is not later;
  the order is always that of the positions, so a clock that was set back reorders nothing;
* a checkpoint is published once, when the ledger is closed; a signed tail that a crash left
  unpublished is published by the next opening, which says so;
* no ledger is written on a network file system;
* nothing is appended while a published checkpoint says that this ledger was cut, rolled back or
  forked;
* what ends a reference in another project is appended together with the event that it follows from;
* the list of projects is kept along; opening for writing brings one that is missing or behind up
  to date, reading replays the projects instead.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    Mapper,
    Notification,
    StoredEvent,
)
from eventsourcing.utils import Environment, EnvType

from harness import files
from harness.classes import dataclass
from harness.errors import HarnessError, IntegrityBroken, LedgerError
from harness.joining.agreement import agrees, end_references, may_end
from harness.joining.events import EVENTS, EvidenceReferred, JoiningEvent
from harness.joining.objections import require
from harness.joining.project import JoiningProject
from harness.joining.summary import Summary, summary
from harness.ledger import portfolio
from harness.ledger.codec import Codec, Event, shown_id, shown_topic
from harness.ledger.command import CommandPlace
from harness.ledger.database import BUSY_SECONDS
from harness.ledger.databases import connections, exists, placed
from harness.ledger.dialect import Dialect
from harness.ledger.filesystems import refuse_network
from harness.ledger.places import (
    Place,
    Publication,
    agree,
    checked_note,
    places,
    publish,
    read_note,
    unasked,
)
from harness.ledger.seal import Head
from harness.ledger.store import Info, Moved, Recorder
from harness.ledger_url import LedgerName, LedgerPlace, SharedLedger
from harness.proof.durable import make_folder, sync_folder
from harness.proof.keys import PrivateKey
from harness.vocabulary import counted

if TYPE_CHECKING:
    from eventsourcing.domain import BaseAggregate

PAGE = 500
"""Entries read at once: memory stays flat however long the history."""
_ATTEMPTS = 20
"""How often what follows in other projects is worked out anew because others appended meanwhile."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of the record, decoded.

    Attributes:
        position: place in the ledger, from 1.
        project: id of the project.
        version: place in the project's history, from 1.
        topic: kind and version of the event.
        timestamp: when it happened, UTC, as recorded.
        event: the event itself.
        sealed_size: entries of the first signed tree that covers this one.
    """

    position: int
    project: str
    version: int
    topic: str
    timestamp: datetime
    event: Event
    sealed_size: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Every project of a ledger in one line.

    Attributes:
        size: entries that are told of: all there were when it was read.
        kept: read from the list that is kept; else replayed from the entries.
        projects: by id.
    """

    size: int
    kept: bool
    projects: tuple[Summary, ...]


class RecordedMeanwhile(LedgerError):
    """The state decided upon is no longer the newest; nothing was recorded.

    Attributes:
        events: what others recorded meanwhile.
    """

    def __init__(self, project: str, events: tuple[Recorded, ...]) -> None:
        listed = "; ".join(_who_and_what(each) for each in events[:5])
        more = f"; and {len(events) - 5} more" if len(events) > 5 else ""
        count = counted(len(events), "event")
        super().__init__(
            f"someone else recorded {count} in {shown_id(project)} meanwhile "
            f"({listed}{more}); nothing of yours was recorded",
            todo="Look again, then decide again.",
        )
        self.events = events


class Ledger:
    """One ledger, open. Use :meth:`open` in a ``with`` statement.

    Attributes:
        path: where it is: a file's absolute path, or a server.
        created: it was made by this opening.
        publications: what became of publishing the checkpoint, the latest try in each place.
        tail: the publications at opening that found entries signed but not yet published.
    """

    def __init__(self, recorder: Recorder, codec: Codec, published_in: tuple[Place, ...]) -> None:
        self.path = recorder.database.place
        self.created = False
        self.publications: tuple[Publication, ...] = ()
        self.tail: tuple[Publication, ...] = ()
        self._recorder = recorder
        self._codec = codec
        self._places = published_in
        self._application = _Application(recorder, codec)
        self._published_size = -1

    @classmethod
    def open(
        cls,
        path: LedgerName,
        key_path: Path,
        *,
        create: bool = False,
        readonly: bool = False,
        checkpoints: Sequence[Place] = (),
        codec: Codec | None = None,
        busy_seconds: float = BUSY_SECONDS,
    ) -> Self:
        """Open a ledger; its newest head, guards and published checkpoints are checked.

        Args:
            path: the file, or the server.
            key_path: private key of the ledger; not needed when only reading.
            create: make the ledger, and its key, when there is none.
            readonly: nothing is written, not even a checkpoint.
            checkpoints: places, besides the ledger's own, where the checkpoint is published.
            codec: the events it may hold; those of a joining project when not given.
            busy_seconds: how long another writer is waited for.

        Raises:
            LedgerError: it cannot be used, with what to do about it.
            ConfigError: the key cannot be used.
            IntegrityBroken: it is not what was sealed or published.
        """
        place = placed(path)
        published_in = places(place, tuple(checkpoints))
        writing = create and not readonly
        if isinstance(place, Path) and not place.exists() and not writing:
            raise LedgerError(
                "there is no ledger here",
                where=str(place),
                todo="Create a project first, or name the right file with --ledger.",
            )
        if isinstance(place, Path) and not readonly:
            refuse_network(place)
        key = None if readonly else _key(key_path, create=_anew(place, key_path, create=writing))
        if writing:
            _prepare(place)
        database = connections(place, readonly=readonly, busy_seconds=busy_seconds)
        ledger = cls(Recorder(database, key), codec or Codec(EVENTS), published_in)
        try:
            ledger._begin(create=writing)
        except BaseException:
            ledger._application.close()
            raise
        return ledger

    @property
    def info(self) -> Info:
        """Who the ledger is: origin, key fingerprint, format."""
        return self._recorder.info

    @property
    def size(self) -> int:
        """Entries in the record, all sealed."""
        return self._recorder.newest_head().size

    def projects(self) -> list[str]:
        """Ids of all projects, in the order they were created."""
        return self._recorder.streams()

    def portfolio(self) -> Portfolio:
        """Every project in one line, from the list that is kept if it tells of every entry.

        Raises:
            LedgerError: there is no such list, and an event was written by a newer version.
            IntegrityBroken: the list, or a history it would be made of, is none.
        """
        with self._recorder.database.transaction(commit=False) as cursor:
            size = self._recorder.tail_head(cursor).size
            kept = portfolio.stored(cursor, self._dialect)
        if kept is not None and kept.stands_at(size):
            return Portfolio(size, True, kept.rows)
        told = [summary(self.project(each)) for each in sorted(self.projects())]
        return Portfolio(size, False, tuple(told))

    def rewrite_portfolio(self) -> None:
        """Write the list of projects anew from the entries; the record is not touched.

        Raises:
            LedgerError: an event was written by a newer version, or the list cannot be written.
            IntegrityBroken: the history of a project is none.
        """
        with self._recorder.alone() as cursor:
            size = self._recorder.tail_head(cursor).size
            projects = (self.project(each) for each in self.projects())
            portfolio.rewrite(cursor, self._dialect, size, projects)

    def version(self, project_id: str) -> int:
        """Number of events of a project; 0 when there is none."""
        return self._version_at(project_id, 2**63 - 1)

    def project(self, project_id: str, *, as_of: datetime | int | None = None) -> JoiningProject:
        """A project: the fold of its events, all of them or those up to a time or position.

        Args:
            project_id: which project.
            as_of: a time with its zone: the state after the last event not later than it, in the
                order of recording; a number: the state after the entry at that position.

        Raises:
            LedgerError: there is no such project, or was none then; or no entry at that position.
            IntegrityBroken: its history is not one the rules allow.
        """
        if isinstance(as_of, int) and as_of > self.size:
            raise LedgerError(
                f"there is no entry {as_of} yet: the last one is {self.size}",
                where=str(self.path),
                todo="harness history shows the positions.",
            )
        version = None if as_of is None else self._version_as_of(project_id, as_of)
        if version == 0 or self.version(project_id) == 0:
            then = "" if version is None else " at that time"
            raise LedgerError(
                f"there is no project {shown_id(project_id)} in this ledger{then}",
                where=str(self.path),
                todo="harness project list shows them.",
            )
        return self._replayed(project_id, version)

    def _replayed(self, project_id: str, version: int | None) -> JoiningProject:
        with replaying(project_id):
            project: BaseAggregate[str] = self._application.repository.get(
                project_id, version=version
            )
        return cast("JoiningProject", project)

    def events(
        self, project_id: str | None = None, *, after: int = 0, until: int | None = None
    ) -> Iterator[Recorded]:
        """Entries in the order of their positions, of one project or of all.

        Args:
            project_id: only this project's.
            after: only positions larger than this.
            until: only positions up to this.

        Raises:
            LedgerError: an entry was written by a newer version.
            IntegrityBroken: an entry cannot be read.
        """
        while page := self._page(after, until):
            after = page[-1].id
            mine = [each for each in page if project_id in {None, each.originator_id}]
            sizes = self._recorder.sealed_sizes([each.id for each in mine])
            for each, size in zip(mine, sizes, strict=True):
                yield _recorded(each.id, each, self._codec.to_domain_event(each), size)

    def save(self, project: "BaseAggregate[Any]", expected_version: int) -> tuple[Recorded, ...]:
        """Append a project's new events, in one sealed transaction.

        Args:
            project: the aggregate with its pending events.
            expected_version: the version that was looked at when deciding; 0 for a new project.

        Gives what was recorded: the project's events, then those by which other projects learn that
        evidence they refer to shows nothing any more.

        Raises:
            Refused: it refers to evidence of another project that is none; nothing was recorded.
            RecordedMeanwhile: others recorded something since; nothing was recorded.
            LedgerError: it could not be written; nothing was recorded.
            IntegrityBroken: the tail of the ledger is not sealed.
        """
        pending = project.pending_events
        if pending and pending[0].originator_version != expected_version + 1:
            raise LedgerError(
                f"the decision was made at version {expected_version} of "
                f"{shown_id(str(project.id))}, but its events continue another one",
                todo="Look again, then decide again.",
            )
        try:
            return self._append(project)
        except IntegrityError:
            raise self._meanwhile(str(project.id), expected_version) from None

    def _append(self, project: "BaseAggregate[Any]") -> tuple[Recorded, ...]:
        """Append, and with it what follows in the projects that refer to this one's evidence.

        Raises:
            Refused: it refers to evidence that is none.
            LedgerError: others append without end.
        """
        new = project.collect_events()
        if not isinstance(project, JoiningProject):
            return self._put(new)
        events = [each for each in new if isinstance(each, JoiningEvent)]
        if not any(may_end(each) for each in events):
            return self._put(new, listed=[project])
        for _ in range(_ATTEMPTS):
            size = self.size
            others = self._following(project, events)
            more = [each for other in others for each in other.collect_events()]
            with contextlib.suppress(Moved):
                return self._put([*new, *more], listed=[project, *others], at_size=size)
        raise LedgerError(
            "others record all the time; nothing of yours was recorded", todo="Try again."
        )

    def _put(self, events: Sequence[Event], **how: Any) -> tuple[Recorded, ...]:
        """Append events as :meth:`harness.ledger.store.Recorder.insert_events` does."""
        stored = [self._codec.to_stored_event(each) for each in events]
        positions = self._recorder.insert_events(stored, **how)
        return tuple(
            _recorded(position, row, event, positions[-1])
            for position, row, event in zip(positions, stored, events, strict=True)
        )

    def _following(
        self, project: JoiningProject, events: Sequence[JoiningEvent]
    ) -> list[JoiningProject]:
        """Other projects that these events end references of, with the events that say so.

        Raises:
            Refused: one of the events refers to evidence that is none.
        """
        for event in events:
            if isinstance(event, EvidenceReferred):
                named = event.source.project
                require(agrees(event, self.project(named) if self.version(named) else None))
        others = [self.project(each) for each in self._referring(project.id)]
        before = events[0].originator_version - 1
        source = self._replayed(project.id, before) if others and before else None
        for event in events if others else ():
            source = event.mutate(source)  # as it is then: more may follow in the same append
            assert source is not None
            for other in others:
                end_references(source, event, other)
        return [each for each in others if each.pending_events]

    def _referring(self, source: str) -> list[str]:
        """Ids of the projects that refer to evidence of that one, sorted."""
        found, after = set[str](), 0
        topics = (EvidenceReferred.TOPIC,)
        while page := self._recorder.select_notifications(
            after, PAGE, topics=topics, inclusive_of_start=False
        ):
            after = page[-1].id
            named = (each for each in page if source.encode() in each.state)  # few are decoded
            events = (self._codec.to_domain_event(each) for each in named)
            referred = (each for each in events if isinstance(each, EvidenceReferred))
            found |= {each.originator_id for each in referred if each.source.project == source}
        return sorted(found)

    def publish(self) -> tuple[Publication, ...]:
        """Publish the newest checkpoint in every place; done on closing when need be.

        A place that cannot be written is reported, not raised: the record itself is safe.

        Raises:
            LedgerError: the ledger was opened for reading.
            IntegrityBroken: a place holds what this ledger does not continue.
        """
        if self._recorder.key is None:
            raise LedgerError("the ledger was opened for reading", where=str(self.path))
        info = self.info
        with self._recorder.alone() as cursor:
            newest = self._recorder.tail_head(cursor)
            done = [
                publish(
                    place,
                    newest,
                    lambda size: self._recorder.head_at(cursor, size),
                    self._recorder.keys,
                    info.origin,
                )
                for place in self._places
                if not isinstance(place, CommandPlace)
            ]
        # The others need not wait for a command.
        done += [self._hand_over(each) for each in self._places if isinstance(each, CommandPlace)]
        self.publications = tuple(done)
        self._published_size = newest.size
        return self.publications

    def _hand_over(self, command: CommandPlace) -> Publication:
        """Hand the newest checkpoint to a command, whatever others append meanwhile."""
        try:
            with command.alone():
                newest, keys = self._recorder.newest_head(), self._recorder.keys
                return publish(command, newest, self._head_at, keys, self.info.origin)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problem = f"what it was given cannot be remembered: {reason}"
            return Publication(command, self.size, None, problem)

    def _head_at(self, size: int) -> Head | None:
        with self._recorder.database.transaction(commit=False) as cursor:
            return self._recorder.head_at(cursor, size)

    def close(self) -> None:
        """Publish what is not published yet, then close the file."""
        try:
            if self._recorder.key is not None:
                self._publish_rest()
        finally:
            self._application.close()

    def _publish_rest(self) -> None:
        """Publish what is new; that it cannot be done now is reported: the record is safe."""
        size = self._published_size
        try:
            size = self.size
            if size != self._published_size:
                self.publish()
        except IntegrityBroken:
            raise
        except LedgerError as error:
            self.publications = tuple(
                Publication(place, size, None, error.what) for place in self._places
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self, *, create: bool) -> None:
        if create:
            self.created = self._recorder.create(self._refuse_successor)
        if self._recorder.key is None:
            self.publications = tuple(self._looked_at(place) for place in self._places)
            return
        self._recorder.check_key()
        self.tail = tuple(each for each in self.publish() if each.published and each.tail)
        self._catch_up()

    @property
    def _dialect(self) -> Dialect:
        return self._recorder.database.dialect

    def _catch_up(self) -> None:
        """Bring a list that is missing or behind up to date; a newer version's is left alone.

        Whoever may not write it, or a history that cannot be replayed, leaves it behind: who reads
        the list is told.
        """
        with self._recorder.database.transaction(commit=False) as cursor:
            size = self._recorder.tail_head(cursor).size
            found = portfolio.stand(cursor, self._dialect)
        newer = found is not None and found.format > portfolio.FORMAT
        if not newer and not (found is not None and found.stands_at(size)):
            with contextlib.suppress(HarnessError):
                self.rewrite_portfolio()

    def _refuse_successor(self) -> None:
        """A new ledger must not take the place of one that was removed."""
        for place in self._places:
            if _found_in(place):
                raise IntegrityBroken(
                    "a checkpoint is published here, but its ledger is gone",
                    where=str(place),
                    todo="Restore the ledger; if it may really be forgotten, remove this file.",
                )

    def _looked_at(self, place: Place) -> Publication:
        """The state of a place, checked but not changed; commands are not run."""
        where, note, problem = unasked(place), None, "nothing is published here"
        try:
            note = read_note(where)  # before the ledger: others append and publish meanwhile
        except IntegrityBroken:
            raise
        except LedgerError as error:
            problem = error.what
        with self._recorder.database.transaction(commit=False) as cursor:
            newest = self._recorder.tail_head(cursor)
            if note is None:
                return Publication(place, newest.size, None, problem)
            found = checked_note(where, note, self._recorder.keys, self.info.origin)
            agree(where, found, newest, self._recorder.head_at(cursor, found.size))
        behind = newest.size - found.size
        problem = f"{behind} signed entries are not published here yet" if behind else ""
        return Publication(place, newest.size, found.size, problem)

    def _page(self, after: int, until: int | None) -> Sequence[Notification]:
        return self._recorder.select_notifications(after, PAGE, until, inclusive_of_start=False)

    def _version_as_of(self, project_id: str, as_of: datetime | int) -> int:
        if not isinstance(as_of, datetime):
            return self._version_at(project_id, as_of)
        if as_of.utcoffset() is None:
            raise LedgerError("a time without its zone says nothing", todo="Add Z or an offset.")
        version = 0
        for row in self._recorder.select_events(project_id):
            if self._codec.to_domain_event(row).timestamp <= as_of:
                version = row.originator_version
        return version

    def _version_at(self, project_id: str, position: int) -> int:
        with self._recorder.database.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT coalesce(max(originator_version), 0) FROM stored_events "
                "WHERE originator_id = ? AND position <= ?",
                (project_id, position),
            )
            return int(cursor.fetchone()[0])

    def _meanwhile(self, project_id: str, expected_version: int) -> RecordedMeanwhile:
        others = (each for each in self.events(project_id) if each.version > expected_version)
        return RecordedMeanwhile(project_id, tuple(others))


def _recorded(position: int, row: StoredEvent, event: Event, sealed_size: int) -> Recorded:
    """An entry with its event: read from the row, or equal to it when it was written."""
    return Recorded(
        position,
        str(row.originator_id),
        row.originator_version,
        row.topic,
        event.timestamp,
        event,
        sealed_size,
    )


@contextmanager
def replaying(project_id: str) -> Iterator[None]:
    """Whatever judging a history again raises means that it is not a history.

    Raises:
        LedgerError: an event was written by a newer version.
        IntegrityBroken: the rules do not allow these events.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - rules meeting forged events may raise anything
        raise not_replayed(project_id, error) from None


def not_replayed(project_id: str, error: Exception) -> HarnessError:
    """What it means that judging a history again raised this."""
    match error:
        case LedgerError():
            return error
        case AggregateNotFoundError():
            return IntegrityBroken(f"{shown_id(project_id)} has no history")
        case HarnessError():
            return _not_a_history(project_id, error.what)
    return _not_a_history(project_id, type(error).__name__)


def _not_a_history(project_id: str, reason: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"the history of {shown_id(project_id)} could not have happened: {reason}",
        todo="Run harness verify, and restore the ledger from its last good copy.",
    )


class _Factory(InfrastructureFactory[Any]):
    """Gives the library the recorder it is handed, whatever the environment says."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(Environment("", {}))
        self._recorder = recorder

    def application_recorder(self) -> ApplicationRecorder:
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> NoReturn:
        raise LedgerError(f"a ledger has no recorder of {purpose}")

    def tracking_recorder(
        self,
        tracking_recorder_class: type[Any] | None = None,  # noqa: ARG002 - its signature
    ) -> NoReturn:
        raise LedgerError("a ledger follows no other")

    def process_recorder(self) -> NoReturn:
        raise LedgerError("a ledger follows no other")

    def close(self) -> None:
        self._recorder.database.close()


class _Application(Application[str]):
    """The library's application over our recorder and mapper; no environment, no snapshots."""

    def __init__(self, recorder: Recorder, codec: Codec) -> None:
        self._given = (recorder, codec)
        super().__init__(env={})

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        return Environment(name, env)

    def construct_factory(
        self,
        env: Environment,  # noqa: ARG002 - its signature
    ) -> InfrastructureFactory[Any]:
        return _Factory(self._given[0])

    def construct_mapper(self) -> Mapper[str]:
        return self._given[1]

    def construct_recorder(self) -> ApplicationRecorder:
        return self._given[0]


def _anew(place: LedgerPlace, key: Path, *, create: bool) -> bool:
    """Whether a key is to be made: nothing was begun there, and no key is at hand.

    Raises:
        LedgerError: something else lies there than a ledger.
    """
    if not create or key.exists():
        return False
    if isinstance(place, SharedLedger):
        return not exists(place)
    if not place.exists():
        _make_folder(place.parent)
        return True
    try:
        begun = bool(files.read(place, 0))
    except OSError as error:
        raise LedgerError(f"cannot be read: {error.strerror}", where=str(place)) from None
    if begun:
        Ledger.open(place, key, readonly=True).close()
    return not begun


def _key(path: Path, *, create: bool) -> PrivateKey:
    if create and not path.exists():
        _make_folder(path.parent)
        created = _created_or_none(path)
        if created is not None:
            return created
    return PrivateKey.load(path)


def _created_or_none(path: Path) -> PrivateKey | None:
    """A new key, or None when somebody else made one in the meantime."""
    try:
        return PrivateKey.create(path)
    except HarnessError:
        if path.exists():
            return None
        raise


def _prepare(place: LedgerPlace) -> None:
    """Make sure that the file is there, and the folder for the checkpoint."""
    if isinstance(place, SharedLedger):
        _make_folder(place.folder)
    else:
        _touch(place)


def _touch(file: Path) -> None:
    """Make sure the file is there; SQLite is never asked to create one."""
    _make_folder(file.parent)
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o644))
        sync_folder(file.parent)
    except OSError as error:
        raise LedgerError(
            f"the ledger cannot be created: {error.strerror}",
            where=str(file),
            todo="Name a file in a folder that exists and that you may write to.",
        ) from None


def _found_in(place: Place) -> bool:
    """Whether a checkpoint lies in a place; one that cannot be reached is told when publishing."""
    try:
        return read_note(place) is not None
    except IntegrityBroken:
        raise
    except LedgerError:
        if isinstance(place, Path):
            raise
        return False


def _make_folder(folder: Path) -> None:
    """Make the last folder of a path; missing ones above it are a mistake in the name."""
    try:
        make_folder(folder, parents=False)
    except OSError as error:
        raise LedgerError(
            f"the folder cannot be created: {error.strerror}",
            where=str(folder),
            todo="Name a folder that exists, or create the ones above it.",
        ) from None


def _who_and_what(recorded: Recorded) -> str:
    actor = getattr(getattr(recorded.event, "actor", None), "id", "")
    who = f"{actor}: " if actor else ""
    return f"{who}{shown_topic(recorded.topic)}"
