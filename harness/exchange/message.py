"""A judged message as a room above may read it: by paths, without the tree underneath.

A path is local names joined by ``/``, relative to the element the body holds:
``LisaaKohteitaResult/Kohteet/Kohde[2]/Asiakas/@AsiakasTunnus``. A step matches every element of
that local name among the children, in document order; ``[n]`` counts among those, from 1; the
last step may be an attribute, ``@Name``. The empty path is the body's element itself. Paths are
steps to walk, never a formatted query: what a scenario writes cannot become another expression.
"""

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.redact import shown_name
from harness.wsdl import coverage
from harness.wsdl.operation import ENVELOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from harness.wsdl import Contract
    from harness.wsdl.components import Direction

SOAP_11 = ENVELOPES["1.1"]
"""Namespace of the SOAP 1.1 envelope (SOAP 1.1 section 1.2)."""
SOAP_12 = ENVELOPES["1.2"]
"""Namespace of the SOAP 1.2 envelope (SOAP 1.2 part 1 section 1.1)."""

_CODES = frozenset({
    "VersionMismatch", "MustUnderstand", "Client", "Server",
    "Sender", "Receiver", "DataEncodingUnknown",
})  # fmt: skip
"""The codes of SOAP itself (SOAP 1.1 section 4.4.1, SOAP 1.2 part 1 section 5.4.6)."""
_REASONS = {f"{{{SOAP_12}}}Fault": "Reason/Text"}
_STEP = re.compile(r"([^\W\d][\w.-]*)(?:\[([1-9]\d{0,8})\])?")
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
Content: TypeAlias = "str | list[Content] | dict[str, Content] | None"
_ATTRIBUTE = re.compile(r"@([^\W\d][\w.-]*)")


@dataclass(frozen=True, slots=True)
class _Path:
    steps: tuple[tuple[str, int], ...]
    """Element steps: the tag pattern ``{*}local`` and the index, 0 for all."""
    attribute: str


@lru_cache(maxsize=4096)
def _parsed(path: str) -> _Path:
    *parents, last = path.split("/") if path else [""]
    attribute = _ATTRIBUTE.fullmatch(last)
    names = [*parents] if attribute or not last else [*parents, last]
    found = [_STEP.fullmatch(name) for name in names]
    steps = tuple((f"{{*}}{step[1]}", int(step[2] or 0)) for step in found if step)
    if len(steps) != len(names) or (parents and not last):
        raise ScenarioError(
            f"A path of {len(path)} characters cannot be read.",
            todo="Write local names joined by '/', such as Result/Kohteet/Kohde[1]/@Tunnus.",
        )
    return _Path(steps, attribute[1] if attribute else "")


def check_path(path: str) -> None:
    """Do nothing when a path can be read.

    Raises:
        ScenarioError: it cannot.
    """
    _parsed(path)


def local_name(tag: str) -> str:
    """The local part of a Clark name ``{namespace}local``."""
    return tag.rpartition("}")[2]


def _text(element: "_Element") -> str:
    return "" if len(element) else element.text or ""


def _attribute(element: "_Element", name: str) -> str | None:
    value = element.get(name)
    if value is not None:
        return value
    suffix = "}" + name
    return next((v for key, v in element.items() if key.endswith(suffix)), None)


def _below(path: str, kind: str, tag: str) -> str:
    name = kind + shown_name(local_name(tag))
    return f"{path}/{name}" if path else name


