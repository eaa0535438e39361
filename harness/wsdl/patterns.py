r"""Regular expressions of XML Schema (part 2, appendix F): matching, and writing texts.

An expression becomes a small tree; texts are made from it with the wanted length, so nothing is
tried and thrown away. Matching walks sets of positions and never backtracks. Categories
(``\p{L}``) are known for the Basic Multilingual Plane.
"""

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final, TypeAlias

from harness.classes import dataclass
from harness.errors import ContractError

Pick: TypeAlias = Callable[[int], int]
"""Chooses one of ``n`` things: 0 is the simplest."""

Ranges: TypeAlias = tuple[tuple[int, int], ...]

_LAST: Final = 0x10FFFF
_PLANE: Final = 0x10000
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PLAIN: Final = frozenset("\\|.-^?*+{}()[]")
_SPACE: Final = ((0x9, 0xA), (0xD, 0xD), (0x20, 0x20))
_INITIAL: Final = (
    *((0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6)),
    *((0xF8, 0x2FF), (0x370, 0x37D), (0x37F, 0x1FFF)),
)
_NAME: Final = ((0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F))
_BLOCKS: Final = {
    "BasicLatin": (0, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "Greek": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
}
# Characters a text is made of, the plainest first; only what XML 1.0 allows.
_TASTE: Final = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    " -_.,:;/+@!#$%&'()*<=>?[\\]^`{|}~\"\t\nåäöÅÄÖéüßñøæŠšŽž€"
)


@dataclass(frozen=True, slots=True)
class _Chars:
    ranges: Ranges

    def holds(self, character: str) -> bool:
        code = ord(character)
        return any(low <= code <= high for low, high in self.ranges)


@dataclass(frozen=True, slots=True)
class _Seq:
    items: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Alt:
    branches: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Repeat:
    item: "_Node"
    minimum: int
    maximum: int | None


_Node: TypeAlias = _Chars | _Seq | _Alt | _Repeat


