"""Forms of schema that the account does not use: choices, recursion, references, lists, names."""

from pathlib import Path

import pytest

from harness import wsdl
from harness.wsdl.changes import (
    EVERYWHERE,
    Change,
    ChangeKind,
    Comparison,
    Effect,
    NoWitness,
    Witness,
    touching,
)
from harness.wsdl.comparing import compare
from harness.wsdl.components import Direction
from tests.wsdl.making import HEADER, make, service

SCHEMA = """<xs:schema targetNamespace="urn:t" elementFormDefault="{form}">
  <xs:element name="Ask"><xs:complexType{mixed}>{ask}</xs:complexType></xs:element>
  <xs:element name="Told"><xs:complexType><xs:sequence>{told}</xs:sequence></xs:complexType>
  </xs:element><xs:element name="Token" type="xs:string"/>{more}</xs:schema>"""


def described(
    ask: str = "<xs:sequence/>",
    told: str = "",
    more: str = "",
    *,
    form: str = "qualified",
    mixed: str = "",
    header: str = "",
) -> str:
    types = SCHEMA.format(ask=ask, told=told, more=more, form=form, mixed=mixed)
    return service(types=types, header=header)


def difference(folder: Path, older: str, newer: str) -> Comparison:
    contracts = [
        wsdl.load(make(folder / name, {"service.wsdl": text}, version=name))
        for name, text in (("older", older), ("newer", newer))
    ]
    return compare(contracts[0], contracts[1])


def only(comparison: Comparison) -> Change:
    (change,) = comparison.changes
    return change


def sequence(*names: str, kind: str = "xs:string") -> str:
    inner = "".join(f'<xs:element name="{name}" type="{kind}"/>' for name in names)
    return f"<xs:sequence>{inner}</xs:sequence>"


def choice(*names: str) -> str:
    return sequence(*names).replace("xs:sequence", "xs:choice")


def test_a_branch_of_a_choice_goes(tmp_path: Path) -> None:
    change = only(difference(tmp_path, described(choice("a", "b", "c")),
                             described(choice("a", "c"))))  # fmt: skip
    assert (change.kind, change.path) == (ChangeKind.ELEMENT_REMOVED, "Ask/b")
    assert change.effect is Effect.BREAKING
    assert isinstance(change.witness, Witness)
    assert "<m:b>" in change.witness.xml


def test_a_branch_of_a_choice_comes(tmp_path: Path) -> None:
    change = only(difference(tmp_path, described(choice("a", "b")),
                             described(choice("a", "b", "c"))))  # fmt: skip
    assert (change.kind, change.effect) == (ChangeKind.ELEMENT_ADDED, Effect.COMPATIBLE)


def test_a_sequence_becomes_a_choice(tmp_path: Path) -> None:
    change = only(difference(tmp_path, described(sequence("a", "b")), described(choice("a", "b"))))
    assert (change.kind, change.effect) == (ChangeKind.CONTENT, Effect.BREAKING)
    assert isinstance(change.witness, Witness)


def test_an_order_becomes_free(tmp_path: Path) -> None:
    free = sequence("a", "b").replace("xs:sequence", "xs:all")
    forth = only(difference(tmp_path / "1", described(sequence("a", "b")), described(free)))
    assert (forth.kind, forth.effect) == (ChangeKind.CONTENT, Effect.COMPATIBLE)
    back = only(difference(tmp_path / "2", described(free), described(sequence("a", "b"))))
    assert (back.kind, back.effect) == (ChangeKind.CONTENT, Effect.BREAKING)


def test_elements_are_put_into_a_choice(tmp_path: Path) -> None:
    grouped = f"<xs:sequence>{choice('a', 'b')}</xs:sequence>"
    change = only(difference(tmp_path, described(sequence("a", "b")), described(grouped)))
    assert (change.kind, change.effect) == (ChangeKind.CONTENT, Effect.BREAKING)


def test_a_group_that_means_nothing_is_no_change(tmp_path: Path) -> None:
    nested = f"<xs:sequence>{sequence('a')}{sequence('b')}</xs:sequence>"
    assert not difference(tmp_path, described(sequence("a", "b")), described(nested)).changes


TREE = """<xs:complexType name="Node"><xs:sequence>
  <xs:element name="Leaf" type="{leaf}"/>
  <xs:element name="Node" type="t:Node" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType>"""
ROOT = '<xs:sequence><xs:element name="Node" type="t:Node"/></xs:sequence>'


