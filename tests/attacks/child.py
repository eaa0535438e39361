"""Reads one contract in a process of its own: memory and CPU limited, files and sockets watched.

Prints one line of JSON: what became of it, and what was touched outside the folder. Python code is
watched by an audit hook; C libraries raise no audit events, so a file that is bait is watched by
the kernel (inotify) and a port that is bait by whoever listens on it.
"""

import ctypes
import json
import os
import resource
import sys
import tempfile
from pathlib import Path

from harness import wsdl, xml
from harness.errors import ContractError
from tests.wsdl.making import make, service

MEMORY = 1024 * 1024 * 1024
CPU = 20
_TOUCHING = frozenset(
    ("open", "socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system")
)
_OPENED = 0x20
_NON_BLOCKING = 0x800


class Spy:
    """Notes everything that is touched, while it is on."""

    def __init__(self, folder: Path, bait: Path) -> None:
        self.folder = folder.resolve()
        self.seen: list[str] = []
        self.on = False
        libc = ctypes.CDLL(None, use_errno=True)
        self.watch = libc.inotify_init1(_NON_BLOCKING)
        assert self.watch >= 0
        assert libc.inotify_add_watch(self.watch, os.fsencode(bait), _OPENED) >= 0
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event in _TOUCHING and not self._pinned(event, arguments[0]):
            self.seen.append(f"{event} {arguments[0]!r}")

    def _pinned(self, event: str, path: object) -> bool:
        if event == "open" and isinstance(path, int):
            return True  # a descriptor: it was heard of when its file was opened
        if event != "open" or not isinstance(path, str | bytes | os.PathLike):
            return False
        return Path(os.path.abspath(os.fsdecode(path))).is_relative_to(self.folder)  # noqa: PTH100  no link is followed

    def everything(self) -> list[str]:
        self.on = False
        try:
            os.read(self.watch, 4096)
        except BlockingIOError:
            return self.seen
        return [*self.seen, "the bait was opened"]


def _warm_up() -> None:
    """What is imported late is imported now."""
    with tempfile.TemporaryDirectory() as place:
        contract = wsdl.load(make(Path(place) / "c", {"service.wsdl": service()}))
        contract.findings()
        contract.validate(xml.parse(b"<x/>"))


def _outcome(folder: Path, message: bytes, endpoints: list[str]) -> dict[str, object]:
    result: dict[str, object] = {"refused": "", "findings": [], "verdict": []}
    try:
        contract = wsdl.load(folder)
        result["findings"] = [str(each) for each in contract.findings(endpoints)]
        contract.check()
        if message:
            result["verdict"] = [str(each.code) for each in contract.validate(xml.parse(message))]
    except ContractError as error:
        result["refused"] = str(error)
    return result


def main(folder: Path, bait: Path, message: bytes, endpoints: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    _warm_up()
    spy = Spy(folder, bait)
    spy.on = True
    result = _outcome(folder, message, endpoints)
    sys.stdout.write(json.dumps({**result, "touched": spy.everything()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].encode(), sys.argv[4:])
