"""Generated tests: what must hold of a service, tried with drawn messages.

For each operation: what the contract allows is accepted, and what it forbids by one mistake is
refused. For the account besides: calls in a row keep its rules. Each example is written as an
ordinary scenario file, read back, and run by the ordinary runner. The first one that fails is made
as small as may be, and its file is kept: it shows the defect to whoever has this harness.

The same seed makes the same messages on every machine, up to ids of the run and times.
"""

import hashlib
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import Final

from harness import __version__
from harness.account.choosing import is_account
from harness.classes import dataclass
from harness.errors import ConfigError, ScenarioError
from harness.exchange.findings import Finding
from harness.suite.calls import OPERATIONS, InARow
from harness.suite.drawing import Numbers, drawn, smallest
from harness.suite.drawn import Accepted, Draft, Fixed, Maker, Refused, fixed_for
from harness.suite.folder import SUITE_FILE
from harness.suite.model import ScenarioFile, Title
from harness.suite.reading import read
from harness.suite.runner import Connection, ScenarioResult, run_scenario, values_for
from harness.suite.suites import Scenario, Suite, load_scenario, load_suite_file
from harness.suite.variables import names_in, substitute
from harness.suite.writing import slugs, yaml_of
from harness.vocabulary import Verdict
from harness.wsdl.components import Direction, components
from harness.wsdl.sites import Part, sites

