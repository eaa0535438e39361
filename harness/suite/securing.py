"""What an endpoint's entry says of signatures: requests signed, answers refereed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.account.choosing import RETURN_CHANNEL, is_account
from harness.config import Config, EndpointTable, ListenerTable, ResponseTable, SigningTable
from harness.errors import ConfigError
from harness.exchange.findings import Finding
from harness.wsdl import Contract

if TYPE_CHECKING:
    from harness.exchange.judge import Referee
    from harness.exchange.security.keys import Identity
    from harness.exchange.security.policy import Policy, Trust
    from harness.exchange.security.signing import Signing
    from harness.exchange.security.username import UsernameToken

_PKCS12 = (".p12", ".pfx")
_MUST_UNDERSTAND = {"1": True, "0": False, "absent": None}


def sealed(
    config: Config, name: str, entry: EndpointTable, contract: Contract
) -> Callable[[bytes], bytes] | None:
    """Signs a request of this endpoint; ``None`` when nothing is to be signed.

    Raises:
        ConfigError: a key of the table, or a file that it names, cannot be used.
    """
    table = entry.signing
    if table is None:
        return None
    where = f"{config.path}: [endpoints.{name}.signing]"
    _refuse_halves(table, where)
    from harness.exchange.security.signing import sign  # noqa: PLC0415 - slow to load

    identity, user = _identity(config, table, where), _user(config, table)
    settings = signing(table, contract, where=where)
    return lambda envelope: sign(envelope, identity, settings, _now(), user=user)


def notes(
    config: Config, name: str, entry: EndpointTable, contract: Contract
) -> tuple[Finding, ...]:
    """What is to be said once in a run of how its requests are signed.

    Raises:
        ConfigError: a key of the table cannot be used.
    """
    if entry.signing is None or entry.signing.key is None:
        return ()
    where = f"{config.path}: [endpoints.{name}.signing]"
    return signing(entry.signing, contract, where=where).warnings()


def signing(table: SigningTable, contract: Contract, *, where: str) -> "Signing":
    """How messages are signed: the account's old algorithm by default, a newer one elsewhere.

    Raises:
        ConfigError: a list of the table holds the same twice.
    """
    from harness.exchange.security.names import Algorithm, Part  # noqa: PLC0415 - slow to load
    from harness.exchange.security.signing import (  # noqa: PLC0415 - as above
        ORDER,
        NotSignable,
        Signing,
    )

    parts = {
        "body": Part.BODY,
        "timestamp": Part.TIMESTAMP,
        "token": Part.TOKEN,
        "username": Part.USERNAME,
    }
    default = Algorithm.RSA_SHA1 if is_account(contract) else Algorithm.RSA_SHA256
    try:
        return Signing(
            algorithm=Algorithm(table.algorithm) if table.algorithm else default,
            covered=tuple(parts[each] for each in table.covers),
            ttl=table.ttl,
            must_understand=_MUST_UNDERSTAND[table.must_understand],
            order=(*table.order, *(each for each in ORDER if each not in table.order)),
            first=table.position == "first",
            prefixes=table.prefixes,
        )
    except NotSignable as error:
        raise ConfigError(error.what, where=where, todo=error.todo) from None


def _refuse_halves(table: SigningTable, where: str) -> None:
    """Refuse what is of no use without another key of the table."""
    halves = (
        (table.key is None and table.user is None, "names neither key nor user, so signs nothing"),
        (table.key is None and table.password is not None, "password is given without key"),
        (table.user is None and table.user_password is not None, "user_password without user"),
        (table.user is not None and table.user_password is None, "user without user_password"),
        (table.user is None and "username" in table.covers, "covers names username without user"),
    )
    for broken, what in halves:
        if broken:
            todo = "Give both keys, or neither; docs/configuration.md lists them."
            raise ConfigError(what, where=where, todo=todo)


def _user(config: Config, table: SigningTable) -> "UsernameToken | None":
    from harness.exchange.security.username import (  # noqa: PLC0415 - slow to load
        PasswordType,
        UsernameToken,
    )

    if table.user is None or table.user_password is None:
        return None
    password = config.secret(table.user_password)
    return UsernameToken(table.user, password, PasswordType(table.user_password_type))


def _identity(config: Config, table: SigningTable, where: str) -> "Identity | None":
    from harness.exchange.security.keys import from_pem, from_pkcs12  # noqa: PLC0415 - slow

    if table.key is None:
        return None
    path, where = config.resolve(table.key), f"{where} key"
    password = config.secret(table.password) if table.password else None
    if path.suffix.lower() in _PKCS12:
        return from_pkcs12(path, password=password, where=where)
    return from_pem(path, password=password, where=where)


def referee(config: Config, name: str, entry: EndpointTable) -> "Referee | None":
    """Judges the signatures of this endpoint's answers; ``None`` when they are not looked at.

    Raises:
        ConfigError: nobody is named whose signature counts, or the file cannot be used.
    """
    table = entry.response or ResponseTable(security="none")
    policy = _policy(config, table, f"{config.path}: [endpoints.{name}.response]")
    if policy is None:
        return None
    from harness.exchange.security.referee import rung  # noqa: PLC0415 - slow to load
    from harness.exchange.security.replay import Seen  # noqa: PLC0415 - as above

    return rung(policy, _now, Seen())


def callers(
    config: Config, table: ListenerTable, contract: Contract
) -> "Callable[[], Referee | None]":
    """Makes who judges the signatures of calls to the listener.

    On the return channel a call with the very signature of an earlier one is no finding of theirs:
    under its message id the listener answers it as before, and counts it once. Of any other
    contract nobody knows the ids, so there such a call is a replay.

    Raises:
        ConfigError: nobody is named whose signature counts, somebody is but signatures are not
            looked at, or the file cannot be used.
    """
    where = f"{config.path}: [listener]"
    if table.trusted is not None and table.security == "none":
        raise ConfigError(
            "trusted names whose signature counts, but signatures are not looked at",
            where=where,
            todo='Give security = "required" or "if-present", or leave out trusted.',
        )
    security = ResponseTable(security=table.security, trusted=table.trusted)
    policy = _policy(config, security, where)
    if policy is None:
        return lambda: None
    from harness.exchange.security.referee import rung  # noqa: PLC0415 - slow to load

    if contract.name == RETURN_CHANNEL:
        return lambda: rung(policy, _now)
    from harness.exchange.security.replay import Seen  # noqa: PLC0415 - as above

    return lambda: rung(policy, _now, Seen())


def _policy(config: Config, table: ResponseTable, where: str) -> "Policy | None":
    """What is demanded of messages of others; ``None`` when signatures are not looked at."""
    if table.security == "none":
        return None
    if table.trusted is None and not table.pins:
        raise ConfigError(
            f"security is {table.security!r}, but nobody's signature counts",
            where=where,
            todo="Give trusted: a PEM file of the other side's certificate, or of its authority.",
        )
    from harness.exchange.security.names import SIGNATURE_METHODS  # noqa: PLC0415 - slow to load
    from harness.exchange.security.policy import (  # noqa: PLC0415 - as above
        Policy,
        ResponseSecurity,
    )

    methods = {
        method
        for method, hash_name in SIGNATURE_METHODS.items()
        if table.sha1 == "noted" or hash_name != "sha1"
    }
    return Policy(
        ResponseSecurity(table.security),
        _trust(config, table, where),
        signature_methods=frozenset(methods),
        enveloped=True,
        max_age=table.max_age,
        skew=table.skew,
    )


def _trust(config: Config, table: ResponseTable, where: str) -> "Trust":
    from harness.exchange.security.keys import certificates  # noqa: PLC0415 - slow to load
    from harness.exchange.security.policy import Trust  # noqa: PLC0415 - as above

    file = table.trusted
    anchors = certificates(config.resolve(file), where=f"{where} trusted") if file else ()
    pins = frozenset(each.replace(":", "").lower() for each in table.pins)
    return Trust(anchors=anchors, pins=pins, name=table.name)


def _now() -> datetime:
    return datetime.now(UTC)
