"""Faults as data: an endpoint's right answer becomes what a bad day would make of it.

The names are those of WireMock and toxiproxy where these have one. There are two kinds:

* ``answer``: the connection is sound, the answer is wrong; this works in process as well.
* ``socket``: the connection itself misbehaves, which only a server with a socket can play.

``harness.endpoints.spoiling`` says what each makes of a right answer.
"""

import difflib
import re
from collections.abc import Mapping
from enum import StrEnum

from harness.classes import dataclass
from harness.errors import ConfigError
from harness.exchange.forms import Form
from harness.exchange.security.names import Wrapping
from harness.limits import KIB, MIB

Value = int | str


class FaultKind(StrEnum):
    """What misbehaves."""

    ANSWER = "answer"
    SOCKET = "socket"


class FaultName(StrEnum):
    """Every fault. A closed list."""

    CONNECTION_RESET = "connection-reset"
    EMPTY_RESPONSE = "empty-response"
    MALFORMED_CHUNK = "malformed-chunk"
    RANDOM_THEN_CLOSE = "random-then-close"
    LATENCY = "latency"
    BANDWIDTH = "bandwidth"
    SLOW_CLOSE = "slow-close"
    TIMEOUT = "timeout"
    TRUNCATION = "truncation"
    SLICER = "slicer"
    WRONG_CONTENT_TYPE = "wrong-content-type"
    HTML = "html"
    WRONG_CHARSET = "wrong-charset"
    UNAVAILABLE = "unavailable"
    REDIRECT = "redirect"
    GZIP_BOMB = "gzip-bomb"
    WRONG_NAMESPACE = "wrong-namespace"
    TWO_BODIES = "two-bodies"
    FAULT_WITH_200 = "fault-with-200"
    ANSWER_TO_ANOTHER_REQUEST = "answer-to-another-request"
    OTHER_FORM = "other-form"
    UNSIGNED_ANSWER = "unsigned-answer"
    EXPIRED_ANSWER = "expired-answer"
    FUTURE_ANSWER = "future-answer"
    REPLAYED_ANSWER = "replayed-answer"
    TAMPERED_ANSWER = "tampered-answer"
    WRAPPED_ANSWER = "wrapped-answer"
    DUPLICATE_ID = "duplicate-id"
    REFUSED_ALGORITHM = "refused-algorithm"
    HMAC_TRUNCATION = "hmac-truncation"
    FOREIGN_KEY = "foreign-key"
    KEY_IN_MESSAGE = "key-in-message-only"
    COMMENT_INJECTION = "comment-injection"
    FORBIDDEN_TRANSFORM = "forbidden-transform"
    ONLY_TIMESTAMP_SIGNED = "only-timestamp-signed"
    NAMESPACE_INJECTION = "namespace-injection"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number or text that a fault takes.

    Attributes:
        default: its value unless given; its type is the parameter's.
        least: smallest number allowed.
        most: largest number allowed.
        allowed: the only numbers or texts allowed; empty when there is no list.
    """

    default: Value
    least: int = 0
    most: int = 0
    allowed: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class FaultType:
    """What a fault does.

    Attributes:
        kind: what misbehaves.
        what: one sentence.
        parameters: by name.
        signed: it spoils a signature, so only a signed answer can show it.
    """

    kind: FaultKind
    what: str
    parameters: Mapping[str, Parameter]
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with all its parameters; ``fault`` makes and checks one."""

    name: FaultName
    values: tuple[tuple[str, Value], ...] = ()

    @property
    def kind(self) -> FaultKind:
        """What misbehaves."""
        return FAULTS[self.name].kind

    @property
    def signed(self) -> bool:
        """Whether only a signed answer can show it."""
        return FAULTS[self.name].signed

    def number(self, name: str) -> int:
        """A parameter that is a number."""
        value = dict(self.values)[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        """A parameter that is a text."""
        return str(dict(self.values)[name])


_MILLISECONDS = Parameter(200, 0, 600_000)
_SEED = Parameter(0, 0, 2**31 - 1)
_A, _S = FaultKind.ANSWER, FaultKind.SOCKET
_AGE = {"seconds": Parameter(3600, 1, 10 * 365 * 86_400)}
_SHAPE = {"shape": Parameter(Wrapping.HEADER.value, allowed=tuple(map(str, Wrapping)))}


def _forged(what: str, parameters: Mapping[str, Parameter] | None = None) -> FaultType:
    return FaultType(_A, what, parameters or {}, signed=True)


FAULTS: Mapping[FaultName, FaultType] = {
    FaultName.CONNECTION_RESET: FaultType(
        _S,
        "Resets the connection after so many bytes, one short of the whole answer at most.",
        {"after": Parameter(0, 0, 16 * MIB)},
    ),
    FaultName.EMPTY_RESPONSE: FaultType(_S, "Closes without one byte of an answer.", {}),
    FaultName.MALFORMED_CHUNK: FaultType(
        _S, "Begins a chunked answer, sends half of it, then something that is no chunk.", {}
    ),
    FaultName.RANDOM_THEN_CLOSE: FaultType(
        _S,
        "Sends random bytes instead of HTTP, then closes.",
        {"bytes": Parameter(256, 1, MIB), "seed": _SEED},
    ),
    FaultName.LATENCY: FaultType(
        _S,
        "Waits before the answer, the jitter more or less.",
        {"milliseconds": _MILLISECONDS, "jitter": Parameter(0, 0, 600_000), "seed": _SEED},
    ),
    FaultName.BANDWIDTH: FaultType(
        _S, "Sends the answer at so many bytes a second.", {"rate": Parameter(100, 1, 1024 * MIB)}
    ),
    FaultName.SLOW_CLOSE: FaultType(
        _S,
        "Answers, then keeps the connection open for a while before it closes it.",
        {"milliseconds": _MILLISECONDS},
    ),
    FaultName.TIMEOUT: FaultType(
        _S,
        "Never answers; closes after so long, with 0 when the caller gives up.",
        {"milliseconds": Parameter(0, 0, 600_000)},
    ),
    FaultName.TRUNCATION: FaultType(
        _S,
        "Closes after so many bytes of the body, one short of the whole at most.",
        {"bytes": Parameter(100, 0, 16 * MIB)},
    ),
    FaultName.SLICER: FaultType(
        _S,
        "Sends the whole answer in small pieces of about this size.",
        {
            "size": Parameter(64, 1, 64 * KIB),
            "variation": Parameter(0, 0, 64 * KIB),
            "milliseconds": Parameter(1, 0, 10_000),
            "seed": _SEED,
        },
    ),
    FaultName.WRONG_CONTENT_TYPE: FaultType(
        _A,
        "Says that the answer is something else than XML.",
        {"type": Parameter("text/plain", allowed=("text/plain", "application/octet-stream"))},
    ),
    FaultName.HTML: FaultType(
        _A,
        "Answers with a web page, as a login page or a proxy in between does.",
        {"status": Parameter(200, allowed=(200, 500))},
    ),
    FaultName.WRONG_CHARSET: FaultType(
        _A,
        "Names another charset than that of the bytes.",
        {"charset": Parameter("iso-8859-1", allowed=("iso-8859-1", "utf-16", "us-ascii"))},
    ),
    FaultName.UNAVAILABLE: FaultType(
        _A,
        "Answers 503 with Retry-After in so many seconds.",
        {"retry-after": Parameter(120, 0, 86_400)},
    ),
    FaultName.REDIRECT: FaultType(
        _A,
        "Sends the caller to another address.",
        {
            "status": Parameter(302, allowed=(301, 302, 303, 307, 308)),
            "location": Parameter("http://elsewhere.invalid/account"),
        },
    ),
    FaultName.GZIP_BOMB: FaultType(
        _A,
        "Answers with a small body that unpacks to so many mebibytes.",
        {"mebibytes": Parameter(60, 1, 1024)},
    ),
    FaultName.WRONG_NAMESPACE: FaultType(
        _A, "Answers with elements of another namespace than the contract's.", {}
    ),
    FaultName.TWO_BODIES: FaultType(_A, "Answers with two Body elements.", {}),
    FaultName.FAULT_WITH_200: FaultType(_A, "Answers with a Fault and HTTP status 200.", {}),
    FaultName.ANSWER_TO_ANOTHER_REQUEST: FaultType(
        _A,
        "Answers with another message id than the request's.",
        {"element": Parameter("SanomaTunniste")},
    ),
    FaultName.OTHER_FORM: FaultType(
        _A,
        "Answers with elements or `@attributes` left out, emptied or made nil.",
        {
            "form": Parameter(Form.ABSENT.value, allowed=tuple(map(str, Form))),
            "of": Parameter("SanomaTunniste"),
        },
    ),
    FaultName.UNSIGNED_ANSWER: _forged("Answers without the signature."),
    FaultName.EXPIRED_ANSWER: _forged("Answers as signed so many seconds ago.", _AGE),
    FaultName.FUTURE_ANSWER: _forged("Answers as signed so many seconds later than now.", _AGE),
    FaultName.REPLAYED_ANSWER: _forged("Answers with the bytes of the answer before."),
    FaultName.TAMPERED_ANSWER: _forged("Changes a text of the Body after it was signed."),
    FaultName.WRAPPED_ANSWER: _forged(
        "Moves the signed Body aside and puts another one in its place.", _SHAPE
    ),
    FaultName.DUPLICATE_ID: _forged("Adds an element with the id of the Body."),
    FaultName.REFUSED_ALGORITHM: _forged("Signs an MD5 digest of the Body."),
    FaultName.HMAC_TRUNCATION: _forged("Answers with an HMAC of eight bits as signature."),
    FaultName.FOREIGN_KEY: _forged("Signs with a key nobody trusts, under the signer's name."),
    FaultName.KEY_IN_MESSAGE: _forged("Signs with a key that only KeyInfo vouches for."),
    FaultName.COMMENT_INJECTION: _forged("Adds a comment and a text to a text of the Body."),
    FaultName.FORBIDDEN_TRANSFORM: _forged("Signs a transform that empties the Body."),
    FaultName.ONLY_TIMESTAMP_SIGNED: _forged("Signs the Timestamp, but not the Body."),
    FaultName.NAMESPACE_INJECTION: _forged(
        "Lets the prefix of an xsi:type stand for another namespace than was signed."
    ),
}
"""Every fault, in the order of the documentation."""

_TEXT = re.compile(r"[!-+\--~]{1,200}")
"""Printable ASCII without comma and space."""


def fault(name: str, values: Mapping[str, object] | None = None, *, where: str = "") -> Fault:
    """A fault with its parameters checked and the missing ones at their defaults.

    Args:
        name: a ``FaultName``.
        values: parameters by name; a number may be written as text.
        where: place in a file or option, for the explanation.

    Raises:
        ConfigError: there is no such fault or parameter, or a value is out of its range.
    """
    known = [str(each) for each in FaultName]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
        raise ConfigError(f"there is no fault {name[:40]!r}", where=where, todo=hint)
    found = FaultName(name)
    parameters = FAULTS[found].parameters
    given = values or {}
    for key in given:
        if key not in parameters:
            hint = f"It takes: {', '.join(parameters) or 'nothing'}."
            raise ConfigError(f"the fault {name} takes no {key[:40]!r}", where=where, todo=hint)
    filled = tuple(
        (key, _checked(name, key, each, given.get(key, each.default), where))
        for key, each in parameters.items()
    )
    return Fault(found, filled)


def _checked(name: str, key: str, parameter: Parameter, value: object, where: str) -> Value:
    found = _typed(parameter, value)
    if found is not None and _is_allowed(parameter, found):
        return found
    raise ConfigError(
        f"{key} of the fault {name} cannot be {str(value)[:40]!r}",
        where=where,
        todo=f"Give {_demanded(parameter)}.",
    )


def _typed(parameter: Parameter, value: object) -> Value | None:
    if isinstance(parameter.default, str):
        return value if isinstance(value, str) else None
    if isinstance(value, str) and re.fullmatch("[0-9]{1,12}", value, re.ASCII):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_allowed(parameter: Parameter, value: Value) -> bool:
    if parameter.allowed:
        return value in parameter.allowed
    if isinstance(value, str):
        return _TEXT.fullmatch(value) is not None
    return parameter.least <= value <= parameter.most


def _demanded(parameter: Parameter) -> str:
    if parameter.allowed:
        return f"one of {', '.join(str(each) for each in parameter.allowed)}"
    if isinstance(parameter.default, str):
        return "a text of 1 to 200 printable characters without commas and spaces"
    return f"a whole number from {parameter.least} to {parameter.most}"
