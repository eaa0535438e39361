"""UsernameToken: a user's name with a password, as it is or as a digest (profile 1.1)."""

import hmac
import secrets
from base64 import b64encode
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from typing import TYPE_CHECKING, Final

from lxml import etree

from harness.classes import dataclass
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.security import names
from harness.exchange.security.canonical import from_base64
from harness.exchange.security.clock import Period, judge_period, moment, written
from harness.exchange.security.layout import PLACE
from harness.exchange.security.names import wsse, wsu
from harness.exchange.security.policy import Credentials, Policy

if TYPE_CHECKING:
    from lxml.etree import _Element

WHERE = f"{PLACE}/UsernameToken"
_BASE64: Final = names.BASE64


class PasswordType(StrEnum):
    """How the password is written."""

    TEXT = "text"
    """As it is: only over TLS."""
    DIGEST = "digest"
    """Base64 of SHA-1 over nonce, time of creation and password."""


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """A UsernameToken that is to be written."""

    username: str
    password: str = field(repr=False)
    type: PasswordType = PasswordType.DIGEST


def write(parent: "_Element", token: UsernameToken, now: datetime, identifier: str) -> "_Element":
    """Append the token to a Security header; returns its element."""
    element = etree.SubElement(parent, names.USERNAME_TOKEN, {names.WSU_ID: identifier})
    etree.SubElement(element, wsse("Username")).text = token.username
    password = etree.SubElement(element, wsse("Password"))
    if token.type is PasswordType.TEXT:
        password.set("Type", names.PASSWORD_TEXT)
        password.text = token.password
        return element
    nonce, created = secrets.token_bytes(16), written(now)
    password.set("Type", names.PASSWORD_DIGEST)
    password.text = digest(nonce, created, token.password)
    noted = etree.SubElement(element, wsse("Nonce"), {"EncodingType": _BASE64})
    noted.text = b64encode(nonce).decode()
    etree.SubElement(element, wsu("Created")).text = created
    return element


def digest(nonce: bytes, created: str, password: str) -> str:
    """What PasswordDigest holds (username token profile 1.1 section 3.1)."""
    data = nonce + created.encode() + password.encode()
    return b64encode(sha1(data, usedforsecurity=False).digest()).decode()


def judge_username(
    element: "_Element | None", wanted: Credentials, policy: Policy, now: datetime
) -> tuple[Finding | None, tuple[bytes, datetime] | None]:
    """What is wrong with a token, and nonce and time of a right one with a digest."""
    if element is None:
        return Finding(FindingCode.USERNAME_TOKEN, PLACE, "a UsernameToken"), None
    texts = {str(child.tag): child.text or "" for child in element}
    password = element.find(wsse("Password"))
    if len(texts) != len(element) or password is None:
        return Finding(
            FindingCode.USERNAME_TOKEN, WHERE, "Username, Password, Nonce, Created"
        ), None
    wrong = Finding(FindingCode.USERNAME_TOKEN, WHERE, "the user and password that were agreed")
    user_agrees = _same(texts.get(wsse("Username"), ""), wanted.username)
    if password.get("Type", names.PASSWORD_TEXT) != names.PASSWORD_DIGEST:
        right = _same(texts[wsse("Password")], wanted.password) and user_agrees
        return (None if right else wrong), None
    nonce, created = from_base64(texts.get(wsse("Nonce"))), texts.get(wsu("Created"), "")
    at = moment(created)
    if nonce is None or at is None:
        return Finding(FindingCode.USERNAME_TOKEN, WHERE, "Nonce and Created"), None
    expected = digest(nonce, created, wanted.password)
    if not (_same(texts[wsse("Password")], expected) and user_agrees):
        return wrong, None
    return judge_period(Period(at), policy, now), (nonce, at)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
