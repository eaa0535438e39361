"""``harness key``: make a key that proves who acts."""

from pathlib import Path

import click

from harness.cli.common import emit, json_option
from harness.proof.keys import PrivateKey


@click.group()
def key() -> None:
    """Make a key that proves who acts."""


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
