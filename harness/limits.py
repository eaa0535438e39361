"""Every limit of the harness, one line each. Sizes in bytes, times in seconds.

The values are defaults shipped to users; tests address them by name. Nothing in the harness reads
hostile input without one of these in force.
"""

from harness.classes import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message, one call and one contract may cost."""

    max_message_bytes: int = 4 * MIB
    """A message, decoded; counted while it streams in."""
    max_header_bytes: int = 64 * KIB
    """All HTTP header lines of an answer together."""
    max_depth: int = 64
    """Nesting of elements."""
    max_attributes: int = 256
    """Attributes and namespace declarations of one element."""
    max_elements: int = 100_000
    """Elements of one document."""
    max_text: int = 4 * MIB
    """One text node or attribute value."""
    max_name: int = 1024
    """One element or attribute name, with its namespace."""
    max_value: int = 64
    """Characters of one number, date or time whose type has no bound of its own."""
    max_year: int = 9999
    """The last year of a date."""
    connect: float = 5.0
    """From nothing to a connection, TLS included."""
    read: float = 10.0
    """Silence between two reads."""
    deadline: float = 30.0
    """The whole call, however slowly it drips."""
    max_schema_bytes: int = 20 * MIB
    """All files of one contract together."""
    max_contract_files: int = 500
    """Files of one contract."""
    max_scenario_bytes: int = 1 * MIB
    """One scenario file."""
    max_data_bytes: int = 16 * MIB
    """One file that a scenario names."""
    max_evidence_bytes: int = 16 * MIB
    """One evidence file."""
    max_envelope_bytes: int = 24 * MIB
    """One signed file that is handed in: the largest evidence, in Base64."""
    max_submission_age: float = 30 * 24 * 3600
    """From the signature of a file that is handed in to its receipt."""
    clock_skew: float = 300
    """How far the clock of who hands in may be ahead of ours; ``handing.CLOCKS_DIFFER``."""
    max_config_bytes: int = 1 * MIB
    """harness.toml or one form file."""


DEFAULT = Limits()
