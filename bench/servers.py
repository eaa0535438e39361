"""Servers on one core, load from the others."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from bench.processes import ROOT

PEERS: Final = Path(os.environ.get("BENCH_PEERS") or ROOT / ".bench")
"""Where peers are that nobody has installed for other reasons; docs/bench.md says how."""
TOOLS: Final = ("wrk", "taskset")
IDS: Final = 1000
"""So many different requests, so that most of them find what earlier ones stored."""
_LIMIT: Final = 30.0
_WARM: Final = 10_000
"""So many requests a server may answer before it is measured, or as many as it can in 20 s."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one load saw: requests and seconds in all, latencies in seconds.

    Attributes:
        processor: seconds of processor time that the server had meanwhile.
    """

    requests: int
    seconds: float
    bad: int
    p50: float
    p99: float
    processor: float = 0.0

    @property
    def per_thousand(self) -> float:
        """Seconds for 1,000 requests."""
        return 1000 * self.seconds / self.requests

    @property
    def cost(self) -> float:
        """Seconds of processor time for one request."""
        return self.processor / self.requests


@dataclass(slots=True)
class Server:
    """One server, started when it is entered.

    Attributes:
        words: command line; ``{port}`` is replaced.
        path: path of the service.
        template: file with the request that is sent.
        action: value of SOAPAction, as it stands in the header.
        variables: environment; the present one unless told.
        here: working folder.
        ready: seconds from the start to the first right answer.
        loads: everything measured, in order.
    """

    words: tuple[str, ...]
    path: str
    template: Path
    action: str
    variables: Mapping[str, str] | None = None
    here: Path | None = None
    ready: float = 0.0
    loads: list[Load] = field(default_factory=list)
    _port: int = 0
    _process: "subprocess.Popen[bytes] | None" = None

    def __enter__(self) -> Self:
        self._port = free_port()
        first, *_ = _cores()
        words = [each.replace("{port}", str(self._port)) for each in self.words]
        started = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - our own words, no shell
            ["taskset", "-c", str(first), *words],  # noqa: S607 - wherever it is installed
            cwd=self.here,
            env=None if self.variables is None else dict(self.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait(started + _LIMIT)
        except BaseException:
            self.stop()
            raise
        self.ready = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()

    def _wait(self, until: float) -> None:
        assert self._process is not None
        while not self._answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.words[0]} left with {self._process.returncode}")
            if time.perf_counter() > until:
                raise RuntimeError(f"{self.words[0]} does not answer")
            time.sleep(0.002)

    def _answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            call = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_LIMIT)
            headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": self.action}
            with closing(call) as caller:
                caller.request("POST", self.path, self.body(), headers)
                answer = caller.getresponse()
                return answer.status == 200 and b"LisaaKohteitaResult" in answer.read()
        return False

    def body(self) -> bytes:
        """A request that it answers."""
        return self.template.read_bytes()

    def script(self, seconds: int) -> Sequence[str]:
        """What wrk runs for a load of so many seconds: its file, then its arguments."""
        del seconds
        file = str(ROOT / "bench" / "peers" / "load.lua")
        return (file, str(self.template), str(IDS), self.action)

    def load(self, seconds: int) -> Load:
        """Send as fast as it answers, on 16 connections that stay open.

        Raises:
            RuntimeError: a request was not answered with 200.
        """
        script, *arguments = self.script(seconds)
        words = [
            *("taskset", "-c", ",".join(map(str, _cores()[1:])), "wrk", "-t1", "-c16"),
            *(f"-d{seconds}s", "-s", script),
            *(f"http://127.0.0.1:{self._port}{self.path}", "--", *arguments),
        ]
        before = self._processor()
        done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - as above
        spent = self._processor() - before
        found = Load(**json.loads(done.stdout.splitlines()[-1]), processor=spent)
        if found.bad:
            raise RuntimeError(f"{self.words[0]}: {found.bad} of {found.requests} went wrong")
        self.loads.append(found)
        return found

    def warm_up(self) -> None:
        """Let it answer until its machine code is made; what this takes is not kept."""
        seen = seconds = 0
        while seen < _WARM and seconds < 20:
            seen += self.load(5).requests
            seconds += 5
        self.loads.clear()

    def _processor(self) -> float:
        assert self._process is not None
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8").rpartition(")")[2]
        user, system = stat.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Resident bytes at their highest."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        (line,) = (each for each in status.splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024


def missing() -> str:
    """Why no server can be measured here; empty when it can."""
    gone = [name for name in TOOLS if shutil.which(name) is None]
    if gone:
        return f"{', '.join(gone)} is not installed"
    return "" if len(_cores()) > 1 else "server and load need a core each"


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
