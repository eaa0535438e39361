"""What is sent next and what an outcome means: the rules of the return channel, without a wire."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account.codes import TargetCode
from harness.account.delivering import (
    Action,
    Deliveries,
    Delivery,
    Outcome,
    PushRule,
    Resending,
    Said,
    Standing,
    push_rule,
)
from harness.account.outbox import Push, PushedState
from harness.errors import ConfigError
from tests.account.asking import NOW

YES = Said(Outcome.ACCEPTED)
NO = Said(Outcome.REFUSED, "TilaKoodi 550")
GONE = Said(Outcome.LOST, "reset")
LATER = timedelta(days=2)
"""Longer than any wait."""


def pushes(*services: str) -> list[Push]:
    """Messages of states in order, each for one service."""
    codes = (TargetCode.STORED, TargetCode.READ, TargetCode.CONFIRMED)
    return [
        Push(
            number,
            NOW,
            "ESIMERKKIKUNTA",
            service,
            (PushedState("a", "AT1", "", "SSN", codes[number % 3], NOW),),
        )
        for number, service in enumerate(services, 1)
    ]


@dataclass
class Post:
    """Deliveries of some messages, and what was sent in which order."""

    pushes: Sequence[Push]
    deliveries: Deliveries = field(default_factory=Deliveries)
    now: datetime = NOW
    sent: list[int] = field(default_factory=list)

    def once(self, said: Said) -> int | None:
        due = self.deliveries.next(self.pushes, self.now)
        if due is None:
            return None
        self.sent.append(due.push.number)
        self.deliveries.done(self.pushes, due, said, self.now)
        return due.push.number

    def run(self, say: Callable[[], Said], most: int = 2000) -> None:
        """Send until nothing is left, letting time pass whenever nothing is due."""
        for _ in range(most):
            if self.deliveries.next(self.pushes, self.now) is not None:
                self.once(say())
            elif self.deliveries.next(self.pushes, self.now + LATER) is not None:
                self.now += LATER
            else:
                return
        raise AssertionError("it never ends")

    @property
    def standings(self) -> list[Standing]:
        return [self.deliveries.of(push).standing for push in self.pushes]


def test_messages_for_one_service_go_out_in_order_and_once() -> None:
    post = Post(pushes("a", "a", "b", "a"))
    post.run(lambda: YES)
    assert post.sent == [1, 2, 3, 4]
    assert set(post.standings) == {Standing.DELIVERED}


@pytest.mark.parametrize("bad", [NO, GONE, Said(Outcome.FAULT, "fault")])
def test_a_failure_holds_up_its_own_service_only(bad: Said) -> None:
    post = Post(pushes("a", "a", "b"))
    assert post.once(bad) == 1
    assert post.once(YES) == 3
    assert post.once(YES) is None
    assert post.deliveries.of(post.pushes[0]).last == bad.code
    post.now += timedelta(seconds=2)
    post.run(lambda: YES)
    assert post.sent == [1, 3, 1, 2]
    assert post.deliveries.of(post.pushes[0]).last == ""


def test_waits_grow_up_to_the_longest() -> None:
    resending = Resending(attempts=6, first_seconds=3, factor=3, longest_seconds=30)
    assert [resending.wait(each).total_seconds() for each in range(1, 6)] == [3, 9, 27, 30, 30]
    assert resending.wait(1000).total_seconds() == 30


def test_not_a_moment_too_early() -> None:
    post = Post(pushes("a"), Deliveries(Resending(first_seconds=10)))
    post.once(GONE)
    post.now += timedelta(seconds=9.999)
    assert post.once(YES) is None
    post.now = NOW + timedelta(seconds=10)
    assert post.once(YES) == 1


def test_given_up_when_its_attempts_are_used_up_then_the_next_has_its_turn() -> None:
    post = Post(pushes("a", "a"), Deliveries(Resending(attempts=3)))
    answers = iter([GONE, GONE, GONE, YES])
    post.run(lambda: next(answers, YES))
    assert post.sent == [1, 1, 1, 2]
    assert post.standings == [Standing.GIVEN_UP, Standing.DELIVERED]


def test_what_was_given_up_is_sent_again_on_command() -> None:
    post = Post(pushes("a", "b"), Deliveries(Resending(attempts=1)))
    post.run(lambda: GONE)
    post.deliveries.resend()
    post.run(lambda: YES)
    assert post.sent == [1, 2, 1, 2]
    assert set(post.standings) == {Standing.DELIVERED}


def test_duplicate_is_sent_once_more_whatever_is_answered_to_it() -> None:
    post = Post(pushes("a", "a"), Deliveries(rules=[push_rule("duplicate,once")]))
    answers = iter([GONE, YES, NO, YES])
    post.run(lambda: next(answers, YES))
    assert post.sent == [1, 1, 1, 2]
    assert post.deliveries.of(post.pushes[0]).last == "TilaKoodi 550"
    assert set(post.standings) == {Standing.DELIVERED}


def test_out_of_order_lets_the_next_of_the_same_service_go_first() -> None:
    post = Post(pushes("a", "b", "a", "a"), Deliveries(rules=[push_rule("out-of-order,once")]))
    post.run(lambda: YES)
    assert post.sent == [2, 3, 1, 4]


def test_out_of_order_waits_for_a_message_that_comes_later() -> None:
    all_of_them = pushes("a", "a")
    post = Post(all_of_them[:1], Deliveries(rules=[push_rule("out-of-order")]))
    assert post.once(YES) is None
    post.pushes = all_of_them
    post.run(lambda: YES)
    assert post.sent == [2, 1]


def test_held_back_message_goes_out_when_the_rules_are_cleared() -> None:
    post = Post(pushes("a"), Deliveries(rules=[push_rule("out-of-order")]))
    assert post.once(YES) is None
    post.deliveries.clear_rules()
    assert post.once(YES) == 1


def test_dropped_is_never_sent() -> None:
    post = Post(pushes("a", "a", "a"), Deliveries(rules=[push_rule("drop,every=2")]))
    post.run(lambda: YES)
    assert post.sent == [1, 3]
    assert post.standings[1] is Standing.DROPPED


def test_pause_and_resume() -> None:
    post = Post(pushes("a", "b"), Deliveries(rules=[push_rule("pause")]))
    assert post.once(YES) is None
    assert post.deliveries.paused
    post.deliveries.clear_rules()
    post.run(lambda: YES)
    assert post.sent == [1, 2]


def test_pause_of_another_operation_holds_nothing_up() -> None:
    post = Post(pushes("a"), Deliveries(rules=[push_rule("pause,operation=VieKohteita")]))
    assert post.once(YES) == 1


def test_a_rule_decides_about_a_message_once_not_at_every_attempt() -> None:
    post = Post(pushes("a", "a"), Deliveries(rules=[push_rule("duplicate,every=2")]))
    answers = iter([GONE, GONE, YES])
    post.run(lambda: next(answers, YES))
    assert post.sent == [1, 1, 1, 2, 2]


def test_what_was_acknowledged_before_a_restart_is_not_sent_again() -> None:
    first = Post(pushes("a", "a", "a"))
    first.once(YES)
    first.once(GONE)
    second = Post(first.pushes, now=NOW + LATER)
    second.deliveries.restore(first.deliveries.kept)
    second.run(lambda: YES)
    assert second.sent == [2, 3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("twice", "There are: duplicate, out-of-order, drop, pause"),
        ("duplicate,seconds=2", "takes no 'seconds'"),
        ("pause,once", "pause takes no"),
        ("pause,every=2", "pause takes no"),
        ("drop,every", "KEY=VALUE"),
    ],
)
def test_rule_that_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        push_rule(text, where="--push-rule")
    assert said in str(error.value)
    assert str(error.value).startswith("--push-rule: ")


def test_rule_about_an_operation_that_the_return_channel_lacks() -> None:
    with pytest.raises(ConfigError, match="no operation 'HaeTilaTieto'"):
        Deliveries(rules=[push_rule("drop,operation=HaeTilaTieto")])


@pytest.mark.parametrize(
    "text",
    ["pause", "duplicate,every=3,operation=VieKohteita,next=2", "drop,operation=VieKohteita"],
)
def test_rule_is_written_as_it_was_read(text: str) -> None:
    assert push_rule(text).written == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"first_seconds": -1},
        {"first_seconds": 10, "longest_seconds": 5},
        {"factor": 0.5},
        {"longest_seconds": 1e9},
        {"first_seconds": float("nan")},
    ],
)
def test_waits_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="out of range"):
        Resending(**wrong)  # type: ignore[arg-type]  # numbers of either kind


_SERVICES = st.lists(st.sampled_from("abc"), min_size=1, max_size=12)
_SAID = st.sampled_from([YES, NO, GONE, Said(Outcome.FAULT, "fault")])
_RULES = st.lists(
    st.builds(
        PushRule,
        action=st.sampled_from([Action.DUPLICATE, Action.OUT_OF_ORDER, Action.DROP]),
        every=st.integers(1, 3),
        next=st.none() | st.integers(1, 3),
    ),
    max_size=3,
)


def _told(post: Post, data: st.DataObject) -> dict[int, list[Said]]:
    """Play any outcomes to the end; gives what was said of each message, in order."""
    told: dict[int, list[Said]] = {push.number: [] for push in post.pushes}

    def say() -> Said:
        due = post.deliveries.next(post.pushes, post.now)
        assert due is not None
        told[due.push.number].append(data.draw(_SAID))
        return told[due.push.number][-1]

    post.run(say)
    return told


@given(_SERVICES, st.integers(1, 4), st.data())
def test_whatever_comes_back_nothing_is_lost_or_sent_twice(
    services: list[str], attempts: int, data: st.DataObject
) -> None:
    post = Post(pushes(*services), Deliveries(Resending(attempts=attempts)))
    told = _told(post, data)
    for push in post.pushes:
        standing, said = post.deliveries.of(push).standing, told[push.number]
        accepted = [each is YES for each in said]
        assert accepted[:-1].count(True) == 0, "sent again after it was acknowledged"
        if standing is Standing.GIVEN_UP:
            assert len(said) == attempts
            assert not accepted[-1]
        else:
            assert standing is Standing.DELIVERED
            assert accepted[-1]
    for service in set(services):
        own = [n for n in post.sent if post.pushes[n - 1].service == service]
        assert own == sorted(own), "a later message overtook an earlier one"


@given(_SERVICES, _RULES, st.data())
def test_whatever_is_ordered_each_is_delivered_as_often_as_ordered(
    services: list[str], rules: list[PushRule], data: st.DataObject
) -> None:
    post = Post(pushes(*services), Deliveries(Resending(attempts=3), rules))
    told = _told(post, data)
    for push in post.pushes:
        found, said = post.deliveries.of(push), told[push.number]
        match found.standing:
            case Standing.DROPPED:
                assert said == []
            case Standing.GIVEN_UP:
                assert len(said) == 3
                assert YES not in said
            case Standing.PENDING:
                assert found.held, "only what waits for a later one may be left"
                assert said == []
            case Standing.DELIVERED:
                first = said.index(YES)
                assert len(said) - first - 1 in {0, 1}, "one duplicate at most"
                assert not found.again
    by_service = {each: [p.number for p in post.pushes if p.service == each] for each in services}
    left = [n for n, each in told.items() if not each]
    for numbers in by_service.values():
        held = [n for n in numbers if post.deliveries.of(post.pushes[n - 1]).held]
        assert len(held) <= 1
        assert set(held) <= set(left)


@given(_SERVICES, st.lists(_SAID, max_size=8))
def test_deliveries_go_on_from_what_was_kept(services: list[str], said: list[Said]) -> None:
    one = Post(pushes(*services))
    for each in said:
        one.once(each)
    kept = one.deliveries.kept
    other = Post(one.pushes, now=one.now)
    other.deliveries.restore(kept)
    assert all(isinstance(each, Delivery) for each in kept)
    for each in [*said, *[YES] * 20]:
        assert one.once(each) == other.once(each)
