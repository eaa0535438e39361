"""Signed envelopes: after the specification, as a foreign library has them, and read strictly."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as ForeignEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from harness.errors import EvidenceError
from harness.limits import DEFAULT
from harness.proof.dsse import IN_TOTO, Envelope, pae, sign
from harness.proof.keys import PrivateKey, PublicKey

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}\n'
KEY = PrivateKey.generate()
OTHER = PrivateKey.generate()


def foreign_key(key: PublicKey, keyid: str | None = None) -> SSlibKey:
    value = {"public": key.raw.hex()}
    return SSlibKey(keyid or key.fingerprint, "ed25519", "ed25519", value)


def test_the_encoding_is_that_of_the_specification() -> None:
    told = pae("http://example.com/HelloWorld", b"hello world")
    assert told == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("ä", b"") == b"DSSEv1 2 \xc3\xa4 0 "


@given(st.binary(max_size=300))
def test_an_envelope_comes_back_and_opens(payload: bytes) -> None:
    back = Envelope.from_bytes(sign(payload, KEY).to_bytes())
    assert back == sign(payload, KEY)
    assert back.opened([OTHER.public, KEY.public]) == (payload, KEY.public)


# The foreign library, both ways


@given(st.binary(max_size=300))
@example(PAYLOAD)
def test_a_foreign_library_verifies_ours(payload: bytes) -> None:
    made = sign(payload, KEY)
    foreign = ForeignEnvelope.from_dict(json.loads(made.to_bytes()))
    assert foreign.pae() == pae(IN_TOTO, payload)
    assert foreign.payload == payload
    foreign.verify([foreign_key(KEY.public)], 1)
    with pytest.raises(VerificationError):
        foreign.verify([foreign_key(OTHER.public, KEY.public.fingerprint)], 1)


def test_what_a_foreign_library_signed_is_opened_here() -> None:
    signer = CryptoSigner.generate_ed25519()
    foreign = ForeignEnvelope(PAYLOAD, IN_TOTO, {})
    foreign.sign(signer)
    key = PublicKey(bytes.fromhex(signer.public_key.keyval["public"]))
    envelope = Envelope.from_bytes(json.dumps(foreign.to_dict()).encode())
    assert envelope.opened([key]) == (PAYLOAD, key)
    with pytest.raises(EvidenceError, match="nobody's pinned key"):
        envelope.opened([KEY.public])


# Signatures


def test_the_key_it_names_decides_nothing() -> None:
    made = Envelope(PAYLOAD, sign(PAYLOAD, KEY).signature, OTHER.public.fingerprint)
    assert made.opened([OTHER.public, KEY.public])[1] == KEY.public
    nameless = json.loads(made.to_bytes())
    del nameless["signatures"][0]["keyid"]
    assert Envelope.from_bytes(json.dumps(nameless).encode()).opened([KEY.public])


@given(st.integers(0, len(PAYLOAD) - 1), st.integers(1, 255))
def test_an_altered_payload_is_told_from_an_unknown_key(place: int, flip: int) -> None:
    altered = bytearray(PAYLOAD)
    altered[place] ^= flip
    made = Envelope(bytes(altered), sign(PAYLOAD, KEY).signature, KEY.public.fingerprint)
    with pytest.raises(EvidenceError, match="altered on its way"):
        made.opened([OTHER.public, KEY.public])
    with pytest.raises(EvidenceError, match="nobody's pinned key") as told:
        made.opened([OTHER.public])
    assert KEY.public.fingerprint in str(told.value)


def test_a_signature_over_another_type_is_none() -> None:
    signature = KEY.sign(pae("text/plain", PAYLOAD))
    with pytest.raises(EvidenceError):
        Envelope(PAYLOAD, signature, KEY.public.fingerprint).opened([KEY.public])


def test_a_name_of_a_key_is_not_repeated_in_messages() -> None:
    made = Envelope(PAYLOAD, sign(PAYLOAD, KEY).signature, "010190-9010 \x1b[31m")
    with pytest.raises(EvidenceError, match="does not name in our form"):
        made.opened([OTHER.public])


# The reader


def _altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    envelope = json.loads(sign(PAYLOAD, KEY).to_bytes())
    change(envelope)
    return json.dumps(envelope).encode()


GOOD = sign(PAYLOAD, KEY).to_bytes()
SIGNED = base64.b64encode(sign(PAYLOAD, KEY).signature).decode()
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "not UTF-8": (GOOD.replace(b"keyid", b"k\xff"), "not JSON"),
    "deep": (b"[" * 200_000, "not JSON"),
    "a list": (b"[]", "exactly these fields"),
    "large": (b" " * (DEFAULT.max_envelope_bytes + 1), "larger than"),
    "a name twice": (GOOD.replace(b"{", b'{"payload":"",', 1), "a name stands twice"),
    "a name twice inside": (
        GOOD.replace(b'"keyid"', b'"sig": "", "keyid"'), "a name stands twice"
    ),
    "a field more": (_altered(lambda e: e.update(more=1)), "exactly these fields"),
    "a field less": (_altered(lambda e: e.pop("payload")), "exactly these fields"),
    "another type": (_altered(lambda e: e.update(payloadType="text/plain")), "only the type"),
    "no signature": (_altered(lambda e: e.update(signatures=[])), "exactly one signature"),
    "two signatures": (
        _altered(lambda e: e["signatures"].append(e["signatures"][0])), "exactly one signature"
    ),
    "signatures as an object": (_altered(lambda e: e.update(signatures={})), "exactly one"),
    "a signature as a text": (_altered(lambda e: e.update(signatures=["x"])), "exactly these"),
    "a signature with more": (
        _altered(lambda e: e["signatures"][0].update(cert="x")), "exactly these fields"
    ),
    "a long name of a key": (
        _altered(lambda e: e["signatures"][0].update(keyid="x" * 201)), "short text"
    ),
    "a number for a key": (_altered(lambda e: e["signatures"][0].update(keyid=1)), "short text"),
    "a short signature": (
        _altered(lambda e: e["signatures"][0].update(sig="AAAA")), "no Ed25519 signature"
    ),
    "URL-safe Base64": (
        _altered(lambda e: e.update(payload="-_-_")), "Base64 in its one form"
    ),
    "no padding": (
        _altered(lambda e: e["signatures"][0].update(sig=SIGNED.rstrip("="))),
        "Base64 in its one form",
    ),
    "a line break": (_altered(lambda e: e.update(payload="AAAA\n")), "Base64 in its one form"),
    "bits left over": (_altered(lambda e: e.update(payload="AB==")), "Base64 in its one form"),
    "no text": (_altered(lambda e: e.update(payload=1)), "Base64 in its one form"),
    "no ASCII": (_altered(lambda e: e.update(payload="ä")), "Base64 in its one form"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_another_form_is_refused(name: str) -> None:
    data, why = REFUSED[name]
    with pytest.raises(EvidenceError, match=why):
        Envelope.from_bytes(data)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        Envelope.from_bytes(data)
