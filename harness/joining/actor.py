"""Who acts: the parties of the joining process, persons, and when two of them are the same person.

Parties after liittymisprosessi 1.0.2: the authority that joins (the customer), its technical
supplier, the account (Valtion IT-palvelukeskus), and the account's technical suppliers
(Innofactor, Tieto). Separate duties after NIST SP 800-53 AC-5: a shared account is nobody.
"""

from enum import StrEnum
from typing import Final

from harness.classes import dataclass
from harness.i18n import Text
from harness.joining.text import Malformed, clean, normal


class Party(StrEnum):
    """The four parties of a joining project."""

    AUTHORITY = "authority"
    """The organisation that joins: the account's customer."""
    SUPPLIER = "supplier"
    """The authority's technical supplier."""
    ACCOUNT = "account"
    """The account: Valtion IT-palvelukeskus."""
    ACCOUNT_SUPPLIER = "account-supplier"
    """The account's technical suppliers."""

    @property
    def words(self) -> Text:
        """The party's name for people."""
        return _TITLES[self]


_TITLES: Final = {
    Party.AUTHORITY: Text("viranomainen", "myndigheten", "the authority"),
    Party.SUPPLIER: Text(
        "viranomaisen tekninen toimittaja",
        "myndighetens tekniska leverantör",
        "the authority's technical supplier",
    ),
    Party.ACCOUNT: Text(
        "Asiointitili (Valtion IT-palvelukeskus)",
        "Medborgarkontot (Statens IT-servicecentral)",
        "the account (the state IT service centre)",
    ),
    Party.ACCOUNT_SUPPLIER: Text(
        "Asiointitilin tekninen toimittaja",
        "Medborgarkontots tekniska leverantör",
        "the account's technical supplier",
    ),
}


class Assurance(StrEnum):
    """How an actor's identity became known, weakest first."""

    CLAIMED = "claimed"
    """Told by a flag or a file. Enough for a rehearsal only."""
    OS = "os"
    """The operating system's user."""
    OIDC = "oidc"
    """A signed statement of an identity provider."""
    KEY = "key"
    """A signature by the person's own key."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting for a party.

    Attributes:
        id: the person's identifier within the project; no real names are needed.
        party: the party the person acts for.
        role: what the person is there, in words; may be empty.
        assurance: how the identity became known.
        credential: ``os:<user>`` or ``ed25519:<fingerprint>``; empty for a claimed identity.

    Raises:
        Malformed: a text is empty, over-long or has invisible characters, or
            assurance and credential contradict each other.
    """

    id: str
    party: Party
    role: str = ""
    assurance: Assurance = Assurance.CLAIMED
    credential: str = ""

    def __post_init__(self) -> None:
        clean(self.id, "actor's id", maximum=100)
        clean(self.role, "actor's role", maximum=100, empty=True)
        clean(self.credential, "actor's credential", maximum=300, empty=True)
        if (self.assurance is Assurance.CLAIMED) != (self.credential == ""):
            raise Malformed(
                f"The actor's assurance is {self.assurance.value!r}, which "
                + ("goes with no credential." if self.credential else "needs a credential."),
                todo="Give os:<user> or ed25519:<fingerprint>, or call the identity claimed.",
            )


_GENERIC: Final = """
    admin administrator root superuser sysadmin system service daemon nobody guest user test
    tester testuser demo shared common team group ci cd build builder jenkins gitlab github
    github-actions runner bot robot operator support helpdesk info yhteinen testi testaaja
    ylläpito yllapito pääkäyttäjä paakayttaja käyttäjä kayttaja vieras tiimi tuki
"""
GENERIC: Final = frozenset(_GENERIC.split())
"""Accounts that several people share: never acceptable where a person must decide."""


def same_person(one: Actor, other: Actor) -> bool:
    """True when the two may be one person, whatever party each claims to act for.

    Ids are compared after NFKC, case folding and closing up spaces; equal non-empty credentials
    are one person whatever the ids say.
    """
    if one.credential and normal(one.credential) == normal(other.credential):
        return True
    return normal(one.id) == normal(other.id)


def is_shared_account(actor: Actor) -> bool:
    """True when the actor's id or operating system user is a generic account."""
    names = [normal(actor.id)]
    if actor.credential.startswith("os:"):
        names.append(normal(actor.credential.removeprefix("os:")))
    return any(
        part in GENERIC for name in names for part in (name, name.split("@")[0].rsplit("\\")[-1])
    )
