"""Every documented input as a request, tried on any account through any way there.

``play(documented, desk)`` asks what is documented and asserts the documented code. The desk may
speak to its account in process or over a socket; its settings come from ``settings_for``.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from harness.account.codes import MessageCode, TargetCode
from harness.account.inputs import CodeLevel, Input
from harness.account.settings import (
    LIMITED_AUTHORITY,
    OTHER_AUTHORITY,
    RENEWED_AUTHORITY,
    Settings,
)
from harness.exchange.messages import Answer
from tests.account.asking import Asked, Desk, Respond, add, attachment, caller, find, item, send

OWN_ID = "kokeiltu"
# What may differ between two ways to the same account: ids that it makes, and times.
_ID_OR_TIME = re.compile(rb"\d{9,}_\d+|AT\d{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
Trial = Callable[[Desk, str], Asked]
Key = tuple[str, CodeLevel, int]

_M, _T, _L = CodeLevel.MESSAGE, CodeLevel.TARGET, CodeLevel.LATER
_FIND, _ADD, _SEND = "HaeAsiakkaita", "LisaaKohteita", "LahetaViesti"
_KYSELY: Mapping[str, Callable[[], str]] = {
    "HaeTilaTieto": lambda: "<Kysely/>",
    _FIND: lambda: find("active"),
    _ADD: lambda: add(item()),
    _SEND: lambda: send(item()),
}
_FORMER = RENEWED_AUTHORITY.former_names[0]


def _asks(operation: str, who: str) -> Trial:
    return lambda desk, _: desk.ask(operation, _KYSELY[operation](), who)


def _adds(*, files: str = "", text: str = "Teksti", extra: str = "") -> Trial:
    return lambda desk, role: desk.ask(
        _ADD, add(item(role, files=files, text=text, own_id=OWN_ID, extra=extra))
    )


def _sends(*, files: str = "", extra: str = "") -> Trial:
    return lambda desk, role: desk.ask(
        _SEND, send(item(role, files=files, own_id=OWN_ID, extra=extra))
    )


def _adds_twice(desk: Desk, role: str) -> Asked:
    desk.ask(_ADD, add(item("second-active", own_id="sama")))
    return desk.ask(_ADD, add(item(role, own_id="sama")))


def _sends_twice(desk: Desk, role: str) -> Asked:
    desk.ask(_SEND, send(item(role, own_id="sama")))
    return desk.ask(_SEND, send(item(role, own_id="sama")))


def _refers_to_nothing(desk: Desk, role: str) -> Asked:
    return desk.ask(
        _ADD, add(item(role, own_id=OWN_ID, reference=("ei-ole", "ViranomaisTunniste")))
    )


def _of_callers(operation: str) -> dict[Key, Trial]:
    return {
        (operation, _M, MessageCode.WRONG_AUTHORITY): _asks(operation, caller(name="TUNTEMATON")),
        (operation, _M, MessageCode.WRONG_SERVICE): _asks(
            operation, caller(service=OTHER_AUTHORITY.services[0])
        ),
        (operation, _M, MessageCode.SIGNATURE): _asks(
            operation, caller(RENEWED_AUTHORITY, certificate_name=_FORMER)
        ),
    }


def _of_later(operation: str, trial: Callable[..., Trial]) -> dict[Key, Trial]:
    return {
        (operation, _L, TargetCode.READ): trial(extra="<VaadiLukukuittaus>1</VaadiLukukuittaus>"),
        (operation, _L, TargetCode.CONFIRMED): trial(
            extra="<VahvistusVaatimus>1</VahvistusVaatimus>"
        ),
        (operation, _L, TargetCode.STORED): trial(),
        (operation, _L, TargetCode.STORAGE): trial(files=attachment()),
        (operation, _L, TargetCode.VIRUS): trial(files=attachment()),
    }


TRIALS: Mapping[Key, Trial] = {
    **{key: trial for operation in _KYSELY for key, trial in _of_callers(operation).items()},
    (_ADD, _M, MessageCode.NOT_ALLOWED): _asks(_ADD, caller(LIMITED_AUTHORITY)),
    (_SEND, _M, MessageCode.NOT_ALLOWED): _asks(_SEND, caller(LIMITED_AUTHORITY)),
    ("HaeTilaTieto", _M, MessageCode.OK): _asks("HaeTilaTieto", caller()),
    (_FIND, _M, MessageCode.OK): lambda desk, role: desk.ask(_FIND, find(role)),
    (_FIND, _M, MessageCode.INVALID): lambda desk, role: desk.ask(_FIND, find(role, kind="Muu")),
    (_FIND, _M, MessageCode.OTHER): lambda desk, role: desk.ask(_FIND, find(role)),
    (_FIND, _M, MessageCode.TARGET_SILENT): lambda desk, role: desk.ask(_FIND, find(role)),
    (_ADD, _M, MessageCode.OK): _adds(),
    (_ADD, _M, MessageCode.QUEUED): _adds(),
    (_ADD, _M, MessageCode.INVALID): lambda desk, role: desk.ask(_ADD, add(item(role), count=2)),
    (_ADD, _M, MessageCode.TARGET_SILENT): _adds(),
    (_ADD, _T, TargetCode.STORED): _adds(),
    (_ADD, _T, TargetCode.IN_PROCESSING): _adds(),
    (_ADD, _T, TargetCode.DUPLICATE): _adds_twice,
    (_ADD, _T, TargetCode.REFERENCE): _refers_to_nothing,
    (_ADD, _T, TargetCode.REFUSED): _adds(),
    (_ADD, _T, TargetCode.CONTENT): _adds(text=""),
    (_ADD, _T, TargetCode.FILE_TYPE): _adds(files=attachment("a.exe")),
    (_ADD, _T, TargetCode.TOO_LARGE): _adds(
        files=attachment("a.pdf", content=None, url="https://a.example/a", kilobytes="2001")
    ),
    (_ADD, _T, TargetCode.OTHER): _adds(),
    (_ADD, _T, TargetCode.NOT_FETCHED): _adds(files=attachment("a.pdf", content=None, stored="1")),
    **_of_later(_ADD, _adds),
    (_SEND, _M, MessageCode.QUEUED): _sends(),
    (_SEND, _M, MessageCode.INVALID): lambda desk, _: desk.ask(_SEND, send()),
    (_SEND, _M, MessageCode.TARGET_SILENT): _sends(),
    (_SEND, _M, MessageCode.NO_ACCOUNT): _sends(),
    (_SEND, _M, MessageCode.CONTENT): _sends_twice,
    (_SEND, _M, MessageCode.OTHER_550): _sends(),
    **_of_later(_SEND, _sends),
}


def name_of(documented: Input) -> str:
    return f"{documented.operation}-{documented.level}-{int(documented.code)}"


def settings_for(documented: Input) -> Settings:
    return Settings().with_queue() if documented.need == "queued" else Settings()


def play(documented: Input, desk: Desk) -> Asked:
    """Ask as documented; the documented code must come, where it is documented to come."""
    trial = TRIALS[documented.operation, documented.level, documented.code]
    asked = trial(desk, documented.role or "active")
    match documented.level:
        case CodeLevel.MESSAGE:
            assert asked.code == documented.code
        case CodeLevel.TARGET:
            assert asked.code == MessageCode.OK
            assert asked.targets == [documented.code]
        case CodeLevel.LATER:
            _comes_later(documented, asked, desk)
    return asked


def bodies(documented: Input, desk: Desk, respond: Respond) -> list[bytes]:
    """What an account answered when an input was played, without ids and times.

    Args:
        documented: the input.
        desk: has the account.
        respond: the way to it.
    """
    heard: list[bytes] = []

    def listening(
        method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Answer:
        answer = respond(method, path, headers, body)
        heard.append(_ID_OR_TIME.sub(b"*", answer.body.data))
        return answer

    play(documented, Desk(desk.contract, account=desk.account, respond=listening))
    return heard


def _comes_later(documented: Input, asked: Asked, desk: Desk) -> None:
    """Never in the answer; in the item's states and in the outbox when its time has come."""
    at_once = desk.states(OWN_ID)
    assert documented.code not in [asked.code, *asked.targets, *at_once, *desk.told()]
    settings = desk.account.settings
    desk.account.advance(
        settings.queue_seconds + settings.reading_seconds + settings.confirming_seconds
    )
    (item,) = desk.account.sent("ESIMERKKIKUNTA", OWN_ID)
    assert [change.code for change in item.history].count(TargetCode(documented.code)) == 1
    assert documented.code in desk.told()