SUITE: Final = "generated"
_ATTEMPTS: Final = 5
"""Drawings for one example, where they make no message that may be sent."""
_SMALLER: Final = 80
"""Scenarios played at most to make a failing example smaller."""
_THOUGHT_OF: Final = 4000
"""Smaller ones thought of at most; most of them say what another one said before."""
_INDEX: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Wish:
    """How much is tried: examples of each property, and the seed they are drawn with."""

    examples: int
    seed: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of one property.

    Attributes:
        result: as of a scenario of the suite ``generated``; its findings are those of ``found``.
        title: what must hold.
        examples: how many were tried.
        smaller: how many more were sent to make the failing one smaller.
        told: what is special about the failing example, a line each, values redacted.
        saved: its scenario file.
    """

    result: ScenarioResult
    title: str
    examples: int
    smaller: int = 0
    told: tuple[str, ...] = ()
    saved: Path | None = None


@dataclass(frozen=True, slots=True)
class _Played:
    """One example that was run."""

    numbers: tuple[int, ...]
    draft: Draft
    result: ScenarioResult


class Generated:
    """The generated suite of one run."""

    def __init__(self, base: Suite, connection: Connection, wish: Wish, keep: Path) -> None:
        """Prepare; nothing is sent.

        Args:
            base: the suite whose health call, codes and fixed texts are used.
            connection: contract and endpoint.
            wish: how much is tried.
            keep: folder for scenario files of failing examples.

        Raises:
            ConfigError: the endpoint lacks a role or id that every message needs.
        """
        self._base, self._connection, self._wish, self._keep = base, connection, wish, keep
        fixed = fixed_for(base, connection.contract, connection.endpoint)
        self._makers = {each.name: each for each in _makers(fixed, connection)}
        self.suite = replace(
            base,
            name=SUITE,
            scenarios={each.id: each for each in map(self._as_scenario, self._makers.values())},
            digest=self._digest(),
        )
        _check_named(fixed, self.suite, connection)

    def run(self) -> Iterator[Shown]:
        """Try every property, one after the other."""
        with _workshop(self._base) as suite:
            for maker in self._makers.values():
                yield _Trying(maker, suite, self._connection, self._wish, self._keep).run()

    def _as_scenario(self, maker: Maker) -> Scenario:
        """A property as evidence lists it."""
        content = ScenarioFile(
            title=Title(en=maker.title),
            why=f"{self._wish.examples} drawn examples, seed {self._wish.seed}.",
            source=f"generated from the contract {self._connection.contract.ref}",
            steps=(self._base.content.harmless,),
        )
        file = self._base.folder / SUITE_FILE
        return Scenario(f"{SUITE}/{maker.name}", file, content, read(file))

    def _digest(self) -> str:
        """SHA-256 over all that the messages are made from."""
        parts = (__version__, self._wish.examples, self._wish.seed, self._base.digest)
        told = " ".join(map(str, (*parts, self._connection.contract.digest)))
        return hashlib.sha256(told.encode()).hexdigest()


def _makers(fixed: Fixed, connection: Connection) -> Iterator[Maker]:
    contract = connection.contract
    named = slugs(contract.operations)
    for operation in contract.operations.values():
        slug = named[operation.name]
        yield Accepted(contract, operation, fixed, slug)
        if operation.output:
            # BP 1.1 R2714: what comes back of a one-way operation holds no fault.
            yield Refused(contract, operation, fixed, slug, connection)
    if is_account(contract) and set(contract.operations) >= OPERATIONS:
        name = "HaeAsiakkaita"
        part = Part(name, Direction.RESPONSE, contract.operations[name].output)
        known = {site.path.rpartition("/")[2] for site in sites(components(contract), part)}
        yield InARow(connection.endpoint, fixed, "TiliPassivoitu" in known)


def _check_named(fixed: Fixed, suite: Suite, connection: Connection) -> None:
    """Refuse an endpoint that does not say who calls and whom for."""
    variables = values_for(SUITE, connection)
    names = set().union(*(names_in(each, suite) for each in suite.scenarios.values()))
    for text in sorted({*filter(None, fixed.values()), *(f"${{{name}}}" for name in names)}):
        try:
            substitute(text, variables, "")
        except ScenarioError:
            raise ConfigError(
                f"nothing says what {text} is, and generated messages or the health call say it",
                where=f"[endpoints.{connection.endpoint.name}]",
                todo="Map the role or id there, or write something else in suite.yaml.",
            ) from None


@contextmanager
def _workshop(base: Suite) -> Iterator[Suite]:
    """A folder that is a suite of its own, like the base but for its scenarios."""
    with tempfile.TemporaryDirectory(prefix="generated-") as parent:
        folder = Path(parent) / SUITE
        folder.mkdir()
        write_suite(base, folder)
        yield replace(base, name=SUITE, folder=folder, content=load_suite_file(folder))


def write_suite(base: Suite, folder: Path) -> None:
    """Describe a folder of scenarios that were found with a suite; a description stays as it is."""
    if (folder / SUITE_FILE).exists():
        return
    data = read(base.folder / SUITE_FILE).data
    assert isinstance(data, dict), "a suite that was loaded is a mapping"
    content = {**data, "title": {"en": "Found by generated tests"}}
    (folder / SUITE_FILE).write_bytes(yaml_of(content, f"After the suite {base.name}."))
    raw = base.content.harmless.raw
    if raw is not None:
        (folder / raw).parent.mkdir(parents=True, exist_ok=True)
        (folder / raw).write_bytes(base.data_file(raw))


@dataclass(slots=True)
class _Trying:
    """One property being tried."""

    maker: Maker
    suite: Suite
    connection: Connection
    wish: Wish
    keep: Path
    started: float = field(default_factory=time.perf_counter)
    played: int = 0
    marks: set[str] = field(default_factory=set)
    valid: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    met: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> Shown:
        """Try every example; the first that does not pass ends it."""
        tried = 0
        for number in range(self.wish.examples):
            example = self._example(number)
            if example is None:
                continue
            tried += 1
            if example.result.verdict is Verdict.FAILED:
                return self._found(example, number, tried)
            if example.result.verdict is not Verdict.PASSED:
                return self._shown(example.result, tried)
        if tried:
            return self._shown(ScenarioResult("", Verdict.PASSED), tried)
        none = Finding("not-made", "", "a message that may be sent", "none")
        return self._shown(ScenarioResult("", Verdict.INCONCLUSIVE, none.code, (none,)), 0)

    def _example(self, number: int) -> _Played | None:
        """The example of that number; some drawings make no message that may be sent."""
        for attempt in range(_ATTEMPTS):
            seed = f"{self.wish.seed} {self.maker.name} {number} {attempt}"
            played = self._play(drawn(seed), f"{self.maker.name}-{number}-{attempt}")
            if played is not None and played.result.reason != "own-request":
                return played
        return None

    def _play(self, numbers: Numbers, stem: str) -> _Played | None:
        draft = self.maker.make(numbers.pick, stem)
        if draft is None:
            return None
        files = _write(draft, self.suite.folder, stem, "a try")
        result = run_scenario(load_scenario(files[0]), self.suite, self.connection)
        for file in files:
            file.unlink()
        self.played += 1
        self.marks |= result.marks
        self.valid |= result.valid
        self.rejected |= result.rejected
        self.met |= result.met
        return _Played(tuple(numbers.taken), draft, result)

    def _found(self, example: _Played, number: int, tried: int) -> Shown:
        """Make a failing example smaller, keep it, and tell of it."""
        before, known = self.played, {example.numbers: example}
        said = {self._said(example.numbers)}

        def still(given: Sequence[int]) -> Sequence[int] | None:
            if self.played - before >= _SMALLER or (text := self._said(given)) in said:
                return None
            said.add(text)
            played = self._play(Numbers(given), f"{self.maker.name}-{number}-s{self.played}")
            if played is None or _defect(played.result) != _defect(example.result):
                return None
            known[played.numbers] = played
            return played.numbers

        numbers = smallest(example.numbers, still, _THOUGHT_OF)
        best = known[numbers]
        return replace(
            self._shown(best.result, tried),
            smaller=self.played - before,
            told=best.draft.told,
            saved=self._save(numbers, number),
        )

    def _said(self, numbers: Sequence[int]) -> str:
        """All that the scenario of these numbers says, whatever it is called."""
        draft = self.maker.make(Numbers(numbers).pick, "same")
        return "" if draft is None else repr((draft.content, draft.files))

    def _save(self, numbers: Sequence[int], number: int) -> Path:
        stem = f"{self.maker.name}-s{self.wish.seed}-{number}"
        draft = self.maker.make(Numbers(numbers).pick, stem)
        assert draft is not None, "the same numbers make the same scenario"
        source = (
            f"generated from the contract {self.connection.contract.ref}: property "
            f"{self.maker.name}, seed {self.wish.seed}, example {number}; {draft.content['source']}"
        )
        self.keep.mkdir(parents=True, exist_ok=True)
        write_suite(self.suite, self.keep)
        named = replace(draft, content={**draft.content, "source": source[:600]})
        head = "Found by generated tests; reproduces a defect until it is mended."
        return _write(named, self.keep, stem, head)[0]

    def _shown(self, result: ScenarioResult, tried: int) -> Shown:
        whole = replace(
            result,
            id=f"{SUITE}/{self.maker.name}",
            where="",
            seconds=time.perf_counter() - self.started,
            marks=frozenset(self.marks),
            valid=frozenset(self.valid),
            rejected=frozenset(self.rejected),
            met=frozenset(self.met),
        )
        return Shown(whole, self.maker.title, tried)


def _write(draft: Draft, folder: Path, stem: str, head: str) -> list[Path]:
    """The scenario's file, then those beside it."""
    files = {f"{stem}.yaml": yaml_of(draft.content, head), **draft.files}
    written = []
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path)
    return written


def _defect(result: ScenarioResult) -> tuple[object, ...]:
    """What makes two failures the same: the first finding, wherever in a list it is."""
    places = [(each.code, _INDEX.sub("", each.path)) for each in result.findings[:1]]
    return result.verdict, *places
