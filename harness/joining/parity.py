"""Parity: how one suite was answered by our simulated account and by an endpoint, as a file.

The file is canonical JSON (keys sorted, no insignificant spaces, one newline at the end); the
SHA-256 of its bytes is its digest. It holds names, codes, numbers and lengths, never a value.
"""

import hashlib
import json
from collections import Counter
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Final, cast

from harness.classes import dataclass
from harness.errors import EvidenceError
from harness.identity import codes_in, plain
from harness.joining.actor import Actor
from harness.joining.evidence import EndpointSeen
from harness.joining.plain import Json, decode, encode
from harness.joining.text import TEXT_MAX, Malformed, clean, digest, moment, slug
from harness.vocabulary import Level

FORMAT: Final = "connection-harness/parity/1"
MAX_BYTES: Final = 16 * 1024 * 1024


class Compared(StrEnum):
    """What a comparison of one scenario came to."""

    SAME = "same"
    DRIFTED = "drifted"
    NOT_COMPARED = "not-compared"
    """It could have been, but was not played to its end at both sides."""
    NOT_REALISABLE = "not-realisable"
    """It needs what one of the two sides cannot be brought to, or receives calls."""


LEFT: Final = frozenset({Compared.NOT_COMPARED, Compared.NOT_REALISABLE})
"""What says that nothing was compared."""


@dataclass(frozen=True, slots=True)
class DriftSeen:
    """One difference; every text is safe to store."""

    kind: str
    path: str
    expected: str
    seen: str

    def __post_init__(self) -> None:
        clean(self.kind, "drift's kind")
        for name in ("path", "expected", "seen"):
            clean(getattr(self, name), f"drift's {name}", maximum=TEXT_MAX, empty=True)


@dataclass(frozen=True, slots=True)
class ScenarioCompared:
    """One scenario; what was not compared has a reason."""

    id: str
    outcome: Compared
    reason: str = ""
    drifts: tuple[DriftSeen, ...] = ()

    def __post_init__(self) -> None:
        clean(self.id, "scenario's id")
        clean(self.reason, "reason", maximum=TEXT_MAX, empty=self.outcome not in LEFT)
        if (self.outcome is Compared.DRIFTED) != bool(self.drifts):
            raise Malformed(f"The outcome of {self.id} is not what its drifts say.")


@dataclass(frozen=True, slots=True)
class ComparedOutcome:
    """What became of one scenario, as the record keeps it: without reason and drifts."""

    id: str
    outcome: Compared

    def __post_init__(self) -> None:
        clean(self.id, "scenario's id")


@dataclass(frozen=True, slots=True)
class DriftCount:
    """How many drifts of one kind there were."""

    kind: str
    count: int

    def __post_init__(self) -> None:
        clean(self.kind, "drift's kind")


@dataclass(frozen=True, slots=True)
class ParitySummary:
    """What the record keeps of a comparison and the gate judges by; see :class:`Parity`.

    It repeats the fields of the file's head: the frozen schema of the event has their order, with
    the digest first, which fields of a common base cannot have.

    Attributes:
        digest: of the file.
        compared: how many scenarios were compared.
        not_compared: how many were not, whatever the reason.
        drifts: by kind, sorted; none is parity.
        outcomes: of each scenario, sorted by id; empty where the first version of the event, which
            has no such list, was recorded.
    """

    digest: str
    run_id: str
    project: str
    suite: str
    suite_digest: str
    contract: str
    contract_digest: str
    level: Level
    endpoint: EndpointSeen
    operator: Actor
    started: datetime
    finished: datetime
    configuration_digest: str
    harness_version: str
    compared: int
    not_compared: int
    drifts: tuple[DriftCount, ...]
    outcomes: tuple[ComparedOutcome, ...]

    def __post_init__(self) -> None:
        digest(self.digest, "parity digest")
        digest(self.suite_digest, "suite digest")
        digest(self.contract_digest, "contract digest")
        digest(self.configuration_digest, "configuration digest")
        for name in ("run_id", "suite", "contract", "harness_version"):
            clean(getattr(self, name), name.replace("_", " "), maximum=300)
        slug(self.project, "project id")
        if moment(self.finished, "end of the run") < moment(self.started, "start of the run"):
            raise Malformed("The comparison ended before it started.")
        kinds = [each.kind for each in self.drifts]
        if kinds != sorted(set(kinds)):
            raise Malformed("The kinds of drifts are not sorted, or named twice.")
        ids = [each.id for each in self.outcomes]
        left = sum(each.outcome in LEFT for each in self.outcomes)
        if ids != sorted(set(ids)):
            raise Malformed("The scenarios are not sorted, or name one thing twice.")
        if ids and (self.compared, self.not_compared) != (len(ids) - left, left):
            raise Malformed("The numbers of scenarios are not those of their outcomes.")

    @property
    def realisable(self) -> int | None:
        """How many scenarios both sides could have played; ``None`` when that was not recorded."""
        if not self.outcomes and self.not_compared:
            return None
        never = sum(each.outcome is Compared.NOT_REALISABLE for each in self.outcomes)
        return self.compared + self.not_compared - never


