"""Where in a scenario's file the expectation stands that was not met."""

from collections.abc import Mapping, Sequence

from harness.exchange.findings import Finding
from harness.suite.suites import Scenario

_UNDER_EXPECT: Mapping[str, tuple[str, ...]] = {
    "code": ("code",),
    "fault-code": ("fault",),
    "no-fault": ("fault",),
    "no-problem": ("problem",),
    "not-hidden": ("hides",),
    "not-refused": ("refused",),
    "unexpected-fault": (),
}


def unmet_at(scenario: Scenario, number: int, findings: Sequence[Finding]) -> str:
    """``file:line`` of the first expectation that findings speak of; else of the step.

    Args:
        scenario: with its file.
        number: of the step that ended it, from 0.
        findings: why it ended.
    """
    step = ("steps", number)
    for finding in findings:
        if finding.code == "field":
            return scenario.document.where((*step, "expect", "fields", finding.path))
        if finding.code == "save":
            saved = scenario.content.steps[number].save.items()
            names = [name for name, path in saved if path == finding.path]
            return scenario.document.where((*step, "save", *names[:1]))
        if finding.code in _UNDER_EXPECT:
            return scenario.document.where((*step, "expect", *_UNDER_EXPECT[finding.code]))
    return scenario.document.where(step)
