"""Defects about attachments: each type, each limit, content and links."""

from collections.abc import Callable, Iterator, Mapping

from harness.account.questions import Attachment
from harness.account.rules import FILE_TYPES
from harness.account.settings import Settings
from harness.canary.classes import Class, about_items, defects_of
from harness.canary.defect import Defect
from harness.canary.of_items import ADD, SEND

_MOST = Settings().max_attachment_bytes
_NEAR = 10
"""Bytes: base64 cannot name every size."""
_PDF = "application/pdf"


def of_files() -> Iterator[Defect]:
    """All of them."""
    yield from defects_of(_of_types())
    yield from defects_of(_of_sizes())
    for name, (what, holds) in _TAKEN.items():
        yield _about(ADD, name, what, holds).defect()


def _about(
    operation: str, name: str, what: str, holds: Callable[[Attachment], bool], *, due: bool = True
) -> Class:
    return about_items(
        operation,
        f"file-{name}",
        f"a file {what}",
        lambda _, item: any(map(holds, item.attachments)),
        due=due,
    )


def _of_types() -> Iterator[Class]:
    for type_ in sorted(FILE_TYPES):
        yield _about(ADD, f"type-{type_}", f"of the type {type_}", _of_type(type_))
    for name, (what, holds) in _FORBIDDEN.items():
        yield _about(ADD, f"forbidden-{name}", what, _forbidden(holds), due=False)


def _ending(file: Attachment) -> str:
    return file.name.rpartition(".")[2]


def _of_type(type_: str) -> Callable[[Attachment], bool]:
    return lambda file: file.content is not None and _ending(file).lower() == type_


def _forbidden(holds: Callable[[Attachment], bool]) -> Callable[[Attachment], bool]:
    return lambda file: (
        file.content is not None and _ending(file).lower() not in FILE_TYPES and holds(file)
    )


_FORBIDDEN: Mapping[str, tuple[str, Callable[[Attachment], bool]]] = {
    "as-it-says": (
        "that is not allowed and says so",
        lambda file: "." in file.name and file.media_type != _PDF,
    ),
    "in-disguise": ("that is not allowed and says to be PDF", lambda file: file.media_type == _PDF),
    "in-capitals": ("of a forbidden type in capitals", lambda file: _ending(file).isupper()),
    "behind-an-allowed-one": (
        "of a forbidden type behind an allowed one",
        lambda file: bool(FILE_TYPES & set(file.name.lower().split(".")[:-1])),
    ),
    "without-ending": ("whose name has no ending", lambda file: "." not in file.name),
}
_TAKEN: Mapping[str, tuple[str, Callable[[Attachment], bool]]] = {
    "type-in-capitals": (
        "whose type is written in capitals",
        lambda file: _ending(file).isupper() and _ending(file).lower() in FILE_TYPES,
    ),
    "finnish-name": ("whose name has Finnish letters", lambda file: not file.name.isascii()),
}


def _of_sizes() -> Iterator[Class]:
    several = "several files"
    yield about_items(ADD, "several-files", several, lambda _, item: len(item.attachments) > 1)
    for operation in (ADD, SEND):
        yield _about(operation, "linked", "that is a link of no size", _linked(0, 0))
        yield _about(operation, "at-its-limit", "as large as may be", _sized(_MOST - _NEAR, _MOST))
        over, what = _sized(_MOST + 1, 10 * _MOST), "larger than may be"
        yield _about(operation, "over-its-limit", what, over, due=False)
    at, over = _linked(_MOST, _MOST), _linked(_MOST + 1, 10 * _MOST)
    yield _about(ADD, "link-at-its-limit", "linked, as large as may be", at)
    yield _about(ADD, "link-over-its-limit", "linked, larger than may be", over, due=False)


def _sized(least: int, most: int) -> Callable[[Attachment], bool]:
    return lambda file: file.content is not None and least <= file.size <= most


def _linked(least: int, most: int) -> Callable[[Attachment], bool]:
    return lambda file: bool(file.url) and least <= file.size <= most
