"""A code of a person is found however it is written; what only looks like one is not."""

import base64
import html
import json
import quopri
import random
import urllib.parse
import uuid
from collections.abc import Callable
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.identity import CENTURY_SIGNS, CHECK_CHARACTERS, personal_code
from harness.privacy.decoding import Form
from harness.privacy.recognising import MOST, REACH, Kind, Wanted, finds_in
from tests.support.identities import PERSON

ALL = Wanted()
LOOK_ALIKES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\uff0d\ufe63\u00ad\u02d7"


@st.composite
def codes(draw: st.DrawFn, numbers: range = range(2, 900)) -> str:
    """A code with any century sign."""
    sign = draw(st.sampled_from(sorted(CENTURY_SIGNS)))
    first = CENTURY_SIGNS[sign]
    born = draw(st.dates(date(first, 1, 1), date(first + 99, 12, 31)))
    return personal_code(born, draw(st.sampled_from(numbers)), sign)


def around(code: str) -> str:
    return f'<hakija nimi="x">Asia {code}, kiitos.</hakija>'


def _entities(code: str) -> str:
    parts = (f"&#{ord(c)};" if i % 2 else f"&#x{ord(c):X};" for i, c in enumerate(code))
    return "".join(parts)


def _xml(code: str) -> bytes:
    return around(_entities(code)).encode()


def _all_quoted(text: str) -> bytes:
    return "".join(f"%{byte:02x}" for byte in text.encode()).encode()


Writer = Callable[[str], bytes]
WRITTEN: dict[str, Writer] = {
    "as it is": lambda code: around(code).encode(),
    "in lower case": lambda code: around(code.lower()).encode(),
    "alone": str.encode,
    "in UTF-16, little end first": lambda code: around(code).encode("utf-16-le"),
    "in UTF-16, big end first": lambda code: around(code).encode("utf-16-be"),
    "in UTF-16 at an odd place": lambda code: b"x" + around(code).encode("utf-16"),
    "as in a URL": lambda code: b"/?q=" + urllib.parse.quote(code, safe="").encode(),
    "as in a URL, every byte": lambda code: _all_quoted(around(code)),
    "as in a URL within a URL": lambda code: urllib.parse.quote(
        urllib.parse.quote(f"a {code} b").replace("-", "%2D")
    ).encode(),
    "as entities": _xml,
    "as escaped entities": lambda code: _xml(code).replace(b"&", b"&amp;"),
    "as named entities": lambda code: code.replace("+", "&plus;").replace("-", "&ndash;").encode(),
    "as escaped markup": lambda code: around(code).replace("<", "&lt;").encode(),
    "in CDATA": lambda code: f"<a><![CDATA[{code}]]></a>".encode(),
    "in an attribute": lambda code: f'<a id="{_entities(code)}"/>'.encode(),
    "as JSON": lambda code: json.dumps({"a": [around(code)]}).encode(),
    "as JSON, every character": lambda code: "".join(f"\\u{ord(c):04x}" for c in code).encode(),
    "as a repr of bytes": lambda code: "".join(f"\\x{ord(c):02x}" for c in code).encode(),
    "quoted-printable": lambda code: quopri.encodestring((around(code) * 9).encode()),
    "quoted-printable, every byte": lambda code: "".join(f"={ord(c):02X}" for c in code).encode(),
    "broken by a soft line end": lambda code: f"{code[:8]}=\r\n{code[8:]}".encode(),
    "in base64": lambda code: base64.b64encode(around(code).encode()),
    "in base64, one byte on": lambda code: base64.b64encode(("x" + around(code)).encode()),
    "in base64, two bytes on": lambda code: base64.b64encode(("xx" + around(code)).encode()),
    "alone in base64": lambda code: base64.b64encode(code.encode()),
    "in base64 without padding": lambda code: base64.b64encode(code.encode()).rstrip(b"="),
    "in base64 of URLs": lambda code: base64.urlsafe_b64encode(("??>>" + around(code)).encode()),
    "in base64 of mail": lambda code: base64.encodebytes((around(code) * 3).encode()),
    "in base64 of JSON": lambda code: json.dumps(
        base64.encodebytes((around(code) * 3).encode()).decode()
    ).encode(),
    "in base64 of UTF-16": lambda code: base64.b64encode(around(code).encode("utf-16-le")),
    "in base64 of entities": lambda code: base64.b64encode(
        f"<a>{code[:6]}&#{ord(code[6])};{code[7:]}</a>".encode()
    ),
    "in hexadecimal": lambda code: around(code).encode().hex().encode(),
    "in full width": lambda code: "".join(chr(ord(c) + 0xFEE0) for c in code).encode(),
    "with joiners of no width": lambda code: "\u200b".join(code).encode(),
    "with soft hyphens": lambda code: "\u00ad".join(code).encode(),
    "with joiners that are marks": lambda code: "\u034f".join(code).encode(),
    "with marks of direction": lambda code: f"{code[:6]}\u200e{code[6:]}\u2069".encode(),
    "with selectors of a variation": lambda code: "\ufe0f".join(code).encode(),
    "split by spaces": lambda code: f"x {' '.join(code)} y".encode(),
    "split into its parts": lambda code: f"{code[:6]} {code[6]}\t{code[7:]}".encode(),
    "split by hard spaces": lambda code: f"{code[:6]}\u00a0{code[6:]}".encode(),
    "split by markup": lambda code: around("<b>".join(code)).encode(),
    "split by rows of markup": lambda code: f"<td>{code[:6]}</td>\n  <td>{code[6:]}</td>".encode(),
    "split by escaped markup": lambda code: "&lt;i&gt;".join(code).encode(),
    "within a word": lambda code: f"hetu_{code}_{code}liite".encode(),
    "glued to words": lambda code: f"x{code}z".encode(),
}  # fmt: skip


