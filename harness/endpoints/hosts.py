"""Which hosts may be contacted, and when.

Loopback always. Any other host only over https, and only because ``harness.toml`` names it. The
hosts of the real service stand in the table below: production never before the opening, the test
host only as level ``test``, everything else under their domains never.
"""

import ipaddress
import re
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from harness.classes import dataclass
from harness.errors import ConfigError
from harness.vocabulary import Level

_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


class HostRule(StrEnum):
    """What a known host may be used for."""

    TEST = "test"
    PRODUCTION = "production"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class KnownHost:
    """One line of the table.

    Attributes:
        host: name or address, lower case.
        below: whether every name below it is meant as well.
        rule: what it may be used for.
        what: what it is, for the explanation.
    """

    host: str
    below: bool
    rule: HostRule
    what: str


KNOWN_HOSTS = (
    KnownHost("qat.integraatiopalvelu.fi", False, HostRule.TEST, "the account's test environment"),
    KnownHost("192.49.232.194", False, HostRule.TEST, "the account's test environment"),
    KnownHost("pr0.integraatiopalvelu.fi", False, HostRule.PRODUCTION, "the production service"),
    KnownHost("192.49.232.195", False, HostRule.PRODUCTION, "the production service"),
    KnownHost("integraatiopalvelu.fi", True, HostRule.NEVER, "the state's integration platform"),
    KnownHost("api.messages.suomi.fi", False, HostRule.NEVER, "the REST successor"),
    KnownHost("api.messages-qa.suomi.fi", False, HostRule.NEVER, "the REST successor's test"),
    KnownHost("viestilomake.qa.suomi.fi", False, HostRule.NEVER, "another interface's test form"),
)
"""The first line that matches decides."""


@dataclass(frozen=True, slots=True)
class Via:
    """How a target is reached: the account's hosts have no public names, and firms have proxies.

    Attributes:
        host: name or address to connect to instead of looking up the URL's host; empty for none.
        port: TCP port there; 0 for the URL's own.
        proxy: ``host:port`` of an HTTP proxy that is asked to CONNECT; empty for none.
    """

    host: str = ""
    port: int = 0
    proxy: str = ""


DIRECTLY = Via()


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be contacted.

    Attributes:
        url: as it is used.
        scheme: ``http`` or ``https``.
        host: lower case, without a trailing dot.
        port: TCP port.
        loopback: the host names this machine; anything it resolves to must be loopback.
        level: the level that evidence gained there has.
        opened: production has been opened on the record.
        via: how it is reached, when not simply by its name.
    """

    url: str
    scheme: str
    host: str
    port: int
    loopback: bool
    level: Level
    opened: bool = False
    via: Via = DIRECTLY

    @property
    def address(self) -> str:
        """``scheme://host:port/path``, the form that is recorded and pinned."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{shown}:{self.port}{urlsplit(self.url).path or '/'}"


def allowed(
    url: str, level: Level, *, where: str = "", opened: bool = False, via: Via = DIRECTLY
) -> Target:
    """The target behind ``url``, if it may be contacted as ``level``.

    Args:
        url: absolute http or https URL.
        level: the level that evidence gained there would have.
        where: place in the configuration, for the explanation.
        opened: production has been opened on the record.
        via: how it is reached; a host to connect to falls under the same rules.

    Raises:
        ConfigError: it may not, or the URL is not a plain one; says why and what to do.
    """
    parts, port = _parsed(url, where)
    host = (parts.hostname or "").rstrip(".")
    loopback = is_loopback(host)
    target = Target(url, parts.scheme, host, port, loopback, level, opened, via)
    if level is Level.MOCK:
        raise ConfigError(
            "level mock means in process; an address cannot have it",
            where=where,
            todo='Write level = "server" for this machine, or "test" for the test environment.',
        )
    if level is Level.PRODUCTION and not opened:
        raise _refused(where, "production has not been opened on the record")
    refusal = refused(host, level, opened=opened) or _refused_way(target)
    if refusal:
        raise _refused(where, refusal)
    if not loopback:
        _check_remote(target, where)
    return target


