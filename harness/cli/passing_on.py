"""What ``harness run`` and ``harness connection`` pass on to pytest: what may not go there."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from harness import files
from harness.errors import ConfigError
from harness.limits import DEFAULT
from harness.suite.folder import suite_names

_INSTEAD = {
    "--cache-show": "Use pytest -o cache_dir={cache} --cache-show.",
    "--fixtures": "Use pytest --fixtures.",
    "--funcargs": "Use pytest --fixtures.",
    "--fixtures-per-test": "Use pytest --fixtures-per-test.",
    "--markers": "Use pytest --markers.",
    "--setup-only": "Leave it out, or use --collect-only.",
    "--setup-plan": "Leave it out, or use --collect-only.",
    "--version": "Use harness --version, or pytest --version.",
    "-V": "Use harness --version, or pytest --version.",
    "--pastebin": "Leave it out: it would send what is told to a host on the internet.",
    "--rootdir": "Use harness --project FOLDER.",
}
"""Options of pytest that run nothing here, or more than is wanted, and what does it instead."""
_NEEDED = ("no:terminal", "no:harness")
"""Plugins without which a run would be none."""
_CACHED = {"lastfailed": dict, "nodeids": list}
"""Values that pytest takes for what they should be: each holds names of items."""


def refuse_among(arguments: Sequence[str], folder: Path, cache: Path) -> None:
    """Look for what pytest would understand otherwise than it was meant.

    ``harness run testing`` would have it look for a file, and leave evidence of nothing; those of
    its options that are ours are set by the command, after its own checks.

    Args:
        arguments: as they were given.
        folder: that of the suites.
        cache: the folder of pytest's cache.

    Raises:
        ConfigError: there is such a one, or the cache is not as pytest left it.
    """
    known = suite_names(folder)
    for before, word in pairwise(["", *arguments]):
        name = word.partition("=")[0]
        if word in known and not before.startswith("-"):
            raise ConfigError(f"{word!r} is a suite", todo=f"Name it with --suite {word}.")
        if word.startswith("--harness-"):
            raise ConfigError(
                f"{name} is for a pytest of your own",
                todo="Here it is --endpoint, --suite, --scenarios, --as, -n or --keep-exchanges.",
            )
        if name in _INSTEAD:
            what = f"{name} is an option of pytest that does not go with running suites"
            raise ConfigError(what, todo=_INSTEAD[name].format(cache=cache))
        if before == "-p" and word.startswith(_NEEDED):
            raise ConfigError(f"nothing is run with -p {word}", todo="Leave it out.")
    if "--cache-clear" not in arguments:
        _look_at(cache)


def _look_at(cache: Path) -> None:
    """Look whether pytest can go on with its cache."""
    for name, shape in _CACHED.items():
        file = cache / "v" / "cache" / name
        try:
            data = files.read(file, DEFAULT.max_data_bytes)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            why = error.strerror
        else:
            why = "" if _fits(data, shape) else "this is not what pytest left there"
        if why:
            todo = f"Remove {cache}, or run with --cache-clear."
            what = f"the cache of pytest cannot be used: {why}"
            raise ConfigError(what, where=str(file), todo=todo)


def _fits(data: bytes, shape: type) -> bool:
    try:
        value = json.loads(data)
    except RecursionError:
        return False
    except ValueError:  # pytest takes it for nothing
        return True
    try:
        "".join(value).encode()  # names, and such as can be written again
    except (TypeError, ValueError):
        return False
    return isinstance(value, shape)
