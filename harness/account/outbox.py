"""What the account has to tell an authority later: messages of VieKohdeTiloja, in order.

Nothing is sent from here. A sender asks for what comes after the last number it has delivered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from harness.account.codes import TARGET_TEXTS, TargetCode
from harness.account.items import Happened
from harness.account.replies import moment
from harness.exchange import render
from harness.exchange.messages import SOAP_11_CONTENT_TYPE, Body, Request
from harness.exchange.render import Node, PrefixStyle
from harness.wsdl import Contract

OPERATION = "VieKohdeTiloja"
MESSAGE_VERSION = "1.0"
"""SanomaVersio of what is pushed."""


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
    """One message of VieKohdeTiloja: what one moment brought for one service of an authority.

    Attributes:
        number: 1 for the first message of the account.
        at: the moment at which it became due, in UTC.
        authority: ViranomaisTunnus.
        service: PalveluTunnus.
        states: at least one.
    """

    number: int
    at: datetime
    authority: str
    service: str
    states: tuple[PushedState, ...]

    @property
    def message_id(self) -> str:
        """SanomaTunniste: ``epochseconds_number``, as the service makes them."""
        return f"{int(self.at.timestamp())}_{self.number}"


class Outbox:
    """Every message of one account, delivered or not."""

    def __init__(self, pushes: Iterable[Push] = ()) -> None:
        """Begin with messages of before, numbered from 1."""
        self._all = list(pushes)

    def put(self, happened: Iterable[Happened]) -> None:
        """Write messages of the changes that have to be told."""
        told = [each for each in happened if each.change.told]
        told.sort(key=lambda each: (*_addressed(each), each.item.number))
        for (at, authority, service), group in groupby(told, _addressed):
            states = tuple(_state(each) for each in group)
            self._all.append(Push(len(self._all) + 1, at, authority, service, states))

    def after(self, number: int = 0) -> tuple[Push, ...]:
        """The messages behind the one of this number; 0 gives all."""
        return tuple(self._all[max(number, 0) :])


def request(contract: Contract, push: Push) -> Request:
    """A message as it is sent to an authority.

    Args:
        contract: one of the return channel; any version of it.
        push: the message.

    Raises:
        ContractError: the contract is another one.
    """
    body = render.request(contract, OPERATION, tree(push), style=PrefixStyle.DEFAULT_NAMESPACE)
    action = contract.operations[OPERATION].soap_action
    return Request(OPERATION, action, Body(body), SOAP_11_CONTENT_TYPE)


def tree(push: Push) -> list[Node]:
    """The content of the element VieKohdeTiloja, in schema order."""
    sender: list[Node] = [
        ("ViranomaisTunnus", push.authority),
        ("PalveluTunnus", push.service),
        ("SanomaTunniste", push.message_id),
        ("SanomaVersio", MESSAGE_VERSION),
    ]
    items = [_item(state) for state in push.states]
    asked: list[Node] = [("KohdeMaara", str(len(items))), ("Kohteet", items)]
    return [("Viranomainen", sender), ("Kysely", asked)]


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
