"""What an endpoint's entry says of signatures: requests signed, answers refereed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.config import Config, EndpointTable, ListenerTable
from harness.errors import ConfigError

if TYPE_CHECKING:
    from harness.exchange.judge import Referee
    from harness.exchange.security.keys import Identity
    from harness.exchange.security.policy import Policy

_PKCS12 = (".p12", ".pfx")


def sealed(config: Config, name: str, entry: EndpointTable) -> Callable[[bytes], bytes] | None:
    """Signs a request of this endpoint; ``None`` when nothing is to be signed.

    Raises:
        ConfigError: the key cannot be used.
    """
    if entry.sign_with is None:
        if entry.sign_password is not None:
            raise ConfigError(
                "sign_password is given without sign_with",
                where=f"{config.path}: [endpoints.{name}]",
            )
        return None
    from harness.exchange.security.names import Algorithm  # noqa: PLC0415 - slow to load
    from harness.exchange.security.signing import Signing, sign  # noqa: PLC0415 - as above

    identity = _identity(config, name, entry.sign_with, entry.sign_password)
    signing = Signing(algorithm=Algorithm(entry.sign_algorithm))
    return lambda envelope: sign(envelope, identity, signing, _now())


def referee(config: Config, name: str, entry: EndpointTable) -> "Referee | None":
    """Judges the signatures of this endpoint's answers; ``None`` when they are not looked at.

    Raises:
        ConfigError: nobody is named whose signature counts, or the file cannot be used.
    """
    where = f"{config.path}: [endpoints.{name}] response_trusted"
    policy = _policy(config, entry.response_security, entry.response_trusted, where)
    if policy is None:
        return None
    from harness.exchange.security.referee import rung  # noqa: PLC0415 - slow to load
    from harness.exchange.security.replay import Seen  # noqa: PLC0415 - as above

    return rung(policy, _now, Seen())


def callers(config: Config, table: ListenerTable) -> "Callable[[], Referee | None]":
    """Makes who judges the signatures of calls to the listener.

    A call with the very signature of an earlier one is no finding of theirs: under its message id
    the listener answers it as before, and counts it once.

    Raises:
        ConfigError: nobody is named whose signature counts, or the file cannot be used.
    """
    where = f"{config.path}: [listener] trusted"
    policy = _policy(config, table.security, table.trusted, where)
    if policy is None:
        return lambda: None
    from harness.exchange.security.referee import rung  # noqa: PLC0415 - slow to load

    return lambda: rung(policy, _now)


def _policy(config: Config, security: str, trusted: str | None, where: str) -> "Policy | None":
    """What is demanded of messages of others; ``None`` when signatures are not looked at."""
    if security == "none":
        return None
    if trusted is None:
        raise ConfigError(
            f"signatures are {security!r}, but nobody's signature counts",
            where=where,
            todo="Name a PEM file of the service's certificate, or of its authority.",
        )
    from harness.exchange.security.keys import certificates  # noqa: PLC0415 - slow to load
    from harness.exchange.security.policy import (  # noqa: PLC0415 - as above
        Policy,
        ResponseSecurity,
        Trust,
    )

    anchors = certificates(config.resolve(trusted), where=where)
    return Policy(ResponseSecurity(security), Trust(anchors=anchors), enveloped=True)


def _identity(config: Config, name: str, file: str, secret: str | None) -> "Identity":
    from harness.exchange.security.keys import from_pem, from_pkcs12  # noqa: PLC0415 - slow

    path, where = config.resolve(file), f"{config.path}: [endpoints.{name}] sign_with"
    password = config.secret(secret) if secret else None
    if path.suffix.lower() in _PKCS12:
        return from_pkcs12(path, password=password, where=where)
    return from_pem(path, password=password, where=where)


def _now() -> datetime:
    return datetime.now(UTC)
