"""A record that is only looked at: the project's ledger, or an export in anybody's hands.

An export is made a ledger for as long as the command runs, in a folder of its own, by the way that
``harness import`` takes: so it is verified, and read by the same rules. It needs no project.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.classes import dataclass
from harness.cli.common import no_ledger_named
from harness.cli.desk import desk
from harness.errors import ConfigError, HarnessError, LedgerError
from harness.ledger.application import Ledger
from harness.ledger.moving import import_
from harness.ledger.places import configured
from harness.ledger.verify import VerifyReport, verify, verify_export


@dataclass(frozen=True, slots=True)
class Record:
    """What is looked at.

    Attributes:
        ledger: open for reading.
        project: id of the project that was asked for.
        verified: verifies it, with the checkpoints that the caller holds.
    """

    ledger: Ledger
    project: str
    verified: Callable[[Sequence[Path]], VerifyReport]


@contextmanager
def looked_at(exported: Path | None, named: str | None, *, whole: bool = False) -> Iterator[Record]:
    """The record, and the project of that id; without one that of harness.toml, or the only one.

    Args:
        exported: an export; the project's ledger when not given.
        named: the project's id.
        whole: the project is there, as it stands now, and follows the process of harness.toml.

    Raises:
        HarnessError: it cannot be read, is not what was sealed, or holds no such project.
    """
    if exported is None:
        with desk() as at:
            project = named or at.config.project.id
            if whole:
                at.project(project)
            folders = configured(at.config)
            path = at.ledger.path
            yield Record(at.ledger, project, lambda held: verify(path, held, folders=folders))
        return
    no_ledger_named()
    with tempfile.TemporaryDirectory(prefix="harness-export-") as folder:
        path = Path(folder) / "ledger.sqlite3"
        with _called(path, exported):
            import_(exported, path)
            with Ledger.open(path, path.with_suffix(".key"), readonly=True) as ledger:
                project = _named(ledger, exported, named)
                yield Record(ledger, project, lambda held: verify_export(exported, held))


@contextmanager
def _called(passing: Path, exported: Path) -> Iterator[None]:
    """What is wrong with the passing ledger is wrong with the export."""
    try:
        yield
    except HarnessError as error:
        if error.where == str(passing):
            error.where = str(exported)
        raise


def _named(ledger: Ledger, exported: Path, named: str | None) -> str:
    known = ledger.projects()
    if named is None and len(known) == 1:
        return known[0]
    told = f"Name one of: {', '.join(known[:20]) or 'none, the record is empty'}."
    if named is None:
        raise ConfigError("the export holds several projects", where=str(exported), todo=told)
    if named not in known:
        raise LedgerError(
            f"there is no project {named[:64]!r} in this export", where=str(exported), todo=told
        )
    return named
