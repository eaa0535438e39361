"""harness explain-signature: what is covered, what fails, why, and the canonical bytes."""

import json
import stat
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from tests.account.asking import envelope
from tests.cli import support
from tests.exchange.security import making

AT = ("--at", "2026-03-02T08:00:10Z")


def written(folder: Path, data: bytes) -> tuple[str, str]:
    (folder / "sent.xml").write_bytes(data)
    (folder / "ca.pem").write_bytes(making.authority().certificate.public_bytes(Encoding.PEM))
    return str(folder / "sent.xml"), str(folder / "ca.pem")


def test_accepted(tmp_path: Path) -> None:
    file, authority = written(tmp_path, making.signed())
    result = support.run("explain-signature", file, "--trusted", authority, *AT)
    assert (result.code, result.err) == (0, "")
    assert "-> Body: right" in result.out
    assert result.out.splitlines()[-1] == "accepted"


def test_without_trust_it_says_so(tmp_path: Path) -> None:
    file, _ = written(tmp_path, making.signed())
    result = support.run("explain-signature", file, *AT)
    assert result.code == 0
    assert "whom the key belongs to was not judged" in result.out


def test_printed_anew(tmp_path: Path) -> None:
    root = making.tree()
    etree.indent(root)
    file, authority = written(tmp_path, making.octets(root))
    result = support.run("explain-signature", file, "--trusted", authority, *AT)
    assert result.code == 1
    assert "the message was printed anew" in result.out
    assert "signature-wrong" in result.err


def test_as_json_with_the_canonical_bytes(tmp_path: Path) -> None:
    file, authority = written(tmp_path, making.signed())
    folder = tmp_path / "out"
    result = support.run(
        *("explain-signature", file, "--trusted", authority, *AT),
        *("--canonical", str(folder), "--json"),
    )
    data = json.loads(result.out)
    assert data["accepted"] is True
    for each in data["references"]:
        kept = folder / f"reference-{each['number']}.xml"
        octets = kept.read_bytes()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert sha256(octets).hexdigest() == each["computed"] == each["stated"]
    assert "iti" not in result.out.replace("Timestamp", "")


def test_message_without_a_timestamp_has_no_line_about_one(tmp_path: Path) -> None:
    file, _ = written(tmp_path, envelope("HaeTilaTieto", "<Kysely/>"))
    result = support.run("explain-signature", file)
    assert result.code == 1
    assert "timestamp:" not in result.out
    assert "not-signed" in result.err


def test_expired_now(tmp_path: Path) -> None:
    file, authority = written(tmp_path, making.signed())
    result = support.run("explain-signature", file, "--trusted", authority)
    assert result.code == 1
    assert "message-expired" in result.out or "signer-expired" in result.out


def test_misuse(tmp_path: Path) -> None:
    file, _ = written(tmp_path, b"no message")
    assert support.run("explain-signature", file).code == 2
    assert support.run("explain-signature", file, "--at", "eilen").code == 2
    assert support.run("explain-signature", str(tmp_path / "none")).code == 2
