"""A message shows the same points when only what may still show one is looked at."""

import random
from copy import deepcopy
from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from harness.wsdl import Contract
from harness.wsdl.components import XSI, Direction
from harness.wsdl.coverage import covered
from harness.wsdl.generating import Style, chosen, instance, part_of, seeded, tree
from harness.wsdl.mutating import mutants
from tests.wsdl.generation.every_element import shown_by_every_element
from tests.wsdl.generation.opinions import REFS, contract_of

MOST: Final = 40
"""Elements of one message that are copied."""


def _drawn(contract: Contract, draw: random.Random) -> tuple[etree._Element, Direction]:
    direction = draw.choice([*Direction])
    part = part_of(contract, draw.choice([*contract.operations]), direction)
    return tree(instance(contract, part, seeded(draw.randrange(1 << 30)))), direction


def _spoil(root: etree._Element, draw: random.Random) -> None:
    """Elements come again, texts and attributes change: whatever a message may hold."""
    for node in [*root.iter("*")][1:MOST]:
        again = deepcopy(node)
        match draw.randrange(8):
            case 0:
                node.addnext(again)
            case 1:
                again.text = draw.choice(["", "1", " 1 ", "x" * 40, "x" * 100])
                node.addprevious(again)
            case 2:
                node.append(etree.Comment("a remark"))
            case 3:
                node.set(f"{{{XSI}}}nil", "false")
                again.set(f"{{{XSI}}}nil", draw.choice(["true", "1"]))
                node.addnext(again)
            case 4:
                node.set(f"{{{XSI}}}type", draw.choice(["", "Cat", "none:Cat"]))
            case 5:
                node.set("others", "x")
            case 6:
                node.tail = "between"


@given(st.sampled_from(REFS), st.integers(0, 1 << 30), st.booleans())
def test_of_messages_drawn_from_every_contract(ref: str, seed: int, spoilt: bool) -> None:
    contract, draw = contract_of(ref), random.Random(seed)
    root, direction = _drawn(contract, draw)
    if spoilt:
        _spoil(root, draw)
    assert covered(contract, root, direction) == shown_by_every_element(contract, root, direction)


def test_of_messages_with_one_of_everything(everything: Contract) -> None:
    draw = random.Random(1)
    for _ in range(300):
        root, direction = _drawn(everything, draw)
        for _ in range(2):
            shown = shown_by_every_element(everything, root, direction)
            assert covered(everything, root, direction) == shown
            _spoil(root, draw)


def test_of_messages_that_break_a_rule(everything: Contract) -> None:
    for operation in everything.operations:
        for mutation, root in mutants(everything, operation):
            shown = shown_by_every_element(everything, root, Direction.REQUEST)
            assert covered(everything, root, Direction.REQUEST) == shown, mutation


def test_the_last_of_many_items_shows_what_no_other_does() -> None:
    contract = contract_of("asiointitili/viranomaispalvelut/1.7-2024-04")
    part = part_of(contract, "LisaaKohteita", Direction.REQUEST)
    root = tree(instance(contract, part, chosen(Style.MAXIMAL)))
    (items,) = root.iterfind(".//{*}Kohteet")
    for number in range(3000):
        own = deepcopy(items[0])
        (text,) = own.iterfind("{*}ViranomaisTunniste")
        text.text = str(number)
        items.append(own)
    before = covered(contract, root, Direction.REQUEST)
    text.text = ""
    after = covered(contract, root, Direction.REQUEST)
    assert after == shown_by_every_element(contract, root, Direction.REQUEST)
    empty = "LisaaKohteita/request:Kysely/Kohteet/Kohde/ViranomaisTunniste#empty"
    assert after - before == {empty}
