"""Verify an exported ledger without the harness: Python 3.11 or newer, standard library only.

    python3 verify_ledger.py ledger.jsonl [--checkpoint FILE ...] [--key ed25519:HEX]

Each line has its one form and place, without a gap; the RFC 6962 tree over the entries has, at each
signed head, the root the head states; the newest head covers every entry; the ledger's key signed
each head and each checkpoint you bring, and these are of this history. A change of key is an entry:
the old key signed its head, and behind it only the new key counts. Whether the rules of the process
allowed it, ``harness verify`` judges. Leaves with 0 when all holds, 3 when not, 2 if unreadable.
"""

import argparse
import base64
import json
import os
import re
import sys
from hashlib import sha256, sha512

_TIME = rb'"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"'
_FORMS = [
    rb'{"export":1,"origin":"([!#-*,-\[\]-~]{1,200})","key":"ed25519:([0-9a-f]{64})","created":TIME}',
    rb'{"position":NUMBER,"project":ID,"version":NUMBER,"topic":"([a-zA-Z0-9.-]{1,200})","state":({.*})}',
    rb'{"head":NUMBER,"at":TIME,"note":("[^\x00-\x1f]*")}',
    rb'{"entries":NUMBER,"heads":NUMBER}',
]
_ID, _NUMBER = rb'"([a-z0-9][a-z0-9._-]{0,99})"', rb"(0|[1-9][0-9]{0,17})"
for _name, _part in ((b"ID", _ID), (b"NUMBER", _NUMBER), (b"TIME", _TIME)):
    _FORMS = [form.replace(_name, _part) for form in _FORMS]
_FIRST, _ENTRY, _HEAD, _LAST = (re.compile(form + b"\n") for form in _FORMS)
_NOTE = re.compile(
    "([!-*,-~]{1,200})\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)\n\n"
    "— ([!-*,-~]{1,200}) ([A-Za-z0-9+/]{90}[AEIMQUYcgkosw048]=)\n"
)
_CHANGE = re.compile(rb',"new_key":"ed25519:([0-9a-f]{64})","old_key":"ed25519:([0-9a-f]{64})",')
_MAX_LINE, _MAX_NOTE, _EMPTY = 16 * 1024 * 1024, 4096, sha256(b"").digest()


class Broken(Exception):
    """Something does not hold; says what."""


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1: the root over the complete subtrees, the largest first."""
    rest = hashes[1:]
    return sha256(b"\x01" + hashes[0] + root_of(rest)).digest() if rest else [*hashes, _EMPTY][0]


Point = tuple[int, int]  # Ed25519 by RFC 8032 section 5.1: points of the curve as x, y
_P, _ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P


def _plus(one: Point, other: Point) -> Point:
    product = _D * one[0] * other[0] * one[1] * other[1] % _P
    inverse = pow(1 - product * product, -1, _P)
    x = (one[0] * other[1] + one[1] * other[0]) * (1 - product) * inverse % _P
    return x, (one[1] * other[1] + one[0] * other[0]) * (1 + product) * inverse % _P


def _sum(number: int, point: Point, times: int, other: Point) -> Point:
    found, added = (0, 1), {0: (0, 1), 1: point, 2: other, 3: _plus(point, other)}
    for bit in reversed(range(256)):
        found = _plus(_plus(found, found), added[number >> bit & 1 | (times >> bit & 1) << 1])
    return found


def _point(data: bytes) -> Point:
    sign, y = divmod(int.from_bytes(data, "little"), 2**255)
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if x * x % _P == square else x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or x * x % _P != square or (not x and sign):
        raise Broken("a key or a signature is no point of the curve")
    return (x if x & 1 == sign else _P - x), y


def is_signed(key: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the holder of the key signed exactly this text."""
    scalar = int.from_bytes(signature[32:], "little")
    hashed = int.from_bytes(sha512(signature[:32] + key + text).digest(), "little") % _ORDER
    base, (x, y) = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little")), _point(key)
    return scalar < _ORDER and _sum(scalar, base, hashed, (-x % _P, y)) == _point(signature[:32])


def checkpoint(note: str, origin: str, keys: list[tuple[int, bytes]]) -> tuple[int, bytes]:
    """Size and root of a C2SP checkpoint of this log, signed by the key that counts at its size."""
    found = _NOTE.fullmatch(note) if len(note.encode()) <= _MAX_NOTE else None
    if found is None or not found[1] == found[4] == origin or int(found[2]) >= 2**63:
        raise Broken("a checkpoint is none, or one of another log")
    root, signed = base64.b64decode(found[3]), base64.b64decode(found[5])
    if found[2] == "0" and root != _EMPTY:
        raise Broken("a checkpoint is not in its one form")
    key = [key for changed_at, key in keys if changed_at < int(found[2])][-1]
    text = f"{origin}\n{found[2]}\n{found[3]}\n".encode()
    named = sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    if signed[:4] != named or not is_signed(key, signed[4:], text):
        raise Broken(f"the checkpoint of size {found[2]} was not signed by the ledger's key")
    return int(found[2]), root


