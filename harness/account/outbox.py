"""What the account has to tell an authority: states of items and messages of customers, in order.

Nothing is sent from here; ``harness.account.channel`` does that.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime
from itertools import groupby

from harness.account import citizens
from harness.account.citizens import CitizenMessage, Draft, File, citizen_id
from harness.account.codes import TARGET_TEXTS, TargetCode
from harness.account.customers import Customer
from harness.account.items import Happened
from harness.account.replies import moment
from harness.classes import dataclass
from harness.errors import ContractError
from harness.exchange import render
from harness.exchange.message import local_name
from harness.exchange.messages import SOAP_11_CONTENT_TYPE, Body, Request
from harness.exchange.render import Node, PrefixStyle
from harness.wsdl import Contract

OPERATION = "VieKohdeTiloja"
MESSAGE_VERSION = "1.0"
"""SanomaVersio of what is pushed."""
OPERATIONS = frozenset({OPERATION, citizens.OPERATION})
"""Those of the return channel."""
URL_HEADER = "paluukanavaUrl"


@dataclass(frozen=True, slots=True)
class PushedState:
    """Kohde_WSPA4: the new state of one item for one customer."""

    own_id: str
    account_id: str
    customer: str = field(repr=False)
    type: str
    code: TargetCode
    at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """One message for one service of an authority: either states, or what a customer wrote.

    Attributes:
        number: 1 for the first message of the account.
        at: the moment at which it became due, in UTC.
        authority: ViranomaisTunnus.
        service: PalveluTunnus.
        states: what one moment brought (VieKohdeTiloja).
        message: what a customer wrote (VieKohteita).
    """

    number: int
    at: datetime
    authority: str
    service: str
    states: tuple[PushedState, ...] = ()
    message: CitizenMessage | None = None

    @property
    def operation(self) -> str:
        """The operation of the return channel that carries it."""
        return citizens.OPERATION if self.message else OPERATION

    @property
    def message_id(self) -> str:
        """SanomaTunniste: ``epochseconds_number``, as the service makes them."""
        return f"{int(self.at.timestamp())}_{self.number}"

    def without_texts(self) -> "Push":
        """The same without what the customer wrote; how many files there were stays known."""
        if self.message is None:
            return self
        said = self.message.draft
        files = (File("", ""),) * len(said.files)
        bare = Draft(said.role, "", "", said.reply_to, said.service, files=files)
        return replace(self, message=replace(self.message, draft=bare))


class Outbox:
    """Every message of one account, delivered or not."""

    def __init__(self, pushes: Iterable[Push] = ()) -> None:
        """Begin with messages of before, numbered from 1."""
        self._all = list(pushes)

    @property
    def all(self) -> Sequence[Push]:
        """Every message, in the order of their numbers. Not a copy."""
        return self._all

    def put(
        self,
        happened: Iterable[Happened],
        reply: Callable[[Happened], tuple[Customer, Draft] | None],
    ) -> None:
        """Write messages of the changes that have to be told, and of what customers reply.

        Args:
            happened: the changes.
            reply: who replies to a change, and what; ``None`` when nobody does.
        """
        found = sorted(happened, key=lambda each: (*_addressed(each), each.item.number))
        for (at, authority, service), group in groupby(found, _addressed):
            changes = list(group)
            states = tuple(_state(each) for each in changes if each.change.told)
            if states:
                self._all.append(Push(self._next, at, authority, service, states))
            for replied in filter(None, map(reply, changes)):
                self.write(at, authority, service, *replied)

    def write(
        self, at: datetime, authority: str, service: str, customer: Customer, draft: Draft
    ) -> Push:
        """Write what a customer says."""
        message = CitizenMessage(citizen_id(self._next), customer.id, customer.type, draft)
        push = Push(self._next, at, authority, service, message=message)
        self._all.append(push)
        return push

    @property
    def _next(self) -> int:
        return len(self._all) + 1

    def after(self, number: int = 0) -> tuple[Push, ...]:
        """The messages behind the one of this number; 0 gives all."""
        return tuple(self._all[max(number, 0) :])

    def has(self, push: Push) -> bool:
        """Whether this very message stands here: not after a reset."""
        return self._all[push.number - 1 : push.number] == [push]


def request(contract: Contract, push: Push, url: str = "") -> Request:
    """A message as it is sent to an authority, unsigned.

    Args:
        contract: one of the return channel; any version of it.
        push: the message.
        url: where it goes: the text of the header paluukanavaUrl, where the contract declares it.
            Empty leaves the header out.

    Raises:
        ContractError: the contract is another one.
    """
    check(contract)
    operation = contract.operations[push.operation]
    declared = [name for name in operation.headers if local_name(name) == URL_HEADER]
    headers = dict.fromkeys(declared, url) if url else {}
    style = PrefixStyle.DEFAULT_NAMESPACE
    data = render.request(
        contract, operation.name, tree(contract, push), style=style, headers=headers
    )
    return Request(operation.name, operation.soap_action, Body(data), SOAP_11_CONTENT_TYPE)


def check(contract: Contract) -> None:
    """Do nothing when a contract is one of the return channel.

    Raises:
        ContractError: it is another one.
    """
    if not contract.operations.keys() >= OPERATIONS:
        raise ContractError(
            "this contract is no return channel",
            where=contract.ref,
            todo=f"Name one with the operations {OPERATION} and {citizens.OPERATION}.",
        )


def tree(contract: Contract, push: Push) -> list[Node]:
    """The content of the request's element, in schema order."""
    sender: list[Node] = [
        ("ViranomaisTunnus", push.authority),
        ("PalveluTunnus", push.service),
        ("SanomaTunniste", push.message_id),
        ("SanomaVersio", MESSAGE_VERSION),
    ]
    if push.message is not None:
        asked = citizens.asked(contract, push.message, moment(push.at))
        return [("Viranomainen", sender), asked]
    items = [_item(state) for state in push.states]
    told: list[Node] = [("KohdeMaara", str(len(items))), ("Kohteet", items)]
    return [("Viranomainen", sender), ("Kysely", told)]


def _addressed(happened: Happened) -> tuple[datetime, str, str]:
    return happened.change.at, happened.item.authority, happened.item.service


def _state(happened: Happened) -> PushedState:
    item, change = happened.item, happened.change
    return PushedState(
        item.own_id, item.account_id, item.customer, item.type, change.code, change.at
    )


def _item(state: PushedState) -> Node:
    known: list[Node] = [("ViranomaisTunniste", state.own_id)] if state.own_id else []
    about: list[Node] = [("AsiointitiliTunniste", state.account_id)] if state.account_id else []
    about += [
        ("KohteenTila", str(int(state.code))),
        ("KohteenTilaPvm", moment(state.at)),
        ("KohteenTilaKuvaus", TARGET_TEXTS[state.code]),
    ]
    names = {"AsiakasTunnus": state.customer, "TunnusTyyppi": state.type}
    attributes = names if state.customer else {}
    return ("Kohde", [*known, ("Asiakas", attributes, about)])
