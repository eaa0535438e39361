"""What a supplier needs to know in the first days, before anything of substance is sent.

Each line looks for one defect and says what to tell the people who can mend it. A line that cannot
be looked at because of an earlier one is ``not reachable``, never passed; one for which nothing is
configured is ``not run``.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from harness.classes import dataclass
from harness.endpoints import probing
from harness.endpoints.http import HttpEndpoint
from harness.endpoints.probing import Shown, Way
from harness.endpoints.tls import ClientCertificate, client_certificate
from harness.exchange.messages import Answer, Problem, ProblemCode
from harness.redact import shown as redacted
from harness.vocabulary import counted

MAX_OFFSET: Final = timedelta(seconds=30)
"""Half of the minute that the account gives a signed message (its policy's MessageAge)."""
SOON: Final = timedelta(days=30)
"""A certificate that expires within this time is told, though it still passes."""


_HUNG_UP: Final = frozenset({ProblemCode.CLOSED_EARLY, ProblemCode.RESET})
"""How servers refuse a certificate when the reason does not reach the caller (TLS 1.3)."""


class CheckState(StrEnum):
    """What became of one line."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHABLE = "not reachable"
    """An earlier line stands in the way."""
    NOT_RUN = "not run"
    """Nothing is configured that could be looked at."""


class CheckId(StrEnum):
    """The lines, in their order."""

    NAME = "name"
    CONNECTION = "connection"
    OWN_ADDRESS = "own-address"
    TLS_CHAIN = "tls-chain"
    TLS_NAME = "tls-name"
    TLS_EXPIRY = "tls-expiry"
    TLS_FINGERPRINT = "tls-fingerprint"
    CLIENT_EXPIRY = "client-certificate-expiry"
    CLIENT_NAME = "client-certificate-name"
    CLIENT_ACCEPTED = "client-certificate-accepted"
    CLOCK = "clock"
    DESCRIPTION = "wsdl"
    HEALTH = "health"


NETWORK: Final = frozenset(CheckId) - {CheckId.DESCRIPTION, CheckId.HEALTH}
"""The lines that show that the network openings and the certificates are right."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line.

    Attributes:
        id: which.
        state: what became of it.
        seen: what was found; names, numbers and times only.
        tell: a sentence to send to the people who can mend it; empty when nothing is to be done.
    """

    id: CheckId
    state: CheckState
    seen: str
    tell: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at, and what the questions above this room answer.

    Attributes:
        endpoint: the endpoint of harness.toml.
        certificate_name: SanomaVarmenneNimi that calls state; empty when none is configured.
        pinned: fingerprint of the endpoint's pin on the record; empty when there is none.
        compare: given a way to fetch ``?wsdl`` and the like, what differs from the pinned
            contract: a sentence, empty for nothing; None when it is not served.
        health: the harmless call: what speaks against it, empty for nothing.
        now: the present, UTC.
    """

    endpoint: HttpEndpoint
    certificate_name: str
    pinned: str
    compare: Callable[[Callable[[str], bytes | None]], str | None]
    health: Callable[[], str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def examine(subject: Subject) -> tuple[Check, ...]:
    """Every line, in order.

    Raises:
        ConfigError: a file of the endpoint's entry cannot be used.
    """
    return tuple(_Examination(subject).lines())


class _Examination:
    """One preflight under way; ``_obstacle`` is the line that stands in the way of later ones."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._endpoint = subject.endpoint
        self._target = subject.endpoint.target
        self._tls = subject.endpoint.settings.tls
        self._secure = self._target.scheme == "https"
        self._obstacle: CheckId | None = None

    def lines(self) -> Iterator[Check]:
        for check in self._examined():
            if check.state is CheckState.FAILED and self._obstacle is None:
                self._obstacle = check.id
            yield check

    def _examined(self) -> Iterator[Check]:
        yield from self._on_the_way()
        yield from self._of_the_server()
        yield from self._of_the_client()
        yield from self._of_the_service()

    # The way -----------------------------------------------------------------------------------

    def _on_the_way(self) -> Iterator[Check]:
        target, via = self._target, self._target.via
        host = via.host or target.host
        place = f"{host}:{via.port or target.port}"
        way = probing.way(target, self._endpoint.settings.limits)
        if not isinstance(way, Way) and way.code is ProblemCode.DNS:
            yield _failed(
                CheckId.NAME,
                f"{host} has no address",
                f"Please add {host} to DNS or to the hosts file of this machine, or tell us its "
                "address (harness.toml: connect_to).",
            )
            yield self._blocked(CheckId.CONNECTION, CheckId.NAME)
            yield self._blocked(CheckId.OWN_ADDRESS, CheckId.NAME)
            return
        yield _passed(CheckId.NAME, f"{host} has an address")
        if not isinstance(way, Way):
            yield _failed(
                CheckId.CONNECTION,
                f"{place}: {way.code}{f' ({way.detail})' if way.detail else ''}",
                f"Please open TCP from this machine to {place}, on our side and on theirs.",
            )
            yield self._blocked(CheckId.OWN_ADDRESS, CheckId.CONNECTION)
            return
        yield _passed(CheckId.CONNECTION, f"{way.peer} answers")
        tell = "Put the address on the form. Behind address translation the other side sees another"
        tell += " one: ask your network people for it."
        here = f"this machine sends from {way.own}"
        yield Check(CheckId.OWN_ADDRESS, CheckState.PASSED, here, "" if target.loopback else tell)

    # The server's certificate ------------------------------------------------------------------

    def _of_the_server(self) -> Iterator[Check]:
        ids = (CheckId.TLS_CHAIN, CheckId.TLS_NAME, CheckId.TLS_EXPIRY, CheckId.TLS_FINGERPRINT)
        if not self._secure:
            yield from (_not_run(each, "plain http, on this machine only") for each in ids)
            return
        if self._obstacle is not None:
            yield from (self._blocked(each, self._obstacle) for each in ids)
            return
        seen = probing.shown(self._target, self._endpoint.settings.limits, self._tls)
        if isinstance(seen, Shown):
            yield self._chain(seen)
            yield self._name(seen)
            yield self._expiry(seen)
            yield self._fingerprint(seen)
            return
        yield _failed(
            CheckId.TLS_CHAIN,
            f"no TLS: {seen}",
            f"{self._target.host}:{self._target.port} does not speak TLS as it should; is it the "
            "right port?",
        )
        yield from (self._blocked(each, CheckId.TLS_CHAIN) for each in ids[1:])

    def _chain(self, seen: Shown) -> Check:
        if seen.trusted:
            return _passed(CheckId.TLS_CHAIN, "the certificate is trusted")
        return _failed(
            CheckId.TLS_CHAIN,
            "the certificate's chain ends at nothing we trust",
            "Please send us the certificate authority, or the server's own certificate "
            "(harness.toml: ca_file).",
        )

    def _name(self, seen: Shown) -> Check:
        name = self._tls.server_name or self._target.host
        if seen.named:
            return _passed(CheckId.TLS_NAME, f"the certificate is for {name}")
        return _failed(
            CheckId.TLS_NAME,
            f"the certificate is for another name than {name}",
            "Which name is in the server's certificate? (harness.toml: server_name)",
        )

    def _expiry(self, seen: Shown) -> Check:
        return _validity(
            CheckId.TLS_EXPIRY,
            (seen.since, seen.until),
            self._subject.now(),
            f"The certificate of {self._target.host} is not valid now; please renew it.",
        )

    def _fingerprint(self, seen: Shown) -> Check:
        pins = (self._tls.fingerprint, self._subject.pinned)
        wanted = {each for each in pins if each}
        if not wanted:
            return _not_run(CheckId.TLS_FINGERPRINT, f"nothing is pinned; seen {seen.fingerprint}")
        if wanted == {seen.fingerprint}:
            return _passed(CheckId.TLS_FINGERPRINT, f"the pinned one, {seen.fingerprint}")
        return _failed(
            CheckId.TLS_FINGERPRINT,
            f"pinned is {' and '.join(sorted(wanted))}, seen {seen.fingerprint}",
            "Has the server's certificate been changed? Please confirm its SHA-256 fingerprint.",
        )

    # Our own certificate -----------------------------------------------------------------------

    def _of_the_client(self) -> Iterator[Check]:
        certificate = client_certificate(self._tls, where=f"[endpoints.{self._endpoint.name}]")
        if certificate is None:
            yield _not_run(CheckId.CLIENT_EXPIRY, "no client certificate is configured")
            yield _not_run(CheckId.CLIENT_NAME, "no client certificate is configured")
            return
        yield _validity(
            CheckId.CLIENT_EXPIRY,
            (certificate.since, certificate.until),
            self._subject.now(),
            "Our client certificate is not valid now: order a new one (harness key csr makes the "
            "request) and tell its new name and fingerprint.",
        )
        yield self._client_name(certificate)

    def _client_name(self, certificate: ClientCertificate) -> Check:
        wanted = self._subject.certificate_name
        if not wanted:
            return _not_run(CheckId.CLIENT_NAME, "ids has no certificate-name to compare with")
        if certificate.common_name == wanted:
            return _passed(CheckId.CLIENT_NAME, f"CN is SanomaVarmenneNimi, {redacted(wanted)}")
        return _failed(
            CheckId.CLIENT_NAME,
            "the certificate's CN is not SanomaVarmenneNimi (ids certificate-name)",
            "Which certificate name is registered for our service?",
        )

    # The service -------------------------------------------------------------------------------

    def _of_the_service(self) -> Iterator[Check]:
        ids = (CheckId.CLIENT_ACCEPTED, CheckId.CLOCK, CheckId.DESCRIPTION, CheckId.HEALTH)
        if self._obstacle is not None and self._obstacle is not CheckId.CLIENT_NAME:
            yield from (self._blocked(each, self._obstacle) for each in ids)
            return
        asked = self._subject.now()
        outcome = self._fetch("wsdl")
        accepted = self._accepted(outcome)
        yield accepted
        if accepted.state is CheckState.FAILED:
            yield from (self._blocked(each, accepted.id) for each in ids[1:])
            return
        if isinstance(outcome, Problem):
            yield from (
                Check(each, CheckState.NOT_REACHABLE, f"no answer: {outcome.code}")
                for each in ids[1:3]
            )
        else:
            yield self._clock(outcome, asked)
            yield self._description(outcome)
        yield self._health()

    def _fetch(self, query: str) -> Answer | Problem:
        with self._endpoint.client() as client:
            return client.fetch(query)

    def _accepted(self, outcome: Answer | Problem) -> Check:
        code = outcome.code if isinstance(outcome, Problem) else None
        ours = self._tls.client_cert is not None or self._tls.client_p12 is not None
        if code is ProblemCode.TLS_CLIENT_CERT or (ours and code in _HUNG_UP):
            return _failed(
                CheckId.CLIENT_ACCEPTED,
                f"{code}, as soon as the server had seen {'our' if ours else 'that there is no'} "
                "client certificate",
                "Which client certificate does the server accept? Is ours registered?",
            )
        if not ours:
            return _not_run(CheckId.CLIENT_ACCEPTED, "no client certificate is configured")
        if code is not None:
            return Check(CheckId.CLIENT_ACCEPTED, CheckState.NOT_REACHABLE, f"no answer: {code}")
        return _passed(CheckId.CLIENT_ACCEPTED, "the connection with it came about")

    def _clock(self, answer: Answer, asked: datetime) -> Check:
        theirs = _moment(answer.header("Date"))
        if theirs is None:
            return Check(CheckId.CLOCK, CheckState.NOT_REACHABLE, "the answer has no Date")
        offset = theirs - asked
        seconds = round(offset.total_seconds())
        if abs(offset) <= MAX_OFFSET:
            return _passed(CheckId.CLOCK, f"their clock is {seconds:+d} s from ours")
        return _failed(
            CheckId.CLOCK,
            f"their clock is {seconds:+d} s from ours",
            "Signed messages live for a minute: one of the two clocks must be set (NTP).",
        )

    def _description(self, described: Answer) -> Check:
        def fetched(query: str) -> bytes | None:
            found = described if query == "wsdl" else self._fetch(query)
            return found.body.data if isinstance(found, Answer) and found.status == 200 else None

        differs = self._subject.compare(fetched)
        if differs is None:
            return Check(
                CheckId.DESCRIPTION,
                CheckState.NOT_REACHABLE,
                "?wsdl is not served",
                "Where can the interface description that is in use be fetched?",
            )
        if not differs:
            return _passed(CheckId.DESCRIPTION, "?wsdl is the pinned contract")
        return _failed(
            CheckId.DESCRIPTION, differs, "Which version of the interface is this environment at?"
        )

    def _health(self) -> Check:
        against = self._subject.health()
        if not against:
            return _passed(CheckId.HEALTH, "the harmless call is answered")
        return _failed(
            CheckId.HEALTH,
            against,
            "The connection stands, but the service does not answer a status call; is our service "
            "stored there with the ids of harness.toml?",
        )

    @staticmethod
    def _blocked(line: CheckId, by: CheckId) -> Check:
        return Check(line, CheckState.NOT_REACHABLE, f"because of {by}")


def _passed(line: CheckId, seen: str) -> Check:
    return Check(line, CheckState.PASSED, seen)


def _failed(line: CheckId, seen: str, tell: str) -> Check:
    return Check(line, CheckState.FAILED, seen, tell)


def _not_run(line: CheckId, why: str) -> Check:
    return Check(line, CheckState.NOT_RUN, why)


def _validity(line: CheckId, times: tuple[datetime, datetime], now: datetime, tell: str) -> Check:
    since, until = times
    day = until.date().isoformat()
    if not since <= now <= until:
        seen = f"expired on {day}" if now > until else f"valid only from {since.isoformat()}"
        return _failed(line, seen, tell)
    left = counted((until - now).days, "day")
    soon = f", in {left}: order the next one" if until - now < SOON else ""
    return _passed(line, f"valid until {day}{soon}")


def _moment(header: str | None) -> datetime | None:
    """The moment of a Date header, UTC (RFC 9110 section 5.6.7)."""
    try:
        found = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
