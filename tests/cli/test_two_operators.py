"""Two people act at once: one wins, the other is told and nothing of theirs is recorded."""

from collections.abc import Callable

import pytest

from harness.cli.desk import Desk
from tests.cli.support import Project, Result, one_paragraph

At = Callable[[str], Project]


def test_who_decided_on_an_older_state_is_told_what_happened_meanwhile(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and recording, another process of another person records."""
    project = at("agreed")
    save = Desk.save
    meanwhile: list[Result] = []

    def late(desk: Desk, *words: object) -> object:
        if not meanwhile:
            meanwhile.append(project.apart("request-opening", by="director"))
        return save(desk, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(Desk, "save", late)
    before = project.size()
    result = project.run("phase", "reopen", "6", "--reason", "later", by="owner")
    assert meanwhile[0].code == 0
    text = one_paragraph(result, 2)
    assert "director" in text
    assert "nothing of yours was recorded" in text
    assert project.size() == before + 1
    assert project.events()[-1]["event"]["actor"]["id"] == "director"
    assert "REQUEST_MISSING" not in project.codes()


def test_an_opening_is_not_decided_on_an_older_state(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = at("approved")
    save = Desk.save
    meanwhile: list[Result] = []

    def late(desk: Desk, *words: object) -> object:
        if not meanwhile:
            reopen = ("phase", "reopen", "4", "--reason", "the address changes")
            meanwhile.append(project.apart(*reopen, by="manager"))
        return save(desk, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(Desk, "save", late)
    one_paragraph(project.run("open", by="owner"), 2)
    assert meanwhile[0].code == 0
    state = project.state()
    assert (state["opening"], state["current_phase"]) == (None, 4)


def test_two_processes_at_once_record_one_completion(at: At) -> None:
    project = at("pinned")
    form = str(project.folder / "forms/0-before-joining.toml")
    project.must("phase", "record", "--form", form, by="developer")
    before = project.size()
    both = [project.start("phase", "complete", "0", by=who) for who in ("owner", "manager")]
    results = [(process.communicate(timeout=60), process.returncode) for process in both]
    codes = sorted(code for _, code in results)
    assert codes[0] == 0
    assert codes[1] in {1, 2}
    (told,) = (err for (_, err), code in results if code)
    assert told.startswith("harness:")
    assert "Traceback" not in told
    assert project.size() == before + 1
    assert "PHASE_NOT_REACHED" in project.codes()


def test_two_processes_at_once_begin_one_project(at: At) -> None:
    project = at("new")
    both = [project.start("project", "new", by="developer") for _ in range(2)]
    results = [(process.communicate(timeout=60), process.returncode) for process in both]
    assert min(code for _, code in results) == 0
    assert all("Traceback" not in err for (_, err), _ in results)
    assert project.size() == 1
    assert project.run("gate").code == 1
