"""Changes of the description around the messages, and the reasons that people read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lxml import etree

from harness.wsdl.changes import Change, ChangeKind, Effect, MessagePlace
from harness.wsdl.components import Components, Direction, Messages, local
from harness.wsdl.differences import Difference

if TYPE_CHECKING:
    from harness.wsdl.contract import Contract
    from harness.wsdl.operation import Operation

POLICIES: Final = (
    "{http://schemas.xmlsoap.org/ws/2004/09/policy}Policy",
    "{http://schemas.xmlsoap.org/ws/2002/12/policy}Policy",
    "{http://www.w3.org/ns/ws-policy}Policy",
)
_ID: Final = (
    "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
)
_ADDRESS: Final = "Messages go where harness.toml says, not to the address in the file."
_NAME: Final = "No message carries the name."
_POLICY: Final = (
    "A policy asks for more than the schema can (signatures, for instance); the harness does not "
    "interpret it, so people have to read it."
)
_NAMESPACE: Final = "Every element of a message has another name for who keeps to the older one."
_ACTION: Final = "The SOAPAction of a request has to be the one of the contract (BP 1.1 R2744)."
_HEADER: Final = "A message has to carry every header its description names (BP 1.1 R2738)."
_NO_HEADER: Final = (
    "A header that is no longer described may still be sent, but nobody has to read it "
    "(BP 1.1 R2739)."
)
_REASONS: Final[dict[Effect, dict[Direction, str]]] = {
    Effect.BREAKING: {
        Direction.REQUEST: "A request that was valid before may be refused now.",
        Direction.RESPONSE: "An answer may now be what the older contract does not allow.",
    },
    Effect.COMPATIBLE: {
        Direction.REQUEST: "Every request that was valid before is still valid.",
        Direction.RESPONSE: "Every answer is one that the older contract allows.",
    },
}


def reason(difference: Difference, direction: Direction) -> tuple[Effect, str]:
    """What a difference does to messages of one direction, and why in one sentence."""
    request = direction is Direction.REQUEST
    breaks = difference.stricter if request else difference.weaker
    if breaks:
        return Effect.BREAKING, _why(difference, direction)
    if difference.kind is ChangeKind.DEFAULT:
        return Effect.RISKY, "Who leaves it out or empty now means something else."
    if difference.kind in {ChangeKind.ELEMENT_REMOVED, ChangeKind.ATTRIBUTE_REMOVED}:
        return Effect.RISKY, "It was optional, but who reads it will no longer find it."
    return Effect.COMPATIBLE, _REASONS[Effect.COMPATIBLE][direction]


def _why(difference: Difference, direction: Direction) -> str:
    request = direction is Direction.REQUEST
    kind = difference.kind
    added = kind in {ChangeKind.ELEMENT_ADDED, ChangeKind.ATTRIBUTE_ADDED}
    removed = kind in {ChangeKind.ELEMENT_REMOVED, ChangeKind.ATTRIBUTE_REMOVED}
    if added and request:
        return "It is required, and requests made for the older contract do not have it."
    if added:
        return "An answer may now hold what the older contract does not know."
    if removed and request:
        return "A request that has it, as was allowed before, is refused now."
    if removed:
        return "The older contract requires it, and answers no longer have it."
    return _REASONS[Effect.BREAKING][direction]


def description_changes(older: "Contract", newer: "Contract") -> Iterator[Change]:
    """Changes of the description that belong to no operation.

    Raises:
        ContractError: one of the two cannot be read.
    """
    compatible = Effect.COMPATIBLE
    yield from _outer(ChangeKind.ADDRESS, older.address, newer.address, compatible, _ADDRESS)
    names = f"{older.service}/{older.port}", f"{newer.service}/{newer.port}"
    yield from _outer(ChangeKind.NAME_OF_SERVICE, *names, compatible, _NAME)
    if _policies(older) != _policies(newer):
        words = _policy_words(older), _policy_words(newer)
        if words[0] == words[1]:
            words = words[0], f"{words[1]}, with other content"
        yield from _outer(ChangeKind.POLICY, *words, Effect.RISKY, _POLICY)


def _outer(kind: ChangeKind, was: str, now: str, effect: Effect, why: str) -> Iterator[Change]:
    if was != now:
        yield Change(kind, "", None, was, now, effect, why)


def operation_changes(
    older: "Contract", newer: "Contract", before: Components, after: Components
) -> Iterator[Change]:
    """Changes of namespace and operations, which message is whose, headers and faults.

    Raises:
        ContractError: one of the two cannot be read.
    """
    shared = [name for name in before.operations if name in after.operations]
    if older.namespace != newer.namespace:
        places = tuple(MessagePlace(name, "") for name in shared)
        yield Change(
            ChangeKind.NAMESPACE, "", Direction.REQUEST, older.namespace, newer.namespace,
            Effect.BREAKING, _NAMESPACE, places,
        )  # fmt: skip
    yield from _come_and_gone(before, after)
    for name in shared:
        yield from _called(older.operations[name], newer.operations[name])
        for direction in Direction:
            yield from _bodies(before.operations[name], after.operations[name], direction)
            yield from _headers(before.operations[name], after.operations[name], direction)
        yield from _faults(before.operations[name], after.operations[name])


def _come_and_gone(before: Components, after: Components) -> Iterator[Change]:
    for name in before.operations:
        if name not in after.operations:
            yield Change(
                ChangeKind.OPERATION_REMOVED, name, Direction.REQUEST, "there", "absent",
                Effect.BREAKING, "Who calls it is answered with a fault.",
                (MessagePlace(name, ""),),
            )  # fmt: skip
    for name in after.operations:
        if name not in before.operations:
            yield Change(
                ChangeKind.OPERATION_ADDED, name, Direction.REQUEST, "absent", "there",
                Effect.COMPATIBLE, "Who does not call it notices nothing.",
                (MessagePlace(name, ""),),
            )  # fmt: skip


def _called(before: "Operation", after: "Operation") -> Iterator[Change]:
    if before.soap_action != after.soap_action:
        yield _about(
            before.name, ChangeKind.SOAP_ACTION, Direction.REQUEST,
            before.soap_action, after.soap_action, Effect.BREAKING, _ACTION,
        )  # fmt: skip
    words = [f"{each.style}, SOAP {each.soap_version}" for each in (before, after)]
    if words[0] != words[1]:
        yield _about(
            before.name, ChangeKind.BINDING, Direction.REQUEST, words[0], words[1],
            Effect.BREAKING, "The envelope or the body is written otherwise.",
        )  # fmt: skip


def _bodies(before: Messages, after: Messages, direction: Direction) -> Iterator[Change]:
    bodies = before.body(direction), after.body(direction)
    if local(bodies[0]) != local(bodies[1]):
        words = [local(each) or "no message" for each in bodies]
        yield _about(
            before.name, ChangeKind.MESSAGE, direction, words[0], words[1],
            Effect.BREAKING, "Another element stands in the body.",
        )  # fmt: skip


def _headers(before: Messages, after: Messages, direction: Direction) -> Iterator[Change]:
    request = direction is Direction.REQUEST
    was, now = before.headers(direction), after.headers(direction)
    for name in now:
        if name not in was:
            effect, why = (Effect.BREAKING, _HEADER) if request else (Effect.RISKY, _NO_HEADER)
            if not request:
                why = "An answer carries a header that the older contract does not describe."
            yield _about(
                before.name, ChangeKind.HEADER_ADDED, direction, "absent", local(name), effect,
                why, f"Header/{local(name)}",
            )  # fmt: skip
    for name in was:
        if name not in now:
            effect, why = (Effect.RISKY, _NO_HEADER) if request else (Effect.BREAKING, _HEADER)
            yield _about(
                before.name, ChangeKind.HEADER_REMOVED, direction, local(name), "absent", effect,
                why, f"Header/{local(name)}",
            )  # fmt: skip


def _faults(before: Messages, after: Messages) -> Iterator[Change]:
    was = {f"{each.name} ({local(each.element)})" for each in before.faults}
    now = {f"{each.name} ({local(each.element)})" for each in after.faults}
    for name in sorted(now - was):
        yield _about(
            before.name, ChangeKind.FAULT_ADDED, Direction.RESPONSE, "absent", name, Effect.RISKY,
            "A fault may now have a detail that the older contract does not describe; faults that "
            "are not described are allowed anyway (BP 1.1 R2742).",
            f"Fault/{name}",
        )  # fmt: skip
    for name in sorted(was - now):
        yield _about(
            before.name, ChangeKind.FAULT_REMOVED, Direction.RESPONSE, name, "absent",
            Effect.RISKY, "Who reads its detail may no longer find it.", f"Fault/{name}",
        )  # fmt: skip


def _about(  # noqa: PLR0913, PLR0917  the columns of one row
    operation: str,
    kind: ChangeKind,
    direction: Direction,
    was: str,
    now: str,
    effect: Effect,
    why: str,
    place: str = "",
) -> Change:
    path = "/".join(each for each in (operation, place) if each)
    return Change(
        kind, path, direction, was, now, effect, why, (MessagePlace(operation, place),)
    )  # fmt: skip


def _policies(contract: "Contract") -> list[bytes]:
    roots = contract._sources.roots.values()  # noqa: SLF001  within the room: the pinned trees
    return [etree.tostring(each, method="c14n") for root in roots for each in root.iter(*POLICIES)]


def _policy_words(contract: "Contract") -> str:
    roots = contract._sources.roots.values()  # noqa: SLF001  within the room: the pinned trees
    names = [each.get(_ID) or "without a name" for root in roots for each in root.iter(*POLICIES)]
    return f"policy {', '.join(names)}" if names else "no policy"
