"""How a ledger is kept: who it is, where it lies, and what about its place may harm it.

Quick, unlike verification: no entry is read. Structure, guards, the newest signed head, the list of
projects and the published checkpoints are looked at, and then what is around it: of a file where it
lies, of a server what it promises.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.classes import dataclass
from harness.errors import ConfigError, IntegrityBroken
from harness.ledger import condition_of_file, condition_of_server, portfolio
from harness.ledger.databases import placed, reading
from harness.ledger.dialect import Connections
from harness.ledger.keyring import Keys
from harness.ledger.looked import Condition, Looked
from harness.ledger.places import Place
from harness.ledger.published import Seen, compared, notes, state_of
from harness.ledger.schema import FORMAT
from harness.ledger.seal import Head
from harness.ledger.store import Info, Recorder
from harness.ledger_url import LedgerName, LedgerPlace
from harness.proof.keys import PrivateKey
from harness.vocabulary import counted


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Who a ledger is, and where everything of it lies.

    Attributes:
        path: the file, or the server.
        info: who it is.
        keys: the keys that sealed it.
        newest: its newest signed head.
        key_path: where the private key is expected.
        checkpoints: what each place of a checkpoint says of it.
    """

    path: LedgerPlace
    info: Info
    keys: Keys
    newest: Head
    key_path: Path
    checkpoints: tuple[Seen, ...]


def whereabouts(
    ledger: LedgerName, key_path: Path, published_in: Sequence[Place] = ()
) -> Whereabouts:
    """Who a ledger is; nothing is written.

    Raises:
        LedgerError: it cannot be read.
        IntegrityBroken: its newest head is not signed, or does not cover every entry.
    """
    place = placed(ledger)
    state = state_of(place)
    seen = compared(place, notes(place, published_in, state))
    return Whereabouts(place, state.info, state.keys, state.newest, key_path, seen)


def check(
    ledger: LedgerName, key_path: Path, published_in: Sequence[Place] = ()
) -> tuple[Looked, ...]:
    """Look at a ledger and at what lies around it; nothing is written.

    Raises:
        LedgerError: it cannot be read.
        IntegrityBroken: file, tables, guards, newest head or a published checkpoint are not sound.
    """
    found = whereabouts(ledger, key_path, published_in)
    size = found.newest.size
    structure = Looked(
        "structure",
        Condition.GOOD,
        "tables, index and guards are a ledger's; "
        f"{counted(size, 'entry')}, all under a signed head",
    )
    around = (*_checkpoints(found.checkpoints), _key(key_path, found.keys))
    return (structure, *_place(found.path), *around)


def migrate(ledger: LedgerName) -> Info:
    """Bring a ledger to the newest format; who it is then.

    There is one format so far, so nothing is ever changed.

    Raises:
        LedgerError: it cannot be read, or a newer version wrote it.
        IntegrityBroken: it is of a format that never was.
    """
    place = placed(ledger)
    info = state_of(place).info
    if info.format != FORMAT:
        raise IntegrityBroken(f"no release wrote format {info.format}", where=str(place))
    return info


def _place(place: LedgerPlace) -> tuple[Looked, ...]:
    """The list of projects, and what is around the ledger."""
    database = reading(place)
    try:
        listed = _listed(database)
        with database.transaction(commit=False) as cursor:
            if isinstance(place, Path):
                return (listed, *condition_of_file.around(place, cursor))
            return (listed, *condition_of_server.around(place, cursor))
    finally:
        database.close()


def _listed(database: Connections) -> Looked:
    recorder = Recorder(database)
    with database.transaction(commit=False) as cursor:
        size = recorder.tail_head(cursor).size
        kept = portfolio.stand(cursor, database.dialect)
    if kept is not None and kept.stands_at(size):
        return Looked("list", Condition.GOOD, "the list of projects tells of every entry")
    return Looked(
        "list",
        Condition.NOTE,
        "the list of projects is missing, or does not tell of every entry: whoever asks for it "
        "waits until all projects are replayed",
        f"{portfolio.ANEW} On a server the tables' owner has to do that where it is missing.",
    )


def _checkpoints(found: Sequence[Seen]) -> Iterator[Looked]:
    for each in found:
        if each.broken:
            raise IntegrityBroken(
                each.problem,
                where=str(each.place),
                todo="Run harness verify; record nothing until this is resolved.",
            )
        if each.problem:
            yield Looked(
                "checkpoint",
                Condition.NOTE,
                f"{each.place}: {each.problem}",
                "The next command that records publishes it, if the folder is there and yours.",
            )
        else:
            yield Looked("checkpoint", Condition.GOOD, f"{each.place} vouches for all entries")
    if len(found) == 1:
        yield Looked(
            "checkpoint",
            Condition.NOTE,
            "the only checkpoint lies beside the ledger",
            "Name a folder on another machine as [ledger] checkpoints in harness.toml.",
        )


def _key(path: Path, keys: Keys) -> Looked:
    try:
        held = PrivateKey.load(path).public.fingerprint
    except ConfigError as error:
        return Looked("key", Condition.BAD, f"{path}: {error.what}", error.todo)
    if held != keys.newest.fingerprint:
        return Looked(
            "key",
            Condition.BAD,
            f"{path} holds another key than the ledger's ({keys.newest.fingerprint})",
            "Restore the ledger's own key from its backup; nothing can be recorded without it.",
        )
    return Looked("key", Condition.GOOD, f"{path} is the ledger's, and its owner's alone")