def test_a_type_that_holds_itself(tmp_path: Path) -> None:
    older, newer = (
        described(ROOT, more=TREE.format(leaf=leaf)) for leaf in ("xs:string", "xs:int")
    )
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.path) == (ChangeKind.TYPE, "Node/Leaf")
    assert change.paths[:2] == (EVERYWHERE, "Node/Leaf")
    assert isinstance(change.witness, Witness)
    assert change.witness.alone
    comparison = difference(tmp_path, older, newer)
    deep = ["/".join(["Node"] * 9)]
    assert touching(comparison, "Ask", Direction.REQUEST, deep)


def test_a_type_in_both_directions_is_listed_for_each(tmp_path: Path) -> None:
    shared = '<xs:complexType name="P">{}</xs:complexType>'
    holder = '<xs:element name="p" type="t:P"/>'
    ask = f"<xs:sequence>{holder}<xs:element name='q' type='t:P'/></xs:sequence>"
    older, newer = (
        described(ask, holder, shared.format(sequence(*names))) for names in (("a", "b"), ("a",))
    )
    changes = difference(tmp_path, older, newer).changes
    assert {each.path for each in changes} == {"P/b"}
    by_direction = {each.direction: each for each in changes}
    assert by_direction[Direction.REQUEST].paths == ("p/b", "q/b")
    assert by_direction[Direction.RESPONSE].paths == ("p/b",)
    assert [each.effect for each in changes] == [Effect.BREAKING, Effect.BREAKING]
    for change in changes:
        assert isinstance(change.witness, Witness)


def test_a_named_simple_type_is_one_change(tmp_path: Path) -> None:
    code = """<xs:simpleType name="Code"><xs:restriction base="xs:string">
      <xs:pattern value="{}"/></xs:restriction></xs:simpleType>"""
    older, newer = (
        described(sequence("a", "b", kind="t:Code"), more=code.format(pattern))
        for pattern in ("[A-Z]{3}", r"\d{3}")
    )
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.path) == (ChangeKind.FACET_CHANGED, "Code")
    assert change.paths == ("a", "b")
    assert isinstance(change.witness, Witness)


def test_a_pattern_written_otherwise_is_not_claimed_to_break(tmp_path: Path) -> None:
    """No message tells the two apart, so nothing breaking is reported."""
    code = """<xs:simpleType name="Code"><xs:restriction base="xs:string">
      <xs:pattern value="{}"/></xs:restriction></xs:simpleType>"""
    older, newer = (
        described(sequence("a", kind="t:Code"), more=code.format(pattern))
        for pattern in ("[0-9]{3}", "[0-9][0-9][0-9]")
    )
    change = only(difference(tmp_path, older, newer))
    assert (change.effect, change.witness) == (Effect.RISKY, None)
    assert "no message was found" in change.reason


@pytest.mark.parametrize(
    ("older", "newer", "breaks"),
    [
        (("A", "B"), ("A",), True),
        (("A",), ("A", "B"), False),
        (("A", "B"), ("B", "A"), None),
    ],
)
def test_values_come_and_go(
    tmp_path: Path, older: tuple[str, ...], newer: tuple[str, ...], breaks: bool | None
) -> None:
    def written(values: tuple[str, ...]) -> str:
        rows = "".join(f'<xs:enumeration value="{each}"/>' for each in values)
        return described(
            sequence("a", kind="t:E"),
            more=f'<xs:simpleType name="E"><xs:restriction base="xs:string">{rows}'
            "</xs:restriction></xs:simpleType>",
        )

    changes = difference(tmp_path, written(older), written(newer)).changes
    if breaks is None:
        assert not changes
        return
    (change,) = changes
    assert change.kind is ChangeKind.ENUMERATION
    assert change.effect is (Effect.BREAKING if breaks else Effect.COMPATIBLE)
    assert isinstance(change.witness, Witness) is breaks


def test_an_element_may_no_longer_be_stood_in_for(tmp_path: Path) -> None:
    ask = '<xs:sequence><xs:element ref="t:Head"/></xs:sequence>'
    head = '<xs:element name="Head" type="xs:string"/>'
    other = '<xs:element name="Other" type="xs:string" substitutionGroup="t:Head"/>'
    change = only(difference(tmp_path, described(ask, more=head + other),
                             described(ask, more=head)))  # fmt: skip
    assert (change.kind, change.path) == (ChangeKind.ELEMENT_REMOVED, "Head/Other")
    assert change.effect is Effect.BREAKING


def test_anything_may_no_longer_stand_there(tmp_path: Path) -> None:
    anything = '<xs:sequence><xs:any processContents="skip" minOccurs="0"/></xs:sequence>'
    change = only(difference(tmp_path, described(anything), described()))
    assert (change.kind, change.effect) == (ChangeKind.WILDCARD, Effect.BREAKING)
    assert isinstance(change.witness, Witness)


