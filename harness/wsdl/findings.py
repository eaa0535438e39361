"""What the schema says against a message: values that are safe to store."""

from dataclasses import dataclass
from enum import StrEnum


class SchemaCode(StrEnum):
    """Ways to break a schema. Stored in evidence, so never renamed."""

    MISSING_ELEMENT = "missing-element"
    UNEXPECTED_ELEMENT = "unexpected-element"
    ELEMENT_ORDER = "element-order"
    UNKNOWN_MESSAGE = "unknown-message"
    """The root is no element that the schema declares."""
    TYPE = "type"
    """The text is not a value of the type."""
    FACET = "facet"
    """The text is a value of the base type, but breaks a restriction."""
    ATTRIBUTE = "attribute"
    """An attribute that is not declared, is missing, or is not allowed here."""
    TEXT = "text"
    """Text where only elements may stand, or where nothing may."""
    NIL = "nil"
    """``xsi:nil`` on an element that may not be nil, or that is not empty."""
    XSI_TYPE = "xsi-type"
    OTHER = "other"
    INTERNAL = "internal"
    """The validator gave up: nothing is known about the message."""


@dataclass(frozen=True, slots=True)
class SchemaFinding:
    """One breach of the schema.

    Attributes:
        path: local names below the validated element, ``[n]`` where a name repeats, ``@`` before
            an attribute; empty for the element itself.
        code: the kind of breach.
        expected: names, types and limits from the schema; never anything from the message.
        seen: a name or a length from the message; never a value.
    """

    path: str
    code: SchemaCode
    expected: str = ""
    seen: str = ""
