"""What the suites have to show: ``requirements.toml`` beside them, one table a requirement.

A scenario names the ids of those it shows. A scenarios folder without the file has no
requirements, and its scenarios name none.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import cast

from harness import files, tables
from harness.classes import dataclass
from harness.errors import ScenarioError
from harness.limits import DEFAULT

FILE = "requirements.toml"


class Kind(StrEnum):
    """What a requirement is about. The order is that of the test plan."""

    PROCESS = "process"
    OPERATION = "operation"
    CODE = "code"
    LIMIT = "limit"
    RULE = "rule"
    FORM = "form"
    SECURITY = "security"
    BEHAVIOUR = "behaviour"
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement.

    Attributes:
        kind: what it is about.
        clause: the clause of its source.
        text: one sentence.
    """

    kind: Kind
    clause: str
    text: str


def requirements(folder: Path) -> Mapping[str, Requirement]:
    """The requirements beside the suites of a folder, by id; none without the file.

    Raises:
        ScenarioError: the file cannot be read or is not as described.
    """
    file = folder / FILE
    try:
        data = tomllib.loads(files.read(file, DEFAULT.max_config_bytes).decode("utf-8"))
        return cast("Mapping[str, Requirement]", tables.read(dict[str, Requirement], data))
    except FileNotFoundError:
        return {}
    except tables.NotAsDescribed as error:
        raise ScenarioError(error.what, where=str(file)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"cannot be read: {type(error).__name__}", where=str(file)) from None
