"""Holding an answer against what a scenario expects of it.

The judge has already said whether the answer is one at all; here its values are compared. Every
difference becomes a finding whose ``seen`` shows codes, numbers and lengths only.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from harness.exchange.findings import Finding
from harness.exchange.message import Message
from harness.redact import shown, shown_name
from harness.suite.ending import NotAsExpected
from harness.suite.model import Expectation, Expected, Matcher, Scalar
from harness.suite.variables import Variables, substitute
from harness.vocabulary import Verdict, counted

_BLAMING = frozenset({"Client", "Sender", "VersionMismatch", "MustUnderstand"})
"""Fault codes that speak of the request (SOAP 1.1 section 4.4.1, SOAP 1.2 part 1 section 5.4.6)."""
_INTEGER = re.compile(r"-?\d{1,9}")
_NUMBER = re.compile(r"[-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?")


def compare(
    message: Message | None,
    expected: Expectation,
    code_path: str,
    variables: Variables,
    where: str,
    accepted: tuple[int, ...] = (),
) -> tuple[Finding, ...]:
    """Findings for everything in an answer that is not as the scenario expects.

    Args:
        message: the judged answer; nothing where a one-way operation was accepted.
        expected: what the step says.
        code_path: where the message-level code stands in this answer, if the suite has one.
        variables: values of ``${...}`` in expectations.
        where: file and line of the step, for errors.
        accepted: codes that say that the request was taken.
    """
    if expected.refused:
        return tuple(_taken(message, code_path, accepted))
    if message is None:
        return tuple(_nothing(expected, code_path))
    shown_anyway = _not_hidden(message, expected, variables, where)
    if expected.fault is not None:
        return (*_fault(message, expected.fault), *shown_anyway)
    if message.fault is not None:
        seen = shown_fault(message)
        return (Finding("unexpected-fault", "Body/Fault", "an answer", seen),)
    findings: list[Finding] = []
    if expected.code is not None:
        findings += _matches(message, code_path, _code(expected.code, variables, where), "code")
    return (*findings, *differing(message, expected.fields, variables, where), *shown_anyway)


def differing(
    message: Message, fields: Mapping[str, Expected], variables: Variables, where: str
) -> tuple[Finding, ...]:
    """Findings for every value at a path that is not as the scenario expects."""
    found: list[Finding] = []
    for path, value in fields.items():
        found += _matches(message, path, _filled(value, variables, where), "field")
    return tuple(found)


def save(paths: Mapping[str, str], message: Message | None, variables: Variables) -> None:
    """Keep values of a message for later steps.

    Raises:
        NotAsExpected: a value is missing, or there is more than one.
    """
    for name, path in paths.items():
        texts = message.texts(path) if message is not None else []
        if len(texts) != 1:
            lost = Finding("save", path, "exactly one value", f"{len(texts)} values")
            raise NotAsExpected(Verdict.FAILED, (lost,))
        variables.saved[name] = texts[0]


def _code(code: int | str, variables: Variables, where: str) -> Scalar:
    """The expected code; one that a row gives is a number like any other."""
    if isinstance(code, int):
        return code
    text = substitute(code, variables, where)
    return int(text) if _INTEGER.fullmatch(text) else text


def _not_hidden(
    message: Message, expected: Expectation, variables: Variables, where: str
) -> Iterator[Finding]:
    """Every text that must not stand in the answer and does; the finding does not repeat it."""
    hidden = [substitute(text, variables, where) for text in expected.hides]
    found = {
        (path, number)
        for path, text in (message.strings() if hidden else ())
        for number, secret in enumerate(hidden, 1)
        if secret.casefold() in text.casefold()
    }
    for path, number in sorted(found):
        yield Finding("not-hidden", path, f"nothing of hides {number}", "it stands there")


def _nothing(expected: Expectation, code_path: str) -> Iterator[Finding]:
    """A one-way operation was accepted; whoever expects more than that expects in vain."""
    seen = "accepted, no message"
    if expected.fault is not None:
        yield Finding("no-fault", "Body", f"Fault {expected.fault}", seen)
    if expected.code is not None:
        yield Finding("code", code_path, str(expected.code), seen)
    for path in expected.fields:
        yield Finding("field", path, "an answer", seen)


def _taken(message: Message | None, code_path: str, accepted: tuple[int, ...]) -> Iterator[Finding]:
    """Something but a refusal: a fault that blames somebody else, or an answer that took it."""
    wish = "a fault that blames the request" + (", or a code of refusal" if accepted else "")
    if message is None:
        yield Finding("not-refused", "Body", wish, "accepted, no message")
    elif message.fault is not None:
        # SOAP 1.1 section 4.4.1: what follows a dot only says more of the same.
        if message.fault.word.partition(".")[0] not in _BLAMING:
            yield Finding("not-refused", "Body/Fault", wish, shown_fault(message))
    else:
        codes = message.texts(code_path) if code_path and accepted else []
        if not codes or any(code in map(str, accepted) for code in codes):
            seen = f"an answer with code {_shown_all(codes)}" if codes else "an answer"
            yield Finding("not-refused", "Body", wish, seen)


def shown_fault(message: Message) -> str:
    """The fault's code, without its text: that may speak of persons."""
    return f"Fault {shown_name(message.fault.word)}" if message.fault else "an answer"