def _refused_way(target: Target) -> str:
    """Why the way to a target may not be taken; else empty."""
    via = target.via
    if target.loopback and (via.proxy or (via.host and not is_loopback(via.host))):
        return "this machine is reached directly"
    if not via.host:
        return ""
    return refused(via.host, target.level, opened=target.opened)


def address_of(text: str, *, port: int, where: str) -> tuple[str, int]:
    """``host``, ``host:port`` or ``[v6]:port`` as host and port.

    Args:
        text: as written in ``harness.toml``.
        port: the port when none is named.
        where: place in the configuration, for the explanation.

    Raises:
        ConfigError: it is none of these.
    """
    try:
        parts = urlsplit(f"//{text}")
        host, found = (parts.hostname or "").rstrip("."), parts.port or port
        plain = parts.netloc == text and "@" not in text
        plain = plain and (":" in host or _HOST_NAME.fullmatch(host) is not None)
    except ValueError:
        plain = False
    if not plain:
        raise ConfigError(
            "this is no host or host:port", where=where, todo="Write for instance 192.0.2.10:443."
        )
    return host, found


def refused(host: str, level: Level, *, opened: bool) -> str:
    """Why a known host, or the address a name resolved to, may not be contacted; else empty."""
    for known in KNOWN_HOSTS:
        if host != known.host and not (known.below and host.endswith("." + known.host)):
            continue
        match known.rule:
            case HostRule.NEVER:
                return f"{host} belongs to {known.what} and is never contacted"
            case HostRule.PRODUCTION if not opened or level is not Level.PRODUCTION:
                return f"{host} is {known.what}, contacted only after production has been opened"
            case HostRule.TEST if level is not Level.TEST:
                return f"{host} is {known.what} and can only have level test"
            case _:
                return ""
    return ""


def refused_address(address: str, target: Target) -> str:
    """Why the IP address that the target's name resolved to may not be contacted; else empty.

    A hosts entry must not lead a harmless name to production, nor ``localhost`` off the machine.
    """
    plain = _unmapped(address)
    if target.loopback and not is_loopback(plain):
        return "a loopback name resolved to an address of another machine"
    return refused(plain, target.level, opened=target.opened)


def is_loopback(host: str) -> bool:
    """True for ``localhost``, 127.0.0.0/8 and ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(_unmapped(host)).is_loopback
    except ValueError:
        return False


def _unmapped(address: str) -> str:
    """An IPv4 address written as IPv6 (``::ffff:192.0.2.1``) as IPv4; others unchanged."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def _parsed(url: str, where: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise _not_plain(where, "is not a URL") from None
    if parts.scheme not in {"http", "https"}:
        raise _not_plain(where, "does not begin with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise _not_plain(where, "holds a user name or password")
    if parts.query or parts.fragment:
        raise _not_plain(where, "has a query or fragment")
    if not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        raise _not_plain(where, "holds characters that a URL cannot have")
    host = parts.hostname or ""
    if ":" not in host and _HOST_NAME.fullmatch(host) is None:
        raise _not_plain(where, "names no host")
    return parts, port


def _check_remote(target: Target, where: str) -> None:
    if target.scheme != "https":
        raise ConfigError(
            "http is for this machine only; another host must be contacted over https",
            where=where,
            todo="Use the https address, and ca_file for a private certificate authority.",
        )


def _not_plain(where: str, what: str) -> ConfigError:
    return ConfigError(
        f"the endpoint's url {what}",
        where=where,
        todo="Write a plain address such as https://host.example/path.",
    )


def _refused(where: str, why: str) -> ConfigError:
    return ConfigError(
        f"this endpoint may not be contacted: {why}",
        where=where,
        todo="Point the endpoint at the test environment or at this machine.",
    )


def in_process(url: str) -> Target:
    """The target of the mock: a name that is never resolved, because ``responses`` answers."""
    parts, port = _parsed(url, "")
    host = parts.hostname or ""
    # Were it contacted all the same, only this machine would be.
    return Target(url, parts.scheme, host, port, loopback=True, level=Level.MOCK)
