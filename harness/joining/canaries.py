"""Evidence of canaries: which planted defects the scenarios of some suites noticed.

An in-toto Statement v1, as the evidence of a run: subjects are contract and suites, everything of
our own lies in the predicate. The reader is as strict as that of a run, and equal content has
equal bytes.
"""

import hashlib
from datetime import datetime
from typing import Final, cast

from harness.classes import dataclass
from harness.errors import EvidenceError
from harness.joining.actor import Actor
from harness.joining.evidence import (
    STATEMENT,
    as_object,
    canonical,
    check_format,
    guarded,
    parsed,
    resource,
    sorted_set,
)
from harness.joining.plain import Json, decode, encode
from harness.joining.text import TEXT_MAX, Malformed, clean, digest, moment, slug

PREDICATE: Final = "urn:connection-harness:canaries:v1"
FORMAT: Final = 1
_NAME = 300


@dataclass(frozen=True, slots=True)
class CheckedSuite:
    """A suite whose scenarios were run, and the SHA-256 over its files."""

    name: str
    digest: str

    def __post_init__(self) -> None:
        clean(self.name, "suite's name")
        digest(self.digest, "suite digest")


@dataclass(frozen=True, slots=True)
class Killed:
    """A defect that was noticed, and by which scenario first."""

    defect: str
    by: str

    def __post_init__(self) -> None:
        clean(self.defect, "defect", maximum=_NAME)
        clean(self.by, "scenario's id")


@dataclass(frozen=True, slots=True)
class NotPlanted:
    """A defect that nobody could notice, and why."""

    defect: str
    why: str

    def __post_init__(self) -> None:
        clean(self.defect, "defect", maximum=_NAME)
        clean(self.why, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True, slots=True)
class CanarySummary:
    """What the record keeps of an evidence of canaries and the gate judges by.

    Attributes:
        digest: of the file.
        project: id of the project it was made for.
        suites: whose scenarios were run, sorted by name.
        contract: reference; ``contract_digest``: over its files.
        harness_version: version of this program, which derives the defects.
        operator: who ran it.
        at: when it ended, UTC.
        planted: how many defects were planted.
        killed: how many of them were noticed.
        survivors: names of the others, sorted.
    """

    digest: str
    project: str
    suites: tuple[CheckedSuite, ...]
    contract: str
    contract_digest: str
    harness_version: str
    operator: Actor
    at: datetime
    planted: int
    killed: int
    survivors: tuple[str, ...]

    def __post_init__(self) -> None:
        digest(self.digest, "evidence digest")
        digest(self.contract_digest, "contract digest")
        slug(self.project, "project id")
        clean(self.contract, "contract", maximum=_NAME)
        clean(self.harness_version, "harness version", maximum=_NAME)
        moment(self.at, "end of the canaries")
        sorted_set(tuple(each.name for each in self.suites), "suites")
        sorted_set(self.survivors, "survivors")
        if not self.suites or self.planted < 1:
            raise Malformed("An evidence of canaries names suites and defects.")
        if self.killed < 0 or self.killed + len(self.survivors) != self.planted:
            raise Malformed("Noticed and surviving defects are not those that were planted.")


@dataclass(frozen=True, slots=True)
class CanaryEvidence:
    """The whole file.

    Attributes:
        project, suites, contract, contract_digest, harness_version, operator, at: as in
            :class:`CanarySummary`.
        killed: every defect that was noticed, sorted by name.
        survivors: names of those that were not, sorted.
        not_planted: defects that nobody could notice, sorted by name.

    Raises:
        Malformed: a value cannot stand.
    """

    project: str
    suites: tuple[CheckedSuite, ...]
    contract: str
    contract_digest: str
    harness_version: str
    operator: Actor
    at: datetime
    killed: tuple[Killed, ...]
    survivors: tuple[str, ...]
    not_planted: tuple[NotPlanted, ...] = ()

    def __post_init__(self) -> None:
        self.summary("0" * 64)
        names = [each.defect for each in self.killed]
        names += [each.defect for each in self.not_planted]
        sorted_set(tuple(sorted([*names, *self.survivors])), "defects")
        sorted_set(tuple(each.defect for each in self.killed), "noticed defects")
        sorted_set(tuple(each.defect for each in self.not_planted), "defects not planted")

    @property
    def planted(self) -> int:
        """How many defects were planted."""
        return len(self.killed) + len(self.survivors)

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, lower-case hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def summary(self, evidence_digest: str = "") -> CanarySummary:
        """What the record keeps of it; the digest is computed when none is given."""
        return CanarySummary(
            digest=evidence_digest or self.digest,
            project=self.project,
            suites=self.suites,
            contract=self.contract,
            contract_digest=self.contract_digest,
            harness_version=self.harness_version,
            operator=self.operator,
            at=self.at,
            planted=self.planted,
            killed=len(self.killed),
            survivors=self.survivors,
        )

    def to_bytes(self) -> bytes:
        """The file: canonical JSON in UTF-8 with one newline at the end."""
        own = {"format": FORMAT, **cast("dict[str, Json]", encode(self))}
        subjects = [resource(f"contract:{self.contract}", self.contract_digest)]
        subjects += [resource(f"suite:{each.name}", each.digest) for each in self.suites]
        return canonical(
            {"_type": STATEMENT, "subject": subjects, "predicateType": PREDICATE, "predicate": own}
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "CanaryEvidence":
        """Read a file back.

        Raises:
            EvidenceError: the bytes are not such an evidence or have been altered.
        """
        own = as_object(as_object(parsed(data), "statement").get("predicate"), "predicate")
        check_format(own, FORMAT, "predicate")
        body = {name: value for name, value in own.items() if name != "format"}
        evidence = guarded(lambda: decode(cls, body, "predicate"))
        if evidence.to_bytes() != data:
            raise EvidenceError(
                "The file is not as the harness wrote it.",
                where="statement",
                todo="Hand in the file byte by byte, or run harness canary again.",
            )
        return evidence


def is_canaries(data: bytes) -> bool:
    """Whether a file says that it is evidence of canaries."""
    try:
        statement = parsed(data)
    except EvidenceError:
        return False
    return isinstance(statement, dict) and statement.get("predicateType") == PREDICATE
