"""Rules of files and ids, over everything Hypothesis can think of."""

import base64
import string

from hypothesis import given
from hypothesis import strategies as st

from harness.account.customers import CRN, SSN
from harness.account.questions import Attachment, Item, Person, moment
from harness.account.rules import FILE_TYPES, identity_breach, is_pdf, item_breach
from harness.identity import business_id, is_artificial, is_business_id

ALLOWED = string.ascii_letters + string.digits + "åäöÅÄÖ_."


def attachment(name: str = "a.pdf", content: str | None = "JVBERi0=") -> Attachment:
    return Attachment(name, content, "", "", "", "", 0)


def one(*files: Attachment) -> Item:
    return Item("", None, "", "Otsikko", "Teksti", (), files)


@given(st.text(ALLOWED, min_size=1, max_size=190), st.sampled_from(sorted(FILE_TYPES)))
def test_names_of_allowed_letters_are_allowed(stem: str, extension: str) -> None:
    assert item_breach(one(attachment(f"{stem}.{extension}")), 100) is None


@given(st.text(max_size=40).filter(lambda name: not set(name) <= set(ALLOWED)))
def test_names_of_other_letters_are_not(name: str) -> None:
    breach = item_breach(one(attachment(name + ".pdf")), 100)
    assert breach is not None
    assert breach.code == 525
    assert name not in breach.text or len(name) < 3


@given(st.binary(min_size=1, max_size=300))
def test_size_is_that_of_the_decoded_content(data: bytes) -> None:
    assert attachment(content=base64.b64encode(data).decode()).size == len(data)


@given(st.text(max_size=12))
def test_pdf_is_never_guessed_from_anything_else(content: str) -> None:
    assert is_pdf(attachment(content=content)) is content.startswith("JVBERi")


@given(st.text("0123456789ABCDEF+-abc ", max_size=14), st.sampled_from([SSN, CRN, "MUU", ""]))
def test_only_artificial_codes_and_business_ids_pass(identity: str, kind: str) -> None:
    fine = (kind == SSN and is_artificial(identity)) or (kind == CRN and is_business_id(identity))
    assert (identity_breach(Person(identity, kind)) == "") is fine


def test_business_id_passes() -> None:
    assert identity_breach(Person(business_id(1), CRN)) == ""


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = moment(text)
    assert found is None or found.utcoffset() is not None


def test_repr_shows_neither_people_nor_texts() -> None:
    shown = repr(
        Item("x", None, "", "salainen", "salainen", (), limited=(("AsiaNumero", "salainen"),))
    )
    assert "salainen" not in shown
    assert "010100" not in repr(Person("010100-900X", SSN))
