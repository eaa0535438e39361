"""How much of a contract and of the service's codes scenarios have shown together."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from harness.account.choosing import is_account
from harness.account.codes import AccountState
from harness.account.inputs import INPUTS, CodeLevel
from harness.account.outbox import OPERATION
from harness.classes import dataclass
from harness.joining.evidence import UNTOUCHED_MAX, CoverageOf, OperationCoverage, Share
from harness.suite.runner import ScenarioResult
from harness.wsdl import Contract
from harness.wsdl.coverage import Enumeration, Point, enumeration

_CUSTOMER = "HaeAsiakkaita", "HaeAsiakkaitaResult/Asiakkaat/Asiakas"


@dataclass(frozen=True, slots=True)
class Covered:
    """What a run has shown.

    Attributes:
        shares: of operations, codes, obligatory points and all points.
        operations: the points of each operation.
        codes: codes that were seen, as ``OPERATION LEVEL CODE``.
    """

    shares: tuple[Share, ...]
    operations: tuple[OperationCoverage, ...]
    codes: tuple[str, ...]


def coverage_of(
    contract: Contract, results: Iterable[ScenarioResult], listens: Contract | None = None
) -> Covered:
    """What scenarios have shown together.

    Args:
        contract: that of the run.
        results: of every scenario that was run; what failed has shown what it did until then.
        listens: that of the calls we receive, if we listen to any.
    """
    found = tuple(results)
    marks = frozenset[str]().union(*(each.marks for each in found))
    valid = frozenset[str]().union(*(each.valid for each in found))
    rejected = frozenset[str]().union(*(each.rejected for each in found))
    points, codes = enumeration(contract), codes_seen(marks)
    return Covered(
        shares=(
            _share(CoverageOf.CODES, codes, known_codes(contract, listens)),
            _share(CoverageOf.OBLIGATORY, valid, points.obligatory),
            _share(CoverageOf.OPERATIONS, operations_seen(marks), frozenset(contract.operations)),
            Share(CoverageOf.POINTS, len(valid & points.ids), len(points.ids)),
        ),
        operations=tuple(_of_operations(contract, points, valid, rejected)),
        codes=tuple(sorted(codes)),
    )


def codes_seen(marks: Iterable[str]) -> frozenset[str]:
    """The codes among marks, as ``OPERATION LEVEL CODE``; a level is the name of an element."""
    found = set()
    for mark in marks:
        words = mark.split(" ")
        if words[1] in {"answer", "received"} and len(words) == 4 and words[3] != "?":
            found.add(f"{words[0]} {words[2].rpartition('/')[2]} {words[3]}")
    return frozenset(found)


def operations_seen(marks: Iterable[str]) -> frozenset[str]:
    """The operations that were answered, or accepted when they have no answer."""
    words = (mark.split(" ") for mark in marks)
    return frozenset(each[0] for each in words if each[1] in {"answer", "accepted"})


def known_codes(contract: Contract, listens: Contract | None = None) -> frozenset[str]:
    """Every code that a message of the service can hold; none where nobody has told them."""
    if not is_account(contract):
        return frozenset()
    told = [each for each in INPUTS if each.operation in contract.operations]
    answers = [each for each in told if each.level is not CodeLevel.LATER]
    pushes = [each for each in told if each.level is CodeLevel.LATER and listens is not None]
    return frozenset(
        [
            *(f"{each.operation} {each.level} {each.code}" for each in answers),
            *(f"{OPERATION} {CodeLevel.TARGET} {each.code}" for each in pushes),
            *_of_customers(enumeration(contract)),
        ]
    )


def _of_customers(points: Enumeration) -> Iterator[str]:
    operation, place = _CUSTOMER
    for name, codes in (("Tila", map(int, AccountState)), ("TiliPassivoitu", iter((0, 1)))):
        if Point(operation, "response", f"{place}/{name}", "present").id in points.ids:
            yield from (f"{operation} {name} {code}" for code in codes)


def _share(what: CoverageOf, seen: AbstractSet[str], known: AbstractSet[str]) -> Share:
    return Share(what, len(seen & known), len(known), tuple(sorted(known - seen)[:UNTOUCHED_MAX]))


def _of_operations(
    contract: Contract, points: Enumeration, valid: AbstractSet[str], rejected: AbstractSet[str]
) -> Iterator[OperationCoverage]:
    for name in sorted(contract.operations):
        own = [point for point in points.points if point.operation == name]
        yield OperationCoverage(
            name,
            len(own),
            sum(point.id in valid for point in own),
            sum(point.id in rejected for point in own),
            _untouched([p for p in own if p.id not in valid | rejected], points.obligatory),
        )


def _untouched(points: Sequence[Point], obligatory: AbstractSet[str]) -> tuple[str, ...]:
    """Obligatory things first, then whole elements, then the rest; each in contract order."""
    ordered = sorted(points, key=lambda point: (point.id not in obligatory, _weight(point)))
    names = (point.id.removeprefix(f"{point.operation}/") for point in ordered)
    return tuple(list(names)[:UNTOUCHED_MAX])


def _weight(point: Point) -> int:
    if point.aspect in {"present", "one", "many"}:
        return 0
    return 1 if point.aspect.startswith(("value=", "choice[", "type=")) else 2
