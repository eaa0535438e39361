"""What commonly happens to a signed message is named, not only that its digest is wrong."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from harness.exchange.findings import FindingCode
from harness.exchange.security.canonical import canonical, digest
from harness.exchange.security.explaining import ReferenceReport, Report, explain
from harness.exchange.security.signing import MODERN, sign
from tests.exchange.security import attacks, making
from tests.exchange.security.making import DS, NOW, PLAIN, WSU_ID, Tree, octets, place

WIDE = PLAIN.replace(
    b"<soap:Envelope ", b'<soap:Envelope xmlns:a="urn:test:a" xmlns:b="urn:test:b" '
)


def told(data: bytes, seconds: float = 0) -> Report:
    return explain(data, making.trusting(), NOW + timedelta(seconds=seconds))


def of_body(report: Report) -> ReferenceReport:
    return next(each for each in report.references if each.place == "Envelope/Body")


def with_digest(octets_of: Callable[[Tree], bytes], name: str = "sha256") -> bytes:
    """A message whose Body was digested from other octets than its canonical ones."""

    def change(root: Tree) -> None:
        target = f"#{root[-1].get(WSU_ID)}"
        reference = next(e for e in place(root, "SignedInfo") if e.get("URI") == target)
        value = b64encode(digest(octets_of(root[-1]), name)).decode()
        place(reference, "DigestValue").text = value

    return attacks.signed_by_hand(change, data=making.signed(WIDE))


def test_a_right_one() -> None:
    report = told(making.signed())
    assert report.accepted
    assert [(each.covers, each.is_right) for each in report.references] == [
        ("Timestamp", True),
        ("Body", True),
    ]
    assert all(each.stated == each.computed for each in report.references)
    assert report.signature == "it is right"
    assert report.clock == "created 0 s ago, holds 60 s"
    assert "toimittaja.example" in report.signer


def test_the_canonical_bytes_are_those_of_the_digest() -> None:
    for each in told(making.signed()).references:
        assert digest(each.canonical, each.algorithm).hex() == each.computed
        assert len(each.canonical) == each.size


def test_printed_anew() -> None:
    root = making.tree()
    etree.indent(root)
    report = told(octets(root))
    assert not report.accepted
    assert "white space was added between the elements" in of_body(report).reason
    assert "white space was added" in report.signature


def test_white_space_within_texts() -> None:
    spoilt = making.signed().replace(b"<Maara>10<", b"<Maara>\n  10\n<")
    assert "white space was added within texts" in of_body(told(spoilt)).reason


@pytest.mark.parametrize("width", ["  ", "\t"])
def test_white_space_stripped(width: str) -> None:
    root = making.tree(PLAIN)
    etree.indent(root, width)
    indented = making.tree(sign(octets(root), making.signer(), MODERN, NOW))
    for each in indented[-1].iter():
        if len(each):
            each.text = None
        each.tail = None
    assert "was stripped after signing" in of_body(told(octets(indented))).reason


def test_wrong_canonicalisation() -> None:
    data = with_digest(lambda body: canonical(body, exclusive=False))
    assert "signed with inclusive canonicalisation" in of_body(told(data)).reason


def test_prefix_list_missing() -> None:
    data = with_digest(lambda body: canonical(body, ["b"]))
    assert "InclusiveNamespaces list of b, which the message lacks" in of_body(told(data)).reason


def test_prefix_list_not_used() -> None:
    def change(root: Tree) -> None:
        target = f"#{root[-1].get(WSU_ID)}"
        reference = next(e for e in place(root, "SignedInfo") if e.get("URI") == target)
        tag = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
        listed = {"PrefixList": "ylimaarainen"}
        etree.SubElement(place(reference, "Transform"), tag, listed)

    root = making.tree(PLAIN)
    wide = etree.Element(root.tag, nsmap={**root.nsmap, "ylimaarainen": "urn:test:x"})
    wide.extend(list(root))
    signed = making.tree(sign(octets(wide), making.signer(), MODERN, NOW))
    change(signed)
    assert "without the InclusiveNamespaces list" in of_body(told(octets(signed))).reason


def test_another_hash() -> None:
    data = with_digest(canonical, "sha1")
    assert "made with sha1, but the message says sha256" in of_body(told(data)).reason


def test_id_written_after_the_digest() -> None:
    def without(body: Tree) -> bytes:
        twin = making.tree(octets(body.getroottree().getroot()))[-1]
        del twin.attrib[WSU_ID]
        return canonical(twin)

    assert "id of the element was written after" in of_body(told(with_digest(without))).reason


def test_another_content() -> None:
    spoilt = making.signed().replace(b">10<", b">11<")
    assert "in more than its white space" in of_body(told(spoilt)).reason


def test_wrapped() -> None:
    report = told(attacks.ATTACKS[0].make())
    reasons = [each.reason for each in report.references if each.covers == ""]
    assert len(reasons) == 1
    assert "signature wrapping" in reasons[0]
    assert [finding.code for finding in report.findings] == [FindingCode.SIGNATURE_TARGET]


def test_wrong_token_reference() -> None:
    root = making.tree()
    other = making.certified("toinen.example")
    token = place(root, "BinarySecurityToken")
    second = etree.fromstring(etree.tostring(token))
    second.text = place(making.tree(sign(PLAIN, other, MODERN, NOW)), "BinarySecurityToken").text
    second.set(WSU_ID, "X509-toinen")
    place(root, "Security").append(second)
    reference = place(place(root, "KeyInfo"), "Reference")
    reference.set("URI", "#X509-toinen")
    assert "wrong token reference" in told(octets(root)).signature


def test_signature_of_another_hash() -> None:
    root = making.tree()
    info = place(root, "SignedInfo")
    place(info, "SignatureMethod").set("Algorithm", f"{DS}rsa-sha1")
    made = making.signer().key.sign(canonical(info), PKCS1v15(), SHA256())
    place(root, "SignatureValue").text = b64encode(made).decode()
    assert "made with sha256, but the message says sha1" in told(octets(root)).signature


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-90, "created 90 s in the future: the sender's clock is ahead, holds 60 s"),
        (90, "created 90 s ago, holds 60 s, expired 30 s ago"),
    ],
)
def test_clock(seconds: float, text: str) -> None:
    assert told(making.signed(), seconds).clock == text


def test_unsigned() -> None:
    report = told(PLAIN)
    assert [finding.code for finding in report.findings] == [FindingCode.NOT_SIGNED]
    assert report.references == ()


@pytest.mark.parametrize("attack", attacks.ATTACKS, ids=lambda each: each.name)
def test_every_attack_can_be_explained(attack: attacks.Attack) -> None:
    report = explain(attack.make(), attack.policy or making.trusting(), attack.at)
    assert [finding.code for finding in report.findings] == [attack.code]
    assert not report.accepted
    shown = repr(report)
    assert not re.search("Äiti|1000000[^0]", shown)
