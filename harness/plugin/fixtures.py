"""Fixtures for odd cases: ordinary pytest tests beside the scenario files of a project."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.account.account import Account
    from harness.endpoints.protocol import Endpoint
    from harness.suite.runner import Connection
    from harness.wsdl import Contract


class Fixtures:
    """What a test may ask for by name; a fixture of the same name of the project comes first."""

    def __init__(self, connection: "Callable[[], Connection]") -> None:
        """Prepare; the project's connection is made when a test first asks for it."""
        self._connection = connection

    @pytest.fixture
    def connection(self) -> "Connection":
        """Contract, endpoint and id of this run, as scenarios share them."""
        return self._connection()

    @pytest.fixture
    def contract(self, connection: "Connection") -> "Contract":
        """The project's contract: writes requests, knows operations."""
        return connection.contract

    @pytest.fixture
    def endpoint(self, connection: "Connection") -> "Endpoint":
        """Who answers; ``endpoint.session(frozenset())`` is a conversation."""
        return connection.endpoint

    @pytest.fixture
    def account(self) -> "Account":
        """A simulated account of one's own, in which nothing has happened; no HTTP before it."""
        from harness.account.account import Account  # noqa: PLC0415 - slow to load

        return Account()
