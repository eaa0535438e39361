"""The account's time: that of a clock, plus what somebody has moved it ahead.

Account time never runs backwards, whatever the clock does: what has happened stays in the past.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from harness.errors import ConfigError

Clock = Callable[[], datetime]
"""Gives the present moment, aware of its zone."""

MARGIN = timedelta(days=366)
"""What account time keeps from the end of the calendar, so that items can still have a future."""


def system_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class AccountTime:
    """Account time."""

    def __init__(self, clock: Clock, ahead: timedelta = timedelta()) -> None:
        """Prepare.

        Args:
            clock: the clock behind it.
            ahead: how far account time is ahead of that clock.
        """
        self._clock, self._ahead = clock, ahead
        self._latest = datetime.min.replace(tzinfo=UTC)

    @property
    def ahead(self) -> timedelta:
        """How far account time has been moved ahead of the clock."""
        return self._ahead

    def now(self) -> datetime:
        """The present moment of the account, in UTC."""
        self._latest = max(self._latest, self._clock().astimezone(UTC) + self._ahead)
        return self._latest

    def advance(self, seconds: float) -> datetime:
        """Move account time ahead, and give the new moment.

        Raises:
            ConfigError: the number is negative, or leads beyond what a calendar holds.
        """
        try:
            ahead = self._ahead + timedelta(seconds=seconds)
            _ = self._clock() + ahead + MARGIN
            if seconds >= 0:
                self._ahead = ahead
                return self.now()
        except (OverflowError, ValueError):
            pass
        raise ConfigError(
            "the account's clock cannot be moved by that",
            todo="Give a number of seconds from 0 on that leads to a year before 10000.",
        )

    def not_before(self, moment: datetime) -> None:
        """Account time has already been there."""
        self._latest = max(self._latest, moment)
