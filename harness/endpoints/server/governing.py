"""What can be seen and changed of a running server from outside, besides calling its services.

Called in the server's thread only. Nothing that is shown here holds a text of a message; customers
are shown by their roles.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from harness import occasions
from harness.account.account import Account
from harness.account.outbox import Push, PushedState
from harness.account.service import Simulation
from harness.account.settings import Settings
from harness.endpoints.fault_rules import Rule, Rules, rule
from harness.endpoints.faults import FAULTS
from harness.endpoints.server.journal import Journal
from harness.endpoints.server.keeping import StateFile
from harness.errors import ConfigError
from harness.redact import without_codes
from harness.wsdl import Contract

PREFIX = "/harness"
"""What is not a service of the contract lies below this path."""


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
    """

    contract: Contract
    other_side: Simulation
    rules: Rules
    journal: Journal
    addresses: Mapping[str, str]
    state: StateFile | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many items are in one state."""

    code: int
    name: str
    items: int


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
        told_later: messages of VieKohdeTiloja that are due.
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
    told_later: int
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
        if self.served.state is not None:
            self.served.state.touched = True

    def told_later(self, after: int = 0) -> list[dict[str, Any]]:
        """The messages of VieKohdeTiloja that are due, behind the one of that number.

        Raises:
            ConfigError: there is no account.
        """
        roles = {(each.id, each.type): each.role for each in self.account.settings.customers}
        return [_push(push, roles) for push in self.account.outbox(after)]

    def overview(self) -> Overview:
        """How the server stands now."""
        served, account = self.served, self.served.other_side
        state = served.state
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
            told_later=len(known.outbox()) if known else 0,
            faults=tuple(written(each) for each in served.rules.rules),
            last=served.journal.last,
            journal=str(served.journal.path or ""),
            problems=(*served.journal.problems, *filter(None, [state.problem if state else ""])),
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
        "items": [_pushed(state, roles) for state in push.states],
    }


def _pushed(state: PushedState, roles: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "own_id": without_codes(state.own_id),
        "account_id": state.account_id,
        "customer": roles.get((state.customer, state.type), "other"),
        "code": int(state.code),
        "at": state.at.isoformat().replace("+00:00", "Z"),
    }
