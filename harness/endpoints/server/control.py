"""The control point: JSON in and out below ``/harness/control/``, for whoever has the token.

Without the token every request gets the same 401. A request with an Origin comes from a web page
and is refused. A body is one JSON object of at most 64 KiB (what a customer writes: 4 MiB) with
known keys only; what cannot be done is answered with 400 and a sentence that says what to do.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.account.citizens import Draft, File
from harness.endpoints.server.admission import Token, unauthorised
from harness.endpoints.server.governing import PREFIX, Governed
from harness.endpoints.server.journal import SHOWN
from harness.endpoints.server.parsing import Received
from harness.errors import ConfigError
from harness.exchange.messages import Answer, Body
from harness.exchange.soap import media_type
from harness.limits import DEFAULT, KIB

CONTROL = f"{PREFIX}/control"
_MOST = 64 * KIB
_DIGITS = 12
Data = dict[str, Any]


class Control:
    """Answers below ``CONTROL``."""

    def __init__(self, governed: Governed, token: Token) -> None:
        """Prepare.

        Args:
            governed: the server.
            token: what callers must bring.
        """
        self._governed, self._token = governed, token
        self._calls: Mapping[str, Mapping[str, Callable[[Received], Data]]] = {
            "reset": {"POST": self._reset},
            "faults": {"GET": self._faults, "POST": self._add, "DELETE": self._clear},
            "clock": {"POST": self._clock},
            "state": {"GET": self._state, "POST": self._switch},
            "journal": {"GET": self._journal},
            "outbox": {"GET": self._outbox},
            "pushes": {
                "GET": self._pushes,
                "POST": self._order,
                "DELETE": self._clear_orders,
            },
            "resend": {"POST": self._resend},
            "citizen": {"POST": self._citizen},
        }

    def __call__(self, received: Received) -> Answer:
        """Answer one request."""
        if not self._token.admits(received):
            return unauthorised()
        if received.header("origin") is not None:
            return _refused(403, "web pages may not control this server", "Leave out Origin.")
        try:
            name = urlsplit(received.target).path.removeprefix(CONTROL).strip("/")
            methods = self._calls.get(name)
            if methods is None:
                there = ", ".join(f"{CONTROL}/{each}" for each in self._calls)
                return _refused(404, "there is no such call", f"There are: {there}.")
            call = methods.get(received.method)
            if call is None:
                allowed = ("Allow", ", ".join(methods))
                return _refused(405, "this call takes another method", f"{allowed[1]}.", allowed)
            return _answer(200, call(received))
        except ConfigError as error:
            return _refused(400, error.what, error.todo)

    # Calls

    def _reset(self, received: Received) -> Data:
        _body(received, {})
        self._governed.reset()
        return self._state(received)

    def _faults(self, received: Received) -> Data:
        del received
        return {"rules": list(self._governed.overview().faults)}

    def _add(self, received: Received) -> Data:
        texts = _body(received, {"rules": list}).get("rules")
        if not texts or not all(isinstance(each, str) for each in texts):
            raise ConfigError("no rules", todo='Send {"rules": ["latency,every=3"]}.')
        self._governed.add_faults(texts)
        return self._faults(received)

    def _clear(self, received: Received) -> Data:
        _body(received, {})
        self._governed.served.rules.clear()
        return self._faults(received)

    def _clock(self, received: Received) -> Data:
        asked = _body(received, {"advance": (int, float), "to": str})
        if len(asked) != 1:
            todo = 'Send {"advance": 3600} in seconds, or {"to": "2026-11-22T12:00:00Z"}.'
            raise ConfigError("the clock needs one of advance and to", todo=todo)
        if "to" in asked:
            self._governed.advance_to(_moment(asked["to"]))
        else:
            self._governed.advance(_number(asked["advance"]))
        return {"account_time": self._governed.overview().account_time}

    def _state(self, received: Received) -> Data:
        del received
        return asdict(self._governed.overview())

    def _switch(self, received: Received) -> Data:
        known = self._governed.switches()
        asked = _body(received, dict.fromkeys(known, bool))
        if not asked:
            raise ConfigError("no switch", todo='Send {"maintenance": true}, for example.')
        self._governed.switch(asked)
        return {"switches": self._governed.switches()}

    def _journal(self, received: Received) -> Data:
        since = _asked(received, "since")
        journal = self._governed.served.journal
        found = journal.after(since)
        first = found[0].position if found else journal.last + 1
        return {
            "entries": [entry.data() for entry in found],
            "last": journal.last,
            "not_at_hand": max(0, first - since - 1),
        }

    def _outbox(self, received: Received) -> Data:
        return {"messages": self._governed.told_later(_asked(received, "after"))[:SHOWN]}

    # The return channel

    def _pushes(self, received: Received) -> Data:
        found = self._governed.deliveries(_asked(received, "after"))[:SHOWN]
        return {"rules": list(self._governed.push_rules()), "pushes": found}

    def _order(self, received: Received) -> Data:
        texts = _body(received, {"rules": list}).get("rules")
        if not texts or not all(isinstance(each, str) for each in texts):
            raise ConfigError("no rules", todo='Send {"rules": ["duplicate,once"]}.')
        self._governed.order(texts)
        return {"rules": list(self._governed.push_rules())}

    def _clear_orders(self, received: Received) -> Data:
        _body(received, {})
        self._governed.clear_orders()
        return {"rules": list(self._governed.push_rules())}

    def _resend(self, received: Received) -> Data:
        _body(received, {})
        self._governed.resend()
        return {"pushes": self._governed.deliveries()[-SHOWN:]}

    def _citizen(self, received: Received) -> Data:
        kinds: dict[str, type] = {**dict.fromkeys(_TEXTS, str), "files": list}
        asked = _body(received, kinds, most=DEFAULT.max_message_bytes)
        missing = [name for name in ("role", "title", "text") if name not in asked]
        if missing:
            todo = "Send role, title and text; others as the description says."
            raise ConfigError(f"{missing[0]} is missing", todo=todo)
        files = tuple(map(_file, asked.pop("files", [])))
        return {"message": self._governed.write(Draft(**asked, files=files))}


_TEXTS = tuple(each.name for each in fields(Draft) if each.name != "files")
_FILE = tuple(each.name for each in fields(File))


def _file(found: object) -> File:
    """An attachment: its name, its content as base64, and perhaps its media type."""
    if isinstance(found, dict) and {"name", "content"} <= found.keys() <= set(_FILE):
        texts = [value for value in found.values() if isinstance(value, str)]
        if len(texts) == len(found):
            return File(**found)
    todo = 'Write each as {"name": "a.txt", "content": BASE64, "media_type": "text/plain"}.'
    raise ConfigError("this is no attachment", todo=todo)


def _body(
    received: Received, kinds: Mapping[str, type | tuple[type, ...]], *, most: int = _MOST
) -> Data:
    """The body: an object with some of these keys, each of its kind."""
    if not received.body:
        return {}
    if len(received.body) > most:
        raise ConfigError(f"the body is larger than {most} bytes")
    if media_type(received.header("content-type") or "") != "application/json":
        raise ConfigError("the body is not JSON", todo="Send Content-Type: application/json.")
    try:
        found = json.loads(
            received.body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        todo = "Send one object, each key once."
        raise ConfigError("the body cannot be read as JSON", todo=todo) from None
    if not isinstance(found, dict):
        raise ConfigError("the body is not a JSON object", todo="Send {...}.")
    for key, value in found.items():
        _check(key, value, kinds)
    return found


def _check(key: str, value: object, kinds: Mapping[str, type | tuple[type, ...]]) -> None:
    if key not in kinds:
        there = f"It takes: {', '.join(kinds)}." if kinds else "It takes none."
        raise ConfigError(f"this call takes no {key[:40]!r}", todo=there)
    kind = kinds[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        names = [each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,))]
        raise ConfigError(f"{key} is of another type", todo=f"Give {' or '.join(names)}.")


def _once(pairs: list[tuple[str, Any]]) -> Data:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _number(value: float) -> float:
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ConfigError("this is too far", todo="Give a number of seconds.")
    return found


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.utcoffset() is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ConfigError(
        "this is not a moment with its zone", todo="Write it as 2026-11-22T12:00:00Z."
    )


def _asked(received: Received, name: str) -> int:
    """A number of the query; 0 without it."""
    query = parse_qs(urlsplit(received.target).query, keep_blank_values=True)
    unknown = [key for key in query if key != name]
    if unknown:
        raise ConfigError(f"this call takes no {unknown[0][:40]!r}", todo=f"It takes: {name}.")
    found = query.get(name, ["0"])
    text = found[0]
    if len(found) != 1 or not (text.isascii() and text.isdigit()) or len(text) > _DIGITS:
        raise ConfigError(f"{name} must be one whole number from 0", todo=f"Write ?{name}=0.")
    return int(text)


def _refused(status: int, what: str, todo: str = "", *headers: tuple[str, str]) -> Answer:
    return _answer(status, {"error": what, "todo": todo} if todo else {"error": what}, *headers)


def _answer(status: int, data: Data, *headers: tuple[str, str]) -> Answer:
    typed = (
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    body = json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    return Answer(status, (*typed, *headers), Body(body + b"\n"))
