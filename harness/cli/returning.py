"""``harness serve --return-channel``: where the account's messages go, and how."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar

import click
from click.core import ParameterSource

from harness.account.account import Account
from harness.account.channel import ReturnChannel
from harness.account.choosing import RETURN_CHANNEL
from harness.account.delivering import PushRule, Resending, push_rule
from harness.account.service import Simulation
from harness.classes import dataclass
from harness.cli.kept import Kept
from harness.endpoints.hosts import Target, allowed
from harness.endpoints.server.governing import Pushing
from harness.endpoints.server.mounting import Secured
from harness.errors import ConfigError
from harness.vocabulary import Level
from harness.wsdl import Contract, find

if TYPE_CHECKING:
    from harness.endpoints.client import HttpClient
    from harness.endpoints.server.pushing import Pusher
    from harness.exchange.judge import Referee

F = TypeVar("F", bound=Callable[..., object])
_URL = "--return-channel"
_PEM = click.Path(exists=True, dir_okay=False, path_type=Path)


class ReturnOptions(TypedDict):
    """What the command line says of the return channel."""

    return_channel: str | None
    return_contract: str
    return_remote: bool
    return_ca: Path | None
    return_cert: Path | None
    return_attempts: int | None
    return_wait: float | None
    push_rules: tuple[str, ...]


_OPTIONS = (
    click.option(_URL, metavar="URL", help="Push states of items and messages to this address."),
    click.option(
        "--return-contract",
        default=RETURN_CHANNEL,
        show_default=True,
        help="Contract that is spoken there, with its version or the newest.",
    ),
    click.option("--return-remote", is_flag=True, help="The address is on another machine."),
    click.option("--return-ca", type=_PEM, help="PEM file: trust its certificate, or CA, there."),
    click.option("--return-cert", type=_PEM, help="PEM file, key and certificate: shown there."),
    click.option(
        "--return-attempts", type=click.IntRange(1, 1000), help="Attempts for one message (10)."
    ),
    click.option(
        "--return-wait",
        type=click.FloatRange(0, 300),
        help="Seconds before the second attempt (2); each further wait is twice as long.",
    ),
    click.option(
        "--push-rule",
        "push_rules",
        multiple=True,
        metavar="RULE",
        help="Such as duplicate,every=3.",
    ),
)


def options(command: F) -> F:
    """Give a command the options of the return channel."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Returning:
    """A return channel that was asked for, checked as far as it can be before anything starts.

    Attributes:
        url: as it was given.
        target: the same, allowed to be contacted.
        contract: what is spoken there.
        rules: how pushes are to misbehave.
        options: what else the command line says.
    """

    url: str
    target: Target
    contract: Contract
    rules: tuple[PushRule, ...]
    options: ReturnOptions

    def pusher(
        self,
        other_side: Simulation,
        kept: Kept,
        secured: Secured | None,
        sealed: Callable[[bytes], bytes] | None,
    ) -> "Pusher":
        """Who sends; nothing is sent before its ``with`` block.

        Args:
            other_side: who has something to tell.
            kept: where it is written down.
            secured: the security of the signed path: whose signatures in answers count.
            sealed: signs messages; ``None`` sends them unsigned.

        Raises:
            ConfigError: the other side is no account, or a file cannot be used.
        """
        if not isinstance(other_side, Account):
            raise ConfigError("this contract is not simulated: it has nothing to tell", where=_URL)
        self._order(other_side)
        from harness.endpoints.server.pushing import Channel, Pusher  # noqa: PLC0415 - slow

        how = "signed" if sealed else "unsigned; --sign-with signs them"
        click.echo(f"harness: pushes go to {self.target.address}, {how}", err=True)
        client = self._client()
        channel = ReturnChannel(
            other_side, self.contract, self.url, sealed=sealed, referee=_referee(secured)
        )
        to = Channel(self.url, channel, client.send, client.close)
        return Pusher(to, kept.journal.note, kept.state)

    def _order(self, account: Account) -> None:
        """How often and when messages are sent, as the command line says."""
        usual = Resending()
        attempts, wait = self.options["return_attempts"], self.options["return_wait"]
        account.deliveries.resending = replace(
            usual,
            attempts=usual.attempts if attempts is None else attempts,
            first_seconds=usual.first_seconds if wait is None else wait,
        )
        account.order(*self.rules)

    def _client(self) -> "HttpClient":
        from harness.endpoints import tls  # noqa: PLC0415 - loads a client, which takes a while
        from harness.endpoints.client import HttpClient  # noqa: PLC0415 - as above

        files = tls.TlsSettings(self.options["return_ca"], self.options["return_cert"])
        secure = self.target.scheme == "https"
        context = tls.context(files, where="--return-ca and --return-cert") if secure else None
        return HttpClient(self.target, tls=context)


def returning(wanted: ReturnOptions, catalogues: Sequence[Path]) -> Returning | None:
    """The return channel that the command line asks for, if any.

    Raises:
        ConfigError: the address may not be contacted, a rule is none, or options do not fit
            together.
        ContractError: there is no such contract, or it is no return channel.
    """
    url = wanted["return_channel"]
    if url is None:
        _refuse_useless()
        return None
    # Level server: the hosts of the real service are refused whatever the options say.
    target = allowed(url, Level.SERVER, where=_URL)
    if not target.loopback and not wanted["return_remote"]:
        raise ConfigError(
            f"{target.host} is another machine",
            where=_URL,
            todo="Add --return-remote if your own system answers there.",
        )
    if target.scheme != "https" and (wanted["return_ca"] or wanted["return_cert"]):
        raise ConfigError("--return-ca and --return-cert need an https address", where=_URL)
    contract = find(wanted["return_contract"], catalogues)
    rules = tuple(push_rule(text, where="--push-rule") for text in wanted["push_rules"])
    return Returning(url, target, contract, rules, wanted)


def _refuse_useless() -> None:
    """Refuse what the command line says of a return channel that it does not ask for."""
    context = click.get_current_context()
    for option in context.command.params:
        name = option.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name in ReturnOptions.__annotations__:
            raise ConfigError(f"{option.opts[0]} needs {_URL}", where="harness serve")


def running(pusher: "Pusher | None") -> AbstractContextManager[Pushing | None]:
    """The pusher at work for as long as a ``with`` block, if there is one."""
    return pusher or nullcontext()


def _referee(secured: Secured | None) -> "Referee | None":
    """Answers may be unsigned; a signature that is there has to be a caller's."""
    if secured is None:
        return None
    from harness.exchange.security.policy import ResponseSecurity  # noqa: PLC0415 - slow to load

    policy = replace(secured.policy, security=ResponseSecurity.IF_PRESENT)
    return replace(secured, policy=policy).referee()
