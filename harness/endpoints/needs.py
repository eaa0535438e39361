"""Refusing a session that an endpoint cannot give."""

from harness.errors import ConfigError


def refuse_unmet(name: str, provides: frozenset[str], needs: frozenset[str]) -> None:
    """Do nothing when every need is provided.

    Raises:
        ConfigError: one is not.
    """
    unmet = sorted(needs - provides)
    if unmet:
        raise ConfigError(
            f"the endpoint {name} cannot be brought to meet {', '.join(unmet)}",
            where=f"[endpoints.{name}] provides",
            todo="Run these scenarios against another endpoint, or list the need once it is met.",
        )
