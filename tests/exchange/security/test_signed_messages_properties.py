"""By property: what we sign verifies, and no rearrangement is accepted with another content."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from harness.exchange.findings import FindingCode
from harness.exchange.security import forging
from harness.exchange.security.names import Algorithm, Part, Wrapping
from harness.exchange.security.signing import ORDER, Signing, sign
from tests.exchange.security import making
from tests.exchange.security.making import NOW, PLAIN, PLAIN_12, Tree, codes, judged, octets

pytestmark = pytest.mark.attacks

TAGS = (
    *(str(each.tag) for each in making.tree(PLAIN).iter()),
    *(f"{{{making.WSSE}}}{local}" for local in ("Security", "BinarySecurityToken", "Reference")),
    *(f"{{{making.DS}}}{local}" for local in ("Signature", "SignedInfo", "Reference", "KeyInfo")),
    *(f"{{{making.WSU}}}{local}" for local in ("Timestamp", "Created", "Expires")),
    f"{{{making.SOAP_11}}}Header",
    "{urn:evil}Muu",
)
INDEX = st.integers(0, 60)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["move", "copy", "rename", "remove", "id", "text", "swap"]),
        INDEX,
        INDEX,
        st.integers(0, 6),
        st.sampled_from(TAGS),
    ),
    min_size=1,
    max_size=4,
)
SETTINGS = st.builds(
    Signing,
    algorithm=st.sampled_from(Algorithm),
    covered=st.permutations([Part.BODY, Part.TIMESTAMP, Part.TOKEN]).map(tuple)
    | st.just((Part.BODY, Part.TIMESTAMP)),
    ttl=st.sampled_from([0, 1, 60, 500]),
    must_understand=st.sampled_from([True, False, None]),
    order=st.permutations(ORDER).map(tuple),
    first=st.booleans(),
    prefixes=st.sampled_from([(), ("soap",), ("soap", "#default"), ("wsu", "olematon")]),
)


def with_header() -> bytes:
    """A message with another header before the Security header, which itself is signed, too."""
    root = making.tree(PLAIN)
    header = etree.Element(f"{{{making.SOAP_11}}}Header")
    etree.SubElement(header, "{urn:evil}Muu")
    root.insert(0, header)
    settings = Signing(
        Algorithm.RSA_SHA256,
        covered=(Part.BODY, Part.TIMESTAMP, Part.TOKEN),
        order=("timestamp", "token", "signature", "username"),
        first=False,
        prefixes=("soap", "#default"),
    )
    return making.signed(octets(root), settings)


RIGHT = {"as usual": making.signed(), "as unusual as can be": with_header()}


def effective(root: Tree) -> tuple[bytes, bytes]:
    """What a receiver acts on: the envelope's Body and the Timestamp of its Security header."""
    body = root.find(f"{{{making.SOAP_11}}}Body")
    stamp = root.find(
        f"{{{making.SOAP_11}}}Header/{{{making.WSSE}}}Security/{{{making.WSU}}}Timestamp"
    )
    assert body is not None
    assert stamp is not None
    return tuple(etree.tostring(each, method="c14n", exclusive=True) for each in (body, stamp))  # type: ignore[return-value]


def applied(root: Tree, change: tuple[str, int, int, int, str]) -> None:
    kind, one, two, at, tag = change
    every = list(root.iter())
    first, second = every[one % len(every)], every[two % len(every)]
    if kind == "rename":
        first.tag = tag
    elif kind == "text":
        first.text = (first.text or "") + "1"
    elif kind == "id":
        first.set(making.WSU_ID, str(second.get(making.WSU_ID, "id-muu")))
    elif first.getparent() is None or first in {second, *second.iterancestors()}:
        return
    elif kind == "remove":
        first.getparent().remove(first)  # type: ignore[union-attr]
    else:
        moved = copy.deepcopy(first) if kind == "copy" else first
        if kind == "swap" and second.getparent() is not None:
            second.addprevious(moved)
        else:
            second.insert(at, moved)


