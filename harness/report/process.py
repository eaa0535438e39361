"""A joining process in lines for a terminal: parties, phases and what each asks for."""

from collections.abc import Iterable, Iterator

from harness.i18n import Language
from harness.joining.actor import Party
from harness.joining.process import Expectation, Field, Item, Phase, Process


def process_text(process: Process, language: Language = "en") -> str:
    """The whole process; titles in a language, the words around them in English."""
    lines = [f"{process.title[language]} ({process.id})", ""]
    lines += [f"  {party.value:<18}{process.words(party)[language]}" for party in Party]
    roles = process.roles
    lines += [
        "",
        f"  tests are run by         {_or(roles.test)}",
        f"  opening requested by     {_or(roles.request)}",
        f"  opening approved by      {_or(roles.approve)}",
        f"  production opened by     {_or(roles.open)}",
        f"  time of the opening      {_window(process)}",
    ]
    for phase in process.phases:
        lines += ["", *_phase(phase, process, language)]
    return "\n".join(lines)


def _window(process: Process) -> str:
    window = process.window
    if window is None:
        return "any time after the approval"
    return f"within {window.item} of phase {window.phase}"


def _phase(phase: Phase, process: Process, language: Language) -> Iterator[str]:
    source = f" [{phase.source}]" if phase.source else ""
    yield f"{phase.number} {phase.name[language]}{source}"
    for item in phase.items:
        yield f"    {item.id}: {item.title[language]}"
        yield f"        {_stated(item)}"
        for field in item.fields:
            yield f"        {field.name} ({_kind(field)}): {field.title[language]}"
    for suite in phase.suites:
        yield f"    suite {suite} passes"
    for suite in phase.observed:
        yield f"    suite {suite} passes, driven by the supplier's own system (not in a rehearsal)"
    if phase.sign_offs:
        yield f"    signed off by {_and(phase.sign_offs)}"
    if phase.number == process.last:
        yield "    completed by harness open and by nothing else"


def _stated(item: Item) -> str:
    rules = [
        f"stated by {_and(item.parties) if item.every_party else _or(item.parties)}",
        "with the same values" if item.agreed else "",
        "each for itself" if item.own_hand else "",
        "may be missing" if item.optional else "",
        f"only for {_or(sorted(item.only_for))}" if item.only_for else "",
        *(f"{one} and {other} not the same person" for one, other in item.distinct),
    ]
    return ", ".join(filter(None, rules))


def _kind(field: Field) -> str:
    rules = [
        field.kind.value,
        "optional" if field.optional else "",
        "" if field.expects is Expectation.ANY else field.expects.value,
        f"only if {field.only_if}" if field.only_if else "",
        f"not before {field.not_before}" if field.not_before else "",
    ]
    return ", ".join(filter(None, rules))


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


def _and(words: Iterable[str]) -> str:
    return " and ".join(words)
