"""``harness serve --return-channel`` as a process: killed, restarted, over TLS, and refused."""

import json
import signal
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.cli import execute
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body, Request
from harness.exchange.security.policy import Policy, Trust
from harness.exchange.security.referee import rung
from harness.exchange.security.replay import Seen
from harness.vocabulary import Verdict
from tests.endpoints.raw_server import Certificates
from tests.endpoints.receiver import CHANNEL, Receiver
from tests.endpoints.server.callers import until
from tests.endpoints.server.test_journal_and_state_survive import Serving, serving
from tests.endpoints.server.test_signed_calls import fresh, now

CONTRACT = ("--contract", "asiointitili/viranomaispalvelut")


def control(folder: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert execute(["control", "--folder", str(folder), *words]) == 0
    return json.loads(capsys.readouterr().out)


def started(folder: Path, receiver: Receiver, *words: str) -> Any:
    more = ("--folder", str(folder), "--return-channel", receiver.url, "--return-wait", "0")
    return serving(folder.parent, *CONTRACT, *more, *words)


def test_killed_between_sending_and_acknowledgement_it_sends_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unacknowledged push is sent again after a restart, an acknowledged one is not."""
    folder, victims = tmp_path / "kept", list[Serving]()

    def kills(_receiver: Receiver, _connection: socket.socket, _request: bytes) -> None:
        victims[0].end(signal.SIGKILL)

    state = folder / "state.json"
    with Receiver(kills) as receiver:
        with started(folder, receiver) as server:
            victims.append(server)
            execute(["control", "--folder", str(folder), *_written("Kysymys")])
            server.process.wait(30)
        assert '"attempts": 1' not in state.read_text()
        with started(folder, receiver) as server:
            until(lambda: '"delivered"' in state.read_text())
            server.end(signal.SIGKILL)
        with started(folder, receiver) as server:
            control(folder, *_written("Toinen"), capsys=capsys)
            until(lambda: len(receiver.ids) == 3)
            server.end()
        with started(folder, receiver) as server:
            told = control(folder, "pushes", capsys=capsys)["pushes"]
            server.end()
        assert [each["standing"] for each in told] == ["delivered", "delivered"]
        assert receiver.ids[0] == receiver.ids[1] != receiver.ids[2]
        assert len(receiver.ids) == 3


def _written(title: str) -> list[str]:
    return ["citizen", "--role", "active", "--title", title, "--text", "åäö €"]


def test_attachment_and_reply_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kuva_ä.png"
    file.write_bytes(bytes(range(256)) * 200)
    folder = tmp_path / "kept"
    with Receiver() as receiver, started(folder, receiver) as server:
        told = control(folder, *_written("Å"), "--file", str(file), capsys=capsys)
        assert told["message"]["written"]["files"] == 1
        until(lambda: len(receiver.ids) == 1)
        file.write_bytes(bytes(3_200_000))
        words = ["control", "--folder", str(folder), *_written("Å"), "--file", str(file)]
        assert execute(words) == 2
        assert "4 MiB at most" in " ".join(capsys.readouterr().err.split())
        story = server.end()
        assert f"pushes go to {receiver.url}, unsigned" in story
        judgement = judge_request(CHANNEL, _request(receiver.bodies[0]))
        assert judgement.message is not None
        path = "Kysely/Kohteet/Kohde"
        assert judgement.message.text(f"{path}/KuvausTeksti") == "åäö €"
        assert judgement.message.text(f"{path}/Tiedostot/Tiedosto/TiedostoNimi") == "kuva_ä.png"
        assert judgement.message.text(f"{path}/Tiedostot/Tiedosto/TiedostoMuoto") == "image/png"
        assert judgement.message.text(f"{path}/Tiedostot/Tiedosto/TiedostoKoko") == "52"


def test_signed_push_over_tls_with_a_client_certificate(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str]
) -> None:
    own, folder = fresh("tili.example"), tmp_path / "kept"
    pem = tmp_path / "own.pem"
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(key + own.certificate.public_bytes(Encoding.PEM))
    context = certificates.server_context(certificates.issue("receiver"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates.authority)
    client = str(certificates.issue("account"))
    words = ["--return-ca", str(certificates.authority), "--return-cert", client]
    # The answers are unsigned, which --callers lets pass.
    words += ["--sign-with", str(pem), "--callers", str(pem)]
    with Receiver(tls=context) as receiver, started(folder, receiver, *words) as server:
        control(folder, *_written("Kysymys"), capsys=capsys)
        state = folder / "state.json"
        until(lambda: state.exists() and '"delivered"' in state.read_text())
        assert f"pushes go to {receiver.url}, signed" in server.end()
    referee = rung(Policy(trust=Trust(anchors=(own.certificate,))), now, Seen())
    judgement = judge_request(CHANNEL, _request(receiver.bodies[0]), referee=referee)
    assert judgement.verdict is Verdict.PASSED, judgement.findings


def test_stranger_at_the_address_gets_nothing(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str]
) -> None:
    context = certificates.server_context(certificates.self_signed("stranger"))
    words = ["--return-ca", str(certificates.authority), "--return-attempts", "1"]
    folder = tmp_path / "kept"
    with Receiver(tls=context) as receiver, started(folder, receiver, *words):
        control(folder, *_written("Kysymys"), capsys=capsys)

        def last() -> dict[str, Any]:
            return control(folder, "pushes", capsys=capsys)["pushes"][0]  # type: ignore[no-any-return]

        until(lambda: last()["standing"] == "given-up")
        assert last()["last_problem"] == "tls:untrusted"
    assert receiver.requests == []


def _request(body: bytes) -> Request:
    return Request("VieKohteita", CHANNEL.operations["VieKohteita"].soap_action, Body(body))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--return-channel", "http://192.0.2.1/paluu"], "http is for this machine only"),
        (["--return-channel", "https://192.0.2.1/paluu"], "Add --return-remote"),
        (
            ["--return-channel", "https://qat.integraatiopalvelu.fi/", "--return-remote"],
            "can only have level test",
        ),
        (
            ["--return-channel", "https://pr0.integraatiopalvelu.fi/", "--return-remote"],
            "the production service",
        ),
        (["--return-channel", "ftp://127.0.0.1/"], "does not begin with"),
        (["--return-channel", "http://127.0.0.1:1/", "--push-rule", "twice"], "no push rule"),
        (
            ["--return-channel", "http://127.0.0.1:1/", "--return-ca", __file__],
            "need an https address",
        ),
        (
            ["--return-channel", "https://127.0.0.1:1/", "--return-ca", __file__],
            "--return-ca and --return-cert",
        ),
        (
            ["--return-channel", "http://127.0.0.1:1/", "--return-contract", CONTRACT[1]],
            "no return channel",
        ),
        (["--push-rule", "pause"], "--push-rule needs --return-channel"),
        (["--return-remote"], "--return-remote needs --return-channel"),
        (["--return-attempts", "3"], "--return-attempts needs --return-channel"),
        (["--return-wait", "0"], "--return-wait needs --return-channel"),
        (["--return-contract", CONTRACT[1]], "--return-contract needs --return-channel"),
        (["--sign-with", __file__], "needs --callers, --caller or --return-channel"),
    ],
)
def test_return_channel_that_cannot_be(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["serve", "--port", "0", *CONTRACT, *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
