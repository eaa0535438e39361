"""Each limit at its edge, with the line of the refusal and nothing of the document."""

import traceback
from dataclasses import replace
from typing import Final

import pytest
from lxml import etree

from harness import xml
from harness.limits import DEFAULT, Limits
from harness.xml import RefusalCode

SMALL: Final = Limits(max_depth=4, max_attributes=3, max_elements=5, max_text=10, max_name=12)

EDGES: Final = {
    "depth": ("<a><a><a><a/></a></a></a>", "<a><a><a>\n<a><a/></a></a></a></a>", RefusalCode.DEPTH),
    "attributes": (
        '<a b="" c="" d=""/>',
        '\n<a b="" c="" d="" e=""/>',
        RefusalCode.ATTRIBUTES,
    ),
    "namespaces count too": (
        '<a xmlns="u" xmlns:p="v" d=""/>',
        '\n<a xmlns="u" xmlns:p="v" d="" e=""/>',
        RefusalCode.ATTRIBUTES,
    ),
    "elements": ("<a><b/><b/><b/><b/></a>", "<a><b/><b/><b/><b/>\n<b/></a>", RefusalCode.ELEMENTS),
    "text": ("<a>0123456789</a>", "\n<a>0123456789a</a>", RefusalCode.TEXT),
    "text counts bytes": ("<a>ääääå</a>", "\n<a>ääääää</a>", RefusalCode.TEXT),
    "text over comments": (
        "<a>01234<!-- -->56789</a>",
        "\n<a>01234<!-- -->567890</a>",
        RefusalCode.TEXT,
    ),
    "text with CDATA": (
        "<a>01234<![CDATA[56789]]></a>",
        "\n<a>01234<![CDATA[567890]]></a>",
        RefusalCode.TEXT,
    ),
    "attribute value": ('<a b="0123456789"/>', '\n<a b="0123456789a"/>', RefusalCode.TEXT),
    "element name": ("<n23456789012/>", "\n<n234567890123/>", RefusalCode.NAME),
    "attribute name": ('<a n23456789012=""/>', '\n<a n234567890123=""/>', RefusalCode.NAME),
    "qualified name": ('<a xmlns="0123456"/>', '\n<abcd xmlns="0123456"/>', RefusalCode.NAME),
    "namespace name": (
        '<a xmlns:p="n23456789012"/>',
        '\n<a xmlns:p="n234567890123"/>',
        RefusalCode.NAME,
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_at_the_limit_and_one_beyond(name: str) -> None:
    within, beyond, code = EDGES[name]
    assert isinstance(xml.parse(within.encode(), SMALL), etree._Element)
    assert isinstance(xml.parse(beyond.encode(), DEFAULT), etree._Element)
    with pytest.raises(xml.Refused) as caught:
        xml.parse(beyond.encode(), SMALL)
    assert caught.value.code is code
    assert caught.value.line == 2
    assert caught.value.detail.isdigit()


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_the_encoding_is_no_way_around(name: str, encoding: str) -> None:
    within, beyond, code = EDGES[name]
    if encoding == "utf-16-le":
        beyond = beyond.lstrip("\n")
    xml.parse(within.encode(encoding), SMALL)
    with pytest.raises(xml.Refused) as caught:
        xml.parse(beyond.encode(encoding), SMALL)
    assert caught.value.code is code


def test_message_size() -> None:
    limits = replace(DEFAULT, max_message_bytes=7)
    xml.parse(b"<a>x</a"[:3] + b"</a>", limits)
    with pytest.raises(xml.Refused) as caught:
        xml.parse(b"<a>x</a>", limits)
    assert (caught.value.code, caught.value.detail) == (RefusalCode.TOO_LARGE, "7")


def test_an_attachment_of_nearly_the_limit_enters() -> None:
    data = b"<a>" + b"YWJj" * (1024 * 1024 - 4) + b"</a>"
    assert len(xml.parse(data).text or "") == len(data) - 7


def test_many_items_enter() -> None:
    item = b'<i><t n="1" m="2">text = with &lt;signs&gt;</t></i>\n'
    assert len(xml.parse(b"<r>" + item * 20_000 + b"</r>")) == 20_000


def test_line_in_a_document_of_many_lines() -> None:
    data = b"<r>\n" + b"\n" * 20_000 + b"<?x?></r>"
    with pytest.raises(xml.Refused) as caught:
        xml.parse(data)
    assert 19_990 <= caught.value.line <= 20_002


@pytest.mark.parametrize(
    "data",
    [
        "<a>{}<b></a>",
        '<a b="{}" b=""/>',
        "<{}><</{}>",
        "<!DOCTYPE a [<!ENTITY x '{}'>]><a/>",
        "<?{} {}?><a/>",
        "<a>&{};</a>",
        "{{'{}': 1}}",
        "<html>{}</html>",
    ],
)
def test_nothing_of_the_document_is_in_the_refusal(data: str) -> None:
    secret = "n131052-9085"
    with pytest.raises(xml.Refused) as caught:
        xml.parse(data.format(secret, secret).encode())
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert "308T" not in shown
    assert caught.value.__cause__ is None