class Part:
    """One element of a message and what lies below it."""

    __slots__ = ("_element",)

    def __init__(self, element: "_Element") -> None:
        self._element = element

    @property
    def element_name(self) -> str:
        """Clark name of the element, ``{namespace}local``."""
        return str(self._element.tag)

    def texts(self, path: str) -> list[str]:
        """The texts of every match, in document order; an element with children has none: "".

        Raises:
            ScenarioError: the path cannot be read.
        """
        parsed = _parsed(path)
        if not parsed.attribute:
            return [_text(element) for element in self._walk(parsed)]
        values = (_attribute(element, parsed.attribute) for element in self._walk(parsed))
        return [value for value in values if value is not None]

    def text(self, path: str) -> str | None:
        """The text of the first match; ``None`` when there is none.

        Raises:
            ScenarioError: the path cannot be read.
        """
        parsed = _parsed(path)
        for element in self._walk(parsed):
            if not parsed.attribute:
                return _text(element)
            value = _attribute(element, parsed.attribute)
            if value is not None:
                return value
        return None

    def count(self, path: str) -> int:
        """How many elements or attributes match.

        Raises:
            ScenarioError: the path cannot be read.
        """
        parsed = _parsed(path)
        return len(self.texts(path)) if parsed.attribute else sum(1 for _ in self._walk(parsed))

    def parts(self, path: str) -> "list[Part]":
        """Every matching element as a part of its own, for reading lists in linear time.

        Raises:
            ScenarioError: the path cannot be read or names an attribute.
        """
        parsed = _parsed(path)
        if parsed.attribute:
            raise ScenarioError("A path to an attribute has no parts.")
        return [Part(element) for element in self._walk(parsed)]

    def values(self) -> dict[str, str]:
        """Texts of the children by local name, the first of each; "" for one with children."""
        found: dict[str, str] = {}
        for child in self._element:
            name = str(child.tag).rpartition("}")[2]
            if name not in found:
                found[name] = _text(child)
        return found

    def data(self) -> Content:
        """Everything below, as a scenario says a request: ``None`` for nil, lists for repeats."""
        nil = _attribute(self._element, "nil") in {"true", "1"}
        found: dict[str, Content] = {
            local_name(str(key)): value
            for key, value in self._element.items()
            if not key.startswith(_INSTANCE)
        }
        if not len(self._element):
            text = None if nil else self._element.text or ""
            return {**found, **({"_value_1": text} if text else {})} if found else text
        for child in self._element:
            name, value = local_name(str(child.tag)), Part(child).data()
            before = found.get(name)
            if name not in found:
                found[name] = value
            elif isinstance(before, list):
                before.append(value)
            else:
                found[name] = [before, value]
        return found

    def paths(self) -> set[str]:
        """Paths of all elements and attributes below this element, without indexes."""
        return set(self.texts_by_path())

    def texts_by_path(self) -> dict[str, list[str]]:
        """What ``texts`` gives for each of ``paths``, in one walk and in no particular order."""
        found: dict[str, list[str]] = {}
        names: dict[str, str] = {}
        open_ends = [("", self._element)]
        while open_ends:
            prefix, element = open_ends.pop()
            for key, value in element.items():
                found.setdefault(f"{prefix}@{local_name(str(key))}", []).append(str(value))
            for child in element:
                tag = str(child.tag)
                name = names.get(tag) or names.setdefault(tag, local_name(tag))
                path = prefix + name
                found.setdefault(path, []).append(_text(child))
                if len(child) or child.keys():
                    open_ends.append((path + "/", child))
        return found

    def _walk(self, path: _Path) -> "Iterable[_Element]":
        if not path.steps:
            return (self._element,)
        (tag, index), *others = path.steps
        matches: Iterator[_Element] = self._element.iterchildren(tag)
        if index:
            matches = islice(matches, index - 1, index)
        for tag, index in others:
            matches = _children(matches, tag, index)
        return matches

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {shown_name(self.element_name)}>"


def _children(parents: "Iterator[_Element]", tag: str, index: int) -> "Iterator[_Element]":
    for parent in parents:
        children = parent.iterchildren(tag)
        yield from islice(children, index - 1, index) if index else children


