"""An account does otherwise exactly what a twist says; one without keeps nothing it hears."""

from dataclasses import replace

from harness.account.account import Account
from harness.account.codes import MessageCode
from harness.account.replies import Reply
from harness.account.settings import Settings
from harness.account.twist import AS_IT_SHOULD, Asked, Twist
from harness.wsdl import Contract
from tests.account.asking import Desk, find, fixed_clock


def twisted(contract: Contract, twist: Twist) -> Desk:
    return Desk(contract, Settings(twist=twist))


def test_the_answer_is_another(contract: Contract) -> None:
    def decided(asked: Asked) -> Reply:
        return replace(asked.reply, code=MessageCode.OTHER)

    desk = twisted(contract, Twist(reply=decided))
    assert desk.ask("HaeTilaTieto").code == MessageCode.OTHER
    assert Desk(contract).ask("HaeTilaTieto").code == MessageCode.OK


def test_a_twist_is_told_what_was_asked_before_and_what_was_decided(contract: Contract) -> None:
    heard: list[Asked] = []

    def decided(asked: Asked) -> Reply:
        heard.append(asked)
        return asked.reply

    desk = twisted(contract, Twist(reply=decided))
    desk.ask("HaeTilaTieto")
    desk.ask("HaeAsiakkaita", find("none"))
    first, second = heard
    assert (first.before, second.before) == ((), (first,))
    assert [each.operation for each in heard] == ["HaeTilaTieto", "HaeAsiakkaita"]
    assert [person.type for person in second.people] == ["SSN"]
    desk.account.reset()
    desk.ask("HaeTilaTieto")
    assert heard[2].before == ()


def test_an_account_as_it_should_be_keeps_nothing(contract: Contract) -> None:
    account = Account(Settings(), fixed_clock)
    assert account.settings.twist is AS_IT_SHOULD
    desk = Desk(contract, account=account)
    desk.ask("HaeAsiakkaita", find("active"))
    assert not account._asked
