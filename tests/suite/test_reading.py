"""Scenario files are plain data: what YAML could smuggle in is refused, with the line."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.suite.reading import Plain, read


def _read(tmp_path: Path, text: str | bytes) -> Plain:
    file = tmp_path / "s.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(file).data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"),
        ("0123", "0123"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12", 12),
        ("-7", -7),
        ("1.5", 1.5),
        ("'12'", "12"),
        ("true", True),
        ("false", False),
        ("null", None),
        (".inf", ".inf"),
        ("<<", "<<"),
    ],
)
def test_yaml_1_1_surprises_stay_text(tmp_path: Path, text: str, value: Plain) -> None:
    assert _read(tmp_path, f"a: {text}") == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\na: 2", 2, "twice"),
        ("a: &x 1\nb: *x", 1, "aliases"),
        ("a: !!python/object:os.system x", 1, "tags"),
        ("a: !own x", 1, "tags"),
        ("a: 1\nb: [1, 2\nc: 3", 3, "not valid YAML"),
        ("? [1]\n: 2", 1, "key must be text"),
        ("", 0, "empty"),
    ],
)
def test_refused_with_its_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    with pytest.raises(ScenarioError, match=word) as caught:
        _read(tmp_path, text)
    assert caught.value.where.endswith(f":{line}" if line else "s.yaml")


def test_alias_bomb_is_refused_before_it_grows(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(ScenarioError, match="aliases"):
        _read(tmp_path, "\n".join(rows))


@pytest.mark.parametrize("level", ["[", "- ", "{a: ", "? ", "- - [", "a: {b: ["])
def test_nesting_that_no_stack_bears_is_refused(tmp_path: Path, level: str) -> None:
    with pytest.raises(ScenarioError, match=r"deeper|not valid"):
        _read(tmp_path, level * 50_000)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"deeper|not valid"):
        _read(tmp_path, "[" * 3_000 + "]" * 3_000)


def test_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="larger than"):
        _read(tmp_path, b"a: " + b"x" * 2_000_000)


def test_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="UTF-8"):
        _read(tmp_path, b"a: \xff\xfe")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path / "none.yaml")
    assert "none.yaml" in caught.value.where


def test_lines_of_nested_places(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("title:\n  en: x\nsteps:\n  - call: a\n  - call: b\n", encoding="utf-8")
    document = read(file)
    assert document.where(("steps", 1, "call")).endswith(":5")
    assert document.where(("steps", 1, "expect", "code")).endswith(":5")
    assert document.where(("title", "en")).endswith(":2")


@given(st.binary(max_size=200))
def test_any_bytes_are_data_or_a_clear_error(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "s.yaml"
        file.write_bytes(data)
        with suppress(ScenarioError):
            assert read(file).starts
