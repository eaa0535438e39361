"""Test evidence: what one run of one suite showed, in its final format.

The file is an in-toto Statement v1 with the predicate test-result v0.1; everything of our own
lies under one extension key (``connectionHarness``). Rules of the reader, in its order:

1. UTF-8 JSON of at most 16 MiB; unknown, missing and mistyped fields are refused by name.
2. What in-toto says (subjects, result, test lists) is what our own data says.
3. The bytes are canonical: keys sorted, no insignificant spaces, one newline at the end. Equal
   evidence has equal bytes, and the SHA-256 of the bytes is its digest.
4. ``passedTests`` holds scenarios that passed and nothing else: inconclusive, not run and not
   realisable ones stand under ``warnedTests``.
5. A scenario without ``needs`` is realisable everywhere; an outcome other than passed says why.
6. No identity code stands anywhere, artificial ones included.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar, cast

from harness.classes import dataclass
from harness.errors import EvidenceError, HarnessError
from harness.identity import codes_in, plain
from harness.joining.actor import Actor
from harness.joining.plain import Json, decode, encode, shown_name
from harness.joining.text import TEXT_MAX, Malformed, clean, digest, moment, slug
from harness.vocabulary import Driver, Level, Verdict

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
EXTENSION: Final = "connectionHarness"
FORMAT: Final = 1
MAX_BYTES: Final = 16 * 1024 * 1024
"""Part of the format. The rules import no limits; ``max_evidence_bytes`` there, which whoever reads
a file asks first, has the same value."""
ENDED: Final = "run-ended"
"""Why a scenario that was to be run was not: its worker, or the run, ended before it."""
UNTOUCHED_MAX: Final = 2000
_NAME = 300

_T = TypeVar("_T")


class Outcome(StrEnum):
    """What happened to one scenario of the suite in one run."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not-run"
    """Deselected or skipped; with the reason ``run-ended``, the run or a worker ended before it."""
    NOT_REALISABLE = "not-realisable"
    """The endpoint cannot be made to do what the scenario needs."""
    NOT_SEEN = "not-seen"
    """The supplier's system was not seen doing what the scenario asks of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen that speaks against a scenario; every text is safe to store."""

    code: str
    path: str = ""
    expected: str = ""
    seen: str = ""

    def __post_init__(self) -> None:
        clean(self.code, "finding's code")
        for name in ("path", "expected", "seen"):
            clean(getattr(self, name), f"finding's {name}", maximum=TEXT_MAX, empty=True)


@dataclass(frozen=True, slots=True)
class ScenarioOutcome:
    """One scenario of the suite and what happened to it.

    Attributes:
        id: ``suite/name``.
        obligatory: the suite requires it.
        needs: what the endpoint must be able to do for it (``faults``, ``clock`` ...).
        outcome: what happened.
        reason: a stable code of why, for every outcome but passed.
        findings: what was seen.
        seconds: how long it took; 0.0 when it did not run.
    """

    id: str
    obligatory: bool
    needs: tuple[str, ...]
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        clean(self.id, "scenario's id")
        sorted_set(self.needs, f"needs of {self.id}")
        clean(self.reason, f"reason of {self.id}", empty=self.outcome is Outcome.PASSED)
        if not 0 <= self.seconds < 1e9:
            raise Malformed(f"The seconds of {self.id} are not a duration.")
        if self.outcome is Outcome.NOT_REALISABLE and not self.needs:
            raise Malformed(
                f"{self.id} needs nothing special, so it cannot be not realisable.",
                todo="Run it.",
            )


@dataclass(frozen=True, slots=True)
class EndpointSeen:
    """Who answered: the endpoint's name in harness.toml and what the wire showed of it.

    ``kind`` is ``in-process`` or ``http``; ``address`` is ``scheme://host:port/path`` or
    ``in-process``; ``fingerprint`` is the SHA-256 of the TLS certificate or empty.
    """

    name: str
    kind: str
    address: str
    fingerprint: str = ""

    def __post_init__(self) -> None:
        clean(self.name, "endpoint's name")
        if self.kind not in {"in-process", "http"}:
            raise Malformed("The endpoint's kind is neither in-process nor http.")
        clean(self.address, "endpoint's address", maximum=TEXT_MAX)
        clean(self.fingerprint, "endpoint's fingerprint", empty=True)


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """The supplier's checkout at the time of the run; empty and ``None`` when it is not known."""

    revision: str = ""
    dirty: bool | None = None

    def __post_init__(self) -> None:
        clean(self.revision, "code revision", empty=True)


