"""Items run by several workers at once: told as if one process had run them, and never lost."""

import json
import os
import re
from pathlib import Path

import pytest

from harness.joining.evidence import ENDED, Outcome, TestEvidence
from harness.report.run import run_text
from harness.vocabulary import Verdict
from tests.cli import support
from tests.cli.support import SMALL, Project
from tests.plugin.test_inert import pytest_in

TWO = ("--harness-workers", "2")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return support.example(tmp_path / "p", suites=SMALL)


def own(project: Project, text: str, *words: str, measured: bool = True) -> tuple[int, str]:
    """Exit code and output of two workers on tests of one's own."""
    (project.folder / "test_own.py").write_text(text, "utf-8")
    done = pytest_in(project.folder, "test_own.py", *(words or TWO), measured=measured)
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def counts(told: str) -> dict[str, int]:
    """The last line, by words."""
    return {
        word: int(count) for count, word in re.findall(r"(\d+) ([a-z]+)", told.splitlines()[-1])
    }


WHO = """
import os
from pathlib import Path
import pytest

def workers():
    return {file.read_text() for file in Path().glob("ran-*")} - {""}

@pytest.mark.parametrize("n", range(20))
def test_it(n):
    with Path(f"ran-{n}").open("x") as file:
        file.write(str(os.getpid()))
    while len(workers()) < 2:
        pass
"""


def test_two_workers_share_the_items_and_each_is_run_once(project: Project) -> None:
    """Their first items wait for each other: one worker alone would never end."""
    code, told = own(project, WHO)
    assert (code, counts(told)["passed"]) == (0, 20)
    ran = {file.read_text("utf-8") for file in project.folder.glob("ran-*")}
    assert len(ran) == 2
    assert str(os.getpid()) not in ran


def test_more_workers_than_items_are_not_begun(project: Project) -> None:
    code, told = own(project, "import os\ndef test_it(): print('RAN', os.getppid())", "-s")
    alone = re.search(r"RAN (\d+)", told)
    assert code == 0
    code, told = own(project, "import os\ndef test_it(): print('RAN', os.getppid())", "-s", *TWO)
    assert code == 0
    assert alone is not None
    assert f"RAN {os.getpid()}" in told, "one item is run by pytest itself"


def test_nothing_to_run_is_told_as_ever(project: Project) -> None:
    code, told = own(project, "def test_it(): pass", "-k", "nothing", *TWO)
    assert (code, counts(told)["deselected"]) == (5, 1)


def test_many_items_fit_in_the_queue(project: Project) -> None:
    text = """
import pytest
@pytest.mark.parametrize("n", range(9001))
def test_it(n): pass
"""
    code, told = own(project, text, "-q", *TWO)
    assert (code, counts(told)["passed"]) == (0, 9001)


DIES = """
import os, signal, pytest
def test_before(): pass
def test_dies(): {how}
@pytest.mark.parametrize("n", range(30))
def test_after(n): pass
"""
HOW = {
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
    "terminated": ("os.kill(os.getpid(), signal.SIGTERM)", "signal 15"),
    "left": ("os._exit(0)", "without a word"),
    "left with a code": ("os._exit(7)", "exit code 7"),
    "interrupted": ("raise KeyboardInterrupt", "KeyboardInterrupt in "),
}


@pytest.mark.crash
@pytest.mark.parametrize("name", HOW)
def test_a_worker_that_ends_is_told_and_never_green(project: Project, name: str) -> None:
    how, why = HOW[name]
    junit = project.folder / "junit.xml"
    code, told = own(project, DIES.format(how=how), *TWO, f"--junitxml={junit}")
    assert code == 1
    assert "ERROR test_own.py::test_dies" in told
    assert f"a worker ended before that ({why}" in told
    found = counts(told)
    assert found["passed"] + found["errors" if "errors" in found else "error"] == 32
    assert found["passed"] >= 20, "the other worker goes on"
    text = junit.read_text("utf-8")
    assert 'name="test_dies"' in text
    assert "not run to its end" in text


@pytest.mark.crash
def test_when_all_workers_end_everything_left_is_told(project: Project) -> None:
    text = """
import os, pytest
@pytest.mark.parametrize("n", range(10))
def test_it(n): os._exit(0)
"""
    code, told = own(project, text)
    assert (code, counts(told)) == (1, {"errors": 10})


