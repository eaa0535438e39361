"""Messages written by zeep, and nothing else done by it.

The only module that knows zeep. It differs from a plain zeep call in these ways:

* zeep never sees the published files, nor any description: it is given the schemas of what it is
  to write, flattened (``harness.wsdl.assembling``), and a transport that can reach nothing;
* values are checked against the types here first, so that an unknown or missing field is named by
  its path, and nothing of zeep's own error texts (which quote values) is passed on;
* a default of the schema is never written for the caller: zeep's value objects would put every
  attribute's default and a required element's default into the message. Absent stays absent;
* the envelope is written here, in the SOAP version of the operation;
* it holds what the caller gave and nothing else: zeep's own ``create_message`` adds
  WS-Addressing headers with a random id wherever the description has a ``wsaw:Action``.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, NoReturn

import zeep
import zeep.exceptions
import zeep.transports
from lxml import etree
from zeep import xsd
from zeep.xsd.const import Nil, NotSet
from zeep.xsd.elements.indicators import Sequence as XsdSequence

from harness.errors import ContractError, ScenarioError
from harness.redact import shown_name
from harness.vocabulary import counted
from harness.wsdl.assembling import Assembly
from harness.wsdl.components import Direction
from harness.wsdl.operation import ENVELOPES, Operation

_PLACE: Final = "file:///pinned/schemas.xsd"
TEXT: Final = "_value_1"
"""The name of the text of a request element that has neither children nor attributes."""
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


class Writer:
    """Writes the envelopes of one contract that go one way."""

    def __init__(
        self,
        assembly: Assembly,
        operations: Mapping[str, Operation],
        ref: str,
        direction: Direction = Direction.REQUEST,
    ) -> None:
        """Let zeep read the contract.

        Raises:
            ContractError: zeep cannot read what libxml2 could.
        """
        self._ref, self._direction = ref, direction
        settings = zeep.Settings(
            strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True
        )
        used = [name for each in operations.values() for name in _elements_of(each, direction)]
        schemas = assembly.flat(used)
        try:
            schema: Any = xsd.Schema(schemas, _Nowhere(), _PLACE, settings)  # type: ignore[no-untyped-call]
            self._elements: dict[str, Any] = {name: schema.get_element(name) for name in used}
        except (
            zeep.exceptions.Error,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
            NotImplementedError,
            RecursionError,
        ) as error:
            raise ContractError(
                f"zeep cannot read the description ({type(error).__name__}), "
                f"so no {direction}s can be written.",
                where=ref,
                todo="Pin a copy that is written more simply, and say so in its contract.toml.",
            ) from None

    def write(
        self,
        operation: Operation,
        values: Mapping[str, object],
        headers: Mapping[str, object] | None = None,
    ) -> bytes:
        """The envelope in the operation's SOAP version, UTF-8 with an XML declaration.

        Raises:
            ScenarioError: a value does not fit the contract, naming its path.
        """
        element = self._elements[_body(operation, self._direction)]
        ready = _Values(self._ref, operation.name).body(element.type, values)
        soap = ENVELOPES[operation.soap_version]
        envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap-env": soap})
        given = self._headers(operation, headers) if headers else []
        try:
            if given:
                header = etree.SubElement(envelope, f"{{{soap}}}Header")
                for declared, value in given:
                    declared.render(header, value)
            body = etree.SubElement(envelope, f"{{{soap}}}Body")
            element.render(body, ready)
        except zeep.exceptions.ValidationError as error:
            path = "/".join(str(step) for step in error.path or ())
            raise self._misfit(operation, path) from None
        except (zeep.exceptions.Error, TypeError, ValueError, AttributeError, KeyError):
            raise self._misfit(operation, "") from None
        written: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
        return written

    def _headers(
        self, operation: Operation, headers: Mapping[str, object]
    ) -> list[tuple[Any, object]]:
        """The elements of the headers and what they hold, in the order of the declaration."""
        declared = {self._elements[name].name: self._elements[name] for name in operation.headers}
        for name in headers:
            if name not in declared:
                raise ScenarioError(
                    f"The operation {operation.name} has no header {shown_name(name)}.",
                    where=self._ref,
                    todo=f"It has {', '.join(declared)}." if declared else "It has none.",
                )
        values = _Values(self._ref, operation.name)
        return [
            (element, values.one(element, headers[name], name))
            for name, element in declared.items()
            if headers.get(name) is not None
        ]

    def _misfit(self, operation: Operation, path: str) -> ScenarioError:
        return ScenarioError(
            "The values cannot be written as the contract wants them.",
            where=f"{self._ref}: {path or operation.name}",
            todo="Compare their names, nesting and characters with the contract.",
        )


def _body(operation: Operation, direction: Direction) -> str:
    return operation.input if direction is Direction.REQUEST else operation.output


def _elements_of(operation: Operation, direction: Direction) -> tuple[str, ...]:
    """The elements that may have to be written: headers only of requests."""
    body = _body(operation, direction)
    headers = operation.headers if direction is Direction.REQUEST else ()
    return (body, *headers) if body else ()


class _Nowhere(zeep.transports.Transport):
    """A transport without a network and without files: it serves nothing."""

    def __init__(self) -> None:
        # Not calling the parent's: it would mount an adapter that opens local files.
        self.cache = None
        self._close_session = False  # there is none; the parent looks when it is collected

    def load(self, url: object) -> NoReturn:
        del url
        raise LookupError

    def post(self, address: object, message: object, headers: object) -> NoReturn:
        del address, message, headers
        raise ContractError("A contract is read, nothing is sent while reading it.")

    def get(self, address: object, params: object, headers: object) -> NoReturn:
        del address, params, headers
        raise ContractError("A contract is read, nothing is fetched while reading it.")


class _Values:
    """Plain data turned into what zeep wants, one type at a time."""

    def __init__(self, ref: str, operation: str) -> None:
        self.ref = ref
        self.operation = operation
        self._members: dict[int, list[tuple[str, Any]] | None] = {}
        """By identity of the type, which lives as long as its schema."""

    def body(self, kind: Any, values: Mapping[str, object]) -> Any:
        """The content of the request element; a bare text stands under ``_value_1``."""
        if isinstance(kind, xsd.ComplexType):
            return self.members(kind, values, "")
        if set(values) != {TEXT}:
            raise self._error("", "The request is one text.", f"Write it as {TEXT}: ...")
        return self._text(kind, values[TEXT], "")

    def members(self, kind: Any, values: object, path: str) -> Any:
        """The members of a complex type, absent ones said to be absent."""
        key = id(kind)
        if key not in self._members:
            self._members[key] = _members_of(kind)
        elements = self._members[key]
        if elements is None:
            return self._by_zeep(kind, values, path)
        if not isinstance(values, dict | Mapping):
            raise self._error(path, "Here belongs a group of named fields.")
        self._refuse_others(kind, elements, values, path)
        given = dict(values)
        ready: dict[str, Any] = {}
        for name, element in elements:
            inner = f"{path}/{element.name}" if path else element.name
            ready[name] = self._element(element, given, inner)
        for name, attribute in kind.attributes:
            ready[name] = self._attribute(name, attribute, given, path)
        return ready

    def _refuse_others(
        self, kind: Any, elements: Any, values: Mapping[Any, Any], path: str
    ) -> None:
        """A misspelt field is told by its name, before the field that it was to be is missed."""
        known = [member.name for _, member in (*elements, *kind.attributes)]
        for name in values:
            if str(name).removeprefix("@") not in known:
                what = f"There is no field {shown_name(str(name))}."
                close = get_close_matches(str(name), known, 1, 0.8)
                hint = f"Did you mean {close[0]}?" if close else f"Known are {_list(known)}."
                raise self._error(path, what, hint)

    def _by_zeep(self, kind: Any, values: object, path: str) -> Any:
        """Choices, wildcards, repeated groups and simple content: zeep's own rules."""
        if not isinstance(values, Mapping):
            return values
        try:
            ready = kind(**values)
        except (zeep.exceptions.Error, TypeError, ValueError, AttributeError):
            raise self._error(path, "The fields do not fit the type.") from None
        for name, _ in kind.attributes:
            if name not in values:
                ready[name] = NotSet
        return ready

    def _element(self, element: Any, given: dict[Any, object], path: str) -> Any:
        if element.name not in given:
            return self._absent(element, path)
        value = given.pop(element.name)
        if not isinstance(value, str | bytes) and isinstance(value, list | Sequence):
            return self._list(element, value, path)
        if element.accepts_multiple and value is not None:
            return self._list(element, [value], path)
        return self.one(element, value, path)

    def _absent(self, element: Any, path: str) -> Any:
        if element.min_occurs:
            raise self._error(path, "The field is required.")
        return xsd.SkipValue

    def _list(self, element: Any, values: Sequence[object], path: str) -> list[Any]:
        most = element.max_occurs
        if not element.accepts_multiple:
            raise self._error(path, "The field stands once, so here belongs no list.")
        if isinstance(most, int) and len(values) > most:
            raise self._error(path, f"The field stands at most {counted(most, 'time')}.")
        if len(values) < element.min_occurs:
            raise self._error(
                path, f"The field stands at least {counted(element.min_occurs, 'time')}."
            )
        return [
            self.one(element, value, f"{path}[{index}]")
            for index, value in enumerate(values, start=1)
        ]

    def one(self, element: Any, value: object, path: str) -> Any:
        """What one element holds."""
        if value is None and element.nillable:
            return Nil
        if value is None:
            return self._absent(element, path)
        if isinstance(element.type, xsd.ComplexType):
            return self.members(element.type, value, path)
        return self._text(element.type, value, path)

    def _attribute(self, name: str, attribute: Any, given: dict[Any, object], path: str) -> Any:
        for key in (f"@{attribute.name}", name, attribute.name):
            if given.get(key) is not None:
                return self._text(attribute.type, given.pop(key), f"{path}/@{attribute.name}")
            given.pop(key, None)
        if attribute.required:
            raise self._error(f"{path}/@{attribute.name}", "The attribute is required.")
        return NotSet

    def _text(self, kind: Any, value: object, path: str) -> Any:
        text = _written(value)
        if text is None:
            raise self._error(path, "Here belongs one text, number, date or truth value.")
        if isinstance(kind, xsd.Boolean):
            if text not in _BOOLEANS:
                raise self._error(path, "Here belongs true or false.")
            return _BOOLEANS[text]
        return text

    def _error(self, path: str, what: str, todo: str = "") -> ScenarioError:
        place = "/".join(step for step in (self.operation, path) if step)
        return ScenarioError(what, where=f"{self.ref}: {place}", todo=todo)


def _members_of(kind: Any) -> list[tuple[str, Any]] | None:
    """Names and elements of a type that is one plain sequence; ``None`` for any other type."""
    found: list[tuple[str, Any]] = []
    for _, content in kind.elements_nested:
        inside = list(_flat(content))
        if None in inside:
            return None
        found += [pair for pair in inside if pair is not None]
    return found


def _flat(content: Any) -> Iterator[tuple[str, Any] | None]:
    if type(content) is not XsdSequence or content.accepts_multiple or content.is_optional:
        yield None
        return
    for name, element in content.elements_nested:
        if type(element) is xsd.Element:
            yield name, element
        else:
            yield from _flat(element)


def _written(value: object) -> str | None:
    """The lexical form of a plain value; ``None`` when it is not a plain value."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case datetime() | date():
            return value.isoformat().replace("+00:00", "Z")
    return None


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "none"
