"""The one door through which XML enters: bytes in, a tree or ``Refused`` out."""

import re
from typing import TYPE_CHECKING, Final

from harness.limits import DEFAULT, Limits
from harness.xml.refusal import RefusalCode, Refused

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["RefusalCode", "Refused", "comments", "library_versions", "parse"]

_COMMENT: Final = re.compile(rb"<!--(.*?)-->", re.DOTALL)


def parse(data: bytes, limits: Limits = DEFAULT) -> "etree._Element":
    """The root element of the XML document in ``data``, comments removed.

    Any byte string gives an element or ``Refused``, never another exception, in time and memory
    bounded by ``limits``. Rules: see ``harness.xml.door``.

    Raises:
        Refused: with a code, a line and no text of the document.
    """
    from harness.xml import door  # noqa: PLC0415  lxml costs 30 ms; most commands need none

    return door.parse(data, limits)


def comments(data: bytes, limits: Limits = DEFAULT) -> tuple[str, ...]:
    """Texts of the comments in a document that ``parse`` has let in without them.

    What only looks like one, in a CDATA section, is given too.
    """
    if b"<!--" not in data and b"\0" not in data[:4]:  # a zero so early is that of UTF-16
        return ()
    from harness.xml.octets import as_utf8  # noqa: PLC0415  few messages have a comment

    return tuple(text.decode() for text in _COMMENT.findall(as_utf8(data, limits)))


def library_versions() -> dict[str, str]:
    """Versions of the C libraries that read and judge XML, as compiled into lxml."""
    from lxml import etree  # noqa: PLC0415  lxml costs 30 ms; most commands need none

    found = {"libxml2": etree.LIBXML_VERSION, "libxslt": etree.LIBXSLT_VERSION}
    return {name: ".".join(str(part) for part in version) for name, version in found.items()}
