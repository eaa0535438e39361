"""``harness submit`` of decisions: what is signed, without a ledger, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.cli.pin import suite_pin
from harness.config import Config
from harness.joining.actor import Party
from harness.joining.commands import (
    Command,
    ContractPinning,
    CorrectionAgreement,
    CorrectionNote,
    EvidenceWithdrawal,
    KeyPinning,
    KeyRevocation,
    ObservationHandover,
    ObservationWithdrawal,
    OpeningApproval,
    OpeningRequest,
    PhaseCompletion,
    PhaseReopening,
    PinConfirmation,
    SharingPinning,
    SuitePinning,
    WaiverConfirmation,
    WaiverEnd,
    WaiverRequest,
)
from harness.joining.events import Kind
from harness.joining.pins import SharingPin, SuitePin
from harness.joining.submissions import Act, Submission
from harness.proof.dsse import Envelope, sign
from harness.proof.keys import PrivateKey
from harness.suite.suites import load_suite
from tests.cli import support
from tests.cli.support import Project, Result, one_paragraph
from tests.support.identities import PERSON

A, B = "a" * 64, "b" * 64
KEY = f"ed25519:{A}"
WHY = ("--reason", "Another release.")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A joining project whose keeper is the owner, with two confirmed keys of others."""
    project = support.joining_project(tmp_path_factory.mktemp("decisions") / "keeper", {})
    for each in (project.folder / "scenarios/testing").glob("*.yaml"):
        if each.stem not in {"suite", "missing-account-is-told"}:
            each.unlink()
    project.must("project", "new", by="owner")
    for person, second in (("developer", "manager"), ("manager", "owner")):
        by = "owner" if second == "manager" else "developer"
        project.must("pin", "key", person, by=by)
        project.must("pin", "key", person, "--confirm", digest(project, person), by=second)
    return project


@pytest.fixture
def keeper(begun: Project, tmp_path: Path) -> Project:
    return begun.copy_to(tmp_path / "keeper")


