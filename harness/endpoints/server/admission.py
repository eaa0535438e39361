"""Who may control a server: whoever knows its token.

The token is made anew at each start and lies in a file that only its user may read, or comes from
the environment. It is compared in constant time, and never shown, logged or put into an address.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
from dataclasses import field
from pathlib import Path

from harness.classes import dataclass
from harness.endpoints.server.keeping import replace
from harness.endpoints.server.parsing import Received
from harness.errors import ConfigError
from harness.exchange.messages import Answer, Body

VARIABLE = "HARNESS_SERVE_TOKEN"
FILE = "token"
_BYTES = 32
_USABLE = re.compile(r"[!-~]{16,512}")
_TEXT = "A token is needed: Authorization: Bearer TOKEN. harness serve says where it lies."


@dataclass(frozen=True, slots=True)
class Token:
    """A secret that opens the control point."""

    value: str = field(repr=False)

    def admits(self, received: Received, *, basic: bool = False) -> bool:
        """Whether a request brings the token.

        Args:
            received: the request.
            basic: also as the password of basic authentication, which browsers ask for.
        """
        given = [value for name, value in received.headers if name.lower() == "authorization"]
        scheme, _, word = given[0].strip().partition(" ") if len(given) == 1 else ("", "", "")
        brought = word.strip().encode("latin-1")
        if basic and scheme.lower() == "basic":
            brought = _password(brought)
        elif scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(brought, self.value.encode())


def _password(word: bytes) -> bytes:
    try:
        return base64.b64decode(word, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def token() -> Token:
    """That of the environment, else a new one of 32 random bytes.

    Raises:
        ConfigError: the one of the environment is too short, or cannot stand in a header.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return Token(secrets.token_urlsafe(_BYTES))
    if _USABLE.fullmatch(named) is None:
        raise ConfigError(
            "the token is not one of 16 to 512 printable characters without spaces",
            where=VARIABLE,
            todo="Make one with: openssl rand -hex 32",
        )
    return Token(named)


def write(made: Token, folder: Path) -> Path:
    """Put a token into its file, which only this user may read.

    Raises:
        ConfigError: it cannot be written.
    """
    path = folder / FILE
    try:
        replace(path, f"{made.value}\n".encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"the token cannot be written: {reason}", where=str(path)) from None
    return path


def unauthorised(*, basic: bool = False) -> Answer:
    """The same answer for whatever was asked without the token."""
    challenge = 'Basic realm="harness serve", charset="UTF-8"' if basic else "Bearer"
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("WWW-Authenticate", challenge),
        ("Cache-Control", "no-store"),
    )
    return Answer(401, headers, Body(f"{_TEXT}\n".encode()))
