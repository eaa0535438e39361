"""The bare eventsourcing library on SQLite, as a supplier would use it: for rows 8 and 9."""

from pathlib import Path
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Told(Aggregate):
    """An aggregate whose events hold a text."""

    @event("Told")
    def tell(self, text: str, who: str, number: int) -> None:
        """One more event."""
        self.text, self.who, self.number = text, who, number


def application(path: Path) -> Application[Any]:
    """The library's application on that file, all else as it comes; to be closed."""
    return Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}
    )


def text(number: int) -> str:
    """Some 200 characters, different each time: the stored event is of about 440 bytes."""
    return f"reading {number} of the descriptions of the interface, ".ljust(200, "x")
