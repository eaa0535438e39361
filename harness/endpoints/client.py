"""The HTTP client of every endpoint: one POST, one outcome, in time, under every ceiling.

* No redirects, no retries, no cookies, no proxy, netrc or certificate from the environment.
* ``Accept-Encoding: identity``; an answer encoded all the same is decoded under the ceiling.
* Every connection is new and closed after its answer (``Connection: close``): which peer and
  which certificate answered is known of each exchange.
* Whatever the peer does is an ``Answer`` or a ``Problem``; nothing it does raises.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPMessage
from ssl import SSLContext
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HeaderParsingError
from urllib3.util.response import assert_header_parsing

from harness.endpoints.coding import decoded
from harness.endpoints.hosts import Target
from harness.endpoints.problems import FOREIGN, problem_of
from harness.endpoints.wire import CURRENT, Call, WireAdapter
from harness.exchange import soap
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode, Request
from harness.identity import codes_in
from harness.limits import DEFAULT, Limits

_REDIRECTS = frozenset({300, 301, 302, 303, 305, 307, 308})
_PIECE = 16 * 1024
_OWN_HEADERS = {
    "User-Agent": "connection-harness",
    "Accept": "text/xml",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_FOLD = re.compile(r"\r?\n[ \t]+")
_CONTROL = re.compile(r"[\0\r\n]")
"""What no value of a field has (RFC 9110 section 5.5)."""
_PLAIN_HOST = re.compile(r"[a-z0-9.-]{1,253}(:\d{1,5})?", re.ASCII)


class _Session(requests.Session):
    """A session that neither follows a redirect nor reads its body to look where it leads."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere; requests would otherwise read the whole body, without any ceiling."""


class _NoCookies(RequestsCookieJar):
    """A jar that keeps nothing."""

    def set_cookie(self, cookie: object, *_args: object, **_kwargs: object) -> None:
        """Drop it."""


class _NoHeaderText(logging.Filter):
    """urllib3 logs the text of headers it cannot parse; that text is the peer's."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Failed to parse headers")


logging.getLogger("urllib3.connection").addFilter(_NoHeaderText())


class HttpClient:
    """Sends requests to one target. A context manager; not to be shared between threads."""

    def __init__(
        self,
        target: Target,
        *,
        limits: Limits = DEFAULT,
        tls: SSLContext | None = None,
        server_name: str = "",
        fingerprint: str = "",
    ) -> None:
        """Prepare; nothing is contacted.

        Args:
            target: where to, as ``hosts.allowed`` gave it.
            limits: byte ceilings and times.
            tls: context of ``tls.context``; needed for https.
            server_name: asked for and verified in TLS instead of the URL's host.
            fingerprint: SHA-256 of the only certificate that is accepted; empty for any trusted.
        """
        self._target, self._limits, self._pinned = target, limits, fingerprint
        self._adapter = WireAdapter(tls, server_name)
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies = _NoCookies()
        self._session.headers = requests.structures.CaseInsensitiveDict(_OWN_HEADERS)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._adapter)
        # The same for every call: URL and header fields are read once.
        self._head = requests.PreparedRequest()
        self._head.prepare_method("POST")
        self._head.prepare_url(target.url, None)
        self._head.prepare_headers(self._session.headers)

    def send(self, request: Request) -> Exchange:
        """Send one request and wait, at most the deadline or its patience, for an outcome."""
        return self._exchange(request, _headers(request), _answer)

    def _exchange(self, request: Request, headers: Mapping[str, str], read: "_Reading") -> Exchange:
        started = time.monotonic()
        most = min(self._limits.deadline, request.patience or self._limits.deadline)
        call = Call(self._target, self._limits, started + most, self._pinned)
        outcome = self._within(call, lambda: self._post(request.body.data, headers), read)
        seconds = time.monotonic() - started
        return Exchange(request, outcome, seconds, call.peer, call.fingerprint)

    def forward(self, request: Request, headers: Mapping[str, str]) -> Exchange:
        """Send somebody else's bytes as they are; what comes is neither decoded nor judged.

        Args:
            request: whose body is sent byte by byte.
            headers: the header fields that are the message's own; those of the connection are ours.
        """
        return self._exchange(request, headers, _untouched)

    def fetch(self, query: str) -> Answer | Problem:
        """GET the target with a query, such as ``wsdl``; under the same limits as a request."""
        ends = time.monotonic() + self._limits.deadline
        call = Call(self._target, self._limits, ends, self._pinned)
        return self._within(call, lambda: self._get(query), _answer)

    def _within(
        self, call: Call, ask: Callable[[], requests.Response], read: "_Reading"
    ) -> Answer | Problem:
        token = CURRENT.set(call)
        try:
            return _outcome(call, ask, read)
        finally:
            CURRENT.reset(token)
            call.close()
            self._adapter.close()

    def _post(self, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        asked = self._head.copy()
        asked.headers.update(headers)
        asked.prepare_body(body, None)
        return self._session.send(
            asked,
            timeout=(self._limits.connect, self._limits.read),
            allow_redirects=False,
            stream=True,
            proxies={},
        )

    def _get(self, query: str) -> requests.Response:
        return self._session.get(
            f"{self._target.url}?{query}",
            timeout=(self._limits.connect, self._limits.read),
            allow_redirects=False,
            stream=True,
        )

    def close(self) -> None:
        """Let go of everything."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_Reading = Callable[[requests.Response, Call], Answer | Problem]


