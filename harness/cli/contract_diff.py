"""``harness contract diff``: what changed between two versions of an interface."""

import click

from harness.cli.common import emit, json_option, settings
from harness.report.contract_diff import as_data, as_text
from harness.wsdl import find
from harness.wsdl.comparing import compare


@click.command()
@click.argument("older", metavar="A")
@click.argument("newer", metavar="B")
@json_option
def diff(older: str, newer: str, *, as_json: bool) -> None:
    """What changed from contract A to contract B, and whom it breaks.

    A and B are references such as asiointitili/viranomaispalvelut/1.6; a name without a version is
    its newest. Breaking changes come with a message that one version accepts and the other refuses.
    """
    catalogues = settings().catalogues
    found = compare(find(older, catalogues), find(newer, catalogues))
    emit(as_data(found), as_text(found), as_json=as_json)
