"""The journal of exchanges: what stands in it, what never does, and what a crash may cost."""

import errno
import json
import os
import re
import stat
from dataclasses import fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account.choosing import simulation
from harness.endpoints.faults import fault
from harness.endpoints.server.journal import (
    DEFAULT_LIMITS,
    SHOWN,
    Entry,
    Journal,
    JournalFile,
    line_of,
)
from harness.endpoints.server.keeping import held
from harness.endpoints.server.mounting import mount
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Observed, Reply, Site
from harness.errors import ConfigError
from harness.exchange.kept import Keeper, Keeping
from harness.exchange.messages import Answer, Body
from harness.identity import codes_in
from harness.vocabulary import Level
from harness.wsdl import Contract
from tests.account.asking import ROLES, add, caller, envelope, item
from tests.endpoints.server.callers import GOOD, request, whole
from tests.endpoints.server.governed import governable

AT = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)


def observed(body: bytes = b"request", answer: bytes = b"answer") -> Observed:
    received = Received("POST", "/path?query", (), body, True)
    reply = Reply(Answer(200, (), Body(answer)))
    return Observed(AT, received, "/path", "Operation", reply, 0.25, ("schema", "schema"))


def written(path: Path, count: int) -> bytes:
    """A journal with so many entries; gives its bytes."""
    journal = Journal(JournalFile(path))
    for _ in range(count):
        journal.note(observed())
    journal.close()
    return path.read_bytes()


def test_an_entry_tells_sizes_digests_and_findings(tmp_path: Path) -> None:
    journal = Journal(JournalFile(tmp_path / "j"))
    spoilt = Reply(observed().reply.answer, fault("html"), 0)
    journal.note(replace(observed(), reply=spoilt))
    journal.close()
    _, line = (tmp_path / "j").read_bytes().splitlines()
    assert json.loads(line) == {
        "position": 1,
        "at": "2026-11-22T12:00:00.000005Z",
        "direction": "in",
        "method": "POST",
        "path": "/path",
        "operation": "Operation",
        "status": 200,
        "codes": ["schema"],
        "fault": "html",
        "request_bytes": 7,
        "request_sha256": sha256(b"request").hexdigest(),
        "answer_bytes": 6,
        "answer_sha256": sha256(b"answer").hexdigest(),
        "seconds": 0.25,
    }


@given(
    method=st.text(max_size=9),
    path=st.text(max_size=9),
    operation=st.text(max_size=9),
    codes=st.lists(st.text(max_size=5), unique=True, max_size=3),
    seconds=st.floats(0, 1e6),
    at=st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - naive by contract
)
def test_a_line_is_read_as_it_was_written(
    method: str, path: str, operation: str, codes: list[str], seconds: float, at: datetime
) -> None:
    usual = observed()
    seen = replace(
        usual,
        received=replace(usual.received, method=method),
        path=path,
        operation=operation,
        codes=tuple(codes),
        seconds=seconds,
        at=at,
    )
    line = line_of(7, seen, ("0" * 64, "1" * 64))
    entry = Entry.read(line)
    assert line.count(b"\n") == 1
    assert (entry.position, entry.method, entry.path) == (7, method, path)
    assert (entry.operation, entry.codes) == (operation, tuple(codes))
    assert abs(entry.seconds - seconds) < 1e-6
    assert datetime.fromisoformat(entry.at) == at


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    written(tmp_path / "new" / "j", 1)
    assert stat.S_IMODE((tmp_path / "new" / "j").stat().st_mode) == 0o600


def test_a_restart_goes_on_behind_the_last_entry(tmp_path: Path) -> None:
    written(tmp_path / "j", 3)
    again = Journal(JournalFile(tmp_path / "j"))
    again.note(observed())
    assert [each.position for each in again.after(0)] == [1, 2, 3, 4]
    again.close()
    lines = (tmp_path / "j").read_bytes().splitlines()
    assert [json.loads(line)["position"] for line in lines[1:]] == [1, 2, 3, 4]


