"""Names of what a message can show at a place, and how the id of a point is written."""

from collections.abc import Iterator
from typing import Final

from harness.wsdl.components import Group, local
from harness.wsdl.sites import Part, slots

ABSENT: Final = "absent"
DEFAULT: Final = "default"
EMPTY: Final = "empty"
MANY: Final = "many"
NIL: Final = "nil"
ONE: Final = "one"
PRESENT: Final = "present"


def point_id(part: Part, path: str, aspect: str) -> str:
    """``operation/where:path#aspect``, the id of a point (``harness.wsdl.coverage``)."""
    return f"{part.operation}/{part.where}:{path}#{aspect}"


def labels(group: Group) -> Iterator[tuple[int, str]]:
    """The branches of a choice by number, each with the name of its first element."""
    for index, member in enumerate(group.members, 1):
        first = next(slots(member), None)
        yield index, local(first.name) if first is not None else "any"
