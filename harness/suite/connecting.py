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


def connect(config: Config, endpoint: str, run: str) -> Connection:
    """Contract and endpoint for one run.

    Raises:
        ConfigError: there is no such endpoint.
        ContractError: the contract cannot be used.
    """
    contract = contract_of(config)
    return Connection(contract, _endpoint(config, endpoint, contract), run)


def _endpoint(config: Config, name: str, contract: Contract) -> Endpoint:
    entry = config.endpoints.get(name)
    if entry is not None:
        return HttpEndpoint(_settings(config, name, entry))
    if name == MOCK:
        return MockEndpoint(contract)
    known = ", ".join([MOCK, *config.endpoints])
    raise ConfigError(
        f"there is no endpoint {name!r} (known: {known})",
        where=str(config.path),
        todo=f"Add a table [endpoints.{name}] with url and level.",
    )


def _settings(config: Config, name: str, entry: EndpointTable) -> HttpSettings:
    files = {"ca_file": entry.ca_file, "client_cert": entry.client_cert}
    paths = {key: config.resolve(file) if file else None for key, file in files.items()}
    return HttpSettings(
        name=name,
        url=entry.url,
        level=entry.level,
        roles={r: RoleIdentity(t.AsiakasTunnus, t.TunnusTyyppi) for r, t in entry.roles.items()},
        ids=entry.ids,
        provides=frozenset(entry.provides),
        tls=TlsSettings(
            **paths, client_key=config.resolve(entry.client_key) if entry.client_key else None
        ),
        limits=replace(DEFAULT, connect=entry.connect, read=entry.read, deadline=entry.deadline),
    )
