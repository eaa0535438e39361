"""Every objection of the gate that commands, files and endpoints can bring about closes it.

Each case starts from a stage of a walk that ends with production opened, does one thing wrong, and
asks the gate. Ages and clocks (EXPIRED, FROM_THE_FUTURE) are tested at the rules themselves.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.account.settings import IDS
from harness.wsdl import digest_lines
from tests.cli import support
from tests.cli.conftest import Walk
from tests.cli.support import CONTRACT, VERSION, Place, Project

At = Callable[[str], Project]
SCENARIO = "connection/service-answers"
FEW = ("--suite", "connection", "-k", "service-answers")


def _run(project: Project, *words: str, endpoint: str = "qat") -> int:
    """Run as the developer and record the newest evidence; the exit code of the run."""
    result = project.run("run", "--endpoint", endpoint, *words, by="developer")
    project.must("record", str(project.evidence()[-1]), by="developer")
    return result.code


def _nothing(project: Project, walk: Walk) -> None:
    """The stage itself is the case."""


def _failed_since(project: Project, walk: Walk) -> None:
    with support.nobody_joined(walk.qat):
        assert _run(project, *FEW) == 1


def _failed(project: Project, walk: Walk) -> None:
    with support.nobody_joined(walk.qat):
        assert _run(project, "--suite", "connection") == 1


def _not_mapped(project: Project, walk: Walk) -> None:
    place = Place(walk.qat.url, without_roles=("active",))
    _write_endpoint(project, walk, place)
    assert _run(project, "--suite", "connection") == 1


def _left_out(project: Project, walk: Walk) -> None:
    assert _run(project, *FEW) == 1


def _in_process(project: Project, walk: Walk) -> None:
    assert _run(project, "--suite", "connection", endpoint="mock") == 0


def _moved(project: Project, walk: Walk) -> None:
    """The endpoint answers at another port than the pinned one."""
    _write_endpoint(project, walk, Place(walk.elsewhere.url))
    assert _run(project, "--suite", "connection") == 0


def _never_at_server(project: Project, walk: Walk) -> None:
    """What the test endpoint cannot realise was not shown at a server of one's own."""
    shown = walk.stages["shown"].evidence()
    at_test = [file for file in shown if b'"level":"test"' in file.read_bytes()]
    project.must("record", *map(str, at_test), by="developer")


def _write_endpoint(project: Project, walk: Walk, place: Place) -> None:
    project.edit("harness.toml", (Place(walk.qat.url).text("qat"), place.text("qat")))


def _new_contract(project: Project, walk: Walk) -> None:
    """The contract's files change, digests and all."""
    folder = project.folder / f"contracts/{CONTRACT}/{VERSION}"
    schema = folder / "Viranomaispalvelut.xsd"
    schema.write_text(schema.read_text("utf-8") + "<!-- changed -->\n", "utf-8")
    manifest = folder / "contract.toml"
    head, _, rest = manifest.read_text("utf-8").partition("[files]")
    tail = rest.partition("[locations]")[2]
    manifest.write_text(f"{head}{digest_lines(folder)}\n[locations]{tail}", "utf-8")


def _broken_contract(project: Project, walk: Walk) -> None:
    """A file of the contract is not the one its own manifest pins."""
    schema = project.folder / f"contracts/{CONTRACT}/{VERSION}/Viranomaispalvelut.xsd"
    schema.write_bytes(schema.read_bytes() + b"\n")


def _retiring(project: Project, walk: Walk) -> None:
    support.set_retirement(project, days=-2)
    project.must("pin", "contract", by="developer")
    (pin,) = (each for each in project.state()["pins"] if each["kind"] == "contract")
    words = ("pin", "contract", "--confirm", pin["proposed_digest"])
    project.must(*words, by="manager")


def _edited_scenario(project: Project, walk: Walk) -> None:
    project.edit("scenarios/connection/service-answers.yaml", ("code: 0", "code: 7"))


def _removed_scenario(project: Project, walk: Walk) -> None:
    (project.folder / "scenarios/connection/service-answers.yaml").unlink()


def _removed_suite(project: Project, walk: Walk) -> None:
    shutil.rmtree(project.folder / "scenarios/connection")


def _no_suites(project: Project, walk: Walk) -> None:
    shutil.rmtree(project.folder / "scenarios")


def _no_suites_named(project: Project, walk: Walk) -> None:
    project.edit("harness.toml", ('[scenarios]\nfolder = "scenarios"', ""))


def _other_settings(project: Project, walk: Walk) -> None:
    place = Place(walk.qat.url, more="read = 7.0")
    _write_endpoint(project, walk, place)


def _no_endpoint(project: Project, walk: Walk) -> None:
    project.edit("harness.toml", (Place(walk.qat.url).text("qat"), ""))


