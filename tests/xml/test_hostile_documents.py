"""Messages from an endpoint that lies: each row has the name of the attack table.

RELIABILITY of the door: refused with the right code, quickly, and with nothing opened.
"""

import sys
import tracemalloc
from collections.abc import Iterator
from time import process_time
from typing import Final

import pytest

from harness import xml
from harness.limits import DEFAULT, Limits
from harness.xml import RefusalCode

pytestmark = pytest.mark.attacks

BILLION: Final = "<!DOCTYPE l [<!ENTITY a0 'lol'>{}]><r>&a9;</r>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)

DTD: Final = {
    "billion-laughs": BILLION,
    "quadratic-blowup": f"<!DOCTYPE r [<!ENTITY a '{'x' * 100_000}'>]><r>{'&a;' * 2000}</r>",
    "entity-cycle": "<!DOCTYPE r [<!ENTITY a '&b;'><!ENTITY b '&a;'>]><r>&a;</r>",
    "xxe-file": "<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><r>&e;</r>",
    "xxe-http": "<!DOCTYPE r [<!ENTITY e SYSTEM 'http://127.0.0.1:9/'>]><r>&e;</r>",
    "parameter-entity": "<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]><r/>",
    "external-dtd": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    "doctype-only": "<!DOCTYPE x><x/>",
    "doctype-element": "<!DOCTYPE x [<!ELEMENT x ANY>]><x/>",
    "attr-default": '<!DOCTYPE x [<!ATTLIST x approved CDATA "true">]><x/>',
    "doctype after a comment and white space": "<!-- a -->\n<!DOCTYPE x><x/>",
    "doctype behind a declaration": "<?xml version='1.0'?><!DOCTYPE x><x/>",
}

REFUSED: Final = {
    "deep-nesting 65": ("<a>" * 65 + "</a>" * 65, RefusalCode.DEPTH),
    "deep-nesting 300": ("<a>" * 300 + "</a>" * 300, RefusalCode.DEPTH),
    "deep-nesting 3,000 unclosed": ("<a>" * 3000, RefusalCode.DEPTH),
    "deep-nesting 30,000 unclosed": ("<a>" * 30_000, RefusalCode.DEPTH),
    "attribute-flood": (
        "<a {}/>".format(" ".join(f'a{n}=""' for n in range(100_000))),
        RefusalCode.ATTRIBUTES,
    ),
    "namespace-flood": (
        "<a {}/>".format(" ".join(f'xmlns:a{n}="u"' for n in range(50_000))),
        RefusalCode.ATTRIBUTES,
    ),
    "element-flood": (f"<r>{'<y/>' * 500_000}</r>", RefusalCode.ELEMENTS),
    "element-flood 8 MB": (f"<r>{'<y/>' * 2_000_000}</r>", RefusalCode.TOO_LARGE),
    "long-name": (f"<{'n' * 2000}/>", RefusalCode.NAME),
    "long-name 60 kB": (f"<{'n' * 60_000}/>", RefusalCode.NOT_WELL_FORMED),
    "long attribute name": (f'<a {"n" * 2000}=""/>', RefusalCode.NAME),
    "long namespace": (f'<a xmlns="urn:{"n" * 2000}"/>', RefusalCode.NAME),
    "long qualified name": (
        f'<p:{"a" * 600} xmlns:p="urn:{"n" * 600}"/>',
        RefusalCode.NAME,
    ),
    "long-attr": (f'<a b="{"x" * 11_000_000}"/>', RefusalCode.TOO_LARGE),
    "long-text": (f"<a>{'x' * 11_000_000}</a>", RefusalCode.TOO_LARGE),
    "two-roots": ("<a/><b/>", RefusalCode.NOT_WELL_FORMED),
    "trailing-junk": ("<a/>x", RefusalCode.NOT_WELL_FORMED),
    "leading-newline before the declaration": (
        "\n<?xml version='1.0'?><a/>",
        RefusalCode.NOT_WELL_FORMED,
    ),
    "duplicate attribute": ('<a b="" b=""/>', RefusalCode.NOT_WELL_FORMED),
    "duplicate attribute by two prefixes": (
        '<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>',
        RefusalCode.NOT_WELL_FORMED,
    ),
    "unbound prefix": ("<p:a/>", RefusalCode.NOT_WELL_FORMED),
    "truncated": ("<a><b></b>", RefusalCode.NOT_WELL_FORMED),
    "recover-mode": ("<a><b></a>", RefusalCode.NOT_WELL_FORMED),
    "undeclared entity": ("<a>&nbsp;</a>", RefusalCode.NOT_WELL_FORMED),
    "nul": ("<a>\0</a>", RefusalCode.NOT_WELL_FORMED),
    "control-char-ref": ("<a>&#1;</a>", RefusalCode.NOT_WELL_FORMED),
    "nul reference": ("<a>&#0;</a>", RefusalCode.NOT_WELL_FORMED),
    "surrogate reference": ("<a>&#xD800;</a>", RefusalCode.NOT_WELL_FORMED),
    "xml-1.1": ('<?xml version="1.1"?><a/>', RefusalCode.NOT_WELL_FORMED),
    "broken declaration": ("<?xml?><a/>", RefusalCode.NOT_WELL_FORMED),
    "]]> in text": ("<a>]]></a>", RefusalCode.NOT_WELL_FORMED),
    "empty": ("", RefusalCode.EMPTY),
    "whitespace": (" \r\n\t", RefusalCode.EMPTY),
    "HTML": ("<!DOCTYPE html><html><br></html>", RefusalCode.HTML),
    "HTML without doctype": ("\n<HTML><body>503</body></HTML>", RefusalCode.HTML),
    "XHTML": (
        "<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x' 'y'><html xmlns='z'/>",
        RefusalCode.HTML,
    ),
    "JSON": ('\n{"error": "503"}', RefusalCode.JSON),
    "JSON list": ("[]", RefusalCode.JSON),
    "plain text": ("Service Unavailable", RefusalCode.NOT_WELL_FORMED),
    "stylesheet PI": (
        '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><a/>',
        RefusalCode.PROCESSING_INSTRUCTION,
    ),
    "PI in the envelope": ("<a><?php x?></a>", RefusalCode.PROCESSING_INSTRUCTION),
    "PI behind the root": ("<a/><?x?>", RefusalCode.PROCESSING_INSTRUCTION),
    "PI behind the declaration": (
        "<?xml version='1.0'?><?x?><a/>",
        RefusalCode.PROCESSING_INSTRUCTION,
    ),
}


