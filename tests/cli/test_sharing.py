"""``harness pin sharing`` and ``harness refer``: two projects of one ledger, by commands."""

from pathlib import Path

import pytest

from harness.proof.keys import PrivateKey
from tests.cli import support
from tests.cli.support import Project, one_paragraph

OTHER = "toinenkunta-viestit"
FIRST = "esimerkkikunta-viestit"
DEVELOPER = "supplier-developer"
PEOPLE = '\n[people.expert]\nparty = "account"\nrole = "expert"\n'


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two rehearsals: the first has a recorded run, the second its pins."""
    folder = tmp_path_factory.mktemp("sharing") / "both"
    folder.mkdir()
    suites = {"testing": ("missing-account-is-told",)}
    first = support.example(folder / "first", suites=suites)
    second = first.copy_to(folder / "second")
    ledger = '\n[ledger]\npath = "../ledger.sqlite3"\nkey = "../ledger.key"\n'
    second.edit("harness.toml", (FIRST, OTHER), ('"Esimerkkikunta"', '"Toinenkunta"'))
    for project in (first, second):
        with (project.folder / "harness.toml").open("a", encoding="utf-8") as file:
            file.write(PEOPLE + ledger)
        for words in (("project", "new"), ("pin", "contract"), ("pin", "suite", "testing")):
            must(project, *words)
    ran = first.run("run", "--suite", "testing", claim=DEVELOPER)
    assert ran.code == 0, ran
    must(first, "record", str(first.evidence()[0]))
    return folder


@pytest.fixture
def both(begun: Path, tmp_path: Path) -> tuple[Project, Project]:
    Project(begun).copy_to(tmp_path / "both")
    return Project(tmp_path / "both/first"), Project(tmp_path / "both/second")


def must(project: Project, *words: str, by: str = DEVELOPER) -> str:
    done = project.run(*words, claim=by)
    assert done.code == 0, (words, done)
    return done.out + done.err


def evidence(project: Project) -> str:
    (run,) = project.state()["runs"]
    return str(run["run"]["digest"])


def agreed(project: Project) -> None:
    must(project, "pin", "sharing", FIRST, "--suite", "testing", "--days", "30")
    pins = project.state()["pins"]
    (pin,) = [each for each in pins if each["kind"] == "sharing"]
    must(project, "pin", "sharing", FIRST, "--confirm", pin["effective_digest"], by="expert")


def test_what_is_pinned_is_told(both: tuple[Project, Project]) -> None:
    _, second = both
    agreed(second)
    text = second.must("project", "show").out
    told = "evidence of testing of Esimerkkitoimittaja Oy, release 1.0, at most 30 days old"
    assert f"pinned sharing {FIRST}" in text
    assert told in text
    history = second.must("history").out
    assert f"sharing pinned: testing of {FIRST}, release 1.0" in history
    assert f"sharing confirmed: {FIRST}" in history


def test_a_run_of_the_other_project_is_referred_to_and_told_with_its_place(
    both: tuple[Project, Project],
) -> None:
    first, second = both
    digest = evidence(first)
    words = ("refer", FIRST, "--evidence", digest[:12])
    refused = one_paragraph(second.run(*words, claim=DEVELOPER), 1)
    assert "REFERENCE_NOT_ALLOWED" in refused
    assert f"harness pin sharing {FIRST}" in refused
    agreed(second)
    (place,) = [each["version"] for each in first.events("TestRunRecorded")]
    told = must(second, *words)
    assert f"refers to {FIRST}, event {place}: testing {digest[:12]}" in told
    assert f"refers already to {FIRST}" in must(second, *words)
    text = " ".join(second.run("gate").out.split())
    assert f"note REFERRED: The run of testing that counts is of the project {FIRST}" in text
    assert f"refers to {FIRST}, event {place}, evidence {digest[:12]}" in second.must("history").out
    shown = second.must("project", "show").out
    assert f"counts testing at level mock, of the project {FIRST}: {digest}" in shown
    second.must("verify")
    (row,) = [each for each in second.must("project", "list", "--json").data if each["id"] == OTHER]
    assert row["evidence"]["digest"] == digest


def test_a_withdrawal_there_is_told_there_and_here(both: tuple[Project, Project]) -> None:
    first, second = both
    agreed(second)
    must(second, "refer", FIRST, "--evidence", evidence(first))
    (recorded,) = first.events("TestRunRecorded")
    done = first.run("correct", str(recorded["position"]), "--reason", "Old.", claim=DEVELOPER)
    assert done.code == 0, done
    assert f"in {OTHER} this evidence was referred to" in done.err
    (ended,) = second.events("ReferenceEnded")
    (withdrawn,) = first.events("EvidenceWithdrawn")
    assert (ended["position"], ended["sealed_size"]) == (
        withdrawn["position"] + 1,
        withdrawn["sealed_size"],
    )
    told = f"withdrawn in the project {FIRST}, by its event {withdrawn['version']}"
    history = second.must("history").out
    assert f"shows nothing any more, as entry {ended['position']} says: {told}" in history
    assert told in second.must("project", "show").out
    assert "EVIDENCE_WITHDRAWN" in second.codes()
    (reference,) = second.events("EvidenceReferred")
    assert reference["corrected_by"] == ended["position"]
    second.must("verify")


def test_the_reference_is_withdrawn_from_here(both: tuple[Project, Project]) -> None:
    first, second = both
    agreed(second)
    must(second, "refer", FIRST, "--evidence", evidence(first))
    (reference,) = second.events("EvidenceReferred")
    must(second, "correct", str(reference["position"]), "--reason", "Another system.")
    assert "EVIDENCE_WITHDRAWN" in second.codes()
    assert not first.events("EvidenceWithdrawn")


@pytest.fixture
def handing(both: tuple[Project, Project], tmp_path: Path) -> tuple[Project, Project, Project]:
    """Both, the second with a developer's confirmed key, and its folder without the ledger."""
    first, second = both
    second.key("sari").parent.mkdir(exist_ok=True)
    public = PrivateKey.create(second.key("sari")).public.fingerprint
    with (second.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[people.sari]\nparty = "supplier"\nrole = "developer"\nkey = "{public}"\n')
    must(second, "pin", "key", "sari")
    pins = second.state()["pins"]
    (pin,) = [each for each in pins if each["kind"] == "key"]
    must(second, "pin", "key", "sari", "--confirm", pin["effective_digest"], by="expert")
    return first, second, second.copy_to(tmp_path / "elsewhere" / "second")


def reference_to(digest: str, first: Project, elsewhere: Project, folder: Path) -> str:
    """The signed file of a reference, made from an export alone."""
    record = folder / "record.jsonl"
    first.must("export", str(record))
    words = ("refer", FIRST, "--evidence", digest, "--export", str(record))
    return str(elsewhere.must("submit", *words, "--json", by="sari").data["file"])


def test_a_reference_is_handed_in_by_who_has_an_export_only(
    handing: tuple[Project, Project, Project], tmp_path: Path
) -> None:
    first, second, elsewhere = handing
    agreed(second)
    file = reference_to(evidence(first)[:12], first, elsewhere, tmp_path)
    assert not (elsewhere.folder.parent / "ledger.sqlite3").exists()
    told = must(second, "receive", file)
    assert f"refers to {FIRST}" in told
    (reference,) = second.events("EvidenceReferred")
    assert reference["event"]["actor"]["id"] == "sari"
    assert "signed files that say what is recorded of them: 1 of 1" in second.must("verify").out


def test_a_reference_to_what_was_withdrawn_meanwhile_is_refused_on_receipt(
    handing: tuple[Project, Project, Project], tmp_path: Path
) -> None:
    first, second, elsewhere = handing
    agreed(second)
    file = reference_to(evidence(first), first, elsewhere, tmp_path)
    (recorded,) = first.events("TestRunRecorded")
    must(first, "correct", str(recorded["position"]), "--reason", "Old.")
    size = len(second.events())
    refused = one_paragraph(second.run("receive", file, claim=DEVELOPER), 1)
    assert "EVIDENCE_WITHDRAWN" in refused
    assert len(second.events()) == size


@pytest.mark.parametrize("source", [OTHER, "nobody"])
def test_a_reference_to_no_other_project_is_not_signed(
    handing: tuple[Project, Project, Project], tmp_path: Path, source: str
) -> None:
    first, _, elsewhere = handing
    record = tmp_path / "record.jsonl"
    first.must("export", str(record))
    words = ("refer", source, "--evidence", "0" * 64, "--export", str(record))
    done = elsewhere.run("submit", *words, by="sari")
    assert "this export holds no other project" in one_paragraph(done, 2)


@pytest.mark.parametrize("source", [OTHER, "nobody"])
def test_evidence_of_no_other_project_is_shared(both: tuple[Project, Project], source: str) -> None:
    _, second = both
    done = second.run("pin", "sharing", source, "--suite", "testing", claim=DEVELOPER)
    assert "holds no other project" in one_paragraph(done, 2)


def test_without_a_release_nothing_is_shared(both: tuple[Project, Project]) -> None:
    _, second = both
    second.edit("harness.toml", ('system_release = "1.0"\n', ""))
    done = second.run("pin", "sharing", FIRST, "--suite", "testing", claim=DEVELOPER)
    assert "[project] system_release" in one_paragraph(done, 2)


def test_evidence_that_is_not_there(both: tuple[Project, Project]) -> None:
    _, second = both
    agreed(second)
    done = second.run("refer", FIRST, "--evidence", "0" * 64, claim=DEVELOPER)
    assert "is not the digest of one evidence on record" in one_paragraph(done, 2)
    done = second.run("refer", "nobody", "--evidence", "0" * 64, claim=DEVELOPER)
    assert "there is no project nobody" in one_paragraph(done, 2)
