"""Refusing a session, or a part of one, that an endpoint cannot give."""

from harness.endpoints.protocol import Inbox
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


def given_inbox(inbox: Inbox | None, name: str) -> Inbox:
    """What a session of the endpoint ``name`` gives to whoever receives.

    Raises:
        ConfigError: nobody listens in this session.
    """
    if inbox is None:
        raise ConfigError(
            "nobody listens to the other side's calls here",
            where=f"[endpoints.{name}] provides",
            todo="A scenario that receives lists return-channel in needs.",
        )
    return inbox
