"""Messages made from a contract alone: valid by construction, the same for the same seed.

``sample`` writes an envelope for people: minimal (nothing optional), maximal (everything, repeated
elements twice) or of a seed. ``showing`` writes the smallest message that shows one coverage point.

Identity constraints: nothing optional is repeated under an element that has some, so that
``unique`` holds; ``keyref`` and ``IDREF`` are not resolved.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from lxml import etree

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl.aspects import ABSENT, DEFAULT, MANY, NIL, PRESENT
from harness.wsdl.components import (
    XSI,
    Attribute,
    Direction,
    Element,
    Group,
    Particle,
    components,
)
from harness.wsdl.coverage import Point, enumeration
from harness.wsdl.instances import Builder, Choices, Node, written
from harness.wsdl.operation import ENVELOPES
from harness.wsdl.sites import ROOT, Part, Site, joined, messages_of, names_in, parts, sites

if TYPE_CHECKING:
    from harness.wsdl.contract import Contract

SOAP_1_1: Final = ENVELOPES["1.1"]
SOAP_1_2: Final = ENVELOPES["1.2"]
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class Style(StrEnum):
    """How much of what is optional a sample holds."""

    MINIMAL = "minimal"
    MAXIMAL = "maximal"


def sample(
    contract: "Contract",
    operation: str,
    *,
    direction: Direction = Direction.REQUEST,
    style: Style = Style.MINIMAL,
    seed: int | None = None,
) -> bytes:
    """An envelope with a valid message, indented, in UTF-8 with an XML declaration.

    Args:
        contract: what it is made from.
        operation: its name.
        direction: request or response.
        style: how much of it; a seed overrides it.
        seed: the same number gives the same message.

    Raises:
        ContractError: an unknown operation, one without such a message, or a contract for which
            none can be made.
    """
    choices = seeded(seed) if seed is not None else chosen(style)
    return envelope(contract, operation, direction, lambda part: instance(contract, part, choices))


def showing(contract: "Contract", point: Point) -> etree._Element:
    """The smallest part of a message that shows a point of the contract.

    Raises:
        ContractError: the point is none of the contract.
    """
    part, choices = _for_point(contract, point)
    return tree(instance(contract, part, choices))


def instance(contract: "Contract", part: Part, choices: Choices) -> Node:
    """A valid instance of a part of a message.

    Raises:
        ContractError: none can be made.
    """
    return builder(contract).build(part, choices)


def tree(node: Node) -> etree._Element:
    """A node as XML, on its own."""
    return written(node, {})


def part_of(contract: "Contract", operation: str, direction: Direction) -> Part:
    """The body of an operation in one direction.

    Raises:
        ContractError: an unknown operation, or one that is not answered.
    """
    for part in parts(components(contract), operation):
        if part.where == direction:
            return part
    raise ContractError(f"The operation {operation} has no {direction}.", where=contract.ref)


def fault(contract: "Contract", part: Part, detail: Node) -> bytes:
    """An envelope with a fault that has this detail, in the operation's version of SOAP.

    SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4.
    """
    soap = ENVELOPES[contract.operations[part.operation].soap_version]
    root = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    body = etree.SubElement(root, f"{{{soap}}}Body")
    element = etree.SubElement(body, f"{{{soap}}}Fault")
    _describe(element, soap).append(tree(detail))
    return _readable(root)


def _describe(fault: etree._Element, soap: str) -> etree._Element:
    """Say that and why there is a fault; the element for its detail."""
    text = "Esimerkki virheestä"
    if soap == SOAP_1_1:
        etree.SubElement(fault, "faultcode").text = "soap:Server"
        etree.SubElement(fault, "faultstring").text = text
        return etree.SubElement(fault, "detail")
    code = etree.SubElement(fault, f"{{{soap}}}Code")
    etree.SubElement(code, f"{{{soap}}}Value").text = "soap:Receiver"
    reason = etree.SubElement(fault, f"{{{soap}}}Reason")
    etree.SubElement(reason, f"{{{soap}}}Text", {_LANGUAGE: "fi"}).text = text
    return etree.SubElement(fault, f"{{{soap}}}Detail")


def envelope(
    contract: "Contract", operation: str, direction: Direction, make: Callable[[Part], Node]
) -> bytes:
    """The envelope around what ``make`` makes of body and headers.

    Raises:
        ContractError: an unknown operation, or one that is not answered.
    """
    body = part_of(contract, operation, direction)
    soap = ENVELOPES[contract.operations[operation].soap_version]
    root = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    for part in _headers(contract, operation, direction):
        header = root.find(f"{{{soap}}}Header")
        if header is None:
            header = etree.SubElement(root, f"{{{soap}}}Header")
        header.append(tree(make(part)))
    etree.SubElement(root, f"{{{soap}}}Body").append(tree(make(body)))
    return _readable(root)


def builder(contract: "Contract") -> Builder:
    """The builder of a contract, made once and kept as long as the contract."""
    found = _BUILDERS.get(contract)
    if found is None:
        found = _BUILDERS[contract] = Builder(components(contract))
    return found


_BUILDERS: "WeakKeyDictionary[Contract, Builder]" = WeakKeyDictionary()


def _headers(contract: "Contract", operation: str, direction: Direction) -> Iterator[Part]:
    model = components(contract)
    known = messages_of(model, operation).headers(direction)
    for part in parts(model, operation):
        if part.root in known and part.where.startswith(f"{direction}/header/"):
            yield part


def _readable(root: etree._Element) -> bytes:
    for element in root.iter():
        if len(element) and (element.text or "").strip():
            break  # mixed content: white space would change it
    else:
        etree.indent(root)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["xsi", "tns", *_named_in_values(root)])
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _named_in_values(root: etree._Element) -> Iterator[str]:
    """Prefixes that stand in a value, so that nobody but its reader knows that they are used."""
    for element in root.iter():
        yield element.get(f"{{{XSI}}}type", "").rpartition(":")[0]


# Who chooses -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Plain:
    """Chooses by rule: nothing optional, but for what is asked for by path.

    Attributes:
        full: everything optional is there, repeated elements twice.
        wide: paths whose optional children are all there.
        counts: path, or path and number of a group, to how often it stands.
        branches: path and number of a choice to the branch taken.
        kinds: path to the type of the element there.
        names: path of a parent to the elements that stand for others there, by Clark name.
        attributes: paths of attributes to whether they are there.
        nils: paths of elements that are nil.
        texts: path to its text.
        made: how many numbers were given, so that no two are the same.
        always: names of elements and attributes that are there wherever they may be.
        never: names of those that are left out wherever they may be.
    """

    full: bool = False
    wide: frozenset[str] = frozenset()
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    branches: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    attributes: dict[str, bool] = field(default_factory=dict)
    nils: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    made: int = 0
    always: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    def pick(self, count: int) -> int:
        """The plainest value; in a full message repeated identifiers differ."""
        if not self.full or count < 100:
            return 0
        self.made += 1
        return self.made % count

    def times(self, path: str, particle: Particle, *, at: str, wanted: bool) -> int:
        """As asked for; else as style and contract say."""
        asked = self.counts.get((path, at))
        if asked is not None:
            return asked
        if not at and _name(path) in self.never:
            return particle.minimum
        parent = path if at else _above(path)
        if wanted and self.full:
            most = 2 if particle.maximum is None else min(2, particle.maximum)
            return max(particle.minimum, most)
        due = (wanted and parent in self.wide) or (not at and _name(path) in self.always)
        return max(particle.minimum, 1 if due else 0)

    def branch(self, path: str, at: str, group: Group, ranked: list[int]) -> int:
        """As asked for; else the least deep."""
        del group
        return self.branches.get((path, at), ranked[0])

    def kind(self, path: str, ranked: list[str]) -> str:
        """As asked for; else the declared one."""
        asked = self.kinds.get(path)
        return asked if asked in ranked else ranked[0]

    def element(self, path: str, options: list[Element]) -> Element:
        """As asked for; else the declared one."""
        for option in options:
            if (path, option.name) in self.names:
                return option
        return options[0]

    def attribute(self, path: str, declared: Attribute) -> bool:
        """As asked for; else only in a full message."""
        del declared
        due = (self.full or _name(path) in self.always) and _name(path) not in self.never
        return self.attributes.get(path, due)

    def nil(self, path: str) -> bool:
        """Only where asked for."""
        return path in self.nils

    def text(self, path: str) -> str | None:
        """As asked for."""
        return self.texts.get(path)


def chosen(
    style: Style,
    always: frozenset[str] = frozenset(),
    never: frozenset[str] = frozenset(),
) -> Plain:
    """Choices for a style.

    Args:
        style: how much of what is optional there is.
        always: names of elements and attributes that are there in any style.
        never: names of those that are there in no style, unless the contract demands them.
    """
    return Plain(full=style is Style.MAXIMAL, always=always, never=never)


class Drawn:
    """Chooses by numbers drawn from outside, for instance at random from a seed."""

    def __init__(self, pick: Callable[[int], int]) -> None:
        """Take numbers from ``pick``, which gives one of ``n``; 0 is the plainest."""
        self.pick = pick

    def times(self, path: str, particle: Particle, *, at: str, wanted: bool) -> int:
        """Between what is needed and two more."""
        del path, at
        most = particle.minimum + 2
        if particle.maximum is not None:
            most = min(most, particle.maximum)
        return particle.minimum + (self.pick(most - particle.minimum + 1) if wanted else 0)

    def branch(self, path: str, at: str, group: Group, ranked: list[int]) -> int:
        """Any that ends soon; the deeper ones only near the root."""
        del at, group
        shallow = path.count("/") > 6
        return ranked[0 if shallow else self.pick(len(ranked))]

    def kind(self, path: str, ranked: list[str]) -> str:
        """Any."""
        del path
        return ranked[self.pick(len(ranked))]

    def element(self, path: str, options: list[Element]) -> Element:
        """Any."""
        del path
        return options[self.pick(len(options))]

    def attribute(self, path: str, declared: Attribute) -> bool:
        """As drawn."""
        del path, declared
        return self.pick(2) == 1

    def nil(self, path: str) -> bool:
        """Now and then."""
        del path
        return self.pick(8) == 7

    def text(self, path: str) -> str | None:
        """No text is asked for."""
        del path
        return None


def seeded(seed: int) -> Drawn:
    """Choices at random, the same for the same number."""
    return Drawn(random.Random(seed).randrange)  # noqa: S311  repeatable on purpose


# Towards one place -------------------------------------------------------------------------------


def towards(contract: "Contract", site: Site) -> Plain:
    """Choices that lead to a place and are plain otherwise."""
    choices = Plain()
    for index, (path, kind) in enumerate(site.kinds):
        choices.kinds[path] = kind
        if index:
            parent, above = site.kinds[index - 1]
            _lead(contract, choices, parent, above, path)
    return choices


def _lead(contract: "Contract", choices: Plain, parent: str, kind: str, path: str) -> None:
    """Choose every group on the way from a parent to a child of it."""
    model = components(contract)
    found = model.complex(kind)
    assert found is not None
    assert found.content is not None, "a place has a parent with content"
    particle: Particle = found.content
    at = "1"
    while isinstance(particle, Group):
        choices.counts[parent, at] = max(1, particle.minimum)
        step, particle = _towards(contract, particle, parent, path)
        choices.branches[parent, at] = step
        at = f"{at}.{step}"
    choices.counts[path, ""] = max(1, particle.minimum)
    for name in names_in(model, particle):
        if joined(parent, name.rpartition("}")[2]) == path:
            choices.names.add((parent, name))


def _towards(contract: "Contract", group: Group, parent: str, path: str) -> tuple[int, Particle]:
    for index, member in enumerate(group.members, 1):
        for name in names_in(components(contract), member):
            if joined(parent, name.rpartition("}")[2]) == path:
                return index, member
    raise ContractError(f"Nothing leads to {path}.", where=contract.ref)


_SITES: "WeakKeyDictionary[Contract, dict[tuple[str, str], dict[str, Site]]]" = WeakKeyDictionary()


def sites_of(contract: "Contract", part: Part) -> dict[str, Site]:
    """The places of a part by their path; the first of those that share one."""
    known = _SITES.setdefault(contract, {})
    key = part.operation, part.where
    if key not in known:
        known[key] = {}
        for site in sites(components(contract), part):
            known[key].setdefault(site.path, site)
    return known[key]


def _for_point(contract: "Contract", point: Point) -> tuple[Part, Plain]:
    site = enumeration(contract).origins.get(point)
    if site is None:
        raise ContractError(f"There is no coverage point {point.id}.", where=contract.ref)
    choices = towards(contract, site)
    _ask(contract, choices, site, point)
    return site.part, choices


def _ask(contract: "Contract", choices: Plain, site: Site, point: Point) -> None:
    aspect = point.aspect
    attribute = point.path.partition("@")[2]
    if attribute:
        choices.attributes[point.path] = aspect not in {ABSENT, DEFAULT}
        choices.texts.update(_text(contract, _attribute_type(contract, site, attribute), point))
    elif aspect in {ABSENT, MANY}:
        count = 0 if aspect == ABSENT else max(2, site.slot.minimum)
        choices.counts[point.path, ""] = count
    elif aspect == NIL:
        choices.nils.add(point.path)
    elif aspect == DEFAULT:
        choices.texts[point.path] = ""
    elif aspect.startswith("@*="):
        choices.attributes[joined(point.path, "@*")] = aspect.endswith(PRESENT)
    elif aspect.startswith(("choice[", "group[", "any[")):
        _ask_group(contract, choices, site, aspect)
    elif aspect == "text":
        choices.texts[point.path] = "teksti"
    else:
        choices.texts.update(_text(contract, site.type, point))


def _ask_group(contract: "Contract", choices: Plain, site: Site, aspect: str) -> None:
    at = aspect.partition("[")[2].partition("]")[0]
    value = aspect.partition("=")[2]
    _open(contract, choices, site, at)
    if aspect.startswith("choice["):
        choices.branches[site.path, at] = int(value.partition(":")[0])
        choices.counts[site.path, at] = max(1, choices.counts.get((site.path, at), 1))
    else:
        choices.counts[site.path, at] = {ABSENT: 0, MANY: 2}.get(value, 1)
    if value != ABSENT:
        choices.wide |= {site.path}


def _open(contract: "Contract", choices: Plain, site: Site, at: str) -> None:
    """Choose every group around a group, from the outermost inwards."""
    steps = at.split(".")
    kind = components(contract).complex(site.type)
    particle: Particle | None = kind.content if kind else None
    for depth in range(1, len(steps) + 1):
        here = ".".join(steps[:depth])
        assert isinstance(particle, Group) or depth == len(steps)
        if particle is not None:
            choices.counts[site.path, here] = max(1, particle.minimum)
        if isinstance(particle, Group) and depth < len(steps):
            step = int(steps[depth])
            choices.branches[site.path, here] = step
            particle = particle.members[step - 1]


def _attribute_type(contract: "Contract", site: Site, name: str) -> str:
    kind = components(contract).complex(site.type)
    declared = kind.attributes if kind else ()
    found = [each.type for each in declared if each.name.rpartition("}")[2] == name]
    return found[0]


def _text(contract: "Contract", key: str, point: Point) -> dict[str, str]:
    simple = components(contract).simple(key)
    if simple is None:
        return {}
    if point.aspect not in enumeration(contract).values.aspects(simple):
        return {}
    text = enumeration(contract).values.showing(simple, point.aspect)
    return {} if text is None else {point.path: text}


def _name(path: str) -> str:
    """Local name of the element or attribute at a path."""
    return path.rpartition("/")[2].lstrip("@").rpartition(":")[2]


def _above(path: str) -> str:
    return path.rpartition("/")[0] or ROOT
