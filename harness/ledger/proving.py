"""Proofs out of a ledger: that an entry is in it, that a larger one continues a smaller one.

The bytes are compared with the signed head first: a ledger that was altered gives no proof.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.databases import placed, reading
from harness.ledger.keyring import Keys
from harness.ledger.seal import Entry, Head
from harness.ledger.sources import StoredSource
from harness.ledger.verify import named
from harness.ledger_url import LedgerName
from harness.proof.merkle import consistency_proof, inclusion_proof, root_of
from harness.proof.proofs import ConsistencyProof, InclusionProof
from harness.vocabulary import counted


def prove_inclusion(path: LedgerName, position: int, size: int | None = None) -> InclusionProof:
    """That an entry is among the first ``size`` ones; the newest signed head when not given.

    Args:
        path: the ledger.
        position: which entry, from 1.
        size: entries of a signed head.

    Raises:
        LedgerError: there is no such entry, or no head of that size.
        IntegrityBroken: the entries are not those that were sealed.
    """
    with _reading(path) as source:
        head, entries = _sealed(source, size)
        if not 1 <= position <= head.size:
            raise LedgerError(
                f"there is no entry {position} among the first {head.size}",
                where=str(source.path),
                todo="harness history shows the positions.",
            )
        leaves = [each.leaf() for each in entries]
        entry = entries[position - 1].sealed_bytes()
        return InclusionProof(entry, position - 1, inclusion_proof(position - 1, leaves), head.note)


def prove_consistency(path: LedgerName, old: int, new: int | None = None) -> ConsistencyProof:
    """That the first ``new`` entries continue the first ``old`` ones.

    Args:
        path: the ledger.
        old: entries of the smaller tree.
        new: entries of a signed head; the newest when not given.

    Raises:
        LedgerError: there is no head of that size, or ``old`` is larger.
        IntegrityBroken: the entries are not those that were sealed.
    """
    with _reading(path) as source:
        head, entries = _sealed(source, new)
        if not 0 <= old <= head.size:
            raise LedgerError(
                f"{counted(head.size, 'entry')} cannot continue {old}",
                where=str(source.path),
                todo="Name the smaller size first.",
            )
        leaves = [each.leaf() for each in entries]
        return ConsistencyProof(old, consistency_proof(old, leaves), head.note)


@contextmanager
def _reading(path: LedgerName) -> Iterator[StoredSource]:
    place = placed(path)
    database = reading(place)
    try:
        with database.transaction(commit=False) as cursor, named(place):
            yield StoredSource(cursor, database)
    finally:
        database.close()


def _sealed(source: StoredSource, size: int | None) -> tuple[Head, list[Entry]]:
    """A signed head, and the entries under it as they were sealed."""
    info = source.info()
    source.check_rows()
    head, keys = _head(source, size), Keys(info.public_key)
    entries = list(islice(source.rows(), head.size))
    for entry in entries:
        keys = keys.followed_by(entry)
    for each in (*_sealing(source, keys), head):
        each.check_note(info.origin, keys.at(each.size))
        if root_of([one.leaf() for one in entries[: each.size]]) != each.root:
            raise IntegrityBroken(
                f"entries 1 to {each.size} are not what was sealed", todo="Run harness verify."
            )
    return head, entries


def _sealing(source: StoredSource, keys: Keys) -> list[Head]:
    """The heads by which one key signed the next one in.

    Raises:
        IntegrityBroken: one is not there.
    """
    found = {each.size: each for each in source.heads() if keys.changed_at(each.size)}
    for place, _ in keys.changes:
        if place not in found:
            raise IntegrityBroken(
                f"the change of key at entry {place} is not sealed by the key before it",
                todo="Run harness verify.",
            )
    return list(found.values())


def _head(source: StoredSource, size: int | None) -> Head:
    """The newest head, or the one of that size."""
    newest: Head | None = None
    for each in source.heads():
        if each.size == size:
            return each
        newest = each
    if newest is None or size is not None:
        raise LedgerError(
            "the ledger has no signed head" if size is None else f"no head of {size} is signed",
            where=str(source.path),
            todo="Heads are signed where a command ended; take the size of a checkpoint.",
        )
    return newest
