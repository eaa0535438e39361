"""Defects of answers: a code in place of another, an element missing, empty, or another's."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.account.choosing import is_account
from harness.canary.defect import Defect, Heard, Kind, Spoil
from harness.exchange import altering
from harness.exchange.altering import Change, Spot
from harness.exchange.messages import Answer, Body
from harness.suite.covering import known_codes
from harness.wsdl import Contract
from harness.wsdl.components import Components, Direction, components, local
from harness.wsdl.coverage import Point, enumeration
from harness.wsdl.sites import ROOT, Part, Site, joined, parts, sites

_SUCCESS: Mapping[tuple[str, str], int] = {
    ("HaeTilaTieto", "TilaKoodi"): 0,
    ("HaeAsiakkaita", "TilaKoodi"): 0,
    ("LisaaKohteita", "TilaKoodi"): 0,
    ("LahetaViesti", "TilaKoodi"): 202,
    ("LisaaKohteita", "KohteenTila"): 200,
}
"""The code that says that all is well, by operation and level."""
_OTHER = 550
"""Another error than the one that is meant; 525 in place of itself."""
_STATES: Mapping[str, Mapping[int, int]] = {
    "Tila": {300: 310, 310: 300},
    "TiliPassivoitu": {0: 1, 1: 0},
}
"""Levels with two codes: each is told in place of the other."""


def of_codes(contract: Contract) -> Iterator[Defect]:
    """For each code of the account's answers: success in its place, and another error."""
    for code in sorted(known_codes(contract)):
        operation, level, number = code.split(" ")
        spots = _leaves(contract, operation, level)
        for told in _instead(operation, level, int(number)):
            yield Defect(
                f"code/{operation}/{level}/{number}={told}",
                Kind.CODE,
                f"{operation} answers {level} {told} where {number} is due.",
                spoil=_changed(spots, _exchanged(number, str(told))),
            )


def _instead(operation: str, level: str, code: int) -> Iterator[int]:
    if level in _STATES:
        yield _STATES[level][code]
        return
    success = _SUCCESS[operation, level]
    if code != success:
        yield success
    yield _OTHER if code != _OTHER else 525


def _exchanged(code: str, told: str) -> Change:
    return lambda text: told if text == code else text


def of_elements(contract: Contract) -> Iterator[Defect]:
    """For each element and attribute of each answer: missing, empty, and of another request.

    Of a service nobody knows only what its contract demands is left out: what an optional or an
    empty element would mean, nobody can tell.
    """
    for part in parts(components(contract)):
        if part.where == Direction.RESPONSE:
            yield from _of_part(contract, part)


def _of_part(contract: Contract, part: Part) -> Iterator[Defect]:
    known, demanded = is_account(contract), enumeration(contract).obligatory
    echoed = {_last(path) for path in texts(contract, part.operation, Direction.REQUEST)}
    written = set(texts(contract, part.operation, Direction.RESPONSE))
    for path in _places(components(contract), part):
        if known or _is_demanded(part, path, demanded):
            yield _defect(part, path, "missing", f"lacks {path}", _missing(Spot(part.root, path)))
        if known and path in written:
            empty = _changed((Spot(part.root, path),), lambda _: "")
            yield _defect(part, path, "empty", f"has an empty {path}", empty)
        if known and path in written and _last(path) in echoed:
            another = _changed((Spot(part.root, path),), _another)
            yield _defect(part, path, "another", f"has the {path} of another request", another)


def _defect(part: Part, path: str, how: str, what: str, spoil: Spoil) -> Defect:
    return Defect(
        f"answer/{part.operation}/{path}!{how}",
        Kind.ANSWER,
        f"The answer of {part.operation} {what}.",
        spoil=spoil,
    )


def _another(text: str) -> str:
    """Another value of the same form, as far as a digit or a letter can tell."""
    for number, letter in enumerate(text):
        if letter.isdigit():
            return f"{text[:number]}{(int(letter) + 1) % 10}{text[number + 1 :]}"
    return f"{text}x" if text else text


def _is_demanded(part: Part, path: str, demanded: frozenset[str]) -> bool:
    aspects = ("present", "one", "many")
    ids = (Point(part.operation, part.where, path, each).id for each in aspects)
    return any(id_ in demanded for id_ in ids)


def _missing(spot: Spot) -> Spoil:
    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        del heard
        return _with(answer, altering.without(answer.body.data, spot) if answer.body.data else None)

    return spoil


def _changed(spots: tuple[Spot, ...], change: Change) -> Spoil:
    """The text changed at those of some places that an answer has."""

    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        del heard
        data = answer.body.data
        if answer.status != 200 or not data:
            return None
        found = (altering.changed(data, spot, change) for spot in spots)
        return _with(answer, next((each for each in found if each is not None), None))

    return spoil


def _with(answer: Answer, data: bytes | None) -> Answer | None:
    return None if data is None else replace(answer, body=Body(data))


def _places(model: Components, part: Part) -> Iterator[str]:
    """Paths of everything that an answer can hold, each once."""
    found: dict[str, None] = {}
    for site in sites(model, part):
        if site.path != ROOT:
            found.setdefault(site.path)
        found.update(dict.fromkeys(_attributes(model, site)))
    yield from found


def _attributes(model: Components, site: Site) -> Iterator[str]:
    kind = model.complex(site.type)
    for attribute in kind.attributes if kind else ():
        yield joined(site.path, f"@{local(attribute.name)}")


def texts(contract: Contract, operation: str, direction: Direction) -> Iterator[str]:
    """Paths of the elements and attributes with text in messages of one direction."""
    model = components(contract)
    for part in parts(model, operation):
        if part.where == direction:
            for site in sites(model, part):
                yield from _attributes(model, site)
                if model.simple(site.type) is not None:
                    yield site.path


def _leaves(contract: Contract, operation: str, name: str) -> tuple[Spot, ...]:
    """The places of an answer where a text of that name can stand."""
    root = contract.operations[operation].output
    paths = dict.fromkeys(texts(contract, operation, Direction.RESPONSE))
    return tuple(Spot(root, path) for path in paths if _last(path) == name)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