def _left_out_of_the_record(project: Project, walk: Walk) -> None:
    project.run("run", "--endpoint", "qat", *FEW, by="developer")
    _run(project, *FEW)


def _no_pins(project: Project, walk: Walk) -> None:
    assert _run(project, "--suite", "connection") == 0


def _only_one_party(project: Project, walk: Walk) -> None:
    for words in (("contract",), ("suite", "connection"), ("suite", "testing")):
        project.must("pin", *words, by="developer")


def _endpoint_not_confirmed(project: Project, walk: Walk) -> None:
    for words in (("suite", "connection"), ("suite", "testing"), ("endpoint", "qat")):
        project.must("pin", *words, by="developer")
    assert _run(project, "--suite", "connection") == 0


def _by_whoever(project: Project, walk: Walk) -> None:
    """Somebody without a key runs the suite, and records it."""
    words = ("run", "--endpoint", "qat", "--suite", "connection")
    assert project.run(*words, claim="claimant").code == 0
    assert project.run("record", str(project.evidence()[-1]), claim="claimant").code == 0


def _requested(project: Project, walk: Walk) -> None:
    project.must("request-opening", by="owner")


def _two_windows(project: Project, walk: Walk) -> None:
    item = ("phase", "record", "6", "opening-window")
    project.must(*item, *support.window(1, 2), by="owner")
    project.must(*item, *support.window(3, 4), by="manager")


def _window_later(project: Project, walk: Walk) -> None:
    support.take(project, support.agree(project, 3, 4))


def _window_past(project: Project, walk: Walk) -> None:
    support.take(project, support.agree(project, -4, -3))


@dataclass(frozen=True)
class Case:
    """A stage, what goes wrong there, the objection, and a word of what it is about."""

    stage: str
    happens: Callable[[Project, Walk], None]
    code: str
    about: str = ""
    parties: tuple[str, ...] = ("supplier", "account-supplier")
    """Who can clear it."""


ANYBODY = ("authority", "supplier", "account", "account-supplier")
ANYBODY_ELSE = ("authority", "account", "account-supplier")
BOTH_SIDES = ("authority", "account")
CASES = {
    "no run at all": Case("prepared", _nothing, "NEVER_RUN"),
    "a scenario failed": Case("prepared", _failed, "FAILED", SCENARIO),
    "a scenario failed after the approval": Case("approved", _failed_since, "FAILED", SCENARIO),
    "a role is not mapped": Case(
        "prepared", _not_mapped, "INCONCLUSIVE", "connection/customer-query-answers"
    ),
    "scenarios were left out": Case(
        "prepared", _left_out, "INCOMPLETE", "connection/customer-query-answers"
    ),
    "only the mock was asked": Case("prepared", _in_process, "MOCK_ONLY", "mock"),
    "the endpoint lies elsewhere": Case("prepared", _moved, "WRONG_ENDPOINT"),
    "never shown at a server": Case("prepared", _never_at_server, "NEVER_RUN", support.QUEUED),
    "the contract's files changed": Case("approved", _new_contract, "STALE_CONTRACT", CONTRACT),
    "the contract's files broke": Case("approved", _broken_contract, "STALE_CONTRACT", CONTRACT),
    "the contract ends first": Case(
        "approved", _retiring, "CONTRACT_RETIRES", VERSION, ("account", "supplier")
    ),
    "a scenario was edited": Case("approved", _edited_scenario, "SUITE_CHANGED", "connection"),
    "a scenario was removed": Case("approved", _removed_scenario, "SUITE_CHANGED", SCENARIO),
    "a suite was removed": Case("approved", _removed_suite, "SUITE_CHANGED", SCENARIO),
    "all suites were removed": Case("approved", _no_suites, "SUITE_CHANGED", SCENARIO),
    "harness.toml names no suites": Case("approved", _no_suites_named, "SUITE_CHANGED", SCENARIO),
    "the endpoint's settings changed": Case(
        "approved", _other_settings, "CODE_CHANGED", "configuration"
    ),
    "the endpoint left harness.toml": Case(
        "approved", _no_endpoint, "CODE_CHANGED", "configuration"
    ),
    "a run was left out of the record": Case("approved", _left_out_of_the_record, "EVIDENCE_GAP"),
    "nothing is pinned": Case(
        "created", _nothing, "PIN_MISSING", "connection", ("supplier", "authority")
    ),
    "the endpoint is not pinned": Case("created", _no_pins, "PIN_MISSING", "qat"),
    "pins are not confirmed": Case(
        "created", _only_one_party, "PIN_NOT_CONFIRMED", CONTRACT, ANYBODY_ELSE
    ),
    "the endpoint's pin is not confirmed": Case(
        "created", _endpoint_not_confirmed, "PIN_NOT_CONFIRMED", "qat", ANYBODY_ELSE
    ),
    "whoever ran the tests": Case("prepared", _by_whoever, "IDENTITY_CLAIMED", "claimant"),
    "phases are not complete": Case("pinned", _nothing, "PHASE_NOT_REACHED", "0", ANYBODY),
    "forms are not filled in": Case(
        "pinned", _nothing, "ITEM_MISSING", "legal-demands", ("authority",)
    ),
    "nobody signed off": Case("shown", _nothing, "SIGN_OFF_MISSING", "supplier", ("supplier",)),
    "no date was agreed": Case("signed", _nothing, "DATE_NOT_AGREED", "opening-window", BOTH_SIDES),
    "two dates were agreed": Case(
        "signed", _two_windows, "DATE_NOT_AGREED", "opening-window", BOTH_SIDES
    ),
    "the window is not open yet": Case(
        "signed", _window_later, "WINDOW_NOT_OPEN", "starts", BOTH_SIDES
    ),
    "the window is over": Case("signed", _window_past, "DATE_NOT_AGREED", "ended", BOTH_SIDES),
    "nobody requested": Case("agreed", _nothing, "REQUEST_MISSING", "", ("authority", "supplier")),
    "nobody approved": Case("agreed", _requested, "APPROVAL_MISSING", "", BOTH_SIDES),
    "it is open already": Case("opened", _nothing, "ALREADY_OPEN", "", ()),
}


