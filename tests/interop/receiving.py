"""Foreign receivers of the return channel as child processes, and programs that call one."""

import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.interop.programs import done, environment, flat
from tests.interop.serving import ROOT

CONTRACT = "asiointitili/paluukanava/2018"
WSDL = ROOT / "contracts" / CONTRACT / "ViranomaisPaluukanava.wsdl"
AUTHORITY = "ESIMERKKIKUNTA"
REFUSED = "Viestiä ei oteta vastaan €"
"""What a receiver says in its Fault."""
ACCEPTED = "Vastaanotettu €"
PATIENCE = 60.0
"""Seconds for a receiver to say something that is due."""


@dataclass
class Receiver:
    """A receiver that runs.

    Attributes:
        url: where it takes calls.
    """

    url: str
    _lines: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def call(self) -> dict[str, Any]:
        """What it says of the next call that it got."""
        found: dict[str, Any] = json.loads(self._lines.get(timeout=PATIENCE))
        return found

    def calls(self) -> list[dict[str, Any]]:
        """What it said of the calls until now."""
        found = []
        while not self._lines.empty():
            found.append(self.call())
        return found


@dataclass(frozen=True, slots=True)
class Channel:
    """Programs of one toolkit for the return channel.

    Attributes:
        receiver: starts a receiver.
        pusher: starts a program that calls one; empty when there is none.
        verifies: whether the receiver can verify signatures.
    """

    receiver: Sequence[str]
    pusher: Sequence[str] = ()
    verifies: bool = False


@contextmanager
def receiving(
    command: Sequence[str],
    *,
    lose: int = 0,
    fault: int = 0,
    trusting: Mapping[str, str] | None = None,
) -> Iterator[Receiver]:
    """A receiver on a free port, stopped at the end.

    Args:
        command: what starts it.
        lose: replies that it loses, after it has stored the message.
        fault: replies that it gives as a Fault, before.
        trusting: PEM files: ``own``, and ``trusted``, whose signatures count. Without them it takes
            calls as they are.
    """
    given = {"wsdl": str(WSDL), "authority": AUTHORITY, "lose": lose, "fault": fault}
    told = {**given, **(trusting or {})}
    added = {"RECEIVER": json.dumps(told), **dict(flat("receiver", told))}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        env={**environment(), **added},
        stdin=pipe,
        stdout=pipe,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process.stdout, lines))
        reader.start()
        try:
            yield Receiver(json.loads(lines.get(timeout=PATIENCE))["url"], lines)
        finally:
            process.terminate()
            reader.join()


def _read(stream: Iterator[str], lines: "queue.Queue[str]") -> None:
    for line in stream:
        lines.put(line)


def pushed(
    command: Sequence[str], url: str, *cases: str, signing: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What a foreign program saw that called a receiver as the account would, by case.

    Args:
        command: what starts it.
        url: of the receiver.
        cases: in their order.
        signing: PEM files: ``own``, to sign with, and ``trusted``.
    """
    told = {
        "wsdl": str(WSDL),
        "url": url,
        "authority": AUTHORITY,
        "service": "ESIMERKKIKUNTA_VIESTIT",
        "customer": {"AsiakasTunnus": "140581-9011", "TunnusTyyppi": "SSN"},
        "text": "å ä ö € \N{GRINNING FACE} <&>\"'",
        **(signing or {}),
    }
    added = {"PUSHER": json.dumps(told), **dict(flat("pusher", told))}
    ended = done([*command, *cases], given=added)
    assert not ended.stderr, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    return {each["case"]: each["seen"] for each in lines}
