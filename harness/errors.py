"""One small tree of errors: the user's mistakes and broken integrity.

What an endpoint does is never an exception but data (a ``Finding`` or a ``Problem``). An error
says what is wrong, where, and what to do; the command line prints it as one paragraph and leaves
with ``exit_code``. No exception of a foreign library leaves the room it arose in.
"""

from typing import ClassVar


class HarnessError(Exception):
    """An error that explains itself.

    Attributes:
        what: one sentence: what is wrong.
        where: file, file:line or place in a file; empty when there is no place.
        todo: one sentence: what the reader can do about it; empty when there is nothing.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        if not self.todo:
            return f"{place}{self.what}"
        stop = "" if self.what.endswith((".", "!", "?", ":")) else "."
        return f"{place}{self.what}{stop} {self.todo}"


class ConfigError(HarnessError):
    """``harness.toml``, an option or an environment variable cannot be used."""


class ContractError(HarnessError):
    """An interface description is missing, altered, broken or hostile."""


class ScenarioError(HarnessError):
    """A scenario file cannot be read, or its request cannot be built from the contract."""


class EvidenceError(HarnessError):
    """A file handed in as evidence is not one, or has been altered."""


class LedgerError(HarnessError):
    """The ledger cannot be opened, read or written; nothing was recorded."""


class IntegrityBroken(LedgerError):
    """The record is not what was sealed: altered, cut, forged or foreign."""

    exit_code: ClassVar[int] = 3


class NotPassed(HarnessError):
    """A run did not pass or the gate is closed: an answer, not a mistake."""

    exit_code: ClassVar[int] = 1
