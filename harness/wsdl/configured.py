"""Which contract a project is built to."""

from harness.config import Config
from harness.wsdl import Contract, find


def contract_of(config: Config) -> Contract:
    """The contract that a project is built to.

    Raises:
        ContractError: it is not in the catalogue, or its files are not as pinned.
    """
    table = config.contract
    wanted = f"{table.name}/{table.version}" if table.version else table.name
    return find(wanted, config.catalogues)
