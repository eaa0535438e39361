"""What may be shown of a value that came out of a message.

A stored or printed finding shows codes, qualified names, numbers and lengths; any other text
becomes ``<text, 12 chars>``. Identity codes never appear, whatever they are embedded in.
"""

import re

from harness.identity import codes_in

# Numbers, booleans, plain codes such as CRN or SSN, dates: nothing a person could be told from.
_PLAIN = re.compile(r"[-+]?\d{1,9}(\.\d{1,6})?|true|false|[A-Z]{2,3}")
_QNAME = re.compile(r"(\{[\x21-\x7e]{1,200}\})?[A-Za-z_][\w.-]{0,100}", re.ASCII)
CODE = "<identity code>"


def shown(value: str) -> str:
    """How a message's value may be shown: as it is when harmless, else as its length."""
    if value == "":
        return "<empty>"
    if _PLAIN.fullmatch(value):
        return value
    return f"<text, {len(value)} chars>"


def shown_name(name: str) -> str:
    """How an element or attribute name of a peer may be shown: ASCII QNames only, no codes."""
    if _QNAME.fullmatch(name) and not codes_in(name, anywhere=True):
        return name
    return f"<name, {len(name)} chars>"


def without_codes(text: str) -> str:
    """``text`` with everything that looks like an identity code replaced."""
    spans = [match.span() for match in codes_in(text, anywhere=True)]
    for start, end in reversed(spans):
        text = text[:start] + CODE + text[end:]
    return text