@lru_cache(maxsize=512)
def compiled(pattern: str) -> _Node:
    """The tree of an expression.

    Raises:
        ContractError: it uses a block or construct that is not known here.
    """
    return _Parser(pattern).whole()


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches."""
    return len(text) in _ends(compiled(pattern), text, frozenset({0}))


def text_for(pattern: str, pick: Pick, minimum: int = 0, maximum: int | None = None) -> str | None:
    """A text that matches and has a length within the limits; ``None`` when there is none."""
    node = compiled(pattern)
    ceiling = maximum if maximum is not None else max(minimum, _shortest(node)) + 8
    if ceiling > _MOST:
        return None
    lengths = sorted(each for each in _lengths(node, ceiling) if each >= minimum)
    return _written(node, lengths[pick(len(lengths))], pick) if lengths else None


_MOST: Final = 400
"""Texts longer than this are not made for a pattern."""


def _ends(node: _Node, text: str, starts: frozenset[int]) -> frozenset[int]:
    """Positions at which a match can end that begins at one of ``starts``."""
    if isinstance(node, _Chars):
        return frozenset(at + 1 for at in starts if at < len(text) and node.holds(text[at]))
    if isinstance(node, _Seq):
        for item in node.items:
            starts = _ends(item, text, starts)
        return starts
    if isinstance(node, _Alt):
        return frozenset().union(*(_ends(branch, text, starts) for branch in node.branches))
    return _repeated(node, text, starts)


def _repeated(node: _Repeat, text: str, starts: frozenset[int]) -> frozenset[int]:
    for _ in range(node.minimum):
        starts = _ends(node.item, text, starts)
    found, edge, count = starts, starts, node.minimum
    while edge and (node.maximum is None or count < node.maximum):
        edge = _ends(node.item, text, edge) - found
        found |= edge
        count += 1
    return found


@cache
def _shortest(node: _Node) -> int:
    if isinstance(node, _Chars):
        return 1
    if isinstance(node, _Seq):
        return sum(_shortest(item) for item in node.items)
    if isinstance(node, _Alt):
        return min(_shortest(branch) for branch in node.branches)
    return node.minimum * _shortest(node.item)


@lru_cache(maxsize=4096)
def _lengths(node: _Node, ceiling: int) -> frozenset[int]:
    """Lengths, up to the ceiling, that a match can have."""
    if isinstance(node, _Chars):
        return frozenset({1} if node.ranges and ceiling else ())
    if isinstance(node, _Alt):
        return frozenset().union(*(_lengths(branch, ceiling) for branch in node.branches))
    if isinstance(node, _Seq):
        return _sums([_lengths(item, ceiling) for item in node.items], ceiling)
    return _repeat_lengths(node, ceiling)


def _repeat_lengths(node: _Repeat, ceiling: int) -> frozenset[int]:
    item = _lengths(node.item, ceiling)
    found = _sums([item] * min(node.minimum, ceiling + 1), ceiling)
    edge, count = found, node.minimum
    while edge and (node.maximum is None or count < node.maximum):
        edge = _sums([edge, item], ceiling) - found
        found |= edge
        count += 1
    return found


def _sums(sets: list[frozenset[int]], ceiling: int) -> frozenset[int]:
    found = frozenset({0})
    for each in sets:
        found = frozenset(a + b for a in found for b in each if a + b <= ceiling)
    return found


def _written(node: _Node, length: int, pick: Pick) -> str:
    """A match of exactly this length, which is one of its lengths."""
    if isinstance(node, _Chars):
        choices = _tasteful(node.ranges)
        return choices[pick(len(choices))]
    if isinstance(node, _Alt):
        fitting = [each for each in node.branches if length in _lengths(each, length)]
        return _written(fitting[pick(len(fitting))], length, pick)
    items = node.items if isinstance(node, _Seq) else _unrolled(node, length, pick)
    text = ""
    for index, item in enumerate(items):
        left = length - len(text)
        rest = _sums([_lengths(each, left) for each in items[index + 1 :]], left)
        fitting_lengths = sorted(n for n in _lengths(item, left) if left - n in rest)
        text += _written(item, fitting_lengths[pick(len(fitting_lengths))], pick)
    return text


def _unrolled(node: _Repeat, length: int, pick: Pick) -> tuple[_Node, ...]:
    """As many items as can have this length together."""
    item = _lengths(node.item, length)
    most = max(node.minimum, length if node.maximum is None else min(node.maximum, length))
    counts, reached = [], _sums([item] * node.minimum, length)
    for count in range(node.minimum, most + 1):
        if length in reached:
            counts.append(count)
        reached = _sums([reached, item], length)
    return (node.item,) * counts[pick(len(counts))]


@lru_cache(maxsize=512)
def _tasteful(ranges: Ranges) -> str:
    chars = _Chars(ranges)
    plain = "".join(each for each in _TASTE if chars.holds(each))
    for low, high in () if plain else ranges:
        # Nothing plain fits: the first characters that XML allows.
        allowed = (chr(code) for code in range(low, min(high, low + 2000) + 1) if _legal(code))
        plain += "".join(each for _, each in zip(range(16), allowed, strict=False))
    if not plain:
        raise ContractError("A pattern asks for characters that no XML document may hold.")
    return plain


def _legal(code: int) -> bool:
    return code in {0x9, 0xA, 0xD} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or (
        code >= _PLANE
    )  # fmt: skip


class _Parser:
    """Recursive descent over one expression, which a schema compiler has accepted."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def whole(self) -> _Node:
        node = self._branches()
        if self.at < len(self.text):
            raise self._unknown()
        return node

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise self._unknown()
        self.at += 1
        return self.text[self.at - 1]

    def _branches(self) -> _Node:
        branches = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else _Alt(tuple(branches))

    def _sequence(self) -> _Node:
        items: list[_Node] = []
        while self._peek() not in {"", "|", ")"}:
            items.append(self._quantified(self._atom()))
        return items[0] if len(items) == 1 else _Seq(tuple(items))

    def _quantified(self, atom: _Node) -> _Node:
        simple = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(self._peek())
        if simple is not None:
            self.at += 1
            return _Repeat(atom, *simple)
        if self._peek() != "{":
            return atom
        end = self.text.index("}", self.at)
        low, comma, high = self.text[self.at + 1 : end].partition(",")
        self.at = end + 1
        return _Repeat(atom, int(low), (int(high) if high else None) if comma else int(low))

    def _atom(self) -> _Node:
        character = self._next()
        if character == "(":
            node = self._branches()
            self.at += 1
            return node
        if character == "[":
            return _Chars(self._class())
        if character == ".":
            return _Chars(_without(((0xA, 0xA), (0xD, 0xD))))
        if character == "\\":
            return _Chars(self._escape())
        return _Chars(((ord(character), ord(character)),))

    def _class(self) -> Ranges:
        """The rest of ``[...]``, with subtraction: ``[a-z-[aeiou]]``."""
        negated = self._peek() == "^"
        self.at += negated
        found: list[tuple[int, int]] = []
        taken: Ranges = ()
        while self._peek() != "]":
            if self.text.startswith("-[", self.at):
                self.at += 2
                taken = self._class()
            else:
                found.extend(self._member())
        self.at += 1
        ranges = _without(tuple(found)) if negated else tuple(found)
        return _common(ranges, _without(taken)) if taken else ranges

    def _member(self) -> Ranges:
        first = self._one()
        more = self._peek() == "-" and self.text[self.at + 1 : self.at + 2] not in {"]", "["}
        if not more or len(first) != 1 or first[0][0] != first[0][1]:
            return first
        self.at += 1
        return ((first[0][0], self._one()[0][1]),)

    def _one(self) -> Ranges:
        character = self._next()
        return self._escape() if character == "\\" else ((ord(character), ord(character)),)

    def _escape(self) -> Ranges:
        letter = self._next()
        if letter in _ESCAPES or letter in _PLAIN:
            code = ord(_ESCAPES.get(letter, letter))
            return ((code, code),)
        if letter in "pP":
            end = self.text.index("}", self.at)
            name = self.text[self.at + 1 : end]
            self.at = end + 1
            ranges = self._property(name)
        else:
            ranges = self._shorthand(letter.lower())
        return _without(ranges) if letter.isupper() else ranges

    def _shorthand(self, letter: str) -> Ranges:
        if letter == "d":
            return _category("Nd")
        if letter == "w":
            return _without(_category("P") + _category("Z") + _category("C"))
        named = {"s": _SPACE, "i": _INITIAL, "c": _INITIAL + _NAME}
        if letter not in named:
            raise self._unknown()
        return named[letter]

    def _property(self, name: str) -> Ranges:
        if not name.startswith("Is"):
            return _category(name)
        block = _BLOCKS.get(name.removeprefix("Is"))
        if block is None:
            raise self._unknown()
        return (block,)

    def _unknown(self) -> ContractError:
        return ContractError(
            f"The pattern {self.text!r} has a construct that is not known, at {self.at}.",
            todo="Messages for this type cannot be generated; write them in a scenario.",
        )


@cache
def _category(name: str) -> Ranges:
    """Characters of a Unicode category or of a group of them (``L``)."""
    found: list[tuple[int, int]] = []
    for code in range(_PLANE):
        if unicodedata.category(chr(code)).startswith(name):
            if found and found[-1][1] == code - 1:
                found[-1] = (found[-1][0], code)
            else:
                found.append((code, code))
    return tuple(found)


def _without(ranges: Ranges) -> Ranges:
    """Every character that is not in these."""
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    if start <= _LAST:
        found.append((start, _LAST))
    return tuple(found)


def _common(first: Ranges, second: Ranges) -> Ranges:
    """Characters in both."""
    return tuple(
        (max(a, c), min(b, d)) for a, b in first for c, d in second if max(a, c) <= min(b, d)
    )