def _fault(message: Message, code: str) -> Iterator[Finding]:
    if message.fault is None:
        yield Finding("no-fault", "Body", f"Fault {code}", "an answer")
    elif message.fault.word != code:
        yield Finding("fault-code", "Body/Fault/faultcode", code, shown_name(message.fault.word))


def _filled(value: Expected, variables: Variables, where: str) -> Expected:
    def scalar(part: Scalar) -> Scalar:
        return substitute(part, variables, where) if isinstance(part, str) else part

    if isinstance(value, tuple):
        return tuple(scalar(part) for part in value)
    if not isinstance(value, Matcher):
        return scalar(value)
    changes: dict[str, object] = {}
    if value.each is not None:
        changes["each"] = scalar(value.each)
    for name, parts in (("unordered", value.unordered), ("one_of", value.one_of)):
        if parts is not None:
            changes[name] = tuple(scalar(part) for part in parts)
    if value.includes is not None:
        changes["includes"] = scalar(value.includes)
    if value.starts is not None:
        changes["starts"] = substitute(value.starts, variables, where)
    return value.model_copy(update=changes)


def _matches(message: Message, path: str, expected: Expected, code: str) -> Iterator[Finding]:
    seen = message.texts(path)
    wanted, fits = _wish(expected, seen)
    if not fits:
        yield Finding(code, path, wanted, _shown_all(seen))


def _wish(expected: Expected, seen: list[str]) -> tuple[str, bool]:
    """What is wanted, in words that hold no value of a message, and whether it is so."""
    if isinstance(expected, tuple):
        texts = [as_text(part) for part in expected]
        alike = len(seen) == len(expected) and all(map(is_same, expected, seen))
        return _shown_all(texts), alike
    if isinstance(expected, Matcher):
        return _matcher(expected, seen)
    return shown(as_text(expected)), len(seen) == 1 and is_same(expected, seen[0])


def _matcher(matcher: Matcher, seen: list[str]) -> tuple[str, bool]:
    match matcher:
        case Matcher(any=True):
            return "present", bool(seen)
        case Matcher(absent=True):
            return "absent", not seen
        case Matcher(count=int(count)):
            return counted(count, "time"), len(seen) == count
        case Matcher(unordered=tuple(parts)):
            texts = sorted(as_text(part) for part in parts)
            return f"in any order {_shown_all(texts)}", _same_in_any_order(parts, seen)
        case Matcher(includes=bool() | int() | float() | str() as part):
            return f"among them {shown(as_text(part))}", as_text(part) in seen
        case _:
            wanted, fits = _every(matcher)
            return wanted, bool(seen) and all(fits(text) for text in seen)


def _every(matcher: Matcher) -> tuple[str, Callable[[str], bool]]:
    """The matchers that every occurrence must meet."""
    if matcher.pattern is not None:
        pattern = re.compile(matcher.pattern)
        return "text of the given pattern", lambda text: pattern.fullmatch(text) is not None
    if matcher.starts is not None:
        start = matcher.starts
        return f"text with the given start ({len(start)} chars)", lambda t: t.startswith(start)
    if matcher.near is not None:
        return _near(timedelta(seconds=matcher.near), datetime.now(UTC))
    if matcher.one_of is not None:
        parts = matcher.one_of
        wanted = f"one of {_shown_all([as_text(part) for part in parts])}"
        return wanted, lambda text: any(is_same(part, text) for part in parts)
    each = matcher.each if matcher.each is not None else ""
    return f"each {shown(as_text(each))}", lambda text: is_same(each, text)


def _near(most: timedelta, now: datetime) -> tuple[str, Callable[[str], bool]]:
    """A moment without zone is taken as UTC, as the account takes it."""

    def fits(text: str) -> bool:
        try:
            read = datetime.fromisoformat(text.strip())
            moment = read.replace(tzinfo=UTC) if read.tzinfo is None else read
            return abs(moment - now) <= most
        except (ValueError, OverflowError):
            return False

    return f"a moment within {most.total_seconds():.0f} s of now", fits


def is_same(value: Scalar, text: str) -> bool:
    """Whether a text is a value of a scenario file: numbers as numbers, true also as 1."""
    plain = text.strip()
    if isinstance(value, bool):
        return plain in ({"true", "1"} if value else {"false", "0"})
    if isinstance(value, int | float) and _NUMBER.fullmatch(plain):
        return Decimal(plain) == Decimal(str(value))
    return text == as_text(value)


def _same_in_any_order(wanted: tuple[Scalar, ...], seen: list[str]) -> bool:
    left = list(seen)
    for value in wanted:
        found = next((text for text in left if is_same(value, text)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def as_text(value: Scalar) -> str:
    """A value of a scenario file as XML Schema writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _shown_all(texts: list[str]) -> str:
    if not texts:
        return "<absent>"
    some = ", ".join(shown(text) for text in texts[:5])
    return some if len(texts) <= 5 else f"{some} ... ({len(texts)} in all)"
