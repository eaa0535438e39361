"""One evidence file a run of a suite, from its first moment.

When a run starts, a file already says that nothing has been run; when it ends, the final file
takes its place in one step. A run that was killed therefore leaves its own evidence behind,
incomplete and visible. Each evidence names the digest of the one before it in the same folder, so
a red run that was left out shows as a gap.
"""

import fcntl
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from harness import __version__, files
from harness.classes import dataclass
from harness.errors import EvidenceError
from harness.joining.actor import Actor
from harness.joining.evidence import (
    ENDED,
    EndpointSeen,
    Finding,
    Outcome,
    ScenarioOutcome,
    TestEvidence,
)
from harness.proof.durable import begin, sweep, sync_folder
from harness.suite.checkout import code_seen, tools_seen
from harness.suite.covering import coverage_of
from harness.suite.model import ScenarioHead
from harness.suite.runner import Connection, ScenarioResult
from harness.suite.suites import Suite
from harness.vocabulary import Driver

_RUNNING = ".running.json"
CANARIES = "-canaries.json"
"""End of the names of files with evidence of canaries."""
_HEAD = "newest"
"""File with the digest of the newest evidence: removing an evidence does not unlink it."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of a run before its first scenario."""

    project: str
    project_folder: Path
    evidence_folder: Path
    operator: Actor
    configuration_digest: str
    system_release: str = ""
    selection: tuple[str, ...] = ()
    id: str = ""
    """Short id of the run; message ids carry it."""
    driver: Driver = Driver.HARNESS
    through: str = ""
    """``relay`` when the messages went through one."""


class EvidenceFile:
    """The evidence of one suite in one run: begun, then finished, or left as it is by a crash."""

    def __init__(self, run: Run, suite: Suite, connection: Connection) -> None:
        self._suite = suite
        self._connection = connection
        self._folder = run.evidence_folder
        self._skeleton = _not_run(run, suite, connection)
        stamp = self._skeleton.started.strftime("%Y%m%dT%H%M%S.%fZ")
        self._name = f"{stamp}-{suite.name}-{run.id}"
        self._running: BinaryIO | None = None

    def begin(self) -> None:
        """Write that this run has started and nothing has been run yet.

        The file stays locked while this process lives; one that nobody holds is a crashed run's.

        Raises:
            EvidenceError: the file cannot be written.
        """
        data = self._linked(self._skeleton).to_bytes()
        self._running = _write(self._folder / f"{self._name}{_RUNNING}", data, hold=True)

    def finish(
        self, results: Mapping[str, ScenarioResult], meant: frozenset[str] = frozenset()
    ) -> tuple[Path, TestEvidence]:
        """Write the final evidence; scenarios without a result were not run.

        Args:
            results: by scenario.
            meant: what was to be run; where it has no result, the run ended before it had one.

        Raises:
            EvidenceError: the file cannot be written.
        """
        connection = self._connection
        seen = coverage_of(connection.contract, results.values(), connection.listens)
        evidence = replace(
            self._skeleton,
            finished=max(datetime.now(UTC), self._skeleton.started),
            endpoint=replace(self._skeleton.endpoint, fingerprint=_certificate(results)),
            peers=_peers(results),
            outcomes=tuple(
                _outcome(id_, head, results.get(id_), meant)
                for id_, head in self._suite.heads.items()
            ),
            coverage=seen.shares,
            operations=seen.operations,
            codes=seen.codes,
        )
        path = self._folder / f"{self._name}.json"
        final = self._linked(evidence)
        data = final.to_bytes()
        _write(path, data)
        _write(self._folder / _HEAD, sha256(data).hexdigest().encode())
        (self._folder / f"{self._name}{_RUNNING}").unlink(missing_ok=True)
        self.let_go()
        return path, final

    def let_go(self) -> None:
        """Hold the file that was begun no more; unless it was finished, its run has crashed."""
        if self._running is not None:
            self._running.close()

    def _linked(self, evidence: TestEvidence) -> TestEvidence:
        return replace(evidence, predecessor=newest_digest(self._folder))


def evidence_files(folder: Path) -> list[Path]:
    """The evidence of runs in a folder, oldest first, after taking in what crashed runs left."""
    sweep(folder)
    for file in sorted(folder.glob(f"*{_RUNNING}")):
        if file.is_file() and not _held(file):
            final = file.with_name(file.name.removesuffix(_RUNNING) + ".json")
            with suppress(FileNotFoundError):  # another process takes it in at this moment
                if final.exists():
                    file.unlink()  # killed after the last word: that one stands
                else:
                    file.rename(final)
                _write(folder / _HEAD, sha256(final.read_bytes()).hexdigest().encode())
    others = (_RUNNING, CANARIES)
    found = (file for file in folder.glob("*.json") if not file.name.endswith(others))
    return sorted(file for file in found if file.is_file())


