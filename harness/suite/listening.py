"""What ``harness.toml`` says of the calls that come to us: which contract, and the listener."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from harness.account.choosing import RETURN_CHANNEL, is_account
from harness.config import Config, EndpointTable
from harness.endpoints.protocol import Inbox, Need
from harness.errors import ConfigError
from harness.suite import securing
from harness.wsdl import Contract, find


def contract_of(config: Config, contract: Contract) -> Contract | None:
    """The contract that the other side calls us by; ``None`` when nothing is known of any.

    Raises:
        ContractError: it is not in the catalogue, or its files are not as pinned.
    """
    table = config.listener
    if table is not None:
        return find(table.contract or RETURN_CHANNEL, config.catalogues)
    return find(RETURN_CHANNEL, config.catalogues) if is_account(contract) else None


def listener(
    config: Config, name: str, entry: EndpointTable
) -> Callable[[], AbstractContextManager[Inbox]] | None:
    """Listens while it is entered, for an endpoint whose calls come to us; else ``None``.

    Raises:
        ConfigError: there is no listener, it would be open to other machines without TLS, or one
            of its files cannot be used.
        ContractError: its contract cannot be used.
    """
    if Need.RETURN_CHANNEL not in entry.provides:
        return None
    table = config.listener
    where = f"{config.path}: [listener]"
    if table is None:
        raise ConfigError(
            "calls of the other side are said to come, but nobody listens",
            where=f"{config.path}: [endpoints.{name}] provides",
            todo="Add a table [listener], or leave out return-channel.",
        )
    from harness.endpoints.listening import Listening, pinned, tls  # noqa: PLC0415 - asyncio

    host = (urlsplit(table.url).hostname or "") if table.url else ""
    contract = find(table.contract or RETURN_CHANNEL, config.catalogues)
    return Listening(
        contract=contract,
        address=table.listen,
        port=table.port,
        path=table.path or "",
        names=tuple(filter(None, (table.host_name, host))),
        url=table.url or "",
        tls=tls(config, table, where),
        callers=pinned(table, where),
        referee=securing.callers(config, table, contract),
        where=where,
    )
