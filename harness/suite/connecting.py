"""From a project's configuration to a connection: which contract, which endpoint."""

from dataclasses import replace

from harness.config import Config, EndpointTable
from harness.endpoints.http import HttpEndpoint, HttpSettings
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, RoleIdentity
from harness.endpoints.tls import TlsSettings
from harness.errors import ConfigError
from harness.limits import DEFAULT
from harness.suite.runner import Connection
from harness.wsdl import Contract, find

MOCK = "mock"


def contract_of(config: Config) -> Contract:
    """The contract that a project is built to.

    Raises:
        ContractError: it is not in the catalogue, or its files are not as pinned.
    """
    table = config.contract
    wanted = f"{table.name}/{table.version}" if table.version else table.name
    return find(wanted, config.catalogues)


def connect(config: Config, endpoint: str, run: str, *, opened: bool = False) -> Connection:
    """Contract and endpoint for one run.

    Args:
        config: the project's harness.toml.
        endpoint: ``mock`` or a name of ``[endpoints]``.
        run: id of the run.
        opened: production has been opened on the record; only then may its hosts be contacted.

    Raises:
        ConfigError: there is no such endpoint, or it may not be contacted.
        ContractError: the contract cannot be used.
    """
    contract = contract_of(config)
    entry = config.endpoints.get(endpoint)
    if entry is None:
        return Connection(contract, _mock(config, endpoint, contract), run)
    return Connection(contract, HttpEndpoint(_settings(config, endpoint, entry, opened)), run)


def _mock(config: Config, name: str, contract: Contract) -> Endpoint:
    if name == MOCK:
        return MockEndpoint(contract)
    known = ", ".join([MOCK, *config.endpoints])
    raise ConfigError(
        f"there is no endpoint {name!r} (known: {known})",
        where=str(config.path),
        todo=f"Add a table [endpoints.{name}] with url and level.",
    )


def _settings(
    config: Config,
    name: str,
    entry: EndpointTable,
    opened: bool,  # noqa: FBT001 - handed on
) -> HttpSettings:
    files = (entry.ca_file, entry.client_cert, entry.client_key)
    return HttpSettings(
        name=name,
        url=entry.url,
        level=entry.level,
        roles={r: RoleIdentity(t.AsiakasTunnus, t.TunnusTyyppi) for r, t in entry.roles.items()},
        ids=entry.ids,
        provides=frozenset(entry.provides),
        tls=TlsSettings(*(config.resolve(file) if file else None for file in files)),
        limits=replace(DEFAULT, connect=entry.connect, read=entry.read, deadline=entry.deadline),
        opened=opened,
    )
