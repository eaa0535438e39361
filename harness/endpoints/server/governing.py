"""What can be seen and changed of a running server from outside, besides calling its services.

Called in the server's thread only. Nothing that is shown here holds a text of a message; customers
are shown by their roles.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from harness import occasions
from harness.account.account import Account
from harness.account.citizens import CitizenMessage, Draft
from harness.account.delivering import Delivery, Standing, push_rule
from harness.account.outbox import Push, PushedState
from harness.account.service import Simulation
from harness.account.settings import Settings
from harness.classes import dataclass
from harness.endpoints.fault_rules import Rule, Rules, rule
from harness.endpoints.faults import FAULTS
from harness.endpoints.server.journal import Journal
from harness.endpoints.server.keeping import StateFile
from harness.errors import ConfigError
from harness.redact import without_codes
from harness.wsdl import Contract

PREFIX = "/harness"
"""What is not a service of the contract lies below this path."""


class Pushing(Protocol):
    """Who sends what the account has to tell: ``harness.endpoints.server.pushing.Pusher``."""

    url: str
    problem: str

    def poke(self) -> None:
        """Something may be due: look at once."""


class _Switched(Protocol):
    """The account and the generic other side: their settings may be replaced."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Served:
    """One server's parts.

    Attributes:
        contract: what is promised.
        other_side: who answers.
        rules: faults in force.
        journal: of its exchanges.
        addresses: URL by name.
        state: the file in which the account's state is kept; ``None`` without one.
        pusher: who sends over the return channel; ``None`` when nothing is sent.
    """

    contract: Contract
    other_side: Simulation
    rules: Rules
    journal: Journal
    addresses: Mapping[str, str]
    state: StateFile | None = None
    pusher: Pushing | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many items are in one state."""

    code: int
    name: str
    items: int


@dataclass(frozen=True, slots=True)
class ReturnChannelState:
    """How the return channel stands.

    Attributes:
        url: where messages go; empty when nothing is sent.
        standings: how many messages stand how: pending, delivered, given-up, dropped.
        attempts: how often anything was sent.
        last_problem: code of the newest message whose last attempt was not accepted; else empty.
        rules: about deliveries, as they are written.
    """

    url: str
    standings: Mapping[str, int]
    attempts: int
    last_problem: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """How a server stands.

    Attributes:
        contract: its reference.
        addresses: URL by name.
        account: the other side is the account; else it knows nothing but the contract.
        account_time: ISO 8601 in UTC; empty without an account.
        ahead: whole seconds by which account time is ahead of the clock.
        switches: on or off by name.
        items: by state, those that occur.
        return_channel: ``None`` without an account.
        faults: rules as they are written.
        last: position of the journal's last entry.
        journal: its file; empty without one.
        problems: what does not work.
    """

    contract: str
    addresses: Mapping[str, str]
    account: bool
    account_time: str
    ahead: int
    switches: Mapping[str, bool]
    items: tuple[Count, ...]
    return_channel: ReturnChannelState | None
    faults: tuple[str, ...]
    last: int
    journal: str
    problems: tuple[str, ...]


class Governed:
    """A server as its control point and its page see it."""

    def __init__(self, served: Served) -> None:
        """Note how it is now: that is what a reset leads back to."""
        self.served = served
        self._settings = served.other_side.settings
        self._rules = served.rules.rules
        known = served.other_side
        self._orders = known.deliveries.rules.rules if isinstance(known, Account) else ()

    @property
    def account(self) -> Account:
        """The account.

        Raises:
            ConfigError: the other side is none.
        """
        if isinstance(self.served.other_side, Account):
            return self.served.other_side
        raise ConfigError(
            f"{self.served.contract.name} is not simulated: its other side has no clock, no items "
            "and nothing to tell"
        )

    def reset(self) -> None:
        """Everything as it was started, with an account in which nothing has happened."""
        self._switch(self._settings)
        self.served.rules.clear()
        self.served.rules.add(*self._rules)
        if isinstance(self.served.other_side, Account):
            self.served.other_side.reset()
            self.served.other_side.clear_orders()
            self.served.other_side.order(*self._orders)
        self._touched()

    def add_faults(self, texts: list[str]) -> None:
        """Put rules behind those in force: all of them, or none.

        Raises:
            ConfigError: one cannot be read, or there are too many.
        """
        self.served.rules.add(*map(rule, texts))

    def advance(self, seconds: float) -> None:
        """Move account time ahead.

        Raises:
            ConfigError: there is no account, or it cannot be moved by that.
        """
        self.account.advance(seconds)
        self._touched()

    def advance_to(self, moment: datetime) -> None:
        """Move account time ahead to a moment.

        Raises:
            ConfigError: there is no account, or the moment is past.
        """
        seconds = (moment - self.account.now()).total_seconds()
        if seconds < 0:
            raise ConfigError(
                "account time is past that moment, and never runs backwards",
                todo="A reset begins anew at the present moment.",
            )
        self.advance(seconds)

    def switch(self, wanted: Mapping[str, bool]) -> None:
        """Turn switches on or off: all of them, or none.

        Raises:
            ConfigError: there is no such switch here.
        """
        settings, known = self.served.other_side.settings, self.switches()
        for name, on in wanted.items():
            if name not in known:
                there = f"There are: {', '.join(known)}."
                raise ConfigError(f"there is no switch {name[:40]!r}", todo=there)
            settings = _turned(settings, name, on=on)
        self._switch(settings)

    def switches(self) -> dict[str, bool]:
        """On or off by name."""
        settings = self.served.other_side.settings
        found = {"maintenance": settings.maintenance}
        if isinstance(self.served.other_side, Account):
            found["queued"] = settings.authorities[0].queued
            found["tolerant"] = settings.tolerant
        return found

    def _switch(self, settings: Settings) -> None:
        cast("_Switched", self.served.other_side).settings = settings

    def _touched(self) -> None:
        """Something has happened: it has to be saved, and may have to be told."""
        if self.served.state is not None:
            self.served.state.touched = True
        if self.served.pusher is not None:
            self.served.pusher.poke()

    # The return channel

    def told_later(self, after: int = 0) -> list[dict[str, Any]]:
        """What the account has to tell by now, behind the message of that number.

        Raises:
            ConfigError: there is no account.
        """
        roles = {(each.id, each.type): each.role for each in self.account.settings.customers}
        return [_push(push, roles) for push in self.account.outbox(after)]

    def deliveries(self, after: int = 0) -> list[dict[str, Any]]:
        """How these messages stand.

        Raises:
            ConfigError: there is no account.
        """
        return [_delivery(push, delivery) for push, delivery in self.account.standing(after)]

    def push_rules(self) -> tuple[str, ...]:
        """The rules about deliveries, as they are written.

        Raises:
            ConfigError: there is no account.
        """
        return tuple(each.written for each in self.account.deliveries.rules.rules)

    def order(self, texts: list[str]) -> None:
        """Put rules about deliveries behind those in force: all of them, or none.

        Raises:
            ConfigError: there is no account, one cannot be read, or there are too many.
        """
        self.account.order(*map(push_rule, texts))

    def clear_orders(self) -> None:
        """Forget every rule about deliveries; what was held back goes out.

        Raises:
            ConfigError: there is no account.
        """
        self.account.clear_orders()
        self._touched()

    def resend(self) -> None:
        """Send what was given up anew, and what waits at once.

        Raises:
            ConfigError: there is no account.
        """
        self.account.resend()
        self._touched()

    def write(self, draft: Draft) -> dict[str, Any]:
        """Let a customer write to an authority; gives the message without its text.

        Raises:
            ConfigError: there is no account, or it does not take the message.
        """
        push = self.account.write(draft)
        self._touched()
        return self.told_later(push.number - 1)[0]

    def overview(self) -> Overview:
        """How the server stands now."""
        served, account = self.served, self.served.other_side
        known = account if isinstance(account, Account) else None
        now = known.now() if known else None
        return Overview(
            contract=served.contract.ref,
            addresses=served.addresses,
            account=known is not None,
            account_time=now.isoformat(timespec="seconds").replace("+00:00", "Z") if now else "",
            ahead=round((now - datetime.now(UTC)).total_seconds()) if now else 0,
            switches=self.switches(),
            items=_counted(known) if known else (),
            return_channel=self._return_channel(known) if known else None,
            faults=tuple(written(each) for each in served.rules.rules),
            last=served.journal.last,
            journal=str(served.journal.path or ""),
            problems=(*served.journal.problems, *filter(None, self._problems())),
        )

    def _problems(self) -> Iterator[str]:
        served = self.served
        yield served.state.problem if served.state else ""
        yield served.pusher.problem if served.pusher else ""

    def _return_channel(self, account: Account) -> ReturnChannelState:
        found = [delivery for _, delivery in account.standing()]
        counted = Counter(delivery.standing for delivery in found)
        failed = [delivery.last for delivery in found if delivery.last]
        return ReturnChannelState(
            url=self.served.pusher.url if self.served.pusher else "",
            standings={each.value: counted[each] for each in Standing},
            attempts=sum(delivery.attempts for delivery in found),
            last_problem=failed[-1] if failed else "",
            rules=self.push_rules(),
        )


def _turned(settings: Settings, name: str, *, on: bool) -> Settings:
    if name == "queued":
        first, *others = settings.authorities
        return replace(settings, authorities=(replace(first, queued=on), *others))
    if name == "maintenance":
        return replace(settings, maintenance=on)
    return replace(settings, tolerant=on)


def _counted(account: Account) -> tuple[Count, ...]:
    found = Counter(item.state for item in account.items())
    return tuple(Count(int(code), code.name, found[code]) for code in sorted(found))


def written(rule: Rule) -> str:
    """A rule as the command line writes it; what is as usual is left out."""
    usual = FAULTS[rule.fault.name].parameters
    words = [rule.fault.name.value]
    words += [f"{key}={value}" for key, value in rule.fault.values if value != usual[key].default]
    return ",".join([*words, *occasions.words(rule)])


def _push(push: Push, roles: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "number": push.number,
        "at": push.at.isoformat().replace("+00:00", "Z"),
        "authority": push.authority,
        "service": push.service,
        "message_id": push.message_id,
        "operation": push.operation,
        "items": [_pushed(state, roles) for state in push.states],
        "written": _written(push.message) if push.message else None,
    }


def _written(message: CitizenMessage) -> dict[str, Any]:
    """What a customer wrote, without its texts."""
    return {
        "account_id": message.account_id,
        "customer": message.draft.role,
        "reply_to": message.draft.reply_to,
        "files": len(message.draft.files),
    }


def _delivery(push: Push, delivery: Delivery) -> dict[str, Any]:
    later = delivery.not_before
    return {
        "number": push.number,
        "operation": push.operation,
        "service": push.service,
        "message_id": push.message_id,
        "standing": delivery.standing.value,
        "attempts": delivery.attempts,
        "last_problem": delivery.last,
        "held_back": delivery.held,
        "not_before": later.isoformat().replace("+00:00", "Z") if later else "",
    }


def _pushed(state: PushedState, roles: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "own_id": without_codes(state.own_id),
        "account_id": state.account_id,
        "customer": roles.get((state.customer, state.type), "other"),
        "code": int(state.code),
        "at": state.at.isoformat().replace("+00:00", "Z"),
    }