@dataclass(frozen=True, slots=True, repr=False)
class Fault:
    """A fault (SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4). Its text is in the message.

    Attributes:
        code: Clark name of the fault code; without namespace when it is written without prefix.
        has_actor: whether ``faultactor`` is present, in SOAP 1.2 ``Role``.
        has_detail: whether ``detail`` is present, in SOAP 1.2 ``Detail``.
        subcodes: Clark names of the subcodes of SOAP 1.2, from the outermost inwards.
    """

    code: str
    has_actor: bool
    has_detail: bool
    subcodes: tuple[str, ...] = ()

    @property
    def local(self) -> str:
        """The fault code without its namespace: ``Client``, in SOAP 1.2 ``Sender`` ..."""
        return local_name(self.code)

    @property
    def word(self) -> str:
        """``local``; of a namespace that is not SOAP's, where SOAP has such a code, the whole code.

        A code without namespace is taken for SOAP's, as many stacks write it so.
        """
        space = self.code.removeprefix("{").rpartition("}")[0]
        foreign = space not in {"", SOAP_11, SOAP_12}
        return self.code if foreign and self.local.partition(".")[0] in _CODES else self.local

    def __repr__(self) -> str:
        return f"<Fault {shown_name(self.code)}>"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a message, as a referee has found.

    Attributes:
        name: CN of the certificate; empty when it has none.
        fingerprint: SHA-256 of the certificate, lower-case hex.
    """

    name: str
    fingerprint: str


class Message(Part):
    """An envelope with exactly one element in its body."""

    __slots__ = ("_comments", "_fault", "_headers", "_signer")

    def __init__(
        self,
        operation: "_Element",
        headers: tuple[str, ...],
        fault: Fault | None = None,
        signer: Signer | None = None,
        comments: tuple[str, ...] = (),
    ) -> None:
        super().__init__(operation)
        self._comments = comments
        self._headers = headers
        self._fault = fault
        self._signer = signer

    @property
    def signer(self) -> Signer | None:
        """Who signed it, if a referee has looked and found its signature right."""
        return self._signer

    def signed_by(self, signer: Signer) -> "Message":
        """The same message, and who signed it."""
        return Message(self._element, self._headers, self._fault, signer, self._comments)

    @property
    def operation_element(self) -> str:
        """Clark name of the one element in the body."""
        return self.element_name

    @property
    def header_elements(self) -> tuple[str, ...]:
        """Clark names of the header entries, in order."""
        return self._headers

    @property
    def fault(self) -> Fault | None:
        """The fault, when the body holds a well-built one."""
        return self._fault

    def shown_points(self, contract: "Contract", direction: "Direction") -> frozenset[str]:
        """Ids of the contract's points (``harness.wsdl.coverage``) that this message shows.

        Those of its body, of its declared headers and of the details of a declared fault.
        """
        found: frozenset[str] = frozenset()
        for element in self._declared():
            found |= coverage.covered(contract, element, direction)
        return found

    def refused_points(self, contract: "Contract", direction: "Direction") -> frozenset[str]:
        """Ids of the points that the contract's schema refuses in the body of this message."""
        findings = contract.validate(self._element)
        return coverage.refused(contract, self._element, direction, findings)

    def _declared(self) -> "Iterator[_Element]":
        """The elements that a contract may declare: body, headers, details."""
        yield self._element
        if self._fault is not None:
            yield from self._below("{*}detail", self._element)
            yield from self._below("{*}Detail", self._element)
        if self._headers:
            yield from self._below("{*}Header", self._element.getroottree().getroot())

    @staticmethod
    def _below(tag: str, parent: "_Element") -> "Iterator[_Element]":
        for element in parent.iterchildren(tag):
            yield from (child for child in element if isinstance(child.tag, str))

    @property
    def tree(self) -> "_Element":
        """The element in the body, for this room only."""
        return self._element

    def strings(self) -> "Iterator[tuple[str, str]]":
        """Every text of the whole envelope, with a path that is fit to be shown.

        Texts of elements, those between and behind children too, attributes, and comments. The path
        is as for ``texts``; outside of the body's element it begins with ``Envelope``.
        """
        root = self._element.getroottree().getroot()
        waiting = [("" if root is self._element else "Envelope", root)]
        while waiting:
            path, element = waiting.pop()
            yield path, element.text or ""
            for key, value in element.items():
                yield _below(path, "@", str(key)), str(value)
            for child in element:
                yield path, child.tail or ""
                own = child is self._element
                waiting.append(("" if own else _below(path, "", str(child.tag)), child))
        for comment in self._comments:
            yield "comment", comment

    def fault_string_unsafe_to_store(self) -> str:
        """The fault string: free text of the peer, which may name a person. For comparing only.

        In SOAP 1.2 the text of the first language. Empty when the message is not a fault.
        """
        if self._fault is None:
            return ""
        return self.text(_REASONS.get(self.element_name, "faultstring")) or ""
