"""``harness contract``: show, check and add interface descriptions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from harness.cli.common import emit, json_option, settings
from harness.cli.contract_diff import diff
from harness.cli.contract_sample import points, sample
from harness.cli.groups import Group
from harness.config import Config
from harness.vocabulary import counted
from harness.wsdl import Added, Contract, ContractFinding, Severity, Wanted, catalogue, find
from harness.wsdl import add as add_contract
from harness.wsdl.configured import contract_of


@click.group(cls=Group)
def contract() -> None:
    """Show, check, add, compare and sample interface descriptions."""


contract.add_command(diff)
contract.add_command(sample)
contract.add_command(points)


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
        "service": found.service,
        "port": found.port,
        "soap_version": found.soap_version,
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
def check(name: str | None, *, as_json: bool) -> int:
    """Files as pinned, schema compiled, every operation bound; then what WS-I BP 1.1 says to it."""
    config = settings()
    found = _named(config, name)
    findings = found.findings([each.url for each in config.endpoints.values()])
    errors = sum(each.severity is Severity.ERROR for each in findings)
    data: dict[str, object] = {
        "ref": found.ref,
        "digest": found.digest,
        "operations": 0 if errors else len(found.operations),
        "errors": errors,
        "findings": [_finding(each) for each in findings],
    }
    lines = [str(each) for each in findings]
    lines.append(_summary(found, errors))
    emit(data, "\n".join(lines), as_json=as_json)
    return 1 if errors else 0


@contract.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--name", default="", help="Place in the catalogue (default: name of the service).")
@click.option("--version", "version_", default="", help="Its version (default: the day).")
@click.option("--entry", default="", help="The WSDL file to begin with, when there are several.")
@click.option("--port", default="", help="The port to read, PORT or SERVICE/PORT.")
@json_option
def add(path: Path, name: str, version_: str, entry: str, port: str, *, as_json: bool) -> int:
    """Copy a WSDL file, folder or zip archive into the project's contracts, pinned by digest."""
    config = settings()
    wanted = Wanted(name, version_, entry, port)
    today = datetime.now(UTC).date()
    added = add_contract(path, config.folder / "contracts", today, wanted)
    findings = added.contract.findings()
    errors = sum(each.severity is Severity.ERROR for each in findings)
    data: dict[str, object] = {
        "ref": added.contract.ref,
        "digest": added.contract.digest,
        "folder": str(added.contract.folder),
        "files": sorted(added.contract.files),
        "left_out": list(added.left_out),
        "locations": dict(added.locations),
        "findings": [_finding(each) for each in findings],
    }
    emit(data, "\n".join(_added(added, errors, findings)), as_json=as_json)
    return 1 if errors else 0


def _added(added: Added, errors: int, findings: tuple[ContractFinding, ...]) -> Iterator[str]:
    found = added.contract
    yield f"{found.ref} in {found.folder}"
    yield f"  digest     {found.digest}"
    yield f"  files      {', '.join(sorted(found.files))}"
    if added.left_out:
        yield f"  left out   {', '.join(added.left_out)} (not reached from the entry)"
    yield from (f"  location   {key} -> {name}" for key, name in added.locations.items())
    if not errors:
        for port in found.ports:
            read = ", read" if (port.service, port.name) == (found.service, found.port) else ""
            version = f"SOAP {port.soap_version}" if port.soap_version else "no SOAP"
            yield f"  port       {port.service}/{port.name} ({version}{read})"
        yield from (f"  operation  {each.name}" for each in found.operations.values())
    yield from (str(each) for each in findings)
    yield _summary(found, errors)


def _finding(found: ContractFinding) -> dict[str, str]:
    return {
        "rule": found.rule,
        "severity": str(found.severity),
        "where": found.where,
        "what": found.what,
        "todo": found.todo,
    }


def _summary(found: Contract, errors: int) -> str:
    if errors:
        return f"{found.ref}: files as pinned, but not usable: {counted(errors, 'error')}"
    count = counted(len(found.operations), "operation")
    return f"{found.ref}: files as pinned, schema compiles, {count}, digest {found.digest}"


def _named(config: Config, name: str | None) -> Contract:
    return find(name, config.catalogues) if name else contract_of(config)


def _text(found: Contract) -> str:
    lines = [
        f"{found.ref}: {found.title}",
        f"  digest     {found.digest}",
        f"  namespace  {found.namespace}",
        f"  port       {found.service}/{found.port} (SOAP {found.soap_version})",
        f"  retires    {found.retires.isoformat() if found.retires else 'no date known'}",
        f"  files      {', '.join(sorted(found.files))}",
        "  operations",
    ]
    lines += [f"    {each.name}  {each.soap_action}".rstrip() for each in found.operations.values()]
    return "\n".join(lines)
