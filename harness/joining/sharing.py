"""What another project's evidence may show here: only what two parties have agreed to.

A technical supplier joins several authorities with the same release of the same system. Which
evidence of another project may count is the policy of the project that refers, so it is pinned
there: whose system, in which release, which suites, how old. It counts from the moment at which a
second party of those that may approve an opening has confirmed it, in a rehearsal as well.
"""

from collections.abc import Iterator

from harness.joining.actor import Party
from harness.joining.events import Kind, SharedFrom
from harness.joining.evidence import RunSummary
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.standing import RecordedRun, Standing
from harness.joining.text import normal


def permitted(standing: Standing, source: SharedFrom, run: RunSummary) -> Iterator[Objection]:
    """The pinned policy of this project lets it refer to the run; asked whenever it would count."""
    for why in _against(standing, source, run):
        yield Objection(
            ObjectionCode.REFERENCE_NOT_ALLOWED,
            f"The evidence of {run.suite} is of the project {source.project}, and {why}.",
            standing.process.roles.approve,
            f"harness pin sharing {source.project}",
            (source.project, run.digest),
        )


def permitted_days(standing: Standing, recorded: RecordedRun) -> int | None:
    """How old a run that is referred to may be, in days; None for a run of this project's own."""
    pin = standing.sharing_pin(recorded.source.project) if recorded.source else None
    return pin.max_age_days if pin else None


def _against(standing: Standing, source: SharedFrom, run: RunSummary) -> Iterator[str]:
    pin = standing.sharing_pin(source.project)
    if pin is None:
        yield "no second party has agreed to refer to that project"
        return
    suppliers = (standing.organisation(Party.SUPPLIER), pin.organisation, source.organisation)
    if len({normal(each) for each in suppliers}) != 1:
        yield f"its supplier is {source.organisation}, not that of this project"
    if run.system_release != pin.system_release:
        made = run.system_release or "no named release"
        yield f"it was made with {made}, while {pin.system_release} is agreed"
    if run.suite not in pin.suites:
        yield "that suite is not among those agreed to be shared"
    if source.kind is Kind.REHEARSAL and not standing.rehearsal:
        yield "that project is a rehearsal"