def test_what_cannot_be_told_is_an_error(project: Project) -> None:
    text = """
import pytest
@pytest.fixture
def odd(record_property): record_property("odd", lambda: 0)
def test_odd(odd): pass
def test_even(): pass
"""
    code, told = own(project, text)
    assert code == 1
    assert "ERROR test_own.py::test_odd" in told


def test_an_error_while_a_worker_ends_is_red(project: Project) -> None:
    """Then every item has been told, and something was not done that pytest does at the end."""
    text = """
def test_it(request):
    def finish(session): raise ValueError
    request.config.pluginmanager.getplugin("runner").pytest_sessionfinish = finish
def test_other(): pass
"""
    code, told = own(project, text)
    assert code == 1
    assert "a worker ended before its time (ValueError in " in told
    assert counts(told)["passed"] == 2


LEAVES = """
import multiprocessing, os, select, signal, sys
from pathlib import Path

def wait(pytest):
    select.select([pytest], [], [])
    os._exit(0)

def left():
    pytest = os.pidfd_open(os.getppid())
    if not os.fork():
        wait(pytest)

def daemon(pytest, ready):
    def end(*_):
        Path("ended").touch()
        os._exit(0)
    signal.signal(signal.SIGTERM, end)
    ready.set()
    wait(pytest)

def test_forks(): left()
"""
DIES_AFTER = """
def test_forks_and_dies():
    left()
    os._exit(0)
"""
HAS_A_DAEMON = """
def test_has_a_daemon():
    fork = multiprocessing.get_context("fork")
    ready = fork.Event()
    given = (os.pidfd_open(os.getppid()), ready)
    fork.Process(target=daemon, args=given, daemon=True).start()
    ready.wait()
"""


@pytest.mark.crash
def test_what_items_leave_behind_is_not_waited_for(project: Project) -> None:
    """It has copies of all that the worker had open; pytest alone does not wait for it either."""
    code, told = own(project, LEAVES + DIES_AFTER)
    assert code == 1
    assert counts(told) == {"passed": 1, "error": 1}
    assert "ERROR test_own.py::test_forks_and_dies" in told


@pytest.mark.crash
def test_a_daemon_ends_with_its_worker(project: Project) -> None:
    code, told = own(project, LEAVES + HAS_A_DAEMON)
    assert (code, counts(told)) == (0, {"passed": 2})
    assert (project.folder / "ended").exists()


def test_the_first_failure_ends_the_run(project: Project) -> None:
    """Nobody begins anything after it; what is under way in the other worker may end."""
    (project.folder / "conftest.py").write_text(
        """
from pathlib import Path
def pytest_runtest_logreport(report):
    if report.failed:
        Path("told").touch()
""",
        "utf-8",
    )
    text = """
from pathlib import Path
import pytest
def test_fails(): assert False
@pytest.mark.parametrize("n", range(20))
def test_waits(n):
    while not Path("told").exists():
        pass
"""
    code, told = own(project, text, "-x", *TWO)
    assert code == 1
    assert "stopping after 1 failures" in told
    found = counts(told)
    assert found["failed"] == 1
    assert found.get("passed", 0) <= 1


def test_an_item_that_ends_the_session_ends_it(project: Project) -> None:
    text = """
import pytest
def test_before(): pass
def test_ends(): pytest.exit("enough", returncode=9)
"""
    code, told = own(project, text, measured=False)
    assert code == 9
    assert "enough" in told


def test_what_is_told_of_items_is_what_one_process_tells(project: Project) -> None:
    text = """
import sys, warnings, pytest
warnings.warn("while it is collected", UserWarning)
@pytest.mark.parametrize("n", range(8))
def test_it(n):
    print("out", n)
    print("err", n, file=sys.stderr)
    warnings.warn(f"number {n}", UserWarning)
    assert n % 2
@pytest.mark.skip(reason="not today")
def test_skipped(): pass
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.xfail(strict=True)
def test_unexpected(): pass
"""
    _, alone = own(project, text, "-rA", "-q")
    _, told = own(project, text, "-rA", "-q", *TWO)
    assert counts(told) == counts(alone)
    assert counts(told)["warnings"] == 9

    def ordered(shown: str) -> list[str]:
        kept = [line for line in shown.splitlines()[1:] if " in 0." not in line]
        return sorted(line for line in kept if line.strip(".sFExX%[]0123456789 "))

    assert ordered(told) == ordered(alone)
    for n in range(0, 8, 2):
        part = told.partition(f"_ test_it[{n}] _")[2].partition("\n____")[0]
        assert re.findall(r"^(?:out|err) (\d)$", part, re.MULTILINE) == [str(n)] * 2


