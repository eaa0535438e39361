"""Wrongly signed messages, made from a right one: what careless verifiers accept.

The simulated account answers with them on command, and the tests of the referee start from them.
Each shows one attack of the tables (XSpRES, Mainka et al.; "The Curse of Namespaces", Jensen et
al.; CVE-2009-0217) and is otherwise as right as it can be: where the attack is about what is
signed, the right key signs it.
"""

import copy
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import md5
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from harness import xml
from harness.exchange.security import names, throwaway
from harness.exchange.security.canonical import canonical
from harness.exchange.security.keys import Identity
from harness.exchange.security.names import Part, Wrapping, ds
from harness.exchange.security.seal import Seal
from harness.exchange.security.signing import sign
from harness.exchange.security.throwaway import Side
from harness.wsdl.components import XSI

if TYPE_CHECKING:
    from lxml.etree import _Element

OTHER: Final = "urn:harness:forged"
"""Namespace of elements that no message needs."""
_MD5: Final = "http://www.w3.org/2001/04/xmldsig-more#md5"
_XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_HASHES: Final = {"sha1": SHA1(), "sha256": SHA256()}  # noqa: S303 - what the account signs with

# What stands elsewhere than it is read


def wrapped(data: bytes, shape: Wrapping) -> bytes:
    """The signed Body moved aside, and another one where the receiver reads it.

    Args:
        data: a signed message.
        shape: where the signed Body goes.
    """
    root = xml.parse(data)
    body = root[-1]
    if shape is Wrapping.ENVELOPE:
        return _written(_around(root))
    root.append(another_body(body, body.get(names.WSU_ID) if shape is Wrapping.SAME_ID else None))
    root.remove(body)
    _MOVES[shape](root, body)
    return _written(root)


def another_body(body: "_Element", identifier: str | None) -> "_Element":
    """A Body like this one that says something else.

    Args:
        body: stays as it is.
        identifier: ``wsu:Id`` of the new one; ``None`` leaves it out.
    """
    twin = copy.deepcopy(body)
    twin.attrib.pop(names.WSU_ID, None)
    if identifier is not None:
        twin.set(names.WSU_ID, identifier)
    leaf = _leaf(twin)
    leaf.text = f"9{leaf.text or ''}"
    return twin


def wrapper(parent: "_Element", child: "_Element", tag: str = f"{{{OTHER}}}Wrapper") -> None:
    """Put an element into a new one below ``parent``."""
    etree.SubElement(parent, tag).append(child)


def _around(old: "_Element") -> "_Element":
    root = etree.Element(old.tag, nsmap=old.nsmap)
    etree.SubElement(root, old[0].tag)
    root.append(another_body(old[-1], None))
    root[-1][0].append(old)
    return root


_MOVES: Final[Mapping[Wrapping, Callable[["_Element", "_Element"], None]]] = {
    Wrapping.HEADER: lambda root, body: wrapper(root[0], body),
    Wrapping.HEADER_ENTRY: lambda root, body: root[0].append(body),
    Wrapping.SECURITY: lambda root, body: wrapper(_first(root, names.SECURITY), body),
    Wrapping.OBJECT: lambda root, body: wrapper(_first(root, names.SIGNATURE), body, ds("Object")),
    Wrapping.KEY_INFO: lambda root, body: wrapper(_first(root, ds("KeyInfo")), body),
    Wrapping.BODY: lambda root, body: wrapper(root[-1][0], body),
    Wrapping.TIMESTAMP: lambda root, body: _first(root, names.TIMESTAMP).append(body),
    Wrapping.SAME_ID: lambda root, body: wrapper(root[0], body),
    Wrapping.AFTER_BODY: lambda root, body: root.append(body),
    Wrapping.BEFORE_HEADER: lambda root, body: root.insert(0, body),
}

# What was changed after signing


def unsigned(data: bytes) -> bytes:
    """Without its Security header."""
    root = xml.parse(data)
    _remove(_first(root, names.SECURITY))
    return _written(root)


def tampered(data: bytes) -> bytes:
    """With another text in the Body than was signed."""
    root = xml.parse(data)
    body = root[-1]
    root.replace(body, another_body(body, body.get(names.WSU_ID)))
    return _written(root)


def commented(data: bytes) -> bytes:
    """With a comment in a text of the Body: who reads up to the comment reads what he was sent."""
    root = xml.parse(data)
    leaf = _leaf(root[-1])
    comment = etree.Comment(" ")
    leaf.text, comment.tail = leaf.text, "9"
    leaf.append(comment)
    return _written(root)


def duplicated(data: bytes) -> bytes:
    """With another element that has the Body's id."""
    root = xml.parse(data)
    same = {names.WSU_ID: root[-1].get(names.WSU_ID, "")}
    etree.SubElement(root[0], f"{{{OTHER}}}Same", same)
    return _written(root)


