"""What the schema says against a message: values that are safe to store."""

from enum import StrEnum

from harness.classes import dataclass


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


class Severity(StrEnum):
    """How much a finding about a contract matters; the gravest first."""

    ERROR = "error"
    """The contract cannot be used as it is."""
    WARNING = "warning"
    """A rule is broken; other tools may read the contract differently."""
    NOTE = "note"
    """Worth knowing; nothing is wrong."""


@dataclass(frozen=True, slots=True)
class ContractFinding:
    """Something to be said of a contract.

    Attributes:
        rule: number in WS-I Basic Profile 1.1 (``R2706``); empty for a rule of our own.
        severity: how much it matters.
        where: file and line.
        what: one sentence.
        todo: one sentence; empty when there is nothing to do.
    """

    rule: str
    severity: Severity
    where: str
    what: str
    todo: str = ""

    def __str__(self) -> str:
        number = f" {self.rule}" if self.rule else ""
        return f"{self.where}: {self.severity}{number}: {self.what} {self.todo}".rstrip()
