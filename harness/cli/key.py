"""``harness key``: keys of people, made and revoked; key and request of a client certificate."""

from pathlib import Path

import click

from harness.cli.common import actor_option, emit, json_option
from harness.cli.desk import desk
from harness.cli.groups import Group
from harness.errors import ConfigError
from harness.joining.handing import pinned_keys
from harness.joining.project import JoiningProject
from harness.joining.state import state
from harness.proof import request
from harness.proof.durable import exchange
from harness.proof.keys import PrivateKey, write_new


@click.group(cls=Group)
def key() -> None:
    """Make keys: of a person who acts, of a client certificate. Revoke a person's key."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def new(file: Path, *, as_json: bool) -> None:
    """Make a private key (Ed25519) in FILE and show its public half for harness.toml."""
    fingerprint = PrivateKey.create(file).public.fingerprint
    text = (
        f"private key: {file} (keep it to yourself; HARNESS_ACTOR_KEY={file} uses it)\n"
        f'public half, for [people.ID] in harness.toml:\nkey = "{fingerprint}"'
    )
    emit({"file": str(file), "key": fingerprint}, text, as_json=as_json)


@key.command()
@click.argument("person", metavar="ID")
@click.option("--reason", required=True, help="Why; it stays on record.")
@click.option("--key", "public_key", metavar="ed25519:HEX", help="Which one; default: the pinned.")
@actor_option
@json_option
def revoke(
    person: str, reason: str, public_key: str | None, claimed: str | None, *, as_json: bool
) -> None:
    """Record that a person's pinned key proves nothing any more. It is never pinned again.

    A new one: change [people.ID] key in harness.toml, then harness pin key ID, and another party
    confirms it.
    """
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        named = public_key or _pinned(project, person)
        project.revoke_key(person, named, reason, **at.stamp())
        at.save(project, version)
    emit(state(project), f"revoked: the key {named} of {person}", as_json=as_json)


@key.command()
@click.option("--reason", required=True, help="Why; it stays on record.")
@actor_option
@json_option
def rotate(reason: str, claimed: str | None, *, as_json: bool) -> None:
    """Give the ledger another key: the old one signs the new one in, then only the new one counts.

    The new key takes the place of the old one, which is kept beside it and seals nothing any more.
    """
    with desk(claimed, write=True) as at:
        file = at.config.key_path
        # Made here and now: one that lay ready would be known to whoever has put it there.
        new = PrivateKey.generate()
        old = PrivateKey.load(file).public.fingerprint
        project = at.project()
        version = project.version
        project.rotate_ledger_key(old, new.public.fingerprint, reason, **at.stamp())
        coming = file.with_name(f"{file.name}.new-{new.public.raw.hex()[:12]}")
        write_new(coming, new.pem())
        at.save(project, version)
        aside = file.with_name(f"{file.name}.until-{at.ledger.size}")
        exchange(file, coming, aside)
    told = {"old": old, "new": new.public.fingerprint, "file": str(file), "aside": str(aside)}
    text = (
        f"the ledger is sealed by {new.public.fingerprint} from now on ({file})\n"
        f"the old key was moved to {aside}: it seals nothing any more; delete it and every copy\n"
        "whoever runs harness verify --key needs the new key from now on; it is accepted there "
        "as soon as one more entry is recorded"
    )
    emit(told, text, as_json=as_json)


def _pinned(project: JoiningProject, person: str) -> str:
    for pin in pinned_keys(project.standing):
        if pin.person == person:
            return pin.public_key
    raise ConfigError(
        f"no key of {person[:64]!r} is pinned", todo="harness project show tells the pins."
    )


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--cn", "common_name", required=True, help="Common name: SanomaVarmenneNimi.")
@click.option("--organisation", default="", help="Name of the organisation.")
@click.option(
    "--bits", type=click.Choice([str(each) for each in request.BITS]), default="3072",
    show_default=True, help="Length of the RSA key.",
)  # fmt: skip
@json_option
def csr(file: Path, common_name: str, organisation: str, bits: str, *, as_json: bool) -> None:
    """Make an RSA key in FILE and a certificate request in FILE.csr, for the client certificate.

    Send the request to the certificate authority; the key never leaves this machine.
    """
    made = request.create(file, common_name, organisation, int(bits))
    text = f"private key: {file} (keep it to yourself)\nrequest:     {made} (send this one)"
    emit({"file": str(file), "request": str(made)}, text, as_json=as_json)
