"""Asking the record whether production is open, before anything of production is contacted."""

from harness.config import Config
from harness.vocabulary import Level


def production_opened(config: Config, endpoint: str) -> bool:
    """Whether the record says that production is open; asked for a production endpoint only.

    Raises:
        LedgerError: there is no record to ask.
    """
    entry = config.endpoints.get(endpoint)
    if entry is None or entry.level is not Level.PRODUCTION:
        return False
    from harness.ledger.application import Ledger  # noqa: PLC0415 - slow to load, rarely needed

    with Ledger.open(config.ledger_place, config.key_path, readonly=True) as ledger:
        return ledger.project(config.project.id).standing.opening is not None
