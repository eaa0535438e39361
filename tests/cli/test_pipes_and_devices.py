"""Whatever file a command is given: one that is a device is refused, never read to its end."""

from collections.abc import Callable

import pytest

from tests.cli.support import Project, one_paragraph, run

At = Callable[[str], Project]

NULL = "/dev/null"
KEY = "ed25519:" + "0" * 64
COMMANDS = [
    f"receive {NULL}",
    f"record {NULL}",
    f"coverage {NULL}",
    f"submit evidence {NULL}",
    f"submit form {NULL}",
    f"phase record --form {NULL}",
    f"process check {NULL}",
    f"import {NULL}",
    f"ledger restore {NULL} --aside",
    f"gate --export {NULL} --checkpoint {NULL}",
    f"verify --export {NULL}",
    f"verify --checkpoint {NULL}",
    f"replay --verify --checkpoint {NULL}",
    f"proof check {NULL} --key {KEY}",
    f"privacy scan . --words {NULL}",
    f"privacy scan . --issued {NULL}",
    f"scenario record {NULL}",
    f"explain-signature {NULL}",
    f"serve --cert {NULL}",
    f"serve --callers {NULL}",
    f"serve --journal {NULL}",
    f"serve --state-file {NULL}",
    f"observe --cert {NULL}",
    f"--ledger {NULL} history",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_device_is_no_file(at: At, words: str) -> None:
    project = at("pinned")
    told = one_paragraph(project.run(*words.split(), by="developer"), 2)
    assert "this is a pipe or a device" in told
    assert told.count(f"{NULL}:") <= 1


@pytest.mark.parametrize("words", ["pin contract", "submit sign-off 4 --evidence " + "a" * 64])
def test_a_device_is_no_key(at: At, words: str) -> None:
    project = at("pinned")
    with project.environment(more={"HARNESS_ACTOR": "owner", "HARNESS_ACTOR_KEY": NULL}):
        told = one_paragraph(run("--project", str(project.folder), *words.split()), 2)
    assert "this is a pipe or a device" in told
