"""A defect told to the other party: what it can look for in its logs, and how to see it again.

Taken from evidence, which holds codes, qualified names, numbers and lengths only, and from the
scenario file, which holds no person either; identity codes are replaced once more all the same.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from harness.classes import dataclass
from harness.i18n import Language, Text
from harness.joining.evidence import Finding, ScenarioOutcome, TestEvidence
from harness.joining.observations import Observation
from harness.redact import without_codes
from harness.report.explanations import explanations
from harness.suite.suites import Scenario, Suite
from harness.suite.variables import id_prefix
from harness.vocabulary import Driver


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket is made from.

    Attributes:
        project: the project's name.
        evidence: that shows the defect.
        outcome: of the scenario there.
        suite: as it lies here now; None when it does not.
        observation: on record, if there is one.
    """

    project: str
    evidence: TestEvidence
    outcome: ScenarioOutcome
    suite: Suite | None = None
    observation: Observation | None = None

    @property
    def scenario(self) -> Scenario | None:
        """The scenario file, if it is here."""
        return self.suite.scenarios.get(self.outcome.id) if self.suite else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was seen; that of the observation first."""
        made = self.observation
        if made is None:
            return self.outcome.findings
        key = (made.code, made.path)
        return tuple(sorted(self.outcome.findings, key=lambda each: (each.code, each.path) != key))

    @property
    def message_ids(self) -> str:
        """How the ids of all messages of the scenario begin."""
        run = self.evidence.run_id.removesuffix(f"-{self.evidence.suite}")
        return id_prefix(run, self.outcome.id)

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of the contract that the scenario calls or waits for, in order."""
        found = self.scenario
        steps = found.content.steps if found else ()
        names = (getattr(step, "call", "") or getattr(step, "receive", "") for step in steps)
        return tuple(dict.fromkeys(names))

    @property
    def command(self) -> str:
        """How the harness does it again; empty where the supplier's own system did it."""
        if self.evidence.driver is Driver.SYSTEM:
            return ""
        name = self.outcome.id.rpartition("/")[2]
        place = self.evidence.endpoint.name
        return f"harness run --suite {self.evidence.suite} --endpoint {place} -k {name}"


_WORDS: Final = {
    "project": Text("Liittymishanke", "Anslutningsprojekt", "Joining project"),
    "severity": Text("Vakavuus", "Allvarlighetsgrad", "Severity"),
    "owner": Text("Korjaaja", "Åtgärdas av", "To be fixed by"),
    "title": Text("Havainto", "Observation", "Observation"),
    "done": Text("Mitä tehtiin", "Vad som gjordes", "What was done"),
    "scenario": Text("Testitapaus", "Testfall", "Scenario"),
    "operations": Text("Operaatiot", "Operationer", "Operations"),
    "why": Text("Miksi sillä on väliä", "Varför det är viktigt", "Why it matters"),
    "source": Text("Lähde", "Källa", "Source"),
    "seen": Text("Mitä havaittiin", "Vad som sågs", "What was seen"),
    "result": Text("Tulos", "Resultat", "Outcome"),
    "finding": Text("Löydös", "Fynd", "Finding"),
    "place": Text("Kohta sanomassa", "Ställe i meddelandet", "Place in the message"),
    "expected": Text("Odotettiin", "Väntades", "Expected"),
    "saw": Text("Nähtiin", "Sågs", "Seen"),
    "means": Text("Merkitys", "Betydelse", "Meaning"),
    "where": Text("Milloin ja missä", "När och var", "When and where"),
    "started": Text("Ajo alkoi (UTC)", "Körningen började (UTC)", "Run started (UTC)"),
    "finished": Text("Ajo päättyi (UTC)", "Körningen slutade (UTC)", "Run ended (UTC)"),
    "message_ids": Text(
        "Sanomatunnisteiden alku", "Meddelande-id:n börjar med", "Message ids begin with"
    ),
    "endpoint": Text("Osoite", "Adress", "Endpoint"),
    "driver": Text("Lähettäjä", "Avsändare", "Sent by"),
    "level": Text("Ympäristön taso", "Miljöns nivå", "Level"),
    "certificate": Text("Varmenne (SHA-256)", "Certifikat (SHA-256)", "Certificate (SHA-256)"),
    "system_release": Text(
        "Toimittajan järjestelmän versio", "Leverantörssystemets version", "Supplier's release"
    ),
    "contract": Text("Rajapintakuvaus", "Gränssnittsbeskrivning", "Contract"),
    "contract_digest": Text("Sen tiedostot", "Dess filer", "Its files (SHA-256)"),
    "again": Text("Näin sen näkee uudelleen", "Så ser man det igen", "How to see it again"),
    "command": Text("Komento", "Kommando", "Command"),
    "suite_digest": Text("Testitapausten tila", "Testfallens tillstånd", "State of the scenarios"),
    "evidence": Text("Näyttö (SHA-256)", "Bevis (SHA-256)", "Evidence (SHA-256)"),
    "other_state": Text(
        "Testitapaustiedostot ovat täällä muuttuneet ajon jälkeen.",
        "Testfallsfilerna här har ändrats efter körningen.",
        "The scenario files here have changed since the run.",
    ),
    "redacted": Text(
        "Tässä ei ole sanomia eikä henkilötunnuksia, ja sanomien arvoista vain koodeja, lukuja ja "
        "pituuksia. Sanomat löytyvät lokeista tunnisteen alun perusteella.",
        "Här finns inga meddelanden och inga personbeteckningar, och av värden bara koder, tal och "
        "längder. Meddelandena hittas i loggarna på id:ts början.",
        "No message and no identity code stands here, and of values only codes, numbers and "
        "lengths. The messages are found in the logs by the beginning of their ids.",
    ),
}
_GROUPS: Final = ("done", "seen", "where", "again")
_INDENT: Final = 2


