"""Servers with a journal, a control point and a state page, as ``harness serve`` has them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.account.account import Account
from harness.account.choosing import simulation
from harness.account.service import Simulation
from harness.endpoints.fault_rules import Rules
from harness.endpoints.server.admission import Token
from harness.endpoints.server.control import CONTROL, Control
from harness.endpoints.server.governing import PREFIX, Governed, Pushing, Served
from harness.endpoints.server.journal import Journal, JournalFile
from harness.endpoints.server.mounting import mount
from harness.endpoints.server.page import PAGE, Page
from harness.endpoints.server.server import Background, Server, base_url, bind
from harness.endpoints.server.site import Observer, Site
from harness.wsdl import Contract
from tests.endpoints.server.callers import Got, Running, whole

TOKEN = "0123456789abcdef-of-tests"


@dataclass
class Governable(Running):
    """A running server, and what governs it."""

    journal: Journal
    governed: Governed

    @property
    def account(self) -> Account:
        return self.governed.account

    def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        token: str | None = TOKEN,
        **fields: str,
    ) -> Got:
        """One request to anything below the prefix; in names of fields _ stands for -."""
        every = {
            "Host": "127.0.0.1",
            "Connection": "close",
            "Content-Length": str(len(body)),
            "Content-Type": "application/json",
            **({} if token is None else {"Authorization": f"Bearer {token}"}),
            **{name.replace("_", "-"): value for name, value in fields.items()},
        }
        lines = [f"{method} {target} HTTP/1.1", *(f"{key}: {text}" for key, text in every.items())]
        data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        return whole(self.exchange(data))

    def call(self, method: str, name: str, body: Mapping[str, object] | None = None) -> Any:
        """What a call of the control point gives, which must go well."""
        data = b"" if body is None else json.dumps(body).encode()
        got = self.ask(method, f"{CONTROL}/{name}", data)
        assert got.status == 200, got.text
        return json.loads(got.body)

    def refused(self, method: str, name: str, body: bytes = b"", **fields: str) -> tuple[int, str]:
        """Status and error of a call of the control point that must not go well."""
        got = self.ask(method, f"{CONTROL}/{name}", body, **fields)
        assert got.status >= 400
        return got.status, json.loads(got.body)["error"]

    def page(self, query: str = "") -> str:
        got = self.ask("GET", PAGE + query, token=None)
        assert got.status == 200
        return got.text


@contextmanager
def governable(
    contract: Contract,
    journal: Path | None = None,
    *,
    other_side: Simulation | None = None,
    rules: Rules | None = None,
    observer: Observer | None = None,
    page_token: str | None = None,
    pusher: Pushing | None = None,
) -> Iterator[Governable]:
    """A governed server; everything is written at the end."""
    kept = Journal(JournalFile(journal) if journal else None)
    found = other_side or simulation(contract)
    site = Site(rules=rules, observer=observer or kept.note)
    listening = bind()
    base = base_url(listening)
    paths = mount(site, contract, found, base)
    addresses = {"unsigned": base + paths.unsigned, "signed": base + paths.signed}
    governed = Governed(Served(contract, found, site.rules, kept, addresses, pusher=pusher))
    site.handle(PREFIX, Page(governed, Token(page_token) if page_token else None))
    site.handle(CONTROL, Control(governed, Token(TOKEN)))
    server = Server(listening, site)
    port = listening.getsockname()[1]
    with Background(server) as background:
        yield Governable(server, background, site, paths, base, port, kept, governed)
    kept.close()
