"""Whatever comes in: an element or a refusal, and the same one whichever way it was read."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from harness import xml
from harness.limits import DEFAULT, Limits
from harness.xml.octets import as_utf8
from harness.xml.scan import scan

PIECES = st.sampled_from(
    [
        *(
            "<a>",
            "</a>",
            "<a/>",
            "<p:a xmlns:p='u'>",
            "</p:a>",
            "<a b='c'/>",
            "x",
            "&lt;",
            "&#x41;",
        ),
        *("<!--", "-->", "<![CDATA[", "]]>", "<?x", "?>", "<!DOCTYPE a>", "<!DOCTYPE a [", "]>"),
        *("<?xml version='1.0'?>", "<?xml version='1.0' encoding='utf-8'?>", "\n", " ", "=", ">"),
        *("'", '"', "&", "\0", "\ufeff", "<", "ä", "😀", "<a ", "b=''", "/>", "xmlns='v'"),
    ]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join)
SMALL = Limits(max_depth=3, max_attributes=2, max_elements=4, max_text=6, max_name=6)
LIMITS = st.sampled_from([DEFAULT, SMALL])


def _enters(data: bytes, limits: Limits) -> bool:
    try:
        return isinstance(xml.parse(data, limits), etree._Element)
    except xml.Refused:
        return False


@given(st.binary(max_size=200), LIMITS)
def test_any_bytes(data: bytes, limits: Limits) -> None:
    assert _enters(data, limits) in {True, False}


@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"]), LIMITS)
def test_any_pieces_of_markup(text: str, encoding: str, limits: Limits) -> None:
    assert _enters(text.encode(encoding), limits) in {True, False}


@given(TEXTS.map(lambda inside: f"<r>{inside}</r>"), LIMITS)
def test_the_quick_way_decides_as_the_exact_scan_does(text: str, limits: Limits) -> None:
    """The bound may send a document to the scan, but never past it."""
    data = text.encode()
    try:
        scan(as_utf8(data, limits), limits)
        exact = True
    except xml.Refused:
        exact = False
    assert _enters(data, limits) is exact


@given(TEXTS.map(lambda inside: f"<r>{inside}</r>"))
def test_what_enters_has_no_other_nodes(text: str) -> None:
    try:
        root = xml.parse(text.encode())
    except xml.Refused:
        return
    assert all(isinstance(node.tag, str) for node in root.iter())
    assert root.getroottree().docinfo.doctype == ""
    assert root.getprevious() is None
    assert root.getnext() is None


@given(TEXTS, st.integers(min_value=0, max_value=200))
def test_a_message_cut_anywhere_never_enters(text: str, cut: int) -> None:
    whole = f"<r>{text.replace('<', '')}</r>".replace("&", "").encode()
    if _enters(whole, DEFAULT):
        assert not _enters(whole[: min(cut, len(whole) - 1)], DEFAULT)
