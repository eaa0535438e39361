"""Paths that an expectation may name: those of a contract's answers, or of the calls it sends."""

import re
from functools import lru_cache

from harness.wsdl import Contract
from harness.wsdl.coverage import points

REQUEST, RESPONSE = "request", "response"
_NUMBER = re.compile(r"\[\d+\]")
_FREE = "any["
"""How the aspects of a wildcard begin: below it any path may stand."""


@lru_cache(maxsize=64)
def paths_of(contract: Contract, operation: str, where: str) -> frozenset[str] | None:
    """Every path without numbers, below an operation's element; ``None`` where any may stand.

    Args:
        contract: the operation's.
        operation: its name.
        where: ``REQUEST`` or ``RESPONSE``.
    """
    found = [
        each for each in points(contract) if (each.operation, each.where) == (operation, where)
    ]
    if any(each.aspect.startswith(_FREE) for each in found):
        return None
    return frozenset(_NUMBER.sub("", each.path) for each in found)


def leads_somewhere(path: str, known: frozenset[str]) -> bool:
    """Whether a message can have a path.

    Points do not follow a type into itself, so a path with a name that comes again is let through.
    """
    plain = _NUMBER.sub("", path)
    names = plain.split("/")
    return plain in known or len(set(names)) < len(names)
