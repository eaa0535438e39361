"""``harness serve --return-channel`` and suppliers' receivers on foreign toolkits.

A supplier's program sends a message, account time goes on, and the account tells what became of it.
The receiver stores the first message and loses its reply.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.interop.cases import CASES, TEXT
from tests.interop.conftest import demand
from tests.interop.receiving import Channel, Receiver, receiving
from tests.interop.serving import ROOT, Served, environment, harness, serving
from tests.interop.signers import Signers, signers
from tests.interop.supplying import Program
from tests.interop.toolkits import SERVERS, TOOLKITS, Toolkit

pytestmark = pytest.mark.interop

NODE = next(each for each in TOOLKITS if each.name == "node-soap")
LOSING = [each for each in SERVERS if each.name in {"node-soap", "jaxws"}]
PLACES = ["Envelope/Header/Security/Timestamp", "Envelope/Body"]


@dataclass(frozen=True, slots=True)
class Account:
    """A served account that calls a receiver."""

    folder: Path
    served: Served
    receiver: Receiver
    people: Signers

    def control(self, *words: str) -> Any:
        done = subprocess.run(
            harness("control", "--folder", str(self.folder), *words),
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)

    def attempts(self) -> list[int]:
        """How often each message was sent, once all are acknowledged."""
        for _ in range(100):
            pushes = self.control("pushes")["pushes"]
            if all(each["standing"] == "delivered" for each in pushes):
                return [each["attempts"] for each in pushes]
        pytest.fail(f"not acknowledged: {pushes}")

    def takes(self, message: str) -> None:
        """What a supplier sends; ``message`` is the name of a case."""
        command = NODE.program(self.served.addresses["wsdl"], self.folder)
        program = Program(NODE, command, self.people)
        program.does(self.served, [case for case in CASES if case.name == message])
        assert program.seen.keys() == {message}, program.complaints


@contextmanager
def pushing(
    channel: Channel, folder: Path, *, lose: int = 0, fault: int = 0, signed: bool = False
) -> Iterator[Account]:
    people = signers(folder / "people", "tili.example")
    trusting: Mapping[str, str] | None = None
    options: tuple[str, ...] = ()
    if signed:
        trusting = {"own": str(people.supplier), "trusted": str(people.authority)}
        options = ("--sign-with", str(people.account))
    with receiving(channel.receiver, lose=lose, fault=fault, trusting=trusting) as receiver:
        there = ("--return-channel", receiver.url, "--return-wait", "0", *options)
        with serving(folder / "served", *there) as served:
            yield Account(folder / "served", served, receiver, people)


@pytest.fixture(params=LOSING, ids=lambda toolkit: toolkit.name)
def channel(request: pytest.FixtureRequest, channels: Callable[[Toolkit], Channel]) -> Channel:
    demand(NODE)
    return channels(request.param)


def test_what_became_of_a_message_is_told_and_after_a_lost_reply_told_once_more(
    channel: Channel, tmp_path: Path
) -> None:
    with pushing(channel, tmp_path, lose=1, signed=channel.verifies) as account:
        account.takes("LahetaViesti")
        account.control("clock", "+1d")
        first, again = account.receiver.call(), account.receiver.call()
        account.control("citizen", "--role", "active", "--title", TEXT, "--text", "Ä\nÖ")
        written = account.receiver.call()
        assert account.attempts() == [2, 1]
    left = account.receiver.calls()
    assert (first.pop("outcome"), first.pop("new")) == ("lost", True)
    assert (again.pop("outcome"), again.pop("new")) == ("answered", False)
    assert first == again
    assert first["operation"] == "VieKohdeTiloja"
    assert first["paluukanavaUrl"] == account.receiver.url
    assert first.get("signed") == (PLACES if channel.verifies else None)
    (state,) = first["items"]
    assert (state["ViranomaisTunniste"], state["KohteenTila"]) == (f"viesti-1 {TEXT}", 200)
    assert (written["operation"], written["outcome"], written["new"]) == (
        "VieKohteita",
        "answered",
        True,
    )
    (message,) = written["items"]
    assert (message["Nimeke"], message["KuvausTeksti"]) == (TEXT, "Ä\nÖ")
    assert left == []


def test_a_fault_is_no_acknowledgement(channel: Channel, tmp_path: Path) -> None:
    with pushing(channel, tmp_path, fault=1) as account:
        account.control("citizen", "--role", "active", "--title", "Kysymys", "--text", "€")
        refused, taken = account.receiver.call(), account.receiver.call()
        assert account.attempts() == [2]
    assert (refused["outcome"], taken["outcome"], taken["new"]) == ("fault", "answered", True)
    assert refused["SanomaTunniste"] == taken["SanomaTunniste"]
    assert account.receiver.calls() == []


@pytest.mark.parametrize("toolkit", SERVERS, ids=lambda toolkit: toolkit.name)
def test_every_foreign_receiver_acknowledges_an_attachment(
    toolkit: Toolkit, channels: Callable[[Toolkit], Channel], tmp_path: Path
) -> None:
    file = tmp_path / "kuitti_ä.txt"
    file.write_text("Kuitti: 10 €", "utf-8")
    with pushing(channels(toolkit), tmp_path) as account:
        words = ("--role", "active", "--title", TEXT, "--text", TEXT, "--file", str(file))
        account.control("citizen", *words)
        call = account.receiver.call()
        assert account.attempts() == [1]
    assert call["items"][0]["files"][0]["TiedostoNimi"] == "kuitti_ä.txt"
