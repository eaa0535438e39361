"""No connection crosses a fork: idle ones are closed before it, the rest are refused after it."""

import os
import weakref
from abc import ABC, abstractmethod

from harness.errors import LedgerError


class OfOneProcess(ABC):
    """Connections that stay in the process that made them."""

    def __init__(self) -> None:
        self._process = os.getpid()
        _open.add(self)

    @abstractmethod
    def close_idle(self) -> None:
        """Close the connections nobody is using; the next use opens new ones."""

    def refuse_after_fork(self, where: str) -> None:
        """Refuse to be used in another process.

        Raises:
            LedgerError: this is another one.
        """
        if os.getpid() != self._process:
            raise LedgerError(
                "this ledger was opened before the process was forked",
                where=where,
                todo="Open it again in the new process.",
            )


_open: "weakref.WeakSet[OfOneProcess]" = weakref.WeakSet()


def _close_before_fork() -> None:
    for each in list(_open):
        each.close_idle()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_before_fork)
