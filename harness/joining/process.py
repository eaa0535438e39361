"""The joining process as data: phases, the items each asks for, suites and sign-offs.

Nothing elsewhere in the harness knows what a phase contains or which party does what; another
process is another :class:`Process`. The one built in is :data:`JOINING_1_0_2`, after "Asiointitilin
liittymisprosessin kuvaus", version 1.0.2, 23.1.2012. A released process is never changed: its id
stands in the history of projects, and replay judges them by it. A project may bring a process of
its own (see ``process_file``); then its whole description stands in the history.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from harness.classes import dataclass
from harness.errors import ConfigError
from harness.i18n import Text
from harness.joining.actor import Party
from harness.joining.events import OrganisationKind


class FieldKind(StrEnum):
    """What a field of an item holds."""

    BOOL = "bool"
    INT = "int"
    """A whole number from 0 to 10**12."""
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    """A moment with its offset from UTC."""
    PEOPLE = "people"
    """A list of roles or ids; no names of private persons are needed."""


class Expectation(StrEnum):
    """What a yes/no field or a list of people should say."""

    ANY = "any"
    ADVISED = "advised"
    """No, or nobody, is a warning."""
    DEMANDED = "demanded"
    """No means that the item is not done."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item.

    Attributes:
        name: key in forms and in the record.
        title: what it asks, for people.
        kind: what it holds.
        optional: may be left out.
        expects: see :class:`Expectation`; for yes/no fields and lists of people.
        only_if: the field counts only when this yes/no field of the same item says yes.
        not_before: the value may not lie before this date or time field of the same item.
    """

    name: str
    title: Text
    kind: FieldKind
    optional: bool = False
    expects: Expectation = Expectation.ANY
    only_if: str = ""
    not_before: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Something a phase asks to be on record.

    Attributes:
        id: key in forms and in the record, unique within the process.
        title: for people.
        fields: what is told.
        parties: who may state it; one statement is enough, unless ``every_party``.
        every_party: every one of ``parties`` states it.
        agreed: their statements say the same.
        own_hand: each party states it itself, by an actor who is known: neither a claimed identity
            nor a shared account (a rehearsal takes both).
        optional: its absence is a warning.
        only_for: kinds of organisation it concerns; empty for all.
        distinct: pairs of fields that should not name the same person; if they do, a warning.
    """

    id: str
    title: Text
    fields: tuple[Field, ...]
    parties: tuple[Party, ...]
    every_party: bool = False
    agreed: bool = False
    own_hand: bool = False
    optional: bool = False
    only_for: frozenset[OrganisationKind] = frozenset()
    distinct: tuple[tuple[str, str], ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        for each in self.fields:
            if each.name == name:
                return each
        return None

    def concerns(self, organisation: OrganisationKind) -> bool:
        """True when the item is asked of that kind of organisation."""
        return not self.only_for or organisation in self.only_for


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of the process.

    Attributes:
        number: place in the order, from 0 without gaps.
        name: for people.
        source: the clause of the process description.
        items: what it asks to be on record.
        suites: names of the suites that must have passed.
        observed: names of the suites that the supplier's own system must have gone through, watched
            at the test endpoint; a rehearsal may leave them out.
        sign_offs: parties whose different persons accept the tests; such a phase has one suite,
            for a sign-off names one evidence.
    """

    number: int
    name: Text
    source: str
    items: tuple[Item, ...] = ()
    suites: tuple[str, ...] = ()
    sign_offs: tuple[Party, ...] = ()
    observed: tuple[str, ...] = ()

    @property
    def all_suites(self) -> tuple[str, ...]:
        """Suites of either kind."""
        return (*self.suites, *self.observed)

    def __post_init__(self) -> None:
        if self.sign_offs and len(self.suites) != 1:
            raise ConfigError(f"Phase {self.number} has sign-offs, but not exactly one suite.")

    def item(self, name: str) -> Item | None:
        """The item of that id, or None."""
        for each in self.items:
            if each.id == name:
                return each
        return None


@dataclass(frozen=True, slots=True)
class Window:
    """Where the agreed opening time stands in the process."""

    phase: int
    item: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Roles:
    """Which parties do what besides stating items and signing off; each at least one.

    Attributes:
        test: whom objections ask to run tests. Anybody may run and record them: evidence is judged
            by what it shows.
        request: whose person asks for the opening.
        approve: whose person approves it, independent of who requested, tested and signed off.
        open: whose person opens production.
    """

    test: tuple[Party, ...]
    request: tuple[Party, ...]
    approve: tuple[Party, ...]
    open: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """A whole process. Its last phase is completed by the opening and by nothing else.

    Attributes:
        id: stands in the history of projects.
        title: for people.
        phases: in order, numbered from 0.
        roles: which parties do what.
        titles: what the process calls each of the four parties.
        window: where the agreed opening time stands; None when the opening is bound to no time.
    """

    id: str
    title: Text
    phases: tuple[Phase, ...]
    roles: Roles
    titles: tuple[tuple[Party, Text], ...]
    window: Window | None = None

    @property
    def last(self) -> int:
        """Number of the phase that opens production."""
        return self.phases[-1].number

    @property
    def suites(self) -> tuple[str, ...]:
        """Every suite the process asks for, in the order of phases."""
        return tuple(suite for phase in self.phases for suite in phase.all_suites)

    @property
    def driven(self) -> tuple[str, ...]:
        """Those of the suites that the harness drives."""
        return tuple(suite for phase in self.phases for suite in phase.suites)

    @property
    def observed(self) -> frozenset[str]:
        """Those of the suites that the supplier's own system drives."""
        return frozenset(suite for phase in self.phases for suite in phase.observed)

    def words(self, party: Party) -> Text:
        """The party's name for people."""
        return dict(self.titles).get(party, party.words)

    def phase_of_suite(self, suite: str) -> Phase | None:
        """The phase that asks for a suite, or None."""
        return next((phase for phase in self.phases if suite in phase.all_suites), None)


def find(process: str) -> Process:
    """The process of that id.

    Raises:
        ConfigError: there is none.
    """
    if process in PROCESSES:
        return PROCESSES[process]
    raise ConfigError(
        "The joining process a project names is not known.",
        where=process[:100],
        todo=f"Use {' or '.join(PROCESSES)}, or the name of a file that ends in .toml.",
    )


def _yes(name: str, title: Text, expects: Expectation, only_if: str = "") -> Field:
    return Field(name, title, FieldKind.BOOL, expects=expects, only_if=only_if)


def _date(name: str, title: Text, not_before: str = "") -> Field:
    return Field(name, title, FieldKind.DATE, not_before=not_before)


def _count(name: str, title: Text) -> Field:
    return Field(name, title, FieldKind.INT)


def _text(name: str, title: Text, *, optional: bool = False, only_if: str = "") -> Field:
    return Field(name, title, FieldKind.TEXT, optional=optional, only_if=only_if)


def _there(name: str, title: Text) -> Field:
    """Somebody who typically takes part: absence is a warning, never a refusal."""
    return Field(name, title, FieldKind.PEOPLE, optional=True, expects=Expectation.ADVISED)


_NOTE: Final = _text("note", Text("Huomautus", "Anmärkning", "Note"), optional=True)
_HELD: Final = Text("Pidetty", "Hölls", "Held on")
_DONE_ON: Final = Text("Tehty", "Gjort", "Done on")
_CUSTOMER: Final = (Party.AUTHORITY, Party.SUPPLIER)
_BOTH_SIDES: Final = (Party.AUTHORITY, Party.ACCOUNT)
_ANYBODY: Final = tuple(Party)

_BEFORE: Final = Phase(
    0,
    Text("Ennen liittymistä", "Före anslutningen", "Before joining"),
    "liittymisprosessi 1.0.2, luku 1",
    (
        Item(
            "legal-demands",
            Text(
                "Mitä laki sähköisestä asioinnista edellyttää",
                "Vad lagen om elektronisk kommunikation kräver",
                "What the act on electronic services demands",
            ),
            (
                _yes(
                    "considered",
                    Text(
                        "Organisaatio on pohtinut lain vaatimuksia",
                        "Organisationen har övervägt lagens krav",
                        "The organisation has considered what the act demands",
                    ),
                    Expectation.DEMANDED,
                ),
                _text(
                    "demands",
                    Text(
                        "Mitä laki edellyttää organisaatiolta tai palvelulta",
                        "Vad lagen kräver av organisationen eller tjänsten",
                        "What the act demands of the organisation or the service",
                    ),
                ),
            ),
            (Party.AUTHORITY,),
        ),
        Item(
            "consent",
            Text("Kansalaisen suostumus", "Medborgarens samtycke", "The citizen's consent"),
            (
                _yes(
                    "needed",
                    Text(
                        "Tarvitaanko erityinen suostumus ennen sähköistä lähettämistä",
                        "Behövs ett särskilt samtycke före elektronisk sändning",
                        "Is a separate consent needed before sending electronically",
                    ),
                    Expectation.ANY,
                ),
                _yes(
                    "asked_in_own_service",
                    Text(
                        "Viranomainen pystyy kysymään sen omassa sähköisessä palvelussaan",
                        "Myndigheten kan fråga efter det i sin egen elektroniska tjänst",
                        "The authority's own electronic service can ask for it",
                    ),
                    Expectation.DEMANDED,
                    only_if="needed",
                ),
                _text(
                    "how_asked",
                    Text(
                        "Miten suostumus kysytään, esimerkiksi vireillepanon yhteydessä",
                        "Hur samtycket begärs, till exempel när ärendet inleds",
                        "How consent is asked for, for instance when a matter is opened",
                    ),
                    only_if="needed",
                ),
            ),
            (Party.AUTHORITY,),
        ),
        Item(
            "interface-descriptions",
            Text("Rajapintakuvaukset", "Gränssnittsbeskrivningar", "Interface descriptions"),
            (
                _yes(
                    "studied",
                    Text(
                        "Rajapintakuvauksiin on tutustuttu",
                        "Gränssnittsbeskrivningarna har studerats",
                        "The interface descriptions have been studied",
                    ),
                    Expectation.ADVISED,
                ),
                _text("version", Text("Versio", "Version", "Version"), optional=True),
            ),
            _CUSTOMER,
        ),
        Item(
            "security-recommendations",
            Text(
                "Tietoturvasuositukset ja -vaatimukset",
                "Rekommendationer och krav för informationssäkerhet",
                "Security recommendations and requirements",
            ),
            (
                _yes(
                    "studied",
                    Text(
                        "Suosituksiin ja vaatimuksiin on tutustuttu (itsearviointilomake)",
                        "Rekommendationerna och kraven har studerats (självvärderingsblankett)",
                        "Recommendations and requirements studied (self-assessment form)",
                    ),
                    Expectation.ADVISED,
                ),
                _NOTE,
            ),
            _CUSTOMER,
        ),
        Item(
            "own-services",
            Text("Omat palvelut", "Egna tjänster", "Own services"),
            (
                _yes(
                    "changed_in_advance",
                    Text(
                        "Asiointitilin vaatimat muutokset on tehty etukäteen",
                        "De ändringar kontot kräver har gjorts på förhand",
                        "The changes the account requires have been made in advance",
                    ),
                    Expectation.ADVISED,
                ),
                _yes(
                    "new_services_compatible",
                    Text(
                        "Uudet palvelut tehdään suoraan yhteensopiviksi",
                        "Nya tjänster byggs kompatibla från början",
                        "New services are built compatible from the start",
                    ),
                    Expectation.ADVISED,
                ),
                _NOTE,
            ),
            _CUSTOMER,
        ),
        Item(
            "account-manager-contacted",
            Text(
                "Yhteys asiakasvastaavaan hyvissä ajoin",
                "Kontakt med kundansvarig i god tid",
                "The customer's account manager contacted in good time",
            ),
            (
                _date("contacted", Text("Yhteydenotto", "Kontaktad", "Contacted on")),
                _date(
                    "planned_opening",
                    Text(
                        "Suunniteltu käyttöönotto",
                        "Planerat ibruktagande",
                        "Planned opening, so that openings can be fitted together",
                    ),
                    not_before="contacted",
                ),
                _NOTE,
            ),
            _CUSTOMER,
        ),
    ),
)

_AGREEMENT_FIELDS: Final = (
    _date("agreed", Text("Sovittu", "Avtalat", "Agreed on")),
    _text("reference", Text("Tunniste", "Referens", "Reference")),
)

_AGREEMENT: Final = Phase(
    1,
    Text(
        "Yhteydenotto Valtion IT-palvelukeskukseen ja palvelusopimus liittymisestä",
        "Kontakt med Statens IT-servicecentral och serviceavtal om anslutningen",
        "Contact with the state IT service centre and service agreement on joining",
    ),
    "liittymisprosessi 1.0.2, vaihe 1",
    (
        Item(
            "joining-meeting",
            Text("Liittymispalaveri", "Anslutningsmöte", "Joining meeting"),
            (
                _date("held", _HELD),
                _there(
                    "customer_contacts",
                    Text(
                        "Asiakkaan yhteyshenkilöt",
                        "Kundens kontaktpersoner",
                        "The customer's contacts",
                    ),
                ),
                _there(
                    "account_service_manager",
                    Text(
                        "Asiointitilin palvelupäällikkö",
                        "Medborgarkontots tjänstechef",
                        "The account's service manager",
                    ),
                ),
                _there(
                    "account_service_responsible",
                    Text(
                        "Asiointitilin palveluvastaava",
                        "Medborgarkontots tjänsteansvariga",
                        "The account's service responsible",
                    ),
                ),
            ),
            _BOTH_SIDES,
        ),
        Item(
            "service-walked-through",
            Text(
                "Liitettävän palvelun läpikäynti",
                "Genomgång av tjänsten som ansluts",
                "The service walked through",
            ),
            (
                _yes(
                    "done",
                    Text(
                        "Palvelu on käyty läpi yleisellä tasolla",
                        "Tjänsten har gåtts igenom på allmän nivå",
                        "The service has been walked through in general",
                    ),
                    Expectation.DEMANDED,
                ),
                _text("service", Text("Palvelu", "Tjänst", "Service")),
            ),
            _BOTH_SIDES,
        ),
        Item(
            "volume-estimates",
            Text("Volyymiarviot", "Volymuppskattningar", "Estimates of volume"),
            (
                _count(
                    "messages_per_year",
                    Text("Viestejä vuodessa", "Meddelanden per år", "Messages a year"),
                ),
                _count(
                    "support_requests_per_year",
                    Text(
                        "Kansalaistukipyyntöjä vuodessa",
                        "Medborgares stödbegäranden per år",
                        "Citizens' support requests a year",
                    ),
                ),
            ),
            _BOTH_SIDES,
        ),
        Item(
            "self-assessment",
            Text(
                "Tietoturvan itsearviointilomake",
                "Självvärderingsblankett för informationssäkerhet",
                "Security self-assessment form",
            ),
            (
                _yes(
                    "gone_through",
                    Text(
                        "Lomake on käyty läpi",
                        "Blanketten har gåtts igenom",
                        "The form has been gone through",
                    ),
                    Expectation.DEMANDED,
                ),
                _date("on", _DONE_ON),
            ),
            _BOTH_SIDES,
        ),
        Item(
            "joining-agreement",
            Text(
                "Sopimus Asiointitiliin liittymisestä (kunnat)",
                "Avtal om anslutning till Medborgarkontot (kommuner)",
                "Agreement on joining the account (municipalities)",
            ),
            _AGREEMENT_FIELDS,
            _BOTH_SIDES,
            only_for=frozenset({OrganisationKind.MUNICIPALITY}),
        ),
        Item(
            "service-agreement-addition",
            Text(
                "Lisäys palvelusopimukseen (valtionhallinto)",
                "Tillägg till serviceavtalet (statsförvaltningen)",
                "Addition to the service agreement (state organisations)",
            ),
            _AGREEMENT_FIELDS,
            _BOTH_SIDES,
            only_for=frozenset({OrganisationKind.STATE}),
        ),
        Item(
            "other-agreement",
            Text(
                "Muu sopimus (muut organisaatiot)",
                "Annat avtal (övriga organisationer)",
                "Another agreement (other organisations)",
            ),
            (_text("which", Text("Mikä sopimus", "Vilket avtal", "Which one")), *_AGREEMENT_FIELDS),
            _BOTH_SIDES,
            only_for=frozenset({OrganisationKind.OTHER}),
        ),
    ),
)


def _form(item: str, title: Text) -> Item:
    """A form delivered before the technical discussion."""
    return Item(
        item,
        title,
        (
            _date("delivered", Text("Toimitettu", "Levererad", "Delivered on")),
            _yes(
                "in_advance",
                Text(
                    "Toimitettu ennen palaveria",
                    "Levererad före mötet",
                    "Delivered before the meeting",
                ),
                Expectation.ADVISED,
            ),
        ),
        _CUSTOMER,
    )


_PLAN: Final = Phase(
    2,
    Text(
        "Tarkentava tekninen keskustelu ja projektisuunnitelma",
        "Preciserande teknisk diskussion och projektplan",
        "Refining technical discussion and project plan",
    ),
    "liittymisprosessi 1.0.2, vaihe 2",
    (
        Item(
            "technical-discussion",
            Text(
                "Tarkentava tekninen keskustelu",
                "Preciserande teknisk diskussion",
                "Refining technical discussion",
            ),
            (
                _date("held", _HELD),
                _yes(
                    "before_implementation",
                    Text(
                        "Ennen toteutustyötä",
                        "Före genomförandet",
                        "Held before implementation",
                    ),
                    Expectation.ADVISED,
                ),
                _there(
                    "account_responsible",
                    Text(
                        "Asiointitilin palveluvastaava tai käyttöönoton projektipäällikkö",
                        "Medborgarkontots tjänsteansvariga eller projektchef för ibruktagandet",
                        "The account's service responsible or deployment project manager",
                    ),
                ),
                _there(
                    "account_suppliers",
                    Text(
                        "Asiointitilin tekniset toimittajat",
                        "Medborgarkontots tekniska leverantörer",
                        "The account's technical suppliers",
                    ),
                ),
                _there(
                    "customer_responsible",
                    Text(
                        "Asiakkaan palveluvastaava",
                        "Kundens tjänsteansvariga",
                        "The customer's own service responsible",
                    ),
                ),
                _there(
                    "customer_supplier",
                    Text(
                        "Asiakkaan tekninen toimittaja",
                        "Kundens tekniska leverantör",
                        "The customer's technical supplier",
                    ),
                ),
            ),
            _ANYBODY,
            distinct=(("account_responsible", "customer_responsible"),),
        ),
        _form(
            "connection-opening-form",
            Text("Yhteysavauslomake", "Blankett för förbindelseöppning", "Connection-opening form"),
        ),
        _form(
            "service-information-form",
            Text(
                "Palvelun perustiedot -lomake",
                "Blankett med tjänstens basuppgifter",
                "Service basic-information form",
            ),
        ),
        Item(
            "project-plan",
            Text("Projektisuunnitelma", "Projektplan", "Project plan"),
            (
                _date("drawn_up", Text("Laadittu", "Upprättad", "Drawn up on")),
                _text("reference", Text("Tunniste", "Referens", "Reference")),
            ),
            _ANYBODY,
        ),
    ),
)

_READY: Final = _yes("done", Text("Tehty", "Gjort", "Done"), Expectation.DEMANDED)

_PREPARATION: Final = Phase(
    3,
    Text("Palvelun valmistelu", "Förberedelse av tjänsten", "Preparation of the service"),
    "liittymisprosessi 1.0.2, vaihe 3",
    (
        Item(
            "preparations",
            Text(
                "Palvelun valmistelut liittymistä varten",
                "Tjänstens förberedelser för anslutningen",
                "The service's preparations for joining",
            ),
            (_READY, _NOTE),
            _CUSTOMER,
        ),
        Item(
            "network-openings",
            Text("Tietoliikenneavaukset", "Öppningar i datatrafiken", "Network openings"),
            (_READY, _NOTE),
            (Party.ACCOUNT, Party.SUPPLIER),
            every_party=True,
        ),
        Item(
            "integration-service",
            Text(
                "Integraatiopalvelun valmistelut",
                "Integrationstjänstens förberedelser",
                "Preparations of the integration service",
            ),
            (_READY, _NOTE),
            (Party.ACCOUNT, Party.SUPPLIER),
            every_party=True,
        ),
    ),
)

_CONNECTING: Final = Phase(
    4,
    Text("Palvelun liittäminen", "Anslutning av tjänsten", "Connecting the service"),
    "liittymisprosessi 1.0.2, vaihe 4",
    (
        Item(
            "settings",
            Text("Tarvittavat asetukset", "Nödvändiga inställningar", "Necessary settings"),
            (_READY, _NOTE),
            _ANYBODY,
            optional=True,
        ),
        Item(
            "service-stored",
            Text(
                "Palvelun tiedot asiointitilillä",
                "Tjänstens uppgifter i kontot",
                "The service's data stored in the account",
            ),
            (_READY, _NOTE),
            (Party.ACCOUNT, Party.ACCOUNT_SUPPLIER),
            optional=True,
        ),
    ),
    suites=("connection",),
)

_TESTING: Final = Phase(
    5,
    Text("Palvelun testaus", "Testning av tjänsten", "Testing of the service"),
    "liittymisprosessi 1.0.2, vaihe 5",
    suites=("testing",),
    sign_offs=(Party.SUPPLIER, Party.ACCOUNT_SUPPLIER),
    observed=("supplier",),
)

_DATE: Final = Phase(
    6,
    Text(
        "Tuotantoonsiirrosta sopiminen",
        "Överenskommelse om produktionssättning",
        "Agreeing on the move to production",
    ),
    "liittymisprosessi 1.0.2, vaihe 6",
    (
        Item(
            "opening-window",
            Text("Tuotantoonsiirtoaika", "Tid för produktionssättning", "Opening window"),
            (
                Field("start", Text("Alkaa", "Börjar", "Starts"), FieldKind.DATETIME),
                Field(
                    "end",
                    Text("Päättyy", "Slutar", "Ends"),
                    FieldKind.DATETIME,
                    not_before="start",
                ),
            ),
            _BOTH_SIDES,
            every_party=True,
            agreed=True,
            own_hand=True,
        ),
        Item(
            "announcement",
            Text("Tiedottaminen", "Information", "Announcement"),
            (
                Field("to_whom", Text("Kenelle", "Till vem", "To whom"), FieldKind.PEOPLE),
                _date("on", Text("Milloin", "När", "When")),
            ),
            _ANYBODY,
        ),
    ),
)

_OPENING: Final = Phase(
    7,
    Text(
        "Palvelun avaaminen tuotantokäyttöön",
        "Öppnande av tjänsten för produktion",
        "Opening the service for production",
    ),
    "liittymisprosessi 1.0.2, vaihe 7",
)

JOINING_1_0_2: Final = Process(
    "liittymisprosessi-1.0.2",
    Text(
        "Asiointitilin liittymisprosessi 1.0.2",
        "Medborgarkontots anslutningsprocess 1.0.2",
        "Joining process of the account 1.0.2",
    ),
    (_BEFORE, _AGREEMENT, _PLAN, _PREPARATION, _CONNECTING, _TESTING, _DATE, _OPENING),
    Roles(
        test=(Party.SUPPLIER, Party.ACCOUNT_SUPPLIER),  # vaihe 5
        request=_CUSTOMER,  # the side that joins
        approve=_BOTH_SIDES,  # vaiheet 6 ja 7: who agree on the opening
        open=_ANYBODY,
    ),
    tuple((party, party.words) for party in Party),
    Window(6, "opening-window", "start", "end"),
)
"""Source: Asiointitilin liittymisprosessin kuvaus, versio 1.0.2, 23.1.2012."""

PROCESSES: Final[Mapping[str, Process]] = MappingProxyType({JOINING_1_0_2.id: JOINING_1_0_2})
"""Processes by id."""
