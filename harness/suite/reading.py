"""YAML as scenario files may use it, with the line of everything that was read.

Plain data only: no tags, no anchors and aliases, no duplicate keys, no dates, and only ``true``
and ``false`` are booleans (YAML 1.1 would read ``NO`` as one and ``12:30`` as a number).
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import yaml

from harness import files
from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.limits import DEFAULT

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
Place: TypeAlias = tuple[int | str, ...]

_COMPILED: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS: Mapping[type[yaml.Node], str] = {
    yaml.ScalarNode: yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG,
    yaml.SequenceNode: yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG,
    yaml.MappingNode: yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
}


def _tag(_loader: object, kind: type[yaml.Node], _value: object, _implicit: object) -> str:
    """Guesses no types: what a plain scalar is, ``_scalar`` says."""
    return _TAGS[kind]


_LOADER: type[yaml.SafeLoader] = type("_Loader", (_COMPILED,), {"resolve": _tag})
_MAX_DEPTH = 40
_SAFE_DEPTH = 2000
"""Levels that any loader takes."""
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,8})\.[0-9]{1,9}")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "": None}
_HINTS = {
    "mapping values are not allowed": (
        "Put a text with a colon between quotation marks; or look at the indentation."
    ),
    "cannot start any token": (
        "Indent with spaces, not tabs; put a text that begins so between quotation marks."
    ),
    "did not find expected '-' indicator": "Look at the indentation, here and one line above.",
    "did not find expected key": "Look at the indentation, here and one line above.",
    "could not find expected ':'": "Is a colon missing, or the indentation of a longer text?",
    "unexpected end of stream": "A quotation mark or a bracket is not closed.",
    "did not find expected ',' or": "A bracket is not closed, or a comma is missing.",
}
"""What most often is the cause of what the YAML reader says."""
_YAML_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Document:
    """One file as plain data, and the line and column (from 1) at which each part of it begins."""

    file: Path
    data: Plain
    starts: Mapping[Place, tuple[int, int]]

    def where(self, place: Place) -> str:
        """``file:line`` of a place, or of the nearest part of the document that holds it."""
        return f"{self.file}:{self._start(place)[0]}"

    def column(self, place: Place) -> int:
        """The column of a place, or of the nearest part of the document that holds it."""
        return self._start(place)[1]

    def _start(self, place: Place) -> tuple[int, int]:
        while place and place not in self.starts:
            place = place[:-1]
        return self.starts.get(place, (1, 1))


class NotPlain(ScenarioError):
    """A file that is not the plain YAML described above, and the line and column that say so."""

    def __init__(self, what: str, file: Path, line: int, column: int, todo: str = "") -> None:
        super().__init__(what, where=f"{file}:{line}", todo=todo)
        self.line, self.column = line, column


def read(file: Path) -> Document:
    """Read one scenario or suite file.

    Raises:
        ScenarioError: it cannot be read, is too large, or is not the plain YAML described above.
    """
    text = _text(file)
    try:
        if _could_be_deep(text):
            _refuse_depth(text, file)
        root = yaml.compose(text, _LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        todo = next((hint for said, hint in _HINTS.items() if said in str(error.problem)), "")
        raise NotPlain(f"not valid YAML: {error.problem}", file, line, column, todo) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioError(f"not valid YAML: {type(error).__name__}", where=str(file)) from None
    if root is None:
        raise ScenarioError("the file is empty", where=str(file))
    reader = _Reader(file)
    data = reader.value(root, ())
    return Document(file, data, reader.starts)


def _could_be_deep(text: str) -> bool:
    """Whether so many levels may begin here that the compiled loader would run out of stack.

    A level needs a bracket, or another column; a mapping and its list may share one.
    """
    longest = max(map(len, text.split("\n")))
    return text.count("[") + text.count("{") + 2 * longest > _SAFE_DEPTH


def _refuse_depth(text: str, file: Path) -> None:
    """The same limit as of the nodes, before there are any: loading them is recursive."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH + 1:
            where = f"{file}:{event.start_mark.line + 1 if event.start_mark else 1}"
            raise ScenarioError(f"nested deeper than {_MAX_DEPTH} levels", where=where)


def _text(file: Path) -> str:
    try:
        with files.opened(file) as stream:
            size = min(os.fstat(stream.fileno()).st_size, DEFAULT.max_scenario_bytes)
            raw = stream.read(size + 1)  # asked for as much as it may be, it would take as much
            if len(raw) > size:
                raw += stream.read(DEFAULT.max_scenario_bytes - size)
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", where=str(file)) from None
    if len(raw) > DEFAULT.max_scenario_bytes:
        raise ScenarioError(f"larger than {DEFAULT.max_scenario_bytes} bytes", where=str(file))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ScenarioError("not UTF-8", where=str(file), todo="Save it as UTF-8.") from None


class _Reader:
    """Turns YAML nodes into plain data, refusing what the format does not allow."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.starts: dict[Place, tuple[int, int]] = {}
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, place: Place) -> Plain:
        self.starts[place] = _start_of(node)
        self._check(node, place)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, n)) for n, child in enumerate(node.value)]
        return _scalar(node)

    def _check(self, node: yaml.Node, place: Place) -> None:
        if len(place) > _MAX_DEPTH:
            raise self._error(node, f"nested deeper than {_MAX_DEPTH} levels")
        if not node.tag.startswith(_YAML_TAG) or node.tag.startswith(f"{_YAML_TAG}python"):
            raise self._error(node, "tags are not allowed in scenario files")
        if id(node) in self._seen:
            raise self._error(
                node, "anchors and aliases are not allowed; write this value again instead"
            )
        self._seen.add(id(node))

    def _mapping(self, node: yaml.MappingNode, place: Place) -> Plain:
        result: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be text")
            if key in result:
                raise self._error(key_node, f"the key {key!r} stands here twice")
            result[key] = self.value(value_node, (*place, key))
            self.starts[*place, key] = _start_of(key_node)
        return result

    def _error(self, node: yaml.Node, what: str) -> ScenarioError:
        return NotPlain(what, self.file, *_start_of(node))


def _start_of(node: yaml.Node) -> tuple[int, int]:
    mark = node.start_mark
    return mark.line + 1, mark.column + 1


def _scalar(node: yaml.Node) -> bool | int | float | str | None:
    text = str(node.value)
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
