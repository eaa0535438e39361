"""What the account has agreed with authorities, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.account.customers import CUSTOMERS, Customer
from harness.limits import MIB

ALL_OPERATIONS = frozenset({"HaeTilaTieto", "HaeAsiakkaita", "LisaaKohteita", "LahetaViesti"})


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that has joined.

    Attributes:
        id: ViranomaisTunnus.
        services: PalveluTunnus of its services.
        certificate_name: SanomaVarmenneNimi, the common name of its registered certificate.
        operations: what it may call; anything else is 405.
        queued: LisaaKohteita is only acknowledged, statuses come later (agreed at joining).
        print_contract: Laskutus/Tunniste of its printing contract.
    """

    id: str
    services: tuple[str, ...]
    certificate_name: str
    operations: frozenset[str] = ALL_OPERATIONS
    queued: bool = False
    print_contract: str = ""


AUTHORITY = Authority(
    id="ESIMERKKIKUNTA",
    services=("ESIMERKKIKUNTA_VIESTIT",),
    certificate_name="viestit.esimerkkikunta.example",
    print_contract="123456",
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
}
"""What a caller of the simulated account calls itself, by the names scenarios use."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One account's agreements and limits.

    Attributes:
        authorities: who has joined.
        customers: the test customers.
        maintenance: a maintenance break; every call fails at HTTP level.
        max_message_bytes: size of a whole request (about 3 MB in the clients' practice).
        max_attachment_bytes: size of one attachment, decoded.
        duplicate_suffix: what follows the duplicate sentence; the service has changed it before.
    """

    authorities: tuple[Authority, ...] = (AUTHORITY, OTHER_AUTHORITY, LIMITED_AUTHORITY)
    customers: tuple[Customer, ...] = field(default=CUSTOMERS, repr=False)
    maintenance: bool = False
    max_message_bytes: int = 3 * MIB
    max_attachment_bytes: int = 2_000_000
    duplicate_suffix: str = "."

    def in_maintenance(self) -> "Settings":
        """The same during a maintenance break."""
        return replace(self, maintenance=True)

    def with_queue(self) -> "Settings":
        """The same, LisaaKohteita of the first authority queued."""
        first, *others = self.authorities
        return replace(self, authorities=(replace(first, queued=True), *others))
