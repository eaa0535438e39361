"""Every defect that can be planted for a contract, in one order."""

from harness.account.choosing import is_account
from harness.canary.defect import Defect
from harness.canary.of_account import of_account
from harness.canary.of_answers import of_codes, of_elements
from harness.canary.of_requests import of_requests
from harness.canary.of_wire import of_wire
from harness.wsdl import Contract


def defects(contract: Contract) -> tuple[Defect, ...]:
    """All of them, also those that nobody could notice, each with a name of its own.

    Of a service nobody knows only those that its contract and its binding tell.

    Args:
        contract: what the other side has promised.
    """
    account = [*of_account(contract), *of_codes(contract)] if is_account(contract) else []
    return (*account, *of_requests(contract), *of_elements(contract), *of_wire(contract))
