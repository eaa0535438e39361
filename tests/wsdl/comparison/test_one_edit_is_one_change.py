"""One edit of a pinned schema must be found as that edit, and classed by its direction."""

import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from harness.wsdl.changes import Change, ChangeKind, Effect, Witness
from harness.wsdl.comparing import compare
from harness.wsdl.components import Direction
from tests.wsdl.comparison.edits import XS, Edit, applied, edits
from tests.wsdl.comparison.versions import CHANNEL, SERVICES, altered, version

CONTRACTS = (
    f"{SERVICES}/2014", f"{SERVICES}/1.6", f"{SERVICES}/1.7-2024-04", f"{CHANNEL}/2018",
)  # fmt: skip


@cache
def schema_of(ref: str) -> tuple[str, etree._Element]:
    """The file that holds the types, and its tree."""
    for name, data in version(ref).files.items():
        root = etree.fromstring(data)
        if root.find(f".//{XS}complexType") is not None:
            return name, root
    raise AssertionError(ref)


@cache
def edits_of(ref: str) -> list[Edit]:
    return edits(schema_of(ref)[1])


def changes_after(ref: str, edit: Edit) -> tuple[Change, ...]:
    name, root = schema_of(ref)
    with tempfile.TemporaryDirectory() as folder:
        newer = altered(version(ref), {name: applied(root, edit)}, Path(folder))
        return compare(version(ref), newer).changes


def wanted_effect(edit: Edit, direction: Direction) -> Effect:
    breaks = edit.stricter if direction is Direction.REQUEST else edit.weaker
    if breaks:
        return Effect.BREAKING
    gone = edit.kind in {ChangeKind.ELEMENT_REMOVED, ChangeKind.ATTRIBUTE_REMOVED}
    risky = gone or edit.kind is ChangeKind.DEFAULT
    return Effect.RISKY if risky else Effect.COMPATIBLE


def check(ref: str, edit: Edit) -> None:
    changes = changes_after(ref, edit)
    assert {each.direction for each in changes} == edit.directions
    assert len(changes) == len(edit.directions)
    for change in changes:
        assert change.kind is edit.kind
        assert change.path in edit.paths
        assert change.direction is not None
        assert change.effect is wanted_effect(edit, change.direction)
        assert change.places
        if change.effect is Effect.BREAKING:
            assert isinstance(change.witness, Witness)
            assert change.witness.alone
        else:
            assert change.witness is None


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_edit(data: st.DataObject) -> None:
    ref = data.draw(st.sampled_from(CONTRACTS))
    check(ref, data.draw(st.sampled_from(edits_of(ref))))


def _one_of_each() -> list[tuple[str, Edit]]:
    """Of every sort of edit the first in a request and the first in an answer."""
    found: dict[tuple[str, str, frozenset[Direction]], tuple[str, Edit]] = {}
    for ref in CONTRACTS:
        for edit in edits_of(ref):
            found.setdefault((edit.name, edit.kind.value, edit.directions), (ref, edit))
    return list(found.values())


@pytest.mark.parametrize(
    ("ref", "edit"),
    _one_of_each(),
    ids=lambda value: value if isinstance(value, str) else f"{value.name}-{value.kind.value}",
)
def test_every_sort_of_edit(ref: str, edit: Edit) -> None:
    check(ref, edit)


@pytest.mark.parametrize("ref", CONTRACTS)
def test_no_edit_is_no_change(ref: str) -> None:
    assert compare(version(ref), version(ref)).changes == ()


@pytest.mark.parametrize("ref", CONTRACTS)
def test_what_no_message_tells_is_no_change(ref: str, tmp_path: Path) -> None:
    """Comments, another prefix, other names of types, another order of declarations."""
    name, root = schema_of(ref)
    text = etree.tostring(root).decode()
    for kind in ("Viranomainen", "Tiedosto", "Viittaus_WS"):
        text = text.replace(f'complexType name="{kind}"', f'complexType name="Muu{kind}"')
        text = text.replace(f'type="tns:{kind}"', f'type="tns:Muu{kind}"')
    tree = etree.fromstring(text)
    for schema in tree.iter(f"{XS}schema"):
        schema[:] = sorted(schema, key=lambda node: (node.tag != f"{XS}import", str(node.tag)))
        schema.append(etree.Comment("nothing"))
        schema.set("version", "99")
    newer = altered(version(ref), {name: etree.tostring(tree)}, tmp_path)
    assert newer.digest != version(ref).digest
    assert compare(version(ref), newer).changes == ()
