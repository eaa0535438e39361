"""The harmless call of a project's first suite, on its own."""

from harness.config import Config
from harness.suite.folder import suite_names
from harness.suite.model import ScenarioFile, Title
from harness.suite.reading import read
from harness.suite.runner import Connection, run_scenario
from harness.suite.suites import Scenario, Suite, load_suite
from harness.vocabulary import Verdict


def health(config: Config, connection: Connection) -> str:
    """What speaks against the endpoint's health; empty when the call passed.

    Raises:
        ConfigError: the project has no scenarios folder.
        ScenarioError: the suite cannot be read.
    """
    folder = config.scenarios_folder
    suites = (load_suite(folder / name) for name in suite_names(folder))
    asking = (
        each
        for each in suites
        if each.content.contract == connection.contract.name and each.content.health
    )
    suite = next(asking, None)
    if suite is None:
        return "no suite of this contract says what the harmless call is"
    result = run_scenario(_scenario(suite), suite, connection)
    if result.verdict is Verdict.PASSED:
        return ""
    return ", ".join(dict.fromkeys(each.code for each in result.findings)) or result.reason


def _scenario(suite: Suite) -> Scenario:
    """The suite's health step as a scenario."""
    file = suite.folder / "suite.yaml"
    content = ScenarioFile(
        title=Title(en="health"),
        why="The connection stands.",
        source="suite.yaml: health",
        steps=(suite.content.harmless,),
    )
    return Scenario(f"{suite.name}/health", file, content, read(file))
