"""Scenarios of many calls in a row, drawn, with what the account has to answer to each.

What must come is worked out beside the account, from its documentation alone:

1. An id (ViranomaisTunniste) that an item of the account has is refused for every further item:
   KohteenTila 520, by LahetaViesti 525; however much time passes, and whoever it is for.
2. The same request after a lost answer delivers once: the second time it is refused so.
3. A reference to an item that its customer has is accepted, one to an unknown item is 521.
4. KohdeMaara is the number of items, else 400 and nothing is delivered.
5. LisaaKohteita tells the state of each item; where it is queued, 202 and nothing else.
6. Items go to whom HaeAsiakkaita tells to be reachable (Tila 300, TiliPassivoitu 0), and to
   nobody else.
7. States only move forward: what was taken stays taken. Of states the interface shows no more than
   this; later ones are told on the return channel.

A sequence uses the customers of the endpoint's roles and ids of the run, so it may be played by any
account that has the roles.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Final

from harness.account.codes import DUPLICATE_SENTENCE, AccountState, MessageCode, TargetCode
from harness.classes import dataclass
from harness.endpoints.protocol import Endpoint, Need
from harness.suite.drawing import Pick
from harness.suite.drawn import Draft, Fixed
from harness.suite.writing import Yaml

OPERATIONS: Final = frozenset({"HaeAsiakkaita", "LisaaKohteita", "LahetaViesti"})
"""What a contract must have."""
_MOST_CALLS: Final = 12
_GOES_ON: Final = 6
"""A sequence ends after one call in so many."""
_TARGET: Final = "LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila"
_ACCOUNT_ID: Final = "LisaaKohteitaResult/Kohteet/Kohde/Asiakas/AsiointitiliTunniste"
_STATE: Final = "HaeAsiakkaitaResult/Asiakkaat/Asiakas/Tila"
_PASSIVE: Final = "HaeAsiakkaitaResult/Asiakkaat/Asiakas/TiliPassivoitu"
_TEXT: Final = "LahetaViestiResult/TilaKoodi/TilaKoodiKuvaus"
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Role:
    """What is known of whoever plays a role."""

    state: AccountState
    passive: bool = False
    sent: TargetCode = TargetCode.STORED

    @property
    def reachable(self) -> bool:
        return not self.sent.is_error


_ACTIVE = _Role(AccountState.ACTIVE)
_ROLES: Final[Mapping[str, _Role]] = {
    "active": _ACTIVE,
    "second-active": _ACTIVE,
    "company": _ACTIVE,
    "new-sign": _ACTIVE,
    "passive": _Role(AccountState.ACTIVE, passive=True, sent=TargetCode.REFUSED),
    "none": _Role(AccountState.NONE, sent=TargetCode.REFUSED),
    "slow": _Role(AccountState.ACTIVE, sent=TargetCode.IN_PROCESSING),
    "company-none": _Role(AccountState.NONE, sent=TargetCode.REFUSED),
}
"""The test customers that configuration.md describes, the plainest first."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An item that the account has taken."""

    name: str
    role: str
    saved: bool
    """Its AsiointitiliTunniste was told."""


