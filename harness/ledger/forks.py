"""Connections of one process: idle ones are kept, and closed before a fork; none crosses it."""

import os
import weakref
from abc import ABC, abstractmethod
from collections import deque
from typing import Any, Generic, Protocol, TypeVar

from harness.errors import LedgerError


class _Closes(Protocol):
    def close(self) -> object:
        """End the connection."""


C = TypeVar("C", bound=_Closes)


class OfOneProcess(ABC, Generic[C]):
    """Connections that stay in the process that made them."""

    def __init__(self, where: str) -> None:
        self._process = os.getpid()
        self._where = where
        self._idle: deque[C] = deque()
        self._closed = False
        _open.add(self)

    @abstractmethod
    def _connect(self) -> C:
        """A new connection, as it comes."""

    @abstractmethod
    def _configure(self, connection: C) -> None:
        """Make a new connection what it has to be, or refuse it."""

    def _refuse_unusable(self) -> None:
        """Refuse to be used in another process, or when all this was closed.

        Raises:
            LedgerError: it is so.
        """
        if os.getpid() != self._process:
            raise LedgerError(
                "this ledger was opened before the process was forked",
                where=self._where,
                todo="Open it again in the new process.",
            )
        if self._closed:
            raise LedgerError("this ledger was closed", where=self._where, todo="Open it anew.")

    def _borrow(self) -> C:
        """A connection for one transaction; to be given back."""
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            self._configure(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: C, *, is_sound: bool) -> None:
        """Keep a connection for the next transaction, unless it or all this is closed."""
        if is_sound and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()

    def close_idle(self) -> None:
        """Close the connections nobody is using; the next use opens new ones."""
        while self._idle:
            self._idle.popleft().close()

    def close(self) -> None:
        """Close every connection, those in use when they are given back."""
        self._closed = True
        self.close_idle()


_open: "weakref.WeakSet[OfOneProcess[Any]]" = weakref.WeakSet()


def _close_before_fork() -> None:
    for each in list(_open):
        each.close_idle()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_before_fork)
