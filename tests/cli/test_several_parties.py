"""``harness submit`` and ``harness receive``: four parties, one record, and keys that prove who."""

import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.cli.evidence import read_evidence
from harness.config import Config
from harness.errors import EvidenceError
from harness.joining.actor import Party
from harness.joining.events import Kind
from harness.joining.handing import pinned_keys
from harness.joining.submissions import FixHanded, FormHanded, SignOffGiven, Submission
from harness.ledger import attachments, receiving
from harness.ledger.application import Ledger
from harness.limits import DEFAULT
from harness.proof.dsse import sign
from harness.proof.keys import PrivateKey
from tests.cli import support
from tests.cli.support import Project, Result, one_paragraph
from tests.support.identities import PERSON

SCENARIO = "missing-account-is-told"
FILE = f"scenarios/testing/{SCENARIO}.yaml"
LEDGER = ".harness/ledger.sqlite3"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A joining project whose keeper, the authority, has the developer's key confirmed."""
    folder = tmp_path_factory.mktemp("parties") / "keeper"
    project = support.joining_project(folder, {})
    for each in (folder / "scenarios/testing").glob("*.yaml"):
        if each.stem not in {"suite", SCENARIO}:
            each.unlink()
    project.must("project", "new", by="owner")
    pin_key(project, "developer")
    return project


@pytest.fixture
def keeper(begun: Project, tmp_path: Path) -> Project:
    return begun.copy_to(tmp_path / "keeper")


@pytest.fixture
def supplier(keeper: Project, tmp_path: Path) -> Project:
    """The supplier's own folder: its key, no ledger."""
    return without_ledger(keeper, tmp_path / "supplier", "developer")


def without_ledger(keeper: Project, folder: Path, person: str) -> Project:
    there = keeper.copy_to(folder)
    shutil.rmtree(folder / ".harness")
    for each in (folder / "keys").iterdir():
        if each.name != person:
            each.unlink()
    return there


def pin_key(project: Project, person: str) -> None:
    project.must("pin", "key", person, by="owner")
    project.must("pin", "key", person, "--confirm", key_digest(project, person), by="manager")


def key_digest(project: Project, person: str) -> str:
    pins = project.state()["pins"]
    found = next(each for each in pins if (each["kind"], each["name"]) == ("key", person))
    return str(found["proposed_digest"] or found["effective_digest"])


def ran(project: Project, code: int = 0) -> Path:
    """The evidence file of a run of the only scenario."""
    assert project.run("run", "--suite", "testing", by="developer").code == code
    return project.evidence()[-1]


def submitted(project: Project, *words: str, by: str = "developer") -> Path:
    return Path(project.must("submit", *words, "--json", by=by).data["file"])


def receive(project: Project, *files: Path) -> Result:
    return project.run("receive", *map(str, files), by="owner")


def refused(project: Project, file: Path, code: int) -> str:
    """Why a file is refused; nothing is recorded and nothing kept."""
    before, kept = project.size(), files_of(project)
    text = one_paragraph(receive(project, file), code)
    assert (project.size(), files_of(project)) == (before, kept)
    return text


def files_of(project: Project) -> list[Path]:
    return sorted(attachments.folder_of(project.folder / LEDGER).glob("*"))


def made(keeper: Project, file: Path, key: PrivateKey | None = None, **changes: Any) -> Path:
    """A signed file with something in it that harness submit would not write."""
    values: dict[str, Any] = {
        "project": support.ID,
        "project_kind": Kind.JOINING,
        "submitter": "developer",
        "party": Party.SUPPLIER,
        "at": datetime.now(UTC),
        "act": FixHanded("obs-1", "2.0"),
        **changes,
    }
    signer = key or PrivateKey.load(keeper.key("developer"))
    file.write_bytes(sign(Submission(**values).to_bytes(), signer).to_bytes())
    return file


# Evidence, from a machine without the ledger


