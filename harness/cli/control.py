"""``harness control``: the control point of a running ``harness serve``, without writing HTTP."""

import http.client
import json
import mimetypes
import os
import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from harness import files
from harness.classes import dataclass
from harness.cli.common import settings
from harness.cli.groups import Group
from harness.cli.kept import ADDRESS, FOLDER, LOCK
from harness.endpoints.server import admission
from harness.endpoints.server.control import CONTROL
from harness.endpoints.server.keeping import is_held
from harness.errors import ConfigError
from harness.limits import MIB

_TIMEOUT = 10.0
_MOST = 16 * MIB
_REFUSED = {
    413: {
        "error": "this is more than the control point takes",
        "todo": "With its attachments in base64, which is a third longer, 4 MiB at most.",
    }
}
"""What the server says with a status alone."""
_SPAN = re.compile(r"\+(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        url: ``scheme://host:port``.
        token: what it wants to see.
        cert: PEM file of the certificate it shows; empty for plain HTTP.
    """

    url: str
    token: str
    cert: str = ""

    @classmethod
    def find(cls, folder: Path | None) -> "Server":
        """The one that keeps its files in a folder; that of the project unless named.

        Raises:
            ConfigError: no server runs there.
        """
        here = folder or settings().state_folder / FOLDER
        found = cls._kept(here) if is_held(here / LOCK) else None
        if found is None:
            raise ConfigError(
                "no server runs here",
                where=str(here),
                todo="Start one with harness serve, or name its folder with --folder.",
            )
        return found

    @classmethod
    def _kept(cls, here: Path) -> "Server | None":
        """The one whose files these are; what a crash has left names somebody else by now."""
        try:
            address = json.loads(files.read(here / ADDRESS, MIB))
            token = os.environ.get(admission.VARIABLE) or _line(here / admission.FILE)
            return cls(address["url"], token, address.get("cert", ""))
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def ask(self, method: str, call: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the server answers.

        Raises:
            ConfigError: it cannot be reached, or refuses.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = b"" if body is None else json.dumps(body).encode()
        connection = self._connection()
        connection.set_debuglevel(0)  # raised for all, it would print the token
        try:
            connection.request(method, f"{CONTROL}/{call}", data, headers)
            answer = connection.getresponse()
            found = answer.read(_MOST)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigError(
                f"the server does not answer: {reason}",
                where=self.url,
                todo="Is harness serve still running?",
            ) from None
        finally:
            connection.close()
        return self._understood(answer.status, found)

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme != "https":
            return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        # The certificate is that of the very file: whom it names does not matter then.
        context = ssl.create_default_context(cafile=self.cert or None)
        context.check_hostname = not self.cert
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=_TIMEOUT, context=context
        )

    def _understood(self, status: int, data: bytes) -> Any:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if status == 200 and isinstance(found, dict):
            return found
        found = found if isinstance(found, dict) else _REFUSED.get(status, {})
        what = str(found.get("error", f"the server refuses (HTTP {status})"))
        raise ConfigError(what, where=self.url, todo=str(found.get("todo", "")))


def _line(path: Path) -> str:
    return files.read(path, MIB).decode("utf-8").splitlines()[0].strip()


@click.group(cls=Group)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the server (default: .harness/serve of the project).",
)
@click.pass_context
def control(context: click.Context, folder: Path | None) -> None:
    """Look at a running harness serve and change how it behaves.

    Every answer is JSON.
    """
    context.meta["folder"] = folder


def _ask(method: str, call: str, body: Mapping[str, Any] | None = None) -> None:
    server = Server.find(click.get_current_context().meta["folder"])
    click.echo(json.dumps(server.ask(method, call, body), indent=1, ensure_ascii=False))


@control.command()
def reset() -> None:
    """Everything as it was started, with a fresh account."""
    _ask("POST", "reset")


@control.command()
@click.argument("rules", nargs=-1, required=True, metavar="RULE...")
def fault(rules: tuple[str, ...]) -> None:
    """Play faults: rules such as latency,every=3 or connection-reset,once."""
    _ask("POST", "faults", {"rules": list(rules)})


@control.command()
def clear() -> None:
    """Forget every fault rule."""
    _ask("DELETE", "faults")


@control.command()
@click.argument("moment")
def clock(moment: str) -> None:
    """Move account time ahead: by +1h30m or +2d, or to 2026-11-22T12:00:00Z."""
    if not moment.startswith("+"):
        _ask("POST", "clock", {"to": moment})
        return
    found = _SPAN.fullmatch(moment)
    if found is None or moment == "+":
        raise ConfigError(
            f"{moment[:40]!r} is not a span of time",
            todo="Write it as +90s, +1h30m or +2d, largest unit first.",
        )
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    _ask("POST", "clock", {"advance": span.total_seconds()})


@control.command()
@click.argument("name", type=click.Choice(["maintenance", "queued", "tolerant"]))
@click.argument("to", type=click.Choice(["on", "off"]))
def switch(name: str, to: str) -> None:
    """Turn a state of the other side on or off."""
    _ask("POST", "state", {name: to == "on"})


@control.command()
@click.option("--since", type=click.IntRange(0), default=0, help="Entries behind this position.")
def journal(since: int) -> None:
    """Exchanges: sizes, digests, findings."""
    _ask("GET", f"journal?since={since}")


@control.command()
@click.option("--after", type=click.IntRange(0), default=0, help="Messages behind this number.")
def outbox(after: int) -> None:
    """What the account has to tell: states of items, and what customers wrote."""
    _ask("GET", f"outbox?after={after}")


@control.command()
@click.option("--after", type=click.IntRange(0), default=0, help="Messages behind this number.")
def pushes(after: int) -> None:
    """How the messages of the return channel stand, and the rules about them."""
    _ask("GET", f"pushes?after={after}")


@control.command()
@click.argument("rules", nargs=-1, required=True, metavar="RULE...")
def push(rules: tuple[str, ...]) -> None:
    """Order deliveries: duplicate,every=3 or out-of-order,once or drop or pause."""
    _ask("POST", "pushes", {"rules": list(rules)})


@control.command()
def resume() -> None:
    """Forget every rule about deliveries; what was paused or held back goes out."""
    _ask("DELETE", "pushes")


@control.command()
def resend() -> None:
    """Send what was given up anew, and what waits for its next attempt at once."""
    _ask("POST", "resend")


@control.command()
@click.option("--role", required=True, help="Which test customer writes.")
@click.option("--title", required=True, help="Nimeke.")
@click.option("--text", required=True, help="KuvausTeksti.")
@click.option("--reply-to", default="", help="AsiointitiliTunniste of an item of the customer's.")
@click.option("--service", default="", help="PalveluTunnus, unless that of the item or the first.")
@click.option("--sender", default="", help="LahettajaNimi.")
@click.option("--email", default="", help="Sahkoposti of the customer.")
@click.option("--phone", default="", help="Matkapuhelin of the customer.")
@click.option("--authority-email", default="", help="ViranomaisenEmail.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An attachment; repeatable.",
)
def citizen(files: tuple[Path, ...], **texts: str) -> None:
    """Let a customer write to an authority: a message, or a reply to an item."""
    _ask("POST", "citizen", {**texts, "files": [_attached(path) for path in files]})


def _attached(path: Path) -> dict[str, str]:
    try:
        data = files.read(path, _MOST)[:_MOST]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"cannot be read: {reason}", where=str(path)) from None
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {"name": path.name, "content": b64encode(data).decode(), "media_type": kind}


@control.command()
def state() -> None:
    """How the server stands."""
    _ask("GET", "state")
