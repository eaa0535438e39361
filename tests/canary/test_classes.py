"""Defects of classes of input touch their class and nothing beside it."""

from dataclasses import replace

import pytest

from harness import config
from harness.account.codes import MessageCode, TargetCode
from harness.account.customers import CUSTOMERS
from harness.account.delivering import Outcome, Said
from harness.account.inputs import INPUTS, CodeLevel
from harness.account.rules import FILE_TYPES
from harness.account.settings import ALL_OPERATIONS
from harness.account.twist import AS_IT_SHOULD
from harness.canary.defect import Defect, Kind
from harness.canary.deriving import defects
from harness.canary.of_customers import KINDS, kind_of
from harness.canary.running import Flock
from harness.canary.table import shipped
from harness.identity import CENTURY_SIGNS
from harness.wsdl import Contract, find


@pytest.fixture(scope="module")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [config.book("contracts")])


@pytest.fixture(scope="module")
def known(contract: Contract) -> dict[str, Defect]:
    return {each.name: each for each in defects(contract)}


@pytest.fixture(scope="module")
def flock() -> Flock:
    return shipped()


def test_every_entry_of_the_accounts_tables_has_one(known: dict[str, Defect]) -> None:
    wanted = {f"class/HaeAsiakkaita/century-sign-{sign}" for sign in CENTURY_SIGNS}
    wanted |= {f"class/LisaaKohteita/file-type-{each}" for each in FILE_TYPES}
    wanted |= {f"class/{each}/certificate-of-another" for each in ALL_OPERATIONS}
    later = [each for each in INPUTS if each.level is CodeLevel.LATER]
    wanted |= {f"told/{each.operation}/{each.code}" for each in later}
    wanted |= {f"told/once/{each}" for each in Outcome if each is not Outcome.ACCEPTED}
    for kind in {kind_of(each) for each in CUSTOMERS}:
        for place in ("alone", "among-items", "among-receivers"):
            wanted.add(f"class/LisaaKohteita/{kind} {place}".replace(" ", "-"))
    assert set(KINDS) == {kind_of(each) for each in CUSTOMERS}
    assert wanted <= set(known)


def test_none_but_those_of_the_account_twist_it(known: dict[str, Defect]) -> None:
    twisted = {each.kind for each in known.values() if each.twist is not AS_IT_SHOULD}
    assert twisted == {Kind.CLASS, Kind.TOLD, Kind.REPEATED}


def test_a_class_is_refused_and_nothing_beside_it(flock: Flock, known: dict[str, Defect]) -> None:
    defect = known["class/LisaaKohteita/blank-title"]
    asked = flock.tape("testing/shortest-texts-are-accepted").asked
    (both,) = (each for each in asked if each.operation == "LisaaKohteita")
    told = [target.code for item in both.reply.items or () for target in item.targets]
    assert told == [TargetCode.STORED, TargetCode.CONTENT, TargetCode.CONTENT]
    changed = defect.twist.reply(both)
    told = [target.code for item in changed.items or () for target in item.targets]
    assert told == [TargetCode.STORED, TargetCode.STORED, TargetCode.CONTENT]


def test_a_message_of_a_class_is_refused_as_a_whole(flock: Flock, known: dict[str, Defect]) -> None:
    defect = known["class/LahetaViesti/lines-and-tabs"]
    asked = flock.tape("testing/lines-and-tabs-stay-in-texts").asked
    (sent,) = (each for each in asked if each.operation == "LahetaViesti")
    assert sent.reply.code is MessageCode.QUEUED
    assert defect.twist.reply(sent).code is MessageCode.OTHER_550
    other = replace(sent, operation="LisaaKohteita")
    assert defect.twist.reply(other) is other.reply


def test_an_outcome_is_taken_for_another_one(known: dict[str, Defect]) -> None:
    said = known["told/once/fault"].twist.said
    assert said(Said(Outcome.FAULT, "fault")).outcome is Outcome.ACCEPTED
    assert said(Said(Outcome.LOST)).outcome is Outcome.LOST


def test_what_a_defect_does_not_touch_is_not_run_again(
    flock: Flock, known: dict[str, Defect]
) -> None:
    """And what it touches is: a tape says no more than what a run would."""
    touched = {
        "class/HaeAsiakkaita/century-sign-+": {"testing/century-sign-of-the-1800s"},
        "limit/AsiaNumero-1": {
            id_ for id_ in flock.results if "AsiaNumero" in flock.tape(id_).demanded
        },
        "rule/confirm-is-0-or-1": {"testing/flags-outside-0-and-1-are-refused"},
    }
    for name, ids in touched.items():
        shows = {id_ for id_ in flock.results if flock.tape(id_).shows(known[name])}
        assert shows == ids
    correlation = known["judge/correlation"]
    assert all(flock.tape(id_).shows(correlation) for id_ in flock.results)


def test_an_older_version_brings_none_about_operations_that_it_lacks() -> None:
    older = find("asiointitili/viranomaispalvelut/2014", [config.book("contracts")])
    assert "LahetaViesti" not in older.operations
    assert not [each for each in defects(older) if "LahetaViesti" in each.name]
