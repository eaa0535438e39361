"""Defects about paper: who gets a letter, with what address, of which file, from whom."""

from collections.abc import Callable, Iterator

from harness.account import rules
from harness.account.questions import Attachment, Item, Person
from harness.account.settings import AUTHORITIES
from harness.account.twist import Asked
from harness.canary.classes import Class, about_items, defects_of
from harness.canary.defect import Defect
from harness.canary.of_customers import KINDS, customer_of, kind_of
from harness.canary.of_items import SEND


def of_letters() -> Iterator[Defect]:
    """All of them."""
    yield from defects_of(_of_receivers())
    yield from defects_of(_of_files())
    yield from defects_of(_of_printing())


def _of_receivers() -> Iterator[Class]:
    unreachable = [kind for kind in KINDS if not kind.startswith("active")]
    kinds = {kind: _of_kind(kind) for kind in unreachable}
    kinds["customer who refuses items"] = lambda person: customer_of(person).role == "refusing"
    for kind, holds in kinds.items():
        for has, words in ((True, "with an address"), (False, "without an address")):
            name = f"{kind} {words}".replace(" an ", " ").replace(" ", "-")
            what = f"a message for a {kind} {words}"
            yield about_items(SEND, name, what, _addressed(holds, has=has), due=has)
    for has, words in ((True, "with"), (False, "without")):
        what = f"paper for one with an account, {words} an address"
        held = _addressed(lambda person: customer_of(person).reachable, has=has)
        yield about_items(SEND, f"paper-{words}-address", what, _on_paper(held), due=has)


def _of_kind(kind: str) -> Callable[[Person], bool]:
    return lambda person: kind_of(customer_of(person)) == kind


def _addressed(holds: Callable[[Person], bool], *, has: bool) -> Callable[[Asked, Item], bool]:
    return lambda _, item: any(holds(p) and p.has_address is has for p in item.people)


def _on_paper(holds: Callable[[Asked, Item], bool]) -> Callable[[Asked, Item], bool]:
    return lambda asked, item: asked.printing.paper and holds(asked, item)


def _of_files() -> Iterator[Class]:
    yield about_items(
        SEND, "letter-of-two-files", "a letter of two files", _has_two_files, due=False
    )
    for name, what, holds in (
        ("letter-that-is-pdf-by-name-only", "a letter that is PDF by name only", _is_pdf_by_name),
        ("letter-of-another-type", "a letter of another type", _is_of_another_type),
    ):
        yield about_items(SEND, name, what, _any_file(holds), due=False)


def _has_two_files(_: Asked, item: Item) -> bool:
    return len(item.attachments) > 1


def _any_file(holds: Callable[[Attachment], bool]) -> Callable[[Asked, Item], bool]:
    return lambda _, item: any(map(holds, item.attachments))


def _is_pdf_by_name(file: Attachment) -> bool:
    return file.name.lower().endswith(".pdf") and not rules.is_pdf(file)


def _is_of_another_type(file: Attachment) -> bool:
    return not file.name.lower().endswith(".pdf")


def _of_printing() -> Iterator[Class]:
    abroad = "Kysely/Kohteet/Kohde/Asiakas/Osoite/Maa"
    for name, what, holds in (
        ("address-abroad", "an address abroad", lambda a: {*a.message.texts(abroad)} - {"FI", ""}),
        ("colour", "printing in colour", lambda a: a.printing.colour),
    ):
        yield Class(SEND, name, what, _true(holds))
    for name, what, holds in (
        ("empty-provider", "no printing house", lambda a: a.printing.provider == ""),
        ("blank-provider", "a blank printing house", lambda a: a.printing.provider.isspace()),
        ("contract-of-another", "another's printing contract", _has_anothers_contract),
    ):
        yield Class(SEND, name, what, _true(holds), due=False)


def _true(holds: Callable[[Asked], object]) -> Callable[[Asked], bool]:
    return lambda asked: bool(holds(asked))


def _has_anothers_contract(asked: Asked) -> bool:
    own = {each.print_contract for each in AUTHORITIES if each.id == asked.caller.authority}
    return asked.printing.contract not in {None, "", *own}