def canary_files(folder: Path) -> list[Path]:
    """The evidence of canaries (``harness.canary``) beside that of runs, oldest first."""
    return sorted(file for file in folder.glob(f"*{CANARIES}") if file.is_file())


def write_evidence(path: Path, data: bytes) -> None:
    """Write a whole evidence file, or none.

    Raises:
        EvidenceError: it cannot be written.
    """
    _write(path, data)


def newest_digest(folder: Path) -> str:
    """Digest of the newest evidence written here, even where its file was removed; else empty.

    Raises:
        EvidenceError: what says so cannot be read, or says something else.
    """
    evidence_files(folder)
    head = folder / _HEAD
    try:
        data = files.read(head, 64)[:64]
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _no_head(head, f"cannot be read: {error.strerror}") from None
    if re.fullmatch(rb"[0-9a-f]{64}", data) is None:
        raise _no_head(head, "does not name the newest evidence by its digest")
    return data.decode()


def _no_head(head: Path, why: str) -> EvidenceError:
    return EvidenceError(
        why,
        where=str(head),
        todo="Make it readable, or write into it the SHA-256 of the newest evidence beside it.",
    )


def _held(file: Path) -> bool:
    """True while the process that began the file lives."""
    try:
        with files.opened(file) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _not_run(run: Run, suite: Suite, connection: Connection) -> TestEvidence:
    identity = connection.endpoint.identity()
    heard = connection.listens
    listens = heard if heard is not None and heard.name == suite.content.listens else None
    return TestEvidence(
        run_id=f"{run.id}-{suite.name}",
        project=run.project,
        suite=suite.name,
        suite_digest=suite.digest,
        contract=connection.contract.ref,
        contract_digest=connection.contract.digest,
        level=identity.level,
        driver=run.driver,
        through=run.through,
        endpoint=EndpointSeen(identity.name, identity.kind, identity.address, identity.fingerprint),
        operator=run.operator,
        started=datetime.now(UTC),
        finished=None,
        configuration_digest=run.configuration_digest,
        harness_version=__version__,
        outcomes=tuple(_outcome(id_, head, None) for id_, head in suite.heads.items()),
        tools=tools_seen(),
        system_release=run.system_release,
        code=code_seen(run.project_folder),
        selection=run.selection,
        listens=listens.ref if listens else "",
        listens_digest=listens.digest if listens else "",
    )


def _outcome(
    id_: str,
    content: ScenarioHead,
    result: ScenarioResult | None,
    meant: frozenset[str] = frozenset(),
) -> ScenarioOutcome:
    outcome, reason = Outcome.NOT_RUN, ENDED if id_ in meant else "not-run"
    if result is not None and result.verdict is None:
        outcome, reason = Outcome.NOT_REALISABLE, result.reason
    elif result is not None and result.verdict is not None:
        outcome, reason = Outcome(result.verdict.value), result.reason
        outcome = outcome if result.seen else Outcome.NOT_SEEN
    return ScenarioOutcome(
        id=id_,
        obligatory=content.obligatory,
        needs=tuple(sorted(content.needs)),
        outcome=outcome,
        reason=reason,
        findings=tuple(
            Finding(f.code, f.path, f.expected, f.seen) for f in (result.findings if result else ())
        ),
        seconds=round(result.seconds, 6) if result else 0.0,
    )


def _peers(results: Mapping[str, ScenarioResult]) -> tuple[str, ...]:
    """Every ``host:port`` that answered; in process nobody."""
    return tuple(sorted({peer for result in results.values() for peer, _ in result.met}))


def _certificate(results: Mapping[str, ScenarioResult]) -> str:
    """The certificate that was shown; when there were several, two of them: none is the pinned."""
    shown = {fingerprint for result in results.values() for _, fingerprint in result.met}
    return ",".join(sorted(shown - {""})[:2])


def _write(path: Path, data: bytes, *, hold: bool = False) -> BinaryIO | None:
    """Write all or nothing: a reader sees the whole file or none.

    With ``hold``, the file is returned open and locked; it is from before anybody can see it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, file = begin(path)
        try:
            if hold:
                fcntl.flock(file, fcntl.LOCK_EX)  # as it is, if there are locks here at all
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
        except BaseException:
            hold = False
            raise
        finally:
            if not hold:
                temporary.unlink(missing_ok=True)
                file.close()
    except OSError as error:
        raise EvidenceError(
            f"the evidence cannot be written: {error.strerror}",
            where=str(path),
            todo="Make room or give the folder write permission, then run again.",
        ) from None
    return file if hold else None