def _code(data: bytes, limits: Limits = DEFAULT) -> RefusalCode | None:
    try:
        xml.parse(data, limits)
    except xml.Refused as refused:
        return refused.code
    return None


@pytest.fixture
def nothing_opened() -> Iterator[None]:
    """A spy: the door opens no file and asks no host."""
    xml.parse(b"<warm/>")
    seen: list[str] = []

    def spy(event: str, arguments: tuple[object, ...]) -> None:
        if spying and event in {"open", "socket.connect", "socket.getaddrinfo"}:
            seen.append(f"{event} {arguments[0]}")

    spying = True
    sys.addaudithook(spy)
    yield
    spying = False
    assert seen == []


@pytest.mark.usefixtures("nothing_opened")
@pytest.mark.parametrize("name", DTD)
def test_document_type(name: str) -> None:
    assert _code(DTD[name].encode()) is RefusalCode.DTD


@pytest.mark.parametrize("name", DTD)
def test_document_type_in_utf_16(name: str) -> None:
    assert _code(DTD[name].encode("utf-16")) is RefusalCode.DTD


@pytest.mark.usefixtures("nothing_opened")
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    text, code = REFUSED[name]
    assert _code(text.encode()) is code


@pytest.mark.parametrize("name", [*DTD, *REFUSED])
def test_time_and_memory_are_bounded(name: str) -> None:
    text = DTD[name] if name in DTD else REFUSED[name][0]
    data = text.encode()
    tracemalloc.start()
    started = process_time()
    _code(data)
    spent = process_time() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 10
    assert peak < 64 * 1024 * 1024


def test_gzip_is_not_unpacked() -> None:
    assert _code(b"\x1f\x8b\x08\x00<a/>") is RefusalCode.COMPRESSED


def test_hash_collision_names() -> None:
    """Strings of equal DJBX33A hash: the parser's table must not become a list."""
    pairs = ("Ez", "FY")
    names = [""]
    for _ in range(14):
        names = [head + pair for head in names for pair in pairs]
    data = "<r>{}</r>".format("".join(f"<{name}/>" for name in names)).encode()
    started = process_time()
    assert _code(data) is None
    assert process_time() - started < 5


def test_comment_split() -> None:
    """A comment must not divide a value for one reader and join it for another."""
    root = xml.parse(b"<id>admin<!-- -->@evil</id>")
    assert root.text == "admin@evil"
    assert len(root) == 0


def test_cdata_tricks() -> None:
    assert xml.parse(b"<a><![CDATA[a]]>]]&gt;<![CDATA[<!DOCTYPE x><?x?>]]></a>").text == (
        "a]]><!DOCTYPE x><?x?>"
    )


@pytest.mark.usefixtures("nothing_opened")
def test_xinclude_is_only_an_element() -> None:
    root = xml.parse(
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude">'
        b'<xi:include href="file:///etc/hostname" parse="text"/></a>'
    )
    assert root[0].tag == "{http://www.w3.org/2001/XInclude}include"
    assert root[0].text is None


def test_there_is_no_switch_for_huge_trees_or_recovery() -> None:
    assert set(Limits.__slots__) & {"huge_tree", "recover", "resolve_entities"} == set()
    deep = Limits(max_depth=100_000)
    assert _code(b"<a>" * 3000 + b"</a>" * 3000, deep) is RefusalCode.NOT_WELL_FORMED


def test_a_name_that_does_not_exist_yet_is_no_way_around_the_ceiling() -> None:
    """The limits of names and elements hold for every parse, not for the first."""
    for index in range(3):
        data = f"<r>{''.join(f'<n{index}x{n}/>' for n in range(1000))}</r>".encode()
        assert _code(data) is None
        assert _code(data, Limits(max_elements=1000)) is RefusalCode.ELEMENTS
