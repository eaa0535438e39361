"""``harness pin``: pin contract, suite or endpoint; confirm a pin."""

import re
from collections.abc import Sequence

import click

from harness.cli.common import Desk, actor_option, desk, emit, json_option
from harness.cli.keeping import Reach, agreed, kept, reaches
from harness.config import Config
from harness.errors import ConfigError
from harness.joining.actor import Party
from harness.joining.events import PinKind, RequiredScenario
from harness.joining.pins import ContractPin, EndpointPin, Held, KeyKind, KeyPin, Pin, SuitePin
from harness.joining.project import JoiningProject
from harness.joining.state import state
from harness.report.pins import told
from harness.report.words import short
from harness.suite.connecting import connect
from harness.suite.folder import suite_names
from harness.suite.ids import new_run_id
from harness.suite.suites import Suite, load_suite
from harness.wsdl.configured import contract_of


@click.command()
@click.argument("kind", type=click.Choice([each.value for each in (*PinKind, *KeyKind)]))
@click.argument("name", required=False)
@click.option(
    "--confirm", metavar="DIGEST", help="Confirm the pin of that digest, as another party."
)
@click.option("--fingerprint", default="", help="SHA-256 of the endpoint's TLS certificate.")
@actor_option
@json_option
def pin(
    kind: str,
    name: str | None,
    confirm: str | None,
    fingerprint: str,
    claimed: str | None,
    *,
    as_json: bool,
) -> None:
    r"""Pin what counts: contract, suite, endpoint, key. A change needs a second party.

    \b
    harness pin contract                   the contract of harness.toml
    harness pin suite testing              the suite as it lies on disk
    harness pin endpoint qat               the endpoint of harness.toml
    harness pin key aino                   the key of [people.aino], for what aino hands in
    harness pin suite testing --confirm D  confirm the pin of digest D, as another party

    When the contract is changed, it is compared with the version that earlier runs were made
    under; which scenarios stay valid and which must be run again is told, and stands in the pin.
    """
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        if confirm is None:
            text = _pin(at, project, _kind(kind), name, fingerprint)
        else:
            text = _confirm(at, project, _kind(kind), name, confirm)
        if project.pending_events:
            at.save(project, version)
    emit(state(project), text, as_json=as_json)


def _kind(word: str) -> PinKind | KeyKind:
    return KeyKind.KEY if word == KeyKind.KEY else PinKind(word)


def _pin(
    at: Desk, project: JoiningProject, kind: PinKind | KeyKind, name: str | None, fingerprint: str
) -> str:
    reached: list[Reach] = []
    match kind:
        case PinKind.CONTRACT:
            _same_contract(at.config, name)
            reached = reaches(at.config, project.standing, contract_of(at.config))
            made: Pin = contract_pin(at.config, reached)
        case PinKind.SUITE:
            made = suite_pin(_suite(at.config, _needed(name, kind)))
        case PinKind.ENDPOINT:
            made = endpoint_pin(at.config, _needed(name, kind), fingerprint)
        case KeyKind.KEY:
            made = key_pin(at.config, _needed(name, kind))
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


def _suite(config: Config, name: str) -> Suite:
    folder = config.scenarios_folder
    if name not in suite_names(folder):
        known = ", ".join(suite_names(folder)) or "none"
        raise ConfigError(f"there is no suite {name!r} (there are: {known})", where=str(folder))
    return load_suite(folder / name)


def _same_contract(config: Config, name: str | None) -> None:
    found = contract_of(config)
    if name not in {None, found.name, found.ref}:
        raise ConfigError(
            f"harness.toml names the contract {found.ref}, not {name!r}",
            where=str(config.path),
            todo="Change [contract] name and version first, then pin.",
        )


def _confirm(
    at: Desk, project: JoiningProject, kind: PinKind | KeyKind, name: str | None, beginning: str
) -> str:
    wanted = contract_of(at.config).name if kind is PinKind.CONTRACT and not name else name
    held = _held(project, kind, _needed(wanted, kind))
    found = [each.pin for each in held if each.pin.pin_digest.startswith(beginning)]
    if len(found) != 1 or len(beginning) < 12:
        raise ConfigError(
            f"{beginning[:64]!r} is not the digest of a pin of {kind.value} {wanted}",
            todo="Take it from harness project show; give 12 digits or more.",
        )
    pin, kept_too = found[0], []
    if isinstance(pin, ContractPin):
        kept_too = agreed(at.config, project.standing, pin)
    project.confirm_pin(kind, _needed(wanted, kind), pin.pin_digest, **at.stamp())
    line = f"confirmed: {kind.value} {wanted}, digest {short(pin.pin_digest)}"
    return "\n".join([line, f"  {told(pin)}", *kept_too])


def _held(project: JoiningProject, kind: PinKind | KeyKind, name: str) -> list[Held]:
    pinned = project.standing.pins.get((kind, name))
    if pinned is None:
        return []
    return [each for each in (pinned.effective, pinned.proposed) if each is not None]


def _needed(name: str | None, kind: PinKind | KeyKind) -> str:
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
