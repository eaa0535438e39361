"""Equal but for writing is no drift; one change is exactly one drift, at its place."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.exchange.meaning import Meant
from harness.suite.drifts import Drift, DriftKind, Rules, drifts
from harness.suite.model import ParityRule

NAMES = st.sampled_from(["{urn:t}a", "{urn:t}b", "{urn:t}c", "d"])
TEXTS = st.sampled_from(["", "1", "22", "a b", "${role.active.id}"])
LEAF = st.builds(
    Meant,
    NAMES,
    text=TEXTS,
    attributes=st.dictionaries(st.sampled_from(["x", "{urn:t}y"]), TEXTS).map(
        lambda found: tuple(sorted(found.items()))
    ),
)


def _parent(children: list[Meant], name: str, any_order: bool) -> Meant:
    """Children of one name stand together, as a sequence has them."""
    order = list(dict.fromkeys(child.name for child in children))
    grouped = sorted(children, key=lambda child: order.index(child.name))
    return Meant(name, children=tuple(grouped), any_order=any_order)


TREES = st.recursive(
    LEAF,
    lambda below: st.builds(_parent, st.lists(below, max_size=5), NAMES, st.booleans()),
    max_leaves=12,
)


def nodes(tree: Meant, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """The place of every element below the root."""
    found = []
    for number, child in enumerate(tree.children):
        found += [(*at, number), *nodes(child, (*at, number))]
    return found


def at(tree: Meant, place: tuple[int, ...]) -> Meant:
    return at(tree.children[place[0]], place[1:]) if place else tree


def changed(tree: Meant, place: tuple[int, ...], *new: Meant) -> Meant:
    """The tree with other elements, or none, in a place below the root."""
    first, *rest = place
    inner = new if not rest else (changed(tree.children[first], tuple(rest), *new),)
    before, after = tree.children[:first], tree.children[first + 1 :]
    return replace(tree, children=(*before, *inner, *after))


@given(TREES)
def test_equal_trees_do_not_drift(tree: Meant) -> None:
    assert drifts(tree, tree, Rules()) == ()


@given(TREES, st.randoms(use_true_random=False))
def test_the_order_of_all_is_no_drift(tree: Meant, random: Any) -> None:
    def shuffled(one: Meant) -> Meant:
        children = [shuffled(child) for child in one.children]
        if one.any_order:
            names = list(dict.fromkeys(child.name for child in children))
            random.shuffle(names)
            children.sort(key=lambda child: names.index(child.name))
        return replace(one, children=tuple(children))

    assert drifts(tree, shuffled(tree), Rules()) == ()


@given(TREES, st.data())
def test_one_other_text_is_exactly_that_drift(tree: Meant, data: st.DataObject) -> None:
    leaves = [place for place in nodes(tree) if not at(tree, place).children]
    assume(leaves)
    place = data.draw(st.sampled_from(leaves))
    was = at(tree, place).text
    (drift,) = drifts(tree, changed(tree, place, replace(at(tree, place), text="99")), Rules())
    assert (drift.kind, drift.seen) == (DriftKind.VALUE, "99")
    assert drift.expected == (was if was.startswith("${") else _shown(was))
    assert _local(drift.path) == at(tree, place).name.rpartition("}")[2]


@given(TREES, st.data())
def test_one_other_attribute_is_exactly_that_drift(tree: Meant, data: st.DataObject) -> None:
    places = [place for place in nodes(tree) if at(tree, place).attributes]
    assume(places)
    place = data.draw(st.sampled_from(places))
    node = at(tree, place)
    (name, _), *rest = node.attributes
    other = changed(tree, place, replace(node, attributes=((name, "99"), *rest)))
    (drift,) = drifts(tree, other, Rules())
    assert drift.kind is DriftKind.VALUE
    gone = changed(tree, place, replace(node, attributes=tuple(rest)))
    (drift,) = drifts(tree, gone, Rules())
    assert (drift.kind, drift.seen) == (DriftKind.MISSING, "<absent>")
    (drift,) = drifts(gone, tree, Rules())
    assert (drift.kind, drift.expected) == (DriftKind.EXTRA, "<absent>")
    assert drift.path.endswith(f"@{name.rpartition('}')[2]}")


@given(TREES, st.data())
def test_one_element_less_is_exactly_that_drift(tree: Meant, data: st.DataObject) -> None:
    places = nodes(tree)
    assume(places)
    place = data.draw(st.sampled_from(places))
    (drift,) = drifts(tree, changed(tree, place), Rules())
    assert (drift.kind, drift.seen) == (DriftKind.MISSING, "<absent>")
    (drift,) = drifts(changed(tree, place), tree, Rules())
    assert (drift.kind, drift.expected) == (DriftKind.EXTRA, "<absent>")
    assert _local(drift.path) == at(tree, place).name.rpartition("}")[2]


@given(TREES, st.data())
def test_nil_is_exactly_that_drift(tree: Meant, data: st.DataObject) -> None:
    places = nodes(tree)
    assume(places)
    place = data.draw(st.sampled_from(places))
    nil = Meant(at(tree, place).name, nil=True)
    (drift,) = drifts(tree, changed(tree, place, nil), Rules())
    assert (drift.kind, drift.expected, drift.seen) == (DriftKind.NIL, "not nil", "nil")


def _shown(text: str) -> str:
    return {"": "<empty>", "a b": "<text, 3 chars>"}.get(text, text)


def _local(path: str) -> str:
    return path.rpartition("/")[2].partition("[")[0]


# Order, keys and rules


def row(number: str, text: str) -> Meant:
    return Meant("row", children=(Meant("id", text=number), Meant("text", text=text)))


def told(*rows: Meant) -> Meant:
    return Meant("Told", children=rows)


def rules(*given_: dict[str, Any], codes: tuple[str, ...] = ()) -> Rules:
    return Rules(tuple(ParityRule.model_validate(each) for each in given_), frozenset(codes))


BY_ID = {"path": "row", "unordered": "id"}


def test_names_in_another_order_are_one_drift() -> None:
    one, other = Meant("a", text="1"), Meant("b", text="2")
    (drift,) = drifts(told(one, other), told(other, one), Rules())
    assert (drift.kind, drift.path) == (DriftKind.ORDER, "")


def test_what_is_implied_has_no_place() -> None:
    implied, written = Meant("a", text="1", implied=True), Meant("a", text="1")
    other = Meant("b", text="2")
    assert drifts(told(other, implied), told(written, other), Rules()) == ()


@given(st.permutations([("1", "x"), ("2", "y"), ("3", "x"), ("3", "z")]))
def test_a_key_brings_rows_together(order: list[tuple[str, str]]) -> None:
    one = told(row("1", "x"), row("2", "y"), row("3", "x"), row("3", "z"))
    other = told(*(row(*each) for each in order))
    assert drifts(one, other, rules(BY_ID)) == ()
    less = told(*(row(*each) for each in order if each[0] != "2"))
    (drift,) = drifts(one, less, rules(BY_ID))
    assert (drift.kind, drift.path) == (DriftKind.MISSING, "row[2]")


def test_without_a_key_order_counts() -> None:
    found = drifts(told(row("1", "x"), row("2", "x")), told(row("2", "x"), row("1", "x")), Rules())
    assert [each.path for each in found] == ["row[1]/id", "row[2]/id"]


def test_a_row_less_and_another_changed_are_two_drifts() -> None:
    one = told(*(row(str(number), "x") for number in range(6)))
    other = told(row("0", "x"), row("2", "x"), row("3", "y"), row("4", "x"), row("5", "x"))
    found = [(each.kind, each.path) for each in drifts(one, other, Rules())]
    assert found == [(DriftKind.MISSING, "row[2]"), (DriftKind.VALUE, "row[4]/text")]


def leaf(text: str | None) -> Meant:
    return told(*([Meant("leaf", text=text)] if text is not None else []))


AT = "2026-11-22T10:00:00+00:00"


@pytest.mark.parametrize(
    ("rule", "ours", "theirs", "kind"),
    [
        ({"any": True}, "a", "b", None),
        ({"any": True}, "a", None, DriftKind.MISSING),
        ({"any": True}, None, "a", DriftKind.EXTRA),
        ({"ignore": True}, "a", None, None),
        ({"ignore": True}, None, "b", None),
        ({"starts": 3}, "abcdef", "abcxyz", None),
        ({"starts": 4}, "abcdef", "abcxyz", DriftKind.TEXT),
        ({"starts": 9}, "abc", "abcdef", None),
        ({"starts": 9}, "abcdef", "abc", DriftKind.TEXT),
        ({"within": 60}, AT, "2026-11-22T12:01:00+02:00", None),
        ({"within": 59}, AT, "2026-11-22T12:01:00+02:00", DriftKind.TIME),
        ({"within": 59}, AT, "yesterday", DriftKind.TIME),
        ({"within": 59}, AT, "2026-11-22T10:00:00", DriftKind.TIME),
    ],
)
def test_rules_excuse_what_they_say(
    rule: dict[str, Any], ours: str | None, theirs: str | None, kind: DriftKind | None
) -> None:
    found = drifts(leaf(ours), leaf(theirs), rules({"path": "leaf", **rule}))
    assert [each.kind for each in found] == ([kind] if kind else [])


def test_a_rule_fits_the_end_of_a_path_and_the_first_counts() -> None:
    inner = Meant("Result", children=(Meant("Code", text="1"),))
    one, other = told(inner), told(replace(inner, children=(Meant("Code", text="2"),)))
    assert drifts(one, other, rules({"path": "Result/Code", "any": True})) == ()
    assert drifts(one, other, rules({"path": "lt/Code", "any": True}))
    (drift,) = drifts(one, other, rules(codes=("Result/Code",)))
    assert drift == Drift(DriftKind.CODE, "Result/Code", "1", "2")
    exact = ({"path": "Code", "starts": 1}, {"path": "Code", "any": True})
    assert [each.kind for each in drifts(one, other, rules(*exact))] == [DriftKind.TEXT]


def test_attributes_have_rules_too() -> None:
    one, other = Meant("a", attributes=(("x", "1"),)), Meant("a", attributes=(("x", "2"),))
    assert drifts(told(one), told(other), rules({"path": "a/@x", "any": True})) == ()
    assert drifts(told(one), told(Meant("a")), rules({"path": "@x", "ignore": True})) == ()


def test_no_text_of_a_message_is_shown() -> None:
    (drift,) = drifts(leaf("Matti Meikäläinen"), leaf("010190-9006"), Rules())
    assert (drift.expected, drift.seen) == ("<text, 17 chars>", "<text, 11 chars>")
