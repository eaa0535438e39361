"""Every defect that can be planted for a contract, in one order."""

from collections.abc import Iterator

from harness.account.choosing import is_account
from harness.account.settings import ALL_OPERATIONS
from harness.canary.defect import Defect
from harness.canary.of_account import of_account
from harness.canary.of_answers import of_codes, of_elements
from harness.canary.of_callers import of_callers
from harness.canary.of_customers import of_customers
from harness.canary.of_files import of_files
from harness.canary.of_ids import of_ids
from harness.canary.of_items import of_items
from harness.canary.of_judging import of_judging
from harness.canary.of_letters import of_letters
from harness.canary.of_repeating import of_repeating
from harness.canary.of_requests import of_requests
from harness.canary.of_telling import of_telling
from harness.canary.of_wire import of_wire
from harness.canary.of_writing import of_writing
from harness.wsdl import Contract


def defects(contract: Contract) -> tuple[Defect, ...]:
    """All of them, also those that nobody could notice, each with a name of its own.

    Of a service nobody knows only those that its contract and its binding tell.

    Args:
        contract: what the other side has promised.
    """
    absent = ALL_OPERATIONS - contract.operations.keys()
    account = _of_the_account(contract) if is_account(contract) else ()
    return (
        *(each for each in account if not any(name in each.name for name in absent)),
        *of_requests(contract),
        *of_elements(contract),
        *of_wire(contract),
    )


def _of_the_account(contract: Contract) -> Iterator[Defect]:
    yield from of_account(contract)
    yield from of_callers()
    yield from of_customers()
    yield from of_items()
    yield from of_files()
    yield from of_ids()
    yield from of_letters()
    yield from of_telling()
    yield from of_repeating(contract)
    yield from of_codes(contract)
    yield from of_writing(contract)
    yield from of_judging()
