"""The state page: what it shows, what it never shows, and that nothing on it can act."""

import base64
import re
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account.account import Account
from harness.account.customers import CUSTOMERS
from harness.endpoints.fault_rules import Rules, rule
from harness.endpoints.server.governing import Count, Governed, Overview, ReturnChannelState, Served
from harness.endpoints.server.journal import Entry, Journal
from harness.endpoints.server.mounting import mount
from harness.endpoints.server.page import PAGE, Page, rendered
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Site
from harness.exchange.findings import meaning
from harness.identity import codes_in
from harness.wsdl import Contract
from tests.account.asking import add, caller, envelope, item
from tests.endpoints.server.callers import GOOD
from tests.endpoints.server.governed import TOKEN, governable

ENTRY = Entry(
    1,
    "2026-11-22T12:00:00.000000Z",
    "in",
    "POST",
    "/path",
    "HaeTilaTieto",
    200,
    (),
    "",
    1,
    "",
    2,
    "",
    0.1,
)
OVERVIEW = Overview(
    contract="name/1",
    addresses={"unsigned": "http://127.0.0.1:1/path"},
    account=True,
    account_time="2026-11-22T12:00:00Z",
    ahead=0,
    switches={"maintenance": False},
    items=(Count(200, "STORED", 3),),
    return_channel=ReturnChannelState("", {"pending": 0}, 0, "", ()),
    faults=(),
    last=1,
    journal="",
    problems=(),
)


class Parsed(HTMLParser):
    """Elements that are open, checked against those that end; text by element."""

    void: ClassVar[set[str]] = {"meta", "br"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_it_shows_how_the_server_stands(contract: Contract) -> None:
    with governable(contract, rules=Rules([rule("latency,milliseconds=0")])) as server:
        server.post()
        server.post(b"<a/>")
        server.call("POST", "state", {"tolerant": True})
        server.call("POST", "clock", {"advance": 3600})
        page = server.page()
        text = " ".join(Parsed(page).texts)
    for shown in (
        contract.ref,
        server.url,
        "tolerant",
        "1:00:00 ahead",
        "latency,milliseconds=0",
        "HaeTilaTieto",
        "envelope",
        meaning("envelope").text,
        *(each.role for each in CUSTOMERS),
    ):
        assert shown in text, shown
    assert 'href="#envelope"' in page
    assert 'id="envelope"' in page


def test_it_shows_the_last_fifty(contract: Contract) -> None:
    with governable(contract) as server:
        for _ in range(52):
            server.post()
        rows = re.findall(r'<th scope="row">(\d+)</th>', server.page())
    assert [int(row) for row in rows] == list(range(52, 2, -1))


def test_nothing_on_it_can_act(contract: Contract) -> None:
    with governable(contract) as server:
        server.post()
        got = server.ask("GET", PAGE, token=None)
    page = Parsed(got.text)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "form", "iframe", "img", "link", "object", "input", "base"}
    assert not [
        key for _, attributes in page.elements for key in attributes if key.startswith("on")
    ]
    assert {each["href"] for each in page.all("a")} <= {f"{PAGE}?still=1"}
    style = re.findall(r"(?s)<style>(.*?)</style>", got.text)
    digest = base64.b64encode(sha256(style[0].encode()).digest()).decode().lower()
    policy = got.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "unsafe" not in policy
    assert got.headers["cache-control"] == "no-store"


def test_it_can_be_read_without_seeing_it(contract: Contract) -> None:
    with governable(contract) as server:
        server.post()
        page = Parsed(server.page())
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("h2")) >= 4
    assert all(each["scope"] in {"col", "row"} for each in page.all("th"))
    assert [name for name, _ in page.elements].count("main") == 1


def test_it_can_be_held_still(contract: Contract) -> None:
    with governable(contract) as server:
        assert 'http-equiv="refresh"' in server.page()
        assert 'http-equiv="refresh"' not in server.page("?still=1")


def test_it_is_only_for_looking_at(contract: Contract) -> None:
    with governable(contract) as server:
        assert server.ask("POST", PAGE).status == 405
        assert server.ask("GET", f"{PAGE}other", token=None).status == 404
        assert server.ask("GET", "/harness", token=None).status == 200
        assert server.ask("GET", PAGE, token=None, Host="evil.example").status == 421


