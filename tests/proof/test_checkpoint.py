"""One form of checkpoint, byte for byte; everything else is refused as broken integrity."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.errors import IntegrityBroken
from harness.proof import checkpoint
from harness.proof.checkpoint import Checkpoint
from harness.proof.keys import PrivateKey, PublicKey
from harness.proof.merkle import EMPTY_ROOT

KEY = PrivateKey.generate()
OTHER = PrivateKey.generate()
ORIGIN = "connection-harness/ledger/0123456789abcdef"
HEAD = Checkpoint(ORIGIN, 12, bytes(range(32)))
NOTE = checkpoint.sign(HEAD, KEY)
FORK = Checkpoint(ORIGIN, 12, bytes(32))


def rewritten(old: bytes, new: bytes) -> bytes:
    assert old in NOTE
    return NOTE.replace(old, new, 1)


SIGNATURE_LINE = NOTE.split(b"\n\n")[1]
ROOT = base64.b64encode(HEAD.root)
SIGNED_BY_OTHER = checkpoint.sign(HEAD, OTHER)
FOREIGN = checkpoint.sign(Checkpoint("elsewhere/log", 12, HEAD.root), KEY)
MUTATIONS: dict[str, bytes] = {
    "size-minus-1": rewritten(b"\n12\n", b"\n11\n"),
    "size-plus-1": rewritten(b"\n12\n", b"\n13\n"),
    "size-times-2": rewritten(b"\n12\n", b"\n24\n"),
    "size-xor-2": rewritten(b"\n12\n", b"\n14\n"),
    "size-negative": rewritten(b"\n12\n", b"\n-12\n"),
    "size-huge": rewritten(b"\n12\n", b"\n" + b"9" * 5000 + b"\n"),
    "size-beyond-64-bits": rewritten(b"\n12\n", b"\n9999999999999999999\n"),
    "size-leading-zero": rewritten(b"\n12\n", b"\n012\n"),
    "size-other-digits": rewritten(b"\n12\n", "\n\u0661\u0662\n".encode()),
    "size-plus-sign": rewritten(b"\n12\n", b"\n+12\n"),
    "size-missing": rewritten(b"\n12\n", b"\n\n"),
    "root-bit": rewritten(ROOT, base64.b64encode(bytes([1, *HEAD.root[1:]]))),
    "root-of-another": rewritten(ROOT, base64.b64encode(FORK.root)),
    "root-empty": rewritten(ROOT, b""),
    "root-short": rewritten(ROOT, base64.b64encode(HEAD.root[:-1])),
    "root-not-base64": rewritten(ROOT, b"*" * 44),
    "root-loose-bits": rewritten(ROOT, ROOT[:-2] + b"9="),
    "root-urlsafe": rewritten(ROOT, ROOT[:4] + b"-" + ROOT[5:]),
    "origin-other": rewritten(ORIGIN.encode(), b"elsewhere/log"),
    "origin-empty": rewritten(ORIGIN.encode(), b""),
    "origin-blank": rewritten(ORIGIN.encode(), b"a b"),
    "origin-foreign-but-signed": FOREIGN,
    "name-other": rewritten("— connection".encode(), "— disconnection".encode()),
    "trailing-line": NOTE + b"garbage\n",
    "trailing-byte": NOTE + b"\0",
    "extension-line": rewritten(ROOT + b"\n", ROOT + b"\nextension\n"),
    "line-missing": rewritten(ROOT + b"\n", b""),
    "blank-line-missing": rewritten(b"\n\n", b"\n"),
    "two-signatures": NOTE + SIGNATURE_LINE,
    "two-notes": NOTE + NOTE,
    "unknown-signature-added": NOTE + SIGNED_BY_OTHER.split(b"\n\n")[1],
    "signature-of-another-key": SIGNED_BY_OTHER,
    "signature-missing": NOTE.split(b"\n\n")[0] + b"\n\n",
    "signature-of-another-head": NOTE.split(b"\n\n")[0]
    + b"\n\n"
    + checkpoint.sign(FORK, KEY).split(b"\n\n")[1],
    "hyphen-for-dash": rewritten("—".encode(), b"-"),
    "crlf": NOTE.replace(b"\n", b"\r\n"),
    "no-final-newline": NOTE[:-1],
    "leading-newline": b"\n" + NOTE,
    "bom": b"\xef\xbb\xbf" + NOTE,
    "utf-16": NOTE.decode().encode("utf-16"),
    "latin-1": NOTE.replace("—".encode(), b"\x97"),
    "empty": b"",
    "endless": NOTE + b"x" * 10_000_000,
}


def test_what_was_signed_is_read_back() -> None:
    assert checkpoint.verify(NOTE, KEY.public, ORIGIN) == HEAD
    assert checkpoint.read(NOTE) == HEAD


def test_form_is_the_one_of_c2sp() -> None:
    lines = NOTE.decode().split("\n")
    assert lines[:4] == [ORIGIN, "12", ROOT.decode(), ""]
    dash, name, signature = lines[4].split(" ")
    assert (dash, name, lines[5:]) == ("—", ORIGIN, [""])
    raw = base64.b64decode(signature)
    assert raw[:4] == checkpoint.key_id(ORIGIN, KEY.public)
    KEY.public.verify(raw[4:], f"{ORIGIN}\n12\n{ROOT.decode()}\n".encode())


def test_key_id_and_signature_of_the_published_example() -> None:
    """The example of golang.org/x/mod/sumdb/note: key PeterNeumann."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, number, encoded = vkey.split("+")
    raw = base64.b64decode(encoded)
    text = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n"
    )
    signed = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    key = PublicKey(raw[1:])
    assert checkpoint.key_id(name, key).hex() == number
    assert signed[:4].hex() == number
    key.verify(signed[4:], text)


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutated_checkpoints_are_refused(name: str) -> None:
    assert MUTATIONS[name] != NOTE
    with pytest.raises(IntegrityBroken):
        checkpoint.verify(MUTATIONS[name], KEY.public, ORIGIN)


