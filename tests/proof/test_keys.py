"""Key files: owner only, never written over, and every unusable one explained."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import ConfigError, IntegrityBroken
from harness.proof.keys import PrivateKey, PublicKey


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.key"


def test_a_created_key_is_loaded_again(path: Path) -> None:
    key = PrivateKey.create(path)
    again = PrivateKey.load(path)
    assert again == key
    again.public.verify(key.sign(b"text"), b"text")


def test_rfc_8032_test_1() -> None:
    """RFC 8032 section 7.1, TEST 1: the empty message."""
    public = PublicKey.from_fingerprint(
        "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    public.verify(signature, b"")
    with pytest.raises(IntegrityBroken):
        public.verify(signature, b"\0")


def test_the_fingerprint_is_the_key(path: Path) -> None:
    public = PrivateKey.create(path).public
    assert len(public.fingerprint) == len("ed25519:") + 64
    assert PublicKey.from_fingerprint(public.fingerprint) == public


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
def test_only_the_owner_may_read_a_new_key(path: Path) -> None:
    old = os.umask(0)
    try:
        PrivateKey.create(path)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    PrivateKey.create(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="others can read"):
        PrivateKey.load(path)


def test_a_key_is_never_written_over(path: Path) -> None:
    first = PrivateKey.create(path)
    with pytest.raises(ConfigError, match="already"):
        PrivateKey.create(path)
    assert PrivateKey.load(path) == first


def test_a_dangling_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="already"):
        PrivateKey.create(path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_said(path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        PrivateKey.create(path.parent / "missing" / "some.key")


def test_nothing_half_remains_when_the_disk_is_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        PrivateKey.create(path)
    assert list(path.parent.iterdir()) == []


def no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_file_system_without_hard_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    key = PrivateKey.create(path)
    assert PrivateKey.load(path) == key
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(ConfigError, match="already"):
        PrivateKey.create(path)


def test_a_missing_key_is_said(path: Path) -> None:
    with pytest.raises(ConfigError, match="no key file"):
        PrivateKey.load(path)


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        PrivateKey.load(tmp_path)


def test_a_path_with_nul_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        PrivateKey.load(tmp_path / "a\0b")


def foreign_keys() -> dict[str, bytes]:
    from cryptography.hazmat.primitives.asymmetric import ec, x25519  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    locked = BestAvailableEncryption(b"secret")
    ours = PrivateKey.generate()
    return {
        "another-curve": x25519.X25519PrivateKey.generate().private_bytes(*plain),
        "ecdsa": ec.generate_private_key(ec.SECP256R1()).private_bytes(*plain),
        "encrypted": ours._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked),
        "truncated": ours.pem()[:60],
        "empty": b"",
        "endless": b"x" * 1_000_000,
    }


@pytest.mark.parametrize("name", foreign_keys())
def test_what_is_no_key_is_refused(path: Path, name: str) -> None:
    path.write_bytes(foreign_keys()[name])
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no unencrypted Ed25519"):
        PrivateKey.load(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.binary(max_size=200))
def test_no_file_raises_anything_else(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        PrivateKey.load(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ed25519:",
        "ed25519:" + "0" * 63,
        "ed25519:" + "G" * 64,
        "ed25519:" + "A" * 64,
        "rsa:" + "0" * 64,
        "ed25519:" + "0" * 64 + "\n",
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="public key"):
        PublicKey.from_fingerprint(text)


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_no_signature_raises_anything_else(signature: bytes, raw: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        PublicKey(raw).verify(signature, b"text")


def test_a_key_does_not_show_itself() -> None:
    key = PrivateKey.generate()
    assert "Ed25519PrivateKey" not in repr(key)
    assert key._key.private_bytes_raw().hex() not in repr(key)


def test_importing_needs_no_cryptography() -> None:
    code = "import sys, harness.proof.checkpoint; print('cryptography' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "False"
