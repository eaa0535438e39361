"""Numbers that are drawn: the same everywhere, and made smaller without losing what they show."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from harness.suite.drawing import Numbers, drawn, smallest

GOLDEN = [353, 827, 994, 303, 885, 471]
LISTS = st.lists(st.integers(0, 30), max_size=25)


def test_the_same_seed_draws_the_same_on_every_machine() -> None:
    # Worked out once; they must never change.
    numbers = drawn("7 calls-in-a-row 0 0")
    assert [numbers.pick(1000) for _ in range(6)] == GOLDEN
    assert numbers.taken == GOLDEN
    assert drawn("8 calls-in-a-row 0 0").pick(1000) != GOLDEN[0]


@given(LISTS, st.lists(st.integers(1, 40), max_size=40))
def test_what_was_handed_out_is_handed_out_again(given_: list[int], counts: list[int]) -> None:
    first = Numbers(given_)
    seen = [first.pick(count) for count in counts]
    assert all(number < count for number, count in zip(seen, counts, strict=True))
    again = Numbers(first.taken)
    assert [again.pick(count) for count in counts] == seen


@given(LISTS, st.integers(0, 30), st.integers(0, 4))
def test_the_smallest_list_with_a_defect_is_found(
    numbers: list[int], least: int, times: int
) -> None:
    def shows(tried: Sequence[int]) -> Sequence[int] | None:
        return tried if sum(number >= least for number in tried) >= times else None

    if shows(numbers) is None:
        return
    assert smallest(numbers, shows, 10_000) == (least,) * times


@given(LISTS, st.integers(0, 50))
def test_no_more_is_asked_than_allowed(numbers: list[int], tries: int) -> None:
    asked = []

    def never(tried: Sequence[int]) -> None:
        asked.append(tried)

    assert smallest(numbers, never, tries) == tuple(numbers)
    assert len(asked) <= tries
    assert len(set(map(tuple, asked))) == len(asked)
