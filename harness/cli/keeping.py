"""What earlier evidence still shows when the contract changes: worked out from the files on disk.

Runs on record that were made under another version are looked at, when the files of that version
are in the catalogue as they were then and the suite lies on disk as it is pinned. Where one of the
two is missing nothing stays valid.
"""

from collections.abc import Iterator, Sequence

from harness.classes import dataclass
from harness.config import Config
from harness.errors import ConfigError, ContractError, ScenarioError
from harness.joining.events import Kept
from harness.joining.pins import ContractPin, SuitePin
from harness.joining.standing import Standing
from harness.report.words import short
from harness.suite.folder import suite_digest, suite_names
from harness.vocabulary import counted
from harness.wsdl import Contract, catalogue, load


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a change of the contract reaches into one suite shown under an earlier version.

    Attributes:
        contract: reference of the earlier version; ``contract_digest``: of its files.
        suite: the suite; ``suite_digest``: as it was run and is pinned.
        kept: required scenarios that the change leaves untouched, sorted.
        again: the other required scenarios, sorted.
        why: why nothing could be compared; empty when it was.
    """

    contract: str
    contract_digest: str
    suite: str
    suite_digest: str
    kept: tuple[str, ...]
    again: tuple[str, ...]
    why: str = ""

    def lines(self) -> Iterator[str]:
        """For people."""
        total = len(self.kept) + len(self.again)
        yield (
            f"{self.suite} as shown under {self.contract} ({short(self.contract_digest)}): "
            f"{len(self.kept)} of {total} required scenarios stay valid"
        )
        if self.why:
            yield f"  all must be run again: {self.why}"
        elif self.again:
            yield "  these must be run again:"
            yield from (f"    {each}" for each in self.again)


def reaches(config: Config, standing: Standing, newer: Contract) -> list[Reach]:
    """How far a change to this contract reaches into what is on record, sorted."""
    pins = [state.effective.pin for state in standing.pins.values()]
    found = (
        _reach(config, pin, older, newer)
        for pin in pins
        if isinstance(pin, SuitePin) and pin.contract == newer.name
        for older in _earlier(standing, pin, newer)
    )
    return sorted(found, key=lambda each: (each.contract, each.contract_digest, each.suite))


def kept(reached: Sequence[Reach]) -> tuple[Kept, ...]:
    """What a pin records of it."""
    return tuple(
        Kept(each.contract, each.contract_digest, each.suite, each.suite_digest, each.kept)
        for each in reached
        if each.kept
    )


def agreed(config: Config, standing: Standing, pin: ContractPin) -> list[str]:
    """What who confirms this pin agrees to be kept, worked out anew from the files here, in lines.

    Raises:
        ConfigError: the files here do not show it.
    """
    if not pin.keeps:
        return []
    newer = _contract(config, pin.ref, pin.digest)
    here = reaches(config, standing, newer) if newer else []
    shown = {each.inputs: set(each.scenarios) for each in kept(here)}
    for each in pin.keeps:
        doubtful = sorted(set(each.scenarios) - shown.get(each.inputs, set()))
        if doubtful:
            raise ConfigError(
                f"the pin keeps {counted(len(doubtful), 'scenario')} of {each.suite} as shown "
                f"under {each.contract}, but the files here do not say that they are untouched: "
                f"{', '.join(doubtful[:5])}{' ...' if len(doubtful) > 5 else ''}",
                where=str(config.path),
                todo="Confirm where the contracts and the suites lie as they are pinned; if they "
                "do, let the contract be pinned again.",
            )
    return [line for each in here for line in each.lines()]


def _earlier(standing: Standing, pin: SuitePin, newer: Contract) -> list[tuple[str, str]]:
    """Reference and digest of other versions that the suite as pinned was run under."""
    runs = (each.run for each in standing.runs)
    made = {(r.contract, r.contract_digest) for r in runs if r.suite_digest == pin.digest}
    return sorted(
        each
        for each in made - {(newer.ref, newer.digest)}
        if each[0].rpartition("/")[0] == newer.name
    )


def _reach(config: Config, pin: SuitePin, made_with: tuple[str, str], newer: Contract) -> Reach:
    required = tuple(sorted(each.id for each in pin.required))
    try:
        untouched = _untouched(config, pin, made_with, newer)
    except (ConfigError, ContractError, ScenarioError) as error:
        return Reach(*made_with, pin.suite, pin.digest, (), required, error.what)
    return Reach(
        *made_with,
        pin.suite,
        pin.digest,
        tuple(each for each in required if each in untouched),
        tuple(each for each in required if each not in untouched),
    )


def _untouched(
    config: Config, pin: SuitePin, made_with: tuple[str, str], newer: Contract
) -> frozenset[str]:
    from harness.suite.suites import load_suite  # noqa: PLC0415 - slow, and seldom needed
    from harness.suite.uses import untouched  # noqa: PLC0415 - likewise

    folder = config.scenarios_folder
    if pin.suite not in suite_names(folder) or suite_digest(folder / pin.suite) != pin.digest:
        raise ConfigError(f"the suite {pin.suite} does not lie here as it is pinned")
    older = _contract(config, *made_with)
    if older is None:
        raise ConfigError(f"the files of {made_with[0]} of then are in no catalogue")
    return frozenset(untouched(load_suite(folder / pin.suite), older, newer))


def _contract(config: Config, ref: str, digest: str) -> Contract | None:
    """The contract of that reference with that very digest, from whichever catalogue has it."""
    for root in config.catalogues:
        for each in catalogue([root]):
            if (each.ref, each.digest) == (ref, digest):
                return load(each.folder)
    return None
