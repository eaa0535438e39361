"""``harness timestamp``: asked only when told to, kept with its checkpoint, checked offline."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.support import Project, one_paragraph
from tests.support.time_authority import TimeAuthority

At = Callable[[str], Project]


@dataclass(frozen=True)
class Stamped:
    """A project and its authority."""

    project: Project
    authority: TimeAuthority

    @property
    def folder(self) -> Path:
        return self.project.folder / ".harness"

    def configure(self, **keys: str) -> None:
        """Name the authority, or another one."""
        settings = self.project.folder / "harness.toml"
        kept, _, _ = settings.read_text("utf-8").partition("\n[ledger.timestamp]")
        table = {"url": self.authority.url, "authority": str(self.authority.root)} | keys
        lines = "".join(f'{key} = "{value}"\n' for key, value in table.items())
        settings.write_text(f"{kept}\n[ledger.timestamp]\n{lines}", "utf-8")

    def refused(self, *words: str, code: int) -> str:
        return " ".join(one_paragraph(self.project.run(*words), code).split())


@pytest.fixture
def stamped(at: At, tmp_path: Path) -> Iterator[Stamped]:
    with TimeAuthority(tmp_path / "authority").serving() as authority:
        found = Stamped(at("pinned"), authority)
        found.configure()
        yield found


def test_a_checkpoint_is_stamped_once_and_checked_without_the_authority(stamped: Stamped) -> None:
    size = stamped.project.size()
    data = stamped.project.must("timestamp", "--json").data
    assert (data["size"], data["by"], data["new"]) == (size, "CN=Test time stamps", True)
    assert Path(data["token"]) == stamped.folder / f"ledger.{size}.checkpoint.tsr"
    copied = (stamped.folder / f"ledger.{size}.checkpoint").read_bytes()
    assert copied == (stamped.folder / "ledger.checkpoint").read_bytes()
    assert stamped.project.must("timestamp", "--json").data["new"] is False
    assert len(stamped.authority.asked) == 1
    told = stamped.project.must("verify").out
    assert f"  entries up to {size} existed at " in told
    assert " UTC, says CN=Test time stamps" in told
    assert len(stamped.authority.asked) == 1


def test_an_older_stamp_stays_when_the_record_grows(stamped: Stamped) -> None:
    sizes = [stamped.project.size()]
    stamped.project.must("timestamp")
    (form,) = stamped.project.folder.glob("forms/0-*.toml")
    stamped.project.must("phase", "record", "--form", str(form), by="developer")
    sizes.append(stamped.project.size())
    stamped.project.must("timestamp")
    told = stamped.project.must("verify", "--json").data["time_stamps"]
    assert [each.split(" existed ")[0] for each in told] == [
        f"entries up to {size}" for size in sizes
    ]


def test_nothing_is_asked_unless_the_command_is_given(stamped: Stamped) -> None:
    (form,) = stamped.project.folder.glob("forms/0-*.toml")
    stamped.project.must("phase", "record", "--form", str(form), by="developer")
    for words in (["verify"], ["gate"], ["history"]):
        stamped.project.run(*words)
    assert stamped.authority.asked == []


def test_without_an_authority_it_is_off(at: At) -> None:
    project = at("shown")
    told = " ".join(one_paragraph(project.run("timestamp"), 2).split())
    assert "no time stamp authority is configured" in told


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://tsa.example/stamp", "another host must be contacted over https"),
        ("https://user@tsa.example/", "holds a user name"),
        ("ftp://127.0.0.1/", "does not begin with https://"),
        ("https://qat.integraatiopalvelu.fi/stamp", "can only have level test"),
        ("https://pr0.integraatiopalvelu.fi/stamp", "only after production has been opened"),
    ],
)
def test_hosts_are_those_that_endpoints_may_have(stamped: Stamped, url: str, words: str) -> None:
    stamped.configure(url=url)
    assert words in stamped.refused("timestamp", code=2)


def test_an_authority_that_does_not_answer(stamped: Stamped) -> None:
    stamped.configure(url="http://127.0.0.1:9/")
    assert "did not answer" in stamped.refused("timestamp", code=2)
    assert not list(stamped.folder.glob("*.tsr"))


@pytest.mark.parametrize(
    ("answer", "kind", "status", "words", "code"),
    [
        (b"<html>", "text/html", 200, "no time stamp (HTTP 200)", 2),
        (b"", "application/timestamp-reply", 503, "no time stamp (HTTP 503)", 2),
        (b"\x30\x03", "application/timestamp-reply", 200, "no time stamp over the checkpoint", 3),
    ],
)
def test_an_answer_that_is_none_is_not_kept(
    stamped: Stamped, answer: bytes, kind: str, status: int, words: str, code: int
) -> None:
    stamped.authority.answer = answer
    stamped.authority.kind, stamped.authority.status = kind, status
    assert words in stamped.refused("timestamp", code=code)
    assert not list(stamped.folder.glob("ledger.*.checkpoint*"))


def test_an_older_answer_is_none_to_a_new_request(stamped: Stamped) -> None:
    data = stamped.project.must("timestamp", "--json").data
    token = Path(data["token"])
    stamped.authority.answer = token.read_bytes()
    token.unlink()
    assert "Nonce mismatch" in stamped.refused("timestamp", code=3)
    assert not token.exists()


def test_of_somebody_else_it_does_not_count(stamped: Stamped, tmp_path: Path) -> None:
    stamped.project.must("timestamp")
    other = TimeAuthority(tmp_path / "other")
    stamped.configure(authority=str(other.root))
    told = stamped.refused("verify", code=3)
    assert ".checkpoint.tsr: this is no time stamp over the checkpoint" in told


def test_a_token_of_another_checkpoint_is_told(stamped: Stamped) -> None:
    first = Path(stamped.project.must("timestamp", "--json").data["token"])
    (form,) = stamped.project.folder.glob("forms/0-*.toml")
    stamped.project.must("phase", "record", "--form", str(form), by="developer")
    second = Path(stamped.project.must("timestamp", "--json").data["token"])
    shutil.copy(second, first)
    assert f"{first.name}: this is no time stamp over" in stamped.refused("verify", code=3)


def test_an_altered_token_is_told(stamped: Stamped) -> None:
    token = Path(stamped.project.must("timestamp", "--json").data["token"])
    data = token.read_bytes()
    token.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    assert "this is no time stamp over" in stamped.refused("verify", code=3)


def test_an_altered_checkpoint_is_told(stamped: Stamped) -> None:
    kept = Path(stamped.project.must("timestamp", "--json").data["checkpoint"])
    kept.write_bytes(kept.read_bytes() + b"\n")
    assert f"{kept.name}: " in stamped.refused("verify", code=3)
    kept.unlink()
    assert "there is no checkpoint here" in stamped.refused("verify", code=2)


def test_without_the_table_stamps_are_named_as_not_checked(stamped: Stamped) -> None:
    token = stamped.project.must("timestamp", "--json").data["token"]
    settings = stamped.project.folder / "harness.toml"
    settings.write_text(settings.read_text("utf-8").partition("\n[ledger.timestamp]")[0], "utf-8")
    told = stamped.project.must("verify").out
    assert f"time stamp not checked, no authority is named: {token}" in told
