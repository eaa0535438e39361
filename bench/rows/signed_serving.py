"""Row 7: ``harness serve`` with signatures checked, against the same without any."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.measuring import Check, Contender, Goal, Row, Setting, absent
from bench.processes import ROOT
from bench.rows.serving import SECONDS, Bench
from bench.servers import IDS, Server, missing
from harness.account.settings import AUTHORITY
from harness.exchange.security.keys import Identity
from harness.exchange.security.seal import Seal
from harness.exchange.security.signing import MODERN
from harness.exchange.security.throwaway import Side, identity

CHECKED: Final = "harness serve, calls signed"
BOTH: Final = "harness serve, calls and answers signed"
UNSIGNED: Final = "harness serve, nothing signed"
_PATH: Final = "/Asiointitili/ViranomaispalvelutWSInterface"
_ID: Final = re.compile(rb"bench-\d{6}(\d)")
_RATE: Final = 500.0
"""Answers a second that are expected at least."""
_SIGNING: Final = replace(MODERN, ttl=300)
"""Signing all messages of a load takes longer than a minute on a busy machine."""
_MEASURED: Final[dict[str, Server]] = {}


@dataclass(slots=True)
class SignedServer(Server):
    """A server whose every request is signed shortly before the load, and sent once.

    Attributes:
        seal: signs them.
        rate: so many requests a second it has answered at most.
    """

    seal: Seal | None = None
    rate: float = 2 * _RATE

    def body(self) -> bytes:
        """The request, signed now."""
        return self._sealed(self.template.read_bytes())

    def script(self, seconds: int) -> Sequence[str]:
        """Enough messages for a load twice as fast as the first, which may have been held up."""
        template = self.template.read_bytes()
        file = self.template.with_suffix(".signed")
        with file.open("wb") as sink:
            for number in range(int(2 * max(self.rate, _RATE) * seconds)):
                data = self._sealed(_numbered(template, 1 + number % IDS))
                sink.write(b"%8d" % len(data) + data)
        return (str(ROOT / "bench" / "peers" / "signed.lua"), str(file), self.action)

    def warm_up(self) -> None:
        """A short load, for the files and the rate: signing as many as others get takes minutes."""
        found = self.load(2)
        self.rate = found.requests / found.seconds
        self.loads.clear()

    def _sealed(self, envelope: bytes) -> bytes:
        assert self.seal is not None
        return self.seal(envelope)


def _numbered(template: bytes, number: int) -> bytes:
    """The template with its pair of ids, as ``load.lua`` writes them."""
    return _ID.sub(lambda found: b"bench-%07d" % (2 * number + int(found[1])), template)


def _now() -> datetime:
    return datetime.now(UTC)


def _pem(folder: Path, name: str, who: Identity) -> str:
    key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / name).write_bytes(who.certificate.public_bytes(Encoding.PEM) + key)
    return str(folder / name)


def _contenders(setting: Setting) -> Sequence[Contender]:
    why = missing() or ("a quick run starts no servers" if setting.quick else "")
    if why:
        return [absent(name, why) for name in (CHECKED, UNSIGNED, BOTH)]
    bench = Bench(setting)
    caller = identity(AUTHORITY.certificate_name, Side.CALLER, _now())
    service = identity("service.example", Side.SERVICE, _now())
    checking = ("--caller", f"{AUTHORITY.id}={_pem(setting.folder, 'caller.pem', caller)}")
    signing = ("--sign-with", _pem(setting.folder, "service.pem", service))

    def signed(folder: str, *more: str) -> Server:
        plain = bench.ours(folder, *checking, *more)
        template = setting.folder / f"{folder}.xml"
        template.write_bytes(plain.template.read_bytes())
        seal = Seal(caller, _SIGNING, _now)
        variables, here = plain.variables, plain.here
        return SignedServer(plain.words, _PATH, template, plain.action, variables, here, seal=seal)

    servers = {
        CHECKED: signed("checked"),
        UNSIGNED: bench.ours("project"),
        BOTH: signed("both", *signing, "--sign-algorithm", "rsa-sha256"),
    }
    return [_contender(setting, *each) for each in servers.items()]


def _contender(setting: Setting, name: str, server: Server) -> Contender:
    setting.exits.enter_context(server).warm_up()
    _MEASURED[name] = server
    return Contender(name, lambda: server.load(SECONDS).per_thousand)


def _checks(_setting: Setting) -> Sequence[Check]:
    """The same in processor time, and what signed answers cost besides."""
    if not _MEASURED:
        return []
    costs = {
        name: statistics.median(each.cost for each in server.loads)
        for name, server in _MEASURED.items()
    }
    found = []
    for name in (CHECKED, BOTH):
        ratio = costs[UNSIGNED] / costs[name]
        told = f"{ratio:.2f} x, {costs[name] * 1e6:.0f} us and {costs[UNSIGNED] * 1e6:.0f} us"
        found.append(Check(f"in processor time, {name}: at least 0.4 x", told, ratio >= 0.4))
    return found


ROW: Final = Row(
    7,
    "harness serve with signatures checked, load from the other core",
    _contenders,
    (Goal("at least 0.4 x as many answers", CHECKED, 0.4, (UNSIGNED,), at_least=True),),
    _checks,
    rounds=3,
)
