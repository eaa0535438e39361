"""``harness key``: keys of people, and the key and request of a client certificate."""

from pathlib import Path

import click

from harness.cli.common import emit, json_option
from harness.proof import request
from harness.proof.keys import PrivateKey


@click.group()
def key() -> None:
    """Make keys: of a person who acts, of a client certificate."""


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
