"""From a project's configuration to a connection: which contract, which endpoint."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.config import Config, EndpointTable, IssuedRole, read_roles
from harness.endpoints.hosts import Via, address_of
from harness.endpoints.http import HttpEndpoint, HttpSettings
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, Need, RoleIdentity
from harness.endpoints.tls import TlsSettings
from harness.errors import ConfigError
from harness.limits import DEFAULT
from harness.suite import listening, securing
from harness.suite.checkout import is_tracked_by_git
from harness.suite.runner import Connection
from harness.wsdl import Contract
from harness.wsdl.configured import contract_of

MOCK, SERVER = "mock", "server"
"""The built-in endpoints; a table of the same name in harness.toml comes before them."""


def connect(config: Config, endpoint: str, run: str, *, opened: bool = False) -> Connection:
    """Contract and endpoint for one run.

    Args:
        config: the project's harness.toml.
        endpoint: ``mock``, ``server`` or a name of ``[endpoints]``.
        run: id of the run.
        opened: production has been opened on the record; only then may its hosts be contacted.

    Raises:
        ConfigError: there is no such endpoint, or it may not be contacted.
        ContractError: the contract cannot be used.
    """
    contract = contract_of(config)
    listens = listening.contract_of(config, contract)
    secrets = {name: partial(config.secret, place) for name, place in config.secrets.items()}
    entry = config.endpoints.get(endpoint)
    if entry is None:
        built_in = _built_in(config, endpoint, contract, listens)
        return Connection(contract, built_in, run, listens=listens, secrets=secrets)
    sealed = securing.sealed(config, endpoint, entry, contract)
    reached = HttpEndpoint(replace(_settings(config, endpoint, entry, opened), sealed=sealed))
    referee = securing.referee(config, endpoint, entry)
    notes = securing.notes(config, endpoint, entry, contract)
    return Connection(contract, reached, run, referee, listens, notes, secrets)


def _built_in(config: Config, name: str, contract: Contract, listens: Contract | None) -> Endpoint:
    if name == MOCK:
        return MockEndpoint(contract, listens=listens)
    if name == SERVER:
        from harness.endpoints.server.endpoint import ServerEndpoint  # noqa: PLC0415 - needs asyncio

        return ServerEndpoint(contract, listens=listens)
    known = ", ".join([MOCK, SERVER, *config.endpoints])
    raise ConfigError(
        f"there is no endpoint {name!r} (known: {known})",
        where=str(config.path),
        todo=f"Add a table [endpoints.{name}] with url and level.",
    )


def _issued_roles(config: Config, entry: EndpointTable) -> dict[str, IssuedRole]:
    """Roles of the private file; it may hold codes of persons, so git must not."""
    if entry.roles_file is None:
        return {}
    file = config.resolve(entry.roles_file)
    if is_tracked_by_git(file):
        raise ConfigError(
            "a file of issued test customers must be ignored by git",
            where=str(file),
            todo="Add it to .gitignore, for instance as a file below /private/.",
        )
    return read_roles(file)


def _taken_as_they_are(entry: EndpointTable) -> frozenset[Need]:
    """What an endpoint provides whose entry signs nothing."""
    return frozenset() if entry.signing else frozenset({Need.UNSIGNED})


def _settings(
    config: Config,
    name: str,
    entry: EndpointTable,
    opened: bool,  # noqa: FBT001 - handed on
) -> HttpSettings:
    issued = _issued_roles(config, entry)
    unknown = sorted(set(entry.provides) - set(Need))
    if unknown:
        raise ConfigError(
            f"{', '.join(unknown)} is no need that a scenario can have",
            where=f"{config.path}: [endpoints.{name}] provides",
            todo=f"Use some of: {', '.join(Need)}.",
        )
    return HttpSettings(
        name=name,
        url=entry.url,
        level=entry.level,
        roles={
            role: RoleIdentity(each.AsiakasTunnus, each.TunnusTyyppi)
            for role, each in {**entry.roles, **issued}.items()
        },
        ids=entry.ids,
        provides=frozenset(entry.provides) | _taken_as_they_are(entry),
        tls=_tls(config, entry),
        limits=replace(DEFAULT, connect=entry.connect, read=entry.read, deadline=entry.deadline),
        opened=opened,
        via=_via(name, entry),
        listening=listening.listener(config, name, entry),
    )


def _tls(config: Config, entry: EndpointTable) -> TlsSettings:
    def file(name: str | None) -> Path | None:
        return config.resolve(name) if name else None

    password = config.secret(entry.client_password) if entry.client_password else None
    return TlsSettings(
        ca_file=file(entry.ca_file),
        client_cert=file(entry.client_cert),
        client_key=file(entry.client_key),
        client_p12=file(entry.client_p12),
        password=password,
        server_name=entry.server_name or "",
        fingerprint=(entry.fingerprint or "").replace(":", "").lower(),
    )


def _via(name: str, entry: EndpointTable) -> Via:
    where = f"[endpoints.{name}]"
    host, port, proxy = "", 0, ""
    if entry.connect_to:
        host, port = address_of(entry.connect_to, port=0, where=f"{where} connect_to")
    if entry.proxy:
        proxy = "{}:{}".format(*address_of(entry.proxy, port=3128, where=f"{where} proxy"))
    return Via(host, port, proxy)
