"""The one door through which XML enters; everything else works on the trees it returns.

Rules (SOAP 1.1 section 3):

* no document type declaration, hence no entities and nothing external;
* no processing instructions;
* depth, attributes and namespace declarations of an element, number of elements, length of names
  and of text are limited (``harness.limits.Limits``);
* comments are dropped and the text around them joined; nothing is recovered or guessed.

A tree is only built once the limits are known to hold. For an ordinary message that takes a
count of ``<`` and ``=``, which bounds every quantity from above; where the bound is not good enough
an exact scan decides (``harness.xml.scan``), event by event and without a tree.
"""

import threading
from functools import lru_cache

from lxml import etree

from harness.limits import Limits
from harness.xml.octets import as_utf8, has_declaration
from harness.xml.refusal import RefusalCode, Refused
from harness.xml.scan import scan, syntax_refusal


def parse(data: bytes, limits: Limits) -> etree._Element:
    """The root element of the document in ``data``.

    Raises:
        Refused: whatever is wrong with the bytes; no other exception.
    """
    text = as_utf8(data, limits)
    # Elements at most: every "<" but those of end tags.
    elements = text.count(b"<") - text.count(b"</")
    if elements > limits.max_elements or not _surely_within(text, limits):
        scan(text, limits)
    try:
        root = etree.fromstring(text, _parser())
    except etree.XMLSyntaxError as error:
        scan(text, limits)  # says it better when a limit is the cause
        raise syntax_refusal(error) from None
    if elements > limits.max_depth and _too_deep(limits.max_depth)(root):
        scan(text, limits)
        raise Refused(RefusalCode.DEPTH, detail=str(limits.max_depth))
    return root


class _Local(threading.local):
    """One parser a thread: lxml would let threads wait for a shared one."""

    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            dtd_validation=False,
            attribute_defaults=False,
            huge_tree=False,
            recover=False,
            remove_comments=True,
            remove_pis=False,
            collect_ids=False,
        )


_LOCAL = _Local()


def _parser() -> etree.XMLParser:
    return _LOCAL.parser


@lru_cache(maxsize=8)
def _too_deep(depth: int) -> etree.XPath:
    return etree.XPath("boolean(/*" + "/*" * depth + ")")


def _surely_within(text: bytes, limits: Limits) -> bool:
    """Whether a cheap upper bound already shows that every limit but two holds.

    Not looked at: depth and number of elements.

    A well-formed tag contains no ``<``, so between two of them lies at most one tag: its ``=``
    bound the attributes, its last ``>`` bounds the names. A qualified name is a namespace and a
    name, hence half the limit; an attribute takes five bytes at least, so short pieces are safe.
    """
    if (
        len(text) > limits.max_text
        or b"<!DOCTYPE" in text
        or text.count(b"<?") > has_declaration(text)
    ):
        return False
    longest = limits.max_name // 2
    short = min(longest, 5 * limits.max_attributes)
    pieces = text.split(b"<")
    return max(map(len, pieces)) <= short or not any(
        piece.count(b"=") > limits.max_attributes or piece.rfind(b">") > longest
        for piece in pieces
        if len(piece) > short
    )
