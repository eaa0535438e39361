"""The built-in endpoints' side of the return channel: what the account has to tell comes at once.

Account time is moved by scenarios, so nothing is waited for: whoever wants a call has the messages
made that are due, one by one, until it has come.
"""

from collections.abc import Callable

from harness.account.outbox import Push, request
from harness.endpoints.incoming import USUAL, Incoming, OwnReply, Wanted
from harness.endpoints.listener import Listener
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Site
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Exchange, Problem, ProblemCode, Request
from harness.vocabulary import Verdict

Post = Callable[[Request], Exchange]


class Pushed:
    """An inbox that the account of this process fills."""

    def __init__(
        self, listener: Listener, due: Callable[[int], tuple[Push, ...]], post: Post
    ) -> None:
        """Prepare.

        Args:
            listener: takes the calls.
            due: messages behind the one of a number, in their order.
            post: brings one to the listener.
        """
        self._listener, self._due, self._post = listener, due, post
        self._delivered = 0

    def receive(
        self, wanted: Wanted, reply: OwnReply = USUAL, within: float = 0.0
    ) -> Incoming | None:
        """The call that is wanted; see ``Inbox``. What is due comes now or not at all."""
        del within
        return self._listener.receive(wanted, reply, fetch=self._round())

    def left(self) -> tuple[Incoming, ...]:
        """The calls that nobody has asked for by now."""
        return self._listener.left()

    @property
    def strangers(self) -> int:
        """Nobody else calls."""
        return self._listener.strangers

    def _round(self) -> Callable[[], bool]:
        """Delivers a message a call; one that gets no good reply ends the round and waits."""
        stopped = False

        def one() -> bool:
            nonlocal stopped
            due = () if stopped else self._due(self._delivered)
            if not due:
                return False
            stopped = not self._deliver(due[0])
            return True

        return one

    def _deliver(self, push: Push) -> bool:
        contract = self._listener.contract
        asked = request(contract, push)
        judgement = judge_answer(contract, asked, self._post(asked))
        message = judgement.message
        good = judgement.verdict is Verdict.PASSED and message is not None and not message.fault
        if good:
            self._delivered = push.number
        return good


def handing(listener: Listener) -> Post:
    """Hands messages to the listener's site, without a socket."""
    site = listener.site()
    return lambda asked: _handed(site, listener.path, asked)


def _handed(site: Site, path: str, asked: Request) -> Exchange:
    headers = (
        ("Host", "localhost"),
        ("Content-Type", asked.content_type),
        ("SOAPAction", f'"{asked.soap_action}"'),
    )
    received = Received("POST", path, headers, asked.body.data, keep_alive=True)
    reply = site.reply(received)
    lost = reply.fault is not None
    return Exchange(asked, Problem(ProblemCode.CLOSED_EARLY) if lost else reply.answer)