def test_evidence_is_handed_in_and_received(keeper: Project, supplier: Project) -> None:
    evidence = ran(supplier)
    result = supplier.must("submit", "evidence", str(evidence), by="developer")
    assert "harness receive evidence-" in result.out
    (file,) = (supplier.folder / ".harness/submissions").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not (supplier.folder / LEDGER).exists()

    told = receive(keeper, file)
    assert told.code == 0, told
    assert "signed by developer of supplier" in told.out
    received, recorded = keeper.events()[-2:]
    assert received["event"]["actor"]["id"] == "owner"
    assert received["event"]["submitter"]["id"] == "developer"
    actor = recorded["event"]["actor"]
    assert (actor["id"], actor["party"], actor["assurance"]) == ("developer", "supplier", "key")
    digest = read_evidence(evidence).digest
    assert recorded["event"]["run"]["digest"] == digest
    assert {each.name for each in files_of(keeper)} == {digest, received["event"]["envelope"]}
    kept = attachments.folder_of(keeper.folder / LEDGER) / digest
    assert kept.read_bytes() == evidence.read_bytes()
    assert "received evidence" in keeper.must("history").out


def test_what_is_received_twice_changes_nothing(keeper: Project, supplier: Project) -> None:
    file = submitted(supplier, "evidence", str(ran(supplier)))
    assert receive(keeper, file).code == 0
    size = keeper.size()
    again = receive(keeper, file)
    assert (again.code, keeper.size()) == (0, size)
    assert "received before, nothing changes" in again.out
    respaced = file.with_name("respaced")
    respaced.write_text(json.dumps(json.loads(file.read_bytes())), "utf-8")
    assert "received before" in receive(keeper, respaced).out
    assert keeper.size() == size


def test_evidence_that_is_on_record_already_is_said_to_be(
    keeper: Project, supplier: Project
) -> None:
    evidence = ran(supplier)
    keeper.must("record", str(evidence), by="owner")
    assert [each.name for each in files_of(keeper)] == [read_evidence(evidence).digest]
    told = receive(keeper, submitted(supplier, "evidence", str(evidence)))
    assert (told.code, "nothing new: it is on record already" in told.out) == (0, True)
    assert len(keeper.state()["runs"]) == 1


