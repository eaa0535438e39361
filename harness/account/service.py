"""The whole server side of a service, from HTTP bytes to HTTP bytes, without a socket.

* What the judge refuses is a Fault that names the element and the rule, never a value, in the
  contract's version of SOAP (1.1 sections 4.4 and 6.2; 1.2 part 1 section 5.4).
* Application errors are answers with HTTP 200 and a code.
* An operation without an answer (one-way) is accepted with HTTP 202 and nothing.
* A maintenance break is HTTP 503 without SOAP: calls fail and must be sent again later, as the
  service announces for its breaks.
* ``GET ?wsdl`` and ``GET ?xsd=NAME`` serve the contract; any other GET is 405.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, unescape

from harness.account.demands import Rule
from harness.account.settings import Settings
from harness.exchange import render
from harness.exchange.findings import Finding, meaning
from harness.exchange.judge import Judgement, Referee, judge_request
from harness.exchange.message import Message
from harness.exchange.messages import SOAP_11_CONTENT_TYPE, Answer, Body, Request
from harness.exchange.render import FaultCode
from harness.exchange.soap import content_type
from harness.exchange.tolerance import judge_tolerantly
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from harness.wsdl.sources import target_of

Headers = Sequence[tuple[str, str]]

RETRY_AFTER = ("Retry-After", "3600")
_NOTE = Verdict.PASSED
_QUOTES = {"&quot;": '"', "&apos;": "'"}
_LOCATION = rb"""\b%s\s*=\s*)(["'])(.*?)\2"""
_ADDRESS = re.compile(rb"(<(?:[\w.-]+:)?address\b[^<>]*?" + _LOCATION % b"location", re.DOTALL)
_IMPORTS = (
    re.compile(rb"(" + _LOCATION % b"schemaLocation", re.DOTALL),
    re.compile(rb"(<(?:[\w.-]+:)?import\b[^<>]*?" + _LOCATION % b"location", re.DOTALL),
)
"""Where a schema or a WSDL file names another file: what stands before, the quote, the place."""


class Simulation(Protocol):
    """The other side behind the HTTP: what it answers to requests that keep the contract."""

    @property
    def settings(self) -> Settings:
        """Its limits, and whether it is in a maintenance break."""

    @property
    def operations(self) -> AbstractSet[str]:
        """What it can answer."""

    def answer(self, contract: Contract, operation: str, message: Message) -> bytes:
        """The envelope that answers one request; nothing for a one-way operation.

        Args:
            contract: what is promised.
            operation: one of ``operations``.
            message: the request, judged before.
        """


OURS: Final = ("Server", "connection-harness")
"""Header field by which a server of ours says that no real service answers (RFC 9110 10.2.4)."""


class AccountService:
    """Answers requests to one address."""

    def __init__(
        self,
        contract: Contract,
        account: Simulation,
        *,
        address: str = "",
        referee: Referee | None = None,
        sealed: Callable[[bytes], bytes] | None = None,
        observer: Callable[[Request, Judgement], None] | None = None,
        says: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Prepare.

        Args:
            contract: what is promised.
            account: who answers.
            address: URL under which this service is reached; the served WSDL then names it, and
                its imports lead back here. Empty: files are served as they are.
            referee: judges the security of every request; ``None`` takes them as they are.
            sealed: signs every answer; ``None`` leaves them as they are.
            observer: is told of every message, judged, before it is answered.
            says: further header fields of every answer to a message.
        """
        self._referee, self._sealed, self._observer = referee, sealed, observer
        self._contract, self._account, self._address = contract, account, address
        self._says = says
        self.codes: tuple[str, ...] = ()
        """Codes of what was found in the request answered last, for whoever keeps a journal."""

    def respond(self, method: str, path: str, headers: Headers, body: bytes) -> Answer:
        """Answer one HTTP request.

        Args:
            method: HTTP method.
            path: request target, query included.
            headers: header fields as received.
            body: the whole body.
        """
        self.codes = ()
        settings = self._account.settings
        if settings.maintenance and settings.demands.apply(Rule.BREAK):
            return _plain(503, "Huoltokatko. Lähetä pyyntö myöhemmin uudelleen.", RETRY_AFTER)
        if method == "GET":
            return self._file(path)
        if method != "POST":
            return self._not_allowed()
        return self._soap({name.lower(): value for name, value in headers}, body)

    def _soap(self, headers: Mapping[str, str], body: bytes) -> Answer:
        most = self._account.settings.max_message_bytes
        if len(body) > most:
            return self.fault(FaultCode.CLIENT, f"The message is larger than {most} bytes.")
        action = headers.get("soapaction", "").strip()
        action = action.removeprefix('"').removesuffix('"')
        request = Request("", action, Body(body), headers.get("content-type", ""))
        settings = self._account.settings
        tolerant = settings.tolerant and settings.demands.apply(Rule.TOLERANCE)
        judge = judge_tolerantly if tolerant else judge_request
        judgement = judge(self._contract, request, referee=self._referee)
        self.codes = tuple(finding.code for finding in judgement.findings)
        if self._observer is not None:
            self._observer(request, judgement)
        if judgement.verdict is not Verdict.PASSED or judgement.message is None:
            return self.fault(render.fault_code(judgement), _explained(judgement))
        operation = judgement.operation
        if operation not in self._account.operations:
            return self.fault(FaultCode.SERVER, f"The account does not simulate {operation}.")
        data = self._account.answer(self._contract, operation, judgement.message)
        return self._carried(200, data) if data else Answer(202, self._says, Body(b""))

    def fault(self, code: FaultCode, text: str) -> Answer:
        """A Fault, as every answer of this service is sent."""
        soap = self._contract.soap_version
        return self._carried(render.fault_status(code, soap), render.fault(code, text, soap=soap))

    def _carried(self, status: int, envelope: bytes) -> Answer:
        headers = (("Content-Type", content_type(self._contract.soap_version)), *self._says)
        body = envelope if self._sealed is None else self._sealed(envelope)
        return Answer(status, headers, Body(body))

    def _not_allowed(self) -> Answer:
        version = self._contract.soap_version
        text = f"Send SOAP {version} requests with POST; GET ?wsdl gives the interface description."
        return _plain(405, text, ("Allow", "GET, POST"))

    def _file(self, path: str) -> Answer:
        asked = parse_qs(urlsplit(path).query, keep_blank_values=True)
        files = self._contract.files
        names = [name for key, name in _lowered(asked) if key == "xsd"]
        if any(key == "wsdl" for key, _ in _lowered(asked)):
            names = [name for name in files if name.lower().endswith(".wsdl")][:1]
        if not names:
            return self._not_allowed()
        if names[0] not in files:
            return _plain(404, "The contract has no such file.")
        typed = (("Content-Type", SOAP_11_CONTENT_TYPE),)  # a file is plain XML in either version
        return Answer(200, typed, Body(self._led_back(names[0])))

    def _led_back(self, name: str) -> bytes:
        """A contract file whose addresses, and whatever it imports, lead to this service."""
        contract, data = self._contract, self._contract.files[name]
        if not self._address:
            return data
        here = escape(self._address, {'"': "&quot;", "'": "&apos;"}).encode()

        def location(match: re.Match[bytes]) -> bytes:
            written = unescape(match[3].decode("utf-8", "replace"), _QUOTES)
            found = target_of(name, written, contract.locations, contract.files)
            before, quote = match[1], match[2]
            return before + quote + here + b"?xsd=" + found.encode() + quote if found else match[0]

        data = _ADDRESS.sub(lambda match: match[1] + match[2] + here + match[2], data)
        for pattern in _IMPORTS:
            data = pattern.sub(location, data)
        return data


def _lowered(query: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return [(key.lower(), values[0]) for key, values in query.items()]


def _plain(status: int, text: str, *headers: tuple[str, str]) -> Answer:
    typed = ("Content-Type", "text/plain; charset=utf-8")
    return Answer(status, (typed, *headers), Body(f"{text}\n".encode()))


def _explained(judgement: Judgement) -> str:
    """The broken rule in words. Findings hold names, numbers and lengths only, never values."""
    broken = [each for each in judgement.findings if meaning(each.code).verdict is not _NOTE]
    if not broken:
        return "The request cannot be judged."
    text = f"{broken[0].code}: {meaning(broken[0].code).text}{_details(broken[0])}"
    return text if len(broken) == 1 else f"{text} Findings in all: {len(broken)}."


def _details(finding: Finding) -> str:
    parts = (("at", finding.path), ("expected", finding.expected), ("found", finding.seen))
    shown = "; ".join(f"{word} {text}" for word, text in parts if text)
    return f" ({shown})" if shown else ""
