"""A row gives a table and JSON; what cannot be measured is said and never green."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench import history, report, rows
from bench.measuring import Contender, Figures, Goal, Row, Setting, absent, judge, measure
from bench.rows.serving import Bench
from bench.servers import missing
from harness.ledger.application import Ledger
from harness.ledger.portfolio import State
from harness.ledger.verify import verify

ROOT = Path(__file__).parents[2]
GOAL = Goal("at most 2 x the peer", "ours", 2, ("peer",))
OURS = Figures("ours", (0.3, 0.1, 0.2))


def run(*words: str) -> str:
    """What a run prints."""
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_row_gives_a_table_and_json(tmp_path: Path) -> None:
    out = run("1", "--quick", "--json", str(tmp_path / "figures.json"))
    assert "Row 1: the default contract ready to send, in process" in out
    assert "median       min       max    ratio" in out
    data = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert {"cores", "python", "lxml", "zeep", "libxml2"} <= data["machine"].keys()
    (row,) = data["rows"]
    samples = {each["name"]: each["samples"] for each in row["figures"]}
    assert all(len(each) == 2 and min(each) > 0 for each in samples.values())
    assert {each["reached"] for each in row["goals"]} <= {"yes", "no"}
    assert len(row["goals"]) == 2
    for name in samples:
        assert name in out


def test_a_row_that_ended_with_an_error_is_told_as_not_measured() -> None:
    text = report.as_text(rows.unmeasured(9, "it ended with an error, told above"))
    assert "not measured: it ended with an error" in text
    assert "yes" not in text


def test_appending_and_reading_are_measured_and_their_goals_judged() -> None:
    out = run("8", "9", "--quick")
    assert "not measured" not in out
    assert "every byte: at most 3 x a scan of the same rows" in out
    assert "at most 0.2 s beyond the start" in out


def test_the_history_of_the_bench_verifies_and_lists_its_projects(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    history.make(path, 7, 30)
    found = verify(path)
    assert (found.size, found.heads, len(found.projects)) == (210, 4, 7)
    with Ledger.open(path, path.with_name("ledger.key")) as ledger:
        assert [each.version for each in ledger.portfolio().projects] == [30] * 7
    assert verify(path).portfolio.state is State.AS_RECORDED


@pytest.mark.parametrize("number", ["3", "4"])
def test_messages_are_the_same_on_both_sides(number: str) -> None:
    """Each contender asserts what it is told, so a row that ends with figures did the work."""
    out = run(number, "--quick")
    assert "ended with an error" not in out
    assert "not measured" not in out


def test_servers_are_not_green_in_a_quick_run() -> None:
    out = run("6", "--quick")
    assert "not measured: a quick run starts no servers" in out
    assert "- yes" not in out


def test_a_server_answers_the_load_of_the_bench(tmp_path: Path) -> None:
    why = missing()
    if why:
        pytest.skip(why)
    with ExitStack() as exits:
        ours = Bench(Setting(tmp_path, exits=exits)).python("asyncio_server")
        server = exits.enter_context(ours)
        load = server.load(1)
    assert load.bad == 0
    assert load.requests > 0
    assert 0 < load.p50 <= load.p99
    assert server.ready > 0


def test_every_goal_is_measured() -> None:
    assert sorted(rows.MODULES) == list(range(1, 11))
    for number in rows.MODULES:
        assert rows.row(number).number == number


def test_a_peer_that_is_not_installed_is_never_green() -> None:
    def contenders(_: Setting) -> Sequence[Contender]:
        return (Contender("ours", lambda: 0.1), absent("peer", "it is not installed"))

    result = measure(Row(6, "a row", contenders, (GOAL,), rounds=2))
    (judged,) = result.judgements
    assert judged.reached == "not measured: peer: it is not installed"
    text = report.as_text(result)
    assert "not measured: it is not installed" in text
    assert "yes" not in text
    assert report.row_from(json.loads(json.dumps(report.row_data(result)))) == result


@pytest.mark.parametrize(
    ("seconds", "limit", "at_least", "reached"),
    [
        (0.1, 2.0, False, "yes"),
        (0.1, 1.9, False, "no"),
        (0.4, 2.0, True, "yes"),
        (0.4, 2.1, True, "no"),
    ],
)
def test_medians_decide(seconds: float, limit: float, at_least: bool, reached: str) -> None:
    goal = Goal("a goal", "ours", limit, ("peer",), at_least=at_least)
    figures = {"ours": OURS, "peer": Figures("peer", (seconds,))}
    assert judge(goal, figures).reached == reached


def test_several_peers_count_together_and_none_means_seconds() -> None:
    figures = {"ours": OURS, "a": Figures("a", (0.15,)), "b": Figures("b", (0.05,))}
    assert judge(Goal("both", "ours", 1.0, ("a", "b")), figures).seen == "1.00 x"
    assert judge(Goal("a duration", "ours", 0.1), figures).reached == "no"
    assert judge(Goal("a duration", "ours", 0.25), figures).seen == "200.00 ms"


def test_contenders_take_turns_after_a_round_that_does_not_count() -> None:
    turns: list[str] = []

    def go(name: str) -> float:
        turns.append(name)
        return float(len(turns))

    def contenders(_: Setting) -> Sequence[Contender]:
        return (Contender("a", lambda: go("a")), Contender("b", lambda: go("b")))

    result = measure(Row(6, "turns", contenders, (), rounds=2))
    assert turns == ["a", "b"] * 3
    assert [each.samples for each in result.figures] == [(3.0, 5.0), (4.0, 6.0)]
