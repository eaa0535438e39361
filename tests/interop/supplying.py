"""A supplier's program, run through all cases against servers of its own."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from lxml import etree

from tests.interop.cases import CASES, TEXT, Case, Customers, Way
from tests.interop.programs import done, flat
from tests.interop.serving import ROOT, Served, environment, harness, serving
from tests.interop.signers import Signers, signers
from tests.interop.toolkits import Toolkit

PDF = base64.b64encode(b"%PDF-1.4\n")


class Account(TypedDict):
    """What the one who joins is given: test customers by role, and its own ids."""

    customers: Customers
    ids: dict[str, str]


class Supply(Account):
    """What a program is told: as JSON in SUPPLIER, and value by value in ``supplier.NAME``.

    Attributes:
        wsdl: address of the WSDL.
        signed: address that takes signed calls.
        wrong: address at which there is nothing.
        text: letters that easily get lost.
        ca: CA file for https.
        own: key and certificate to sign with, PEM.
        trusted: whose signatures count, PEM.
    """

    wsdl: str
    signed: str
    wrong: str
    text: str
    ca: str | None
    own: str
    trusted: str


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
    """Every case with one toolkit: over http, signed, over https, and https without a CA file.

    Args:
        toolkit: which one; must be installed.
        folder: where its servers keep what they keep, and where its program is made.
        certificate: certificate and key of the https server, PEM.
        authority: CA file.
    """
    people = signers(folder / "people", account()["ids"]["certificate-name"])
    trust = ("--callers", str(people.authority), "--sign-with", str(people.account))
    with serving(folder / "plain") as plain:
        program = Program(toolkit, toolkit.program(plain.addresses["wsdl"], folder), people)
        program.runs(plain, Way.PLAIN)
    program.seen["arrived"] = _arrived(folder / "plain" / "kept")
    program.seen["prefixes"] = _prefixes(folder / "plain" / "kept")
    servers = [plain]
    if not toolkit.unsigned:
        with serving(folder / "signed", *trust) as signed:
            program.runs(signed, Way.SIGNED)
        servers.append(signed)
    with serving(folder / "tls", "--cert", str(certificate)) as tls:
        program.runs(tls, Way.TLS, authority)
        program.runs(tls, Way.UNTRUSTED)
    return Run(program.seen, program.complaints, (*servers, tls))


@dataclass
class Program:
    """A supplier's program and what it saw so far.

    Attributes:
        toolkit: what it is written on.
        command: what starts it.
        people: who signs, and whose signatures count.
        seen: by name of the case.
        complaints: what it wrote to stderr.
    """

    toolkit: Toolkit
    command: Sequence[str]
    people: Signers
    seen: dict[str, object] = field(default_factory=dict)
    complaints: str = ""

    def runs(self, served: Served, way: Way, authority: Path | None = None) -> None:
        """All cases of one way."""
        self.does(
            served,
            [case for case in CASES if case.way is way and case.concerns(self.toolkit)],
            authority,
        )

    def does(self, served: Served, cases: Sequence[Case], authority: Path | None = None) -> None:
        """Some cases, in their order."""
        supply = _supply(served, authority, self.people)
        ended = done(
            [*self.command, *(case.function for case in cases)],
            given={"SUPPLIER": json.dumps(supply), **dict(flat("supplier", supply))},
        )
        for case, line in zip(cases, ended.stdout.splitlines(), strict=False):
            told = json.loads(line)
            assert told["case"] == case.function
            self.seen[case.name] = told["seen"]
        self.complaints += ended.stderr


def _prefixes(kept: Path) -> object:
    """Prefixes of the envelope and of the request in one kept message; empty for none."""
    for path in sorted(kept.rglob("*.body")):
        root = etree.fromstring(path.read_bytes())
        request = root.find("{*}Body/{*}HaeTilaTieto")
        if request is not None:
            return [root.prefix or "", request.prefix or ""]
    return "no such message arrived"


def _arrived(kept: Path) -> object:
    """The item with an attachment of the allowed size, as the server read it from the socket."""
    bodies = (path.read_bytes() for path in sorted(kept.rglob("*.body")))
    item = next((body for body in bodies if b"kohde-3" in body and PDF in body), None)
    if item is None:
        return "no such message arrived"
    every = etree.fromstring(item).iter("{*}*")
    elements = {etree.QName(each).localname: each.text for each in every}
    content = base64.b64decode(elements["TiedostoSisalto"] or "")
    names = ("Nimeke", "KuvausTeksti", "TiedostoNimi")
    found = {name: elements[name] for name in names}
    return {**found, "TiedostoSisalto": hashlib.sha256(content).hexdigest()}


def _supply(served: Served, authority: Path | None, people: Signers) -> Supply:
    return {
        **account(),
        "wsdl": served.addresses["wsdl"],
        "signed": served.addresses["signed"],
        "wrong": f"{served.addresses['url']}2",
        "text": TEXT,
        "ca": None if authority is None else str(authority),
        "own": str(people.supplier),
        "trusted": str(people.authority),
    }


def _asked(*command: str) -> Any:
    done = subprocess.run(
        harness(*command, "--json"), env=environment(), cwd=ROOT, check=True, capture_output=True
    )
    return json.loads(done.stdout)
