"""Options and parts of every command that listens on a socket for callers."""

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypedDict, TypeVar

import click

from harness.endpoints.server.mounting import Secured
from harness.endpoints.server.secured import server_context
from harness.endpoints.server.server import LOOPBACK
from harness.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from harness.exchange.security.seal import Seal

P = ParamSpec("P")
R = TypeVar("R")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Listening(TypedDict):
    """Where calls are taken, and whose."""

    port: int
    listen: str
    plain_http: bool
    names: tuple[str, ...]
    cert: Path | None
    key: Path | None
    client_ca: Path | None
    callers: Path | None


def listening_options(port: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The options of ``Listening``.

    Args:
        port: the port unless another is given.
    """
    options = (
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=port,
            show_default=True,
            help="TCP port; 0 takes a free one.",
        ),
        click.option(
            "--listen", default=LOOPBACK, show_default=True, help="IP address to listen at."
        ),
        click.option("--plain-http", is_flag=True, help="Speak plain HTTP to other machines too."),
        click.option("--host-name", "names", multiple=True, help="Name to be called by."),
        click.option("--cert", type=_FILE, help="PEM file of the certificate: speak TLS."),
        click.option("--key", type=_FILE, help="PEM file of its key, unless in the same file."),
        click.option("--client-ca", type=_FILE, help="PEM file: demand callers' certificates."),
        click.option("--callers", type=_FILE, help="PEM file: whose signatures of calls count."),
    )

    def decorated(command: Callable[P, R]) -> Callable[P, R]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


def tls_of(cert: Path | None, key: Path | None, client_ca: Path | None) -> ssl.SSLContext | None:
    """How TLS is spoken; ``None`` for plain HTTP.

    Raises:
        ConfigError: a file cannot be used, or the certificate is missing.
    """
    if cert is not None:
        return server_context(cert, key, client_ca)
    if key or client_ca:
        raise ConfigError("--key and --client-ca need --cert", where="the command line")
    return None


def secured_by(
    callers: Path | None, more: "Sequence[Certificate]" = (), seal: "Seal | None" = None
) -> Secured | None:
    """Whose signed calls are taken, and how answers are signed; ``None`` when nobody's are.

    Args:
        callers: PEM file of whoever's signature counts, or who vouches for them.
        more: others whose signature counts.
        seal: signs the answers; ``None`` leaves them unsigned.

    Raises:
        ConfigError: the file cannot be used.
    """
    if callers is None and not more:
        return None
    from harness.exchange.security.keys import certificates  # noqa: PLC0415 - slow to load
    from harness.exchange.security.policy import Policy, Trust  # noqa: PLC0415 - as above

    named = () if callers is None else certificates(callers, where="--callers")
    # node-soap writes enveloped-signature, which changes nothing; the service takes it.
    policy = Policy(trust=Trust(anchors=(*named, *more)), enveloped=True)
    return Secured(policy) if seal is None else Secured(policy, seal.identity, seal.settings)