@dataclass(slots=True)
class _Sequence:
    """A sequence as it comes to be, and what the account must know by now."""

    pick: Pick
    roles: Sequence[str]
    fixed: Fixed
    passive_told: bool
    queued: bool
    loses: bool
    waits: bool
    steps: list[Yaml] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)
    names: int = 0

    def role(self) -> str:
        """Any role."""
        return self.roles[self.pick(len(self.roles))]

    def reachable(self) -> str:
        """Any role that has a working account."""
        able = [role for role in self.roles if _ROLES[role].reachable]
        return able[self.pick(len(able))]

    def taken(self) -> _Item | None:
        """Any item that the account has."""
        return self.items[self.pick(len(self.items))] if self.items else None

    def new_name(self) -> str:
        """A name for an item that nobody has."""
        self.names += 1
        return f"i{self.names}"

    def call(self, words: str, operation: str, kysely: Yaml, expect: Yaml, **more: object) -> None:
        """Add a step."""
        caller = {
            name: self.fixed[name]
            for name in (
                "ViranomaisTunnus",
                "PalveluTunnus",
                "KayttajaTunnus",
                "SanomaTunniste",
                "SanomaVarmenneNimi",
            )
            if self.fixed.get(name)
        }
        caller["SanomaVersio"] = "1.0"
        request = {"Viranomainen": caller, "Kysely": kysely}
        self.told.append(f"{len(self.steps) + 1}. {operation}: {words}")
        self.steps.append({"call": operation, "request": request, **more, "expect": expect})

    def add(self, words: str, items: list[Yaml], states: list[TargetCode], **more: object) -> None:
        """LisaaKohteita, with the states it must tell where it tells any."""
        kysely = {"KohdeMaara": len(items), "Kohteet": {"Kohde": items}}
        if self.queued:
            more.pop("save", None)
            expect: Yaml = {
                "code": int(MessageCode.QUEUED),
                "fields": {_TARGET: {"absent": True}},
            }
        else:
            expect = {"code": 0, "fields": {_TARGET: [int(state) for state in states]}}
        self.call(words, "LisaaKohteita", kysely, expect, **more)

    def send(self, words: str, item: Yaml, expect: Yaml, **more: object) -> None:
        """LahetaViesti of one item, never to be printed."""
        kysely: Yaml = {
            "Paperi": False,
            "Kohteet": {"Kohde": [item]},
            "Tulostustoimittaja": self.fixed["Tulostustoimittaja"],
            "LahetaTulostukseen": False,
        }
        self.call(words, "LahetaViesti", kysely, expect, **more)

    def keep(self, name: str, role: str) -> None:
        """The account has taken an item, if its customer can have one."""
        known = _ROLES[role]
        if known.reachable:
            saved = known.sent is TargetCode.STORED and not self.queued
            self.items.append(_Item(name, role, saved))


def _customer(role: str) -> Yaml:
    return {"AsiakasTunnus": f"${{role.{role}.id}}", "TunnusTyyppi": f"${{role.{role}.type}}"}


def _item(name: str, role: str, reference: Yaml | None = None) -> Yaml:
    return {
        "Asiakas": [_customer(role)],
        "ViranomaisTunniste": f"${{item.{name}}}",
        **({"Viittaus": reference} if reference else {}),
        "Nimeke": "Otsikko",
        "LahetysPvm": "${now}",
        "KuvausTeksti": "Teksti",
    }


# The kinds of calls ------------------------------------------------------------------------------


def _new(at: _Sequence) -> None:
    name, role = at.new_name(), at.role()
    state = _ROLES[role].sent
    more = {"save": {name: _ACCOUNT_ID}} if state is TargetCode.STORED else {}
    at.add(f"a new item for {role}", [_item(name, role)], [state], **more)
    at.keep(name, role)


def _again(at: _Sequence) -> None:
    known = at.taken()
    if known is None:
        return _new(at)
    role = at.reachable()
    words = f"the id of the item for {known.role} once more, for {role}"
    at.add(words, [_item(known.name, role)], [TargetCode.DUPLICATE])
    return None


def _find(at: _Sequence) -> None:
    role = at.role()
    known = _ROLES[role]
    fields: Yaml = {_STATE: int(known.state)}
    if at.passive_told and known.state is AccountState.ACTIVE:
        fields[_PASSIVE] = int(known.passive)
    kysely: Yaml = {
        "KyselyLaji": "Asiakkaat",
        "KyselyAlku": None,
        "KyselyLoppu": None,
        "Asiakkaat": {"Asiakas": [_customer(role)]},
    }
    at.call(f"how {role} can be reached", "HaeAsiakkaita", kysely, {"code": 0, "fields": fields})


def _refer(at: _Sequence) -> None:
    known = at.taken()
    if known is None:
        return _new(at)
    own = at.pick(2) == 0 or not known.saved
    reference: Yaml = {
        "ViittausTunniste": f"${{item.{known.name}}}" if own else f"${{saved.{known.name}}}",
        "ViittausTunnisteTyyppi": "ViranomaisTunniste" if own else "AsiointitiliTunniste",
    }
    name = at.new_name()
    words = f"an item for {known.role} that refers to an earlier one"
    at.add(words, [_item(name, known.role, reference)], [_ROLES[known.role].sent])
    at.items.append(_Item(name, known.role, saved=False))
    return None


def _refer_wrongly(at: _Sequence) -> None:
    role = at.reachable()
    reference: Yaml = {
        "ViittausTunniste": f"${{item.none-{at.new_name()}}}",
        "ViittausTunnisteTyyppi": "ViranomaisTunniste",
    }
    item = _item(at.new_name(), role, reference)
    at.add("an item that refers to an unknown one", [item], [TargetCode.REFERENCE])


