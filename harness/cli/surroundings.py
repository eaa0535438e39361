"""What lies around the record now, for the gate: files on disk, versions, configuration."""

from pathlib import Path

from harness import __version__
from harness.config import Config
from harness.errors import ConfigError, ContractError
from harness.joining.gate import SuiteOnDisk, Surroundings
from harness.suite.model import load_scenario, scenario_files, suite_digest, suite_names
from harness.wsdl import find


def look_around(
    config: Config, contracts: frozenset[str], endpoints: frozenset[str]
) -> Surroundings:
    """Look at the files that the pins speak of.

    Args:
        config: the project's harness.toml.
        contracts: references (``service/interface/version``) that are pinned.
        endpoints: names of the endpoints whose evidence counts.
    """
    return Surroundings(
        contracts={ref: _contract(config, ref) for ref in contracts},
        suites=_suites(config),
        harness_version=__version__,
        configuration_digests={name: config.configuration_digest(name) for name in endpoints},
    )


def _contract(config: Config, ref: str) -> str:
    """The digest of the files on disk; empty when they cannot be read as a contract."""
    try:
        return find(ref, config.catalogues).digest
    except ContractError:
        return ""


def _suites(config: Config) -> dict[str, SuiteOnDisk] | None:
    """Every suite below the scenarios folder; None where the project has none."""
    try:
        folder = config.scenarios_folder
    except ConfigError:
        return None
    return {name: _suite(folder / name) for name in suite_names(folder)}


def _suite(folder: Path) -> SuiteOnDisk:
    scenarios = [load_scenario(file) for file in scenario_files(folder)]
    required = frozenset(each.id for each in scenarios if each.content.obligatory)
    return SuiteOnDisk(suite_digest(folder), required)
