"""The one door through which XML enters: bytes in, a tree or ``Refused`` out."""

from typing import TYPE_CHECKING

from harness.limits import DEFAULT, Limits
from harness.xml.refusal import RefusalCode, Refused

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["RefusalCode", "Refused", "library_versions", "parse"]


def parse(data: bytes, limits: Limits = DEFAULT) -> "etree._Element":
    """The root element of the XML document in ``data``, comments removed.

    Any byte string gives an element or ``Refused``, never another exception, in time and memory
    bounded by ``limits``. Rules: see ``harness.xml.door``.

    Raises:
        Refused: with a code, a line and no text of the document.
    """
    from harness.xml import door  # noqa: PLC0415  lxml costs 30 ms; most commands need none

    return door.parse(data, limits)


def library_versions() -> dict[str, str]:
    """Versions of the C libraries that read and judge XML, as compiled into lxml."""
    from lxml import etree  # noqa: PLC0415  lxml costs 30 ms; most commands need none

    found = {"libxml2": etree.LIBXML_VERSION, "libxslt": etree.LIBXSLT_VERSION}
    return {name: ".".join(str(part) for part in version) for name, version in found.items()}
