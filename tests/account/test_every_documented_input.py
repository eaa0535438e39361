"""The table of documented inputs is true: each gives its code, and no code is left undocumented."""

import pytest

from harness.account.account import Account
from harness.account.codes import MessageCode, TargetCode
from harness.account.inputs import INPUTS, CodeLevel, Input
from harness.account.settings import Settings
from harness.wsdl import Contract
from tests.account.asking import Desk, fixed_clock
from tests.account.trials import TRIALS, bodies, name_of, play, settings_for


@pytest.mark.parametrize("documented", INPUTS, ids=name_of)
def test_input_gives_its_code(documented: Input, contract: Contract) -> None:
    play(documented, Desk(contract, settings_for(documented)))


@pytest.mark.parametrize(
    "documented", [each for each in INPUTS if each.level is CodeLevel.TARGET], ids=name_of
)
def test_where_it_is_queued_the_same_input_gives_its_code_later(
    documented: Input, contract: Contract
) -> None:
    desk = Desk(contract, Settings().with_queue())
    trial = TRIALS[documented.operation, documented.level, documented.code]
    asked = trial(desk, documented.role)
    assert (asked.code, asked.targets, desk.told()) == (MessageCode.QUEUED, [], [])
    now = desk.account.items()[-1]
    assert now.state == TargetCode.IN_PROCESSING
    desk.account.advance(desk.account.settings.queue_seconds)
    final = 200 if documented.code == TargetCode.IN_PROCESSING else documented.code
    assert desk.account.items()[-1].state == final
    assert desk.told()[-1] == final


def test_every_trial_is_documented_and_every_document_tried() -> None:
    documented = {(each.operation, each.level, int(each.code)) for each in INPUTS}
    assert documented == {(one, level, int(code)) for one, level, code in TRIALS}
    assert len(INPUTS) == len(documented)


def test_every_code_of_the_account_has_an_input() -> None:
    message = {each.code for each in INPUTS if each.level is CodeLevel.MESSAGE}
    target = {each.code for each in INPUTS if each.level is not CodeLevel.MESSAGE}
    assert message == set(MessageCode)
    assert target == set(TargetCode)


def test_codes_of_the_work_queue_are_never_in_an_answer() -> None:
    late = {TargetCode.READ, TargetCode.CONFIRMED, TargetCode.STORAGE, TargetCode.VIRUS}
    levels = {each.level for each in INPUTS if each.code in late}
    assert levels == {CodeLevel.LATER}


@pytest.mark.parametrize("documented", INPUTS, ids=name_of)
def test_answers_are_the_same_bytes_apart_from_ids_and_times(
    documented: Input, contract: Contract
) -> None:
    one, other = (
        Desk(contract, account=Account(settings_for(documented), clock))
        for clock in (fixed_clock, Account().now)
    )
    first = bodies(documented, one, one.service.respond)
    assert first == bodies(documented, other, other.service.respond)
    assert all(first)