@pytest.mark.parametrize("name", CASES)
def test_the_gate_is_closed_and_says_why(at: At, walk: Walk, name: str) -> None:
    case = CASES[name]
    project = at(case.stage)
    case.happens(project, walk)
    before = project.size()
    result = project.run("gate", "--json")
    assert (result.code, result.err) == (1, "")
    found = [each for each in result.data["objections"] if each["code"] == case.code]
    assert found, result.data["objections"]
    told = [f"{o['sentence']} {' '.join(o['subjects'])}" for o in found]
    (chosen, *_) = (o for o, text in zip(found, told, strict=True) if case.about in text)
    assert chosen["sentence"].endswith(".")
    assert tuple(chosen["parties"]) == case.parties
    assert "harness " in chosen["command"]
    assert project.size() == before


def test_a_rehearsal_never_opens(tmp_path: Path, walk: Walk) -> None:
    places = {"qat": Place(walk.qat.url)}
    project = support.joining_project(tmp_path / "p", places, kind="rehearsal")
    project.must("project", "new", by="developer")
    objection = project.objection("REHEARSAL")
    assert objection["command"] == "harness project new"


def test_the_kind_of_a_project_is_fixed_when_it_is_created(at: At) -> None:
    project = at("created")
    project.edit("harness.toml", ('kind = "joining"', 'kind = "rehearsal"'))
    assert project.state()["kind"] == "joining"
    assert project.run("project", "new", by="developer").code == 2
    assert "REHEARSAL" not in project.codes()


def test_a_newer_failure_takes_sign_offs_and_approval_with_it(at: At, walk: Walk) -> None:
    project = at("approved")
    _failed_since(project, walk)
    assert set(project.codes()) == {"FAILED", "APPROVAL_MISSING"}
    assert _run(project, "--suite", "connection") == 0
    assert project.codes() == ["APPROVAL_MISSING"]
    support.take(project, support.approve(project))
    assert project.must("gate").out.startswith("The gate is OPEN.")


def test_a_newer_pass_changes_nothing(at: At, walk: Walk) -> None:
    project = at("approved")
    assert _run(project, "--suite", "connection") == 0
    assert project.must("gate", "--json").data["open"] is True


def test_the_missing_run_can_still_be_recorded(at: At, walk: Walk) -> None:
    project = at("approved")
    _left_out_of_the_record(project, walk)
    assert project.codes() == ["EVIDENCE_GAP"]
    project.record_all()
    assert project.must("gate", "--json").data["open"] is True


def test_a_mapped_place_is_not_a_test_endpoint_because_it_says_so(at: At, walk: Walk) -> None:
    """A pin that one party alone changed to level test gives no evidence that counts."""
    project = at("prepared")
    own = Place(walk.own.url, "server", ("queued",), {**IDS, **support.QUEUE_IDS})
    project.edit("harness.toml", (own.text("own"), replace(own, level="test").text("own")))
    project.must("pin", "endpoint", "own", by="developer")
    assert _run(project, "--suite", "connection", endpoint="own") == 0
    (objection,) = (
        each
        for each in project.run("gate", "--json").data["objections"]
        if each["code"] == "WRONG_ENDPOINT"
    )
    assert "own" in objection["sentence"]
