"""Defects of the account: a rule forgotten, a limit one off."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace

from harness.account.demands import Rule
from harness.account.settings import Settings
from harness.canary.defect import Defect, Kind
from harness.wsdl import Contract
from harness.wsdl.coverage import points

_UNSENDABLE: Mapping[Rule, str] = {
    Rule.OWN_ID_ANONYMOUS: "no scenario may hold what looks like a living person's code",
    Rule.ID_ARTIFICIAL: "no scenario may hold what looks like a living person's code",
    Rule.SIGNER_REGISTERED: "built-in endpoints sign with the registered certificate and no other",
    Rule.BREAK: "nobody can tell a break from a wrong address: no health call passes around it",
}
_ABOUT: Mapping[Rule, str] = {Rule.PAGES: "Sivut"}
"""Rules about something that not every version of the contract has."""
_NO_SIZE = 2**40
"""Bytes: no message is as large."""
_SIZES: Mapping[str, str] = {
    "max_message_bytes": "3 MB is what clients go by; the exact byte is promised nowhere",
    "max_attachment_bytes": "",
}


def of_account(contract: Contract) -> Iterator[Defect]:
    """All of them; what is about elements that the contract lacks is told as such."""
    names = {point.path.rpartition("/")[2].lstrip("@") for point in points(contract)}
    yield from _rules(names)
    yield from _limits(names)


def _lacking(name: str, names: AbstractSet[str]) -> str:
    return "" if name in names else f"this version of the contract has no {name}"


def _rules(names: AbstractSet[str]) -> Iterator[Defect]:
    for rule in Rule:
        unseen = _UNSENDABLE.get(rule, "")
        if rule in _ABOUT:
            unseen = _lacking(_ABOUT[rule], names)
        yield Defect(
            f"rule/{rule}",
            Kind.RULE,
            f"The account does not see to it that {rule.replace('-', ' ')}.",
            settings=_forgetting(rule),
            unseen=unseen,
        )


def _forgetting(rule: Rule) -> Callable[[Settings], Settings]:
    def changed(settings: Settings) -> Settings:
        return replace(settings, demands=replace(settings.demands, forgotten=frozenset({rule})))

    return changed


def _limits(names: AbstractSet[str]) -> Iterator[Defect]:
    longest = Settings().demands.longest
    for by, words in ((1, "takes one more"), (-1, "takes one less")):
        for name in longest:
            what = f"Of {name} the account {words} than {longest[name]} characters."
            yield Defect(
                f"limit/{name}{by:+d}",
                Kind.LIMIT,
                what,
                settings=_longest(name, by),
                unseen=_lacking(name, names),
            )
        for name, unseen in _SIZES.items():
            what = f"The account {words} than its {name.replace('_', ' ')}."
            changed = _moved(name, by)
            yield Defect(f"limit/{name}{by:+d}", Kind.LIMIT, what, settings=changed, unseen=unseen)
    for name in _SIZES:
        what = f"The account has no {name.replace('_', ' ')}."
        changed = _moved(name, _NO_SIZE)
        yield Defect(f"limit/{name}-none", Kind.LIMIT, what, settings=changed)
    for name in (each.name for each in fields(Settings) if each.name.endswith("_seconds")):
        yield Defect(
            f"limit/{name}",
            Kind.LIMIT,
            f"The account's {name.replace('_', ' ')} are one off.",
            unseen="how long things take is a choice of the simulation, promised nowhere",
        )


def _longest(name: str, by: int) -> Callable[[Settings], Settings]:
    def changed(settings: Settings) -> Settings:
        longest = {**settings.demands.longest, name: settings.demands.longest[name] + by}
        return replace(settings, demands=replace(settings.demands, longest=longest))

    return changed


def _moved(name: str, by: int) -> Callable[[Settings], Settings]:
    def changed(settings: Settings) -> Settings:
        return replace(settings, **{name: getattr(settings, name) + by})

    return changed
