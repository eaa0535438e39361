"""A supplier's system that is no part of the harness, docs/examples/supplier.py, and careless kin.

It has its own raw XML and its own HTTP client.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.endpoints.server.mounting import NON_SIGNED
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Site

FILE = Path(__file__).parents[2] / "docs" / "examples" / "supplier.py"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_supplier", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example: Any = _loaded()


class Careless(example.System):  # type: ignore[misc]
    """Makes three mistakes that suppliers make."""

    def items(self, *roles: str) -> None:
        """One id for all recipients of a text: the second one gets nothing."""
        own = super().new_id(roles[0])
        self.new_id = lambda _: own
        super().items(*roles)
        del self.new_id

    def kohde(self, role: str, own: str, title: str, *rest: Any) -> str:
        """The customer's code in the title of what goes to the person without an account."""
        code = example.CUSTOMERS[role][0]
        title = f"{title} {code}" if role == "none" else title
        return str(super().kohde(role, own, title, *rest))

    def billing(self) -> str:
        """Four digits where the printing house's contract has six."""
        return "<Laskutus><Tunniste>0000</Tunniste></Laskutus>"


class Indoors:
    """Lets a system speak to a site in this process; a lost answer is a broken connection."""

    def __init__(self, system: Any, site: Site, path: str = NON_SIGNED) -> None:
        self._site, self._path = site, path
        system.post = self.post
        self.posts = 0

    def post(self, operation: str, envelope: bytes) -> tuple[int, str]:
        self.posts += 1
        action = f'"{example.NAMESPACE}/Viranomaispalvelut/{operation}"'
        headers = (
            ("host", "127.0.0.1"),
            ("content-type", "text/xml; charset=utf-8"),
            ("soapaction", action),
        )
        reply = self._site.reply(Received("POST", self._path, headers, envelope, True))
        if reply.fault is not None:
            raise ConnectionResetError
        return reply.answer.status, reply.answer.body.data.decode()
