"""What counts: the pinned contract, suites, endpoints and keys, and who stands behind each pin.

A first pin takes effect at once and waits for a second party's confirmation. A change is a
proposal until a second party confirms it; in a rehearsal it takes effect at once. A key proves
nothing before it is confirmed, in a rehearsal neither (see ``handing``), and nothing may be shared
before (see ``sharing``).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from harness.classes import dataclass
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import (
    ContractPinned,
    EndpointPinned,
    Kept,
    KeyPinned,
    PinKind,
    RequiredScenario,
    SharingPinned,
    SuitePinned,
)
from harness.joining.evidence import RunSummary
from harness.vocabulary import Level


class KeyKind(StrEnum):
    """What is pinned besides what runs are made with: its events are its own."""

    KEY = "key"
    """The public key of a person who hands in signed files."""


class SharingKind(StrEnum):
    """Whose evidence may be referred to: its events are its own as well."""

    SHARING = "sharing"
    """Evidence of another project of the ledger, by that project's id."""


AnyKind: TypeAlias = PinKind | KeyKind | SharingKind
"""What can be pinned."""
KINDS: Final[Mapping[str, AnyKind]] = MappingProxyType(
    {each.value: each for kinds in (PinKind, KeyKind, SharingKind) for each in kinds}
)
"""What can be pinned, by its word."""
PinKey: TypeAlias = tuple[AnyKind, str]
"""What is pinned, and its name."""


@dataclass(frozen=True, slots=True)
class ContractPin:
    """The contract version that counts; ``name`` is ``service/interface`` without the version.

    ``keeps`` says what runs under other versions still show; see
    :class:`~harness.joining.events.Kept`.
    """

    name: str
    version: str
    digest: str
    retires: date | None = None
    keeps: tuple[Kept, ...] = ()

    @property
    def key(self) -> PinKey:
        """What is pinned: one version of each contract."""
        return PinKind.CONTRACT, self.name

    @property
    def ref(self) -> str:
        """``service/interface/version``, as evidence names it."""
        return f"{self.name}/{self.version}"

    @property
    def pin_digest(self) -> str:
        """What a confirmation names."""
        keeps = [[*each.inputs, *each.scenarios] for each in self.keeps]
        return _digest(self.name, self.version, self.digest, str(self.retires), keeps)

    def covers(self, run: RunSummary, scenario: str) -> bool:
        """What the run showed of the scenario holds under this contract."""
        if (run.contract, run.contract_digest) == (self.ref, self.digest):
            return True
        made_with = (run.contract, run.contract_digest, run.suite, run.suite_digest)
        return any(each.inputs == made_with and scenario in each.scenarios for each in self.keeps)


@dataclass(frozen=True, slots=True)
class SuitePin:
    """The scenarios that count; ``required`` are the obligatory ones."""

    suite: str
    contract: str
    digest: str
    required: tuple[RequiredScenario, ...]

    @property
    def name(self) -> str:
        """The suite's name."""
        return self.suite

    @property
    def key(self) -> PinKey:
        """What is pinned: one state of each suite."""
        return PinKind.SUITE, self.suite

    @property
    def pin_digest(self) -> str:
        """What a confirmation names."""
        required = [[each.id, *each.needs] for each in self.required]
        return _digest(self.suite, self.contract, self.digest, required)


@dataclass(frozen=True, slots=True)
class EndpointPin:
    """The endpoint that counts for a level; see :class:`~harness.joining.events.EndpointPinned`."""

    name: str
    level: Level
    address: str
    fingerprint: str = ""
    provides: tuple[str, ...] = ()

    @property
    def key(self) -> PinKey:
        """What is pinned: one address for each endpoint name."""
        return PinKind.ENDPOINT, self.name

    @property
    def pin_digest(self) -> str:
        """What a confirmation names."""
        return _digest(
            self.name, self.level.value, self.address, self.fingerprint, list(self.provides)
        )


@dataclass(frozen=True, slots=True)
class KeyPin:
    """The public key by which a person signs; see :class:`~harness.joining.events.KeyPinned`."""

    person: str
    party: Party
    role: str
    public_key: str

    @property
    def name(self) -> str:
        """The person's id."""
        return self.person

    @property
    def key(self) -> PinKey:
        """What is pinned: one key of each person."""
        return KeyKind.KEY, self.person

    @property
    def pin_digest(self) -> str:
        """What a confirmation names."""
        return _digest(self.person, self.party.value, self.role, self.public_key)

    @property
    def actor(self) -> Actor:
        """The person, known by this key."""
        return Actor(self.person, self.party, self.role, Assurance.KEY, self.public_key)


@dataclass(frozen=True, slots=True)
class SharingPin:
    """Whose evidence may be referred to; see :class:`~harness.joining.events.SharingPinned`."""

    source: str
    organisation: str
    system_release: str
    suites: tuple[str, ...]
    max_age_days: int

    @property
    def name(self) -> str:
        """The id of the project whose evidence it is."""
        return self.source

    @property
    def key(self) -> PinKey:
        """What is pinned: one permission for each project."""
        return SharingKind.SHARING, self.source

    @property
    def pin_digest(self) -> str:
        """What a confirmation names."""
        of = (self.organisation, self.system_release)
        return _digest(self.source, *of, list(self.suites), self.max_age_days)


Pin = ContractPin | SuitePin | EndpointPin | KeyPin | SharingPin
PinEvent = ContractPinned | SuitePinned | EndpointPinned | KeyPinned | SharingPinned


@dataclass(frozen=True, slots=True)
class Held:
    """A pin and who stands behind it."""

    pin: Pin
    by: Actor
    at: datetime
    confirmed_by: Actor | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PinState:
    """The pin in effect and, if any, the change proposed to it."""

    effective: Held
    proposed: Held | None = None


def pin_of(event: PinEvent) -> Pin:
    """The pin an event speaks of."""
    match event:
        case ContractPinned():
            return ContractPin(event.name, event.version, event.digest, event.retires, event.keeps)
        case SuitePinned():
            return SuitePin(event.suite, event.contract, event.digest, event.required)
        case EndpointPinned():
            return EndpointPin(
                event.name, event.level, event.address, event.fingerprint, event.provides
            )
        case KeyPinned():
            return KeyPin(event.person, event.party, event.role, event.public_key)
        case SharingPinned():
            of = (event.source, event.organisation, event.system_release)
            return SharingPin(*of, event.suites, event.max_age_days)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