class CoverageOf(StrEnum):
    """What a share of coverage counts. Stored in evidence, so never renamed."""

    CODES = "codes"
    """The service's codes at every level, each once for an operation."""
    OBLIGATORY = "obligatory-points"
    """Points of the contract that every message shows wherever their parent stands."""
    OPERATIONS = "operations"
    POINTS = "points"
    """All points of the contract: elements, attributes, choices, values, limits."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a kind of thing the valid messages of a run showed.

    ``missing`` names what was not seen; of all points nothing, as there may be thousands.
    """

    what: CoverageOf
    seen: int
    total: int
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.seen <= self.total:
            raise Malformed(f"The share of {self.what.value} is not one.")
        sorted_set(self.missing, f"missing {self.what.value}")

    def reaches(self, percent: int) -> bool:
        """Whether it is at least so many per cent; nothing of nothing is all."""
        return self.seen * 100 >= percent * self.total


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """The points of one operation of the contract.

    Attributes:
        name: the operation's.
        points: how many there are.
        valid: how many valid messages showed.
        rejected: how many a message was refused for.
        untouched: those that no message showed or was refused for, without the operation's name,
            those of obligatory things first; at most ``UNTOUCHED_MAX`` of them.
    """

    name: str
    points: int
    valid: int
    rejected: int
    untouched: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        clean(self.name, "operation's name", maximum=_NAME)
        _distinct(self.untouched, "untouched points")
        for point in self.untouched:
            clean(point, "point", maximum=TEXT_MAX)
        if not 0 <= max(self.valid, self.rejected) <= self.points:
            raise Malformed(f"The points of {self.name} are not counted right.")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the record keeps of an evidence and the gate judges by; see :class:`TestEvidence`."""

    digest: str
    run_id: str
    project: str
    suite: str
    suite_digest: str
    contract: str
    contract_digest: str
    level: Level
    driver: Driver
    system_release: str
    endpoint: EndpointSeen
    operator: Actor
    started: datetime
    finished: datetime | None
    predecessor: str
    configuration_digest: str
    harness_version: str
    code: CodeSeen
    outcomes: tuple["OutcomeSummary", ...]
    coverage: tuple[Share, ...] = ()

    def __post_init__(self) -> None:
        digest(self.digest, "evidence digest")
        digest(self.suite_digest, "suite digest")
        digest(self.contract_digest, "contract digest")
        digest(self.configuration_digest, "configuration digest")
        digest(self.predecessor, "predecessor", empty=True)
        for name in ("run_id", "project", "suite", "contract", "harness_version"):
            clean(getattr(self, name), name.replace("_", " "), maximum=_NAME)
        clean(self.system_release, "system release", empty=True)
        _check_times(self.started, self.finished)
        _distinct(tuple(each.id for each in self.outcomes), "scenarios")
        sorted_set(tuple(each.what for each in self.coverage), "coverage")

    @property
    def verdict(self) -> Verdict:
        """That of the whole run, as :attr:`TestEvidence.verdict`."""
        return verdict_of(self.finished, self.outcomes)

    def share(self, what: CoverageOf) -> Share | None:
        """How much of something the run showed; None when it does not tell."""
        return next((each for each in self.coverage if each.what is what), None)

    def outcome_of(self, scenario: str) -> Outcome:
        """What happened to a scenario; one the run does not mention was not run."""
        return next((o.outcome for o in self.outcomes if o.id == scenario), Outcome.NOT_RUN)


@dataclass(frozen=True, slots=True)
class OutcomeSummary:
    """One line of a :class:`RunSummary`."""

    id: str
    obligatory: bool
    needs: tuple[str, ...]
    outcome: Outcome
    reason: str

    def __post_init__(self) -> None:
        clean(self.id, "scenario's id")
        clean(self.reason, "reason", empty=True)


@dataclass(frozen=True, slots=True)
class TestEvidence:
    """What one run of one suite showed (ISO/IEC/IEEE 29119-3 test execution log, in-toto).

    Attributes:
        run_id: unique id of the run; message ids carry it, so the other side can confirm counts.
        project: id of the project the run was made for.
        suite: name of the suite; ``suite_digest``: SHA-256 over its files.
        contract: reference ``service/interface/version``; ``contract_digest``: over its files.
        level: how near to the real service, as harness.toml says; pins decide what counts.
        driver: who sent the messages.
        system_release: release of the supplier's system the run was made for; empty when it is not
            known, which a run that the system drove never leaves open.
        endpoint: who answered.
        operator: who ran it.
        started, finished: UTC; ``finished`` is None when the run did not end.
        predecessor: digest of the project's evidence before this one, empty for the first.
        configuration_digest: SHA-256 over what harness.toml says of the run.
        harness_version: version of this program.
        tools: name and version of python, lxml, libxml2, zeep, requests ..., sorted by name.
        code: revision of the supplier's checkout.
        selection: what the user passed (``-k duplicate``), word by word.
        outcomes: every scenario of the suite, sorted by id.
        coverage: how much of the operations, codes and points it showed, sorted by name.
        operations: the points of each operation of the contract, sorted by name.
        codes: the service's codes that were seen, each with operation and level, sorted.
        peers: ``host:port`` of every connection that was made, sorted; empty in process.
        listens: reference of the contract by which the other side calls us, empty when the suite
            has none; ``listens_digest``: over its files.
        through: ``relay`` when the system's messages went through the relay, where its TLS and its
            client certificate end; empty when nothing stood in between.

    Raises:
        Malformed: a value cannot stand (see the rules at the top of the module).
    """

    __test__ = False  # not a test class, whatever pytest thinks of the name

    run_id: str
    project: str
    suite: str
    suite_digest: str
    contract: str
    contract_digest: str
    level: Level
    driver: Driver
    endpoint: EndpointSeen
    operator: Actor
    started: datetime
    finished: datetime | None
    configuration_digest: str
    harness_version: str
    outcomes: tuple[ScenarioOutcome, ...]
    system_release: str = ""
    predecessor: str = ""
    tools: tuple[tuple[str, str], ...] = ()
    code: CodeSeen = CodeSeen()
    selection: tuple[str, ...] = ()
    coverage: tuple[Share, ...] = ()
    operations: tuple[OperationCoverage, ...] = ()
    codes: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    listens: str = ""
    listens_digest: str = ""
    through: str = ""

    def __post_init__(self) -> None:
        self.summary("0" * 64)
        slug(self.project, "project id")
        if self.driver is Driver.SYSTEM and not self.system_release:
            raise Malformed("A run driven by the supplier's system names its release.")
        if self.through not in {"", "relay"} or (self.through and self.driver is Driver.HARNESS):
            raise Malformed("Only what a system sent goes through a relay, and nothing else.")
        if (self.level is Level.MOCK) != (self.endpoint.kind == "in-process"):
            raise Malformed("An endpoint in process is level mock, and only such an endpoint.")
        sorted_set(tuple(each.id for each in self.outcomes), "outcomes")
        sorted_set(tuple(name for name, _ in self.tools), "tools")
        sorted_set(tuple(each.name for each in self.operations), "operations")
        sorted_set(self.codes, "codes")
        sorted_set(self.peers, "peers")
        clean(self.listens, "listens", maximum=_NAME, empty=True)
        digest(self.listens_digest, "digest of what it listens to", empty=True)
        if bool(self.listens) != bool(self.listens_digest):
            raise Malformed("A contract that is listened to stands with its digest.")
        for word in (*self.selection, *self.peers, *(version for _, version in self.tools)):
            clean(word, "selection or tool version", maximum=TEXT_MAX, empty=True)

    @property
    def complete(self) -> bool:
        """The run ended and every obligatory scenario has an outcome other than not run."""
        return is_complete(self.finished, self.outcomes)

    @property
    def verdict(self) -> Verdict:
        """Failed when anything failed, passed when the run is complete and nothing is open."""
        return verdict_of(self.finished, self.outcomes)

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, lower-case hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def summary(self, evidence_digest: str = "") -> RunSummary:
        """What the record keeps of it; the digest is computed when none is given."""
        return RunSummary(
            digest=evidence_digest or self.digest,
            outcomes=tuple(
                OutcomeSummary(o.id, o.obligatory, o.needs, o.outcome, o.reason)
                for o in self.outcomes
            ),
            **{name: getattr(self, name) for name in _SHARED},
        )

    def to_bytes(self) -> bytes:
        """The file: canonical JSON in UTF-8 with one newline at the end.

        Raises:
            EvidenceError: an identity code stands somewhere in it, or it is too large.
        """
        data = canonical(_statement(self))
        if len(data) > MAX_BYTES:
            raise EvidenceError(f"The evidence is larger than {MAX_BYTES} bytes.")
        if codes_in(plain(data.decode())):
            raise EvidenceError(
                "The evidence would contain an identity code.",
                todo="Keep identity codes out of names, selections and addresses.",
            )
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "TestEvidence":
        """Read a file back.

        Raises:
            EvidenceError: the bytes are not an evidence or have been altered; names the field.
        """
        statement = as_object(parsed(data), "statement")
        predicate = as_object(statement.get("predicate"), "predicate")
        own = as_object(predicate.get(EXTENSION), _OWN)
        check_format(own, FORMAT, _OWN)
        body = {name: value for name, value in own.items() if name != "format"}
        evidence = guarded(lambda: decode(cls, body, _OWN))
        _compare(evidence, statement, predicate)
        if evidence.to_bytes() != data:
            raise EvidenceError(
                "The file is not in the canonical form it was written in.",
                where="statement",
                todo="Hand in the file as the harness wrote it, byte by byte.",
            )
        return evidence


_OWN: Final = f"predicate.{EXTENSION}"
_SHARED: Final = tuple(f.name for f in fields(RunSummary) if f.name not in {"digest", "outcomes"})


def is_complete(
    finished: datetime | None, outcomes: tuple[ScenarioOutcome | OutcomeSummary, ...]
) -> bool:
    """The run ended, ran at least something, and left no obligatory scenario out."""
    ran = any(each.outcome is not Outcome.NOT_RUN for each in outcomes)
    left_out = any(each.obligatory and each.outcome is Outcome.NOT_RUN for each in outcomes)
    return finished is not None and ran and not left_out


def verdict_of(
    finished: datetime | None, outcomes: tuple[ScenarioOutcome | OutcomeSummary, ...]
) -> Verdict:
    """Failed when anything failed, passed when the run is complete and nothing is open.

    What nobody asked for may be left out, when it is not obligatory. What was to be run and was
    not, because the run or a worker of it ended, is open whatever it is.
    """
    seen = {each.outcome for each in outcomes}
    if Outcome.FAILED in seen:
        return Verdict.FAILED
    ended = any(each.outcome is Outcome.NOT_RUN and each.reason == ENDED for each in outcomes)
    unclear = ended or seen & {Outcome.INCONCLUSIVE, Outcome.NOT_SEEN}
    if unclear or Outcome.PASSED not in seen or not is_complete(finished, outcomes):
        return Verdict.INCONCLUSIVE
    return Verdict.PASSED


def _check_times(started: datetime, finished: datetime | None) -> None:
    moment(started, "start of the run")
    if finished is not None and moment(finished, "end of the run") < started:
        raise Malformed("The run ended before it started.")


def _distinct(names: tuple[str, ...], what: str) -> None:
    if len(set(names)) != len(names):
        raise Malformed(f"The {what} name one thing twice.")


def sorted_set(names: tuple[str, ...], what: str) -> None:
    """Refuse names that are not sorted, or twice there.

    Raises:
        Malformed: always then.
    """
    for name in names:
        clean(name, what)
    if list(names) != sorted(set(names)):
        raise Malformed(f"The {what} are not sorted, or name one thing twice.")


def _statement(evidence: TestEvidence) -> dict[str, Json]:
    own = {"format": FORMAT, **cast("dict[str, Json]", encode(evidence))}
    return {
        "_type": STATEMENT,
        "subject": _subjects(evidence),
        "predicateType": PREDICATE,
        "predicate": {**_test_result(evidence), EXTENSION: own},
    }


def _subjects(evidence: TestEvidence) -> list[Json]:
    subjects = [
        resource(f"contract:{evidence.contract}", evidence.contract_digest),
        resource(f"suite:{evidence.suite}", evidence.suite_digest),
    ]
    if evidence.listens:
        subjects.append(resource(f"listens:{evidence.listens}", evidence.listens_digest))
    return subjects


def _test_result(evidence: TestEvidence) -> dict[str, Json]:
    """The fields of in-toto's test-result v0.1."""
    passed: list[Json] = [o.id for o in evidence.outcomes if o.outcome is Outcome.PASSED]
    failed: list[Json] = [o.id for o in evidence.outcomes if o.outcome is Outcome.FAILED]
    decided = {*passed, *failed}
    warned: list[Json] = [o.id for o in evidence.outcomes if o.id not in decided]
    clean_pass = evidence.verdict is Verdict.PASSED and not warned
    return {
        "result": "FAILED" if failed else "PASSED" if clean_pass else "WARNED",
        "configuration": [resource("configuration", evidence.configuration_digest)],
        "passedTests": passed,
        "warnedTests": warned,
        "failedTests": failed,
    }


