"""What one caller may cost the server, one line each. Sizes in bytes, times in seconds."""

from harness.classes import dataclass
from harness.limits import DEFAULT, KIB


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Limits in force before anything of a request is looked at."""

    max_header_bytes: int = 64 * KIB
    """Request line and header fields together; also what may come between two pieces of a body."""
    max_headers: int = 200
    """Header fields."""
    max_body_bytes: int = DEFAULT.max_message_bytes
    """A body, without the marks of chunks."""
    max_connections: int = 256
    """Connections at a time."""
    max_waiting: int = 16
    """Requests of one connection that wait for their answers; then nothing more is read."""
    head: float = 10.0
    """From the first byte of a request to the end of its head."""
    body: float = 30.0
    """From the end of the head to the end of the body."""
    idle: float = 60.0
    """Between two requests of a connection."""
    write: float = 30.0
    """For a caller to read what was written, before anything more is."""
    linger: float = 2.0
    """For a caller to read a refusal while its rest of a request is thrown away."""
    grace: float = 5.0
    """For answers in flight when the server is told to stop."""


DEFAULT_LIMITS = ServerLimits()
