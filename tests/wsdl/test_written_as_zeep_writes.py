"""What is written without zeep's own loops is what zeep writes for the same values."""

import random
from functools import cache
from typing import Any

import zeep
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree
from zeep import xsd
from zeep.xsd.const import Nil, NotSet

from harness import xml
from harness.exchange.message import Content, Part
from harness.wsdl.components import XSI, Direction
from harness.wsdl.generating import instance, part_of, seeded, tree
from tests.wsdl.generation.opinions import REFS, contract_of

Seen = list[tuple[str, dict[str, str], str | None]]


@cache
def _client(ref: str) -> Any:
    contract = contract_of(ref)
    (description,) = (name for name in contract.files if name.endswith(".wsdl"))
    return zeep.Client(str(contract.folder / description))  # type: ignore[no-untyped-call]


def _all_told(kind: Any, value: Any) -> Any:
    """Values as zeep wants them: everything that is absent is said to be."""
    if not isinstance(kind, xsd.ComplexType):
        return value
    given = value if isinstance(value, dict) else {}
    told: dict[str, Any] = {name: given.get(name, NotSet) for name, _ in kind.attributes}
    for name, element in kind.elements:
        found = given.get(name, xsd.SkipValue)
        each = found if isinstance(found, list) else [found]
        ready = [Nil if one is None else _all_told(element.type, one) for one in each]
        told[name] = ready if element.accepts_multiple else ready[0]
        if name not in given:
            told[name] = xsd.SkipValue
    return told


def _given(kind: Any, value: Content) -> Content:
    """The same as a scenario would say it: an empty group is a mapping, not an empty text."""
    if not isinstance(kind, xsd.ComplexType) or value is None:
        return value
    if not isinstance(value, dict):
        return {}
    types = {name: element.type for name, element in (*kind.elements, *kind.attributes)}
    return {
        name: [_given(types[name], one) for one in part]
        if isinstance(part, list)
        else _given(types[name], part)
        for name, part in value.items()
    }


def _seen(root: etree._Element) -> Seen:
    """Everything in it, in document order."""
    return [
        (str(node.tag), {str(k): str(v) for k, v in node.items()}, node.text or None)
        for node in root.iter("*")
    ]


@given(st.sampled_from(REFS), st.integers(0, 1 << 30))
def test_of_messages_drawn_from_every_contract(ref: str, seed: int) -> None:
    contract, draw = contract_of(ref), random.Random(seed)
    operation = draw.choice([*contract.operations])
    drawn = tree(instance(contract, part_of(contract, operation, Direction.REQUEST), seeded(seed)))
    assume(not any(node.get(f"{{{XSI}}}type") for node in drawn.iter("*")))  # no value says it
    element = _client(ref).get_element(contract.operations[operation].input)
    values = Part(drawn).data()
    given = _given(element.type, values)
    assert isinstance(given, dict)
    written = xml.parse(contract.build(operation, given))[0][0]
    parent = etree.Element("parent")
    element.render(parent, _all_told(element.type, values))
    assert _seen(written) == _seen(parent[0])
