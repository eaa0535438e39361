"""Defects of the return channel: who is told what, together with what, and how often."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from harness.account.codes import TargetCode
from harness.account.delivering import Outcome, Said
from harness.account.inputs import INPUTS, CodeLevel
from harness.account.items import Course, Happened, StateChange
from harness.account.twist import Twist
from harness.canary.defect import Defect, Kind

_Telling = Callable[[Sequence[Happened]], Sequence[Sequence[Happened]]]
_Settling = Callable[[str, Course], Course]
_Change = Callable[[StateChange], StateChange]
_Taking = Callable[[Said], Said]
_ACCEPTED = Said(Outcome.ACCEPTED)


def of_telling() -> Iterator[Defect]:
    """All of them."""
    yield from _untold()
    yield from _unasked()
    yield from _taken_for_accepted()
    for name, what, key in _APART:
        yield _defect(f"apart/{name}", f"{what} are told in calls apart.", _parted(key))
    what = "Of what happened to an item meanwhile only the last is told."
    yield _defect("last-only", what, _last_only)


def _defect(name: str, what: str, told: _Telling) -> Defect:
    return Defect(f"{Kind.TOLD}/{name}", Kind.TOLD, what, twist=Twist(told=told))


def _untold() -> Iterator[Defect]:
    later = [each for each in INPUTS if each.level is CodeLevel.LATER]
    for code in sorted({each.code for each in later}):
        yield _defect(
            f"{code}", f"Nobody is told that an item has come to state {code}.", _without(code)
        )
    for each in sorted(later, key=lambda each: (each.operation, each.code)):
        yield Defect(
            f"told/{each.operation}/{each.code}",
            Kind.TOLD,
            f"Of items of {each.operation} nobody is told that they have come to {each.code}.",
            twist=Twist(course=_silenced(each.operation, each.code)),
        )


def _without(code: int) -> _Telling:
    return lambda happened: ([each for each in happened if each.change.code != code],)


def _silenced(operation: str, code: int) -> _Settling:
    def settled(by: str, course: Course) -> Course:
        if by != operation:
            return course
        return _each(course, lambda c: replace(c, told=c.told and c.code != code))

    return settled


def _each(course: Course, change: _Change) -> Course:
    return Course(tuple(map(change, course.history)), tuple(map(change, course.to_come)))


def _unasked() -> Iterator[Defect]:
    """What nobody has to be told: what an answer told already, and reading without a demand."""
    yield _defect(
        "replies",
        "That a customer has replied is told only where a receipt was demanded.",
        lambda happened: ([each for each in happened if not _is_silent_reading(each)],),
    )
    yield Defect(
        f"told/unasked/{TargetCode.READ}",
        Kind.TOLD,
        "That an item was read is told although no receipt was demanded.",
        twist=Twist(course=lambda _, course: _each(course, _asked_for)),
    )


def _is_silent_reading(happened: Happened) -> bool:
    return happened.change.code is TargetCode.READ and not happened.change.told


def _asked_for(change: StateChange) -> StateChange:
    return replace(change, told=change.told or change.code is TargetCode.READ)


def _taken_for_accepted() -> Iterator[Defect]:
    """What does not acknowledge a message: it is never sent again."""
    for outcome in Outcome:
        if outcome is not Outcome.ACCEPTED:
            yield Defect(
                f"told/once/{outcome}",
                Kind.TOLD,
                f"A message is not sent again although what came of it is: {outcome}.",
                twist=Twist(said=_taking(outcome)),
            )


def _taking(outcome: Outcome) -> _Taking:
    return lambda said: _ACCEPTED if said.outcome is outcome else said


def _parted(key: Callable[[Happened], str]) -> _Telling:
    def told(happened: Sequence[Happened]) -> Sequence[Sequence[Happened]]:
        keys = sorted({key(each) for each in happened})
        return [[each for each in happened if key(each) == one] for one in keys]

    return told


_APART: tuple[tuple[str, str, Callable[[Happened], str]], ...] = (
    ("items", "Changes of several items", lambda each: each.item.own_id),
    ("states", "Changes to several states", lambda each: str(each.change.code)),
    ("customers", "Changes of persons and companies", lambda each: each.item.type),
)


def _last_only(happened: Sequence[Happened]) -> Sequence[Sequence[Happened]]:
    last = {each.item.number: each for each in happened}
    return ([each for each in happened if last[each.item.number] is each],)