@pytest.mark.parametrize("way", WRITTEN)
@given(codes(), st.binary(max_size=40))
def test_every_code_is_found_however_it_is_written(way: str, code: str, before: bytes) -> None:
    data = before + b"\n" * (2 + len(before) % 2) + WRITTEN[way](code) + b"\n"
    assert Kind.CODE in {each.kind for each in finds_in(data, ALL)}


@given(codes(), st.sampled_from(LOOK_ALIKES))
def test_hyphens_that_only_look_like_one(code: str, sign: str) -> None:
    if code[6] == "-":
        text = f"a {code[:6]}{sign}{code[7:]}."
        for encoding in ("utf-8", "utf-16", "utf-16-be"):
            found = finds_in(text.encode(encoding), ALL)
            assert {each.kind for each in found} == {Kind.CODE}, encoding
    for byte in (b"\x96", b"\x97", b"\xad"):  # dashes of one byte, Windows-1252 and ISO 8859-1
        assert finds_in(PERSON[:6].encode() + byte + PERSON[7:].encode(), ALL)


@given(codes(), st.sampled_from(CHECK_CHARACTERS), st.sampled_from(["%s", "%%20%s", "<a>%s</a>"]))
def test_a_typo_is_still_a_person(code: str, check: str, frame: str) -> None:
    (found,) = finds_in((frame % (code[:-1] + check)).encode(), ALL)
    assert found.kind is (Kind.CODE if check == code[-1] else Kind.MISTYPED)


@pytest.mark.parametrize("way", WRITTEN)
@given(codes(range(900, 1000)))
def test_artificial_codes_are_nobodys(way: str, code: str) -> None:
    assert finds_in(WRITTEN[way](code), ALL) == []


@pytest.mark.parametrize("way", WRITTEN)
@given(codes())
def test_issued_codes_are_allowed_and_no_others(way: str, code: str) -> None:
    assert finds_in(WRITTEN[way](code), Wanted(frozenset({code}))) == []
    assert finds_in(WRITTEN[way](code), Wanted(frozenset({"another"})))