def test_a_restart_keeps_what_clients_did(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "j"
    with governable(contract, path) as server:
        server.post()
        server.post(b"<a/>")
        first = server.call("GET", "journal")["entries"]
    with governable(contract, path) as server:
        server.post()
        entries = server.call("GET", "journal")["entries"]
    assert entries[:2] == first
    assert [(each["status"], each["codes"]) for each in entries] == [
        (200, []),
        (500, ["envelope"]),
        (200, []),
    ]


def test_a_call_to_no_service_stands_there_without_its_path(contract: Contract) -> None:
    with governable(contract) as server:
        got = whole(server.exchange(request("/somewhere-else", GOOD, close=True)))
        assert got.status == 404
        (entry,) = server.journal.after(0)
    assert (entry.path, entry.operation, entry.status) == ("", "", 404)
    assert "somewhere" not in repr(entry)


def test_looking_at_the_server_is_no_exchange(contract: Contract) -> None:
    with governable(contract) as server:
        server.page()
        server.call("GET", "state")
        assert server.journal.last == 0


@given(cut=st.integers(min_value=0), data=st.data())
def test_whatever_is_torn_the_rest_is_whole(
    cut: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("torn") / "j"
    whole_file = written(path, 4)
    size = cut % (len(whole_file) + 1)
    path.write_bytes(whole_file[:size] + data.draw(st.sampled_from([b"", b"\0" * 40])))
    file = JournalFile(path)
    kept = path.read_bytes()
    assert kept == whole_file[: len(kept)] or size < whole_file.index(b"\n") + 1
    assert kept.endswith(b"\n")
    assert [Entry.read(each).position for each in file.lines] == list(range(1, file.last + 1))
    assert file.last == max(0, whole_file[:size].count(b"\n") - 1)
    file.close()


def test_a_torn_last_line_is_cut_off_and_told(tmp_path: Path) -> None:
    path = tmp_path / "j"
    good = written(path, 2)
    path.write_bytes(good + b'{"position":3,"at":"20')
    file = JournalFile(path)
    assert (file.cut, file.last, path.read_bytes()) == (22, 2, good)
    file.close()


@pytest.mark.parametrize(
    "data",
    [
        b"alias ls='ls -l'\n",
        b"one line without an end",
        b'{"journal":"of somebody else"}\n',
        b'{"journal":"harness serve","format":2,"after":0}\n',
        b'{"journal":"harness serve","format":1,"after":-1}\n',
        b'{"journal":"harness serve","format":1,"after":0}\nnonsense\n',
        b'{"journal":"harness serve","format":1,"after":0}\n{"position":1}\n',
        b'{"journal":"harness serve","format":1,"after":0}\n' + b"[" * 100_000 + b"\n",
        b"\0\0\0\0\n",
    ],
)
def test_a_file_that_is_no_journal_is_left_as_it_is(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="--journal"):
        JournalFile(path)
    assert path.read_bytes() == data


@given(st.binary(max_size=300) | st.builds(lambda text: text.encode(), st.text()))
def test_any_line_is_an_entry_or_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the promise
        Entry.read(line)


@pytest.mark.parametrize(
    "change",
    [
        {"position": 0},
        {"position": True},
        {"codes": [1]},
        {"codes": "schema"},
        {"path": None},
        {"seconds": "1"},
        {"more": 1},
    ],
)
def test_an_entry_of_other_types_is_none(change: dict[str, object]) -> None:
    good = json.loads(line_of(1, observed(), ("0" * 64, "1" * 64)))
    assert Entry.read(json.dumps(good).encode()).data() == {**good, "codes": ("schema",)}
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the promise
        Entry.read(json.dumps({**good, **change}).encode())


def test_a_full_file_becomes_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "j"
    limits = replace(DEFAULT_LIMITS, max_file_bytes=2000)
    journal = Journal(JournalFile(path, limits))
    for _ in range(40):
        journal.note(observed())
        journal.flush()
    journal.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["j", "j.1"]
    assert all(each.stat().st_size <= 2000 for each in tmp_path.iterdir())
    again = JournalFile(path, limits)
    before = [Entry.read(line) for line in (tmp_path / "j.1").read_bytes().splitlines()[1:]]
    positions = [each.position for each in (*before, *map(Entry.read, again.lines))]
    assert positions == list(range(positions[0], 41))
    again.close()


def test_a_full_disk_leaves_whole_lines_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j"
    journal = Journal(JournalFile(path))
    journal.note(observed())
    journal.flush()
    good = path.read_bytes()
    real, left = os.write, [100]

    def full(descriptor: int, data: bytes) -> int:
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        size = min(left[0], len(data))
        left[0] -= size
        return real(descriptor, bytes(data[:size]))

    monkeypatch.setattr(os, "write", full)
    journal.note(observed())
    journal.flush()
    journal.note(observed())
    monkeypatch.undo()
    journal.close()
    assert path.read_bytes() == good
    assert journal.problems == ("the journal ends at position 1: No space left on device",)
    assert [each.position for each in journal.after(0)] == [1, 2, 3]  # those at hand go on


def test_the_last_thousand_are_at_hand(tmp_path: Path) -> None:
    journal = Journal()
    for _ in range(SHOWN + 5):
        journal.note(observed())
    assert [each.position for each in journal.after(0)] == list(range(6, SHOWN + 6))
    assert [each.position for each in journal.latest(2)] == [SHOWN + 5, SHOWN + 4]
    path = tmp_path / "j"
    written(path, SHOWN + 5)
    assert len(JournalFile(path).lines) == SHOWN


def test_two_servers_do_not_keep_one_journal(tmp_path: Path) -> None:
    with (
        held(tmp_path / "lock"),
        pytest.raises(ConfigError, match="another harness serve"),
        held(tmp_path / "lock"),
    ):
        pytest.fail("held twice")
    with held(tmp_path / "lock"):
        pass


CODES = st.sampled_from([ROLES["active"].id, ROLES["new-sign"].id, "010190-900A", "311299A999X"])
TEXTS = st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=12)


@given(code=CODES, around=st.tuples(TEXTS, TEXTS), where=st.integers(0, 5))
def test_no_identity_code_of_a_request_ever_gets_there(
    contract: Contract, code: str, around: tuple[str, str], where: int
) -> None:
    journal, seen = Journal(), f"{around[0]}{code}{around[1]}"
    site = Site(observer=journal.note)
    path = _mounted(site, contract)
    bodies = {
        0: seen.encode(),
        1: f"<{code}/>".encode(),
        2: envelope("LisaaKohteita", caller() + add(item("active", own_id=code))),
        3: envelope(f"Op{code}", caller()),
        4: envelope("HaeTilaTieto", caller(name=code)),
        5: GOOD,
    }
    headers = (("Host", "localhost"), ("SOAPAction", seen), ("Content-Type", f"text/xml; a={seen}"))
    for target in (path, f"{path}?{code}", f"/{code}/x", f"{path}/{seen.replace(' ', '')}"):
        site.reply(Received("POST", target, headers, bodies[where], True))
    assert journal.last >= 2
    text = repr(journal.after(0))
    assert code not in text
    assert not codes_in(text)


def _mounted(site: Site, contract: Contract) -> str:
    return mount(site, contract, simulation(contract), "http://localhost").unsigned


def test_every_field_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "serve.md").read_text("utf-8")
    table = text.partition("A line holds:")[2].partition("\n\nIt never holds")[0]
    told = re.findall(r"(?m)^\| `(\w+)` \|", table)
    assert told == [each.name for each in fields(Entry)]