@pytest.mark.parametrize("place", range(len(NOTE)))
def test_no_flipped_byte_goes_unseen(place: int) -> None:
    flipped = NOTE[:place] + bytes([NOTE[place] ^ 1]) + NOTE[place + 1 :]
    with pytest.raises(IntegrityBroken):
        checkpoint.verify(flipped, KEY.public, ORIGIN)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
@example(b"a\n0\n\n\xe2\x80\x94 a \n")
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for reader in (checkpoint.read, _verified):
        with pytest.raises(IntegrityBroken):
            reader(data)


def _verified(data: bytes) -> Checkpoint:
    return checkpoint.verify(data, KEY.public, ORIGIN)


@given(
    st.from_regex(r"[!-*,-~]{1,60}", fullmatch=True),
    st.integers(1, checkpoint.MAX_SIZE),
    st.binary(min_size=32, max_size=32),
)
def test_every_head_survives_writing_and_reading(origin: str, size: int, root: bytes) -> None:
    head = Checkpoint(origin, size, root)
    assert checkpoint.verify(checkpoint.sign(head, KEY), KEY.public, origin) == head


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("", 1, bytes(32)),
        Checkpoint("a b", 1, bytes(32)),
        Checkpoint("a+b", 1, bytes(32)),
        Checkpoint("a\nb", 1, bytes(32)),
        Checkpoint("ä", 1, bytes(32)),
        Checkpoint("a", -1, bytes(32)),
        Checkpoint("a", 2**63, bytes(32)),
        Checkpoint("a", 1, bytes(31)),
        Checkpoint("a", 0, bytes(32)),
    ],
)
def test_what_cannot_be_read_is_not_written(head: Checkpoint) -> None:
    for writer in (_signed, Checkpoint.text):
        with pytest.raises(IntegrityBroken):
            writer(head)


_signed: Callable[[Checkpoint], bytes] = lambda head: checkpoint.sign(head, KEY)  # noqa: E731 - one of two writers compared


def test_an_empty_tree_has_a_checkpoint() -> None:
    head = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert checkpoint.verify(checkpoint.sign(head, KEY), KEY.public, ORIGIN) == head