def test_codes_that_begin_with_nine_and_business_ids_are_not_personal() -> None:
    for text in ("910190-123N", "991299A5678", "2341528-4", "003723415284", "FI23415284"):
        assert finds_in(f"a {text} b <c>{text}</c>".encode(), ALL) == []


@pytest.mark.parametrize(
    "text",
    [
        "20260101T120505+0200",
        "2026-01-01 120505+0200",
        "D:20240101120505+0200",
        "12 05 05 + 02 00",
        "<td>120505</td><td>-1234</td>",
        f"{uuid.UUID(int=0x0101_9010_1101_4101_8101_010190123456)}",
        "00010190-1234-4123-8123-010190a12345",
    ],
)
def test_what_only_looks_like_a_code(text: str) -> None:
    assert finds_in(text.encode(), ALL) == []


def test_random_text_gives_few_false_alarms() -> None:
    """A megabyte each of what lies about in work trees; drawn once, so the count is fixed."""
    drawn = random.Random(7)
    hashes = b"\n".join(sha256(b"%d" % i).hexdigest().encode() for i in range(15_000))
    noise = drawn.randbytes(750_000)
    uuids = "\n".join(str(uuid.UUID(int=drawn.getrandbits(128))) for _ in range(27_000))
    numbers = " ".join(str(drawn.randrange(10**9)) for _ in range(100_000))
    assert finds_in(noise, ALL) == []
    assert finds_in(base64.encodebytes(noise), ALL) == []
    assert finds_in(noise.hex().encode(), ALL) == []
    assert finds_in(numbers.encode(), ALL) == []
    assert finds_in(hashes, ALL) == []
    assert finds_in(uuids.encode(), ALL) == []


def test_what_is_found_is_never_shown() -> None:
    found = finds_in(f"a {PERSON}".encode(), Wanted(frozenset({PERSON[:-1]}), (PERSON[:6],)))
    assert {each.kind for each in found} == {Kind.CODE, Kind.FORBIDDEN}
    assert PERSON[:6] not in repr(found)
    assert PERSON[:6] not in repr(Wanted(frozenset({PERSON}), (PERSON,)))


@given(st.text("aZ09/+=<%&ä-", min_size=6, max_size=30), st.integers(0, 5))
def test_a_forbidden_word_is_found_in_every_encoding(word: str, before: int) -> None:
    wanted = Wanted(words=(word,))
    plain = ("q" * before + word + "q").encode()
    texts = [
        plain,
        base64.b64encode(plain),
        plain.hex().encode(),
        plain.decode().encode("utf-16-le"),
        plain.decode().encode("utf-16-be"),
        urllib.parse.quote(plain).encode(),
        html.escape(plain.decode()).encode(),
        json.dumps(plain.decode()).encode(),
    ]
    for text in texts:
        assert finds_in(b"\n\n" + text + b"\n", wanted), text
    assert not finds_in(b"q" * 100, wanted)


def test_an_empty_word_is_refused() -> None:
    with pytest.raises(ValueError, match="everywhere"):
        Wanted(words=("",))


@given(st.binary(max_size=3000), codes())
def test_any_bytes_are_searched_and_places_lie_within(data: bytes, code: str) -> None:
    whole = data + b"\n" + around(code).encode() + b"\n" + data
    found = finds_in(whole, ALL)
    assert all(0 <= each.offset <= len(whole) for each in found)
    assert any(each.offset == whole.index(code.encode()) for each in found)


def test_places_are_those_of_the_bytes_that_were_read() -> None:
    lines = ["<a>&amp;</a>" * 7, "b%20" * 30, f"<b>{PERSON.replace('-', '&#x2D;')}</b>", "c"]
    data = "\n".join(lines).encode()
    (found,) = finds_in(data, ALL)
    assert data.count(b"\n", 0, found.offset) == 2
    assert (found.kind, found.form) == (Kind.CODE, Form.ESCAPED)


def test_no_more_is_told_than_anybody_reads() -> None:
    many = "\n".join(personal_code(date(1950, 1, 1), number) for number in range(2, 300))
    assert len(finds_in(many.encode(), ALL)) == MOST
    assert REACH > 1024
