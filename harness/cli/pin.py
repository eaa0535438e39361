"""``harness pin``: pin contract, suite or endpoint; confirm a pin."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypedDict, TypeVar, Unpack

import click

from harness.cli.common import actor_option, emit, json_option
from harness.cli.desk import Desk, desk
from harness.cli.keeping import Reach, agreed, kept, reaches
from harness.config import Config
from harness.errors import ConfigError
from harness.joining.actor import Party
from harness.joining.events import SHARING_LONGEST, PinKind, RequiredScenario
from harness.joining.pins import (
    KINDS,
    AnyKind,
    ContractPin,
    EndpointPin,
    Held,
    KeyKind,
    KeyPin,
    Pin,
    SharingKind,
    SharingPin,
    SuitePin,
)
from harness.joining.policy import GatePolicy
from harness.joining.project import JoiningProject
from harness.joining.state import state
from harness.joining.text import slug
from harness.report.pins import told
from harness.report.words import short
from harness.suite.connecting import connect
from harness.suite.folder import suite_names
from harness.suite.ids import new_run_id
from harness.suite.suites import Suite, load_suite
from harness.wsdl.configured import contract_of

P = ParamSpec("P")
R = TypeVar("R")


class Pinning(TypedDict):
    """What is to be pinned, or confirmed: one of ``KINDS``, its name, and what only some need."""

    kind: str
    name: str | None
    fingerprint: str
    suites: tuple[str, ...]
    days: int


def pin_options(command: Callable[P, R]) -> Callable[P, R]:
    """``KIND [NAME]``, and what only pins of endpoints and of sharing need."""
    for option in (
        click.option(
            "--days",
            type=click.IntRange(1, SHARING_LONGEST),
            default=GatePolicy().max_age_days,
            show_default=True,
            help="How old evidence that is shared may be when the service opens.",
        ),
        click.option(
            "--suite", "suites", multiple=True, help="A suite that is shared; may be repeated."
        ),
        click.option(
            "--fingerprint", default="", help="SHA-256 of the endpoint's TLS certificate."
        ),
        click.argument("name", required=False),
        click.argument("kind", type=click.Choice(list(KINDS))),
    ):
        command = option(command)
    return command


@click.command()
@click.option(
    "--confirm", metavar="DIGEST", help="Confirm the pin of that digest, as another party."
)
@pin_options
@actor_option
@json_option
def pin(
    confirm: str | None, claimed: str | None, *, as_json: bool, **wanted: Unpack[Pinning]
) -> None:
    """Pin what counts: contract, suite, endpoint, key, sharing. A change needs a second party.

    \u0008
    harness pin contract                   the contract of harness.toml
    harness pin suite testing              the suite as it lies on disk
    harness pin endpoint qat               the endpoint of harness.toml
    harness pin key aino                   the key of [people.aino], for what aino hands in
    harness pin sharing vantaa --suite testing   evidence of the project vantaa may count here
    harness pin suite testing --confirm D  confirm the pin of digest D, as another party

    When the contract is changed, it is compared with the version that earlier runs were made
    under; which scenarios stay valid and which must be run again is told, and stands in the pin.
    """
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        if confirm is None:
            text = _pin(at, project, wanted)
        else:
            text = _confirm(at, project, KINDS[wanted["kind"]], wanted["name"], confirm)
        if project.pending_events:
            at.save(project, version)
    emit(state(project), text, as_json=as_json)


def _pin(at: Desk, project: JoiningProject, wanted: Pinning) -> str:
    kind, reached = KINDS[wanted["kind"]], list[Reach]()
    if kind is PinKind.CONTRACT:
        same_contract(at.config, wanted["name"])
        reached = reaches(at.config, project.standing, contract_of(at.config))
    elif kind is SharingKind.SHARING:
        _look_for_source(at, project, needed(wanted["name"], kind))
    supplier = project.standing.organisation(Party.SUPPLIER)
    made = pin_of(at.config, wanted, supplier, reached)
    new = project.pin(made, **at.stamp())
    done = "pinned" if new else "pinned already"
    line = f"{done}: {kind.value} {made.name}, digest {short(made.pin_digest)}"
    lines = [line, f"  {told(made)}", *(line for each in reached for line in each.lines())]
    held = project.standing.pins[made.key].effective
    if held.pin == made and held.confirmed_by is not None:
        lines[0] += f", confirmed by {held.confirmed_by.id}"
        return "\n".join(lines)
    lines.append(
        f"another party confirms it with: harness pin {kind.value} {made.name} "
        f"--confirm {short(made.pin_digest)}"
    )
    return "\n".join(lines)


def _look_for_source(at: Desk, project: JoiningProject, source: str) -> None:
    if not at.ledger.version(source) or source == project.id:
        raise ConfigError(
            f"this ledger holds no other project {source[:100]!r}",
            todo="harness project list shows them.",
        )


def pin_of(config: Config, wanted: Pinning, supplier: str, reached: Sequence[Reach] = ()) -> Pin:
    """The pin that is asked for, of what lies here; nothing is contacted.

    Args:
        config: names contract, suites, endpoints and people.
        wanted: what is asked for.
        supplier: whose system evidence that is shared has to be of.
        reached: how far the change of a contract reaches.

    Raises:
        ConfigError: it cannot be pinned, which says why.
    """
    kind, name = KINDS[wanted["kind"]], wanted["name"]
    match kind:
        case PinKind.CONTRACT:
            same_contract(config, name)
            return contract_pin(config, reached)
        case PinKind.SUITE:
            return suite_pin(suite_named(config, needed(name, kind)))
        case PinKind.ENDPOINT:
            return endpoint_pin(config, needed(name, kind), wanted["fingerprint"])
        case KeyKind.KEY:
            return key_pin(config, needed(name, kind))
        case SharingKind.SHARING:
            source = needed(name, kind)
            return sharing_pin(config, supplier, source, wanted["suites"], wanted["days"])


def suite_named(config: Config, name: str) -> Suite:
    """The suite of that name, as it lies on disk.

    Raises:
        ConfigError: there is none.
    """
    return load_suite(_folder_of(config, name))


def _folder_of(config: Config, suite: str) -> Path:
    folder = config.scenarios_folder
    if suite not in suite_names(folder):
        known = ", ".join(suite_names(folder)) or "none"
        raise ConfigError(f"there is no suite {suite!r} (there are: {known})", where=str(folder))
    return folder / suite


def same_contract(config: Config, name: str | None) -> None:
    """The contract that is named, if one is, is that of harness.toml.

    Raises:
        ConfigError: it is another one.
    """
    found = contract_of(config)
    if name not in {None, found.name, found.ref}:
        raise ConfigError(
            f"harness.toml names the contract {found.ref}, not {name!r}",
            where=str(config.path),
            todo="Change [contract] name and version first, then pin.",
        )


def _confirm(
    at: Desk, project: JoiningProject, kind: AnyKind, name: str | None, beginning: str
) -> str:
    wanted = contract_of(at.config).name if kind is PinKind.CONTRACT and not name else name
    held = _held(project, kind, needed(wanted, kind))
    found = [each.pin for each in held if each.pin.pin_digest.startswith(beginning)]
    if len(found) != 1 or len(beginning) < 12:
        raise ConfigError(
            f"{beginning[:64]!r} is not the digest of a pin of {kind.value} {wanted}",
            todo="Take it from harness project show; give 12 digits or more.",
        )
    pin, kept_too = found[0], []
    if isinstance(pin, ContractPin):
        kept_too = agreed(at.config, project.standing, pin)
    if isinstance(pin, SuitePin):
        kept_too = [f"  {required_here(at.config, pin)}"]
    project.confirm_pin(kind, needed(wanted, kind), pin.pin_digest, **at.stamp())
    line = f"confirmed: {kind.value} {wanted}, digest {short(pin.pin_digest)}"
    return "\n".join([line, f"  {told(pin)}", *kept_too])


def _held(project: JoiningProject, kind: AnyKind, name: str) -> list[Held]:
    pinned = project.standing.pins.get((kind, name))
    if pinned is None:
        return []
    return [each for each in (pinned.effective, pinned.proposed) if each is not None]


def needed(name: str | None, kind: AnyKind) -> str:
    """The name of what is to be pinned.

    Raises:
        ConfigError: none was given.
    """
    if not name:
        raise ConfigError(f"which {kind.value}? no name was given")
    return name


def contract_pin(config: Config, reached: Sequence[Reach]) -> ContractPin:
    """The pin of the contract that harness.toml names, as its files are now.

    It keeps what runs on record under other versions still show.
    """
    found = contract_of(config)
    return ContractPin(found.name, found.version, found.digest, found.retires, kept(reached))


def suite_pin(suite: Suite) -> SuitePin:
    """The pin of a suite as it lies on disk."""
    required = tuple(
        RequiredScenario(id_, tuple(sorted(head.needs)))
        for id_, head in suite.heads.items()
        if head.obligatory
    )
    return SuitePin(suite.name, suite.content.contract, suite.digest, required)


def pin_here(config: Config, suite: str) -> SuitePin | None:
    """The pin of a suite as it lies here, if it does.

    Raises:
        ScenarioError: a file breaks the format.
    """
    try:
        there = suite in suite_names(config.scenarios_folder)
    except ConfigError:
        return None  # no folder of suites
    return suite_pin(suite_named(config, suite)) if there else None


def required_here(config: Config, pin: SuitePin) -> str:
    """What the files here show of the scenarios that a pin requires, in a line.

    Raises:
        ConfigError: these are the pinned files, and they require something else.
        ScenarioError: a file here breaks the format.
    """
    made = pin_here(config, pin.suite)
    if made is None or made.digest != pin.digest:
        return (
            f"the files {short(pin.digest)} are not here, so it was not worked out that they "
            "require no other scenarios; the gate does, where they are"
        )
    if made != pin:
        strange = sorted({each.id for each in {*made.required} ^ {*pin.required}})
        raise ConfigError(
            f"the pin of {pin.suite} does not say what its files require: it was not made from "
            f"them by harness pin ({', '.join(strange[:5]) or 'another contract'})",
            where=str(config.path),
            todo=f"Let it be pinned again: harness pin suite {pin.suite}.",
        )
    return "the files here require exactly these scenarios"


def endpoint_pin(config: Config, name: str, fingerprint: str) -> EndpointPin:
    """The pin of an endpoint of harness.toml; nothing is contacted."""
    endpoint = connect(config, name, new_run_id()).endpoint
    seen = endpoint.identity()
    entry = config.endpoints.get(name)
    wanted = fingerprint or (entry.fingerprint if entry else None) or ""
    given = wanted.replace(":", "").lower()
    right = re.fullmatch("[0-9a-f]{64}" if seen.address.startswith("https:") else "", given)
    if right is None:
        raise ConfigError(
            "an https endpoint is pinned with the SHA-256 of its certificate, 64 hexadecimal "
            "digits; any other without",
            where=f"[endpoints.{name}]",
            todo="A first harness run shows it in its evidence; compare it with the other party's.",
        )
    return EndpointPin(
        seen.name,
        seen.level,
        seen.address,
        given,
        tuple(sorted(endpoint.provides)),
    )


def key_pin(config: Config, name: str) -> KeyPin:
    """The pin of the key that harness.toml names for a person."""
    person = config.people.get(name)
    if person is None or person.key is None:
        raise ConfigError(
            f"harness.toml names no key of {name!r}",
            where=f"[people.{name}] key",
            todo="Its owner makes it with harness key new FILE and tells you the public half.",
        )
    return KeyPin(name, Party(person.party), person.role, person.key)


def sharing_pin(
    config: Config, supplier: str, source: str, suites: Sequence[str], days: int
) -> SharingPin:
    """The pin by which evidence of another project may count: of our supplier, in this release.

    Raises:
        Malformed: no project has that id.
        ConfigError: there is no such suite, or no release is named.
    """
    slug(source, "project id")
    for each in suites:
        _folder_of(config, each)
    release = config.project.system_release
    if not release:
        raise ConfigError(
            "harness.toml does not say which release of the supplier's system is joined",
            where="[project] system_release",
            todo="Name it: only evidence of the same release may be shared.",
        )
    return SharingPin(source, supplier, release, tuple(sorted(set(suites))), days)
