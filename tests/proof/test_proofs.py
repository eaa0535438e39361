"""Proofs as text: published vectors written and read, and no mutation of them proves anything.

Vectors and the names of the mutations are those of transparency-dev/merkle (proof verification) and
of the Certificate Transparency reference tests; the form is that of C2SP tlog-proof.
"""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import IntegrityBroken
from harness.proof import checkpoint, merkle
from harness.proof.checkpoint import Checkpoint
from harness.proof.keys import PrivateKey
from harness.proof.proofs import ConsistencyProof, InclusionProof
from tests.proof.test_merkle import ENTRIES, LEAVES, ROOTS

KEY = PrivateKey.generate()
ORIGIN = "connection-harness/ledger/0123456789abcdef"


def note(size: int, root: bytes | None = None, *, key: PrivateKey = KEY) -> bytes:
    """The signed checkpoint of the first entries of the published tree."""
    return checkpoint.sign(Checkpoint(ORIGIN, size, root or merkle.root_of(LEAVES[:size])), key)


def inclusion(index: int, size: int) -> InclusionProof:
    path = merkle.inclusion_proof(index, LEAVES[:size])
    return InclusionProof(ENTRIES[index], index, path, note(size))


def consistency(old: int, new: int) -> ConsistencyProof:
    return ConsistencyProof(old, merkle.consistency_proof(old, LEAVES[:new]), note(new))


# (index, size, hashes): inclusion probes of transparency-dev/merkle
INCLUSION = [
    (0, 8, ["96a296d2", "5f083f0a", "6b47aaf2"]),
    (5, 8, ["bc1a0643", "ca854ea1", "d37ee418"]),
    (2, 3, ["fac54203"]),
    (1, 5, ["6e340b9c", "5f083f0a", "bc1a0643"]),
]
# (old, new, hashes): consistency probes of the same
CONSISTENCY = [
    (1, 1, []),
    (1, 8, ["96a296d2", "5f083f0a", "6b47aaf2"]),
    (6, 8, ["0ebc5d34", "ca854ea1", "d37ee418"]),
    (2, 5, ["5f083f0a", "bc1a0643"]),
    (6, 7, ["0ebc5d34", "b08693ec", "d37ee418"]),
]


@pytest.mark.parametrize(("index", "size", "hashes"), INCLUSION)
def test_published_inclusion_proofs_go_through_text(
    index: int, size: int, hashes: list[str]
) -> None:
    text = inclusion(index, size).text()
    lines = text.decode().split("\n")
    assert lines[:3] == [
        "c2sp.org/tlog-proof@v1",
        f"extra {base64.b64encode(ENTRIES[index]).decode()}",
        f"index {index}",
    ]
    assert [base64.b64decode(each).hex()[:8] for each in lines[3 : 3 + len(hashes)]] == hashes
    assert text.endswith(b"\n\n" + note(size))
    head = InclusionProof.read(text).verify(KEY.public)
    assert (head.size, head.root.hex()) == (size, ROOTS[size - 1])


@pytest.mark.parametrize(("old", "new", "hashes"), CONSISTENCY)
def test_published_consistency_proofs_go_through_text(
    old: int, new: int, hashes: list[str]
) -> None:
    text = consistency(old, new).text()
    lines = text.decode().split("\n")
    assert lines[0] == f"old {old}"
    assert [base64.b64decode(each).hex()[:8] for each in lines[1 : 1 + len(hashes)]] == hashes
    head = ConsistencyProof.read(text).verify(note(old), KEY.public)
    assert (head.size, head.root.hex()) == (new, ROOTS[new - 1])


def test_the_key_may_have_changed_between_the_two() -> None:
    later = PrivateKey.generate()
    text = ConsistencyProof(6, merkle.consistency_proof(6, LEAVES), note(8, key=later)).text()
    proof = ConsistencyProof.read(text)
    assert proof.verify(note(6), KEY.public, later.public).size == 8
    assert proof.verify(note(6), later.public, KEY.public).size == 8
    for keys in ([KEY.public], [later.public], [PrivateKey.generate().public] * 2):
        with pytest.raises(IntegrityBroken, match="signed by another key"):
            proof.verify(note(6), *keys)


INDEX, SIZE = 5, 8
PROOF = inclusion(INDEX, SIZE)
TEXT = PROOF.text()
FIRST, *_, LAST = [base64.b64encode(each) + b"\n" for each in PROOF.hashes]


def swapped(old: bytes, new: bytes, text: bytes = TEXT) -> bytes:
    assert old in text
    return text.replace(old, new, 1)


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


