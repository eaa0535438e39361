"""The evidence file: exact round trip, and whatever else is handed in is refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.evidence import (
    EXTENSION,
    PREDICATE,
    STATEMENT,
    CodeSeen,
    CoverageOf,
    EndpointSeen,
    Finding,
    OperationCoverage,
    Outcome,
    ScenarioOutcome,
    Share,
    TestEvidence,
)
from harness.joining.text import Malformed
from harness.vocabulary import Driver, Level, Verdict
from tests.joining.world import START, World

NAMES = st.text("abcdefghijklmnopqrstuvwxyzäö./-", min_size=1, max_size=20)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
NEEDS = st.sets(NAMES, max_size=3).map(lambda found: tuple(sorted(found)))


@st.composite
def shares(draw: st.DrawFn, what: CoverageOf) -> Share:
    total = draw(st.integers(0, 99))
    missing = tuple(sorted(draw(st.sets(NAMES, max_size=2))))
    return Share(what, draw(st.integers(0, total)), total, missing)


@st.composite
def operations(draw: st.DrawFn, name: str) -> OperationCoverage:
    points = draw(st.integers(0, 99))
    counts = st.integers(0, points)
    untouched = tuple(draw(st.sets(NAMES, max_size=2)))
    return OperationCoverage(name, points, draw(counts), draw(counts), untouched)


@st.composite
def outcomes(draw: st.DrawFn, name: str) -> ScenarioOutcome:
    needs = draw(NEEDS)
    allowed = [o for o in Outcome if needs or o is not Outcome.NOT_REALISABLE]
    outcome = draw(st.sampled_from(allowed))
    return ScenarioOutcome(
        name,
        draw(st.booleans()),
        needs,
        outcome,
        "" if outcome is Outcome.PASSED else draw(NAMES),
        tuple(draw(st.lists(st.builds(Finding, NAMES, NAMES, NAMES, NAMES), max_size=2))),
        draw(st.floats(0, 1000)),
    )


@st.composite
def evidences(draw: st.DrawFn) -> TestEvidence:
    mock, system = draw(st.booleans()), draw(st.booleans())
    names = sorted(draw(st.sets(NAMES, max_size=5)))
    listens, listens_digest = draw(st.one_of(st.just(("", "")), st.tuples(NAMES, DIGESTS)))
    return TestEvidence(
        run_id=draw(NAMES),
        project="kirjasto",
        suite=draw(NAMES),
        suite_digest=draw(DIGESTS),
        contract=draw(NAMES),
        contract_digest=draw(DIGESTS),
        level=Level.MOCK if mock else draw(st.sampled_from([Level.SERVER, Level.TEST])),
        driver=Driver.SYSTEM if system else Driver.HARNESS,
        endpoint=EndpointSeen(draw(NAMES), "in-process" if mock else "http", draw(NAMES)),
        operator=Actor(draw(NAMES), Party.SUPPLIER, "", Assurance.OS, "os:somebody"),
        started=START,
        finished=draw(st.sampled_from([None, START])),
        configuration_digest=draw(DIGESTS),
        harness_version=draw(NAMES),
        outcomes=tuple(draw(outcomes(name)) for name in names),
        system_release=draw(NAMES if system else st.one_of(st.just(""), NAMES)),
        predecessor=draw(st.one_of(st.just(""), DIGESTS)),
        tools=tuple(sorted(draw(st.dictionaries(NAMES, NAMES, max_size=3)).items())),
        code=draw(st.builds(CodeSeen, NAMES, st.sampled_from([None, True, False]))),
        selection=tuple(draw(st.lists(NAMES, max_size=3))),
        coverage=tuple(draw(shares(what)) for what in CoverageOf if draw(st.booleans())),
        operations=tuple(
            draw(operations(name)) for name in sorted(draw(st.sets(NAMES, max_size=2)))
        ),
        codes=tuple(sorted(draw(st.sets(NAMES, max_size=3)))),
        listens=listens,
        listens_digest=listens_digest,
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(evidences())
def test_what_is_written_is_read_back_exactly(evidence: TestEvidence) -> None:
    data = evidence.to_bytes()
    assert TestEvidence.from_bytes(data) == evidence
    assert TestEvidence.from_bytes(data).to_bytes() == data
    assert data.endswith(b"}\n")


@given(evidences())
def test_only_what_passed_stands_under_passed_tests(evidence: TestEvidence) -> None:
    predicate = json.loads(evidence.to_bytes())["predicate"]
    by_id = {each.id: each.outcome for each in evidence.outcomes}
    assert all(by_id[name] is Outcome.PASSED for name in predicate["passedTests"])
    assert all(by_id[name] is Outcome.FAILED for name in predicate["failedTests"])
    told = [*predicate["passedTests"], *predicate["warnedTests"], *predicate["failedTests"]]
    assert sorted(told) == sorted(by_id)
    if predicate["result"] == "PASSED":
        assert set(by_id.values()) == {Outcome.PASSED}
        assert evidence.complete


@given(st.binary(max_size=200))
def test_any_bytes_raise_nothing_but_an_evidence_error(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        TestEvidence.from_bytes(data)


@given(JSON)
def test_any_json_raises_nothing_but_an_evidence_error(value: object) -> None:
    with pytest.raises(EvidenceError):
        TestEvidence.from_bytes(json.dumps(value).encode())


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    if isinstance(value, dict | list):
        for name, inner in members:
            found += (
                _places(inner, (*path, name)) if isinstance(inner, dict | list) else [(*path, name)]
            )
    return found


def _good() -> TestEvidence:
    found = World().evidence("testing", {"testing/fault": Outcome.NOT_REALISABLE})
    return replace(found, tools=(("lxml", "6.1"),))


PLACES = _places(json.loads(_good().to_bytes()))


@given(st.sampled_from(PLACES), JSON)
def test_any_field_replaced_is_refused_by_its_name(place: tuple[Any, ...], value: object) -> None:
    document = json.loads(_good().to_bytes())
    holder = document
    for step in place[:-1]:
        holder = holder[step]
    same = json.dumps(holder[place[-1]]) == json.dumps(value)
    holder[place[-1]] = value
    data = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        read = TestEvidence.from_bytes((data + "\n").encode("utf-8", "surrogatepass"))
    except EvidenceError as refused:
        where = refused.where
    else:  # only a value that is as good as the old one may be read
        assert read.to_bytes() == (data + "\n").encode()
        return
    assert where
    assert not same


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.update(_type="x"), "_type"),
        (lambda d: d.update(more=1), "more"),
        (lambda d: d.pop("predicateType"), "predicateType"),
        (lambda d: d["predicate"].update(result="PASSED"), "predicate.result"),
        (lambda d: d["predicate"]["warnedTests"].clear(), "predicate.warnedTests"),
        (lambda d: d["predicate"]["passedTests"].append("x"), "predicate.passedTests"),
        (lambda d: d["subject"][0]["digest"].update(sha256="0" * 64), "subject"),
        (lambda d: d["predicate"][EXTENSION].update(format=2), f"predicate.{EXTENSION}.format"),
        (lambda d: d["predicate"][EXTENSION].pop("suite"), f"predicate.{EXTENSION}.suite"),
        (lambda d: d["predicate"][EXTENSION].update(x=1), f"predicate.{EXTENSION}.x"),
        (
            lambda d: d["predicate"][EXTENSION]["outcomes"][0].update(outcome="fine"),
            f"predicate.{EXTENSION}.outcomes[0].outcome",
        ),
        (
            lambda d: d["predicate"][EXTENSION]["outcomes"][0].update(needs=[]),
            f"predicate.{EXTENSION}.outcomes[0]",
        ),
        (
            lambda d: d["predicate"][EXTENSION].update(started="2026-11-22T10:00:00"),
            f"predicate.{EXTENSION}.started",
        ),
    ],
)
def test_an_altered_file_is_refused_where_it_was_altered(
    change: Callable[[Any], object], where: str
) -> None:
    document = json.loads(_good().to_bytes())
    change(document)
    data = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
    with pytest.raises(EvidenceError) as refused:
        TestEvidence.from_bytes(data.encode())
    assert refused.value.where == where


@pytest.mark.parametrize("data", [b"", b"[" * 100_000, b"\xff", b"9" * 5000, b"NaN", b"{}", b"[]"])
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        TestEvidence.from_bytes(data)


def test_another_spelling_of_the_same_json_is_refused() -> None:
    data = _good().to_bytes()
    assert json.loads(data)["_type"] == STATEMENT
    assert json.loads(data)["predicateType"] == PREDICATE
    for other in (data[:-1], data + b"\n", b" " + data, json.dumps(json.loads(data)).encode()):
        with pytest.raises(EvidenceError, match="canonical"):
            TestEvidence.from_bytes(other)


def test_an_identity_code_never_leaves_in_a_file() -> None:
    with pytest.raises(EvidenceError, match="identity code"):
        replace(_good(), selection=("-k", "010190-900P")).to_bytes()


def test_a_duplicate_field_is_refused() -> None:
    data = _good().to_bytes().replace(b'{"_type"', b'{"_type":"x","_type"', 1)
    with pytest.raises(EvidenceError):
        TestEvidence.from_bytes(data)


@pytest.mark.parametrize(
    ("outcomes_told", "finished", "verdict", "complete"),
    [
        ({}, True, Verdict.PASSED, True),
        ({"testing/good": Outcome.FAILED}, True, Verdict.FAILED, True),
        ({"testing/good": Outcome.INCONCLUSIVE}, True, Verdict.INCONCLUSIVE, True),
        ({"testing/good": Outcome.NOT_RUN}, True, Verdict.INCONCLUSIVE, False),
        ({"testing/fault": Outcome.NOT_REALISABLE}, True, Verdict.PASSED, True),
        ({}, False, Verdict.INCONCLUSIVE, False),
        ({"testing/good": Outcome.FAILED}, False, Verdict.FAILED, False),
    ],
)
def test_the_verdict_of_a_run(
    outcomes_told: dict[str, Outcome], finished: bool, verdict: Verdict, complete: bool
) -> None:
    evidence = World().evidence("testing", outcomes_told)
    evidence = evidence if finished else replace(evidence, finished=None)
    assert (evidence.verdict, evidence.complete) == (verdict, complete)


def test_a_run_of_nothing_is_neither_complete_nor_passed() -> None:
    evidence = replace(World().evidence(), outcomes=())
    assert not evidence.complete
    assert evidence.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "changes",
    [
        {"driver": Driver.SYSTEM, "system_release": ""},
        {"through": "relay"},
        {"driver": Driver.SYSTEM, "through": "tunnel"},
        {"level": Level.MOCK},
        {"project": "../kirjasto"},
        {"suite_digest": "abc"},
        {"started": START.replace(tzinfo=None)},
        {"finished": START.replace(year=2020)},
        {"tools": (("b", "1"), ("a", "1"))},
        {"selection": ("line\nbreak",)},
        {"listens": "asiointitili/paluukanava/2018"},
        {"listens_digest": "0" * 64},
    ],
)
def test_what_cannot_be_true_is_refused_when_it_is_made(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(World().evidence(), **changes)


def test_a_run_the_harness_drove_may_name_the_release_it_was_made_for() -> None:
    evidence = replace(World().evidence(), system_release="2.0")
    assert evidence.driver is Driver.HARNESS
    assert TestEvidence.from_bytes(evidence.to_bytes()).summary().system_release == "2.0"