def test_nothing_is_written_over(supplier: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine", "utf-8")
    words = ("submit", "form", "forms/0-preparation.toml")
    form = next(iter(sorted((supplier.folder / "forms").glob("*.toml"))))
    text = one_paragraph(supplier.run(*words[:2], str(form), "--out", str(out), by="developer"), 2)
    assert "nothing is written over" in text
    assert out.read_text("utf-8") == "mine"


def test_nothing_is_signed_without_a_key(supplier: Project) -> None:
    form = str(next(iter(sorted((supplier.folder / "forms").glob("*.toml")))))
    text = one_paragraph(supplier.run("submit", "form", form, claim="claimant"), 2)
    assert "HARNESS_ACTOR_KEY" in text


def test_evidence_of_another_project_is_not_signed(supplier: Project) -> None:
    evidence = ran(supplier)
    supplier.edit("harness.toml", (f'id = "{support.ID}"', 'id = "other"'))
    text = one_paragraph(supplier.run("submit", "evidence", str(evidence), by="developer"), 2)
    assert "evidence is of the project" in text


# Who and what is refused


def _unknown_key(keeper: Project, file: Path) -> Path:
    return made(keeper, file, PrivateKey.generate())


def _another_project(keeper: Project, file: Path) -> Path:
    return made(keeper, file, project="another")


def _rehearsed(keeper: Project, file: Path) -> Path:
    return made(keeper, file, project_kind=Kind.REHEARSAL)


def _old(keeper: Project, file: Path) -> Path:
    return made(keeper, file, at=datetime.now(UTC) - timedelta(days=31))


def _of_tomorrow(keeper: Project, file: Path) -> Path:
    return made(keeper, file, at=datetime.now(UTC) + timedelta(minutes=6))


def _in_anothers_name(keeper: Project, file: Path) -> Path:
    return made(keeper, file, submitter="owner")


def _for_another_party(keeper: Project, file: Path) -> Path:
    return made(keeper, file, party=Party.AUTHORITY)


def _altered(keeper: Project, file: Path) -> Path:
    envelope = json.loads(made(keeper, file).read_bytes())
    payload = base64.b64decode(envelope["payload"]).replace(b'"2.0"', b'"2.1"')
    envelope["payload"] = base64.b64encode(payload).decode()
    file.write_text(json.dumps(envelope), "utf-8")
    return file


def _no_envelope(_keeper: Project, file: Path) -> Path:
    file.write_bytes(b"[]")
    return file


REFUSED: dict[str, tuple[Callable[[Project, Path], Path], str]] = {
    "an unknown key": (_unknown_key, "nobody's pinned key"),
    "another project": (_another_project, f"for another (joining); this project is {support.ID}"),
    "a rehearsal": (_rehearsed, "(rehearsal); this project is"),
    "an old one": (_old, "signed 31 days ago"),
    "one of tomorrow": (_of_tomorrow, "s ahead of this one, at most 300 s are accepted"),
    "another's name": (_in_anothers_name, "owner of supplier hands it in"),
    "another party": (_for_another_party, "developer of authority hands it in"),
    "an altered payload": (_altered, "altered on its way"),
    "no envelope": (_no_envelope, "exactly these fields"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_at_the_door(keeper: Project, tmp_path: Path, name: str) -> None:
    make, why = REFUSED[name]
    file = make(keeper, tmp_path / "file")
    text = refused(keeper, file, 2)
    assert why in text
    assert str(file) in text


def test_how_old_a_file_may_be_and_how_far_its_signers_clock_ahead(
    keeper: Project, tmp_path: Path
) -> None:
    now, instant = datetime.now(UTC), timedelta(microseconds=1)
    data = made(keeper, tmp_path / "file", at=now).read_bytes()
    with opened(keeper) as ledger:
        standing = ledger.project(support.ID).standing
    ahead, age = timedelta(seconds=DEFAULT.clock_skew), timedelta(days=30)
    for clock in (now - ahead, now, now + age):
        assert receiving.opened(data, standing, clock).submission.at == now
    with pytest.raises(EvidenceError, match="clock is 300 s ahead of this one, at most 300 s"):
        receiving.opened(data, standing, now - ahead - instant)
    with pytest.raises(EvidenceError, match="signed 30 days ago"):
        receiving.opened(data, standing, now + age + instant)


def test_a_key_that_nobody_has_confirmed_proves_nothing(keeper: Project, tmp_path: Path) -> None:
    keeper.must("pin", "key", "expert", by="owner")
    file = made(
        keeper, tmp_path / "file", PrivateKey.load(keeper.key("expert")),
        submitter="expert", party=Party.ACCOUNT_SUPPLIER,
    )  # fmt: skip
    assert "KEY_UNKNOWN" in refused(keeper, file, 1)


def test_a_revoked_key_is_refused_and_another_one_takes_its_place(
    keeper: Project, supplier: Project, tmp_path: Path
) -> None:
    form = str(next(iter(sorted((supplier.folder / "forms").glob("*.toml")))))
    file = submitted(supplier, "form", form)
    keeper.must("key", "revoke", "developer", "--reason", "The laptop was lost.", by="manager")
    assert "The laptop was lost." in keeper.must("history").out
    text = refused(keeper, file, 1)
    assert "KEY_REVOKED" in text
    assert "The laptop was lost." in text
    again = keeper.run("pin", "key", "developer", by="owner")
    assert "KEY_REVOKED" in one_paragraph(again, 1)

    new = PrivateKey.create(tmp_path / "new")
    old = PrivateKey.load(keeper.key("developer")).public.fingerprint
    settings = keeper.folder / "harness.toml"
    settings.write_text(settings.read_text("utf-8").replace(old, new.public.fingerprint), "utf-8")
    pin_key(keeper, "developer")
    act = FormHanded(Path(form).read_text("utf-8"))
    assert receive(keeper, made(keeper, tmp_path / "renewed", new, act=act)).code == 0
    assert "KEY_REVOKED" in refused(keeper, file, 1)


def test_the_party_has_to_be_one_that_may_do_it(keeper: Project, tmp_path: Path) -> None:
    pin_key(keeper, "director")
    file = made(
        keeper, tmp_path / "file", PrivateKey.load(keeper.key("director")),
        submitter="director", party=Party.AUTHORITY, act=SignOffGiven("a" * 64, 5),
    )  # fmt: skip
    assert "WRONG_PARTY" in refused(keeper, file, 1)


def test_of_several_files_the_good_ones_are_received(
    keeper: Project, supplier: Project, tmp_path: Path
) -> None:
    forms = sorted((supplier.folder / "forms").glob("*.toml"))
    one, other = (submitted(supplier, "form", str(form)) for form in forms[:2])
    bad = _no_envelope(keeper, tmp_path / "bad")
    result = keeper.run("receive", str(one), str(bad), str(other), "--json", by="owner")
    assert result.code == 2
    assert "refused:" in result.err
    assert str(bad) in result.err
    assert [each["new"] for each in result.data][:2] == [True, False]
    assert result.data[1]["refused"]


def test_one_key_is_not_pinned_for_two_people(keeper: Project) -> None:
    text = one_paragraph(keeper.run("pin", "key", "twin", by="owner"), 1)
    assert "SAME_PERSON" in text
    text = one_paragraph(keeper.run("pin", "key", "claimant", by="owner"), 2)
    assert "names no key" in text


# Forms and observations


def test_a_form_and_an_observation_are_handed_in(keeper: Project, supplier: Project) -> None:
    form = next(iter(sorted((supplier.folder / "forms").glob("*.toml"))))
    told = receive(keeper, submitted(supplier, "form", str(form)))
    assert "phase 0: " in told.out
    item = keeper.events("ItemRecorded")[-1]["event"]
    assert item["actor"]["id"] == "developer"
    assert item["source_digest"] in {each.name for each in files_of(keeper)}

    supplier.edit(FILE, ("Tila: 310", "Tila: 399"))
    red = ran(supplier, 1)
    digest = read_evidence(red).digest
    what = ("--scenario", SCENARIO, "--severity", "major", "--owner", "supplier")
    seen = submitted(
        supplier, "observation", "add", "--evidence", digest[:12], *what, "--title", "Odd."
    )
    assert "EVIDENCE_UNKNOWN" in refused(keeper, seen, 1)
    assert receive(keeper, submitted(supplier, "evidence", str(red))).code == 0
    assert receive(keeper, seen).code == 0
    fixed = submitted(supplier, "observation", "fix", "obs-1", "--in", "2.1")
    assert "obs-1 fixed in 2.1" in receive(keeper, fixed).out
    (found,) = keeper.state()["observations"]
    assert (found["code"], found["fix"]["actor"]["id"]) == ("field", "developer")
    retest = submitted(supplier, "observation", "retest", "obs-1", "--evidence", digest)
    assert "SAME_PERSON" in refused(keeper, retest, 1)
    assert "obs-1" in keeper.must("ticket", "obs-1").out  # from the evidence kept at the ledger


def test_a_sign_off_is_handed_in_and_judged(keeper: Project, supplier: Project) -> None:
    signed = submitted(supplier, "sign-off", "5", "--evidence", "a" * 64)
    assert "PHASE_NOT_REACHED" in refused(keeper, signed, 1)


@pytest.mark.parametrize(
    "written", [PERSON, PERSON.replace("-", " - "), f"\\u003{PERSON[0]}{PERSON[1:]}"]
)
def test_a_code_in_a_comment_of_a_form_is_refused_at_every_door(
    keeper: Project, supplier: Project, tmp_path: Path, written: str
) -> None:
    """A form is kept whole: what is not recorded of it as well."""
    text = next(iter(sorted((supplier.folder / "forms").glob("*.toml")))).read_text("utf-8")
    text = f"{text}\n# {written}\n"
    form = tmp_path / "form.toml"
    form.write_text(text, "utf-8")
    refusal = f"line {text.count(chr(10))} holds what looks like a personal identity code"
    at_the_ledger = keeper.run("phase", "record", "--form", str(form), by="developer")
    by_file = supplier.run("submit", "form", str(form), by="developer")
    for told in (one_paragraph(at_the_ledger, 2), one_paragraph(by_file, 2)):
        assert refusal in told
        assert PERSON not in told
    assert refusal in refused(keeper, made(keeper, tmp_path / "file", act=FormHanded(text)), 2)
    assert files_of(keeper) == []


# What verify says of the files


def test_a_form_recorded_at_the_ledger_is_kept_as_well(keeper: Project) -> None:
    form = next(iter(sorted((keeper.folder / "forms").glob("*.toml"))))
    keeper.must("phase", "record", "--form", str(form), by="owner")
    (kept,) = files_of(keeper)
    assert kept.read_bytes() == form.read_bytes()
    assert keeper.must("verify", "--json").data["files"]["kept"] == 1


@pytest.fixture
def received(keeper: Project, supplier: Project) -> Project:
    assert receive(keeper, submitted(supplier, "evidence", str(ran(supplier)))).code == 0
    return keeper


def test_verify_says_which_files_are_whole_and_which_are_missing(received: Project) -> None:
    told = received.must("verify", "--json").data["files"]
    assert told == {"kept": 2, "missing": [], "signed": 1, "submissions": 1}
    assert "signed files that say what is recorded of them: 1 of 1" in received.must("verify").out
    first, *_ = files_of(received)
    first.unlink()
    told = received.must("verify", "--json").data["files"]
    assert (told["kept"], told["missing"]) == (1, [first.name])
    assert f"missing file {first.name}" in received.must("verify").out


@pytest.mark.parametrize("place", [0, 1])
def test_an_altered_file_breaks_the_record(received: Project, place: int) -> None:
    file = files_of(received)[place]
    file.write_bytes(file.read_bytes()[:-2] + b" \n")
    text = one_paragraph(received.run("verify"), 3)
    assert "is not what it was" in text
    assert str(file) in text


@pytest.mark.parametrize("how", ["another text", "another signer", "one event more"])
def test_a_record_that_says_other_than_what_was_signed_is_broken(keeper: Project, how: str) -> None:
    """The keeper has the ledger's key and can write what the rules allow; the file tells."""
    form = next(iter(sorted((keeper.folder / "forms").glob("*.toml")))).read_text("utf-8")
    who = (support.ID, Kind.JOINING, "developer", Party.SUPPLIER, datetime.now(UTC))
    submission = Submission(*who, FormHanded(form))
    signer = PrivateKey.load(keeper.key("developer"))
    key = PrivateKey.generate() if how == "another signer" else signer
    envelope = attachments.keep(keeper.folder / LEDGER, sign(submission.to_bytes(), key).to_bytes())
    told = submission
    if how == "another text":
        told = replace(submission, act=FormHanded(f"{form}\n# and one word more"))
    with opened(keeper) as ledger:
        project = ledger.project(support.ID)
        version = project.version
        (pin,) = pinned_keys(project.standing)
        now = datetime.now(UTC)
        args = {"at": now, "actor": pin.actor, "event_id": "made-up"}
        project.receive(told, pin.actor, envelope=envelope, **args)  # type: ignore[arg-type]
        if how == "one event more":
            args["event_id"] = f"{told.digest}.{project.version - version}"
            project.pin(suite_pin_of(keeper), **args)  # type: ignore[arg-type]
        ledger.save(project, version)
    text = one_paragraph(keeper.run("verify"), 3)
    assert "the record and the signed file disagree" in text


def suite_pin_of(project: Project) -> Any:
    from harness.cli.pin import suite_pin  # noqa: PLC0415 - used once
    from harness.suite.suites import load_suite  # noqa: PLC0415 - used once

    return suite_pin(load_suite(project.folder / "scenarios/testing"))


def opened(project: Project) -> Ledger:
    config = Config.read(project.folder / "harness.toml")
    return Ledger.open(config.ledger_place, config.key_path)
