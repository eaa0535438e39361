"""Only UTF-8 and UTF-16, and only as declared."""

import codecs
from typing import Final

import pytest

from harness import xml
from harness.xml import RefusalCode

pytestmark = pytest.mark.attacks

TEXT: Final = "<a>äö €😀</a>"


def _declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{TEXT}'


ACCEPTED: Final = {
    "utf-8": TEXT.encode(),
    "utf-8 declared": _declared("utf-8").encode(),
    "utf-8 declared in capitals": _declared("UTF-8").encode(),
    "utf-8 with BOM": codecs.BOM_UTF8 + TEXT.encode(),
    "utf-8 with BOM, declared": codecs.BOM_UTF8 + _declared("UTF-8").encode(),
    "utf-8 with single quotes": _declared("utf-8").replace('"', "'").encode(),
    "standalone": TEXT.replace("<a>", "<?xml version='1.0' standalone='yes' ?><a>").encode(),
    "utf-16 little with BOM": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "utf-16 big with BOM": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "utf-16 little with BOM, declared": codecs.BOM_UTF16_LE
    + _declared("UTF-16").encode("utf-16-le"),
    "utf-16 big with BOM, declared": codecs.BOM_UTF16_BE + _declared("UTF-16").encode("utf-16-be"),
    "utf-16 little without BOM": _declared("UTF-16LE").encode("utf-16-le"),
    "utf-16 big without BOM": _declared("UTF-16BE").encode("utf-16-be"),
    "leading newline": b"\n" + TEXT.encode(),
}

REFUSED: Final = {
    "utf-7": b'<?xml version="1.0" encoding="UTF-7"?><x>+ADw-y/+AD4-</x>',
    "unknown-encoding": _declared("x-nope").encode(),
    "utf16-declared-utf8-bytes": _declared("UTF-16").encode(),
    "utf8-declared-utf16-bytes": _declared("UTF-8").encode("utf-16"),
    "little declared big": _declared("UTF-16BE").encode("utf-16-le"),
    "bad-utf8": b"<a>\xc3\x28</a>",
    "overlong utf-8": b"<a>\xc0\xbc</a>",
    "surrogate in utf-8": b"<a>\xed\xa0\x80</a>",
    "cut utf-8": TEXT.encode()[:-9],
    "latin1-as-utf8": _declared("UTF-8").replace("€😀", "").encode("latin-1"),
    "latin1": _declared("ISO-8859-1").replace("€😀", "").encode("latin-1"),
    "windows-1252": _declared("windows-1252").replace("😀", "").encode("cp1252"),
    "us-ascii": b'<?xml version="1.0" encoding="US-ASCII"?><a/>',
    "half a utf-16 unit": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"x",
    "lone surrogate in utf-16": codecs.BOM_UTF16_LE + "<a>".encode("utf-16-le") + b"\x00\xd8",
    "declared as nothing": _declared("").encode(),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert xml.parse(ACCEPTED[name]).text == "äö €😀"


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_a_character_set(name: str) -> None:
    with pytest.raises(xml.Refused) as caught:
        xml.parse(REFUSED[name])
    assert caught.value.code is RefusalCode.CHARSET


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "cp037"])
def test_other_families_never_enter(encoding: str) -> None:
    with pytest.raises(xml.Refused) as caught:
        xml.parse("<a>x</a>".encode(encoding))
    assert caught.value.code in {RefusalCode.CHARSET, RefusalCode.NOT_WELL_FORMED}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_second_byte_order_mark_is_a_character_before_the_document(encoding: str) -> None:
    """The parser would pass over it, and over what the declaration behind it says."""
    with pytest.raises(xml.Refused) as caught:
        xml.parse(f"\ufeff{_declared('ISO-8859-1')}".encode(encoding))
    assert caught.value.code is RefusalCode.NOT_WELL_FORMED


def test_the_line_of_a_bad_byte_is_told() -> None:
    with pytest.raises(xml.Refused, match="line 3") as caught:
        xml.parse(b"<a>\n\n\xff</a>")
    assert caught.value.line == 3
