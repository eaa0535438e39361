"""What WS-Security and XML Signature call things: one table of constants."""

from enum import StrEnum
from typing import Final

WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSSE_11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
"""Exclusive canonicalisation without comments; also the namespace of InclusiveNamespaces."""
INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED: Final = f"{DS}enveloped-signature"

_X509: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0"
X509_V3: Final = f"{_X509}#X509v3"
BASE64: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)
_USERNAME: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
)
PASSWORD_TEXT: Final = f"{_USERNAME}#PasswordText"
PASSWORD_DIGEST: Final = f"{_USERNAME}#PasswordDigest"

SECURITY: Final = f"{{{WSSE}}}Security"
"""Clark name of the header that this package understands."""
UNDERSTOOD: Final = frozenset({SECURITY})
"""Headers that the judge need not refuse once the referee has spoken."""
TOKEN: Final = f"{{{WSSE}}}BinarySecurityToken"
USERNAME_TOKEN: Final = f"{{{WSSE}}}UsernameToken"
CONFIRMATION: Final = f"{{{WSSE_11}}}SignatureConfirmation"
TIMESTAMP: Final = f"{{{WSU}}}Timestamp"
SIGNATURE: Final = f"{{{DS}}}Signature"
WSU_ID: Final = f"{{{WSU}}}Id"
XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"
ID_ATTRIBUTES: Final = (WSU_ID, "Id", "ID", "id", XML_ID)
"""Every attribute that some toolkit takes for an id; an id is unique over all of them."""


class Algorithm(StrEnum):
    """How the signature is made. The digest of the references has the same hash."""

    RSA_SHA1 = "rsa-sha1"
    """What the account has accepted for years; too weak for anything new."""
    RSA_SHA256 = "rsa-sha256"


class Part(StrEnum):
    """What a reference may cover: an element of the message at its one place."""

    BODY = "Body"
    TIMESTAMP = "Timestamp"
    TOKEN = "BinarySecurityToken"  # noqa: S105 - a name of an element
    USERNAME = "UsernameToken"
    CONFIRMATION = "SignatureConfirmation"


class Wrapping(StrEnum):
    """Where the signed Body can be moved to, with another one in its place (``forging``)."""

    HEADER = "header"
    """Into an element of the Header."""
    HEADER_ENTRY = "header-entry"
    """Into the Header itself."""
    SECURITY = "security"
    """Into an element of the Security header."""
    OBJECT = "object"
    """Into an Object of the Signature."""
    KEY_INFO = "key-info"
    """Into KeyInfo."""
    BODY = "body"
    """Into the new Body."""
    TIMESTAMP = "timestamp"
    """Into the Timestamp."""
    SAME_ID = "same-id"
    """Into an element of the Header; the new Body has the same id."""
    ENVELOPE = "envelope"
    """With the whole envelope into the Body of a new one."""
    AFTER_BODY = "after-body"
    """Behind the new Body."""
    BEFORE_HEADER = "before-header"
    """In front of the Header."""


SIGNATURE_METHODS: Final = {
    f"{DS}rsa-sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": "sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": "sha512",
}
"""Signature methods that can be checked, to the hash of each. None of them is an HMAC."""
DIGEST_METHODS: Final = {
    f"{DS}sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
"""Digest methods that can be checked, to the hash of each."""
WRITTEN: Final = {
    Algorithm.RSA_SHA1: (f"{DS}rsa-sha1", f"{DS}sha1", "sha1"),
    Algorithm.RSA_SHA256: (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "sha256",
    ),
}
"""Signature method, digest method and hash that each algorithm is written with."""


def ds(local: str) -> str:
    """Clark name of an element of XML Signature."""
    return f"{{{DS}}}{local}"


def wsse(local: str) -> str:
    """Clark name of an element of WS-Security."""
    return f"{{{WSSE}}}{local}"


def wsu(local: str) -> str:
    """Clark name of an element of the WS-Security utility schema."""
    return f"{{{WSU}}}{local}"