def test_where_others_reach_it_the_token_is_asked_for(contract: Contract) -> None:
    with governable(contract, page_token=TOKEN) as server:
        got = server.ask("GET", PAGE, token=None)
        assert got.status == 401
        assert got.headers["www-authenticate"].startswith("basic ")
        assert contract.ref not in got.text
        for user, password, status in (
            ("", TOKEN, 200),
            ("anybody", TOKEN, 200),
            (TOKEN, "", 401),
            ("", f"{TOKEN}x", 401),
        ):
            word = base64.b64encode(f"{user}:{password}".encode()).decode()
            got = server.ask("GET", PAGE, Authorization=f"Basic {word}")
            assert got.status == status
        assert server.ask("GET", PAGE, Authorization="Basic ###").status == 401
        assert server.ask("GET", PAGE).status == 200
        assert (
            server.ask("GET", f"{PAGE}control/state", Authorization=f"Basic {word}").status == 401
        )


NASTY = st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style>", "&lt;", "'", "\0"]
) | st.text(max_size=12)


@given(operation=NASTY, path=NASTY, method=NASTY, at=NASTY, code=NASTY, fault=NASTY, contract=NASTY)
def test_whatever_names_are_called_they_are_text(
    operation: str, path: str, method: str, at: str, code: str, fault: str, contract: str
) -> None:
    entry = replace(ENTRY, operation=operation, path=path, method=method, at=at, codes=(code,))
    entry = replace(entry, fault=fault)
    overview = replace(
        OVERVIEW,
        contract=contract,
        addresses={operation: path},
        faults=(fault,),
        problems=(code,),
        journal=path,
        switches={operation: True},
    )
    roles = [(operation, method, path)]
    page = Parsed(rendered(overview, roles, [entry]))
    usual = Parsed(rendered(replace(OVERVIEW, faults=("x",), problems=("x",)), roles, [ENTRY]))
    assert _elements(page) <= _elements(usual) | {"code", "a", "dl", "dt", "dd"}
    assert {key for _, attributes in page.elements for key in attributes} <= {
        *("lang", "charset", "name", "content", "http-equiv", "href", "class", "role"),
        *("tabindex", "aria-label", "scope", "id"),
    }


def _elements(page: Parsed) -> set[str]:
    return {name for name, _ in page.elements}


def test_problems_are_told_first() -> None:
    page = rendered(replace(OVERVIEW, problems=("the journal ends at position 4",)), [], [])
    assert page.index("the journal ends at position 4") < page.index("Addresses")


def test_a_code_of_another_release_is_shown_without_its_meaning() -> None:
    page = rendered(OVERVIEW, [], [replace(ENTRY, codes=("from-the-future", "schema"))])
    assert "from-the-future" in page
    assert "#from-the-future" not in page
    assert "#schema" in page


CODES = st.sampled_from([*(each.id for each in CUSTOMERS if each.type == "SSN"), "010190-900A"])


@pytest.fixture(scope="module")
def looked_at(contract: Contract) -> tuple[Site, Page, str]:
    journal, account, site = Journal(), Account(), Site()
    site._observer = journal.note
    path = mount(site, contract, account, "http://localhost").unsigned
    governed = Governed(Served(contract, account, site.rules, journal, {"unsigned": path}))
    return site, Page(governed), path


@given(code=CODES, where=st.integers(0, 4), around=st.sampled_from(["", "x", "<", "&#"]))
def test_no_identity_code_of_a_request_is_ever_shown(
    looked_at: tuple[Site, Page, str], code: str, where: int, around: str
) -> None:
    site, page, path = looked_at
    bodies = [
        f"{around}{code}{around}".encode(),
        f"<{code}/>".encode(),
        envelope("LisaaKohteita", caller() + add(item("active", own_id=code, title=code))),
        envelope(f"A{code}", ""),
        GOOD,
    ]
    headers = (("Host", "localhost"), ("SOAPAction", code), ("Content-Type", f"text/xml;a={code}"))
    for target in (path, f"{path}?{code}", f"/{around}{code}"):
        site.reply(Received("POST", target, headers, bodies[where], True))
    text = page(Received("GET", f"{PAGE}?{code}", headers, b"", True)).body.data.decode()
    assert not codes_in(text, anywhere=True)
