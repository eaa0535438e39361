"""``dataclass`` of the standard library, whose methods are written when they are first called.

The standard library writes and compiles up to seven methods for a class when it is made, which
takes half a millisecond. A command loads hundreds of classes and makes objects of few of them: half
of its time went there. Here a class gets its fields and slots at once, by the standard library, and
each method when it is called for the first time: ``__init__`` by this module, all others by the
standard library as well. ``fields``, ``replace``, ``is_dataclass`` and matching know no
difference; type checkers are told it is the original.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, FrozenInstanceError
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - handed on

_KEPT: Final = ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only")
"""What is said of a field besides its name and type."""
_ORDER: Final = ("__lt__", "__le__", "__gt__", "__ge__")


def _dataclass(
    kind: type | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    order: bool = False,
    repr: bool = True,  # noqa: A002 - the standard library's word
    kw_only: bool = False,
) -> Any:
    """As ``dataclasses.dataclass`` does, for these of its options."""

    def wrap(kind: type) -> Any:
        own = frozenset(vars(kind))
        bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)
        made: Any = bare(kind)
        later = {"__init__": True, "__repr__": repr, "__eq__": eq, "__hash__": eq and frozen}
        later |= dict.fromkeys(_ORDER, order)
        for name, wanted in later.items():
            if wanted and name not in own:
                setattr(made, name, _written_later(made, name, frozen=frozen))
        if eq and not frozen and "__hash__" not in own:
            made.__hash__ = None
        if frozen:
            _freeze(made, slots=slots)
        return made

    return wrap if kind is None else wrap(kind)


def _written_later(kind: Any, name: str, *, frozen: bool) -> Callable[..., Any]:
    """A method that takes the place of the real one until it is called."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        init = name == "__init__"
        written = _init(kind, frozen=frozen) if init else _by_the_library(kind, name)
        written.__qualname__, written.__module__ = method.__qualname__, kind.__module__
        setattr(kind, name, written)
        return written(self, *args, **kwargs)

    method.__name__, method.__qualname__ = name, f"{kind.__qualname__}.{name}"
    return method


def _init(kind: Any, *, frozen: bool) -> Callable[..., Any]:
    """As the standard library writes it; there it cannot be had without all that freezes."""
    known: dict[str, Any] = {"_MISSING_": MISSING}
    parameters: dict[bool, list[str]] = {False: ["_self_"], True: []}
    body = []
    for each in dataclasses.fields(kind):
        value, default = _value(each, known)
        if each.init:
            parameters[each.kw_only is True].append(each.name + default)
        if value:
            body.append(
                _set(kind, each.name, value, known) if frozen else f"_self_.{each.name} = {value}"
            )
    if hasattr(kind, "__post_init__"):
        body.append("_self_.__post_init__()")
    words = [*parameters[False], *["*"] * bool(parameters[True]), *parameters[True]]
    text = f"def __init__({', '.join(words)}):\n  " + "\n  ".join(body or ["pass"])
    exec(text, known)  # noqa: S102 - names of fields, which are identifiers
    written: Callable[..., Any] = known["__init__"]
    return written


def _value(each: "dataclasses.Field[Any]", known: dict[str, Any]) -> tuple[str, str]:
    """What a field is set to, and what its parameter says of a default; empty when nothing is."""
    name, given = each.name, f"_default_of_{each.name}_"
    if each.default is not MISSING:
        known[given] = each.default
        return name if each.init else given, f"={given}"
    if each.default_factory is not MISSING:
        known[given] = each.default_factory
        made = f"{given}()"
        return f"{made} if {name} is _MISSING_ else {name}" if each.init else made, "=_MISSING_"
    return name if each.init else "", ""


def _set(kind: Any, name: str, value: str, known: dict[str, Any]) -> str:
    """The line that sets a frozen field: by its slot where it has one, which is twice as fast."""
    slot, setting = getattr(kind, name, None), f"_set_{name}_"
    if isinstance(slot, MemberDescriptorType):
        known[setting] = slot.__set__
        return f"{setting}(_self_, {value})"
    known["_set_"] = object.__setattr__
    return f"_set_(_self_, {name!r}, {value})"


def _by_the_library(kind: Any, name: str) -> Callable[..., Any]:
    """The method that the standard library writes for a class with the same fields."""
    twin = dataclasses.make_dataclass(
        kind.__name__,
        [(each.name, each.type, _field(each)) for each in dataclasses.fields(kind)],
        init=False,
        repr=name == "__repr__",
        eq=name != "__repr__",
        order=name in _ORDER,
        unsafe_hash=name == "__hash__",
    )
    written: Callable[..., Any] = vars(twin)[name]
    return written


def _field(each: "dataclasses.Field[Any]") -> Any:
    return dataclasses.field(**{name: getattr(each, name) for name in _KEPT})


def _freeze(kind: Any, *, slots: bool) -> None:
    """Let nothing be set or deleted; what is pickled is then set around that."""
    names = [each.name for each in dataclasses.fields(kind)]

    def refuse(self: Any, name: str) -> None:
        if type(self) is kind or name in names:
            raise FrozenInstanceError(f"cannot change field {name!r}")

    def set_(self: Any, name: str, value: Any) -> None:
        refuse(self, name)
        super(kind, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        refuse(self, name)
        super(kind, self).__delattr__(name)

    kind.__setattr__, kind.__delattr__ = set_, delete
    if slots:
        kind.__getstate__, kind.__setstate__ = _state, _set_state


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, state: Sequence[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


if not TYPE_CHECKING:
    dataclass = _dataclass