def test_text_may_no_longer_stand_between(tmp_path: Path) -> None:
    change = only(difference(tmp_path, described(mixed=' mixed="true"'), described()))
    assert (change.kind, change.effect) == (ChangeKind.CONTENT, Effect.BREAKING)
    assert isinstance(change.witness, Witness)
    assert change.witness.alone


def test_names_lose_their_namespace(tmp_path: Path) -> None:
    older, newer = (described(sequence("a"), form=form) for form in ("qualified", "unqualified"))
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.was, change.now) == (ChangeKind.FORM, "urn:t", "no namespace")
    assert isinstance(change.witness, Witness)
    assert change.witness.alone


def test_the_target_namespace_changes(tmp_path: Path) -> None:
    older = described(sequence("a"))
    change = only(difference(tmp_path, older, older.replace('"urn:t"', '"urn:u"')))
    assert (change.kind, change.effect) == (ChangeKind.NAMESPACE, Effect.BREAKING)
    assert isinstance(change.witness, Witness)


def test_a_fixed_value_comes(tmp_path: Path) -> None:
    older = described(sequence("a"))
    newer = older.replace('name="a"', 'name="a" fixed="1.0"')
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.effect) == (ChangeKind.FIXED, Effect.BREAKING)
    assert isinstance(change.witness, Witness)
    assert change.witness.alone


@pytest.mark.parametrize(
    ("was", "now", "kind", "effect"),
    [
        ("urn:ask", "urn:other", ChangeKind.SOAP_ACTION, Effect.BREAKING),
        ("http://localhost/", "http://127.0.0.1/", ChangeKind.ADDRESS, Effect.COMPATIBLE),
        ('service name="S"', 'service name="U"', ChangeKind.NAME_OF_SERVICE, Effect.COMPATIBLE),
        ('operation name="Ask"', 'operation name="X"', ChangeKind.OPERATION_REMOVED,
         Effect.BREAKING),
    ],
)  # fmt: skip
def test_what_stands_around_the_messages(
    tmp_path: Path, was: str, now: str, kind: ChangeKind, effect: Effect
) -> None:
    older = described()
    changes = difference(tmp_path, older, older.replace(was, now)).changes
    found = {each.kind: each for each in changes}
    assert found[kind].effect is effect
    if effect is Effect.BREAKING:
        # The body is the same in both, so no message of the schema can show it.
        assert isinstance(found[kind].witness, NoWitness)


def test_a_header_comes_and_goes(tmp_path: Path) -> None:
    without, with_it = described(), described(header=HEADER)
    came = only(difference(tmp_path / "1", without, with_it))
    assert (came.kind, came.effect) == (ChangeKind.HEADER_ADDED, Effect.BREAKING)
    assert isinstance(came.witness, NoWitness)
    went = only(difference(tmp_path / "2", with_it, without))
    assert (went.kind, went.effect) == (ChangeKind.HEADER_REMOVED, Effect.RISKY)
    comparison = difference(tmp_path / "3", without, with_it)
    assert touching(comparison, "Ask", Direction.REQUEST, ["anything"])
    assert not touching(comparison, "Ask", Direction.RESPONSE, ["anything"])


ABSTRACT = """<xs:complexType name="Base" abstract="true"><xs:sequence/></xs:complexType>
<xs:complexType name="Real"><xs:complexContent><xs:extension base="t:Base"><xs:sequence>
  <xs:element name="a" type="{kind}"/></xs:sequence></xs:extension></xs:complexContent>
</xs:complexType>"""


def test_a_type_that_only_xsi_type_can_name(tmp_path: Path) -> None:
    ask = '<xs:sequence><xs:element name="b" type="t:Base"/></xs:sequence>'
    older, newer = (
        described(ask, more=ABSTRACT.format(kind=kind)) for kind in ("xs:string", "xs:int")
    )
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.path, change.paths) == (ChangeKind.TYPE, "Real/a", ("b/a",))
    assert isinstance(change.witness, Witness)
    assert change.witness.alone


LIST = '<xs:simpleType name="L"><xs:list itemType="{item}"/></xs:simpleType>'
UNION = '<xs:simpleType name="L"><xs:union memberTypes="xs:int {item}"/></xs:simpleType>'


@pytest.mark.parametrize("several", [LIST, UNION])
def test_lists_and_unions(tmp_path: Path, several: str) -> None:
    older, newer = (
        described(sequence("a", kind="t:L"), more=several.format(item=item))
        for item in ("xs:token", "xs:int")
    )
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.path, change.effect) == (ChangeKind.TYPE, "L", Effect.BREAKING)
    assert isinstance(change.witness, Witness)
    assert change.witness.alone


