"""The test plan as a page: every scenario by group, and which scenarios show which requirement.

Made from the scenario files and ``scenarios/requirements.toml``:
``python -m harness.report.test_plan``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.config import book
from harness.suite.model import Title
from harness.suite.requirements import Kind, Requirement, requirements
from harness.suite.suites import Scenario, Suite, driven_suites
from harness.vocabulary import counted

PAGE = "docs/test-plan.md"
_OTHERS = Title(en="Without a group")
_KINDS = {
    Kind.PROCESS: "The joining process",
    Kind.OPERATION: "Operations",
    Kind.CODE: "Codes",
    Kind.LIMIT: "Limits",
    Kind.RULE: "Rules of operations",
    Kind.FORM: "The form of messages",
    Kind.SECURITY: "Signed messages",
    Kind.BEHAVIOUR: "The other side on a bad day",
    Kind.PRIVACY: "Personal data",
}


def page(folder: Path) -> str:
    """The plan of all suites of a scenarios folder.

    Raises:
        ScenarioError: a file breaks the format.
    """
    suites = driven_suites(folder)
    scenarios = [each for suite in suites for each in suite.scenarios.values()]
    asked = requirements(folder)
    return "\n".join([*_head(scenarios, asked), *_plans(suites), *_shown(asked, scenarios)]) + "\n"


def shown_by(scenarios: Sequence[Scenario]) -> Mapping[str, list[str]]:
    """Ids of the scenarios that show a requirement, by its id."""
    found: dict[str, list[str]] = {}
    for scenario in scenarios:
        for name in scenario.content.shows:
            found.setdefault(name, []).append(scenario.id)
    return found


def _head(scenarios: Sequence[Scenario], asked: Mapping[str, Requirement]) -> Iterator[str]:
    obligatory = sum(each.content.obligatory for each in scenarios)
    shown = shown_by(scenarios)
    missing = [name for name in asked if name not in shown]
    yield "# Test plan"
    yield ""
    yield "Made by `python -m harness.report.test_plan`; do not edit. What a scenario file may say"
    yield "stands in [scenarios.md](scenarios.md)."
    yield ""
    yield f"{counted(len(scenarios), 'scenario')}, {obligatory} of them obligatory. They show"
    yield f"{len(asked) - len(missing)} of {counted(len(asked), 'requirement')}."
    if missing:
        yield ""
        yield f"**Without a scenario:** {', '.join(f'`{name}`' for name in missing)}."


def _plans(suites: Sequence[Suite]) -> Iterator[str]:
    for suite in sorted(suites, key=lambda each: (each.content.phase, each.name)):
        yield ""
        yield f"## Phase {suite.content.phase}: {suite.content.title.en} (`{suite.name}`)"
        for group, title in [*suite.content.groups.items(), (None, _OTHERS)]:
            members = [s for s in suite.scenarios.values() if s.content.group == group]
            if group is None and not members:
                continue
            yield ""
            yield f"### {' · '.join(_languages(title))}"
            yield ""
            yield "| scenario | what it shows | why it matters | source | |"
            yield "|---|---|---|---|---|"
            yield from map(_line, members)


def _line(scenario: Scenario) -> str:
    content = scenario.content
    word = "obligatory" if content.obligatory else "optional"
    needs = f"; needs {', '.join(content.needs)}" if content.needs else ""
    texts = "<br>".join(map(_cell, _languages(content.title)))
    why, source = _cell(content.why), _cell(content.source)
    return f"| `{scenario.id}` | {texts} | {why} | {source} | {word}{needs} |"


def _shown(asked: Mapping[str, Requirement], scenarios: Sequence[Scenario]) -> Iterator[str]:
    shown = shown_by(scenarios)
    yield ""
    yield "## Requirements and their scenarios"
    for kind in Kind:
        lines = [(name, each) for name, each in asked.items() if each.kind is kind]
        if not lines:
            continue
        yield ""
        yield f"### {_KINDS[kind]}"
        yield ""
        yield "| requirement | clause | what is asked | scenarios |"
        yield "|---|---|---|---|"
        for name, each in lines:
            ids = ", ".join(f"`{id_}`" for id_ in shown.get(name, ())) or "**none**"
            yield f"| `{name}` | {_cell(each.clause)} | {_cell(each.text)} | {ids} |"


def _languages(title: Title) -> list[str]:
    return [text for text in (title.en, title.fi, title.sv) if text]


def _cell(text: str) -> str:
    """A text as a cell of a table: nothing in it may end the cell or begin an element."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    (Path(__file__).parents[2] / PAGE).write_text(page(book("scenarios")), encoding="utf-8")
