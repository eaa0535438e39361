"""What is written into a message, setting by setting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from lxml import etree

from harness.errors import ConfigError
from harness.exchange.findings import FindingCode
from harness.exchange.security import names
from harness.exchange.security.keys import Identity, certificates, from_pem, from_pkcs12
from harness.exchange.security.names import Algorithm, Part
from harness.exchange.security.policy import Credentials, Policy, ResponseSecurity, Trust
from harness.exchange.security.replay import Seen
from harness.exchange.security.signer import fingerprint
from harness.exchange.security.signing import ACCOUNT, MODERN, NotSignable, Signing, sign
from harness.exchange.security.username import PasswordType, UsernameToken
from tests.exchange.security import attacks, making
from tests.exchange.security.making import NOW, PLAIN, PLAIN_12, codes, judged, octets, place

SECRET = "hyvin salainen"


def children(data: bytes) -> list[str]:
    return [etree.QName(each).localname for each in place(making.tree(data), "Security")]


def test_the_account_gets_sha1_with_a_warning() -> None:
    data = making.signed(PLAIN, ACCOUNT)
    assert data.count(b"#rsa-sha1") == 1
    assert data.count(b"xmldsig#sha1") == 2
    assert [each.code for each in ACCOUNT.warnings()] == [FindingCode.WEAK_ALGORITHM]
    assert MODERN.warnings() == ()


def test_the_order_of_a_message_of_production_use() -> None:
    assert children(making.signed()) == ["BinarySecurityToken", "Signature", "Timestamp"]


def test_another_order() -> None:
    order = ("timestamp", "token", "username", "signature")
    data = making.signed(PLAIN, Signing(order=order))
    assert children(data) == ["Timestamp", "BinarySecurityToken", "Signature"]
    assert judged(data).accepted


@pytest.mark.parametrize(("value", "written"), [(True, "1"), (False, "0"), (None, None)])
@pytest.mark.parametrize("plain", [PLAIN, PLAIN_12], ids=["1.1", "1.2"])
def test_must_understand(plain: bytes, value: bool | None, written: str | None) -> None:
    root = making.tree(making.signed(plain, Signing(must_understand=value)))
    soap = etree.QName(root).namespace
    assert place(root, "Security").get(f"{{{soap}}}mustUnderstand") == written


@pytest.mark.parametrize("first", [True, False])
def test_among_other_headers(first: bool) -> None:
    root = making.tree(PLAIN)
    header = etree.Element(f"{{{making.SOAP_11}}}Header")
    etree.SubElement(header, "{urn:muu}Muu")
    root.insert(0, header)
    data = making.signed(octets(root), Signing(first=first))
    found = [etree.QName(each).localname for each in making.tree(data)[0]]
    assert found == (["Security", "Muu"] if first else ["Muu", "Security"])
    assert judged(data).accepted


def test_time_to_live() -> None:
    data = making.signed(PLAIN, Signing(ttl=500))
    assert place(making.tree(data), "Expires").text == "2026-03-02T08:08:20.000Z"
    assert judged(data, at=NOW + timedelta(seconds=299)).accepted


def test_no_prefix_is_invented() -> None:
    assert b"ns0" not in making.signed()
    assert b"<soap:Body wsu:Id=" in making.signed()


@pytest.mark.parametrize("prefix", ["#default", "ds", "soap", "wsse", "wsu"])
def test_a_listed_prefix_counts_before_any_parser_has_read_it(prefix: str) -> None:
    settings = Signing(prefixes=(prefix,))
    with ThreadPoolExecutor(max_workers=1) as pool:  # names are known thread by thread
        data = pool.submit(making.signed, PLAIN, settings).result()
    assert codes(judged(data)) == [FindingCode.WEAK_ALGORITHM]


def test_an_id_that_is_there_is_used() -> None:
    root = making.tree(PLAIN)
    root[-1].set(making.WSU_ID, "oma-id")
    assert b'URI="#oma-id"' in making.signed(octets(root))


def test_every_message_has_its_own_ids() -> None:
    one, other = (sign(PLAIN, making.signer(), MODERN, NOW) for _ in range(2))
    ids = [
        {each.get(making.WSU_ID) for each in making.tree(data).iter()} - {None}
        for data in (one, other)
    ]
    assert len(ids[0]) == 3
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(
    "data",
    [b"", b"<a/>", b"not xml", making.signed()],
    ids=["empty", "no-envelope", "no-xml", "signed-already"],
)
def test_not_signable(data: bytes) -> None:
    with pytest.raises(NotSignable):
        sign(data, making.signer(), MODERN, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"order": ("token",)},
        {"covered": ()},
        {"covered": (Part.BODY, Part.BODY)},
        {"covered": (Part.CONFIRMATION,)},
    ],
)
def test_settings_that_make_no_sense(changes: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(NotSignable):
        Signing(**changes)  # type: ignore[arg-type]


def test_a_user_token_that_is_to_be_signed_and_is_not_there() -> None:
    with pytest.raises(NotSignable, match="UsernameToken"):
        making.signed(PLAIN, Signing(covered=(Part.BODY, Part.USERNAME)))


# -- UsernameToken ------------------------------------------------------------------------------

BY_PASSWORD = Policy(
    security=ResponseSecurity.IF_PRESENT, credentials=Credentials("kayttaja", SECRET)
)


@pytest.mark.parametrize("kind", PasswordType)
def test_username_token(kind: PasswordType) -> None:
    data = sign(PLAIN, None, MODERN, NOW, user=UsernameToken("kayttaja", SECRET, kind))
    assert (SECRET.encode() in data) is (kind is PasswordType.TEXT)
    assert judged(data, BY_PASSWORD).accepted
    for wrong in (UsernameToken("muu", SECRET, kind), UsernameToken("kayttaja", "arvaus", kind)):
        refused = judged(sign(PLAIN, None, MODERN, NOW, user=wrong), BY_PASSWORD)
        assert codes(refused) == [FindingCode.USERNAME_TOKEN]


def test_a_digest_counts_once_and_for_a_while() -> None:
    data = sign(PLAIN, None, MODERN, NOW, user=UsernameToken("kayttaja", SECRET))
    seen = Seen()
    assert judged(data, BY_PASSWORD, seen=seen).accepted
    assert codes(judged(data, BY_PASSWORD, seen=seen)) == [FindingCode.MESSAGE_REPLAYED]
    late = judged(data, BY_PASSWORD, at=NOW + timedelta(hours=1))
    assert codes(late) == [FindingCode.MESSAGE_EXPIRED]


def test_without_username_token() -> None:
    assert codes(judged(PLAIN, BY_PASSWORD)) == [FindingCode.USERNAME_TOKEN]


def test_signed_username_token() -> None:
    settings = Signing(covered=(Part.BODY, Part.TIMESTAMP, Part.USERNAME))
    data = sign(PLAIN, making.signer(), settings, NOW, user=UsernameToken("kayttaja", SECRET))
    found = judged(data, making.trusting(credentials=Credentials("kayttaja", SECRET)))
    assert found.accepted
    assert Part.USERNAME in found.covered


def test_passwords_do_not_show() -> None:
    assert SECRET not in repr(UsernameToken("kayttaja", SECRET)) + repr(BY_PASSWORD)


# -- whom to trust ------------------------------------------------------------------------------


def test_pinned() -> None:
    pins = frozenset({fingerprint(making.signer().certificate)})
    assert judged(making.signed(), Policy(trust=Trust(pins=pins))).accepted


def test_the_signer_itself_as_anchor() -> None:
    own = making.certified("itse.example", issuer=None)
    data = sign(PLAIN, own, MODERN, NOW)
    assert judged(data, Policy(trust=Trust(anchors=(own.certificate,)))).accepted


def between() -> Identity:
    return making.certified("Valissa CA", ca=True)


def test_by_an_intermediate_authority() -> None:
    data = sign(PLAIN, making.certified("lehti.example", issuer=between), MODERN, NOW)
    anchors = (making.authority().certificate,)
    known = Trust(anchors, (between().certificate,))
    assert judged(data, Policy(trust=known)).accepted
    assert codes(judged(data)) == [FindingCode.SIGNER_UNTRUSTED]


def test_the_name_that_the_message_says() -> None:
    named = PLAIN.replace(
        b"<Osa>", b"<SanomaVarmenneNimi>toimittaja.example</SanomaVarmenneNimi><Osa>"
    )
    assert judged(making.signed(named), making.trusting(named_in="SanomaVarmenneNimi")).accepted


def test_unsigned_where_that_may_be() -> None:
    may = making.trusting(security=ResponseSecurity.IF_PRESENT)
    assert judged(PLAIN, may).accepted
    assert judged(PLAIN, may).covered == frozenset()
    spoilt = making.signed().replace(b">10<", b">11<")
    assert codes(judged(spoilt, may)) == [FindingCode.DIGEST_WRONG]
    none = making.trusting(security=ResponseSecurity.NONE)
    assert judged(spoilt, none).findings == ()


def test_enveloped_as_node_soap_writes_it() -> None:
    data = attacks._transform(attacks.ENVELOPED)
    assert judged(data, making.trusting(enveloped=True)).accepted


# -- keys ---------------------------------------------------------------------------------------


def pem(identity: Identity, password: bytes | None = None) -> tuple[bytes, bytes]:
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    return identity.certificate.public_bytes(Encoding.PEM), key


def test_keys_of_pem_and_pkcs12_files(tmp_path: Path) -> None:
    identity = making.signer()
    certificate, key = pem(identity, SECRET.encode())
    (tmp_path / "a.pem").write_bytes(certificate)
    (tmp_path / "a.key").write_bytes(key)
    (tmp_path / "both.pem").write_bytes(b"".join(pem(identity)))
    (tmp_path / "a.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"a",
            identity.key,
            identity.certificate,
            None,
            BestAvailableEncryption(SECRET.encode()),
        )
    )
    found = [
        from_pem(tmp_path / "a.pem", tmp_path / "a.key", password=SECRET),
        from_pem(tmp_path / "both.pem"),
        from_pkcs12(tmp_path / "a.p12", password=SECRET),
    ]
    for each in found:
        assert each.certificate == identity.certificate
        assert each.common_name == "toimittaja.example"
        assert judged(sign(PLAIN, each, MODERN, NOW)).accepted
        assert "BEGIN" not in repr(each)


def test_keys_that_cannot_be_used(tmp_path: Path) -> None:
    certificate, key = pem(making.signer(), b"toinen")
    (tmp_path / "a.pem").write_bytes(certificate)
    (tmp_path / "a.key").write_bytes(key)
    (tmp_path / "other.key").write_bytes(pem(making.authority())[1])
    curve = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "ec.key").write_bytes(
        curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    for name, sentence in (
        ("a.key", "can be used with this password"),
        ("other.key", "belongs to another certificate"),
        ("ec.key", "not an RSA key"),
        ("none.key", "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            from_pem(tmp_path / "a.pem", tmp_path / name)
    with pytest.raises(ConfigError, match="no PEM certificate"):
        certificates(tmp_path / "a.key")
    with pytest.raises(ConfigError, match="no PKCS #12 file"):
        from_pkcs12(tmp_path / "a.key")


# -- memory of replays --------------------------------------------------------------------------


def test_a_full_memory_refuses_what_it_may_have_forgotten() -> None:
    seen = Seen(capacity=3)
    early = NOW - timedelta(minutes=6)
    moments = [NOW + timedelta(seconds=each) for each in range(5)]
    for number, at in enumerate(moments):
        assert seen.add(b"%d" % number, at, fresh_since=early)
    assert len(seen) == 3
    for number, at in enumerate(moments):
        assert not seen.add(b"%d" % number, at, fresh_since=early)
    assert not seen.add(b"new but old", moments[0], fresh_since=early)
    assert seen.add(b"new", NOW + timedelta(seconds=9), fresh_since=early)


def test_what_is_no_longer_fresh_is_forgotten() -> None:
    seen = Seen()
    assert seen.add(b"a", NOW, fresh_since=NOW)
    assert seen.add(b"b", NOW + timedelta(hours=1), fresh_since=NOW + timedelta(minutes=50))
    assert len(seen) == 1


def test_the_headers_that_are_understood() -> None:
    assert frozenset({f"{{{making.WSSE}}}Security"}) == names.UNDERSTOOD
    assert Algorithm("rsa-sha1") is Algorithm.RSA_SHA1
