"""An opening on record, put to the gate again: would it have been granted?

The rules ask of an opening what holds whatever is agreed. Ages, clocks, coverage, planted defects
and runs left out are policy, which only the gate asks: whoever holds the ledger's key can record an
opening without it. So who reads an opening puts the project to the gate as it stood right before,
at the moment of the opening, by the policy that the opening names and at least by the gate's own.

What the gate answers is told and breaks nothing: a later version may ask more than was asked then,
and what lay around the record is not known any more.
"""

from harness.classes import dataclass
from harness.joining.events import ProductionOpened
from harness.joining.gate import Surroundings, judge_gate
from harness.joining.objections import Objection
from harness.joining.policy import GatePolicy
from harness.joining.project import JoiningProject
from harness.joining.runs import judge


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the gate says of an opening on record.

    Attributes:
        project: id of the project that was opened.
        version: of the opening in its history.
        objections: none when the gate would have opened.
    """

    project: str
    version: int
    objections: tuple[Objection, ...]


def review(project: JoiningProject, event: ProductionOpened) -> Reviewed:
    """Put a project, as it stands right before its opening, to the gate."""
    standing = project.standing
    counting = [each for suite in standing.suites for each in judge(standing, suite).counting]
    versions = {each.run.harness_version for each in counting}
    result = judge_gate(
        project,
        GatePolicy.at_least(event.policy),
        event.timestamp,
        Surroundings(harness_version=versions.pop() if len(versions) == 1 else None),
        event.actor,
    )
    return Reviewed(project.id, event.originator_version, result.objections)