def ticket_rows(ticket: Ticket) -> dict[str, object]:
    """The ticket as plain JSON values, in English."""
    groups = {group: _rows(ticket, group, "en") for group in _GROUPS}
    head = {key: value for key, value in _head(ticket, "en") if value}
    found: dict[str, object] = dict(head)
    for group, rows in groups.items():
        if group != "seen":
            found |= {key: value for key, value in rows if value}
    found["outcome"] = ticket.outcome.outcome.value
    found["operations"] = list(ticket.operations)
    found["findings"] = [
        {name: _safe(getattr(each, name)) for name in ("code", "path", "expected", "seen")}
        for each in ticket.findings
    ]
    return found


def ticket_text(ticket: Ticket, language: Language = "en") -> str:
    """The ticket as a text to send."""
    lines = list(_lines(_head(ticket, language), language))
    for group in _GROUPS:
        lines += ["", _WORDS[group][language]]
        lines += _lines(_rows(ticket, group, language), language, _INDENT)
    if ticket.suite is not None and ticket.suite.digest != ticket.evidence.suite_digest:
        lines.append(f"{' ' * _INDENT}{_WORDS['other_state'][language]}")
    return "\n".join([*lines, "", _WORDS["redacted"][language]])


_Row = tuple[str, str]


def _lines(rows: list[_Row], language: Language, indent: int = 0) -> Iterator[str]:
    """A line each; what is not known is left out."""
    for key, value in rows:
        if value:
            yield f"{' ' * indent}{_WORDS[key][language]}: {value}"


def _head(ticket: Ticket, language: Language) -> list[_Row]:
    made = ticket.observation
    rows = [("project", _safe(ticket.project))]
    if made is not None:
        rows += [
            ("title", _safe(f"{made.id}: {made.title}")),
            ("severity", made.severity.value),
            ("owner", made.owner.words[language]),
        ]
    return rows


def _rows(ticket: Ticket, group: str, language: Language) -> list[_Row]:
    match group:
        case "done":
            return list(_done(ticket, language))
        case "seen":
            return list(_seen(ticket))
        case "where":
            return list(_where(ticket.evidence, ticket.message_ids))
        case _:
            return [
                ("command", ticket.command),
                ("suite_digest", ticket.evidence.suite_digest),
                ("evidence", ticket.evidence.digest),
            ]


def _done(ticket: Ticket, language: Language) -> Iterator[_Row]:
    found = ticket.scenario.content if ticket.scenario else None
    title = (getattr(found.title, language) or found.title.en) if found else ""
    yield "scenario", _safe(f"{ticket.outcome.id}: {title}" if title else ticket.outcome.id)
    yield "operations", ", ".join(ticket.operations)
    if found is not None:
        yield "why", _safe(found.why)
        yield "source", _safe(found.source)


def _seen(ticket: Ticket) -> Iterator[_Row]:
    yield "result", ticket.outcome.outcome.value
    meanings = {each.code: each.meaning for each in explanations()}
    for each in ticket.findings:
        yield "finding", _safe(each.code)
        yield "place", _safe(each.path)
        yield "expected", _safe(each.expected)
        yield "saw", _safe(each.seen)
        yield "means", meanings.get(each.code, "")


def _where(evidence: TestEvidence, message_ids: str) -> Iterator[_Row]:
    yield "started", _second(evidence.started)
    yield "finished", _second(evidence.finished)
    yield "message_ids", message_ids
    yield "endpoint", _safe(evidence.endpoint.address)
    yield "level", evidence.level.value
    yield "driver", evidence.driver.value
    yield "certificate", evidence.endpoint.fingerprint
    yield "system_release", _safe(evidence.system_release)
    yield "contract", evidence.contract
    yield "contract_digest", evidence.contract_digest


def _second(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def _safe(text: str) -> str:
    return " ".join(without_codes(text).split())