WRONG_INCLUSION: dict[str, bytes] = {
    "size-minus-1": swapped(note(8), note(7)),
    "size-times-2": swapped(note(8), note(16, merkle.root_of(LEAVES))),
    "size-plus-1": swapped(note(8), note(9, merkle.root_of(LEAVES))),
    "size-xor-2": swapped(note(8), note(10, merkle.root_of(LEAVES))),
    "index-minus-1": swapped(b"index 5\n", b"index 4\n"),
    "index-plus-1": swapped(b"index 5\n", b"index 6\n"),
    "index-xor-2": swapped(b"index 5\n", b"index 7\n"),
    "index-is-the-size": swapped(b"index 5\n", b"index 8\n"),
    "index-huge": swapped(b"index 5\n", b"index 9223372036854775807\n"),
    "index-negative": swapped(b"index 5\n", b"index -5\n"),
    "index-leading-zero": swapped(b"index 5\n", b"index 05\n"),
    "wrong-leaf": swapped(base64.b64encode(ENTRIES[5]), base64.b64encode(ENTRIES[6])),
    "wrong-root": swapped(note(8), note(8, bytes(32))),
    "root-flipped": swapped(note(8), note(8, flipped(merkle.root_of(LEAVES)))),
    "empty-root": swapped(note(8), note(8, merkle.EMPTY_ROOT)),
    "truncated-proof": swapped(LAST, b""),
    "removed-component": swapped(FIRST, b""),
    "removed-all": InclusionProof(ENTRIES[5], 5, (), note(8)).text(),
    "trailing-garbage": swapped(LAST, LAST + base64.b64encode(bytes(32)) + b"\n"),
    "trailing-root": swapped(LAST, LAST + base64.b64encode(merkle.root_of(LEAVES)) + b"\n"),
    "preceding-garbage": swapped(FIRST, base64.b64encode(bytes(32)) + b"\n" + FIRST),
    "preceding-root": swapped(FIRST, base64.b64encode(merkle.root_of(LEAVES)) + b"\n" + FIRST),
    "modified-proof-bit": swapped(FIRST, base64.b64encode(flipped(PROOF.hashes[0])) + b"\n"),
    "swapped-components": InclusionProof(ENTRIES[5], 5, PROOF.hashes[::-1], note(8)).text(),
    "short-hash": swapped(FIRST, base64.b64encode(PROOF.hashes[0][:-1]) + b"\n"),
    "hash-not-base64": swapped(FIRST, b"*" * 44 + b"\n"),
    "hash-loose-bits": swapped(FIRST, FIRST[:-3] + b"9=\n"),
    "extra-not-base64": swapped(b"extra QEFCQw==", b"extra QEFC*w=="),
    "extra-loose-bits": swapped(b"extra QEFCQw==", b"extra QEFCQx=="),
    "extra-missing": swapped(b"extra QEFCQw==\n", b""),
    "version-other": swapped(b"@v1", b"@v2"),
    "header-missing": swapped(b"c2sp.org/tlog-proof@v1\n", b""),
    "blank-line-missing": swapped(b"\n\n" + note(8)[:10], b"\n" + note(8)[:10]),
    "signed-by-another": swapped(note(8), note(8, key=PrivateKey.generate())),
    "checkpoint-missing": swapped(note(8), b""),
    "trailing-line": TEXT + b"garbage\n",
    "crlf": TEXT.replace(b"\n", b"\r\n"),
    "no-final-newline": TEXT[:-1],
    "empty": b"",
    "endless-path": swapped(FIRST, FIRST * 64),
    "a-proof-of-consistency": consistency(6, 8).text(),
}


@pytest.mark.parametrize("name", WRONG_INCLUSION)
def test_mutated_inclusion_proofs_prove_nothing(name: str) -> None:
    assert WRONG_INCLUSION[name] != TEXT
    with pytest.raises(IntegrityBroken):
        InclusionProof.read(WRONG_INCLUSION[name]).verify(KEY.public)


