"""Outside a project the plugin costs nothing and changes nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import ROOT
from tests.support.measuring import unmeasured

PROBE = """
import json, sys

def test_something():
    own = sorted(name for name in sys.modules if name.partition(".")[0] == "harness")
    heavy = sorted({"zeep", "lxml", "requests", "pydantic", "eventsourcing"} & set(sys.modules))
    print("LOADED", json.dumps([own, heavy]))
"""


def pytest_in(
    folder: Path, *words: str, measured: bool = True
) -> "subprocess.CompletedProcess[str]":
    """A plain pytest with our plugin, as in an environment where the harness is installed."""
    around = dict(os.environ) if measured else unmeasured()
    environment = {
        **{name: around[name] for name in around if not name.startswith("PYTEST_")},
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "harness.plugin", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_harness_toml_nothing_is_loaded_but_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(PROBE, "utf-8")
    done = pytest_in(tmp_path, "-s")
    assert done.returncode == 0, done.stdout
    line = next(each for each in done.stdout.splitlines() if "LOADED " in each)
    assert json.loads(line.partition("LOADED ")[2]) == [["harness", "harness.plugin"], []]


def test_yaml_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text("title: not ours\n", "utf-8")
    (tmp_path / "some.yaml").write_text("not: ours\n", "utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", "utf-8")
    done = pytest_in(tmp_path)
    assert "1 passed" in done.stdout
    assert not (tmp_path / ".harness").exists()


@pytest.mark.parametrize("table", ["", "[scenarios]\nfolder = 'elsewhere'\n"])
def test_a_project_whose_scenarios_lie_elsewhere_is_left_alone(tmp_path: Path, table: str) -> None:
    text = (ROOT / "harness.toml").read_text("utf-8")
    old = '[scenarios]\nfolder = "scenarios"\n'
    assert old in text
    (tmp_path / "harness.toml").write_text(text.replace(old, table), "utf-8")
    folder = tmp_path / "scenarios" / "mine"
    folder.mkdir(parents=True)
    for name in ("suite.yaml", "some.yaml"):
        (folder / name).write_text("not: ours\n", "utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", "utf-8")
    done = pytest_in(tmp_path)
    assert "1 passed" in done.stdout
    assert done.returncode == 0
