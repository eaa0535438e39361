"""The items an account has stored, and what becomes of those in its work queue."""

from dataclasses import dataclass, field, replace

from harness.account.codes import TargetCode
from harness.account.customers import Conduct, Customer

_LATER = {
    Conduct.STORAGE: TargetCode.STORAGE,
    Conduct.VIRUS: TargetCode.VIRUS,
}


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One item for one customer.

    Attributes:
        account_id: AsiointitiliTunniste.
        authority: ViranomaisTunnus of the sender.
        own_id: ViranomaisTunniste; may be empty.
        state: KohteenTila by now.
        later: KohteenTila once the work queue has come to it.
    """

    account_id: str
    authority: str
    own_id: str
    customer: str = field(repr=False)
    state: TargetCode
    later: TargetCode


class Items:
    """Every item of one account, in the order of arrival."""

    def __init__(self) -> None:
        self._all: dict[str, StoredItem] = {}
        self._own: dict[tuple[str, str], list[str]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def has(self, authority: str, own_id: str) -> bool:
        """True when this authority has stored an item of this id that is not erroneous."""
        return any(
            self._all[account_id].state < TargetCode.DUPLICATE
            for account_id in self._own.get((authority, own_id), ())
        )

    def can_refer(self, authority: str, kind: str, reference: str, customer: str) -> bool:
        """True when a reference leads to an item of this authority for this customer."""
        found = [reference]
        if kind == "ViranomaisTunniste":
            found = self._own.get((authority, reference), [])
        stored = [self._all[account_id] for account_id in found if account_id in self._all]
        return any(i.authority == authority and i.customer == customer for i in stored)

    def store(self, authority: str, own_id: str, customer: Customer, *, queued: bool) -> StoredItem:
        """Keep an item for a customer; ids count up and never repeat within an account."""
        later = _LATER.get(customer.conduct, TargetCode.STORED)
        waits = queued or customer.conduct is Conduct.SLOW or later is not TargetCode.STORED
        state = TargetCode.IN_PROCESSING if waits else TargetCode.STORED
        account_id = f"AT{len(self._all) + 1:012d}"
        item = StoredItem(account_id, authority, own_id, customer.id, state, later)
        self._all[account_id] = item
        if own_id:
            self._own.setdefault((authority, own_id), []).append(account_id)
        return item

    def states(self, authority: str, own_id: str) -> tuple[TargetCode, ...]:
        """KohteenTila of an authority's item by now, one for each of its customers."""
        found = self._own.get((authority, own_id), ())
        return tuple(self._all[account_id].state for account_id in found)

    def work_queue(self) -> tuple[StoredItem, ...]:
        """Bring everything in processing to its end; gives what has changed."""
        waiting = [i for i in self._all.values() if i.state is TargetCode.IN_PROCESSING]
        done = tuple(replace(item, state=item.later) for item in waiting)
        self._all.update({item.account_id: item for item in done})
        return done
