"""How two answers to the same request differ in what they mean. Pure: trees in, drifts out.

1. Elements of one name are compared in their order; where there are more of them on one side, so
   that as many as possible have an equal partner. Where a rule says so, partners share a key.
2. Elements of different names: their order counts unless the contract lets it be any (``xs:all``).
3. Rules excuse what changes from answer to answer; the first rule whose path fits counts. A path
   fits when it ends like that of the rule.
4. Shown are names, codes, numbers and lengths, and the variable for a value that has one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

from harness.classes import dataclass
from harness.exchange.meaning import Meant
from harness.exchange.message import local_name
from harness.redact import shown, shown_name
from harness.suite.model import ParityRule


class DriftKind(StrEnum):
    """How an answer differs."""

    OUTCOME = "outcome"
    """One was an answer, the other a fault, or nothing that could be judged as an answer."""
    FAULT = "fault"
    """Another fault code."""
    CODE = "code"
    """Another code where the suite says that codes stand."""
    VALUE = "value"
    MISSING = "missing"
    """The account has an element or attribute that the endpoint leaves out."""
    EXTRA = "extra"
    """The endpoint has one that the account leaves out."""
    ORDER = "order"
    NIL = "nil"
    TEXT = "text"
    """A free text begins otherwise."""
    TIME = "time"
    """Two times lie further apart than the rule allows."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference, safe to store.

    Attributes:
        kind: how.
        path: where, local names joined by ``/``, with an index where there are several.
        expected: what our account said.
        seen: what the endpoint said.
    """

    kind: DriftKind
    path: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What may differ.

    Attributes:
        rules: the first that fits counts.
        codes: paths, without indexes, where codes stand.
    """

    rules: tuple[ParityRule, ...] = ()
    codes: frozenset[str] = field(default_factory=frozenset)

    def of(self, path: str) -> ParityRule | None:
        """The rule for a path without indexes."""
        return next((each for each in self.rules if _ends(path, each.path)), None)


def _ends(path: str, end: str) -> bool:
    return path == end or path.endswith(f"/{end}")


