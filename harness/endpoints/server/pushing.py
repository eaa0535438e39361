"""The return channel of a server: a thread that sends what the account has to tell.

The server answers as always while a receiver is slow or down. What is to be sent is in the state
file before it goes out, and what was acknowledged is there before the next one does, so that a
server that is killed sends neither too little nor again what was acknowledged.
"""

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from harness.account.channel import Deliver, ReturnChannel, Sent
from harness.account.delivering import Outcome
from harness.classes import dataclass
from harness.endpoints.server.keeping import StateFile
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Direction, Observed, Observer, Reply
from harness.exchange.messages import Answer, Body, Exchange, Problem, Request

_TICK = 0.25
"""Seconds after which account time is looked at again."""
_NOTHING = Answer(0, (), Body(b""))


@dataclass(frozen=True, slots=True)
class Channel:
    """What a pusher works with.

    Attributes:
        url: where messages go.
        channel: the account's side.
        deliver: carries a request; called in the pusher's thread only.
        close: lets go of what carries them.
    """

    url: str
    channel: ReturnChannel
    deliver: Deliver
    close: Callable[[], None]


class Pusher:
    """Sends in a thread of its own, for as long as a ``with`` block.

    Attributes:
        url: where messages go.
        problem: why nothing is sent any more; empty while all is well.
    """

    def __init__(self, to: Channel, observer: Observer, state: StateFile | None) -> None:
        """Prepare; nothing is sent yet.

        Args:
            to: where to, and how.
            observer: is told of every exchange, in the pusher's thread.
            state: the file in which the account's state is kept; ``None`` without one.
        """
        self.url, self.problem = to.url, ""
        self._to, self._observer, self._state = to, observer, state
        self._told = False
        """Something was sent since the state was saved."""
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="harness-pusher", daemon=True)

    def poke(self) -> None:
        """Something may be due: look at once."""
        self._wake.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the message under way, and take down what came of it."""
        self._stopping.set()
        self.poke()
        self._thread.join()
        self._to.close()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                if self._step():
                    continue
                if self._told:  # what calls have changed is the keeper's, in its own time
                    self._save()
                self._wake.wait(_TICK)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not end in silence
            # Neither the text of the error nor a traceback: they may quote the message.
            self.problem = f"nothing is pushed any more: a mistake ({type(error).__name__})"
            sys.stderr.write(f"harness: {self.problem}\n")

    def _step(self) -> bool:
        sent = self._to.channel.step(self._saved)
        if sent is None:
            return False
        if self._state is not None:
            self._state.touched = self._told = True
        self._observer(observed(sent, self.url))
        return True

    def _saved(self, request: Request) -> Exchange:
        """Send what is in the state file already."""
        self._save()
        return self._to.deliver(request)

    def _save(self) -> None:
        self._told = False
        if self._state is not None and self._state.touched:
            self._state.save()


def observed(sent: Sent, url: str) -> Observed:
    """A push as an exchange for the journal; without an answer its status is 0."""
    exchange, request = sent.exchange, sent.request
    answer = _NOTHING if isinstance(exchange.outcome, Problem) else exchange.outcome
    codes = tuple(str(finding.code) for finding in sent.judgement.findings)
    if sent.said.outcome is not Outcome.ACCEPTED and sent.said.code not in codes:
        codes = (sent.said.code, *codes)
    path = urlsplit(url).path or "/"
    return Observed(
        at=datetime.now(UTC),
        received=Received("POST", path, (), request.body.data, keep_alive=False),
        path=path,
        operation=request.operation,
        reply=Reply(answer),
        seconds=exchange.seconds,
        codes=codes,
        direction=Direction.OUT,
    )
