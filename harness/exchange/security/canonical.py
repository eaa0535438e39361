"""Canonical bytes of one element of a message, and digests of them.

The tree has come through the XML door: no DTD, no processing instructions, comments gone and the
text around them joined, which is what canonicalisation without comments does, too.
"""

import hashlib
import re
import threading
from base64 import b64decode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lxml import etree

from harness.errors import HarnessError

if TYPE_CHECKING:
    from lxml.etree import _Element

DEFAULT_PREFIX: Final = "#default"
"""What an InclusiveNamespaces list calls the default namespace."""
_BASE64 = re.compile(r"[A-Za-z0-9+/ \t\r\n]*={0,2}[ \t\r\n]*", re.ASCII)


class NotCanonical(HarnessError):
    """An element has no canonical form: a relative namespace name, for instance."""


_NAMES: Final = (DEFAULT_PREFIX, "ds", "ec", "wsse", "wsu")
"""Listed prefixes that no parser may have read yet: the default one, and those that we write."""


class _Known(threading.local):
    """Whether this thread's name table holds ``_NAMES``."""

    names = False


_KNOWN = _Known()


def canonical(
    element: "_Element", prefixes: Sequence[str] = (), *, exclusive: bool = True
) -> bytes:
    """Canonical form of an element where it stands, without comments.

    Args:
        element: with everything below it.
        prefixes: of the InclusiveNamespaces list; ``#default`` is the default namespace.
        exclusive: exclusive canonicalisation (W3C xml-exc-c14n), else Canonical XML 1.0.

    Raises:
        NotCanonical: the element has none.
    """
    if prefixes and not _KNOWN.names:
        _know_names()
    try:
        return etree.tostring(
            element,
            method="c14n",
            exclusive=exclusive,
            with_comments=False,
            inclusive_ns_prefixes=list(prefixes) if exclusive and prefixes else None,
        )
    except etree.LxmlError:
        raise NotCanonical(
            "The message has no canonical form.", todo="Use absolute namespace names."
        ) from None


def _know_names() -> None:
    """Make lists work: lxml passes over listed names that its name table does not hold.

    A prefix that was parsed stands there, one that was written into a tree does not. Asking a
    parser to look for elements of these names puts them there, for all trees of a thread.
    """
    parser = etree.XMLPullParser(events=("end",), tag=_NAMES)
    parser.feed(b"<a/>")
    parser.close()
    _KNOWN.names = True


def digest(data: bytes, name: str) -> bytes:
    """The digest of canonical bytes; ``name`` as ``hashlib`` calls it."""
    return hashlib.new(name, data, usedforsecurity=False).digest()


def from_base64(text: str | None) -> bytes | None:
    """The octets of a base64 text, white space allowed; ``None`` when it is none."""
    if not text or _BASE64.fullmatch(text) is None:
        return None
    try:
        return b64decode("".join(text.split()), validate=True) or None
    except ValueError:
        return None
