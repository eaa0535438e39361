"""An entry is read back from the bytes that were sealed; other bytes are no entry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import IntegrityBroken
from harness.ledger.seal import Entry

NUMBERS = st.integers(1, 2**63 - 1)
TEXTS = st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace"))


@given(NUMBERS, TEXTS, NUMBERS, TEXTS, TEXTS)
def test_every_entry_comes_back(
    position: int, project: bytes, version: int, topic: bytes, state: bytes
) -> None:
    entry = Entry(position, project, version, topic, state)
    assert Entry.of(entry.sealed_bytes()) == entry


SEALED = Entry(1, b"demo", 1, b"topic", b"{}").sealed_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SEALED[:-1],
        SEALED + b"x",
        SEALED + bytes(8),
        SEALED[1:],
        SEALED.replace(b"demo", b"dem\xff"),
        bytes([255]) * 8 + SEALED[8:],
        (9).to_bytes(8) + bytes(1) + SEALED[8:],  # a longer number of the same value
    ],
)
def test_other_bytes_are_none(data: bytes) -> None:
    with pytest.raises(IntegrityBroken, match="not those of an entry"):
        Entry.of(data)


@given(st.binary(max_size=80))
def test_whatever_is_read_is_what_was_sealed(data: bytes) -> None:
    try:
        entry = Entry.of(data)
    except IntegrityBroken:
        return
    assert entry.sealed_bytes() == data