class Export:
    """The lines of an export, taken one after the other; roots are kept at the sizes wanted."""

    def __init__(self, first: bytes, wanted: set[int]) -> None:
        if not (found := _FIRST.fullmatch(first)):
            raise Broken("line 1 is not that of an export which this program knows")
        self.origin, self.keys = found[1].decode(), [(-1, bytes.fromhex(found[2].decode()))]
        self.size, self.hashes, self.heads, self.sealed, self.ended = 0, list[bytes](), 0, -1, False
        self.wanted, self.versions, self.roots = wanted, dict[bytes, int](), {0: _EMPTY}

    def take(self, line: bytes) -> None:
        """Check one line."""
        line = b"" if self.ended else line  # nothing follows the last one
        if found := _ENTRY.fullmatch(line):
            self._entry(int(found[1]), found[2], int(found[3]), found[4], found[5])
        elif found := _HEAD.fullmatch(line):
            self._head(int(found[1]), found[2])
        elif (found := _LAST.fullmatch(line)) and self.sealed == self.size:
            self.ended = (int(found[1]), int(found[2])) == (self.size, self.heads)
        else:
            raise Broken("this line is not one of an export, or not in its place")

    def _entry(self, position: int, project: bytes, version: int, *rest: bytes) -> None:
        unsealed = self.keys[-1][0] == self.size != self.sealed  # by the key before it
        if (position, version) != (self.size + 1, self.versions.get(project, 0) + 1) or unsealed:
            raise Broken("an entry is missing, one too many, or behind an unsealed change of key")
        if rest[0] == b"joining.LedgerKeyRotated.v1":
            new, old = [*_CHANGE.findall(rest[1]), (b"", b"")][0]
            if old.decode() != self.keys[-1][1].hex():
                raise Broken("an entry changes another key than the one in force")
            self.keys.append((position, bytes.fromhex(new.decode())))
        self.size, self.versions[project] = position, version
        parts = (position.to_bytes(8, "big"), project, version.to_bytes(8, "big"), *rest)
        sealed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        self.hashes.append(sha256(b"\x00" + sealed).digest())
        while not position & 1:
            self.hashes[-2:] = [sha256(b"\x01" + self.hashes[-2] + self.hashes[-1]).digest()]
            position >>= 1
        self.roots |= {size: root_of(self.hashes) for size in self.wanted & {self.size}}

    def _head(self, size: int, written: bytes) -> None:
        note, is_next = json.loads(written), self.sealed < size == self.size
        if not is_next or json.dumps(note, ensure_ascii=False).encode() != written:
            raise Broken("a head is not in its place or not in its one form")
        if checkpoint(note, self.origin, self.keys) != (size, root_of(self.hashes)):
            raise Broken(f"the entries up to {size} are not those that were sealed")
        self.heads, self.sealed = self.heads + 1, size


def _at_once(place: str, flags: int) -> int:  # judges what was opened, and waits for nothing
    if os.path.isfile(opened := os.open(place, flags | getattr(os, "O_NONBLOCK", 0))):  # noqa: PTH113
        return opened
    os.close(opened)
    raise OSError(f"{place}: this is a folder, a pipe or a device")


def verify(path: str, checkpoints: list[str], key: str | None = None) -> list[str]:
    """Check everything; returns what can be said of it, a line each."""
    notes, held = dict[str, str](), {"nobody": 0}
    for place in checkpoints:
        with open(place, "rb", opener=_at_once) as file:
            notes[place] = file.read(_MAX_NOTE + 1).decode()
    sizes = {int(found[2]) for note in notes.values() if (found := _NOTE.fullmatch(note))}
    with open(path, "rb", opener=_at_once) as file:
        export = Export(file.readline(_MAX_LINE), sizes)
        while line := file.readline(_MAX_LINE):
            export.take(line)
    if not export.ended:
        raise Broken("the export is cut off")
    keys = [f"ed25519:{each.hex()}" for place, each in export.keys if place < export.size]
    if key not in {None, *keys}:
        raise Broken(f"the export says it is sealed by {keys[-1]}")
    for place, note in notes.items():
        held[place], root = checkpoint(note, export.origin, export.keys)
        if export.roots.get(held[place]) != root:
            raise Broken(f"{place} vouches for entries 1 to {held[place]}, but not for these")
    said = [f"vouched for up to entry {size} by {place}" for place, size in held.items() if size]
    said += f"root {root_of(export.hashes).hex()}", f"unsealed: {export.size - max(held.values())}"
    return [f"{export.origin}, size {export.size}, sealed by {', then '.join(keys)}", *said]


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Verify an exported ledger without the harness.")
    parser.add_argument("path", metavar="export")
    parser.add_argument("--checkpoint", dest="checkpoints", action="append", default=[])
    parser.add_argument("--key")
    try:
        sys.stdout.write("\n".join(verify(**vars(parser.parse_args(arguments)))) + "\n")
    except (OSError, Broken, ValueError) as error:
        unread = isinstance(error, OSError)
        sys.stderr.write(f"{'not read' if unread else 'NOT what was sealed'}: {error}\n")
        return 2 if unread else 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
