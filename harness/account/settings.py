"""What the account has agreed with authorities, and its limits."""

from collections.abc import Mapping
from dataclasses import field, fields, replace

from harness.account.customers import CUSTOMERS, Customer
from harness.account.demands import Demands
from harness.account.twist import AS_IT_SHOULD, Twist
from harness.classes import dataclass
from harness.errors import ConfigError
from harness.limits import MIB

ALL_OPERATIONS = frozenset({"HaeTilaTieto", "HaeAsiakkaita", "LisaaKohteita", "LahetaViesti"})


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that has joined.

    Attributes:
        id: ViranomaisTunnus.
        services: PalveluTunnus of its services.
        certificate_name: SanomaVarmenneNimi, the common name of its registered certificate.
        former_names: common names of certificates it had registered before: 406.
        fingerprints: SHA-256, lower-case hex, of the certificates registered for its signed
            calls: 406 for another signer's. Empty: any signer whom the server trusts.
        operations: what it may call; anything else is 405.
        queued: LisaaKohteita is only acknowledged, statuses come later (agreed at joining).
        receipts: read receipts (220) are pushed even for items that do not ask for one.
        print_contract: Laskutus/Tunniste of its printing contract.
        print_password: Laskutus/Salasana of its printing contract; empty when it has none.
    """

    id: str
    services: tuple[str, ...]
    certificate_name: str
    former_names: tuple[str, ...] = ()
    fingerprints: frozenset[str] = frozenset()
    operations: frozenset[str] = ALL_OPERATIONS
    queued: bool = False
    receipts: bool = False
    print_contract: str = ""
    print_password: str = ""


MAX_SECONDS = 30 * 24 * 3600
"""The longest of the account's times."""

AUTHORITY = Authority(
    id="ESIMERKKIKUNTA",
    services=("ESIMERKKIKUNTA_VIESTIT",),
    certificate_name="viestit.esimerkkikunta.example",
    print_contract="123456",
    print_password="1234",  # noqa: S106 - of an authority that does not exist
)
OTHER_AUTHORITY = Authority(
    id="NAAPURIKUNTA",
    services=("NAAPURIKUNTA_VIESTIT",),
    certificate_name="viestit.naapurikunta.example",
    print_contract="654321",
)
LIMITED_AUTHORITY = Authority(
    id="KYSELYKUNTA",
    services=("KYSELYKUNTA_VIESTIT",),
    certificate_name="viestit.kyselykunta.example",
    operations=frozenset({"HaeTilaTieto", "HaeAsiakkaita"}),
)
RENEWED_AUTHORITY = Authority(
    id="VARMENNEKUNTA",
    services=("VARMENNEKUNTA_VIESTIT",),
    certificate_name="viestit.varmennekunta.example",
    former_names=("vanha.varmennekunta.example",),
)
AUTHORITIES = (AUTHORITY, OTHER_AUTHORITY, LIMITED_AUTHORITY, RENEWED_AUTHORITY)

IDS: Mapping[str, str] = {
    "authority": AUTHORITY.id,
    "service": AUTHORITY.services[0],
    "user": "esimerkkikunnan-jarjestelma",
    "certificate-name": AUTHORITY.certificate_name,
    "print-contract": AUTHORITY.print_contract,
    "print-password": "1234",
    "print-provider": "Posti",
    "other-authority": OTHER_AUTHORITY.id,
    "other-service": OTHER_AUTHORITY.services[0],
    "other-certificate-name": OTHER_AUTHORITY.certificate_name,
    "limited-authority": LIMITED_AUTHORITY.id,
    "limited-service": LIMITED_AUTHORITY.services[0],
    "limited-certificate-name": LIMITED_AUTHORITY.certificate_name,
    "renewed-authority": RENEWED_AUTHORITY.id,
    "renewed-service": RENEWED_AUTHORITY.services[0],
    "renewed-certificate-name": RENEWED_AUTHORITY.certificate_name,
    "renewed-former-certificate-name": RENEWED_AUTHORITY.former_names[0],
}
"""What a caller of the simulated account calls itself, by the names scenarios use."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One account's agreements and limits.

    Attributes:
        authorities: who has joined.
        customers: the test customers.
        maintenance: a maintenance break; every call fails at HTTP level.
        tolerant: HaeAsiakkaita is accepted without KyselyAlku and KyselyLoppu.
        queue_seconds: account time from the arrival of an item in processing to its outcome.
        reading_seconds: from visible to read, by customers who read.
        confirming_seconds: from read to receipt confirmed, by the same.
        max_message_bytes: size of a whole request (about 3 MB in the clients' practice).
        max_attachment_bytes: size of one attachment, decoded.
        duplicate_suffix: what follows the duplicate sentence; the service has changed it before.
        demands: the rules it applies, and the greatest lengths.
        twist: what it does otherwise than it should.

    Raises:
        ConfigError: a time or a size is negative, or a time is over 30 days.
    """

    authorities: tuple[Authority, ...] = AUTHORITIES
    customers: tuple[Customer, ...] = field(default=CUSTOMERS, repr=False)
    maintenance: bool = False
    tolerant: bool = False
    queue_seconds: int = 60
    reading_seconds: int = 3600
    confirming_seconds: int = 60
    max_message_bytes: int = 3 * MIB
    max_attachment_bytes: int = 2_000_000
    duplicate_suffix: str = "."
    demands: Demands = field(default_factory=Demands)
    twist: Twist = field(default=AS_IT_SHOULD, repr=False)

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self)):
            value = getattr(self, name)
            most = MAX_SECONDS if name.endswith("_seconds") else None
            if isinstance(value, int) and (value < 0 or (most is not None and value > most)):
                what = f"the account's {name} is out of range"
                raise ConfigError(what, todo="Sizes go from 0 on, times from 0 to 30 days.")

    def with_certificate(self, authority: str, name: str, fingerprint: str) -> "Settings":
        """The same with a certificate registered for an authority; the last one names it.

        Args:
            authority: ViranomaisTunnus.
            name: CN of the certificate, from now on the authority's SanomaVarmenneNimi.
            fingerprint: its SHA-256, lower-case hex.

        Raises:
            ConfigError: no such authority has joined.
        """
        known = {each.id: each for each in self.authorities}
        if authority not in known:
            what = f"no authority {authority[:40]!r} has joined the simulated account"
            raise ConfigError(what, todo=f"There are: {', '.join(known)}.")
        found = known[authority]
        known[authority] = replace(
            found, certificate_name=name, fingerprints=found.fingerprints | {fingerprint}
        )
        return replace(self, authorities=tuple(known.values()))

    def in_maintenance(self) -> "Settings":
        """The same during a maintenance break."""
        return replace(self, maintenance=True)

    def with_tolerance(self) -> "Settings":
        """The same, tolerant as the service is."""
        return replace(self, tolerant=True)

    def with_queue(self) -> "Settings":
        """The same, LisaaKohteita of the first authority queued."""
        first, *others = self.authorities
        return replace(self, authorities=(replace(first, queued=True), *others))
