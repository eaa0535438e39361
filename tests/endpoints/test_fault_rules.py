"""Faults and rules as people write them: what is understood, what is refused, which is played."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.endpoints.fault_rules import Rule, Rules, rule
from harness.endpoints.faults import FAULTS, FaultName, fault
from harness.errors import ConfigError


@pytest.mark.parametrize("name", FaultName)
def test_every_fault_can_be_written_with_its_parameters(name: FaultName) -> None:
    values = {key: each.default for key, each in FAULTS[name].parameters.items()}
    assert fault(name) == fault(name, values)
    text = ",".join([name, *(f"{key}={value}" for key, value in values.items())])
    assert rule(text) == Rule(fault(name))


def test_rule_with_everything() -> None:
    written = "latency,milliseconds=50,jitter=5,every=3,operation=LahetaViesti,next=2"
    made = fault("latency", {"milliseconds": 50, "jitter": 5})
    assert rule(written) == Rule(made, every=3, operation="LahetaViesti", next=2)
    assert rule("empty-response, once") == Rule(fault("empty-response"), next=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("latancy", "Did you mean latency"),
        ("", "there is no fault"),
        ("flood", "There are: connection-reset"),
        ("latency,seconds=1", "takes no 'seconds'. It takes: milliseconds, jitter, seed"),
        ("empty-response,bytes=1", "It takes: nothing"),
        ("latency,milliseconds=fast", "Give a whole number from 0 to 600000"),
        ("latency,milliseconds=-1", "Give a whole number"),
        ("latency,milliseconds=600001", "Give a whole number"),
        ("html,status=404", "Give one of 200, 500"),
        ("wrong-charset,charset=ebcdic", "Give one of iso-8859-1"),
        ("redirect,location=", "Give a text"),
        ("latency,milliseconds", "KEY=VALUE"),
        ("latency,milliseconds=1,milliseconds=2", "KEY=VALUE"),
        ("latency,=2", "KEY=VALUE"),
        ("latency,every=0", "every must be"),
        ("latency,next=none", "next must be"),
    ],
)
def test_rule_that_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        rule(text, where="--fault")
    assert said in str(error.value)
    assert str(error.value).startswith("--fault: ")


@pytest.mark.parametrize("location", ["http://a/\r\nX: y", "a b", "ä", "http://a/\x00", "x" * 201])
def test_location_cannot_break_out_of_its_header(location: str) -> None:
    with pytest.raises(ConfigError, match="location"):
        fault("redirect", {"location": location})


@pytest.mark.parametrize("value", [True, 1.5, None, [1], "1e3", "٣"])
def test_number_that_is_none(value: object) -> None:
    with pytest.raises(ConfigError, match="milliseconds"):
        fault("latency", {"milliseconds": value})


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_an_explanation(text: str) -> None:
    with suppress(ConfigError):
        assert isinstance(rule(text), Rule)


def test_first_rule_that_says_so_is_played() -> None:
    rules = Rules([rule("html,every=2"), rule("unavailable")])
    played = [rules.pick("") for _ in range(4)]
    names = [found[0].name for found in played if found]
    assert names == ["unavailable", "html", "unavailable", "html"]


def test_each_play_has_its_number() -> None:
    rules = Rules([rule("latency")])
    assert [found[1] for found in (rules.pick("") for _ in range(3)) if found] == [0, 1, 2]


def test_spent_rules_are_forgotten() -> None:
    rules = Rules([rule("html,next=2"), rule("unavailable,operation=A,once")])
    assert [bool(rules.pick("B")) for _ in range(3)] == [True, True, False]
    assert [each.fault.name for each in rules.rules] == ["unavailable"]
    assert rules.pick("A") is not None
    assert len(rules) == 0


def test_too_many_rules() -> None:
    rules = Rules([rule("html")] * 100)
    with pytest.raises(ConfigError, match="100"):
        rules.add(rule("html"))
    rules.clear()
    assert rules.pick("") is None


def test_rule_about_an_operation_that_does_not_exist_is_refused() -> None:
    rules = Rules(operations={"HaeTilaTieto", "LisaaKohteita"})
    with pytest.raises(ConfigError, match="no operation 'HaeTila'") as error:
        rules.add(rule("html"), rule("html,operation=HaeTila"))
    assert "There are: HaeTilaTieto, LisaaKohteita." in str(error.value)
    assert len(rules) == 0
    rules.add(rule("html,operation=HaeTilaTieto"))
    assert rules.pick("HaeTilaTieto") is not None