def resource(name: str, sha256: str) -> Json:
    """A resource descriptor of in-toto."""
    return {"name": name, "digest": {"sha256": sha256}}


def canonical(value: Json) -> bytes:
    """Bytes that are equal for equal values: keys sorted, no white space, one newline."""
    text = json.dumps(
        value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return (text + "\n").encode()


def parsed(data: bytes) -> Json:
    """A file as plain JSON.

    Raises:
        EvidenceError: it is too large, or no JSON in UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise EvidenceError(f"The file is larger than {MAX_BYTES} bytes.", where="statement")
    try:
        return cast("Json", json.loads(data.decode()))
    except (ValueError, RecursionError):
        raise EvidenceError(
            "The file is not JSON in UTF-8.",
            where="statement",
            todo="Hand in the evidence file that harness run wrote.",
        ) from None


def as_object(value: Json, where: str) -> dict[str, Json]:
    """The value, when it is an object.

    Raises:
        EvidenceError: it is something else.
    """
    if isinstance(value, dict):
        return value
    raise EvidenceError("An object is expected here.", where=where)


def check_format(told: Mapping[str, Json], known: int, where: str) -> None:
    """A file of another format is not read.

    Args:
        told: the fields that were found.
        known: the format that is understood.
        where: what the fields are called in the file.

    Raises:
        EvidenceError: it is another one.
    """
    if told.get("format") != known:
        raise EvidenceError(
            f"Only format {known} is understood.",
            where=f"{where}.format",
            todo="Use the version of the harness that wrote it.",
        )


def guarded(read: Callable[[], _T]) -> _T:
    """What ``read`` gives.

    Raises:
        EvidenceError: in place of any other error of ours.
    """
    try:
        return read()
    except EvidenceError:
        raise
    except HarnessError as error:
        where = error.where or _OWN
        raise EvidenceError(error.what, where=where, todo=error.todo) from None


def _compare(
    evidence: TestEvidence, statement: dict[str, Json], predicate: dict[str, Json]
) -> None:
    """What in-toto says must be what our own data says, and nothing else may stand there."""
    expected = _statement(evidence)
    for found, wanted, where in (
        (predicate, as_object(expected["predicate"], "predicate"), "predicate."),
        (statement, expected, ""),
    ):
        for name in sorted(found.keys() | wanted.keys()):
            if name not in {"predicate", EXTENSION} and found.get(name) != wanted.get(name):
                raise EvidenceError(
                    "The field is not what the outcomes and digests of the run say.",
                    where=f"{where}{shown_name(name)}",
                    todo="The file was altered or not written by the harness; run again.",
                )
