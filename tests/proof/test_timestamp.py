"""Time stamps: granted, over these bytes, by an authority that counts; anything else is refused."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.errors import ConfigError, IntegrityBroken
from harness.proof.timestamp import MAX_REPLY_BYTES, asked_for, checked
from tests.support.time_authority import TimeAuthority

DATA = b"connection-harness/ledger/0123\n12\nroot\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimeAuthority:
    return TimeAuthority(tmp_path_factory.mktemp("time") / "authority")


@pytest.fixture(scope="module")
def reply(authority: TimeAuthority) -> bytes:
    return authority.reply(asked_for(DATA).query)


def test_it_says_when_and_by_whom(authority: TimeAuthority) -> None:
    asked = asked_for(DATA)
    stamp = checked(authority.reply(asked.query), DATA, authority.root, asked.nonce)
    assert stamp.by == "CN=Test time stamps"
    assert abs(datetime.now(UTC) - stamp.at) < timedelta(hours=1)


def test_the_query_holds_the_digest_only() -> None:
    assert DATA not in asked_for(DATA).query
    assert asked_for(DATA).nonce != asked_for(DATA).nonce


def test_openssl_agrees(authority: TimeAuthority, reply: bytes, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "data.tsr").write_bytes(reply)
    words = ["openssl", "ts", "-verify", "-data", "data", "-in", "data.tsr"]
    done = subprocess.run(
        [*words, "-CAfile", str(authority.root)], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_over_other_bytes_it_proves_nothing(authority: TimeAuthority, reply: bytes) -> None:
    with pytest.raises(IntegrityBroken, match="Mismatch between messages"):
        checked(reply, DATA + b"x", authority.root)


def test_of_another_request_it_is_no_answer(authority: TimeAuthority, reply: bytes) -> None:
    with pytest.raises(IntegrityBroken, match="Nonce mismatch"):
        checked(reply, DATA, authority.root, asked_for(DATA).nonce)


def test_of_another_authority_it_does_not_count(reply: bytes, tmp_path: Path) -> None:
    """One that calls itself the same."""
    other = TimeAuthority(tmp_path / "other")
    with pytest.raises(IntegrityBroken, match="certificates"):
        checked(reply, DATA, other.root)


def test_a_certificate_that_had_ended_does_not_count(tmp_path: Path) -> None:
    """At the stamped time, that is: a stamp outlives the certificate it was signed with."""
    late = TimeAuthority(tmp_path / "late", expired=True)
    with pytest.raises(IntegrityBroken, match="certificate"):
        checked(late.reply(asked_for(DATA).query), DATA, late.root)


def test_a_refusal_is_no_stamp(authority: TimeAuthority) -> None:
    rejected = authority.reply(b"\x30\x03\x02\x01\x01")  # no query: openssl answers with a refusal
    with pytest.raises(IntegrityBroken):
        checked(rejected, DATA, authority.root)


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x30\x80", b"\x30\x82\xff\xff" + b"0" * 100])
def test_bytes_that_are_none(authority: TimeAuthority, data: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        checked(data, DATA, authority.root)


def test_one_that_does_not_end(authority: TimeAuthority, reply: bytes) -> None:
    with pytest.raises(IntegrityBroken, match="endless"):
        checked(reply + b"\0" * MAX_REPLY_BYTES, DATA, authority.root)


def test_no_flipped_bit_changes_what_it_says(authority: TimeAuthority, reply: bytes) -> None:
    """What is not signed (the certificates' bag) may differ; what is said may not."""
    said = checked(reply, DATA, authority.root)
    refused = 0
    for place in range(len(reply)):
        flipped = reply[:place] + bytes([reply[place] ^ 1]) + reply[place + 1 :]
        try:
            assert checked(flipped, DATA, authority.root) == said
        except IntegrityBroken:
            refused += 1
    assert refused > len(reply) * 0.6, (refused, len(reply))


def test_a_file_that_holds_no_certificate(tmp_path: Path, reply: bytes) -> None:
    empty = tmp_path / "empty.pem"
    for content in (None, b"", b"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n"):
        if content is not None:
            empty.write_bytes(content)
        with pytest.raises(ConfigError, match="authorities cannot be used") as caught:
            checked(reply, DATA, empty)
        assert caught.value.where == str(empty)


def test_without_the_extra_it_is_said(
    monkeypatch: pytest.MonkeyPatch, authority: TimeAuthority, reply: bytes
) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(ConfigError, match=r"connection-harness\[timestamp\]") as asked:
        asked_for(DATA)
    assert asked.value.exit_code == 2
    with pytest.raises(ConfigError, match="not installed"):
        checked(reply, DATA, authority.root)
