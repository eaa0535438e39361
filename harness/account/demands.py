"""Every rule by which the account refuses something, and every greatest length, by name.

An account applies them all. One that forgets a rule, or counts a limit wrong, is a planted defect
(``harness.canary``): whoever tests against it has to notice.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from harness.classes import dataclass


class Rule(StrEnum):
    """A rule. Names stand in recorded evidence, so they are never changed."""

    # who calls
    AUTHORITY = "authority-is-known"
    FORMER_CERTIFICATE = "certificate-is-not-a-former-one"
    CERTIFICATE_NAME = "certificate-name-is-registered"
    SERVICE = "service-is-the-authoritys"
    OPERATION = "operation-is-agreed-on"
    SIGNER_OF_ITS_OWN = "signer-is-no-other-authoritys"
    SIGNER_REGISTERED = "signer-is-registered"
    SIGNER_NAME = "signer-has-the-registered-name"
    # what is asked
    QUERY_KIND = "query-kind-is-known"
    QUERY_CUSTOMERS = "query-names-customers"
    PERIOD = "period-has-begin-and-end"
    ITEMS = "items-and-customers-are-there"
    COUNT = "item-count-is-right"
    # customers
    ID_PRESENT = "customer-id-is-there"
    ID_ARTIFICIAL = "customer-id-is-artificial"
    ID_PERSON = "personal-code-is-well-formed"
    ID_COMPANY = "business-id-is-well-formed"
    ID_TYPE = "type-of-id-is-known"
    ANSWERING = "service-behind-answers"
    UNTROUBLED = "customer-is-without-trouble"
    REACHABLE = "customer-is-reachable"
    ACCOUNT_OR_ADDRESS = "customer-has-account-or-address"
    # items
    OWN_ID_ANONYMOUS = "own-id-holds-no-personal-code"
    ONCE = "own-id-is-new"
    ONCE_IN_MESSAGE = "own-id-stands-once-in-a-message"
    REFERENCE = "reference-leads-to-an-item"
    REFERENCE_TYPE = "type-of-reference-is-known"
    TITLE = "title-is-not-empty"
    TEXT = "text-is-not-empty"
    LENGTHS = "texts-are-not-too-long"
    CONFIRM = "confirm-is-0-or-1"
    RECEIPT = "receipt-is-0-or-1"
    NOTICE = "notice-has-title-and-text"
    PAGES = "pages-are-positive"
    # attachments
    FILE_ONCE = "file-name-stands-once"
    FILE_NAME = "file-name-is-plain"
    FILE_SOURCE = "file-has-one-source"
    FILE_CONTENT = "file-is-not-empty"
    FILE_TYPE = "file-type-is-allowed"
    FILE_SIZE = "file-is-not-too-large"
    FILE_FETCHED = "stored-file-is-there"
    # paper
    PROVIDER = "print-provider-is-named"
    ADDRESS = "paper-has-an-address"
    ONE_PDF = "paper-has-one-pdf"
    PRINT_CONTRACT = "print-contract-is-the-authoritys"
    PRINT_PASSWORD = "print-password-is-the-contracts"  # noqa: S105 - a name of a rule
    # what was agreed and announced
    QUEUED = "items-are-queued-where-agreed"
    BREAK = "nothing-is-answered-in-a-break"
    TOLERANCE = "missing-period-is-tolerated-where-agreed"


LONGEST: Mapping[str, int] = {
    "ViranomaisTunniste": 100,
    "Nimeke": 256,
    "ViittausTunniste": 100,
    "AsiaNumero": 100,
    "LahettajaNimi": 200,
    "ViranomaisenEmail": 400,
    "EmailLisatietoOtsikko": 200,
    "TavoitettavuusTietoEmail": 200,
    "TavoitettavuusTietoSMS": 200,
    "SmsLisatieto": 1000,
    "TiedostoNimi": 200,
    "TiedostonKuvaus": 200,
    "TiedostoMuoto": 150,
    "TiedostoURL": 200,
}
"""Greatest lengths: field descriptions and facets of the 2014 schema, kept in later versions."""


NEEDED: frozenset[str] = frozenset({
    "KyselyLaji", "Asiakkaat", "Asiakas", "AsiakasTunnus", "TunnusTyyppi", "Kohteet", "Kohde",
})  # fmt: skip
"""What every request has to hold that may: the schemas leave it out, the rules above do not."""


APART: frozenset[str] = frozenset({"TiedostoURL", "TiedostoID", "Viittaus"})
"""What a request with everything else cannot hold: two more sources of one file, and a reference to
an item that nobody sent before."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What one account demands.

    Attributes:
        forgotten: rules that it does not apply; none, but for a planted defect.
        longest: greatest length of each text that has one, in characters.
    """

    forgotten: frozenset[Rule] = frozenset()
    longest: Mapping[str, int] = field(default_factory=lambda: LONGEST)

    def apply(self, rule: Rule) -> bool:
        """Whether the account applies a rule."""
        return rule not in self.forgotten


ALL = Demands()
"""Those of every account that is not spoilt on purpose."""
