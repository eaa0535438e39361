"""Writes golden histories of this version: ``python -m tests.generate_histories``.

``events/histories/VERSION/NAME.jsonl`` is an export of an invented project's ledger, and
``NAME.state.json`` the state it leads to; of several projects, that of the last event's. Times, ids
and the key that seals are artificial and always the same. A version that is released is never
written again: what it recorded has to lead to the same bytes in every later release.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from harness import __version__
from harness.errors import LedgerError
from harness.joining.events import EVENTS, JoiningEvent, LedgerKeyRotated
from harness.joining.project import replay
from harness.joining.state import state_json
from harness.joining.text import iso
from harness.ledger import exported
from harness.ledger.codec import Codec
from harness.ledger.seal import Entry, Head, seal
from harness.ledger.store import Info
from harness.proof.merkle import Frontier
from tests.joining.story import full_history, opened_under_a_waiver, rehearsal, shared
from tests.support.sealing import FIRST, SECOND

ROOT = Path(__file__).parents[1]
HISTORIES = ROOT / "events" / "histories"
STORIES: dict[str, Callable[[], list[JoiningEvent]]] = {
    "joining": full_history,
    "rehearsal": rehearsal,
    "shared": shared,
    "waived": opened_under_a_waiver,
}


class Told:
    """A story as a ledger would hold it, each event sealed by itself."""

    keeps_frontiers = False

    def __init__(self, name: str, events: Sequence[JoiningEvent]) -> None:
        self.path = Path(name)
        self._events = events
        self._origin = f"connection-harness/ledger/{sha256(name.encode()).hexdigest()[:32]}"

    def info(self) -> Info:
        created = iso(self._events[0].timestamp)
        return Info(exported.FORMAT, self._origin, FIRST.public.fingerprint, created)

    def rows(self) -> Iterator[Entry]:
        codec = Codec(EVENTS)
        for position, event in enumerate(self._events, 1):
            row = codec.to_stored_event(event)
            project = str(row.originator_id).encode()
            version, topic = row.originator_version, row.topic.encode()
            yield Entry(position, project, version, topic, row.state)

    def heads(self) -> Iterator[Head]:
        frontier, key = Frontier(), FIRST
        yield seal(frontier, self._origin, key, self.info().created)
        for entry, event in zip(self.rows(), self._events, strict=True):
            frontier = frontier.extend([entry.leaf()])
            yield seal(frontier, self._origin, key, iso(event.timestamp))
            key = SECOND if isinstance(event, LedgerKeyRotated) else key

    def check_rows(self) -> None:
        """Nothing: what is written here is not read here."""

    def check_end(self, size: int) -> None:
        """Nothing, as above."""

    def check_guards(self) -> None:
        """Nothing, as above."""

    def portfolio(self) -> None:
        """None: an export has no list."""


def texts() -> dict[str, bytes]:
    """Name of each file of this version, and what stands in it."""
    made = {}
    for name, story in STORIES.items():
        events = story()
        made[f"{name}.jsonl"] = b"".join(exported.lines(Told(name, events)))
        last = events[-1].originator_id
        told = [each for each in events if each.originator_id == last]
        made[f"{name}.state.json"] = state_json(replay(told)).encode()
    return made


def is_released(version: str) -> bool:
    """The change log has a chapter of that version."""
    log = (ROOT / "CHANGELOG.md").read_text("utf-8")
    return re.search(rf"(?m)^## \[{re.escape(version)}\]", log) is not None


def write(folder: Path = HISTORIES / __version__, version: str = __version__) -> None:
    """Write the files of a version that is not released.

    Raises:
        LedgerError: it is released.
    """
    if is_released(version):
        raise LedgerError(f"{version} is released; its histories stay as they are")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_bytes(text)


if __name__ == "__main__":
    write()