def drifts(ours: Meant, theirs: Meant, rules: Rules) -> tuple[Drift, ...]:
    """Everything that differs between two answers of one operation."""
    if ours.name != theirs.name:
        wish, seen = shown_name(ours.name), shown_name(theirs.name)
        return (Drift(DriftKind.OUTCOME, "", wish, seen),)
    return tuple(_Comparing(rules).elements("", "", ours, theirs))


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Compares by rules. ``path`` is shown, ``plain`` is the same without indexes."""

    rules: Rules

    def elements(self, path: str, plain: str, ours: Meant, theirs: Meant) -> Iterator[Drift]:
        rule = self.rules.of(plain)
        if rule is not None and rule.ignore:
            return
        if ours.nil != theirs.nil:
            yield Drift(DriftKind.NIL, path, _nil(ours), _nil(theirs))
            return
        yield from self._attributes(path, plain, ours, theirs)
        yield from self._texts(path, plain, ours.text, theirs.text)
        names = dict.fromkeys(each.name for each in (*ours.children, *theirs.children))
        for name in names:
            yield from self._named(path, plain, _of(ours, name), _of(theirs, name))
        if not (ours.any_order or theirs.any_order) and _orders_differ(ours, theirs):
            yield Drift(DriftKind.ORDER, path, "the order of our account", "another order")

    def _attributes(self, path: str, plain: str, ours: Meant, theirs: Meant) -> Iterator[Drift]:
        was, now = dict(ours.attributes), dict(theirs.attributes)
        for name in sorted({*was, *now}):
            step = f"@{local_name(name)}"
            here, bare = _joined(path, step), _joined(plain, step)
            rule = self.rules.of(bare)
            if rule is not None and rule.ignore:
                continue
            if name not in now:
                yield Drift(DriftKind.MISSING, here, _shown(was[name]), "<absent>")
            elif name not in was:
                yield Drift(DriftKind.EXTRA, here, "<absent>", _shown(now[name]))
            else:
                yield from self._texts(here, bare, was[name], now[name])

    def _texts(self, path: str, plain: str, ours: str, theirs: str) -> Iterator[Drift]:
        rule = self.rules.of(plain)
        kind = DriftKind.CODE if plain in self.rules.codes else DriftKind.VALUE
        if ours == theirs or (rule is not None and rule.any):
            return
        if rule is not None and rule.starts is not None:
            kind = DriftKind.TEXT
            if theirs.startswith(ours[: rule.starts]):
                return
        if rule is not None and rule.within is not None:
            kind = DriftKind.TIME
            if _apart(ours, theirs) <= rule.within:
                return
        yield Drift(kind, path, _shown(ours), _shown(theirs))

    def _named(
        self, path: str, plain: str, ours: list[Meant], theirs: list[Meant]
    ) -> Iterator[Drift]:
        """Elements of one name below one parent."""
        step = local_name((ours or theirs)[0].name)
        bare = _joined(plain, step)
        rule = self.rules.of(bare)
        if rule is not None and rule.ignore:
            return
        several = max(len(ours), len(theirs)) > 1
        if rule is not None and rule.unordered:
            pairs = self._by_key(bare, ours, theirs, rule.unordered)
        else:
            pairs = self._aligned(bare, ours, theirs)
        for number, (one, other) in enumerate(pairs, 1):
            here = _joined(path, f"{step}[{number}]" if several else step)
            if other is None:
                assert one is not None, "a pair has at least one"
                yield Drift(DriftKind.MISSING, here, _summary(one), "<absent>")
            elif one is None:
                yield Drift(DriftKind.EXTRA, here, "<absent>", _summary(other))
            else:
                yield from self.elements(here, bare, one, other)

    def _aligned(
        self, plain: str, ours: Sequence[Meant], theirs: Sequence[Meant]
    ) -> "list[tuple[Meant | None, Meant | None]]":
        """Pairs in order; where one has more, those without a partner alone."""
        if len(ours) == len(theirs):
            return list(zip(ours, theirs, strict=True))
        pairs: list[tuple[Meant | None, Meant | None]] = []
        start = [0, 0]
        for one, other in [*self._common(plain, ours, theirs), (len(ours), len(theirs))]:
            between = zip_longest(ours[start[0] : one], theirs[start[1] : other])
            pairs += list(between)
            if one < len(ours) and other < len(theirs):
                pairs.append((ours[one], theirs[other]))
            start = [one + 1, other + 1]
        return pairs

    def _common(
        self, plain: str, ours: Sequence[Meant], theirs: Sequence[Meant]
    ) -> list[tuple[int, int]]:
        """Places of the longest sequence that both have without a drift."""
        same = [[not any(self.elements("", plain, a, b)) for b in theirs] for a in ours]
        best = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
        for i in reversed(range(len(ours))):
            for j in reversed(range(len(theirs))):
                longer = 1 + best[i + 1][j + 1] if same[i][j] else 0
                best[i][j] = max(longer, best[i + 1][j], best[i][j + 1])
        found, i, j = [], 0, 0
        while i < len(ours) and j < len(theirs):
            if same[i][j] and best[i][j] == 1 + best[i + 1][j + 1]:
                found.append((i, j))
                i, j = i + 1, j + 1
            elif best[i + 1][j] >= best[i][j + 1]:
                i += 1
            else:
                j += 1
        return found

    def _by_key(
        self, plain: str, ours: list[Meant], theirs: list[Meant], key: str
    ) -> "list[tuple[Meant | None, Meant | None]]":
        """Pairs of equal keys, of those of one key in order."""
        rest = list(theirs)
        pairs: list[tuple[Meant | None, Meant | None]] = []
        for one in ours:
            alike = [each for each in rest if _key(each, key) == _key(one, key)]
            fitting = [each for each in alike if not any(self.elements("", plain, one, each))]
            found = next(iter([*fitting, *alike]), None)
            if found is not None:
                rest = [each for each in rest if each is not found]
            pairs.append((one, found))
        return [*pairs, *((None, each) for each in rest)]


def _of(parent: Meant, name: str) -> list[Meant]:
    return [each for each in parent.children if each.name == name]


def _orders_differ(ours: Meant, theirs: Meant) -> bool:
    """Whether names that both write stand in another order."""
    mine = [each.name for each in ours.children if not each.implied]
    other = [each.name for each in theirs.children if not each.implied]
    first = [name for name in dict.fromkeys(mine) if name in other]
    return first != [name for name in dict.fromkeys(other) if name in mine]


def _key(one: Meant, path: str) -> str:
    """The text of an attribute, ``@Name``, or of the first child of a name."""
    if path.startswith("@"):
        return next((text for name, text in one.attributes if local_name(name) == path[1:]), "")
    return next((each.text for each in one.children if local_name(each.name) == path), "")


def _apart(one: str, other: str) -> float:
    """Seconds between two times; endless where one is none."""
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
        return abs((first - second).total_seconds())
    except (ValueError, TypeError):
        return float("inf")


def _joined(path: str, step: str) -> str:
    return f"{path}/{step}" if path else step


def _nil(one: Meant) -> str:
    return "nil" if one.nil else "not nil"


def _summary(one: Meant) -> str:
    if one.children:
        return f"<element, {len(one.children)} children>"
    return _shown(one.text)


def _shown(text: str) -> str:
    return text if text.startswith("${") and text.endswith("}") else shown(text)
