"""A finding of recorded evidence, picked out of its file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from harness.classes import dataclass
from harness.cli.evidence import read_evidence
from harness.config import Config
from harness.errors import ConfigError, EvidenceError
from harness.joining.actor import Party
from harness.joining.evidence import Finding, ScenarioOutcome, TestEvidence
from harness.joining.observations import Severity
from harness.ledger.attachments import kept_files
from harness.suite.evidence import evidence_files

F = TypeVar("F", bound=Callable[..., object])
OWNER = click.Choice([each.value for each in Party])
"""Whose a defect may be."""
_ADVICE = "Take it from harness history; give 12 digits or more, or name the file with --file."


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding, the scenario that showed it, and the evidence that holds both."""

    evidence: TestEvidence
    outcome: ScenarioOutcome
    finding: Finding


def file_option(command: F) -> F:
    """``--file``."""
    option = click.option(
        "--file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The evidence file, when it lies elsewhere.",
    )
    return option(command)


_DEFECT = (
    click.option("--scenario", required=True, metavar="ID", help="The scenario that showed it."),
    click.option("--severity", required=True, type=click.Choice([each.value for each in Severity])),
    click.option("--owner", required=True, type=OWNER, help="The party that has to act."),
    click.option("--title", required=True, help="What is wrong, in a few words; no personal data."),
    click.option("--finding", metavar="CODE", help="Which finding; default: the scenario's first."),
    file_option,
)


def defect_options(command: F) -> F:
    """What says which defect of recorded evidence is meant, and whose it is."""
    for option in reversed(_DEFECT):
        command = option(command)
    return command


def seen_in(
    config: Config, digest: str, scenario: str, code: str | None = None, file: Path | None = None
) -> Seen:
    """The finding of a scenario in the evidence whose digest begins so.

    Args:
        config: says where evidence lies.
        digest: its beginning, twelve digits or more.
        scenario: its id, or the part of it after the suite.
        code: of the finding; the first one when it is not given.
        file: the evidence file, when it lies elsewhere.

    Raises:
        EvidenceError: no such file is here.
        ConfigError: the scenario is not in it, or no such finding.
    """
    evidence = _of_digest(config, digest, file)
    wanted = {scenario, f"{evidence.suite}/{scenario}"}
    outcome = next((each for each in evidence.outcomes if each.id in wanted), None)
    if outcome is None:
        raise ConfigError(f"the evidence has no scenario {scenario[:64]!r}", where=evidence.suite)
    found = [each for each in outcome.findings if code in {None, each.code}]
    if not found:
        known = ", ".join(dict.fromkeys(each.code for each in outcome.findings)) or "none"
        what = "nothing" if code is None else f"no {code[:64]!r}"
        raise ConfigError(f"{what} was found in {outcome.id}", todo=f"Its findings are: {known}.")
    return Seen(evidence, outcome, found[0])


def newest_with(config: Config, code: str) -> Seen:
    """The finding of this code in the newest evidence of the project's folder that has one.

    Raises:
        ConfigError: none has, or several scenarios of that evidence do.
    """
    for file in reversed(evidence_files(config.evidence_folder)):
        found = list(_with_code(read_evidence(file), code))
        if len(found) == 1:
            return found[0]
        if found:
            digest = found[0].evidence.digest[:12]
            names = ", ".join(f"{digest}:{each.outcome.id}" for each in found[:10])
            raise ConfigError(f"several scenarios found {code[:64]!r}", todo=f"Name one: {names}.")
    raise ConfigError(
        f"no evidence here has a finding {code[:64]!r}",
        todo="Name an observation (obs-1), EVIDENCE:SCENARIO, or the code of a finding.",
    )


def _with_code(evidence: TestEvidence, code: str) -> Iterator[Seen]:
    for outcome in evidence.outcomes:
        finding = next((each for each in outcome.findings if each.code == code), None)
        if finding is not None:
            yield Seen(evidence, outcome, finding)


def _files(config: Config, beginning: str, file: Path | None) -> list[Path]:
    """Where evidence of a digest may lie: in the project's folder, or beside the ledger."""
    if file is not None:
        return [file]
    kept = kept_files(config.ledger_place, beginning)
    return [*kept, *evidence_files(config.evidence_folder)[::-1]]


def _of_digest(config: Config, beginning: str, file: Path | None) -> TestEvidence:
    for each in _files(config, beginning, file) if len(beginning) >= 12 else ():
        evidence = read_evidence(each)
        if evidence.digest.startswith(beginning):
            return evidence
    raise EvidenceError(
        f"{beginning[:64]!r} is the digest of no evidence file here",
        where=str(file or config.evidence_folder),
        todo=_ADVICE,
    )