# Whole bodies, only if somebody asks for them


def keeper(parent: Path, most: int = 1000) -> Keeper:
    keeping = Keeping("serve-r1", Level.SERVER, datetime(2027, 1, 1, tzinfo=UTC))
    return Keeper.begin(parent, keeping, most)


def test_bodies_lie_in_files_named_by_their_digest(tmp_path: Path) -> None:
    journal = Journal(None, keeper(tmp_path / "kept"))
    journal.note(observed())
    journal.note(observed(answer=b"another"))
    folder = tmp_path / "kept" / "serve-r1"
    found = {each.name: each.read_bytes() for each in folder.glob("*.body")}
    assert found == {
        f"{sha256(data).hexdigest()}.body": data for data in (b"request", b"answer", b"another")
    }


def test_bodies_end_at_their_size_and_the_journal_goes_on(tmp_path: Path) -> None:
    journal = Journal(JournalFile(tmp_path / "j"), keeper(tmp_path / "kept", most=15))
    for number in range(3):
        journal.note(observed(body=b"body %d" % number, answer=b""))
    journal.close()
    kept = sum(each.stat().st_size for each in (tmp_path / "kept").rglob("*.body"))
    assert 0 < kept <= 15
    assert journal.problems == ("bodies are no longer kept: as much is kept as may be",)
    assert len((tmp_path / "j").read_bytes().splitlines()) == 4


def test_without_being_asked_for_no_body_is_written(contract: Contract, tmp_path: Path) -> None:
    marked = envelope("LisaaKohteita", caller() + add(item("active", text="Marked")))
    with governable(contract, tmp_path / "j") as server:
        assert server.post(marked, "LisaaKohteita").status == 200
    (file,) = tmp_path.iterdir()
    assert b"Marked" not in file.read_bytes()
