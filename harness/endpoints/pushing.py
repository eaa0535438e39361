"""The built-in endpoints' side of the return channel: what the account has to tell comes at once.

Account time is moved by scenarios, so nothing is waited for: whoever wants a call has the messages
sent that are due, one by one, until it has come. What is sent again, and when, says the account.
"""

from typing import TYPE_CHECKING

from harness.account.account import Account
from harness.account.channel import Deliver, ReturnChannel
from harness.account.delivering import Action, PushRule
from harness.endpoints.incoming import USUAL, Incoming, OwnReply, Wanted
from harness.endpoints.listener import Listener
from harness.endpoints.protocol import Order
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Site
from harness.exchange.messages import Exchange, Problem, ProblemCode, Request

if TYPE_CHECKING:
    from harness.endpoints.signed import Signed


class Pushed:
    """An inbox that the account of this process fills."""

    def __init__(
        self,
        listener: Listener,
        account: Account,
        deliver: Deliver,
        signed: "Signed | None" = None,
    ) -> None:
        """Prepare.

        Args:
            listener: takes the calls.
            account: who has something to tell.
            deliver: brings a message to the listener.
            signed: who signs in this session.
        """
        self._listener, self._account, self._deliver = listener, account, deliver
        sealed = None if signed is None else signed.secured.sealed()
        contract, address = listener.contract, listener.address
        self._channel = ReturnChannel(account, contract, address, sealed=sealed)

    def receive(
        self, wanted: Wanted, reply: OwnReply = USUAL, within: float = 0.0
    ) -> Incoming | None:
        """The call that is wanted; see ``Inbox``. What is due comes now or not at all."""
        del within
        return self._listener.receive(wanted, reply, fetch=self._fetch)

    def _fetch(self) -> bool:
        return self._channel.step(self._deliver) is not None

    def order(self, order: Order) -> None:
        """Have the next message that was never sent delivered so."""
        self._account.order(PushRule(Action(order), next=1))

    def left(self) -> tuple[Incoming, ...]:
        """The calls that nobody has asked for by now."""
        return self._listener.left()

    @property
    def strangers(self) -> int:
        """Nobody else calls."""
        return self._listener.strangers


def handing(listener: Listener) -> Deliver:
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
