"""What a person hands in without having the record at hand: the statement that they sign.

An in-toto Statement v1. Evidence of a run is its own statement, with the predicate test-result
v0.1, to which the predicate's field ``connectionHarnessSubmission`` adds who hands it in: taken out
again, the evidence has the bytes and the digest it had. Everything else has a predicate type
``urn:connection-harness:...`` of its own, which says what is meant in ``says``.

Rules of the reader: the type is of a closed set; no field is unknown, missing or mistyped; the
bytes are the one form of what was read, so that nothing is left over.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from harness.classes import dataclass
from harness.errors import EvidenceError
from harness.joining import evidence as run_evidence
from harness.joining import forms
from harness.joining.acting import Acting, Handed
from harness.joining.actor import Party
from harness.joining.canaries import CanaryEvidence
from harness.joining.commands import COMMANDS
from harness.joining.events import Kind
from harness.joining.evidence import (
    STATEMENT,
    TestEvidence,
    as_object,
    canonical,
    check_format,
    guarded,
    parsed,
    resource,
)
from harness.joining.observations import Severity
from harness.joining.parity import Parity
from harness.joining.plain import Json, decode, encode
from harness.joining.text import Malformed, clean, digest, moment, slug

if TYPE_CHECKING:
    from harness.joining.project import JoiningProject

FIELD: Final = "connectionHarnessSubmission"
FORMAT: Final = 1
FORM_BYTES: Final = 1024 * 1024
"""Most that a form may have: ``max_config_bytes``, as of one that is recorded at the ledger."""
_WHERE: Final = f"predicate.{FIELD}"


class Act(Protocol):
    """What is handed in."""

    HANDED: ClassVar[Handed]
    PREDICATE: ClassVar[str]

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about: a name and a SHA-256 digest."""

    @property
    def file(self) -> bytes:
        """The file that is handed in, as it lay there; empty when there is none."""

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Do it, by the rules of the project.

        Raises:
            HarnessError: it is not what it should be, or the rules do not allow it.
        """


@dataclass(frozen=True, slots=True)
class RunHanded:
    """Evidence of a run."""

    HANDED: ClassVar[Handed] = Handed.EVIDENCE
    PREDICATE: ClassVar[str] = run_evidence.PREDICATE

    evidence: TestEvidence

    @property
    def subject(self) -> tuple[str, str]:
        """The evidence itself; its statement names the subjects of the run."""
        return "evidence", self.evidence.digest

    @property
    def file(self) -> bytes:
        """The evidence file."""
        return self.evidence.to_bytes()

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Record it."""
        project.record_run(self.evidence, **acting.args)


@dataclass(frozen=True, slots=True)
class _FileHanded:
    """A text file, whole."""

    text: str

    @property
    def file(self) -> bytes:
        """The file's bytes."""
        return self.text.encode()

    @property
    def subject(self) -> tuple[str, str]:
        """The file."""
        return "file", hashlib.sha256(self.file).hexdigest()


@dataclass(frozen=True, slots=True)
class CanariesHanded(_FileHanded):
    """Evidence of canaries."""

    HANDED: ClassVar[Handed] = Handed.EVIDENCE
    PREDICATE: ClassVar[str] = "urn:connection-harness:canaries-handed-in:v1"

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Record it."""
        project.record_canaries(CanaryEvidence.from_bytes(self.file), **acting.args)


@dataclass(frozen=True, slots=True)
class ParityHanded(_FileHanded):
    """A comparison with our account."""

    HANDED: ClassVar[Handed] = Handed.EVIDENCE
    PREDICATE: ClassVar[str] = "urn:connection-harness:parity-handed-in:v1"

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Record it."""
        project.record_parity(Parity.from_bytes(self.file), **acting.args)


@dataclass(frozen=True, slots=True)
class FormHanded(_FileHanded):
    """A filled-in form, TOML."""

    HANDED: ClassVar[Handed] = Handed.FORM
    PREDICATE: ClassVar[str] = "urn:connection-harness:form:v1"

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Record every statement of it; what is on record already is left alone."""
        standing, (_, source) = project.standing, self.subject
        for each in forms.parse_form(
            self.tables(), standing.process, standing.organisation_kind, where="the form"
        ):
            project.record_item(
                each.phase,
                each.item,
                each.stated_by,
                each.values,
                source_digest=source,
                **acting.args,
            )

    def tables(self) -> Mapping[str, object]:
        """The form as tables.

        Raises:
            Malformed: it is too large, or no TOML.
        """
        if len(self.file) > FORM_BYTES:
            raise Malformed(f"The form is larger than {FORM_BYTES} bytes.", where="the form")
        try:
            return tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError):
            raise Malformed("The form is not TOML.", where="the form") from None


class _NoFile:
    __slots__ = ()

    @property
    def file(self) -> bytes:
        """Nothing: all of it is in the statement."""
        return b""


@dataclass(frozen=True, slots=True)
class _OnEvidence(_NoFile):
    """Something that is said of evidence on record, by its digest."""

    evidence: str

    def __post_init__(self) -> None:
        digest(self.evidence, "evidence digest")

    @property
    def subject(self) -> tuple[str, str]:
        """The evidence."""
        return "evidence", self.evidence


@dataclass(frozen=True, slots=True)
class SignOffGiven(_OnEvidence):
    """The tests of a phase are accepted."""

    HANDED: ClassVar[Handed] = Handed.SIGN_OFF
    PREDICATE: ClassVar[str] = "urn:connection-harness:sign-off:v1"

    phase: int

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Sign off."""
        project.sign_off(self.phase, self.evidence, **acting.args)


