"""C26: a ledger on a network file system is read, and never written."""

from pathlib import Path

import pytest

from harness.errors import LedgerError
from harness.ledger import filesystems
from harness.ledger.filesystems import NETWORK, file_system_of
from harness.ledger.moving import export, import_
from harness.ledger.verify import verify
from tests.ledger.helpers import opened, reading

pytestmark = pytest.mark.crash

MOUNTINFO = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /srv/shared rw,noatime shared:1 master:2 - nfs4 files.example:/x rw,vers=4.2
41 40 254:1 /y /srv/shared/local rw - xfs /dev/vdb rw
42 27 0:42 / /mnt/two\040words rw - cifs //files.example/x rw
43 27 0:43 / /home/maija/remote rw - fuse.sshfs maija@files.example: rw
44 27 0:44 / /media rw - ext4 /dev/vdc rw
45 27 0:45 / /media rw - 9p host rw
46 27 0:46 / /covered/below rw - nfs a:/ rw
47 27 0:47 / /covered rw - btrfs /dev/vdd rw
a line of something else
48 27 - nothing
"""


@pytest.mark.parametrize(
    ("path", "kind", "mounted"),
    [
        ("/var/ledger.sqlite3", "ext4", "/"),
        ("/srv/shared/ledger.sqlite3", "nfs4", "/srv/shared"),
        ("/srv/shared/deeper/ledger.sqlite3", "nfs4", "/srv/shared"),
        ("/srv/shared-not/ledger.sqlite3", "ext4", "/"),
        ("/srv/shared/local/ledger.sqlite3", "xfs", "/srv/shared/local"),
        ("/mnt/two words/ledger.sqlite3", "cifs", "/mnt/two words"),
        ("/home/maija/remote/ledger.sqlite3", "fuse.sshfs", "/home/maija/remote"),
        ("/media/ledger.sqlite3", "9p", "/media"),
        ("/covered/below/ledger.sqlite3", "btrfs", "/covered"),
    ],
)
def test_what_a_file_lies_on(path: str, kind: str, mounted: str) -> None:
    found = file_system_of(Path(path), MOUNTINFO)
    assert (found.type, found.mounted) == (kind, Path(mounted))
    assert found.is_network == (kind in {"nfs4", "cifs", "fuse.sshfs", "9p"})


def test_where_nothing_is_known_nothing_is_refused() -> None:
    assert not file_system_of(Path("/srv/shared/ledger.sqlite3"), "").is_network


def test_this_machine_says_where_the_root_is() -> None:
    assert file_system_of(Path("/")).type


@pytest.mark.parametrize("kind", sorted(NETWORK))
def test_it_is_read_and_not_written(
    ledger_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    text = tmp_path / "ledger.jsonl"
    export(ledger_path, text)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"27 1 254:0 / / rw - ext4 /dev/vda rw\n40 27 0:4 / {tmp_path} rw - {kind} x rw\n"
    )
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)
    before = sorted(ledger_path.parent.iterdir())
    other = tmp_path / "other.sqlite3"
    for act in (
        lambda: opened(ledger_path),
        lambda: opened(other, create=True),
        lambda: import_(text, other),
    ):
        with pytest.raises(LedgerError, match=f"{tmp_path} is {kind}.* on a disk of this machine"):
            act()
    assert sorted(ledger_path.parent.iterdir()) == before
    assert not other.exists()
    assert verify(ledger_path).size == 8
    with reading(ledger_path) as ledger:
        assert ledger.size == 8
