"""``harness contract sample`` and ``points``: messages from a contract, and what to exercise."""

import click

from harness.cli.common import emit, json_option, settings
from harness.errors import ContractError
from harness.wsdl import Contract, find
from harness.wsdl.components import Direction
from harness.wsdl.configured import contract_of
from harness.wsdl.coverage import listing
from harness.wsdl.coverage import points as points_of
from harness.wsdl.generating import Style
from harness.wsdl.generating import sample as written
from harness.wsdl.mutating import Mutation, apply, mutations

contract_option = click.option(
    "--contract", "name", help="Name or reference; that of harness.toml unless given."
)


@click.command()
@click.argument("operation")
@contract_option
@click.option("--minimal", "style", flag_value="minimal", default="minimal", help="The default.")
@click.option("--maximal", "style", flag_value="maximal", help="Everything that is optional.")
@click.option("--seed", type=int, help="At random; the same number gives the same message.")
@click.option("--response", is_flag=True, help="The answer instead of the request.")
@click.option("--mutation", "broken", help="Invalid by this change; see --mutations.")
@click.option("--mutations", "list_them", is_flag=True, help="List the changes instead.")
def sample(
    operation: str,
    *,
    name: str | None,
    style: str,
    seed: int | None,
    response: bool,
    broken: str | None,
    list_them: bool,
) -> None:
    """Write a message of OPERATION, valid or invalid by one change, to standard output."""
    contract = _named(name)
    direction = Direction.RESPONSE if response else Direction.REQUEST
    if list_them:
        click.echo("\n".join(each.id for each in mutations(contract, operation, direction)))
    elif broken is not None:
        click.echo(apply(contract, _mutation(contract, operation, direction, broken)), nl=False)
    else:
        message = written(contract, operation, direction=direction, style=Style(style), seed=seed)
        click.echo(message, nl=False)


@click.command()
@click.argument("name", required=False)
@json_option
def points(name: str | None, *, as_json: bool) -> None:
    """List what is worth exercising in a contract (that of harness.toml unless NAME is given)."""
    contract = _named(name)
    data = {
        "ref": contract.ref,
        "digest": contract.digest,
        "points": [point.id for point in points_of(contract)],
    }
    emit(data, listing(contract).rstrip("\n"), as_json=as_json)


def _named(name: str | None) -> Contract:
    config = settings()
    return find(name, config.catalogues) if name else contract_of(config)


def _mutation(contract: Contract, operation: str, direction: Direction, wanted: str) -> Mutation:
    for mutation in mutations(contract, operation, direction):
        if mutation.id == wanted:
            return mutation
    raise ContractError(
        f"There is no mutation {wanted!r} of {operation}.",
        where=contract.ref,
        todo="harness contract sample OPERATION --mutations lists them.",
    )