def test_fixtures_of_a_module_are_made_once_a_worker(project: Project) -> None:
    text = """
from pathlib import Path
import os, pytest
@pytest.fixture(scope="module")
def shared():
    Path(f"made-{os.getpid()}").touch(exist_ok=False)
    yield
    Path(f"ended-{os.getpid()}").touch(exist_ok=False)
@pytest.mark.parametrize("n", range(20))
def test_it(shared, n): pass
"""
    code, _ = own(project, text)
    assert code == 0
    made = {file.name.partition("-")[2] for file in project.folder.glob("made-*")}
    assert len(made) in {1, 2}
    assert {file.name.partition("-")[2] for file in project.folder.glob("ended-*")} == made


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--pdb",), "a debugger needs one process"),
        (("-p", "xdist", "-n", "2"), "not both"),
    ],
)
def test_what_does_not_go_together_is_refused(
    project: Project, words: tuple[str, ...], why: str
) -> None:
    code, told = own(project, "def test_it(): pass", *TWO, *words)
    assert code == 4
    assert why in told


def test_more_workers_than_the_machine_lets_begin_are_told(project: Project) -> None:
    (project.folder / "conftest.py").write_text(
        """
import resource
def pytest_collection_finish():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, most))
""",
        "utf-8",
    )
    text = """
import pytest
@pytest.mark.parametrize("n", range(60))
def test_it(n): pass
"""
    code, told = own(project, text, "--harness-workers", "60", measured=False)
    assert code == 4
    assert re.search(r"ERROR: only \d+ of 60 workers could be begun \(Too many open files\)", told)
    assert "Traceback" not in told


def test_where_ended_processes_are_not_waited_for_workers_are(project: Project) -> None:
    """Who began us may have ignored SIGCHLD: then the system itself takes the dead away."""
    (project.folder / "conftest.py").write_text(
        """
import signal
def pytest_configure(): signal.signal(signal.SIGCHLD, signal.SIG_IGN)
def pytest_unconfigure(): assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
""",
        "utf-8",
    )
    code, told = own(project, WHO)
    assert (code, counts(told)["passed"]) == (0, 20)
    code, told = own(project, DIES.format(how="os._exit(7)"))
    assert code == 1
    assert "a worker ended before that (exit code 7)" in told


def test_beside_a_thread_nothing_is_forked(project: Project) -> None:
    """A lock that a thread holds at that moment would be held for ever."""
    (project.folder / "conftest.py").write_text(
        """
import threading
end = threading.Event()
def pytest_sessionstart(): threading.Thread(target=end.wait).start()
def pytest_unconfigure(): end.set()
""",
        "utf-8",
    )
    text = "import os\ndef test_1(): print('RAN', os.getppid())\ndef test_2(): pass"
    code, told = own(project, text, "-s", *TWO)
    assert code == 0
    assert "harness: one process only, as something has begun a thread here" in told
    assert f"RAN {os.getpid()}" in told


@pytest.mark.parametrize("endpoint", ["mock", "server"])
def test_scenarios_leave_one_evidence_a_suite(project: Project, endpoint: str) -> None:
    result = project.apart("run", "-n", "3", "--endpoint", endpoint)
    assert result.code == 0, result
    assert "one process only" not in result.out
    assert len(project.evidence()) == 2
    for file in project.evidence():
        told = json.loads(file.read_bytes())["predicate"]["connectionHarness"]
        assert {each["outcome"] for each in told["outcomes"]} == {"passed"}
        assert told["selection"] == []


_COMPILED = """
import os
from harness.wsdl.schema import Schema

made = Schema.__init__

def counted(self, assembly):
    with open("compiled", "a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\\n")
    made(self, assembly)

Schema.__init__ = counted
"""


def test_the_contract_is_made_ready_once_for_all_workers(project: Project) -> None:
    (project.folder / "conftest.py").write_text(_COMPILED, "utf-8")
    done = pytest_in(project.folder, "scenarios/connection", *TWO)
    assert done.returncode == 0, done.stdout
    assert len((project.folder / "compiled").read_text("ascii").splitlines()) == 1


