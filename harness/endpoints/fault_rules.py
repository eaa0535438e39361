"""When faults are played: a list of rules that a server asks for every call."""

from harness.classes import dataclass
from harness.endpoints.faults import Fault, fault
from harness.occasions import Occasion, Occasions, read

_EXAMPLE = "latency,milliseconds=200,every=3 or connection-reset,once"


@dataclass(frozen=True, slots=True)
class Rule(Occasion):
    """When a fault is played.

    Attributes:
        fault: what is played.
    """

    fault: Fault


class Rules(Occasions[Rule]):
    """The rules in force, in order; the first that says so plays its fault."""

    def pick(self, operation: str) -> tuple[Fault, int] | None:
        """The fault of this call and how often it was played before; usually none.

        Args:
            operation: name of the operation called; empty when it cannot be told.
        """
        chosen = self.choose(operation)
        return None if chosen is None else (chosen[0].fault, chosen[1])


def rule(text: str, *, where: str = "") -> Rule:
    """A rule as the command line writes it: ``NAME[,KEY=VALUE ...]``.

    ``every=N``, ``operation=NAME``, ``next=N`` and ``once`` say when; other keys are parameters of
    the fault.

    Raises:
        ConfigError: it cannot be read; says what is wrong.
    """
    name, values, when = read(text, example=_EXAMPLE, where=where)
    found = fault(name, values, where=where)
    return Rule(found, every=when.every, operation=when.operation, next=when.next)
