"""On which file system a ledger lies: a network file system is refused for writing.

SQLite's write-ahead log needs memory shared by all who have the file open, which exists within one
machine only, and locks that network file systems are known to grant wrongly. A ledger there works
until two machines write at once, and is damaged then (sqlite.org/wal.html, howtocorrupt.html 2.1).
"""

import os
import re
from pathlib import Path
from typing import Final

from harness.classes import dataclass
from harness.errors import LedgerError

MOUNTS = Path("/proc/self/mountinfo")
"""What is mounted where, as the kernel tells this process (Linux only)."""

NETWORK: Final = frozenset(
    (
        # files of another machine
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "coda"),
        *("9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs"),
        # one file system over many machines
        *("ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "pvfs2", "acfs"),
        *("gfs2", "ocfs2"),
        # the same through FUSE, and stores that only look like files
        *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.beegfs"),
        *("fuse.smbnetfs", "fuse.curlftpfs", "fuse.davfs", "fuse.davfs2", "davfs"),
        *("fuse.rclone", "fuse.s3fs", "fuse.goofys", "fuse.gcsfuse", "fuse.blobfuse"),
        *("fuse.blobfuse2", "fuse.mount-s3", "fuse.juicefs", "fuse.jfs", "fuse.vmhgfs-fuse"),
        *("fuse.grpcfuse", "fuse.osxfs", "fuse.nfs", "fuse.afp", "fuse.afpfs"),
    )
)
"""Types of file systems whose files more than one machine may write."""

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class FileSystem:
    """Where a file lies.

    Attributes:
        type: as the kernel calls it, such as ``ext4`` or ``nfs4``; empty when it is not known.
        mounted: the folder it is mounted at.
    """

    type: str
    mounted: Path

    @property
    def is_network(self) -> bool:
        """More than one machine may write there."""
        return self.type in NETWORK


def file_system_of(path: Path, mountinfo: str | None = None) -> FileSystem:
    """The file system that a file lies on, or will lie on.

    Args:
        path: absolute, links resolved; it need not exist.
        mountinfo: text in the form of ``/proc/self/mountinfo``; this process's when not given.
    """
    text = _mountinfo() if mountinfo is None else mountinfo
    found = FileSystem("", Path(path.anchor))
    for line in text.splitlines():
        mount = _mount(line)
        if mount is not None and path.is_relative_to(mount.mounted):
            found = mount  # the last one: it covers what was mounted there or above before
    return found


def refuse_network(path: Path) -> None:
    """Check that a ledger may be written where it is.

    Raises:
        LedgerError: the place is on a network file system.
    """
    system = file_system_of(path)
    if system.is_network:
        raise LedgerError(
            f"a ledger cannot be written on a network file system: {system.mounted} is "
            f"{system.type}, where two machines would damage it without noticing",
            where=str(path),
            todo="Keep the ledger on a disk of this machine (--ledger, or [ledger] path in "
            "harness.toml) and publish its checkpoints to the network folder instead.",
        )


def _mountinfo() -> str:
    """What the kernel tells; nothing where it tells nothing of that kind."""
    try:
        return os.fsdecode(MOUNTS.read_bytes())
    except OSError:
        return ""


def _mount(line: str) -> FileSystem | None:
    """A line of proc(5): fields, any number of optional ones, a dash, then type and source."""
    before, dash, after = line.partition(" - ")
    fields, types = before.split(" "), after.split(" ")
    if not dash or len(fields) < 6 or not types[0]:
        return None
    mounted = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[4])
    return FileSystem(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), types[0]), Path(mounted))
