"""Two independent opinions on a message: the contract's own judge, and the package xmlschema.

The second one reads the published schema text itself. How often they disagreed is printed at the
end of each test that uses them. A disagreement fails the test and is shown whole: the message,
which holds artificial data only, and what each of the two has to say.
"""

import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import xmlschema
from lxml import etree
from xmlschema.exceptions import XMLSchemaKeyError

from harness import wsdl
from harness.wsdl import Contract
from harness.wsdl.components import XSD
from tests.wsdl.conftest import CATALOGUE

REFS: Final = tuple(each.ref for each in wsdl.catalogue([CATALOGUE]))
every_contract = pytest.mark.parametrize("ref", REFS)


@cache
def contract_of(ref: str) -> Contract:
    return wsdl.find(ref, [CATALOGUE])


@dataclass(slots=True)
class Opinions:
    """Asks both and keeps what they disagreed on."""

    contract: Contract
    second: xmlschema.XMLSchema10
    asked: int = 0
    disagreements: list[str] = field(default_factory=list)

    def valid(self, element: etree._Element, label: str) -> bool:
        """Whether both accept it; a disagreement is kept under the label and counts as refusal."""
        refusals, second = self.contract.validate(element), _accepts(self.second, element)
        self.asked += 1
        if bool(refusals) == second:
            self.disagreements.append(self._explained(element, label))
        return second and not refusals

    def refused(self, element: etree._Element, label: str) -> bool:
        """Whether both refuse it."""
        before = len(self.disagreements)
        return not self.valid(element, label) and len(self.disagreements) == before

    def _explained(self, element: etree._Element, label: str) -> str:
        first = ", ".join(map(str, self.contract.validate(element))) or "valid"
        second = _objection(self.second, element) or "valid"
        text = etree.tostring(element, encoding="unicode")
        return f"{label}\n  libxml2: {first}\n  xmlschema: {second}\n  {text}"

    def settle(self) -> str:
        """The count as a line, printed; fails with every disagreement when it is not zero."""
        line = f"{self.contract.ref}: {len(self.disagreements)} of {self.asked} disagreed"
        sys.stdout.write("\n".join((line, *self.disagreements, "")))
        assert self.disagreements == []
        return line


def _accepts(schema: xmlschema.XMLSchema10, element: etree._Element) -> bool:
    try:
        # It takes lxml's elements, but its annotations know those of the standard library only.
        return schema.is_valid(element)  # type: ignore[arg-type]
    except XMLSchemaKeyError:
        return False  # its way to refuse an xsi:type that nobody declares


def _objection(schema: xmlschema.XMLSchema10, element: etree._Element) -> str:
    try:
        found = next(schema.iter_errors(element), None)  # type: ignore[arg-type]
    except XMLSchemaKeyError as error:
        return str(error)
    return f"{found.path}: {found.reason}" if found else ""


def opinions(contract: Contract) -> Opinions:
    return Opinions(contract, _second(contract.ref, contract))


_MADE: dict[tuple[str, str], xmlschema.XMLSchema10] = {}


def _second(ref: str, contract: Contract) -> xmlschema.XMLSchema10:
    key = ref, contract.digest
    if key not in _MADE:
        _MADE[key] = xmlschema.XMLSchema10(_published(contract))
    return _MADE[key]


def _published(contract: Contract) -> str:
    """The one schema document of the contract that has a target namespace."""
    for name, data in contract.files.items():
        if Path(name).suffix == ".xsd":
            return data.decode()
    for data in contract.files.values():
        for schema in etree.fromstring(data).iter(f"{{{XSD}}}schema"):
            return etree.tostring(schema, encoding="unicode", with_tail=False)
    raise AssertionError(contract.ref)
