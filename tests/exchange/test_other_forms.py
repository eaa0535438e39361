"""The same message in another form: a part left out, empty, or nil."""

import pytest

from harness.exchange.forms import Form, reformed

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def envelope(content: str) -> bytes:
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    return f'<s:Envelope xmlns:s="{soap}"><s:Body><A>{content}</A></s:Body></s:Envelope>'.encode()


@pytest.mark.parametrize(
    ("form", "name", "before", "after"),
    [
        (Form.ABSENT, "B", "<B>1</B><C/><B>2</B>", "<C/>"),
        (Form.EMPTY, "B", '<B x="1"><C/>1</B>', '<B x="1"/>'),
        (Form.NIL, "B", '<B x="1"><C/>1</B>', f'<B {XSI} xsi:nil="true"/>'),
        (Form.ABSENT, "@x", '<B x="1"/><C x="" y="2"/>', '<B/><C y="2"/>'),
        (Form.EMPTY, "@x", '<B x="1"/><C/>', '<B x=""/><C/>'),
        (Form.ABSENT, "B", "<B><B>1</B></B>", ""),
        (Form.EMPTY, "B", "<B><B>1</B></B>", "<B/>"),
    ],
)
def test_a_part_in_another_form(form: Form, name: str, before: str, after: str) -> None:
    assert reformed(envelope(before), form, name) == reformed_as(after)


def reformed_as(content: str) -> bytes:
    written = envelope(content).replace(b"<A></A>", b"<A/>")
    return b"<?xml version='1.0' encoding='UTF-8'?>\n" + written


@pytest.mark.parametrize("name", ["D", "@d", "Body"])
def test_what_is_not_there_alters_nothing(name: str) -> None:
    assert reformed(envelope("<B/>"), Form.ABSENT, name) is None