def truncated(data: bytes) -> bytes:
    """With an HMAC of eight bits in place of the signature, which is guessed quickly."""
    root = xml.parse(data)
    method = _first(root, ds("SignatureMethod"))
    method.set("Algorithm", f"{names.DS}hmac-sha1")
    etree.SubElement(method, ds("HMACOutputLength")).text = "8"
    _first(root, ds("SignatureValue")).text = "AA=="
    return _written(root)


# What was signed, but wrongly


def dated(data: bytes, seal: Seal, seconds: float) -> bytes:
    """Signed so many seconds later than now; earlier when negative."""
    moment = seal.clock() + timedelta(seconds=seconds)
    return sign(_plain(data), seal.identity, seal.settings, moment)


def timestamp_only(data: bytes, seal: Seal) -> bytes:
    """With a signature that covers the Timestamp alone."""
    settings = replace(seal.settings, covered=(Part.TIMESTAMP,))
    return sign(_plain(data), seal.identity, settings, seal.clock())


def foreign(data: bytes, seal: Seal) -> bytes:
    """Signed by somebody nobody trusts, under the signer's name."""
    return sign(_plain(data), _stranger(seal), seal.settings, seal.clock())


def own_key(data: bytes, seal: Seal) -> bytes:
    """Signed by somebody whose certificate stands in KeyInfo, and nowhere else."""
    stranger = _stranger(seal)
    root = xml.parse(data)
    info = _first(root, ds("KeyInfo"))
    info[:] = []
    held = etree.SubElement(etree.SubElement(info, ds("X509Data")), ds("X509Certificate"))
    held.text = b64encode(stranger.certificate.public_bytes(Encoding.DER)).decode()
    _remove(_first(root, names.TOKEN))
    return _written(resigned(root, stranger))


def weakly_digested(data: bytes, seal: Seal) -> bytes:
    """With an MD5 digest of the Body, signed by the right key."""
    root = xml.parse(data)
    reference = _reference_of(root, root[-1])
    reference[-2].set("Algorithm", _MD5)
    octets = md5(canonical(root[-1], seal.settings.prefixes), usedforsecurity=False).digest()
    reference[-1].text = b64encode(octets).decode()
    return _written(resigned(root, seal.identity))


def transformed(data: bytes, seal: Seal) -> bytes:
    """With a transform that takes everything out of the Body before it is digested."""
    root = xml.parse(data)
    transform = etree.Element(ds("Transform"), {"Algorithm": _XPATH})
    etree.SubElement(transform, ds("XPath")).text = "false()"
    _reference_of(root, root[-1])[0].insert(0, transform)
    return _written(resigned(root, seal.identity))


def rebound(data: bytes, seal: Seal) -> bytes:
    """With a type whose prefix stands for another namespace than when it was signed."""
    plain = xml.parse(_plain(data))
    root = etree.Element(plain.tag, nsmap={**plain.nsmap, "xsi": XSI, "t": f"{OTHER}:before"})
    root.extend(list(plain))
    _leaf(root[-1]).set(f"{{{XSI}}}type", "t:Type")
    signed = sign(_written(root), seal.identity, seal.settings, seal.clock())
    return signed.replace(f"{OTHER}:before".encode(), f"{OTHER}:after".encode())


def resigned(root: "_Element", identity: Identity) -> "_Element":
    """The message with SignedInfo, as it now is, signed by this key."""
    info = _first(root, ds("SignedInfo"))
    hash_name = names.SIGNATURE_METHODS.get(info[1].get("Algorithm", ""), "sha256")
    prefixes = [p for each in info[0] for p in each.get("PrefixList", "").split()]
    made = identity.key.sign(canonical(info, prefixes), PKCS1v15(), _HASHES[hash_name])
    _first(root, ds("SignatureValue")).text = b64encode(made).decode()
    return root


def _stranger(seal: Seal) -> Identity:
    return throwaway.identity(seal.identity.common_name or "stranger", Side.STRANGER, seal.clock())


def _plain(data: bytes) -> bytes:
    """The envelope as it was before it was signed."""
    root = xml.parse(data)
    _remove(_first(root, names.SECURITY))
    root[-1].attrib.pop(names.WSU_ID, None)
    return _written(root)


def _leaf(body: "_Element") -> "_Element":
    """The first element of a Body that holds a text; its first without children otherwise."""
    leaves = [each for each in body.iter() if len(each) == 0]
    return next((each for each in leaves if (each.text or "").strip()), leaves[0])


def _reference_of(root: "_Element", element: "_Element") -> "_Element":
    target = f"#{element.get(names.WSU_ID)}"
    return next(each for each in root.iter(ds("Reference")) if each.get("URI") == target)


def _first(root: "_Element", tag: str) -> "_Element":
    return next(root.iter(tag))


def _remove(element: "_Element") -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _written(root: "_Element") -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