@dataclass(frozen=True, slots=True)
class Parity:
    """What the comparison of one suite showed.

    Attributes:
        run_id: unique; message ids carry it.
        level: of the endpoint.
        endpoint: whom our account was compared with.
        scenarios: every scenario of the suite, sorted by id.
    """

    run_id: str
    project: str
    suite: str
    suite_digest: str
    contract: str
    contract_digest: str
    level: Level
    endpoint: EndpointSeen
    operator: Actor
    started: datetime
    finished: datetime
    configuration_digest: str
    harness_version: str
    scenarios: tuple[ScenarioCompared, ...]

    def __post_init__(self) -> None:
        self.summary("0" * 64)

    @property
    def kinds(self) -> tuple[DriftCount, ...]:
        """How many drifts there are of each kind, sorted."""
        counts = Counter(drift.kind for each in self.scenarios for drift in each.drifts)
        return tuple(DriftCount(kind, count) for kind, count in sorted(counts.items()))

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, lower-case hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def summary(self, parity_digest: str = "") -> ParitySummary:
        """What the record keeps of it; the digest is computed when none is given."""
        left = sum(each.outcome in LEFT for each in self.scenarios)
        return ParitySummary(
            digest=parity_digest or self.digest,
            compared=len(self.scenarios) - left,
            not_compared=left,
            drifts=self.kinds,
            outcomes=tuple(ComparedOutcome(each.id, each.outcome) for each in self.scenarios),
            **{name: getattr(self, name) for name in _SHARED},
        )

    def to_bytes(self) -> bytes:
        """The file.

        Raises:
            EvidenceError: an identity code stands somewhere in it, or it is too large.
        """
        own = {"format": FORMAT, **cast("dict[str, Json]", encode(self))}
        text = json.dumps(own, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        data = f"{text}\n".encode()
        if len(data) > MAX_BYTES or codes_in(plain(text)):
            raise EvidenceError("The comparison is too large, or would contain an identity code.")
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Parity":
        """Read a file back.

        Raises:
            EvidenceError: the bytes are no comparison, or have been altered.
        """
        if not is_parity(data):
            raise EvidenceError(f"This is no file of the format {FORMAT}.")
        body = {name: value for name, value in json.loads(data).items() if name != "format"}
        try:
            found = decode(cls, body, "parity")
        except Malformed as error:
            raise EvidenceError(error.what, where=error.where, todo=error.todo) from None
        if found.to_bytes() != data:
            raise EvidenceError(
                "The file is not in the canonical form it was written in.",
                todo="Hand in the file as the harness wrote it, byte by byte.",
            )
        return found


_SHARED: Final = tuple(
    each.name
    for each in fields(ParitySummary)
    if each.name not in {"digest", "compared", "not_compared", "drifts", "outcomes"}
)


def is_parity(data: bytes) -> bool:
    """Whether bytes are meant as such a file."""
    try:
        read = json.loads(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and read.get("format") == FORMAT
