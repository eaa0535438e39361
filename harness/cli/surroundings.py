"""What lies around the record now, for the gate: files on disk, versions, configuration."""

from collections.abc import Mapping
from pathlib import Path

from harness import __version__
from harness.config import Config
from harness.errors import ConfigError, ContractError, ScenarioError
from harness.joining.gate import SuiteOnDisk, Surroundings
from harness.joining.pins import ContractPin, SuitePin
from harness.joining.standing import Standing
from harness.suite.demanded import demanded
from harness.suite.folder import suite_digest, suite_names
from harness.wsdl import find


def look_around(config: Config, standing: Standing) -> Surroundings:
    """Look at the files that the pins of a project speak of."""
    pins = [state.effective.pin for state in standing.pins.values()]
    contracts = [pin.ref for pin in pins if isinstance(pin, ContractPin)]
    suites = {pin.suite: pin for pin in pins if isinstance(pin, SuitePin)}
    endpoints = {recorded.run.endpoint.name for recorded in standing.runs}
    return Surroundings(
        contracts={ref: _contract(config, ref) for ref in contracts},
        suites=_suites(config, suites),
        harness_version=__version__,
        system_release=config.project.system_release,
        configuration_digests={name: config.configuration_digest(name) for name in endpoints},
        earlier_configuration=_earlier(config, standing),
    )


def _earlier(config: Config, standing: Standing) -> dict[tuple[str, str], str]:
    """What harness.toml would say of recorded runs if it named their version of the contract.

    Nothing unless it names the version that is pinned now.
    """
    name = config.contract.name
    pin = standing.contract_pin(name)
    if pin is None or pin.version != config.contract.version:
        return {}
    seen = {(each.run.endpoint.name, each.run.contract) for each in standing.runs}
    return {
        (endpoint, ref): config.configuration_digest(endpoint, version)
        for endpoint, ref in seen
        for of, _, version in [ref.rpartition("/")]
        if of == name and version != pin.version
    }


def _contract(config: Config, ref: str) -> str:
    """The digest of the files on disk; empty when they cannot be read as a contract."""
    try:
        return find(ref, config.catalogues).digest
    except ContractError:
        return ""


def _suites(config: Config, pins: Mapping[str, SuitePin]) -> dict[str, SuiteOnDisk] | None:
    """The pinned suites that lie below the scenarios folder.

    Where there is no folder, or harness.toml names none, no pinned suite lies; None only where none
    is pinned either.
    """
    try:
        folder = config.scenarios_folder
    except ConfigError:
        return {} if pins else None
    return {name: _suite(folder / name) for name in suite_names(folder) if name in pins}


def _suite(folder: Path) -> SuiteOnDisk:
    """A suite on disk, and what its files require, whatever a pin says."""
    digest = suite_digest(folder)
    try:
        return SuiteOnDisk(digest, demanded(folder))
    except ScenarioError:
        return SuiteOnDisk(digest, frozenset())  # not even readable
