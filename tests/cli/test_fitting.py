"""What a person reads fits the terminal, and what a program reads stays as it is."""

import io
import sys

import pytest

from harness.cli import common
from harness.cli.watching import Teller
from harness.report.fitting import fitted


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


LONG = "  -> Send an item with one PDF of 1 MB or a little more to the active customer."
BROKEN = "  -> Send an item with one PDF of 1 MB or a little more to\n      the active customer."


def test_a_long_line_goes_on_below_it_deeper() -> None:
    assert fitted(f"short\n\n{LONG}", 60) == f"short\n\n{BROKEN}"
    assert fitted(LONG, len(LONG)) == LONG


def test_a_path_stays_whole() -> None:
    path = "/a-folder" * 10
    assert fitted(f"  evidence: {path}", 60).split() == ["evidence:", path]


def test_a_terminal_too_narrow_to_read_breaks_lines_itself() -> None:
    assert fitted(LONG, 20) == LONG


def _at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    both = _Terminal()
    monkeypatch.setattr(sys, "stdout", both)
    monkeypatch.setattr(sys, "stderr", both)
    monkeypatch.setenv("COLUMNS", "60")
    return both


def test_the_seconds_that_are_left_make_way_for_the_next_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = _at_a_terminal(monkeypatch)
    teller = Teller("en", as_json=False)
    teller.left(599.5)
    teller.line(LONG)
    teller.left(0.0)
    assert terminal.getvalue() == f"\r\x1b[K  599 s left\r\r\x1b[K{BROKEN}\n"


def test_json_is_never_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _at_a_terminal(monkeypatch)
    Teller("en", as_json=True).line(LONG)
    assert terminal.getvalue() == f"{LONG}\n"


def test_what_goes_into_a_file_is_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setenv("COLUMNS", "60")
    assert common.to_fit(LONG) == LONG
