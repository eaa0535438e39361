"""What the options before the command name."""

from pathlib import Path

from harness.classes import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """Folder of the project, file or URL of the ledger; None where the option was not given."""

    folder: Path | None = None
    ledger: str | None = None
