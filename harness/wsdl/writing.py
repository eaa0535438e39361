"""Messages written as zeep writes them, and nothing else done by it.

The only module that knows zeep: from it come the types, every lexical form, and whatever is no
plain sequence (``_Shapes``). It differs from a plain zeep call in these ways:

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
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

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
from harness.wsdl.components import XSI, Direction
from harness.wsdl.operation import ENVELOPES, Operation

_PLACE: Final = "file:///pinned/schemas.xsd"
TEXT: Final = "_value_1"
"""The name of the text of a request element that has neither children nor attributes."""
_NIL: Final = f"{{{XSI}}}nil"
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
        self._ref, self._direction, self._shapes = ref, direction, _Shapes()
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
        ready = _Values(self._ref, operation.name, self._shapes).body(element.type, values)
        soap = ENVELOPES[operation.soap_version]
        envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap-env": soap})
        given = self._headers(operation, headers) if headers else []
        try:
            if given:
                header = etree.SubElement(envelope, f"{{{soap}}}Header")
                for declared, value in given:
                    self._shapes.render(header, declared, value, [declared.name])
            body = etree.SubElement(envelope, f"{{{soap}}}Body")
            self._shapes.render(body, element, ready, [element.name])
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
        values = _Values(self._ref, operation.name, self._shapes)
        return [
            (element, values.one(_Member.of(name, element), headers[name], (_TOP, name, 0)))
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


class _Member(NamedTuple):
    """An element of a plain sequence, and what is asked of it for every value."""

    key: str
    """The name by which its value is kept."""
    name: str
    tag: str
    element: Any
    required: bool
    several: bool
    """Whether it may stand more than once."""
    complex: bool
    xmlvalue: Any
    """zeep's way from a text to the text that is written, if nothing else is to be done for it."""

    @classmethod
    def of(cls, key: str, element: Any) -> "_Member":
        """Ask it once."""
        kind = element.type
        plain = type(kind).render is xsd.AnySimpleType.render
        return cls(
            key,
            element.name,
            element.qname.text,
            element,
            required=bool(element.min_occurs),
            several=element.accepts_multiple,
            complex=isinstance(kind, xsd.ComplexType),
            xmlvalue=kind.xmlvalue if plain else None,
        )


class _Shape(NamedTuple):
    """A type that is one plain sequence."""

    members: tuple[_Member, ...]
    attributes: tuple[tuple[str, Any], ...]
    known: tuple[str, ...]
    """Names of both, as they may be given."""
    names: frozenset[str]


class _Shapes:
    """The types of one schema that are one plain sequence, and how a message holds them.

    Most types are, and in a large message the same few come again and again. They are written here
    as zeep would, from what was found out of each once, so that nothing is spent on fields that are
    not given. All other types, and all lexical forms, are written by zeep.
    """

    def __init__(self) -> None:
        self._known: dict[int, _Shape | None] = {}
        """By identity of the type, which lives as long as its schema."""

    def of(self, kind: Any) -> _Shape | None:
        """The shape of a complex type; ``None`` for one that zeep writes."""
        try:
            return self._known[id(kind)]
        except KeyError:
            found = self._known[id(kind)] = _shape_of(kind)
            return found

    def render(self, parent: etree._Element, element: Any, value: Any, path: list[str]) -> None:
        """Write one element that stands by itself; see ``_Values`` for its value."""
        self._render(parent, _Member.of(element.name, element), value, path)

    def _render(self, parent: etree._Element, member: _Member, value: Any, path: list[str]) -> None:
        shape = self.of(member.element.type) if member.complex else None
        if shape is None and member.xmlvalue is None:
            member.element.render(parent, value, path)
            return
        for each in value if type(value) is list else (value,):
            if each is xsd.SkipValue:
                continue
            node = etree.SubElement(parent, member.tag)
            if each is Nil:
                node.set(_NIL, "true")
            elif shape is not None:
                self._fill(node, shape, each, path)
            else:
                node.text = member.xmlvalue(each)

    def _fill(
        self, node: etree._Element, shape: _Shape, ready: Mapping[str, Any], path: list[str]
    ) -> None:
        for name, attribute in shape.attributes:
            value = ready.get(name)
            if value is not None and type(attribute) is xsd.Attribute:
                node.set(attribute.qname.text, attribute.type.xmlvalue(value))
            elif value is not None:
                attribute.render(node, value, [*path, name])
        for member in shape.members:
            value = ready.get(member.key)
            if value is None:
                continue
            if type(value) is str and member.xmlvalue is not None:  # most are
                etree.SubElement(node, member.tag).text = member.xmlvalue(value)
            else:
                self._render(node, member, value, [*path, member.key])


_Place: TypeAlias = "tuple[_Place, str, int] | tuple[()]"
"""Where a value stands: the place above, its name, its number in a list or 0."""
_TOP: Final[_Place] = ()


def _shown(place: _Place) -> str:
    steps = []
    while place:
        place, name, index = place
        steps.append(f"{name}[{index}]" if index else name)
    return "/".join(reversed(steps))