TEXT = """<xs:complexType name="Sum"><xs:simpleContent><xs:extension base="{base}">
  <xs:attribute name="unit" type="xs:string" use="{use}"/></xs:extension></xs:simpleContent>
</xs:complexType>"""


def test_text_with_attributes(tmp_path: Path) -> None:
    ask = sequence("a", kind="t:Sum")
    older = described(ask, more=TEXT.format(base="xs:decimal", use="optional"))
    newer = described(ask, more=TEXT.format(base="xs:int", use="required"))
    changes = {each.kind: each for each in difference(tmp_path, older, newer).changes}
    assert set(changes) == {ChangeKind.TYPE, ChangeKind.ATTRIBUTE_REQUIRED}
    for change in changes.values():
        assert isinstance(change.witness, Witness)
        assert change.witness.alone


def test_text_becomes_elements(tmp_path: Path) -> None:
    kind = '<xs:complexType name="K">{}</xs:complexType>'
    older = described(sequence("a"))
    newer = described(sequence("a", kind="t:K"), more=kind.format(sequence("b")))
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.path, change.paths) == (ChangeKind.CONTENT, "K", ("a",))
    assert (change.was, change.now, change.effect) == ("text", "elements b", Effect.BREAKING)
    assert isinstance(change.witness, Witness)


@pytest.mark.parametrize(
    ("was", "now", "effect"),
    [
        ('maxInclusive value="9"', 'maxInclusive value="5"', Effect.BREAKING),
        ('maxInclusive value="9"', 'maxInclusive value="12"', Effect.COMPATIBLE),
        ('minExclusive value="0"', 'minExclusive value="3"', Effect.BREAKING),
        ('totalDigits value="5"', 'totalDigits value="3"', Effect.BREAKING),
    ],
)
def test_limits_of_numbers(tmp_path: Path, was: str, now: str, effect: Effect) -> None:
    older, newer = (
        described(
            sequence("a", kind="t:N"),
            more='<xs:simpleType name="N"><xs:restriction base="xs:integer">'
            f"<xs:{facet}/></xs:restriction></xs:simpleType>",
        )
        for facet in (was, now)
    )
    change = only(difference(tmp_path, older, newer))
    assert change.effect is effect
    assert isinstance(change.witness, Witness) is (effect is Effect.BREAKING)


def test_what_stands_beside_a_choice_goes(tmp_path: Path) -> None:
    both = f'<xs:sequence><xs:element name="s" type="xs:string"/>{choice("a", "b")}</xs:sequence>'
    change = only(difference(tmp_path, described(both), described(choice("a", "b"))))
    assert (change.kind, change.path) == (ChangeKind.ELEMENT_REMOVED, "Ask/s")
    assert isinstance(change.witness, Witness)


def test_a_group_that_may_be_absent_requires_more(tmp_path: Path) -> None:
    """The witness has to hold the group, though the shortest message does not."""
    group = sequence("a", "b").replace("<xs:sequence>", '<xs:sequence minOccurs="0">')
    newer = group.replace('<xs:element name="b"', '<xs:element name="c" type="xs:int"/>'
                          '<xs:element name="b"')  # fmt: skip
    change = only(difference(tmp_path, described(group), described(newer)))
    assert (change.kind, change.effect) == (ChangeKind.ELEMENT_ADDED, Effect.BREAKING)
    assert isinstance(change.witness, Witness)
    assert "<m:a>" in change.witness.xml


def test_an_abstract_element_becomes_required(tmp_path: Path) -> None:
    more = """<xs:element name="Head" type="xs:string" abstract="true"/>
      <xs:element name="Other" type="xs:string" substitutionGroup="t:Head"/>"""
    older, newer = (
        described(f'<xs:sequence><xs:element ref="t:Head" minOccurs="{low}"/></xs:sequence>',
                  more=more)
        for low in (0, 1)
    )  # fmt: skip
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.path) == (ChangeKind.OCCURRENCE, "Ask/Head")
    assert isinstance(change.witness, Witness)
    assert change.witness.alone


def test_a_length_beside_a_pattern_is_not_claimed_to_matter(tmp_path: Path) -> None:
    code = """<xs:simpleType name="Code"><xs:restriction base="xs:string">
      <xs:pattern value="[A-Z]{{2}}"/>{}</xs:restriction></xs:simpleType>"""
    older, newer = (
        described(sequence("a", kind="t:Code"), more=code.format(length))
        for length in ("", '<xs:maxLength value="2"/>')
    )
    change = only(difference(tmp_path, older, newer))
    assert (change.kind, change.effect) == (ChangeKind.FACET_ADDED, Effect.RISKY)
    assert change.witness is None
