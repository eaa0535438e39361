"""The two versions of SOAP: what differs in envelope, media type, fault codes and HTTP status.

One table of constants; which row is used says the contract (``contract.soap_version``).
SOAP 1.1: W3C Note of 8 May 2000. SOAP 1.2: W3C Recommendation of 27 April 2007, parts 1 and 2;
its media type: RFC 3902.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from harness.classes import dataclass
from harness.exchange.message import SOAP_11, SOAP_12
from harness.exchange.messages import SOAP_11_CONTENT_TYPE

XML_TYPE: Final = "text/xml"
"""Media type of SOAP 1.1 messages (SOAP 1.1 section 6)."""
SOAP_TYPE: Final = "application/soap+xml"
"""Media type of SOAP 1.2 messages (SOAP 1.2 part 2 section 7.1.4, RFC 3902)."""


class SoapVersion(StrEnum):
    """A version of SOAP, by the number that contracts give it."""

    SOAP_11 = "1.1"
    SOAP_12 = "1.2"

    @property
    def namespace(self) -> str:
        """Namespace of the envelope."""
        return NAMES[self].namespace

    @property
    def media_type(self) -> str:
        """Media type of a message over HTTP, without parameters."""
        return NAMES[self].media_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What one version calls things, as Clark names where they are elements or attributes.

    Attributes:
        version: which one.
        namespace: of the envelope.
        media_type: over HTTP, without parameters.
        role: whom a header entry is for; ``actor`` in SOAP 1.1.
        for_us: values of ``role`` that mean the next, and so also the last, receiver.
        not_demanded: values of ``must_understand`` that demand nothing.
        booleans: local names of attributes of header entries that are ``xs:boolean``.
        words: fault codes of SOAP 1.1 to those of this version, where they differ.
        carriers: HTTP statuses that can come with a message.
        announcing: those of them that announce a fault.
    """

    version: SoapVersion
    namespace: str
    media_type: str
    role: str
    for_us: frozenset[str]
    not_demanded: frozenset[str]
    booleans: tuple[str, ...] = ()
    words: Mapping[str, str]
    carriers: frozenset[int]
    announcing: frozenset[int]
    envelope: str = field(init=False)
    header: str = field(init=False)
    body: str = field(init=False)
    fault: str = field(init=False)
    must_understand: str = field(init=False)
    encoding_style: str = field(init=False)

    def __post_init__(self) -> None:
        for name, local in _LOCAL.items():
            object.__setattr__(self, name, f"{{{self.namespace}}}{local}")


_LOCAL: Final = {
    "envelope": "Envelope",
    "header": "Header",
    "body": "Body",
    "fault": "Fault",
    "must_understand": "mustUnderstand",
    "encoding_style": "encodingStyle",
}

OLD: Final = Names(
    version=SoapVersion.SOAP_11,
    namespace=SOAP_11,
    media_type=XML_TYPE,
    role=f"{{{SOAP_11}}}actor",
    # SOAP 1.1 section 4.2.2: no actor and the actor "next" both mean the receiver.
    for_us=frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"}),
    not_demanded=frozenset({"0"}),
    words=MappingProxyType({}),
    carriers=frozenset({200, 202, 500}),
    announcing=frozenset({500}),
)
"""SOAP 1.1."""

NEW: Final = Names(
    version=SoapVersion.SOAP_12,
    namespace=SOAP_12,
    media_type=SOAP_TYPE,
    role=f"{{{SOAP_12}}}role",
    # SOAP 1.2 part 1 section 2.2: the role "none" is for nobody, any other role for others.
    for_us=frozenset({"", f"{SOAP_12}/role/next", f"{SOAP_12}/role/ultimateReceiver"}),
    not_demanded=frozenset({"0", "false"}),
    # SOAP 1.2 part 1 sections 5.2.3 and 5.2.4.
    booleans=(f"{{{SOAP_12}}}mustUnderstand", f"{{{SOAP_12}}}relay"),
    words=MappingProxyType({"Client": "Sender", "Server": "Receiver"}),
    # SOAP 1.2 part 2 section 7.5.2.2, table 20: a fault comes with 400 or 500.
    carriers=frozenset({200, 202, 400, 500}),
    announcing=frozenset({400, 500}),
)
"""SOAP 1.2."""

NAMES: Final[Mapping[str, Names]] = MappingProxyType(
    {SoapVersion.SOAP_11: OLD, SoapVersion.SOAP_12: NEW}
)
"""What each version calls things."""


@lru_cache(maxsize=256)
def content_type(version: str, action: str = "") -> str:
    """The Content-Type of a message in UTF-8.

    SOAP 1.2 names the action here, as there is no SOAPAction header (part 2 section 7.1.4); an
    answer has none.

    Raises:
        ValueError: no such version.
    """
    if SoapVersion(version) is SoapVersion.SOAP_11:
        return SOAP_11_CONTENT_TYPE
    plain = f"{SOAP_TYPE}; charset=utf-8"
    if not action:
        return plain
    # RFC 9110 section 5.6.4: a quoted string escapes its quotation marks and backslashes.
    quoted = action.replace("\\", "\\\\").replace('"', '\\"')
    return f'{plain}; action="{quoted}"'


def media_type(content_type: str) -> str:
    """The media type of a Content-Type value, lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def fault_word(version: str, code: str) -> str:
    """What a version calls the fault code that is ``code`` in SOAP 1.1.

    ``Client`` is ``Sender`` in SOAP 1.2, ``Server`` is ``Receiver`` (part 1 section 5.4.6).

    Raises:
        ValueError: no such version.
    """
    return NAMES[SoapVersion(version)].words.get(code, code)


def fault_status(version: str, word: str) -> int:
    """The HTTP status that a fault comes with.

    SOAP 1.1 section 6.2: 500. SOAP 1.2 part 2 section 7.5.2.2, table 20: 400 for ``Sender``, else
    500.

    Args:
        version: of the fault.
        word: local name of its code, in the words of that version.

    Raises:
        ValueError: no such version.
    """
    return 400 if SoapVersion(version) is SoapVersion.SOAP_12 and word == "Sender" else 500