def _miscount(at: _Sequence) -> None:
    kysely = {"KohdeMaara": 2, "Kohteet": {"Kohde": [_item(at.new_name(), at.reachable())]}}
    expect: Yaml = {"code": int(MessageCode.INVALID)}
    at.call("one item, counted as two", "LisaaKohteita", kysely, expect)


def _batch(at: _Sequence) -> None:
    pairs = [(at.new_name(), at.role()), (at.new_name(), at.role())]
    items = [_item(name, role) for name, role in pairs]
    at.add("two new items", items, [_ROLES[role].sent for _, role in pairs])
    for name, role in pairs:
        if _ROLES[role].reachable:
            at.items.append(_Item(name, role, saved=False))


def _send(at: _Sequence) -> None:
    name, role = at.new_name(), at.reachable()
    at.send(f"a new item for {role}", _item(name, role), {"code": int(MessageCode.QUEUED)})
    at.items.append(_Item(name, role, saved=False))


_DELIVERED: Final[Yaml] = {
    "code": int(MessageCode.CONTENT),
    "fields": {_TEXT: {"starts": DUPLICATE_SENTENCE}},
}


def _send_again(at: _Sequence) -> None:
    known = at.taken()
    if known is None:
        return _send(at)
    words = f"the id of the item for {known.role} once more"
    at.send(words, _item(known.name, known.role), _DELIVERED)
    return None


def _lose(at: _Sequence) -> None:
    if not at.loses:
        return _send_again(at)
    name, role = at.new_name(), at.reachable()
    lost: Yaml = {
        "wire": {"fault": "truncation", "bytes": 50},
        "retry": {"after": ["truncated"], "times": 1},
    }
    at.send(f"a new item for {role}, whose answer is lost", _item(name, role), _DELIVERED, **lost)
    at.items.append(_Item(name, role, saved=False))
    return None


def _wait(at: _Sequence) -> None:
    known = at.taken()
    if known is None or not at.waits:
        return _again(at)
    words = f"a day later, the id of the item for {known.role} once more"
    item = _item(known.name, known.role)
    at.add(words, [item], [TargetCode.DUPLICATE], advance=_DAY)
    return None


_KINDS: Final[tuple[Callable[[_Sequence], None], ...]] = (
    _new,
    _again,
    _find,
    _refer,
    _refer_wrongly,
    _miscount,
    _batch,
    _send,
    _send_again,
    _lose,
    _wait,
)
"""The plainest first."""


@dataclass(frozen=True, slots=True)
class InARow:
    """The account keeps its rules over any sequence of calls.

    Attributes:
        endpoint: whose roles are used; what else it can be brought to do is used, too.
        fixed: what the caller says of itself.
        passive_told: the contract's answers have TiliPassivoitu.
    """

    endpoint: Endpoint
    fixed: Fixed
    passive_told: bool

    @property
    def name(self) -> str:
        """Of the property."""
        return "calls-in-a-row"

    @property
    def title(self) -> str:
        """What must hold."""
        return "Calls in a row keep the account's rules"

    def make(self, pick: Pick, stem: str) -> Draft:
        """A sequence of calls."""
        del stem
        provides = self.endpoint.provides
        at = _Sequence(
            pick=pick,
            roles=[role for role in _ROLES if role in self.endpoint.roles],
            fixed=self.fixed,
            passive_told=self.passive_told,
            queued=Need.QUEUED in provides and pick(4) == 3,
            loses=Need.FAULTS in provides,
            waits=Need.CLOCK in provides,
        )
        for _ in range(_MOST_CALLS):
            _KINDS[pick(len(_KINDS))](at)
            if pick(_GOES_ON) == 0:
                break
        return Draft(_content(self.title, at), told=tuple(at.told))


def _content(title: str, at: _Sequence) -> Yaml:
    needs = [Need.QUEUED.value] if at.queued else []
    needs += [Need.FAULTS.value] if any("wire" in step for step in at.steps) else []
    needs += [Need.CLOCK.value] if any("advance" in step for step in at.steps) else []
    return {
        "title": {"en": title},
        "why": "A sender relies on what earlier calls have led to, whatever came between.",
        "source": "rules of ViranomaisTunniste, Viittaus, KohdeMaara and TilaKoodi",
        **({"needs": needs} if needs else {}),
        "tags": ["generated"],
        "steps": at.steps,
    }