class _Values:
    """Plain data turned into what is written, one type at a time.

    A plain sequence becomes a mapping that holds what is given and nothing else, a field that may
    stand more than once a list; what else there is becomes what zeep wants.
    """

    def __init__(self, ref: str, operation: str, shapes: _Shapes) -> None:
        self.ref = ref
        self.operation = operation
        self._shapes = shapes

    def body(self, kind: Any, values: Mapping[str, object]) -> Any:
        """The content of the request element; a bare text stands under ``_value_1``."""
        if isinstance(kind, xsd.ComplexType):
            return self.members(kind, values, _TOP)
        if set(values) != {TEXT}:
            raise self._error(_TOP, "The request is one text.", f"Write it as {TEXT}: ...")
        return self._text(kind, values[TEXT], _TOP)

    def members(self, kind: Any, values: object, place: _Place) -> Any:
        """The members of a complex type that are given."""
        shape = self._shapes.of(kind)
        if shape is None:
            return self._by_zeep(kind, values, place)
        if not isinstance(values, dict | Mapping):
            raise self._error(place, "Here belongs a group of named fields.")
        if not shape.names.issuperset(values):
            self._refuse_others(shape, values, place)
        given = dict(values)
        ready: dict[str, Any] = {}
        for member in shape.members:
            if member.name in given:
                value = given.pop(member.name)
                ready[member.key] = self._member(member, value, (place, member.name, 0))
            elif member.required:
                raise self._missing((place, member.name, 0))
        for name, attribute in shape.attributes:
            value = self._attribute(name, attribute, given, place)
            if value is not NotSet:
                ready[name] = value
        return ready

    def _refuse_others(self, shape: _Shape, values: Mapping[Any, Any], place: _Place) -> None:
        """A misspelt field is told by its name, before the field that it was to be is missed."""
        for name in values:
            if str(name).removeprefix("@") not in shape.names:
                what = f"There is no field {shown_name(str(name))}."
                close = get_close_matches(str(name), shape.known, 1, 0.8)
                hint = f"Did you mean {close[0]}?" if close else f"Known are {_list(shape.known)}."
                raise self._error(place, what, hint)

    def _by_zeep(self, kind: Any, values: object, place: _Place) -> Any:
        """Choices, wildcards, repeated groups and simple content: zeep's own rules."""
        if not isinstance(values, Mapping):
            return values
        try:
            ready = kind(**values)
        except (zeep.exceptions.Error, TypeError, ValueError, AttributeError):
            raise self._error(place, "The fields do not fit the type.") from None
        for name, _ in _attributes_of(kind):
            if name not in values:
                ready[name] = NotSet
        return ready

    def _member(self, member: _Member, value: object, place: _Place) -> Any:
        if not isinstance(value, str | bytes) and isinstance(value, list | Sequence):
            return self._list(member, value, place)
        if member.several and value is not None:
            return self._list(member, [value], place)
        return self.one(member, value, place)

    def _missing(self, place: _Place) -> ScenarioError:
        return self._error(place, "The field is required.")

    def _list(self, member: _Member, values: Sequence[object], place: _Place) -> list[Any]:
        least, most = member.element.min_occurs, member.element.max_occurs
        if not member.several:
            raise self._error(place, "The field stands once, so here belongs no list.")
        if isinstance(most, int) and len(values) > most:
            raise self._error(place, f"The field stands at most {counted(most, 'time')}.")
        if len(values) < least:
            raise self._error(place, f"The field stands at least {counted(least, 'time')}.")
        above, name = place[:2] if place else (_TOP, "")
        return [
            self.one(member, value, (above, name, index))
            for index, value in enumerate(values, start=1)
        ]

    def one(self, member: _Member, value: object, place: _Place) -> Any:
        """What one element holds."""
        if value is None and member.element.nillable:
            return Nil
        if value is None:
            if member.required:
                raise self._missing(place)
            return xsd.SkipValue
        if member.complex:
            return self.members(member.element.type, value, place)
        return self._text(member.element.type, value, place)

    def _attribute(self, name: str, attribute: Any, given: dict[Any, object], place: _Place) -> Any:
        for key in (f"@{attribute.name}", name, attribute.name):
            value = given.pop(key, None)
            if value is not None:
                return self._text(attribute.type, value, (place, f"@{attribute.name}", 0))
        if attribute.required:
            here = (place, f"@{attribute.name}", 0)
            raise self._error(here, "The attribute is required.")
        return NotSet

    def _text(self, kind: Any, value: object, place: _Place) -> Any:
        text = value if type(value) is str else _written(value)
        if text is None:
            raise self._error(place, "Here belongs one text, number, date or truth value.")
        if isinstance(kind, xsd.Boolean):
            if text not in _BOOLEANS:
                raise self._error(place, "Here belongs true or false.")
            return _BOOLEANS[text]
        return text

    def _error(self, place: _Place, what: str, todo: str = "") -> ScenarioError:
        where = "/".join(step for step in (self.operation, _shown(place)) if step)
        return ScenarioError(what, where=f"{self.ref}: {where}", todo=todo)


def _shape_of(kind: Any) -> _Shape | None:
    members = _members_of(kind)
    if members is None:
        return None
    attributes = tuple(_attributes_of(kind))
    known = tuple(member.name for _, member in (*members, *attributes))
    found = tuple(_Member.of(name, element) for name, element in members)
    return _Shape(found, attributes, known, frozenset(known))


def _members_of(kind: Any) -> list[tuple[str, Any]] | None:
    """Names and elements of a type that is one plain sequence; ``None`` for any other type."""
    found: list[tuple[str, Any]] = []
    for _, content in kind.elements_nested:
        inside = list(_flat(content))
        if None in inside:
            return None
        found += [pair for pair in inside if pair is not None]
    return found


def _attributes_of(kind: Any) -> list[tuple[str, Any]]:
    """Names and declarations of the attributes that data can give; a wildcard names none."""
    return [(name, each) for name, each in kind.attributes if type(each) is not xsd.AnyAttribute]


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
