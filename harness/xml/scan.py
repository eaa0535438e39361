"""The exact scan: the parser's events are counted and nothing is kept.

The document is fed line by line, so that a refusal knows its line without the parser's help.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lxml import etree

from harness.limits import Limits
from harness.xml.refusal import RefusalCode, Refused

_PIECES: Final = 4096
"""Lines are joined when there are more, so that a flood of line ends costs no flood of calls."""


if TYPE_CHECKING:
    from lxml.etree import ParserTarget

    _Target = ParserTarget[None]
else:  # lxml has the protocol in its stubs only
    _Target = object


class _Counter(_Target):
    """A parser target that raises at the first broken limit."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.line = 1
        self.depth = 0
        self.elements = 0
        self.text = 0
        self.namespaces = 0

    def doctype(
        self, _name: str | None, _public: str | None = None, _system: str | None = None, /
    ) -> None:
        raise Refused(RefusalCode.DTD, self.line)

    def pi(self, _target: str, _data: str | None = None, /) -> None:
        raise Refused(RefusalCode.PROCESSING_INSTRUCTION, self.line)

    def start_ns(self, _prefix: str, uri: str, /) -> None:
        self.namespaces += 1
        self._name(uri)

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        self.depth += 1
        self.elements += 1
        self.text = 0
        self._within(RefusalCode.DEPTH, self.depth, self.limits.max_depth)
        self._within(RefusalCode.ELEMENTS, self.elements, self.limits.max_elements)
        count = len(attributes) + self.namespaces
        self.namespaces = 0
        self._within(RefusalCode.ATTRIBUTES, count, self.limits.max_attributes)
        self._name(tag)
        for name, value in attributes.items():
            self._name(name)
            self._within(RefusalCode.TEXT, _octets(value), self.limits.max_text)

    def end(self, _tag: str, /) -> None:
        self.depth -= 1
        self.text = 0

    def data(self, text: str, /) -> None:
        self.text += _octets(text)
        self._within(RefusalCode.TEXT, self.text, self.limits.max_text)

    def close(self) -> None:
        """Nothing was built, so there is nothing to hand out."""

    def comment(self, _text: str, /) -> None:
        """Comments count for nothing; the byte ceiling bounds them."""

    def end_ns(self, _prefix: str, /) -> None:
        """A namespace declaration counts where it stands."""

    def _name(self, name: str) -> None:
        self._within(RefusalCode.NAME, len(name), self.limits.max_name)

    def _within(self, code: RefusalCode, value: int, limit: int) -> None:
        if value > limit:
            raise Refused(code, self.line, str(limit))


def _octets(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def scan(text: bytes, limits: Limits) -> None:
    """Read the whole document without keeping it.

    Args:
        text: the document in UTF-8 without byte order mark.
        limits: what it may not exceed.

    Raises:
        Refused: at the first broken limit, forbidden part or syntax error.
    """
    counter = _Counter(limits)
    parser = etree.XMLParser(
        target=counter,
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        collect_ids=False,
    )
    try:
        for line, piece in _pieces(text):
            counter.line = line
            parser.feed(piece)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise syntax_refusal(error) from None


def syntax_refusal(error: etree.XMLSyntaxError) -> Refused:
    """The refusal for a syntax error; its message may quote the document and is dropped."""
    line = error.lineno or 0
    last = error.error_log.last_error
    detail = last.type_name if last is not None else ""
    return Refused(RefusalCode.NOT_WELL_FORMED, line, detail)


def _pieces(text: bytes) -> Iterator[tuple[int, bytes]]:
    at_least = len(text) // _PIECES
    line, start = 1, 0
    while start < len(text):
        end = text.find(b"\n", start + at_least) + 1 or len(text)
        yield line, text[start:end]
        line += text.count(b"\n", start, end)
        start = end
