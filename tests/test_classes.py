"""Classes whose methods are written late do what those of the standard library do."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest

from harness import classes

lazily: Any = vars(classes)["_dataclass"]
OPTIONS: list[dict[str, bool]] = [
    {},
    {"frozen": True},
    {"slots": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
    {"frozen": True, "slots": True, "eq": False},
    {"frozen": True, "slots": True, "repr": False},
    {"eq": False, "repr": False},
    {"frozen": True, "slots": True, "order": True},
]
NAMES = [",".join(sorted(each)) or "plain" for each in OPTIONS]


def plainly(make: Any, **options: bool) -> Any:
    @make(**options)
    class Thing:
        a: int
        b: str = "b"
        c: list[int] = dataclasses.field(default_factory=list, compare=False)
        d: int = dataclasses.field(default=4, repr=False)
        e: int = dataclasses.field(default=5, init=False)
        f: int = dataclasses.field(default=6, kw_only=True)
        g: list[int] = dataclasses.field(default_factory=lambda: [7], init=False)
        set_a: int = 8

    return Thing


def checked(make: Any, **options: bool) -> Any:
    @make(**options)
    class Thing:
        a: int
        seen: list[str] = dataclasses.field(default_factory=lambda: ["new"], hash=False)

        def __post_init__(self) -> None:
            self.seen.append("post")
            if self.a < 0:
                raise ValueError("negative")

        def __repr__(self) -> str:
            return "mine"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and other.a % 10 == self.a % 10

        def __hash__(self) -> int:
            return self.a % 10

    return Thing


def derived(make: Any, **options: bool) -> Any:
    @make(**options)
    class Base:
        a: int
        b: int = 2

    @make(**options)
    class Thing(Base):
        b: int = 3
        c: tuple[int, ...] = ()

    return Thing


def alone(make: Any, **options: bool) -> Any:
    @make(**options)
    class Thing:
        """Nothing in it."""

    return Thing


CALLS: list[Callable[[Any], Any]] = [
    lambda kind: kind(1),
    lambda kind: kind(a=1),
    lambda kind: kind(1, "x"),
    lambda kind: kind(),
    lambda kind: kind(1, wrong=2),
    lambda kind: kind(1, 2, 3, 4, 5, 6, 7),
    lambda kind: kind(-1),
    lambda kind: kind(1) == kind(1),
    lambda kind: kind(1) == kind(2),
    lambda kind: kind(a=1) == kind(a=1),
    lambda kind: kind(1) == 1,
    lambda kind: (kind(1) < kind(2), kind(1) <= kind(1), kind(1) > kind(2), kind(1) >= kind(2)),
    lambda kind: len({hash(each) for each in (kind(a=1), kind(a=1))}),
    lambda kind: [repr(kind(1)), str(kind(1))],
    lambda kind: dataclasses.asdict(kind(1)),
    lambda kind: dataclasses.asdict(kind(a=1)),
    lambda kind: dataclasses.replace(kind(a=1), a=2).a,
    lambda kind: dataclasses.replace(kind(a=1), e=2),
    lambda kind: kind(1).__match_args__,
    lambda kind: setattr(kind(a=1), "a", 2),
    lambda kind: delattr(kind(a=1), "a"),
    lambda kind: kind(a=1).c is kind(a=1).c,
    lambda kind: dataclasses.asdict(copy.copy(kind(a=1))),
    lambda kind: dataclasses.asdict(copy.deepcopy(kind(a=1))),
    lambda kind: hasattr(kind(a=1), "__dict__"),
    lambda kind: kind.__hash__ is None,
    lambda kind: [(each.name, each.type, each.kw_only) for each in dataclasses.fields(kind)],
]


def outcome(call: Callable[[Any], Any], kind: Any) -> tuple[str, str]:
    try:
        return "", str(call(kind))
    except dataclasses.FrozenInstanceError as error:
        return type(error).__name__, ""
    except Exception as error:  # noqa: BLE001 - compared, whatever it is
        return type(error).__name__, str(error).replace("Thing.__init__", "__init__")


@pytest.mark.parametrize("options", OPTIONS, ids=NAMES)
@pytest.mark.parametrize("made_by", [plainly, checked, derived, alone])
def test_every_call_does_what_the_original_does(made_by: Any, options: dict[str, bool]) -> None:
    if made_by is checked and options.get("kw_only"):
        assert outcome(CALLS[0], checked(lazily, **options))[0] == "TypeError"
    for number, call in enumerate(CALLS):
        ours = outcome(call, made_by(lazily, **options))  # a new class, nothing written yet
        theirs = outcome(call, made_by(dataclasses.dataclass, **options))
        assert unnamed(ours) == unnamed(theirs), number


def unnamed(told: tuple[str, str]) -> tuple[str, str]:
    """Without the place in memory by which an object without a text of its own is shown."""
    return told[0], told[1].split(" at 0x")[0]


@pytest.mark.parametrize("options", OPTIONS, ids=NAMES)
def test_calls_after_the_first_do_the_same(options: dict[str, bool]) -> None:
    kind, original = plainly(lazily, **options), plainly(dataclasses.dataclass, **options)
    for call in (*CALLS, *CALLS):
        assert unnamed(outcome(call, kind)) == unnamed(outcome(call, original))


@classes.dataclass(frozen=True, slots=True)
class Pickled:
    a: int
    b: tuple[str, ...] = ()


@classes.dataclass(frozen=True)
class Cached:
    a: int

    @cached_property
    def double(self) -> int:
        return 2 * self.a


class Below(Cached):
    pass


@pytest.mark.parametrize("make", [dataclasses.dataclass, lazily], ids=["original", "late"])
def test_a_field_may_be_called_what_the_method_calls_its_own(make: Any) -> None:
    names = ("self", "set_", "MISSING", "make_x", "default_y")

    @make(frozen=True)
    class Thing:
        __annotations__ = dict.fromkeys((*names, "x", "y"), "Any")
        x: Any = dataclasses.field(default_factory=list)
        y: Any = 7

    kind: Any = Thing
    made = kind(1, 2, 3, 4, 5)
    assert tuple(getattr(made, each) for each in names) == (1, 2, 3, 4, 5)
    assert (made.x, made.y) == ([], 7)


def test_pickling_goes_around_what_is_frozen() -> None:
    assert pickle.loads(pickle.dumps(Pickled(1, ("x",)))) == Pickled(1, ("x",))


def test_what_is_kept_beside_the_fields_may_be_set() -> None:
    """As with the original: only fields are frozen in a class below that says nothing itself."""
    kept = Cached(2)
    assert (kept.double, vars(kept)) == (4, {"a": 2, "double": 4})
    below: Any = Below(1)
    below.other = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        below.a = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(kept, "other", 2)  # noqa: B010 - a type checker knows that it must fail
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Pickled(1), "other", 2)  # noqa: B010 - the original raises a TypeError here


def test_nothing_is_written_before_it_is_called() -> None:
    """Else all this would gain nothing."""
    kind = plainly(lazily, frozen=True, slots=True)
    before = {name: vars(kind)[name] for name in ("__init__", "__eq__", "__repr__", "__hash__")}
    thing = kind(1)
    now = {name for name, method in before.items() if vars(kind)[name] is not method}
    assert now == {"__init__"}
    assert list(inspect.signature(kind).parameters) == ["a", "b", "c", "d", "set_a", "f"]
    assert thing == kind(1)
    assert vars(kind)["__eq__"] is not before["__eq__"]
    assert vars(kind)["__repr__"] is before["__repr__"]
