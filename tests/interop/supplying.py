"""A supplier's program, run through all cases against servers of its own."""

import base64
import hashlib
import json
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from lxml import etree

from tests.interop.cases import CASES, TEXT, Case, Customers, Way
from tests.interop.programs import done
from tests.interop.serving import ROOT, Served, environment, harness, serving
from tests.interop.toolkits import Toolkit

PDF = base64.b64encode(b"%PDF-1.4\n")


class Account(TypedDict):
    """What the one who joins is given: test customers by role, and its own ids."""

    customers: Customers
    ids: dict[str, str]


class Supply(Account):
    """SUPPLIER in the environment of a program."""

    wsdl: str
    signed: str
    wrong: str
    text: str
    ca: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """What one program saw, and how its servers ended.

    Attributes:
        seen: by name of the case.
        complaints: what the program wrote to stderr.
        servers: the servers, stopped.
    """

    seen: dict[str, object]
    complaints: str
    servers: tuple[Served, ...]

    def of(self, case: Case) -> object:
        """What was seen in one case; what the program complained of when it did not get there."""
        return self.seen.get(case.name, f"the program did not get there: {self.complaints}")


@cache
def account() -> Account:
    """As the commands show it to a supplier."""
    customers = {
        each["role"]: {name: each[name] for name in ("AsiakasTunnus", "TunnusTyyppi")}
        for each in _asked("account", "customers")
    }
    ids: dict[str, str] = _asked("account", "ids")
    return {"customers": customers, "ids": ids}


def run(toolkit: Toolkit, folder: Path, certificate: Path, authority: Path) -> Run:
    """Every case with one toolkit: over http, over https, and https without a CA file.

    Args:
        toolkit: which one; must be installed.
        folder: where its servers keep what they keep.
        certificate: certificate and key of the https server, PEM.
        authority: CA file.
    """
    seen: dict[str, object] = {}
    complaints = ""
    with serving(folder / "plain") as plain:
        complaints += _program(toolkit, plain, Way.PLAIN, None, seen)
    seen["arrived"] = _arrived(folder / "plain" / "kept")
    with serving(folder / "tls", "--cert", str(certificate)) as tls:
        complaints += _program(toolkit, tls, Way.TLS, authority, seen)
        complaints += _program(toolkit, tls, Way.UNTRUSTED, None, seen)
    return Run(seen, complaints, (plain, tls))


def _program(
    toolkit: Toolkit, served: Served, way: Way, authority: Path | None, seen: dict[str, object]
) -> str:
    cases = [case for case in CASES if case.way is way]
    ended = done(
        [*toolkit.command, *(case.function for case in cases)],
        given={"SUPPLIER": json.dumps(_supply(served, authority))},
    )
    for case, line in zip(cases, ended.stdout.splitlines(), strict=False):
        told = json.loads(line)
        assert told["case"] == case.function
        seen[case.name] = told["seen"]
    return ended.stderr


def _arrived(kept: Path) -> object:
    """The item with an attachment of the allowed size, as the server read it from the socket."""
    bodies = (path.read_bytes() for path in sorted(kept.glob("*.body")))
    item = next((body for body in bodies if b"kohde-3" in body and PDF in body), None)
    if item is None:
        return "no such message arrived"
    every = etree.fromstring(item).iter("{*}*")
    elements = {etree.QName(each).localname: each.text for each in every}
    content = base64.b64decode(elements["TiedostoSisalto"] or "")
    names = ("Nimeke", "KuvausTeksti", "TiedostoNimi")
    found = {name: elements[name] for name in names}
    return {**found, "TiedostoSisalto": hashlib.sha256(content).hexdigest()}


def _supply(served: Served, authority: Path | None) -> Supply:
    return {
        **account(),
        "wsdl": served.addresses["wsdl"],
        "signed": served.addresses["signed"],
        "wrong": f"{served.addresses['url']}2",
        "text": TEXT,
        "ca": None if authority is None else str(authority),
    }


def _asked(*command: str) -> Any:
    done = subprocess.run(
        harness(*command, "--json"), env=environment(), cwd=ROOT, check=True, capture_output=True
    )
    return json.loads(done.stdout)
