"""``harness account``: whom the simulated account knows, and which input leads to which code."""

import textwrap
from collections.abc import Iterator

import click

from harness.account.customers import CUSTOMERS, Customer
from harness.account.inputs import INPUTS, Input
from harness.account.settings import IDS
from harness.cli.common import emit, json_option
from harness.cli.groups import Group

WIDTH = 100


@click.group(cls=Group)
def account() -> None:
    """Show what the simulated account knows: customers, callers, inputs with codes."""


@account.command()
@json_option
def customers(*, as_json: bool) -> None:
    """The test customers by role. All are artificial: none of these codes is ever given."""
    data = [
        {
            "role": each.role,
            "AsiakasTunnus": each.id,
            "TunnusTyyppi": each.type,
            "Tila": int(each.state),
            "TiliPassivoitu": int(each.passive),
            "for": each.what,
        }
        for each in CUSTOMERS
    ]
    head = f"{'role':<14}{'AsiakasTunnus':<15}{'type':<6}{'Tila':<6}{'passive':<9}for"
    emit(data, "\n".join([head, *map(_customer, CUSTOMERS)]), as_json=as_json)


@account.command()
@json_option
def ids(*, as_json: bool) -> None:
    """What callers call themselves, by the names that scenarios use: authorities, services, CNs."""
    width = max(map(len, IDS)) + 2
    text = "\n".join(f"{name:<{width}}{value}" for name, value in IDS.items())
    emit(dict(IDS), text, as_json=as_json)


@account.command()
@json_option
def inputs(*, as_json: bool) -> None:
    """For every operation and code, an input that leads to it."""
    data = [
        {
            "operation": each.operation,
            "level": each.level.value,
            "code": each.code,
            "role": each.role or None,
            "need": each.need or None,
            "input": each.what,
        }
        for each in INPUTS
    ]
    emit(data, "\n".join(_lines()), as_json=as_json)


def _customer(one: Customer) -> str:
    passive = "yes" if one.passive else "no"
    return f"{one.role:<14}{one.id:<15}{one.type:<6}{one.state:<6}{passive:<9}{one.what}"


def _lines() -> Iterator[str]:
    """A paragraph for each operation, a line or two for each code."""
    operation = ""
    for each in sorted(INPUTS, key=lambda one: list(_operations()).index(one.operation)):
        if each.operation != operation:
            operation = each.operation
            yield f"{operation}:"
        yield from _input(each)


def _operations() -> dict[str, None]:
    return dict.fromkeys(each.operation for each in INPUTS)


def _input(one: Input) -> Iterator[str]:
    head = f"  {one.code:>3}  {one.level.value:<20}  {one.role:<9} "
    text = f"{one.what} (need: {one.need})" if one.need else one.what
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