def test_what_failed_last_is_run_again(project: Project) -> None:
    project.edit("scenarios/connection/service-answers.yaml", ("code: 0", "code: 7"))
    assert project.apart("run", "-n", "2").code == 1
    result = project.apart("run", "-n", "2", "--lf")
    assert result.code == 1
    assert "1/1: 1 failed" in result.out


def test_what_no_scenario_can_be_run_with_every_scenario_says(project: Project) -> None:
    done = pytest_in(project.folder, "scenarios", "--harness-endpoint", "none", *TWO)
    assert done.returncode == 1
    assert done.stdout.count("there is no endpoint 'none'") == 6


LAST = "testing/zeal-is-optional"
DIES_AT_IT = """
import os, signal
def pytest_runtest_setup(item):
    if item.path.stem == "zeal-is-optional":
        {how}
"""


def one_more(project: Project, *, obligatory: bool) -> None:
    """A scenario of the suite that is run last."""
    folder = project.folder / "scenarios" / "testing"
    text = (folder / "missing-account-is-told.yaml").read_text("utf-8")
    assert "\nobligatory:" not in text
    head = f"obligatory: {str(obligatory).lower()}\n"
    (folder / "zeal-is-optional.yaml").write_text(head + text, "utf-8")


def evidence_of(project: Project, *words: str) -> tuple[int, TestEvidence]:
    """Exit code and evidence of a pytest of one's own, whose evidence is asked for."""
    suite = ("--harness-suite=testing", "--harness-endpoint=mock", "scenarios/testing")
    done = pytest_in(project.folder, *suite, *words)
    assert "INTERNALERROR" not in done.stdout + done.stderr
    (file,) = project.evidence()
    return done.returncode, TestEvidence.from_bytes(file.read_bytes())


@pytest.mark.crash
@pytest.mark.parametrize(
    ("how", "words", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", TWO, 1),
        ("raise KeyboardInterrupt", (), 2),
    ],
    ids=["worker killed", "interrupted"],
)
@pytest.mark.parametrize("obligatory", [True, False])
def test_evidence_of_a_run_that_ended_before_a_scenario_is_not_passed(
    project: Project, how: str, words: tuple[str, ...], code: int, obligatory: bool
) -> None:
    """The run is red; what was to be run and was not is open, obligatory or not."""
    one_more(project, obligatory=obligatory)
    (project.folder / "conftest.py").write_text(DIES_AT_IT.format(how=how), "utf-8")
    ended, evidence = evidence_of(project, *words)
    assert ended == code
    outcomes = {each.id: (each.outcome, each.reason) for each in evidence.outcomes}
    assert outcomes.pop(LAST) == (Outcome.NOT_RUN, ENDED)
    assert set(outcomes.values()) == {(Outcome.PASSED, "")}
    assert evidence.verdict is evidence.summary().verdict is Verdict.INCONCLUSIVE
    assert evidence.complete is not obligatory
    assert f"  not-run: {LAST} (run-ended)" in run_text([(project.folder, evidence)])


def test_what_nobody_asked_for_may_be_left_out(project: Project) -> None:
    one_more(project, obligatory=False)
    code, evidence = evidence_of(project, *TWO, "-k", "not zeal")
    assert (code, evidence.verdict) == (0, Verdict.PASSED)
    left = {each.id: each.reason for each in evidence.outcomes if each.outcome is Outcome.NOT_RUN}
    assert left == {LAST: "not-run"}


AS_XDIST = """
import pytest
def pytest_collection_modifyitems(items):
    items.clear()
def pytest_runtestloop(session):
    name = "scenarios/testing/zeal-is-optional.yaml"
    report = pytest.TestReport(f"{name}::it", (name, None, name), {}, "failed", "crashed", "???")
    session.config.hook.pytest_runtest_logreport(report=report)
    return True
"""


def test_so_is_it_where_only_xdist_knows_what_was_to_be_run(project: Project) -> None:
    """Its controller has no items; of one whose worker crashed it makes a report of its own."""
    one_more(project, obligatory=False)
    (project.folder / "conftest.py").write_text(AS_XDIST, "utf-8")
    code, evidence = evidence_of(project)
    assert code == 1
    (lost,) = (each.id for each in evidence.outcomes if each.reason == ENDED)
    assert lost == LAST