def holds(root: Tree, right: bytes) -> bool:
    """Whether a message is accepted; if it is, it says what the right one says."""
    sent = octets(root)
    if not judged(sent).accepted:
        return False
    assert effective(making.tree(sent)) == effective(making.tree(right))
    return True


@given(st.sampled_from(sorted(RIGHT)), CHANGES)
def test_no_rearrangement_is_accepted_with_another_content(
    name: str, changes: list[tuple[str, int, int, int, str]]
) -> None:
    root = making.tree(RIGHT[name])
    for change in changes:
        applied(root, change)
    holds(root, RIGHT[name])


@given(st.sampled_from(sorted(RIGHT)), st.sampled_from(Wrapping), CHANGES)
def test_no_rearrangement_mends_a_wrapped_message(
    name: str, shape: Wrapping, changes: list[tuple[str, int, int, int, str]]
) -> None:
    """An attacker who goes on where a known attack has failed."""
    root = making.tree(forging.wrapped(RIGHT[name], shape))
    assert not holds(root, RIGHT[name])
    for change in changes:
        applied(root, change)
    holds(root, RIGHT[name])


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize("kind", ["move", "copy", "swap"])
def test_rearranged_any_element_anywhere(right: bytes, kind: str) -> None:
    """Every element into, or in front of, every other one: nothing is left to chance."""
    size = sum(1 for _ in making.tree(right).iter())
    accepted = refused = 0
    for one in range(size):
        for two in range(size):
            root = making.tree(right)
            applied(root, (kind, one, two, 0, ""))
            accepted, refused = (
                (accepted + 1, refused) if holds(root, right) else (accepted, refused + 1)
            )
    assert accepted > size  # what cannot be done, and what changes nothing that is read
    assert refused > 4 * size


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
def test_rearranged_any_element_renamed(right: bytes) -> None:
    size = sum(1 for _ in making.tree(right).iter())
    for one in range(size):
        for tag in TAGS:
            root = making.tree(right)
            renamed = list(root.iter())[one]
            same = renamed.tag == tag or str(renamed.tag) == "{urn:evil}Muu"
            renamed.tag = tag
            assert holds(root, right) <= same


@given(SETTINGS, st.sampled_from([PLAIN, PLAIN_12]), st.sampled_from(["utf-8", "utf-16"]))
def test_what_we_sign_verifies(settings: Signing, plain: bytes, encoding: str) -> None:
    sent = sign(plain, making.signer(), settings, NOW)
    recoded = sent.decode().replace("UTF-8", encoding, 1).encode(encoding)
    found = judged(recoded)
    assert found.accepted
    assert found.covered == set(settings.covered)
    notes = [FindingCode.WEAK_ALGORITHM] * (settings.algorithm is Algorithm.RSA_SHA1)
    assert codes(found) == notes
    assert found.signer == making.signer().certificate


@given(st.data())
def test_any_byte_changed_in_the_body_refuses(data: st.DataObject) -> None:
    sent = making.signed()
    start, end = sent.index(b"<soap:Body"), sent.index(b"</soap:Body>")
    at = data.draw(st.integers(start, end - 1))
    byte = data.draw(st.integers(0, 255))
    changed = sent[:at] + bytes([byte]) + sent[at + 1 :]
    found = judged(changed)
    if found.accepted:  # the same canonical content: nothing, or a space for a space within a tag
        assert effective(making.tree(changed)) == effective(making.tree(sent))


@given(st.binary(max_size=400), st.integers(0, 5000))
def test_any_bytes_end_as_a_finding(noise: bytes, at: int) -> None:
    sent = making.signed()
    found = judged(sent[:at] + noise + sent[at + len(noise) :])
    assert found.accepted or codes(found)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=80))
def test_any_text_survives(text: str) -> None:
    root = making.tree(PLAIN)
    making.place(root, "Nimi").text = text
    assert judged(sign(octets(root), making.signer(), Signing(), NOW)).accepted
