"""The table of documented inputs is true: each gives its code, and no code is left undocumented."""

from collections.abc import Callable, Mapping

import pytest

from harness.account.codes import MessageCode, TargetCode
from harness.account.inputs import INPUTS, CodeLevel, Input
from harness.account.settings import AUTHORITY, LIMITED_AUTHORITY, OTHER_AUTHORITY, Settings
from harness.wsdl import Contract
from tests.account.asking import Asked, Desk, add, attachment, caller, find, item, send

Trial = Callable[[Desk, str], Asked]
_KYSELY: Mapping[str, Callable[[], str]] = {
    "HaeTilaTieto": lambda: "<Kysely/>",
    "HaeAsiakkaita": lambda: find("active"),
    "LisaaKohteita": lambda: add(item()),
    "LahetaViesti": lambda: send(item()),
}


def asks(operation: str, who: str) -> Trial:
    return lambda desk, _: desk.ask(operation, _KYSELY[operation](), who)


def adds(*, files: str = "", text: str = "Teksti", own_id: str = "") -> Trial:
    return lambda desk, role: desk.ask(
        "LisaaKohteita", add(item(role, files=files, text=text, own_id=own_id))
    )


def sends() -> Trial:
    return lambda desk, role: desk.ask("LahetaViesti", send(item(role)))


def adds_twice(desk: Desk, role: str) -> Asked:
    desk.ask("LisaaKohteita", add(item(role, own_id="sama")))
    return desk.ask("LisaaKohteita", add(item("second-active", own_id="sama")))


def sends_twice(desk: Desk, role: str) -> Asked:
    desk.ask("LahetaViesti", send(item(role, own_id="sama")))
    return desk.ask("LahetaViesti", send(item(role, own_id="sama")))


def refers_to_nothing(desk: Desk, role: str) -> Asked:
    return desk.ask("LisaaKohteita", add(item(role, reference=("ei-ole", "ViranomaisTunniste"))))


def stored(details: str) -> Trial:
    return adds(files=details)


_EVERY: Mapping[tuple[str, CodeLevel, int], Trial] = {
    **{
        (operation, CodeLevel.MESSAGE, MessageCode.WRONG_AUTHORITY): asks(
            operation, caller(name="TUNTEMATON")
        )
        for operation in _KYSELY
    },
    **{
        (operation, CodeLevel.MESSAGE, MessageCode.WRONG_SERVICE): asks(
            operation, caller(service=OTHER_AUTHORITY.services[0])
        )
        for operation in _KYSELY
    },
    **{
        (operation, CodeLevel.MESSAGE, MessageCode.NOT_ALLOWED): asks(
            operation, caller(LIMITED_AUTHORITY)
        )
        for operation in ("LisaaKohteita", "LahetaViesti")
    },
}
_M, _T, _L = CodeLevel.MESSAGE, CodeLevel.TARGET, CodeLevel.LATER
_FIND, _ADD, _SEND = "HaeAsiakkaita", "LisaaKohteita", "LahetaViesti"
TRIALS: Mapping[tuple[str, CodeLevel, int], Trial] = {
    **_EVERY,
    ("HaeTilaTieto", _M, MessageCode.OK): asks("HaeTilaTieto", caller()),
    (_FIND, _M, MessageCode.OK): lambda desk, role: desk.ask(_FIND, find(role)),
    (_FIND, _M, MessageCode.INVALID): lambda desk, role: desk.ask(_FIND, find(role, kind="Muu")),
    (_FIND, _M, MessageCode.OTHER): lambda desk, role: desk.ask(_FIND, find(role)),
    (_FIND, _M, MessageCode.TARGET_SILENT): lambda desk, role: desk.ask(_FIND, find(role)),
    (_ADD, _M, MessageCode.OK): adds(),
    (_ADD, _M, MessageCode.QUEUED): adds(),
    (_ADD, _M, MessageCode.INVALID): lambda desk, role: desk.ask(_ADD, add(item(role), count=2)),
    (_ADD, _M, MessageCode.TARGET_SILENT): adds(),
    (_ADD, _T, TargetCode.STORED): adds(),
    (_ADD, _T, TargetCode.IN_PROCESSING): adds(),
    (_ADD, _T, TargetCode.DUPLICATE): adds_twice,
    (_ADD, _T, TargetCode.REFERENCE): refers_to_nothing,
    (_ADD, _T, TargetCode.REFUSED): adds(),
    (_ADD, _T, TargetCode.CONTENT): adds(text=""),
    (_ADD, _T, TargetCode.FILE_TYPE): stored(attachment("a.exe")),
    (_ADD, _T, TargetCode.TOO_LARGE): stored(
        attachment("a.pdf", content=None, url="https://a.example/a", kilobytes="2001")
    ),
    (_ADD, _T, TargetCode.OTHER): adds(),
    (_ADD, _T, TargetCode.NOT_FETCHED): stored(attachment("a.pdf", content=None, stored="1")),
    (_ADD, _L, TargetCode.STORED): adds(own_id="jono"),
    (_ADD, _L, TargetCode.STORAGE): adds(own_id="jono"),
    (_ADD, _L, TargetCode.VIRUS): adds(own_id="jono"),
    (_SEND, _M, MessageCode.QUEUED): sends(),
    (_SEND, _M, MessageCode.INVALID): lambda desk, _: desk.ask(_SEND, send()),
    (_SEND, _M, MessageCode.TARGET_SILENT): sends(),
    (_SEND, _M, MessageCode.NO_ACCOUNT): sends(),
    (_SEND, _M, MessageCode.CONTENT): sends_twice,
    (_SEND, _M, MessageCode.OTHER_550): sends(),
}


@pytest.mark.parametrize(
    "documented", INPUTS, ids=lambda each: f"{each.operation}-{each.level}-{int(each.code)}"
)
def test_input_gives_its_code(documented: Input, contract: Contract) -> None:
    queued = documented.operation == _ADD and documented.code == MessageCode.QUEUED
    settings = Settings().with_queue() if queued and documented.level is _M else Settings()
    desk = Desk(contract, settings)
    trial = TRIALS[documented.operation, documented.level, documented.code]
    asked = trial(desk, documented.role or "active")
    match documented.level:
        case CodeLevel.MESSAGE:
            assert asked.code == documented.code
        case CodeLevel.TARGET:
            assert asked.code == MessageCode.OK
            assert asked.targets == [documented.code]
        case CodeLevel.LATER:
            assert asked.targets == [TargetCode.IN_PROCESSING]
            assert [each.state for each in desk.account.items.work_queue()] == [documented.code]
            assert desk.account.items.states(AUTHORITY.id, "jono") == (documented.code,)


def test_every_trial_is_documented_and_every_document_tried() -> None:
    documented = {(each.operation, each.level, int(each.code)) for each in INPUTS}
    assert documented == {(one, level, int(code)) for one, level, code in TRIALS}
    assert len(INPUTS) == len(documented)


def test_every_code_of_the_account_has_an_input() -> None:
    message = {each.code for each in INPUTS if each.level is _M}
    target = {each.code for each in INPUTS if each.level is not _M}
    assert message == set(MessageCode)
    assert target == set(TargetCode)
