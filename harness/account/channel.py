"""The return channel from the account's side: one message at a time, through whatever carries it.

Synchronous, without threads and sockets. ``harness serve`` calls ``step`` in a thread of its own
over HTTP; a scenario in process calls ``flush`` with a function that answers at once::

    channel = ReturnChannel(account, contract, url)
    account.advance(60)                    # states become due
    sent = channel.flush(listener.deliver)  # deliver: Request -> Exchange

A message whose outcome was bad is sent again by a later ``step`` or ``flush``, when account time
has come to it: ``account.advance`` makes it due in a scenario. ``account.order`` takes the rules of
a tester, ``account.write`` lets a customer write, and ``account.standing`` says how each message
stands. How often and when a message is sent again says ``Account(deliveries=Deliveries(...))``.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.account import outbox
from harness.account.account import Account
from harness.account.codes import TargetCode
from harness.account.delivering import Delivery, Due, Outcome, Said
from harness.account.questions import whole_number
from harness.classes import dataclass
from harness.exchange.findings import meaning
from harness.exchange.judge import Judgement, Referee, judge_answer
from harness.exchange.message import Message
from harness.exchange.messages import Body, Exchange, Request
from harness.limits import DEFAULT, Limits
from harness.vocabulary import Verdict
from harness.wsdl import Contract

_AT_ONCE = 10_000

Deliver = Callable[[Request], Exchange]
"""Carries one request to the receiver, and waits for what comes of it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that was sent, and what came of it.

    Attributes:
        due: the message.
        request: as it was sent, signed if it was.
        exchange: what came back.
        judgement: of the answer.
        said: what it means.
        delivery: how the message stands since.
    """

    due: Due
    request: Request
    exchange: Exchange
    judgement: Judgement
    said: Said
    delivery: Delivery


class ReturnChannel:
    """Sends what one account has to tell to one address."""

    def __init__(
        self,
        account: Account,
        contract: Contract,
        url: str = "",
        *,
        sealed: Callable[[bytes], bytes] | None = None,
        referee: Referee | None = None,
        limits: Limits = DEFAULT,
    ) -> None:
        """Prepare.

        Args:
            account: who has to tell something.
            contract: the version of the return channel that is spoken.
            url: where messages go: the text of the header paluukanavaUrl, where there is one.
            sealed: signs a message right before it is sent, each attempt anew; ``None`` sends it
                unsigned.
            referee: judges the security of answers; ``None`` takes them as they are.
            limits: what an answer may cost.

        Raises:
            ContractError: the contract is no return channel.
        """
        outbox.check(contract)
        self._account, self._contract, self._url = account, contract, url
        self._sealed, self._referee, self._limits = sealed, referee, limits

    def step(self, deliver: Deliver) -> Sent | None:
        """Send what is next, and take down what came of it; ``None`` when nothing is due."""
        due = self._account.next_push()
        if due is None:
            return None
        request = outbox.request(self._contract, due.push, self._url)
        if self._sealed is not None:
            request = replace(request, body=Body(self._sealed(request.body.data)))
        exchange = deliver(request)
        judgement = judge_answer(
            self._contract, request, exchange, limits=self._limits, referee=self._referee
        )
        said = meant(judgement)
        delivery = self._account.pushed(due, said)
        return Sent(due, request, exchange, judgement, said, delivery)

    def flush(self, deliver: Deliver) -> tuple[Sent, ...]:
        """Send everything that is due at this moment, in its order."""
        found: list[Sent] = []
        while len(found) < _AT_ONCE and (sent := self.step(deliver)) is not None:
            found.append(sent)
        return tuple(found)


def meant(judgement: Judgement) -> Said:
    """What a judged answer says of the message that it answers.

    Only TilaKoodi 0 acknowledges; an answer to VieKohteita whose KohteenTila is an error does not.
    """
    message = judgement.message
    if judgement.verdict is not Verdict.PASSED or message is None:
        broken = [f.code for f in judgement.findings if meaning(f.code).verdict is not _NOTE]
        return Said(Outcome.LOST, str(broken[0]) if broken else "empty-answer")
    if message.fault is not None:
        return Said(Outcome.FAULT, "fault")
    return _coded(message, f"{judgement.operation}Result")


_NOTE = Verdict.PASSED


def _coded(message: Message, result: str) -> Said:
    code = whole_number(message.text(f"{result}/TilaKoodi/TilaKoodi"))
    if code is None:
        return Said(Outcome.REFUSED, "no TilaKoodi")
    if code != 0:
        return Said(Outcome.REFUSED, f"TilaKoodi {code}")
    for state in map(whole_number, message.texts(f"{result}/Kohteet/Kohde/KohteenTila")):
        if state is not None and state >= TargetCode.DUPLICATE:
            return Said(Outcome.REFUSED, f"KohteenTila {state}")
    return Said(Outcome.ACCEPTED)