OLD, NEW = 6, 8
STEP = consistency(OLD, NEW)
GROWN = STEP.text()
HEAD, *_, TAIL = [base64.b64encode(each) + b"\n" for each in STEP.hashes]
OTHER_LOG = checkpoint.sign(Checkpoint("elsewhere/log", OLD, merkle.root_of(LEAVES[:OLD])), KEY)
# What is read, and the older checkpoint that is held.
WRONG_CONSISTENCY: dict[str, tuple[bytes, bytes]] = {
    "old-size-minus-1": (swapped(b"old 6", b"old 5", GROWN), note(5)),
    "old-size-plus-1": (swapped(b"old 6", b"old 7", GROWN), note(7)),
    "old-size-times-2": (
        swapped(b"old 6", b"old 12", GROWN),
        note(12, merkle.root_of(LEAVES[:6])),
    ),
    "old-size-xor-2": (swapped(b"old 6", b"old 4", GROWN), note(4)),
    "old-size-is-not-that-of-the-checkpoint": (GROWN, note(5)),
    "old-size-zero": (swapped(b"old 6", b"old 0", GROWN), note(0)),
    "old-size-leading-zero": (swapped(b"old 6", b"old 06", GROWN), note(6)),
    "new-size-minus-1": (swapped(note(8), note(7), GROWN), note(6)),
    "new-size-plus-1": (swapped(note(8), note(9, merkle.root_of(LEAVES)), GROWN), note(6)),
    "new-size-times-2": (swapped(note(8), note(16, merkle.root_of(LEAVES)), GROWN), note(6)),
    "new-size-xor-2": (swapped(note(8), note(10, merkle.root_of(LEAVES)), GROWN), note(6)),
    "swapped-sizes": (ConsistencyProof(8, STEP.hashes, note(6)).text(), note(8)),
    "swapped-roots": (
        swapped(note(8), note(8, merkle.root_of(LEAVES[:6])), GROWN),
        note(6, merkle.root_of(LEAVES)),
    ),
    "wrong-old-root": (GROWN, note(6, bytes(32))),
    "wrong-new-root": (swapped(note(8), note(8, bytes(32)), GROWN), note(6)),
    "old-root-flipped": (GROWN, note(6, flipped(merkle.root_of(LEAVES[:6])))),
    "empty-old-root": (GROWN, note(6, merkle.EMPTY_ROOT)),
    "empty-new-root": (swapped(note(8), note(8, merkle.EMPTY_ROOT), GROWN), note(6)),
    "truncated-proof": (swapped(TAIL, b"", GROWN), note(6)),
    "removed-component": (swapped(HEAD, b"", GROWN), note(6)),
    "removed-all": (ConsistencyProof(6, (), note(8)).text(), note(6)),
    "trailing-garbage": (swapped(TAIL, TAIL + base64.b64encode(bytes(32)) + b"\n", GROWN), note(6)),
    "preceding-root": (
        swapped(HEAD, base64.b64encode(merkle.root_of(LEAVES[:6])) + b"\n" + HEAD, GROWN),
        note(6),
    ),
    "modified-proof-bit": (
        swapped(HEAD, base64.b64encode(flipped(STEP.hashes[0])) + b"\n", GROWN),
        note(6),
    ),
    "same-size-another-root": (ConsistencyProof(8, (), note(8)).text(), note(8, bytes(32))),
    "same-size-with-a-proof": (ConsistencyProof(8, STEP.hashes, note(8)).text(), note(8)),
    "of-another-log": (GROWN, OTHER_LOG),
    "held-signed-by-another": (GROWN, note(6, key=PrivateKey.generate())),
    "new-signed-by-another": (
        swapped(note(8), note(8, key=PrivateKey.generate()), GROWN),
        note(6),
    ),
    "trailing-line": (GROWN + b"garbage\n", note(6)),
    "crlf": (GROWN.replace(b"\n", b"\r\n"), note(6)),
    "no-final-newline": (GROWN[:-1], note(6)),
    "a-proof-of-inclusion": (TEXT, note(6)),
}


@pytest.mark.parametrize("name", WRONG_CONSISTENCY)
def test_mutated_consistency_proofs_prove_nothing(name: str) -> None:
    text, held = WRONG_CONSISTENCY[name]
    assert (text, held) != (GROWN, note(6))
    with pytest.raises(IntegrityBroken):
        ConsistencyProof.read(text).verify(held, KEY.public)


@pytest.mark.parametrize("place", range(len(TEXT)))
def test_no_flipped_byte_of_an_inclusion_proof_goes_unseen(place: int) -> None:
    mutated = TEXT[:place] + bytes([TEXT[place] ^ 1]) + TEXT[place + 1 :]
    with pytest.raises(IntegrityBroken):
        InclusionProof.read(mutated).verify(KEY.public)


READERS: list[Callable[[bytes], object]] = [InclusionProof.read, ConsistencyProof.read]


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for reader in READERS:
        with pytest.raises(IntegrityBroken):
            reader(data)
