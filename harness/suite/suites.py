"""Suites and their scenarios as they lie in folders, read and held against each other."""

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import files
from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.limits import DEFAULT
from harness.suite.demanded import refuse_hidden
from harness.suite.folder import (
    SUITE_FILE,
    is_observed,
    is_suite_file,
    scenario_files,
    suite_digest,
    suite_names,
)
from harness.suite.model import ReceiveStep, ScenarioFile, ScenarioHead, Step, SuiteFile
from harness.suite.reading import Document, Place, read
from harness.suite.validating import refuse_persons, validated
from harness.vocabulary import Driver

if TYPE_CHECKING:
    from harness.suite.observing import ObservedScenario


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario of a suite, ready to run."""

    id: str
    file: Path
    content: ScenarioFile
    document: Document = field(repr=False)

    @property
    def name(self) -> str:
        """The part of the id after the suite."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite: its description, its scenarios by id, and the digest of all its files.

    Attributes:
        scenarios: those that the harness drives.
        observed: those in which the supplier's own system is observed; a suite has one kind.
    """

    name: str
    folder: Path
    content: SuiteFile
    scenarios: Mapping[str, Scenario]
    digest: str
    observed: "Mapping[str, ObservedScenario]" = field(default_factory=dict)

    @property
    def heads(self) -> Mapping[str, ScenarioHead]:
        """What every scenario of either kind says of itself, by id and sorted by it."""
        found: dict[str, ScenarioHead] = {i: each.content for i, each in self.scenarios.items()}
        found |= {i: each.content for i, each in self.observed.items()}
        return dict(sorted(found.items()))

    def data_file(self, name: str) -> bytes:
        """A file below the suite's folder that a scenario names.

        Raises:
            ScenarioError: it is not there, lies elsewhere, or is too large.
        """
        path = self.folder / name
        if "\0" in name or not is_suite_file(path, self.folder):
            raise ScenarioError(f"there is no file {name!r} in the suite", where=str(self.folder))
        data = files.read(path, DEFAULT.max_data_bytes)
        if len(data) > DEFAULT.max_data_bytes:
            raise ScenarioError(f"larger than {DEFAULT.max_data_bytes} bytes", where=str(path))
        return data


def load_suite(folder: Path) -> Suite:
    """Read a suite with all its scenarios.

    Raises:
        ScenarioError: a file breaks the format; every problem of that file is named.
    """
    content, digest = load_suite_file(folder), suite_digest(folder)
    if content.driver is Driver.SYSTEM:
        from harness.suite.observing import load_observed  # noqa: PLC0415 - of few suites

        observed = {each.id: each for each in map(load_observed, scenario_files(folder))}
        return Suite(folder.name, folder, content, {}, digest, observed)
    bare = Suite(folder.name, folder, content, {}, digest)
    scenarios = (load_one(file, bare) for file in scenario_files(folder))
    return replace(bare, scenarios={each.id: each for each in scenarios})


def open_suite(folder: Path) -> Suite:
    """A suite as far as one scenario needs it: without its scenarios, and so without a digest.

    Raises:
        ScenarioError: ``suite.yaml`` breaks the format.
    """
    return Suite(folder.name, folder, load_suite_file(folder), {}, "")


def load_one(file: Path, suite: Suite) -> Scenario:
    """Read one scenario of a suite, and hold it against what the suite says.

    Raises:
        ScenarioError: it breaks the format, or asks for what the suite does not have.
    """
    scenario = load_scenario(file)
    _refuse_group(scenario, suite.content)
    for number, step in enumerate(scenario.content.steps):
        _refuse_what_the_suite_lacks(suite, scenario, step, ("steps", number))
    return scenario


def _refuse_what_the_suite_lacks(
    suite: Suite, scenario: Scenario, step: Step | ReceiveStep, place: Place
) -> None:
    if isinstance(step, Step):
        if suite.content.code is None:
            _refuse_code(step, scenario.document, (*place, "expect", "code"))
    elif suite.content.listens is None:
        raise ScenarioError(
            "a call is to be received, but suite.yaml does not say by which contract",
            where=scenario.document.where((*place, "receive")),
            todo="Add listens: NAME to suite.yaml.",
        )


def driven_suites(folder: Path) -> list[Suite]:
    """Every suite below a scenarios folder that the harness drives, sorted by name.

    Raises:
        ScenarioError: a file breaks the format.
    """
    folders = (folder / name for name in suite_names(folder))
    return [load_suite(each) for each in folders if not is_observed(each)]


def load_suite_file(folder: Path) -> SuiteFile:
    """Read ``suite.yaml`` of a folder.

    Raises:
        ScenarioError: it is missing or breaks the format.
    """
    document = read(folder / SUITE_FILE)
    content = validated(SuiteFile, document)
    if content.code is None and content.health is not None:
        _refuse_code(content.health, document, ("health", "expect", "code"))
    return content


def _refuse_group(scenario: Scenario, suite: SuiteFile) -> None:
    """Refuse a group that the suite does not list."""
    group = scenario.content.group
    if group is not None and group not in suite.groups:
        known = ", ".join(suite.groups) or "none"
        raise ScenarioError(
            f"{group!r} is no group of the suite",
            where=scenario.document.where(("group",)),
            todo=f"Name one of the groups of suite.yaml: {known}.",
        )


def _refuse_code(step: Step, document: Document, place: Place) -> None:
    """Refuse an expected code where nothing says where codes stand."""
    if step.expect.code is not None:
        raise ScenarioError(
            "a code is expected, but suite.yaml does not say where it stands",
            where=document.where(place),
            todo="Add code: PATH to suite.yaml, or expect the value under fields.",
        )


def load_scenario(file: Path) -> Scenario:
    """Read one scenario file.

    Raises:
        ScenarioError: it breaks the format, or holds an identity code that may be a person's.
    """
    document = read(file)
    content = validated(ScenarioFile, document)
    refuse_hidden(file, content)
    refuse_persons(document)
    return Scenario(f"{file.parent.name}/{file.stem}", file, content, document)
