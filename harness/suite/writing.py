"""Scenario files that the harness writes: requests made from a contract, as YAML a person can read.

A request is written as data where the same content can be built from it again, else as a file with
the whole envelope.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import yaml

from harness.exchange.messages import Body, Request
from harness.exchange.soap import content_type
from harness.identity import suspicious_codes
from harness.limits import KIB
from harness.wsdl import Operation
from harness.wsdl.adding import ascii_letters, slug
from harness.wsdl.example import Data, Example
from harness.wsdl.mutating import Mutation, MutationName

_MOST_BYTES: Final = 256 * KIB
"""A larger request is nothing to read; another one is made."""
_MOST_DEPTH: Final = 30
"""Data nested deeper stands in a file: scenario files are limited, too."""
_DUMPER: Final[type[yaml.SafeDumper]] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Yaml = dict[str, object]

LIKELIEST: Final[Mapping[MutationName, str]] = {
    MutationName.MISSING_REQUIRED: "without {}",
    MutationName.BAD_TYPE: "with a value of the wrong type in {}",
    MutationName.ENUMERATION: "with an unknown value in {}",
    MutationName.PATTERN: "with a value of the wrong form in {}",
    MutationName.MAX_LENGTH: "with too long a text in {}",
    MutationName.TOO_MANY: "with too many of {}",
    MutationName.EXTRA_ELEMENT: "with an unknown element in or beside {}",
    MutationName.MISSING_ATTRIBUTE: "without {}",
    MutationName.ELEMENT_IN_TEXT: "with an element in the text of {}",
    MutationName.UNKNOWN_ATTRIBUTE: "with an unknown attribute of {}",
}
"""Mistakes that are made, the likeliest first, in words; any other comes after them."""


def yaml_of(content: Mapping[str, object], head: str) -> bytes:
    """A YAML file of this content below a line of comment."""
    plain = json.loads(json.dumps(content))  # nothing stands there twice: files have no aliases
    text = yaml.dump(plain, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=100)
    return f"# {head}\n{text}".encode()


def request_of(stem: str, made: Example) -> tuple[Yaml, dict[str, bytes]]:
    """The request of a step, as data or as a file beside, and the files it names."""
    if made.data is not None and _depth(made.data) <= _MOST_DEPTH:
        return {"request": made.data}, {}
    name = f"raw/{stem}.xml"
    return {"raw": name}, {name: made.envelope}


def request_for(operation: Operation, envelope: bytes) -> Request:
    """An envelope as it is sent to an operation."""
    kind = content_type(operation.soap_version, operation.soap_action)
    return Request(operation.name, operation.soap_action, Body(envelope), kind)


def may_be_written(envelope: bytes) -> bool:
    """No variable by accident, no code that could be a person's, and not too large to read."""
    text = envelope.decode("utf-8")
    return len(envelope) <= _MOST_BYTES and "${" not in text and not suspicious_codes(text)


def _depth(data: Data) -> int:
    if isinstance(data, dict):
        return 1 + max(map(_depth, data.values()), default=0)
    if isinstance(data, list):
        return 1 + max(map(_depth, data), default=0)
    return 0


def slugs(operations: Iterable[str]) -> dict[str, str]:
    """A name for files for each operation; operations that would share one are numbered."""
    found: dict[str, str] = {}
    for operation in operations:
        options = _numbered(_slug(operation))
        found[operation] = next(each for each in options if each not in found.values())
    return found


def _slug(operation: str) -> str:
    """``HaeTilaTieto`` as ``hae-tila-tieto``, in ASCII and at most 40 characters."""
    text = ascii_letters(operation)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", text)
    return slug(words)[:40].strip("-") or "operation"


def _numbered(plain: str) -> Iterator[str]:
    yield plain
    number = 2
    while True:
        yield f"{plain}-{number}"
        number += 1


def in_words(mutation: Mutation) -> str:
    """What is wrong with it, and where."""
    place = "its element" if mutation.path == "." else short(mutation.path)
    words = LIKELIEST.get(mutation.name)
    return words.format(place) if words else f"with the mistake {mutation.name} at {place}"


def short(text: str) -> str:
    """At most 120 characters: titles are for people."""
    return text if len(text) <= 120 else f"{text[:117]}..."
