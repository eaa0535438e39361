"""``harness proof``: one entry, or the continuation of a checkpoint, proven to whoever asks."""

from pathlib import Path

import click

from harness import files
from harness.cli.common import emit, json_option, settings
from harness.cli.groups import Group
from harness.errors import ConfigError, IntegrityBroken
from harness.ledger.proving import prove_consistency, prove_inclusion
from harness.ledger.seal import Entry
from harness.proof.checkpoint import read
from harness.proof.keys import PublicKey
from harness.proof.proofs import (
    MAX_PROOF_BYTES,
    ConsistencyProof,
    InclusionProof,
    is_consistency,
)
from harness.vocabulary import counted

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Group)
def proof() -> None:
    """Prove an entry, or that a checkpoint continues another; check a proof without the ledger."""


@proof.command()
@click.argument("position", type=click.IntRange(1))
@click.option("--size", type=click.IntRange(1), help="Under this signed head; default: the newest.")
@json_option
def inclusion(position: int, size: int | None, *, as_json: bool) -> None:
    """Prove that the entry at POSITION is in the record, as a C2SP tlog-proof."""
    found = prove_inclusion(settings().ledger_place, position, size)
    data = {
        "position": position,
        "entry": found.entry.hex(),
        "hashes": [each.hex() for each in found.hashes],
        "checkpoint": found.note.decode(),
    }
    emit(data, found.text().decode().removesuffix("\n"), as_json=as_json)


@proof.command()
@click.argument("old", type=click.IntRange(0))
@click.argument("new", type=click.IntRange(0), required=False)
@json_option
def consistency(old: int, new: int | None, *, as_json: bool) -> None:
    """Prove that the first NEW entries (default: all) continue the first OLD ones.

    The text is what a C2SP witness is sent.
    """
    found = prove_consistency(settings().ledger_place, old, new)
    data = {
        "old": old,
        "hashes": [each.hex() for each in found.hashes],
        "checkpoint": found.note.decode(),
    }
    emit(data, found.text().decode().removesuffix("\n"), as_json=as_json)


@proof.command()
@click.argument("file", type=_FILE)
@click.option(
    "--key",
    "named",
    required=True,
    multiple=True,
    metavar="ed25519:HEX",
    help="The key of the ledger; each one, where it changed in between.",
)
@click.option("--checkpoint", "held", type=_FILE, help="The checkpoint you hold.")
@json_option
def check(file: Path, named: tuple[str, ...], held: Path | None, *, as_json: bool) -> None:
    """Check a proof: nothing but FILE, the key, and what you hold yourself is read.

    With --checkpoint: a proof of inclusion has to be under exactly that one, a proof of consistency
    has to continue it.
    """
    text, keys = _bytes(file), [PublicKey.from_fingerprint(each) for each in named]
    mine = None if held is None else _note(held)
    try:
        data = _continued(text, keys, mine) if is_consistency(text) else _in(text, keys, mine)
    except IntegrityBroken as error:
        error.where = error.where or str(file)
        raise
    emit(data, "\n".join(f"{name}: {said}" for name, said in data.items()), as_json=as_json)


def _note(file: Path) -> bytes:
    """The checkpoint in a file, signed by whom ever.

    Raises:
        IntegrityBroken: there is none in it.
    """
    note = _bytes(file)
    try:
        read(note)
    except IntegrityBroken as error:
        todo = "Name with --checkpoint the file of the checkpoint that you hold."
        raise IntegrityBroken(error.what, where=str(file), todo=todo) from None
    return note


def _in(text: bytes, keys: list[PublicKey], held: bytes | None) -> dict[str, object]:
    found = InclusionProof.read(text)
    head = found.verify(*keys)
    if held not in {None, found.note}:
        raise IntegrityBroken("the proof is under another checkpoint than the one you hold")
    entry = Entry.of(found.entry)
    if entry.position != found.index + 1:
        raise IntegrityBroken("the entry says that it has another position")
    return {
        "proven": f"entry {entry.position} is one of the {head.size} of {head.origin}",
        "project": _plain(entry.project),
        "topic": _plain(entry.topic),
        "state": _plain(entry.state),
    }


def _continued(text: bytes, keys: list[PublicKey], held: bytes | None) -> dict[str, object]:
    if held is None:
        raise ConfigError(
            "a proof of consistency needs the older checkpoint",
            todo="Name the one you hold with --checkpoint FILE.",
        )
    found = ConsistencyProof.read(text)
    head = found.verify(held, *keys)
    told = f"{head.origin} with {counted(head.size, 'entry')} continues the {found.old} you hold"
    return {"proven": told, "root": head.root.hex()}


def _plain(data: bytes) -> str:
    """Text that does nothing to a terminal: whose proof it is is not known before."""
    text = data.decode()
    return text if text.isprintable() else ascii(text)


def _bytes(file: Path) -> bytes:
    try:
        return files.read(file, MAX_PROOF_BYTES)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(file)) from None
