"""The account itself: four operations over its customers and items.

Application errors are answers with a code, never faults. Who calls is told by the certificate that
signed; at the unsigned address by SanomaVarmenneNimi, and with it absent, ViranomaisTunnus speaks
for itself (``harness.account.admitting``).
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.account import citizens, keeping, questions
from harness.account.adding import add_items
from harness.account.admitting import admitted
from harness.account.case import Case
from harness.account.citizens import Draft
from harness.account.clock import AccountTime, Clock, system_clock
from harness.account.codes import AccountState, MessageCode, Refusal, TargetCode
from harness.account.customers import Conduct, Customer, Register
from harness.account.delivering import Deliveries, Delivery, Due, PushRule, Said
from harness.account.finding import find_customers
from harness.account.items import Happened, Items, StoredItem
from harness.account.outbox import Outbox, Push
from harness.account.replies import Reply, tree
from harness.account.sending import send_message
from harness.account.settings import Settings
from harness.account.twist import AS_IT_SHOULD, Asked
from harness.errors import ConfigError
from harness.exchange import render
from harness.exchange.message import Message
from harness.exchange.render import PrefixStyle
from harness.wsdl import Contract

PREFIX_STYLES: Mapping[str, PrefixStyle] = {
    "LahetaViesti": PrefixStyle.DEFAULT_NAMESPACE,
    "HaeAsiakkaita": PrefixStyle.PREFIXED,
}
"""How answers are written where real ones have been seen; clients must not rely on it."""


def _tell_state(case: Case) -> Reply:
    return Reply(MessageCode.OK, "OK", case.message_id)


_OPERATIONS: Mapping[str, Callable[[Case], Reply]] = {
    "HaeTilaTieto": _tell_state,
    "HaeAsiakkaita": find_customers,
    "LisaaKohteita": add_items,
    "LahetaViesti": send_message,
}


class Account:
    """A simulated account. Answers depend on what was asked before and on the clock only."""

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock = system_clock,
        styles: Mapping[str, PrefixStyle] = PREFIX_STYLES,
        deliveries: Deliveries | None = None,
    ) -> None:
        """Begin an account in which nothing has happened.

        Args:
            settings: its agreements and customers.
            clock: gives the present moment.
            styles: how answers are written, by operation; others have a default namespace.
            deliveries: how what it has to tell is delivered; nothing was delivered before.
        """
        self.deliveries = deliveries or Deliveries()
        self.settings = settings or Settings()
        self._styles = dict(styles)
        self._clock = clock
        self._register = Register(self.settings.customers)
        self._lock = threading.RLock()
        self._start(keeping.State(datetime.min.replace(tzinfo=UTC), timedelta(), 0, (), ()))

    def _start(self, state: keeping.State) -> None:
        self._time = AccountTime(self._clock, state.ahead)
        self._time.not_before(state.now)
        self._items, self._outbox = Items(state.items), Outbox(state.pushes)
        self.deliveries.restore(state.deliveries)
        self._answers = state.answers
        self._asked: list[Asked] = []
        self._noted = 0
        self._note_written()

    @property
    def operations(self) -> frozenset[str]:
        """What it can answer."""
        return frozenset(_OPERATIONS)

    def answer(self, contract: Contract, operation: str, message: Message) -> bytes:
        """The envelope that answers one request that keeps the contract.

        Args:
            contract: says which element the operation answers with.
            operation: one of ``operations``.
            message: the request, judged before.
        """
        reply = self.handle(operation, message)
        style = self._styles.get(operation, PrefixStyle.DEFAULT_NAMESPACE)
        return render.answer(contract, operation, tree(contract, operation, reply), style=style)

    def handle(self, operation: str, message: Message) -> Reply:
        """Answer one request that keeps the contract.

        Args:
            operation: one of ``operations``.
            message: the request, judged before.
        """
        with self._lock:
            reply = self._decided(operation, message)
            twist = self.settings.twist
            if twist is AS_IT_SHOULD:
                return reply
            asked = Asked(operation, message, reply, tuple(self._asked))
            self._asked.append(asked)
            return twist.reply(asked)

    def _decided(self, operation: str, message: Message) -> Reply:
        now = self._caught_up()
        self._answers += 1
        asking = questions.caller(message)
        # As the service makes ids itself: epochseconds_number.
        own_id = f"{int(now.timestamp())}_{self._answers}"
        message_id = asking.message_id or own_id
        try:
            authority = admitted(
                self.settings.authorities, operation, asking, self.settings.demands
            )
            case = Case(
                operation=operation,
                message=message,
                message_id=message_id,
                trace_id=own_id,
                authority=authority,
                service=asking.service or authority.services[0],
                at=now,
                settings=self.settings,
                register=self._register,
                items=self._items,
            )
            return _OPERATIONS[operation](case)
        except Refusal as refusal:
            return Reply(refusal.code, refusal.text, message_id)

    # What can be seen and moved from outside, besides requests

    def now(self) -> datetime:
        """Account time, in UTC."""
        with self._lock:
            return self._time.now()

    def advance(self, seconds: float) -> datetime:
        """Move account time ahead; what is due by then happens. Gives the new moment.

        Raises:
            ConfigError: the number is negative or far too large.
        """
        with self._lock:
            self._time.advance(seconds)
            return self._caught_up()

    def items(self) -> tuple[StoredItem, ...]:
        """Every item with its states until now, in the order of arrival."""
        with self._lock:
            self._caught_up()
            return self._items.all

    def sent(self, authority: str, own_id: str) -> tuple[StoredItem, ...]:
        """What an authority has sent under a ViranomaisTunniste, one for each customer."""
        with self._lock:
            self._caught_up()
            return self._items.of(authority, own_id)

    def outbox(self, after: int = 0) -> tuple[Push, ...]:
        """What it has to tell by now, delivered or not, behind the message of that number."""
        with self._lock:
            self._caught_up()
            return self._outbox.after(after)

    # The return channel

    def write(self, draft: Draft) -> Push:
        """Let a customer write to an authority.

        Raises:
            ConfigError: there is no such customer, item or service, or the account does not take
                the message.
        """
        with self._lock:
            now = self._caught_up()
            customer = self._writer(draft.role)
            citizens.check(draft, customer, self.settings.max_attachment_bytes)
            to = self._addressee(draft, customer)
            push = self._outbox.write(now, *to, customer, draft)
            self._note_written()
            return push

    def next_push(self) -> Due | None:
        """The message that is sent now, if any is."""
        with self._lock:
            now = self._caught_up()
            return self.deliveries.next(self._outbox.all, now)

    def pushed(self, due: Due, said: Said) -> Delivery:
        """Take down what came of sending a message; gives how it stands now.

        After a reset in between, nothing is taken down.
        """
        with self._lock:
            now = self._caught_up()
            if not self._outbox.has(due.push):
                return Delivery(due.push.number)
            taken = self.settings.twist.said(said)
            return self.deliveries.done(self._outbox.all, due, taken, now)

    def standing(self, after: int = 0) -> tuple[tuple[Push, Delivery], ...]:
        """Every message behind the one of that number, and how it stands."""
        with self._lock:
            self._caught_up()
            return tuple((push, self.deliveries.of(push)) for push in self._outbox.after(after))

    def order(self, *rules: PushRule) -> None:
        """Put rules about deliveries behind those in force: all of them, or none.

        Raises:
            ConfigError: there are too many.
        """
        with self._lock:
            self.deliveries.rules.add(*rules)

    def clear_orders(self) -> None:
        """Forget every rule about deliveries; what was held back goes out."""
        with self._lock:
            self.deliveries.clear_rules()

    def resend(self) -> None:
        """Send what was given up anew, and what waits at once."""
        with self._lock:
            self.deliveries.resend()

    def _writer(self, role: str) -> Customer:
        for customer in self.settings.customers:
            if customer.role == role:
                if customer.state is AccountState.ACTIVE and not customer.passive:
                    return customer
                raise ConfigError(f"{role} has no active account, so it cannot write")
        roles = ", ".join(each.role for each in self.settings.customers)
        raise ConfigError(f"there is no customer {role[:40]!r}", todo=f"There are: {roles}.")

    def _addressee(self, draft: Draft, customer: Customer) -> tuple[str, str]:
        """Authority and service that a message goes to."""
        item = self._items.holds(draft.reply_to, customer.id) if draft.reply_to else None
        if draft.reply_to and item is None:
            raise ConfigError(
                f"{draft.role} has no item of this id to reply to",
                todo="Give the AsiointitiliTunniste of an item of this customer's.",
            )
        if item is not None and draft.service in {"", item.service}:
            return item.authority, item.service
        services = {name: each.id for each in self.settings.authorities for name in each.services}
        service = draft.service or next(iter(services))
        if service not in services or (item and services[service] != item.authority):
            there = f"There are: {', '.join(services)}."
            raise ConfigError(f"it cannot go to the service {service[:40]!r}", todo=there)
        return services[service], service

    def _reply(self, happened: Happened) -> tuple[Customer, Draft] | None:
        """What a customer who replies says once it has read an item."""
        item = happened.item
        if happened.change.code is not TargetCode.READ:
            return None
        customer = self._register.find(item.customer, item.type)
        if customer.conduct is not Conduct.REPLIES:
            return None
        return customer, citizens.reply_of(customer.role, item.account_id)

    def _note_written(self) -> None:
        """Authorities may refer to what customers have written to them."""
        for push in self._outbox.all[self._noted :]:
            if push.message is not None:
                message = push.message
                self._items.note(push.authority, message.account_id, message.customer)
        self._noted = len(self._outbox.all)

    def reset(self) -> None:
        """Forget everything that has happened; account time is that of the clock again."""
        with self._lock:
            self._start(keeping.State(datetime.min.replace(tzinfo=UTC), timedelta(), 0, (), ()))

    def snapshot(self) -> dict[str, Any]:
        """Everything it remembers, as JSON-able data without texts that callers sent.

        What customers wrote stands there as long as it may be sent.
        """
        with self._lock:
            now = self._caught_up()
            items, kept = self._items.all, self.deliveries.kept
            pushes = tuple(
                each if self.deliveries.of(each).may_be_sent else each.without_texts()
                for each in self._outbox.all
            )
            state = keeping.State(now, self._time.ahead, self._answers, items, pushes, kept)
        return keeping.plain(state)

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from a snapshot, in place of what this account remembers.

        Raises:
            ConfigError: the data is not that of a snapshot.
        """
        state = keeping.read(data)
        with self._lock:
            self._start(state)

    def _caught_up(self) -> datetime:
        now = self._time.now()
        happened = self._items.catch_up(now)
        if happened:
            for together in self.settings.twist.told(happened):
                self._outbox.put(together, self._reply)
            self._note_written()
        return now