def _outcome(call: Call, ask: Callable[[], requests.Response], read: _Reading) -> Answer | Problem:
    response: requests.Response | None = None
    try:
        response = ask()
        return read(response, call)
    except FOREIGN as error:
        return problem_of(error, call, head_read=response is not None)
    finally:
        if response is not None:
            response.close()


def _headers(request: Request) -> Mapping[str, str]:
    if soap.media_type(request.content_type) == soap.SOAP_TYPE:
        # SOAP 1.2 part 2 section 7.1.4: the action stands in the content type.
        return {"Content-Type": request.content_type, "Accept": soap.SOAP_TYPE}
    # WS-I Basic Profile 1.1, R2744: the value of SOAPAction is a quoted string.
    return {"Content-Type": request.content_type, "SOAPAction": f'"{request.soap_action}"'}


def _answer(response: requests.Response, call: Call) -> Answer | Problem:
    headers = _fields(response)
    malformed = _malformed(response, headers)
    if malformed:
        return Problem(ProblemCode.HTTP_MALFORMED, malformed)
    if response.status_code in _REDIRECTS:
        return Problem(ProblemCode.REDIRECT, _shown_host(response.headers.get("Location")))
    return _whole(response, call, headers, ", ".join(_values(headers, "content-encoding")))


def _untouched(response: requests.Response, call: Call) -> Answer | Problem:
    """Whatever can be passed on as it is, a redirect and an encoded body too."""
    headers = _fields(response)
    malformed = _malformed(response, headers)
    if malformed:
        return Problem(ProblemCode.HTTP_MALFORMED, malformed)
    return _whole(response, call, headers, "")


def _whole(
    response: requests.Response, call: Call, headers: tuple[tuple[str, str], ...], encoding: str
) -> Answer | Problem:
    ceiling = call.limits.max_message_bytes
    length = _values(headers, "content-length")
    if length and int(length[0]) > ceiling:
        return Problem(ProblemCode.TOO_LARGE, f"over {ceiling} bytes")
    data = decoded(_pieces(response), encoding, ceiling)
    if call.left_over():
        return Problem(ProblemCode.TRUNCATED, "the body goes on after its announced end")
    return Answer(response.status_code, headers, Body(data))


def _fields(response: requests.Response) -> tuple[tuple[str, str], ...]:
    return tuple((name, _FOLD.sub(" ", value)) for name, value in response.raw.headers.iteritems())


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it travelled, without chunk marks, still in its content encoding."""
    pieces: Iterator[bytes] = response.raw.stream(_PIECE, decode_content=False)
    return pieces


def _malformed(response: requests.Response, headers: tuple[tuple[str, str], ...]) -> str:
    """What is wrong with the head of an answer (RFC 9112 sections 5 and 6.3); else empty."""
    lengths = _values(headers, "content-length")
    if len(lengths) > 1:
        return "more than one Content-Length"
    if lengths and re.fullmatch(r"[0-9]{1,18}", lengths[0], re.ASCII) is None:
        return "Content-Length is not a number"
    codings = _values(headers, "transfer-encoding")
    if lengths and codings:
        return "both Content-Length and Transfer-Encoding"
    if codings and [each.lower() for each in codings] != ["chunked"]:
        return "a transfer coding other than chunked"
    if not 200 <= response.status_code <= 599:
        return "a status that is no final answer"
    broken = _has_broken_lines(response) or any(_CONTROL.search(value) for _, value in headers)
    return "a header line that is none" if broken else ""


def _has_broken_lines(response: requests.Response) -> bool:
    original = getattr(response.raw, "_original_response", None)
    message = getattr(original, "msg", None)
    if not isinstance(message, HTTPMessage):
        return False
    try:
        assert_header_parsing(message)
    except (HeaderParsingError, HTTPException):
        return True
    return False


def _values(headers: tuple[tuple[str, str], ...], name: str) -> list[str]:
    return [value.strip() for key, value in headers if key.lower() == name]


def _shown_host(location: str | None) -> str:
    """Where a redirect leads, as far as it may be stored: a plain host name, or its length."""
    if location is None:
        return "without Location"
    try:
        parts = urlsplit(location)
    except ValueError:
        return f"to <text, {len(location)} chars>"
    host = parts.netloc.lower()
    if not host and parts.scheme in {"", "file"}:
        return "to a file" if parts.scheme else "to a path of the same host"
    if _PLAIN_HOST.fullmatch(host) and not codes_in(host):
        return f"to {host}"
    return f"to <text, {len(location)} chars>"
