"""What ends pytest from within ends the command as it would have without pytest."""

from typing import NoReturn

import pytest


class Unforeseen:
    """Goes before those who print a traceback of it: that may hold what a message said."""

    @staticmethod
    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(excinfo: pytest.ExceptionInfo[BaseException]) -> NoReturn:
        """Let it out of pytest, which has its session finished first.

        Raises:
            BaseException: what it was.
        """
        raise excinfo.value
