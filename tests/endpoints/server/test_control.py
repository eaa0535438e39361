"""The control point: nothing without the token, and every call's effect as a client sees it."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account.account import Account
from harness.account.generic import Generic
from harness.endpoints.fault_rules import Rules, rule
from harness.endpoints.server import admission
from harness.endpoints.server.admission import Token
from harness.endpoints.server.control import CONTROL, Control
from harness.endpoints.server.governing import Governed, Served, written
from harness.endpoints.server.journal import Journal
from harness.endpoints.server.parsing import Received
from harness.errors import ConfigError
from harness.wsdl import Contract
from tests.account.asking import ROLES, add, caller, envelope, find, item
from tests.endpoints.server.callers import GOOD, Got, request
from tests.endpoints.server.governed import TOKEN, Governable, governable

METHODS = ("GET", "POST", "DELETE", "PUT", "OPTIONS")
NAMES = ("reset", "faults", "clock", "state", "journal", "outbox", "nothing", "", "../state")


def sent(server: Governable, role: str = "active", own_id: str = "mine") -> Got:
    kysely = add(item(role, own_id=own_id))
    return server.post(envelope("LisaaKohteita", caller() + kysely), "LisaaKohteita")


def target(got: Got) -> int:
    return int(re.findall(r"<(?:\w+:)?KohteenTila>(\d+)<", got.text)[0])


# Who may


@pytest.mark.parametrize("name", NAMES)
def test_without_the_token_everything_looks_the_same(contract: Contract, name: str) -> None:
    with governable(contract) as server:
        seen = set()
        for method in METHODS:
            for given_token in (None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper()):
                got = server.ask(method, f"{CONTROL}/{name}", b"{", token=given_token)
                shown = {**got.headers}
                shown.pop("date")
                seen.add((got.status, got.body, tuple(shown.items())))
        ((status, body, headers),) = seen
        assert status == 401
        assert dict(headers)["www-authenticate"] == "bearer"
        assert TOKEN.encode() not in body


@pytest.mark.parametrize(
    "value",
    [f"Basic {TOKEN}", TOKEN, f"Bearer{TOKEN}", f"Bearer {TOKEN}, Bearer x", "Bearer \xe4\xf6", ""],
)
def test_another_scheme_is_none(contract: Contract, value: str) -> None:
    with governable(contract) as server:
        assert server.ask("GET", f"{CONTROL}/state", Authorization=value).status == 401


def test_two_tokens_are_none(contract: Contract) -> None:
    with governable(contract) as server:
        got = server.ask("GET", f"{CONTROL}/state", authorization=f"Bearer {TOKEN}")
        assert got.status == 401


def test_a_web_page_may_not_post_even_with_the_token(contract: Contract) -> None:
    with governable(contract, rules=Rules([rule("html")])) as server:
        status, error = server.refused("DELETE", "faults", Origin="http://127.0.0.1")
        assert (status, error) == (403, "web pages may not control this server")
        assert len(server.governed.served.rules) == 1


def test_under_a_foreign_name_it_is_not_reached(contract: Contract) -> None:
    with governable(contract) as server:
        assert server.ask("GET", f"{CONTROL}/state", Host="evil.example").status == 421


def test_a_new_token_has_32_random_bytes_and_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(admission.VARIABLE, raising=False)
    first, second = admission.token(), admission.token()
    assert first != second
    assert len(first.value) == 43  # 32 bytes in base64
    assert first.value not in repr(first)
    (tmp_path / admission.FILE).symlink_to(tmp_path / "elsewhere")
    path = admission.write(first, tmp_path)
    assert path.read_text() == f"{first.value}\n"
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600
    assert not (tmp_path / "elsewhere").exists()


def test_a_token_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(admission.VARIABLE, TOKEN)
    assert admission.token() == Token(TOKEN)
    for bad in ("short", "with a space in it....", "ä" * 20, "x" * 513):
        monkeypatch.setenv(admission.VARIABLE, bad)
        with pytest.raises(ConfigError, match="16 to 512") as caught:
            admission.token()
        assert bad not in str(caught.value)


# What the calls do


def test_a_fault_rule_is_played(contract: Contract) -> None:
    with governable(contract) as server:
        there = server.call("POST", "faults", {"rules": ["html,once", "unavailable,every=2"]})
        assert there == {"rules": ["html,next=1", "unavailable,every=2"]}
        assert "<html" in server.post().text.lower()
        assert server.post().status == 503
        assert server.post().status == 200


def test_faults_are_cleared(contract: Contract) -> None:
    with governable(contract, rules=Rules([rule("unavailable")])) as server:
        assert server.post().status == 503
        assert server.call("DELETE", "faults") == {"rules": []}
        assert server.post().status == 200


def test_of_rules_with_a_mistake_none_is_added(contract: Contract) -> None:
    with governable(contract) as server:
        for rules in (["html", "htlm"], ["html"] * 101, ["html", 7], [], ["html,every=0"]):
            body = json.dumps({"rules": rules}).encode()
            assert server.refused("POST", "faults", body)[0] == 400
        assert server.call("GET", "faults") == {"rules": []}


@pytest.mark.parametrize(
    "text",
    ["html", "latency,milliseconds=5,jitter=2,every=3", "redirect,operation=HaeTilaTieto,next=2"],
)
def test_a_rule_is_told_as_it_is_written(text: str) -> None:
    assert written(rule(text)) == text
    assert rule(written(rule(text))) == rule(text)


def test_the_clock_moves_what_becomes_of_items(contract: Contract) -> None:
    with governable(contract) as server:
        assert target(sent(server, "slow")) == 202
        assert server.call("GET", "outbox") == {"messages": []}
        server.call("POST", "clock", {"advance": 61})
        (message,) = server.call("GET", "outbox")["messages"]
        assert [(each["customer"], each["code"]) for each in message["items"]] == [("slow", 200)]
        assert server.call("GET", f"outbox?after={message['number']}") == {"messages": []}
        assert ROLES["slow"].id not in json.dumps(message)


def test_the_clock_moves_to_a_moment(contract: Contract) -> None:
    with governable(contract) as server:
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
        wanted = moment.isoformat().replace("+00:00", "Z")
        told = server.call("POST", "clock", {"to": wanted})["account_time"]
        assert timedelta() <= datetime.fromisoformat(told) - moment < timedelta(minutes=1)
        status, error = server.refused("POST", "clock", b'{"to": "2020-01-01T00:00:00Z"}')
        assert (status, error) == (
            400,
            "account time is past that moment, and never runs backwards",
        )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance": -1},
        {"advance": True},
        {"advance": "1"},
        {"advance": 1e300},
        {"advance": 10**400},
        {"to": "tomorrow"},
        {"to": "2999-01-01T00:00:00"},
        {"to": "9999-12-31T23:59:59Z"},
        {"advance": 1, "to": "2999-01-01T00:00:00Z"},
        {"forward": 1},
    ],
)
def test_a_clock_that_cannot_be_moved_so(contract: Contract, body: dict[str, object]) -> None:
    with governable(contract) as server:
        before = server.account.now()
        status, _ = server.refused("POST", "clock", json.dumps(body).encode())
        assert status == 400
        assert server.account.now() - before < timedelta(minutes=1)


def test_a_maintenance_break_begins_and_ends(contract: Contract) -> None:
    with governable(contract) as server:
        server.call("POST", "state", {"maintenance": True})
        assert server.post().status == 503
        server.call("POST", "state", {"maintenance": False})
        assert server.post().status == 200


def test_tolerance_on_and_off(contract: Contract) -> None:
    kysely = re.sub("<KyselyAlku.*?/>|<KyselyLoppu.*?/>", "", find("active"))
    asked = envelope("HaeAsiakkaita", caller() + kysely)
    with governable(contract) as server:
        assert server.post(asked, "HaeAsiakkaita").status == 500
        server.call("POST", "state", {"tolerant": True})
        assert server.post(asked, "HaeAsiakkaita").status == 200
        server.call("POST", "state", {"tolerant": False})
        assert server.post(asked, "HaeAsiakkaita").status == 500


def test_queued_on_and_off(contract: Contract) -> None:
    with governable(contract) as server:
        server.call("POST", "state", {"queued": True})
        assert ">202<" in sent(server).text
        told = server.call("POST", "state", {"queued": False})
        assert told["switches"] == {"maintenance": False, "queued": False, "tolerant": False}
        assert target(sent(server, own_id="other")) == 200


def test_a_switch_that_is_none_turns_none(contract: Contract) -> None:
    with governable(contract) as server:
        for body in (b'{"maintenance": true, "x": true}', b'{"maintenance": 1}', b"{}"):
            assert server.refused("POST", "state", body)[0] == 400
        assert server.post().status == 200


def test_a_reset_leads_back_to_the_start(contract: Contract) -> None:
    with governable(contract, rules=Rules([rule("html,operation=LahetaViesti")])) as server:
        assert target(sent(server)) == 200
        assert target(sent(server)) == 520
        server.call("POST", "faults", {"rules": ["unavailable"]})
        server.call("POST", "state", {"maintenance": True})
        server.call("POST", "clock", {"advance": 86400})
        told = server.call("POST", "reset")
        assert told["faults"] == ["html,operation=LahetaViesti"]
        assert (told["items"], told["ahead"], told["switches"]["maintenance"]) == ([], 0, False)
        assert target(sent(server)) == 200
        assert told["last"] == 2  # the journal goes on


def test_the_journal_behind_a_position(contract: Contract) -> None:
    with governable(contract) as server:
        for _ in range(3):
            server.post()
        got = server.call("GET", "journal?since=1")
        assert [each["position"] for each in got["entries"]] == [2, 3]
        assert (got["last"], got["not_at_hand"]) == (3, 0)
        nothing = {"entries": [], "last": 3, "not_at_hand": 0}
        assert server.call("GET", "journal?since=3") == nothing
        for query in (
            "since=-1",
            "since=x",
            "since=1&since=2",
            "since=",
            f"since={'9' * 13}",
            "a=1",
        ):
            assert server.refused("GET", f"journal?{query}")[0] == 400


def test_entries_that_are_no_longer_at_hand_are_counted(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.endpoints.server.journal.SHOWN", 2)
    with governable(contract) as server:
        for _ in range(5):
            server.post()
        got = server.call("GET", "journal?since=1")
        assert ([each["position"] for each in got["entries"]], got["not_at_hand"]) == ([4, 5], 2)


def test_the_state_counts_items(contract: Contract) -> None:
    with governable(contract) as server:
        sent(server)
        sent(server, "slow", "another")
        told = server.call("GET", "state")
        assert [(each["code"], each["items"]) for each in told["items"]] == [(200, 1), (202, 1)]
        assert told["contract"] == contract.ref
        assert told["addresses"]["unsigned"] == server.url
        assert ROLES["active"].id not in json.dumps(told)


def test_an_identity_code_as_an_id_is_not_told(contract: Contract) -> None:
    with governable(contract) as server:
        sent(server, "slow", f"case of {ROLES['active'].id}")
        server.call("POST", "clock", {"advance": 61})
        (message,) = server.call("GET", "outbox")["messages"]
        assert message["items"][0]["own_id"] == "case of <identity code>"


def test_a_generic_other_side_has_faults_and_maintenance_only(contract: Contract) -> None:
    with governable(contract, other_side=Generic(contract)) as server:
        for method, name, body in (
            ("POST", "clock", b'{"advance": 1}'),
            ("GET", "outbox", b""),
            ("POST", "state", b'{"queued": true}'),
        ):
            assert server.refused(method, name, body)[0] == 400
        server.call("POST", "state", {"maintenance": True})
        assert server.post().status == 503
        server.call("POST", "reset")
        assert server.post().status == 200
        told = server.call("GET", "state")
        assert (told["account"], told["account_time"]) == (False, "")


# What is asked wrongly


def test_an_unknown_call_and_another_method(contract: Contract) -> None:
    with governable(contract) as server:
        got = server.ask("GET", f"{CONTROL}/resett")
        assert got.status == 404
        assert f"{CONTROL}/reset" in got.text
        got = server.ask("GET", f"{CONTROL}/reset")
        assert (got.status, got.headers["allow"]) == (405, "post")
        got = server.ask("PUT", f"{CONTROL}/faults")
        assert got.headers["allow"] == "get, post, delete"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "cannot be read as JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"[" * 60_000, "cannot be read as JSON"),
        (b'{"a":' * 10_000, "cannot be read as JSON"),
        (b'{"advance": NaN}', "cannot be read as JSON"),
        (b'{"advance": 1, "advance": 2}', "cannot be read as JSON"),
        (b'{"advance": ' + b"9" * 5000 + b"}", "cannot be read as JSON"),
        (b"\xff\xfe{\x00}\x00", "cannot be read as JSON"),
        (b'{"\\ud800": 1}', "takes no"),
        (b" " * 65_537, "larger than 65536 bytes"),
    ],
)
def test_hostile_bodies(contract: Contract, body: bytes, told: str) -> None:
    with governable(contract) as server:
        status, error = server.refused("POST", "clock", body)
        assert status == 400
        assert told in error
        assert server.post().status == 200


def test_a_form_is_no_body(contract: Contract) -> None:
    with governable(contract) as server:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            status, error = server.refused("POST", "reset", b"{}", Content_Type=kind)
            assert (status, error) == (400, "the body is not JSON")


@given(
    name=st.sampled_from(NAMES) | st.text(max_size=8),
    method=st.sampled_from(METHODS),
    query=st.text(st.characters(codec="ascii", min_codepoint=33), max_size=12),
    body=st.binary(max_size=40)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["rules", "advance", "to", "queued"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ).map(lambda data: json.dumps(data).encode()),
)
def test_whatever_is_asked_the_answer_is_json(
    contract: Contract, name: str, method: str, query: str, body: bytes
) -> None:
    account = Account()
    served = Served(contract, account, Rules(), Journal(), {})
    control = Control(Governed(served), Token(TOKEN))
    headers = (("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/json"))
    path = f"{CONTROL}/{name}".partition("?")[0].partition("#")[0]
    answer = control(Received(method, f"{path}?{query}", headers, body, True))
    told: Any = json.loads(answer.body.data)
    assert answer.status in {200, 400, 404, 405}
    assert ("error" in told) is (answer.status != 200)


def test_every_call_is_documented(contract: Contract) -> None:
    text = (Path(__file__).parents[3] / "docs" / "serve.md").read_text("utf-8")
    told = set(re.findall(r"(?m)^\| `(GET|POST|DELETE) (\w+)` \|", text))
    served = Served(contract, Account(), Rules(), Journal(), {})
    calls = Control(Governed(served), Token(TOKEN))._calls
    assert told == {(method, name) for name, methods in calls.items() for method in methods}


def test_the_control_point_is_no_service(contract: Contract) -> None:
    with governable(contract) as server:
        got = server.exchange(request(CONTROL, GOOD, close=True))
        assert got.startswith(b"HTTP/1.1 401 ")
