"""Check a ledger without trusting it: bytes first, then decoding, then the rules again.

In this order, each step only when the one before held:

1. the tables are a ledger's, of a version known here, and SQLite finds file and index whole;
2. the whole tree is computed again from the rows: positions and versions without a gap, every
   stored head's root, frontier and checkpoint as computed, every signature by the key that counts
   at its size (the gate: the newest one's, and those that seal a change of key), the newest head
   over exactly the rows there are;
3. every checkpoint held outside is of this ledger, signed by the key that counts at its size, and
   of this history; a key that the caller knows has sealed something;
4. the guards against change are in place;
5. every entry is an event in its one form; replaying them, the rules allow each, and the projects
   agree about evidence that one refers to and another has; each opening is put to the gate again,
   whose answer is told in the report and breaks nothing;
6. the list of projects says what this replay says. It is no part of the record, so a list that
   says something else is told in the report and breaks nothing.

What a checkpoint held elsewhere proves is everything up to its size; what lies after the largest
one is sealed only by the key beside the ledger, and is counted as ``unpublished``.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from harness.classes import dataclass
from harness.errors import IntegrityBroken, LedgerError
from harness.joining.agreement import Agreement
from harness.joining.events import EVENTS, JoiningEvent, ProductionOpened
from harness.joining.reviewing import Reviewed, review
from harness.ledger import places
from harness.ledger.application import PAGE, not_replayed
from harness.ledger.codec import Codec, shown_id, shown_topic
from harness.ledger.command import CommandPlace
from harness.ledger.database import BUSY_SECONDS
from harness.ledger.databases import placed, reading
from harness.ledger.dialect import Connections, Cursor
from harness.ledger.exported import ExportSource
from harness.ledger.keyring import TOPIC, Keys
from harness.ledger.places import Place
from harness.ledger.portfolio import Compared, compared
from harness.ledger.seal import Entry, Head
from harness.ledger.sources import Source, StoredSource
from harness.ledger.store import Info
from harness.ledger_url import LedgerName, LedgerPlace
from harness.proof import checkpoint
from harness.proof.checkpoint import Checkpoint
from harness.proof.keys import PublicKey
from harness.proof.merkle import EMPTY_ROOT, Frontier
from harness.vocabulary import counted

if TYPE_CHECKING:
    from harness.joining.project import JoiningProject

_CHANGE_OF_KEY: Final = TOPIC.encode()


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint that was compared with the ledger and agrees.

    Attributes:
        place: where it lies.
        size: entries it vouches for.
    """

    place: Place
    size: int


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was proven about a ledger.

    Attributes:
        path: where it lies: a file, or a server.
        origin: its name in checkpoints.
        key: fingerprint of the key that seals its next entry.
        keys: position of each change of the key, and the key that was put aside there.
        size: entries, every one sealed and decoded.
        root: root hash over them, hexadecimal.
        heads: signed heads, every one checked.
        projects: ids of the projects replayed.
        held: checkpoints that agree.
        missing: places where a checkpoint was expected and none lies.
        unasked: commands that may keep checkpoints; who only looks runs none.
        last: time of the last entry; None for an empty ledger.
        clock_set_back: positions whose time lies before that of the entry before them.
        replayed: the projects as these very bytes tell them, by id; who has verified a record need
            not read it again, and judges what was verified.
        portfolio: how the list of projects compares with them.
        openings: what the gate says of each opening on record.
    """

    path: LedgerPlace
    origin: str
    key: str
    size: int
    root: str
    heads: int
    projects: tuple[str, ...]
    held: tuple[Held, ...]
    missing: tuple[Place, ...]
    last: datetime | None
    clock_set_back: tuple[int, ...]
    keys: tuple[tuple[int, str], ...]
    replayed: Mapping[str, "JoiningProject"] = field(compare=False, repr=False)
    portfolio: Compared = field(compare=False)
    unasked: tuple[CommandPlace, ...] = ()
    openings: tuple[Reviewed, ...] = field(default=(), compare=False)

    @property
    def sealed_by(self) -> tuple[str, ...]:
        """Fingerprints of the keys that sealed its entries, in order."""
        newest_only_named = bool(self.keys) and self.keys[-1][0] == self.size
        before = tuple(key for _, key in self.keys)
        return before if newest_only_named else (*before, self.key)

    @property
    def vouched(self) -> int:
        """Entries that a checkpoint vouches for."""
        return max((each.size for each in self.held), default=0)

    @property
    def unpublished(self) -> int:
        """Entries after the largest checkpoint: nobody could tell a change of these."""
        return self.size - self.vouched


def verify(
    path: LedgerName,
    checkpoints: Sequence[Path] = (),
    *,
    folders: Sequence[Place] = (),
    public_key: PublicKey | None = None,
    codec: Codec | None = None,
    busy_seconds: float = BUSY_SECONDS,
    every_signature: bool = True,
) -> VerifyReport:
    """Check a ledger; nothing is written.

    Args:
        path: the ledger's file, or its server.
        checkpoints: files with checkpoints the caller holds; each must be there.
        folders: where the ledger's checkpoint is published, besides its own folder; commands are
            not run.
        public_key: the key that must have sealed it; the ledger's own word when not given.
        codec: the events it may hold; those of a joining project when not given.
        busy_seconds: how long another writer is waited for.
        every_signature: check the signature of each stored head. Without it only that of the
            newest, which is over every row there is, and those that seal a change of key; the
            roots of all are compared either way.

    Raises:
        IntegrityBroken: it is not what was sealed or published; names the entry when it can.
        LedgerError: it cannot be read, or a newer version wrote it.
    """
    place = placed(path)
    database = reading(place, busy_seconds)
    published = places.places(place, tuple(folders))
    try:
        with database.transaction(commit=False) as cursor, named(place):
            check = _Check(StoredSource(cursor, database), public_key, every_signature)
            return check.run(codec or Codec(EVENTS), checkpoints, published)
    finally:
        database.close()


def verify_within(
    cursor: Cursor,
    database: Connections,
    published: Sequence[Place] = (),
    *,
    codec: Codec | None = None,
) -> VerifyReport:
    """Check a ledger in the same way inside a transaction: of a copy, or of what makes one.

    Args:
        cursor: in that transaction.
        database: where the ledger is.
        published: checkpoints that it has to agree with.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        IntegrityBroken: it is not what was sealed, or not what is published.
        LedgerError: it cannot be read, or a newer version wrote it.
    """
    with named(database.place):
        check = _Check(StoredSource(cursor, database), None, every_signature=True)
        return check.run(codec or Codec(EVENTS), (), published)


def verify_export(
    path: Path,
    checkpoints: Sequence[Path] = (),
    *,
    public_key: PublicKey | None = None,
    codec: Codec | None = None,
) -> VerifyReport:
    """Check an exported ledger in the same way; nothing but the file is needed.

    Args:
        path: a file that ``harness export`` wrote.
        checkpoints: files with checkpoints the caller holds.
        public_key: the key that must have sealed it; the export's own word when not given.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        IntegrityBroken: it is not what was sealed or published, or no export in its one form.
        LedgerError: it cannot be read, or a newer version wrote it.
    """
    with named(path):
        check = _Check(ExportSource(path), public_key, every_signature=True)
        return check.run(codec or Codec(EVENTS), checkpoints, ())


@contextmanager
def named(path: LedgerPlace | Place) -> Iterator[None]:
    """Give whatever is broken its place."""
    try:
        yield
    except IntegrityBroken as error:
        error.where = error.where or str(path)
        raise


@dataclass(slots=True)
class _Tree:
    """The tree as computed from the rows, and the roots it had at the wanted sizes."""

    wanted: frozenset[int]
    keys: Keys
    frontier: Frontier = field(default_factory=Frontier)
    versions: dict[bytes, int] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=lambda: {0: EMPTY_ROOT})
    recent: list[Entry] = field(default_factory=list)
    sealed: int = 0
    heads: int = 0

    def add(self, entries: Iterator[Entry]) -> None:
        """Append rows that are in their places.

        Raises:
            IntegrityBroken: one leaves a gap.
        """
        while chunk := list(islice(entries, PAGE)):  # flat, however many one head seals
            self._check_places(chunk)
            self._grow([each.leaf() for each in chunk])
            self.recent = list(dict.fromkeys([*self.recent[:1], chunk[0], chunk[-1]]))
            self.recent[1:-1] = []  # the first and the last tell which

    def _check_places(self, entries: Sequence[Entry]) -> None:
        versions, changes = self.versions, self.keys.changes
        for place, entry in enumerate(entries, self.frontier.size):
            position, project, version, topic, _ = entry
            if position != place + 1:
                raise IntegrityBroken(f"entry {place + 1} is missing")
            if version != versions.get(project, 0) + 1:
                raise IntegrityBroken(f"{_named(entry)} does not follow the one before it")
            if changes and changes[-1][0] == place > self.sealed:
                raise IntegrityBroken(
                    f"the change of key at entry {place} is not sealed by the key before it"
                )
            if topic == _CHANGE_OF_KEY:
                self.keys = self.keys.followed_by(entry)
                changes = self.keys.changes
            versions[project] = version

    def _grow(self, leaves: Sequence[bytes]) -> None:
        """Take the leaves in, stopping at the sizes whose roots are wanted."""
        before = done = self.frontier.size
        stops = [size for size in self.wanted if before < size <= before + len(leaves)]
        for size in sorted({*stops, before + len(leaves)}):
            self.frontier = self.frontier.extend(leaves[done - before : size - before])
            done = size
            if size in self.wanted:
                self.roots[size] = self.frontier.root()

    def meet(self, head: Head, *, with_frontier: bool) -> None:
        """Compare with a stored head of this size.

        Raises:
            IntegrityBroken: the rows are not those that were sealed.
        """
        if head.root != self.frontier.root():
            raise IntegrityBroken(f"{_one_of(self.recent)} is not what was sealed")
        if with_frontier and head.frontier != self.frontier.encode():
            raise IntegrityBroken(f"the stored tree of {counted(head.size, 'entry')} was altered")
        self.recent.clear()
        self.sealed = head.size
        self.heads += 1


@dataclass(frozen=True, slots=True)
class _Check:
    """One verification of one source, whose steps all see the same rows."""

    source: Source
    public_key: PublicKey | None
    every_signature: bool

    def run(
        self, codec: Codec, checkpoints: Sequence[Path], published: Sequence[Place]
    ) -> VerifyReport:
        """Take every step.

        Raises:
            IntegrityBroken: it is not what was sealed or published.
            LedgerError: it cannot be read, or a newer version wrote it.
        """
        notes, missing = self._notes(checkpoints, published)  # first: others append and publish
        info = self.source.info()
        tree = self._bytes(info, frozenset(each.size for _, _, each in notes))
        self._check_key(tree.keys.used(tree.frontier.size))
        held = [(place, _signed(place, note, info, tree)) for place, note, _ in notes]
        for place, each in held:
            _compare(place, each, tree)
        self.source.check_guards()
        story = _Story(codec)
        for entry in self.source.rows():
            story.tell(entry)
        story.agreement.end()
        return VerifyReport(
            path=self.source.path,
            origin=info.origin,
            key=tree.keys.newest.fingerprint,
            size=tree.frontier.size,
            root=tree.frontier.root().hex(),
            heads=tree.heads,
            projects=tuple(story.projects),
            held=tuple(Held(place, each.size) for place, each in held),
            missing=missing,
            last=story.last,
            clock_set_back=tuple(story.set_back),
            keys=tuple((place, tree.keys.at(place).fingerprint) for place, _ in tree.keys.changes),
            replayed=MappingProxyType(story.projects),
            portfolio=compared(self.source.portfolio(), tree.frontier.size, story.projects),
            openings=tuple(story.openings),
            unasked=tuple(each for each in published if isinstance(each, CommandPlace)),
        )

    @property
    def _where(self) -> str:
        return str(self.source.path)

    def _check_key(self, used: Sequence[PublicKey]) -> None:
        """The key that the caller knows has sealed: what is before it, and who came after it."""
        if self.public_key is not None and self.public_key not in used:
            raise IntegrityBroken(
                f"the ledger is sealed by {used[-1].fingerprint}, not by "
                f"{self.public_key.fingerprint}",
                where=self._where,
            )

    def _notes(
        self, given: Sequence[Path], published: Sequence[Place]
    ) -> tuple[list[tuple[Place, bytes, Checkpoint]], tuple[Place, ...]]:
        """Checkpoints as they lie there, not verified; and the places without one."""
        notes: list[tuple[Place, bytes, Checkpoint]] = []
        missing: list[Place] = []
        for place in dict.fromkeys((*given, *published)):
            where = places.unasked(place)
            note = places.read_note(where)
            if note is not None:
                with named(where):
                    notes.append((where, note, checkpoint.read(note)))
            elif place in given:
                raise LedgerError("there is no checkpoint here", where=str(place))
            elif where is place:
                missing.append(place)
        return notes, tuple(missing)

    def _bytes(self, info: Info, wanted: frozenset[int]) -> _Tree:
        """Compute the tree from the rows and meet every stored head on the way."""
        self.source.check_rows()
        tree = _Tree(wanted, Keys(info.public_key))
        rows = self.source.rows()
        newest: Head | None = None
        for head in self.source.heads():
            newest = head
            head.check_text(info.origin)
            tree.add(islice(rows, max(head.size - tree.frontier.size, 0)))
            if tree.frontier.size < head.size:
                raise IntegrityBroken(
                    f"the ledger ends at entry {tree.frontier.size}, but {head.size} were sealed",
                    where=self._where,
                )
            tree.meet(head, with_frontier=self.source.keeps_frontiers)
            if self.every_signature or tree.keys.changed_at(head.size):
                head.check_note(info.origin, tree.keys.at(head.size))
        forged = next(rows, None)
        if newest is None or forged is not None:
            what = "nothing is" if forged is None else f"{_named(forged)} and all after it are not"
            raise IntegrityBroken(f"{what} sealed: not written by this ledger", where=self._where)
        newest.check_note(info.origin, tree.keys.at(newest.size))
        self.source.check_end(newest.size)
        return tree


def _signed(place: Place, note: bytes, info: Info, tree: _Tree) -> Checkpoint:
    """A checkpoint held outside, its signature checked by the key that counts at its size."""
    try:
        return checkpoint.verify(note, tree.keys.at(checkpoint.read(note).size), info.origin)
    except IntegrityBroken as error:
        longer = checkpoint.read(note).size > tree.frontier.size
        cut = "; or the ledger was cut off before its key changed" if longer else ""
        raise IntegrityBroken(error.what + cut, where=str(place), todo=error.todo) from None


def _compare(place: Place, held: Checkpoint, tree: _Tree) -> None:
    size = tree.frontier.size
    where, root = str(place), tree.roots.get(held.size)
    if held.size > size:
        raise IntegrityBroken(
            f"the ledger holds {counted(size, 'entry')}, the checkpoint vouches for {held.size}: "
            "it was cut or rolled back",
            where=where,
        )
    if held.root != root and held.size == size:
        raise IntegrityBroken(
            f"two histories of {counted(size, 'entry')}: the ledger's has root "
            f"{tree.frontier.root().hex()}, the checkpoint's {held.root.hex()}",
            where=where,
        )
    if held.root != root:
        raise IntegrityBroken(
            f"an entry among the first {held.size} is not the one that was published",
            where=where,
        )


@dataclass(slots=True)
class _Story:
    """The events told again: decoded, and judged by the rules."""

    codec: Codec
    projects: dict[str, Any] = field(default_factory=dict)
    last: datetime | None = None
    set_back: list[int] = field(default_factory=list)
    openings: list[Reviewed] = field(default_factory=list)
    agreement: Agreement = field(init=False)

    def __post_init__(self) -> None:
        self.agreement = Agreement(self.projects)

    def tell(self, entry: Entry) -> None:
        """Decode an entry and let the rules judge it again.

        Raises:
            LedgerError: a newer version wrote it.
            IntegrityBroken: it is not an event, or could not have happened.
        """
        try:
            project, topic = entry.project.decode(), entry.topic.decode()
        except UnicodeDecodeError:
            raise IntegrityBroken(f"entry {entry.position} is not text") from None
        event: Any = self.codec.event(project, entry.version, topic, entry.state)
        try:
            self._happen(project, event)
        except Exception as error:  # noqa: BLE001 - rules meeting forged events may raise anything
            told = not_replayed(project, error)
            if isinstance(told, IntegrityBroken):
                told = IntegrityBroken(f"{_named(entry)}: {told.what}", todo=told.todo)
            raise told from None
        if self.last is not None and event.timestamp < self.last:
            self.set_back.append(entry.position)
        self.last = event.timestamp

    def _happen(self, project: str, event: Any) -> None:
        ours = isinstance(event, JoiningEvent)
        if ours:
            self.agreement.before(event)
        if isinstance(event, ProductionOpened) and project in self.projects:
            self.openings.append(review(self.projects[project], event))
        self.projects[project] = event.mutate(self.projects.get(project))
        if ours:
            self.agreement.after(event)


def _named(entry: Entry) -> str:
    topic = shown_topic(entry.topic.decode("utf-8", "replace"))
    project = shown_id(entry.project.decode("utf-8", "replace"))
    return f"entry {entry.position} ({topic}, version {entry.version} of {project})"


def _one_of(entries: Sequence[Entry]) -> str:
    if not entries:
        return "an entry"
    if len(entries) == 1:
        return _named(entries[0])
    return f"one of the entries {entries[0].position} to {entries[-1].position}"
