"""What differs between two versions of a contract, as values.

Effects are seen by who keeps to the older version:

* in a request the older side writes, so what is *stricter* breaks: its messages may be refused;
* in an answer the older side reads, so what is *weaker* breaks: it may be sent what it does not
  expect, or miss what it relies on.

Breaking means that a message can tell: valid under one version, refused under the other. What no
validator sees but may mean something else is risky. The rest is compatible.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from harness.classes import dataclass
from harness.wsdl.components import Direction

EVERYWHERE: Final = "*"
_INDEX = re.compile(r"\[\d+\]")


class ChangeKind(StrEnum):
    """What was changed. Stored and compared, so never renamed."""

    NAMESPACE = "namespace"
    ADDRESS = "address"
    NAME_OF_SERVICE = "name-of-service"
    POLICY = "policy"
    OPERATION_ADDED = "operation-added"
    OPERATION_REMOVED = "operation-removed"
    SOAP_ACTION = "soap-action"
    BINDING = "binding"
    """Style or SOAP version of an operation."""
    MESSAGE = "message"
    """Another element stands in the body."""
    HEADER_ADDED = "header-added"
    HEADER_REMOVED = "header-removed"
    FAULT_ADDED = "fault-added"
    FAULT_REMOVED = "fault-removed"
    ELEMENT_ADDED = "element-added"
    ELEMENT_REMOVED = "element-removed"
    ELEMENT_RENAMED = "element-renamed"
    ELEMENT_MOVED = "element-moved"
    FORM = "form"
    """The same local name in another namespace, or in none."""
    OCCURRENCE = "occurrence"
    NILLABLE = "nillable"
    DEFAULT = "default"
    FIXED = "fixed"
    TYPE = "type"
    FACET_ADDED = "facet-added"
    FACET_REMOVED = "facet-removed"
    FACET_TIGHTENED = "facet-tightened"
    FACET_LOOSENED = "facet-loosened"
    FACET_CHANGED = "facet-changed"
    """A facet whose old and new value cannot be ordered: a pattern."""
    ENUMERATION = "enumeration"
    CONTENT = "content"
    """Another content model: a sequence became a choice, text became elements, mixed content."""
    WILDCARD = "wildcard"
    ATTRIBUTE_ADDED = "attribute-added"
    ATTRIBUTE_REMOVED = "attribute-removed"
    ATTRIBUTE_REQUIRED = "attribute-required"
    """An attribute became required, or optional."""


class Effect(StrEnum):
    """What a change does to who keeps to the older version."""

    BREAKING = "breaking"
    RISKY = "risky"
    COMPATIBLE = "compatible"


@dataclass(frozen=True, slots=True, order=True)
class MessagePlace:
    """Where in the messages a change is seen.

    Attributes:
        operation: its name.
        path: local names below the operation's element joined by ``/``, an attribute as
            ``@Name``; empty for the element itself. ``Header/...`` and ``Fault/...`` lie outside
            the body's element. ``*`` stands for further places that are not listed one by one,
            because a type holds itself or is used very often.
    """

    operation: str
    path: str


@dataclass(frozen=True, slots=True)
class Witness:
    """A message that shows a breaking change, checked with both validators.

    Attributes:
        operation: whose message it is.
        xml: the element of the body, nothing but artificial values.
        valid_under: reference of the version that accepts it.
        refused_under: reference of the version that refuses it.
        findings: what the refusing version says: code, path and what it expects.
        alone: undoing this one difference in the message makes the refusing version accept it, so
            that nothing but this change is the reason. When false, the versions differ in more
            than this at the same place.
    """

    operation: str
    xml: str
    valid_under: str
    refused_under: str
    findings: tuple[str, ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class NoWitness:
    """A breaking change that no message could be made for, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change, listed once however many messages share the component.

    Attributes:
        kind: what was changed.
        path: the component that says it: the name of a global type or element and the local names
            below it, such as ``Kohde_WS2/Nimeke``; the operation's name; or empty for the
            description as a whole.
        direction: which messages it is about; a component that requests and answers share is
            listed once for each. ``None`` for the description as a whole.
        was, now: in words.
        effect: breaking, risky or compatible.
        reason: one sentence.
        places: where messages show it; empty for the description as a whole.
        lines: ``file:line`` in the older and in the newer version; empty when it has no such place.
        witness: for a breaking change a message that shows it, or why there is none.
    """

    kind: ChangeKind
    path: str
    direction: Direction | None
    was: str
    now: str
    effect: Effect
    reason: str
    places: tuple[MessagePlace, ...] = ()
    lines: tuple[str, str] = ("", "")
    witness: Witness | NoWitness | None = None

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations whose messages show it, in alphabetical order."""
        return tuple(sorted({place.operation for place in self.places}))

    @property
    def paths(self) -> tuple[str, ...]:
        """Element paths that show it, in alphabetical order, each once."""
        return tuple(sorted({place.path for place in self.places}))


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes from one version to another.

    Attributes:
        older, newer: references of the two contracts.
        older_digest, newer_digest: SHA-256 of each, lower-case hex.
        changes: what is breaking first, then by path.
    """

    older: str
    newer: str
    older_digest: str
    newer_digest: str
    changes: tuple[Change, ...]

    def of(self, effect: Effect) -> tuple[Change, ...]:
        """The changes with that effect."""
        return tuple(each for each in self.changes if each.effect is effect)

    @property
    def effect(self) -> Effect:
        """The worst effect of all changes; compatible when there is none."""
        for effect in (Effect.BREAKING, Effect.RISKY):
            if self.of(effect):
                return effect
        return Effect.COMPATIBLE


# A change of these kinds is about what is absent: a message shows it that has the parent.
_SEEN_FROM_PARENT: Final = frozenset(
    {
        ChangeKind.ELEMENT_ADDED,
        ChangeKind.OCCURRENCE,
        ChangeKind.ATTRIBUTE_ADDED,
        ChangeKind.ATTRIBUTE_REQUIRED,
        ChangeKind.DEFAULT,
    }
)
_OUTSIDE: Final = ("Header/", "Fault/", EVERYWHERE)


def touching(
    comparison: Comparison, operation: str, direction: Direction, paths: Iterable[str]
) -> tuple[Change, ...]:
    """The changes because of which evidence made with these messages no longer counts.

    Compatible changes never are among them. A change that is about a missing element or attribute
    touches every message that has the parent; any other touches messages that have the element.

    Args:
        comparison: from the version the evidence was made with to the present one.
        operation: whose messages were exchanged.
        direction: request or response.
        paths: element paths the messages had, in the syntax of ``MessagePlace.path``, indexes
            allowed. An empty collection stands for a message whose element was empty.
    """
    had = {""}
    for path in paths:
        had.update(_prefixes(_INDEX.sub("", path)))
    return tuple(
        change
        for change in comparison.changes
        if change.effect is not Effect.COMPATIBLE
        if change.direction in {None, direction}
        if _seen(change, operation, had)
    )


def _prefixes(path: str) -> set[str]:
    steps = path.split("/")
    return {"/".join(steps[:count]) for count in range(1, len(steps) + 1)}


def _seen(change: Change, operation: str, had: set[str]) -> bool:
    if not change.places:
        return True
    for place in change.places:
        seen_at = place.path
        if seen_at.startswith(_OUTSIDE):
            seen_at = ""
        elif change.kind in _SEEN_FROM_PARENT:
            seen_at = seen_at.rpartition("/")[0]
        if place.operation == operation and seen_at in had:
            return True
    return False
