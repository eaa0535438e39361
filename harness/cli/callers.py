"""Whose signed calls ``harness serve`` takes, for which authority, and how it signs answers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.account.settings import Settings
from harness.classes import dataclass
from harness.cli.listening import secured_by
from harness.endpoints.server.mounting import Secured, paths_of
from harness.errors import ConfigError
from harness.wsdl import Contract

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from harness.exchange.security.seal import Seal

_CALLER = "--caller"


@dataclass(frozen=True, slots=True)
class Signatures:
    """What the command line says of signatures.

    Attributes:
        callers: PEM file of anybody whose signature counts, for any authority.
        registered: ``AUTHORITY=FILE``: the certificates registered for one authority.
        sign_with: PEM file of who signs answers and pushes; ``None`` leaves them unsigned.
        algorithm: of these signatures.
        pushes: messages are pushed, so there is something to sign without callers, too.
    """

    callers: Path | None
    registered: tuple[str, ...]
    sign_with: Path | None
    algorithm: str
    pushes: bool = False

    def applied(
        self, contract: Contract, settings: Settings
    ) -> "tuple[Secured | None, Settings, Seal | None]":
        """The security of the signed path, the account that knows who is registered, our seal.

        Raises:
            ConfigError: a file cannot be used, or the contract has no signed path.
        """
        if self.callers is None and not self.registered:
            if self.sign_with is not None and not self.pushes:
                needs = "--sign-with needs --callers, --caller or --return-channel"
                raise ConfigError(needs, where="harness serve")
            return None, settings, self._seal()
        if not paths_of(contract).signed:
            what = f"{contract.name} has no address for signed calls"
            raise ConfigError(what, where="harness serve", todo="Leave out --callers and --caller.")
        from harness.exchange.security.keys import certificates  # noqa: PLC0415 - slow to load
        from harness.exchange.security.signer import signer_of  # noqa: PLC0415 - as above

        registered: list[Certificate] = []
        for authority, file in map(_parted, self.registered):
            for each in certificates(file, where=_CALLER):
                signer = signer_of(each)
                settings = settings.with_certificate(authority, signer.name, signer.fingerprint)
                registered.append(each)
        seal = self._seal()
        return secured_by(self.callers, registered, seal), settings, seal

    def _seal(self) -> "Seal | None":
        """Signs messages of ours, if anybody does."""
        if self.sign_with is None:
            return None
        from harness.exchange.security.keys import from_pem  # noqa: PLC0415 - slow to load
        from harness.exchange.security.names import Algorithm  # noqa: PLC0415 - as above
        from harness.exchange.security.seal import Seal  # noqa: PLC0415 - as above
        from harness.exchange.security.signing import Signing  # noqa: PLC0415 - as above

        identity = from_pem(self.sign_with, where="--sign-with")
        return Seal(identity, Signing(Algorithm(self.algorithm)), lambda: datetime.now(UTC))


def _parted(text: str) -> tuple[str, Path]:
    authority, equals, file = text.partition("=")
    if not equals or not authority or not file:
        what = f"{text[:40]!r} is not AUTHORITY=FILE"
        raise ConfigError(what, where=_CALLER, todo="Such as ESIMERKKIKUNTA=own.pem.")
    return authority, Path(file)
