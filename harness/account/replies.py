"""What the account answers, and its form as the contract orders it."""

from dataclasses import field
from datetime import UTC, datetime
from functools import lru_cache

from harness.account.codes import AccountState, MessageCode, TargetCode
from harness.classes import dataclass
from harness.exchange.render import Node
from harness.wsdl import Contract
from harness.wsdl.components import Direction, components
from harness.wsdl.sites import Part, sites


@dataclass(frozen=True, slots=True)
class CustomerState:
    """AsiakasJaTila_WS1."""

    id: str = field(repr=False)
    type: str
    state: AccountState
    since: datetime
    passive: bool


@dataclass(frozen=True, slots=True)
class TargetState:
    """AsiakasJaKohteenTila; ``account_id`` is empty when nothing was stored."""

    id: str = field(repr=False)
    type: str
    code: TargetCode
    text: str
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class ItemState:
    """KohdeJaAsiakasTila_WS2_V."""

    own_id: str
    targets: tuple[TargetState, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        code: TilaKoodi/TilaKoodi.
        text: TilaKoodi/TilaKoodiKuvaus.
        message_id: SanomaTunniste, the caller's own where it gave one.
        customers: only of HaeAsiakkaita.
        item_count: KohdeMaara, only of LisaaKohteita.
        items: per-target statuses, only of LisaaKohteita that is not queued.
    """

    code: MessageCode
    text: str
    message_id: str
    customers: tuple[CustomerState, ...] | None = None
    item_count: int | None = None
    items: tuple[ItemState, ...] | None = None


def tree(contract: Contract, operation: str, reply: Reply) -> list[Node]:
    """The content of the answer element, in schema order, as this version of the contract has it.

    What a version does not know is left out (TiliPassivoitu in 2014), a count that it demands is
    given with a refusal too (KohdeMaara in 2014).
    """
    known = _known(contract, operation)
    result: list[Node] = [("TilaKoodi", _code(reply))]
    if reply.customers is not None:
        passive = f"{operation}Result/Asiakkaat/Asiakas/TiliPassivoitu" in known
        listed = [_customer(each, tell_passive=passive) for each in reply.customers]
        result.append(("Asiakkaat", listed))
    if reply.item_count is not None:
        result.append(("KohdeMaara", str(reply.item_count)))
    elif known.get(f"{operation}Result/KohdeMaara", 0) > 0:
        result.append(("KohdeMaara", "0"))
    if reply.items is not None:
        result.append(("Kohteet", [_item(each) for each in reply.items]))
    return [(f"{operation}Result", result)]


def moment(at: datetime) -> str:
    """An xs:dateTime in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=32)
def _known(contract: Contract, operation: str) -> dict[str, int]:
    """Every element of an answer by path, and how often it must stand there."""
    part = Part(operation, Direction.RESPONSE, contract.operations[operation].output)
    return {site.path: site.slot.minimum for site in sites(components(contract), part)}


def _code(reply: Reply) -> list[Node]:
    return [
        ("TilaKoodi", str(int(reply.code))),
        ("TilaKoodiKuvaus", reply.text),
        ("SanomaTunniste", reply.message_id),
    ]


def _customer(customer: CustomerState, *, tell_passive: bool) -> Node:
    attributes = {"AsiakasTunnus": customer.id, "TunnusTyyppi": customer.type}
    content: list[Node] = [
        ("Tila", str(int(customer.state))),
        ("TilaPvm", moment(customer.since)),
    ]
    if tell_passive:
        content.append(("TiliPassivoitu", "1" if customer.passive else "0"))
    return ("Asiakas", attributes, content)


def _item(item: ItemState) -> Node:
    content: list[Node] = [("ViranomaisTunniste", item.own_id)] if item.own_id else []
    content += [_target(target) for target in item.targets]
    return ("Kohde", content)


def _target(target: TargetState) -> Node:
    attributes = {"AsiakasTunnus": target.id, "TunnusTyyppi": target.type}
    content: list[Node] = []
    if target.account_id:
        content.append(("AsiointitiliTunniste", target.account_id))
    content += [("KohteenTila", str(int(target.code))), ("KohteenTilaKuvaus", target.text)]
    return ("Asiakas", attributes, content)
