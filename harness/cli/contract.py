"""``harness contract``: show and check interface descriptions."""

import click

from harness.cli.common import emit, json_option, settings
from harness.config import Config
from harness.suite.connecting import contract_of
from harness.wsdl import Contract, catalogue, find


@click.group()
def contract() -> None:
    """Show and check interface descriptions."""


@contract.command()
@click.argument("name", required=False)
@json_option
def show(name: str | None, *, as_json: bool) -> None:
    """One contract (that of harness.toml unless NAME is given): operations, digest, files."""
    found = _named(settings(), name)
    data = {
        "ref": found.ref,
        "title": found.title,
        "digest": found.digest,
        "retires": found.retires.isoformat() if found.retires else None,
        "namespace": found.namespace,
        "operations": {
            each.name: {"soap_action": each.soap_action, "input": each.input, "output": each.output}
            for each in found.operations.values()
        },
        "files": sorted(found.files),
    }
    emit(data, _text(found), as_json=as_json)


@contract.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """Every contract of the project's folder and of the shipped catalogue."""
    rows = [{"ref": each.ref, "title": each.title} for each in catalogue(settings().catalogues)]
    emit(rows, "\n".join(f"{row['ref']}  {row['title']}" for row in rows), as_json=as_json)


@contract.command()
@click.argument("name", required=False)
@json_option
def check(name: str | None, *, as_json: bool) -> None:
    """Files as pinned, every import resolved, schema compiled, every operation bound."""
    found = _named(settings(), name)
    found.check()
    count = len(found.operations)
    text = (
        f"{found.ref}: files as pinned, schema compiles, {count} operations, digest {found.digest}"
    )
    emit({"ref": found.ref, "digest": found.digest, "operations": count}, text, as_json=as_json)


def _named(config: Config, name: str | None) -> Contract:
    return find(name, config.catalogues) if name else contract_of(config)


def _text(found: Contract) -> str:
    lines = [
        f"{found.ref}: {found.title}",
        f"  digest     {found.digest}",
        f"  namespace  {found.namespace}",
        f"  retires    {found.retires.isoformat() if found.retires else 'no date known'}",
        f"  files      {', '.join(sorted(found.files))}",
        "  operations",
    ]
    lines += [f"    {each.name}  {each.soap_action}" for each in found.operations.values()]
    return "\n".join(lines)
