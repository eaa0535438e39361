"""A document held against its format: every problem with its line, in words for its writer."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.errors import ScenarioError
from harness.identity import suspicious_codes
from harness.suite.model import CALLS, RECEIVES
from harness.suite.reading import Document, Place, Plain

File = TypeVar("File", bound=BaseModel)


def validated(kind: type[File], document: Document) -> File:
    """A document as what it is to be.

    Raises:
        ScenarioError: it is something else; every problem is named with its line.
    """
    try:
        return kind.model_validate(document.data)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        problems.sort(key=lambda problem: problem["type"] == "missing")  # it has no line of its own
        first = document.where(place_of(problems[0]["loc"]))
        what = "; ".join(_explain(problem, document) for problem in problems[:10])
        raise ScenarioError(what, where=first) from None


def place_of(location: tuple[int | str, ...]) -> Place:
    """The place in the document; pydantic adds the names of union members to it."""
    return tuple(part for part in location if not _is_union_member(part))


def _is_union_member(part: int | str) -> bool:
    return isinstance(part, str) and (part in _UNION_MEMBERS or "[" in part)


_UNION_MEMBERS = {"bool", "int", "float", "str", "constrained-str", "Matcher", CALLS, RECEIVES}


def _explain(problem: Mapping[str, Any], document: Document) -> str:
    place = place_of(problem["loc"])
    line = document.where(place).rpartition(":")[2]
    return f"line {line}: {reason_of(problem)}"


def reason_of(problem: Mapping[str, Any]) -> str:
    """What pydantic says is wrong, in our words, with the name of the place."""
    name = ".".join(str(part) for part in place_of(problem["loc"])) or "the file"
    limits: Mapping[str, Any] = problem.get("ctx", {})
    words = _WORDS.get(problem["type"])
    if words is not None:
        return f"{name}: {words.format(**limits)}"
    return f"{name}: {str(problem['msg']).removeprefix('Value error, ')}"


_WORDS = {
    "extra_forbidden": "this key is not known",
    "missing": "is missing",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping of names to values",
    "model_type": "must be a mapping of names to values",
    "enum": "must be one of {expected}",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must look like {pattern}",
    "string_too_long": "must have {max_length} or fewer characters",
    "string_too_short": "must have {min_length} or more characters",
    "string_type": "must be text; put a number between quotation marks",
    "too_long": "must have {max_length} or fewer members",
    "too_short": "must have {min_length} or more members",
    "tuple_type": "must be a list",
}
"""What pydantic finds, in words for whoever writes YAML."""


def refuse_persons(document: Document) -> None:
    """Refuse identity codes that could be a person's; tests use the numbers 900-999 only.

    Raises:
        ScenarioError: there is one; names its line.
    """
    _refuse_persons(document, document.data, ())


def _refuse_persons(document: Document, data: Plain, place: Place) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            _refuse_persons(document, value, (*place, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            _refuse_persons(document, value, (*place, number))
    elif isinstance(data, str) and suspicious_codes(data):
        raise ScenarioError(
            "this looks like the identity code of a person",
            where=document.where(place),
            todo="Use a role such as ${role.active.id}, or an artificial code (number 900-999).",
        )
