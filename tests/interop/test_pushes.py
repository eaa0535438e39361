"""A foreign client calls the listener from its WSDL alone; calls are judged and answered."""

import json
from pathlib import Path

import pytest

from harness.endpoints.incoming import Sequel
from harness.endpoints.listening import Listening
from tests.endpoints.listener.pushes import CONTRACT
from tests.interop.cases import TEXT
from tests.interop.conftest import demand
from tests.interop.programs import done
from tests.interop.toolkits import TOOLKITS

pytestmark = pytest.mark.interop

PUSHER = Path(__file__).parent / "php" / "pusher.php"
OWN_ID = "Kysely/Kohteet/Kohde/ViranomaisTunniste"


def test_php_tells_a_state_twice_and_brings_what_a_citizen_wrote() -> None:
    demand(next(each for each in TOOLKITS if each.name == "php"))
    with Listening(CONTRACT)() as listener:
        ended = done(["php", str(PUSHER), f"{listener.address}?wsdl", TEXT])
        calls = listener.left()
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [json.loads(line) for line in ended.stdout.splitlines()] == [
        {"TilaKoodi": 0, "SanomaTunniste": "php-1"},
        {"TilaKoodi": 0, "SanomaTunniste": "php-1"},
        {"TilaKoodi": 0, "KohteenTila": 200},
        {"fault": "soap:Client"},
    ]
    new, duplicate, reused = Sequel.NEW, Sequel.DUPLICATE, Sequel.REUSED
    assert [each.sequel for each in calls] == [new, duplicate, new, reused]
    assert all(each.accepted and not each.own for each in calls)
    assert calls[0].message is not None
    assert calls[0].message.texts(OWN_ID) == [f"r1-a {TEXT}"]
