"""What is signed: a statement in one form, which is read back strictly."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceError, HarnessError
from harness.joining.actor import Party
from harness.joining.canaries import CanaryEvidence
from harness.joining.events import Kind
from harness.joining.evidence import EXTENSION, PREDICATE, STATEMENT, TestEvidence, canonical
from harness.joining.observations import Severity
from harness.joining.submissions import (
    FIELD,
    FORM_BYTES,
    Act,
    CanariesHanded,
    FixHanded,
    FormHanded,
    ObservationHanded,
    ParityHanded,
    RetestHanded,
    RunHanded,
    SignOffGiven,
    Submission,
)
from harness.limits import DEFAULT
from tests.joining.test_parity import parity
from tests.joining.world import START, World

DIGEST = "a" * 64
WORLD = World()
EVIDENCE = WORLD.evidence()
ACTS: dict[str, Act] = {
    "run": RunHanded(EVIDENCE),
    "canaries": CanariesHanded(WORLD.canaries().to_bytes().decode()),
    "parity": ParityHanded(parity(WORLD).to_bytes().decode()),
    "form": FormHanded("phase = 1\n"),
    "sign-off": SignOffGiven(DIGEST, 5),
    "observation": ObservationHanded(
        DIGEST, "Wrong.", Severity.MAJOR, Party.ACCOUNT, "testing/good", "code", "a/b"
    ),
    "retest": RetestHanded(DIGEST, "obs-1"),
    "fix": FixHanded("obs-1", "2.1"),
}


def submission(act: Act) -> Submission:
    return Submission("kirjasto", Kind.JOINING, "sanna", Party.SUPPLIER, START, act)


@pytest.mark.parametrize("name", ACTS)
def test_a_statement_comes_back_equal(name: str) -> None:
    made = submission(ACTS[name])
    assert Submission.from_bytes(made.to_bytes()) == made
    statement = json.loads(made.to_bytes())
    assert statement["_type"] == STATEMENT
    assert all(len(each["digest"]["sha256"]) == 64 for each in statement["subject"])
    assert made.digest == hashlib.sha256(made.to_bytes()).hexdigest()


def test_evidence_of_a_run_is_the_test_result_and_keeps_its_digest() -> None:
    made = submission(RunHanded(EVIDENCE))
    statement = json.loads(made.to_bytes())
    assert statement["predicateType"] == PREDICATE
    assert statement["predicate"]["result"] == "PASSED"
    assert statement["predicate"]["passedTests"] == ["testing/fault", "testing/good"]
    assert statement["predicate"]["configuration"][0]["digest"] == {"sha256": "f" * 64}
    del statement["predicate"][FIELD]
    assert TestEvidence.from_bytes(canonical(statement)).digest == EVIDENCE.digest
    assert made.act.file == EVIDENCE.to_bytes()


def _altered(change: Callable[[dict[str, Any]], object], name: str = "sign-off") -> bytes:
    statement = json.loads(submission(ACTS[name]).to_bytes())
    change(statement)
    return canonical(statement)


REFUSED: dict[str, bytes] = {
    "no JSON": b"{",
    "no object": b"[]\n",
    "nothing handed in": EVIDENCE.to_bytes(),
    "too deep": b"[" * 100_000,
    "another type": _altered(lambda s: s.update(_type="https://in-toto.io/Statement/v0.1")),
    "another predicate": _altered(lambda s: s.update(predicateType="urn:other")),
    "a predicate that is no text": _altered(lambda s: s.update(predicateType=None)),
    "a predicate that is a list": _altered(lambda s: s.update(predicateType=[])),
    "a predicate that is an object": _altered(lambda s: s.update(predicateType={})),
    "a field more": _altered(lambda s: s.update(more=1)),
    "a field of the predicate more": _altered(lambda s: s["predicate"].update(more=1)),
    "another subject": _altered(lambda s: s["subject"][0].update(name="x")),
    "another format": _altered(lambda s: s["predicate"][FIELD].update(format=2)),
    "no party": _altered(lambda s: s["predicate"][FIELD].update(party="x")),
    "a party of its own": _altered(lambda s: s["predicate"][FIELD].pop("party")),
    "a number for a text": _altered(lambda s: s["predicate"]["says"].update(evidence=1)),
    "no digest": _altered(lambda s: s["predicate"]["says"].update(evidence="x")),
    "nothing said": _altered(lambda s: s["predicate"].pop("says")),
    "half a surrogate pair": _altered(
        lambda s: s["predicate"]["says"].update(text="x"), "form"
    ).replace(b'"text":"x"', b'"text":"\\ud800"'),
    "no end of a number": _altered(lambda s: s.update(more=1)).replace(b":1}", b":1e999}"),
    "another run": _altered(lambda s: s["predicate"].update(result="FAILED"), "run"),
    "two spaces": submission(ACTS["fix"]).to_bytes().replace(b":", b": ", 1),
    "a name twice": submission(ACTS["fix"]).to_bytes().replace(b"{", b'{"_type":"x",', 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_form_is_refused(name: str) -> None:
    with pytest.raises(EvidenceError):
        Submission.from_bytes(REFUSED[name])


def test_of_another_format_the_version_that_wrote_it_is_advised() -> None:
    canaries = json.loads(WORLD.canaries().to_bytes())
    canaries["predicate"].update(format=2)
    run = json.loads(EVIDENCE.to_bytes())
    run["predicate"][EXTENSION].update(format=2)
    readers: tuple[tuple[Callable[[bytes], object], bytes, str], ...] = (
        (Submission.from_bytes, REFUSED["another format"], f"predicate.{FIELD}.format"),
        (CanaryEvidence.from_bytes, canonical(canaries), "predicate.format"),
        (TestEvidence.from_bytes, canonical(run), f"predicate.{EXTENSION}.format"),
    )
    for read, data, where in readers:
        with pytest.raises(EvidenceError, match="Only format 1 is understood") as refused:
            read(data)
        assert refused.value.where == where
        assert "version of the harness that wrote it" in refused.value.todo


def test_a_form_that_is_no_toml_is_refused_when_it_is_read() -> None:
    with pytest.raises(HarnessError, match="not TOML"):
        FormHanded("phase = ").tables()


def test_a_form_is_no_larger_than_one_that_is_recorded_here() -> None:
    assert DEFAULT.max_config_bytes == FORM_BYTES
    whole = "phase = 1\n".ljust(FORM_BYTES, "#")
    assert FormHanded(whole).tables() == {"phase": 1}
    with pytest.raises(HarnessError, match="larger than 1048576 bytes"):
        FormHanded(whole + "#").tables()


def test_times_are_utc() -> None:
    there = START.astimezone(timezone(timedelta(hours=2)))
    with pytest.raises(HarnessError, match="not a time in UTC"):
        replace(submission(ACTS["fix"]), at=there)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        Submission.from_bytes(data)