@dataclass(frozen=True, slots=True)
class ObservationHanded(_OnEvidence):
    """A defect that recorded evidence shows."""

    HANDED: ClassVar[Handed] = Handed.OBSERVATION
    PREDICATE: ClassVar[str] = "urn:connection-harness:observation:v1"

    title: str
    severity: Severity
    owner: Party
    scenario: str
    code: str
    path: str

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Make it."""
        project.observe(
            self.title,
            self.severity,
            self.owner,
            scenario=self.scenario,
            evidence=self.evidence,
            code=self.code,
            path=self.path,
            **acting.args,
        )


@dataclass(frozen=True, slots=True)
class RetestHanded(_OnEvidence):
    """A fix is accepted."""

    HANDED: ClassVar[Handed] = Handed.OBSERVATION
    PREDICATE: ClassVar[str] = "urn:connection-harness:observation-retest:v1"

    observation: str

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Accept it."""
        project.retest_observation(self.observation, self.evidence, **acting.args)


@dataclass(frozen=True, slots=True)
class FixHanded(_NoFile):
    """A defect is fixed in a release of its owner's."""

    HANDED: ClassVar[Handed] = Handed.OBSERVATION
    PREDICATE: ClassVar[str] = "urn:connection-harness:observation-fix:v1"

    observation: str
    release: str

    @property
    def subject(self) -> tuple[str, str]:
        """The release, as it is called: nobody has its files."""
        return self.release, hashlib.sha256(self.release.encode()).hexdigest()

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Say so."""
        project.fix_observation(self.observation, self.release, **acting.args)


_ACTS: Final[Mapping[str, type[Act]]] = MappingProxyType(
    {
        each.PREDICATE: each
        for each in (
            RunHanded,
            CanariesHanded,
            ParityHanded,
            FormHanded,
            SignOffGiven,
            ObservationHanded,
            RetestHanded,
            FixHanded,
        )
    }
    | dict(COMMANDS)
)


@dataclass(frozen=True, slots=True)
class _Head:
    """Who hands in, for which project, when."""

    format: int
    project: str
    project_kind: Kind
    submitter: str
    party: Party
    at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person hands in for a project.

    Attributes:
        project: its id; ``project_kind``: a rehearsal's papers are none of a joining project.
        submitter: the person's id; ``party``: the one they act for.
        at: when it was signed, UTC.
        act: what is handed in.
    """

    project: str
    project_kind: Kind
    submitter: str
    party: Party
    at: datetime
    act: Act = field(repr=False)

    def __post_init__(self) -> None:
        slug(self.project, "project id")
        clean(self.submitter, "submitter")
        moment(self.at, "time of the submission")

    @property
    def kind(self) -> str:
        """What sort of thing is handed in."""
        return self.act.HANDED.value

    @property
    def digest(self) -> str:
        """SHA-256 of the statement, lower-case hex: what it is known by."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The statement: canonical JSON in UTF-8 with one newline at the end."""
        who = (self.project, self.project_kind, self.submitter, self.party, self.at)
        head = encode(_Head(FORMAT, *who))
        if isinstance(self.act, RunHanded):
            statement = as_object(parsed(self.act.evidence.to_bytes()), "statement")
            predicate = as_object(statement["predicate"], "predicate")
            return canonical({**statement, "predicate": {**predicate, FIELD: head}})
        return canonical(
            {
                "_type": STATEMENT,
                "subject": [resource(*self.act.subject)],
                "predicateType": self.act.PREDICATE,
                "predicate": {FIELD: head, "says": encode(self.act)},
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Submission":
        """Read a statement back.

        Raises:
            EvidenceError: the bytes are not such a statement in its one form; names the field.
        """
        try:
            return cls._read(data)
        except ValueError:  # half a surrogate pair, or a number without an end
            raise EvidenceError(
                "The statement holds what no text can hold.", where="statement"
            ) from None

    @classmethod
    def _read(cls, data: bytes) -> "Submission":
        statement = as_object(parsed(data), "statement")
        predicate = as_object(statement.get("predicate"), "predicate")
        told = as_object(predicate.get(FIELD), _WHERE)
        check_format(told, FORMAT, _WHERE)
        head = guarded(lambda: decode(_Head, told, _WHERE))
        act = _act(statement, predicate)
        who = (head.project, head.project_kind, head.submitter, head.party, head.at)
        found = guarded(lambda: cls(*who, act))
        if found.to_bytes() != data:
            raise EvidenceError(
                "The statement is not in the one form that harness submit writes.",
                where="statement",
                todo="Hand in the file as harness submit wrote it.",
            )
        return found


def _act(statement: dict[str, Json], predicate: dict[str, Json]) -> Act:
    told = statement.get("predicateType")
    kind = _ACTS.get(told) if isinstance(told, str) else None
    if kind is RunHanded:
        own = {name: value for name, value in predicate.items() if name != FIELD}
        return RunHanded(TestEvidence.from_bytes(canonical({**statement, "predicate": own})))
    if kind is None:
        raise EvidenceError(
            "The statement is of a kind that cannot be handed in.", where="predicateType"
        )
    return guarded(lambda: decode(kind, predicate.get("says"), "predicate.says"))
