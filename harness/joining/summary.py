"""A project in one line of a portfolio: where it stands, as far as its record alone can tell.

The gate is a function of the record, of what lies around it, and of the time; a line that is kept
cannot answer it. What the line tells is the newest judgement *on record*: a refused opening with
the number of its objections, or the opening. ``harness gate`` judges now and records nothing.
"""

from typing import Final, NamedTuple

from harness.joining.project import JoiningProject
from harness.joining.standing import Standing
from harness.joining.text import iso

CLOSED: Final = "closed"
OPEN: Final = "open"


class Summary(NamedTuple):
    """A project in one line: texts and numbers only, for thousands are read at once.

    Times are ISO 8601 in UTC. Of what is not on record texts are empty and numbers 0.

    Attributes:
        project: its id.
        name: what people call it.
        kind: rehearsal or joining.
        organisations: who takes part, a line each: party, colon, blank, name.
        phase: the first phase that is not complete; one past the last when all are.
        version: number of events.
        created: time of the first event.
        changed: time of the newest event.
        gate: ``closed`` or ``open`` by the newest judgement on record.
        objections: how many that judgement had.
        judged: when it was recorded.
        judged_version: how many events of the project were judged.
        on_withdrawn: how many evidences of an opening were withdrawn since.
        suite: of the run recorded last.
        level: how near to the real service that run was.
        driver: who sent its messages.
        verdict: of the whole run.
        withdrawn: 1 when that evidence was withdrawn since.
        started: when the run began.
        recorded: when it was recorded.
        evidence: SHA-256 of its file.
    """

    project: str
    name: str
    kind: str
    organisations: str
    phase: int
    version: int
    created: str
    changed: str
    gate: str = ""
    objections: int = 0
    judged: str = ""
    judged_version: int = 0
    on_withdrawn: int = 0
    suite: str = ""
    level: str = ""
    driver: str = ""
    verdict: str = ""
    withdrawn: int = 0
    started: str = ""
    recorded: str = ""
    evidence: str = ""


def summary(project: JoiningProject) -> Summary:
    """The line of a project as it stands; the same events give the same line."""
    standing = project.standing
    found = Summary(
        project=standing.id,
        name=standing.name,
        kind=standing.kind.value,
        organisations="\n".join(f"{o.party.value}: {o.name}" for o in standing.organisations),
        phase=standing.current,
        version=project.version,
        created=iso(project.created_on),
        changed=iso(project.modified_on),
    )
    return _with_evidence(_with_gate(found, standing), standing)


def _with_gate(found: Summary, standing: Standing) -> Summary:
    if standing.opening is not None:
        at, version = iso(standing.opening.at), standing.opening.judged_version
        withdrawn = len(standing.opened_on_withdrawn())
        return found._replace(gate=OPEN, judged=at, judged_version=version, on_withdrawn=withdrawn)
    if not standing.refusals:
        return found
    refused = standing.refusals[-1]
    count, at, version = len(refused.objections), iso(refused.at), refused.judged_version
    return found._replace(gate=CLOSED, objections=count, judged=at, judged_version=version)


def _with_evidence(found: Summary, standing: Standing) -> Summary:
    last = standing.last_run
    if last is None:
        return found
    run = last.run
    return found._replace(
        suite=run.suite,
        level=run.level.value,
        driver=run.driver.value,
        verdict=run.verdict.value,
        withdrawn=int(standing.withdrawn(run.digest) is not None),
        started=iso(run.started),
        recorded=iso(last.at),
        evidence=run.digest,
    )