@pytest.fixture(scope="module")
def elsewhere(begun: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same folder without its ledger."""
    there = begun.copy_to(tmp_path_factory.mktemp("decisions") / "elsewhere")
    for each in (there.folder / ".harness").glob("ledger*"):
        if each.is_file():
            each.unlink()
    return there


def digest(project: Project, name: str, kind: str = "key") -> str:
    pins = project.state()["pins"]
    found = next(each for each in pins if (each["kind"], each["name"]) == (kind, name))
    return str(found["proposed_digest"] or found["effective_digest"])


def handed_in(project: Project, *words: str, by: str = "developer") -> Path:
    return Path(project.must("submit", *words, "--json", by=by).data["file"])


def said(project: Project, file: Path, by: str = "developer") -> object:
    key = PrivateKey.load(project.key(by)).public
    statement, _ = Envelope.from_bytes(file.read_bytes()).opened([key])
    return Submission.from_bytes(statement).act


def receive(project: Project, file: Path) -> Result:
    return project.run("receive", str(file), by="owner")


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("phase", "complete", "5", "--evidence", B, "--evidence", A), PhaseCompletion(5, (A, B))),
        (("phase", "complete", "1"), PhaseCompletion(1, ())),
        (("phase", "reopen", "4", *WHY), PhaseReopening(4, WHY[1])),
        (("request-opening",), OpeningRequest()),
        (("approve", "--evidence", A), OpeningApproval((A,))),
        (("pin", "endpoint", "qat", "--confirm", A), PinConfirmation("endpoint", "qat", A)),
        (
            ("pin", "contract", "--confirm", A),
            PinConfirmation("contract", support.CONTRACT, A),
        ),
        (("waiver", "confirm", "waiver-1", "--digest", A), WaiverConfirmation("waiver-1", A)),
        (("waiver", "end", "waiver-1", *WHY), WaiverEnd("waiver-1", WHY[1])),
        (
            ("waiver", "ask", "EXPIRED", "--scope", A, *WHY, "--expires", "2026-12-24"),
            WaiverRequest("EXPIRED", (A,), WHY[1], datetime(2026, 12, 25, tzinfo=UTC)),
        ),
        (("correction", "withdraw", A, *WHY), EvidenceWithdrawal(A, WHY[1])),
        (("correction", "note", "3", *WHY), CorrectionNote(3, WHY[1])),
        (("correction", "agree", "9"), CorrectionAgreement(9)),
        (("key", "revoke", "manager", "--key", KEY, *WHY), KeyRevocation("manager", KEY, WHY[1])),
        (
            ("observation", "assign", "obs-1", "--owner", "account", *WHY),
            ObservationHandover("obs-1", Party.ACCOUNT, WHY[1]),
        ),
        (("observation", "withdraw", "obs-1", *WHY), ObservationWithdrawal("obs-1", WHY[1])),
    ],
    ids=lambda each: "-".join(each[:2]) if isinstance(each, tuple) else "",
)
def test_a_decision_is_signed_as_it_was_given(
    elsewhere: Project, tmp_path: Path, words: Sequence[str], given: Command
) -> None:
    file = tmp_path / "decision.dsse.json"
    elsewhere.must("submit", *words, "--out", str(file), by="developer")
    assert said(elsewhere, file) == given
    assert not (elsewhere.folder / ".harness/ledger.sqlite3").exists()


def test_pins_are_signed_as_things_lie_here(elsewhere: Project) -> None:
    suite = said(elsewhere, handed_in(elsewhere, "pin", "suite", "testing"))
    assert isinstance(suite, SuitePinning)
    assert isinstance(suite.pin, SuitePin)
    assert [each.id for each in suite.pin.required] == ["testing/missing-account-is-told"]
    contract = said(elsewhere, handed_in(elsewhere, "pin", "contract"))
    assert isinstance(contract, ContractPinning)
    assert contract.pin.name == support.CONTRACT
    key = said(elsewhere, handed_in(elsewhere, "pin", "key", "expert"))
    assert isinstance(key, KeyPinning)
    assert key.pin.person == "expert"
    words = ("pin", "sharing", "vantaa", "--suite", "testing", "--days", "30")
    sharing = said(elsewhere, handed_in(elsewhere, *words))
    assert isinstance(sharing, SharingPinning)
    table = Config.read(elsewhere.folder / "harness.toml").project
    of = (table.supplier, table.system_release)
    assert sharing.pin == SharingPin("vantaa", *of, ("testing",), 30)


def test_another_contract_than_that_of_this_folder_is_not_pinned(elsewhere: Project) -> None:
    done = elsewhere.run("submit", "pin", "contract", "other/one", by="developer")
    assert "harness.toml names the contract" in one_paragraph(done, 2)


@pytest.mark.parametrize(
    ("source", "suite", "told"),
    [
        ("vantaa", "tesing", "there is no suite 'tesing'"),
        ("Vantaa", "testing", "The project id is not an identifier"),
    ],
)
def test_what_there_is_not_is_not_shared(
    elsewhere: Project, source: str, suite: str, told: str
) -> None:
    words = ("pin", "sharing", source, "--suite", suite)
    assert told in one_paragraph(elsewhere.run("submit", *words, by="developer"), 2)


def test_a_pin_is_set_and_confirmed_by_two_files(keeper: Project) -> None:
    file = handed_in(keeper, "pin", "suite", "testing")
    done = receive(keeper, file)
    assert done.code == 0, done
    assert "suite pinned: testing" in done.out
    found = digest(keeper, "testing", "suite")
    own = handed_in(keeper, "pin", "suite", "testing", "--confirm", found)
    assert "WRONG_PARTY" in one_paragraph(receive(keeper, own), 1)
    size = keeper.size()
    other = handed_in(keeper, "pin", "suite", "testing", "--confirm", found, by="manager")
    assert receive(keeper, other).code == 0
    assert receive(keeper, other).code == 0  # twice changes nothing
    assert keeper.size() == size + 2
    received, confirmed = keeper.events()[-2:]
    assert received["topic"] == "joining.SubmissionReceived.v2"
    assert received["event"]["kind"] == "pin"
    assert confirmed["event"]["actor"]["id"] == "manager"
    assert confirmed["event"]["actor"]["assurance"] == "key"
    told = keeper.must("verify").out
    assert "signed files that say what is recorded of them: 2 of 2" in told


def less_than_the_files_require(keeper: Project) -> SuitePin:
    """What the files demand, with something left out that no harness pin would leave out."""
    pin = suite_pin(load_suite(keeper.folder / "scenarios/testing"))
    return replace(pin, required=(replace(pin.required[0], needs=("clock",)),))


def signed(keeper: Project, file: Path, act: Act, by: str = "developer") -> Path:
    """A file that harness submit would not write."""
    party = Party(people(keeper)[by])
    made = Submission(support.ID, Kind.JOINING, by, party, datetime.now(UTC), act)
    file.write_bytes(sign(made.to_bytes(), PrivateKey.load(keeper.key(by))).to_bytes())
    return file


def people(project: Project) -> dict[str, str]:
    config = Config.read(project.folder / "harness.toml")
    return {name: each.party for name, each in config.people.items()}


def test_a_pin_that_requires_less_than_its_files_is_refused(
    keeper: Project, tmp_path: Path
) -> None:
    """Its digest fits, so that nothing else would tell."""
    file = signed(keeper, tmp_path / "less", SuitePinning(less_than_the_files_require(keeper)))
    size = keeper.size()
    told = one_paragraph(receive(keeper, file), 2)
    assert "the pin of testing does not say what its files require" in told
    assert "testing/missing-account-is-told" in told
    assert keeper.size() == size


def test_where_its_files_are_not_that_is_said_and_left_to_the_gate(
    keeper: Project, tmp_path: Path
) -> None:
    less = less_than_the_files_require(keeper)
    file = signed(keeper, tmp_path / "less", SuitePinning(less))
    elsewhere = keeper.folder / "scenarios" / "testing"
    elsewhere.rename(tmp_path / "testing")
    done = receive(keeper, file)
    assert done.code == 0, done
    assert "it was not worked out that they require no other scenarios" in done.out
    confirm = ("pin", "suite", "testing", "--confirm", less.pin_digest)
    by_file = keeper.must("submit", *confirm, by="manager")
    assert "the suite testing is not here" in by_file.err

    (tmp_path / "testing").rename(elsewhere)
    for words in (confirm, ("submit", *confirm)):
        text = one_paragraph(keeper.run(*words, by="manager"), 2)
        assert "et it be pinned again" in text
    changed = keeper.objection("SUITE_CHANGED")
    told = "The pin of testing requires otherwise than its files in 1 scenario."
    assert changed["sentence"] == told
    assert changed["subjects"] == ["testing/missing-account-is-told"]
    keeper.must("pin", "suite", "testing", by="developer")
    again = keeper.must(*confirm[:-1], digest(keeper, "testing", "suite"), by="manager")
    assert "the files here require exactly these scenarios" in again.out
    left = keeper.run("gate", "--json").data["objections"]
    assert told not in {each["sentence"] for each in left}


def test_what_the_rules_do_not_allow_is_refused_on_receipt(keeper: Project) -> None:
    file = handed_in(keeper, "request-opening")
    size = keeper.size()
    assert "PHASE_NOT_REACHED" in one_paragraph(receive(keeper, file), 1)
    assert keeper.size() == size


def test_a_key_is_revoked_by_a_file_and_nothing_more_is_taken_in_under_it(keeper: Project) -> None:
    own = PrivateKey.load(keeper.key("manager")).public.fingerprint
    spare = handed_in(keeper, "request-opening", by="manager")
    file = handed_in(keeper, "key", "revoke", "manager", "--key", own, *WHY, by="manager")
    assert receive(keeper, file).code == 0
    size = keeper.size()
    for each in (spare, file):
        assert "KEY_REVOKED" in one_paragraph(receive(keeper, each), 1)
    assert keeper.size() == size
    assert keeper.events()[-1]["event"]["actor"]["id"] == "manager"
    keeper.must("verify")


def test_an_identity_code_is_not_signed(elsewhere: Project) -> None:
    words = ("phase", "reopen", "4", "--reason", f"Pyyntö {PERSON}")
    text = one_paragraph(elsewhere.run("submit", *words, by="developer"), 2)
    assert "identity code" in text
    assert PERSON not in text
