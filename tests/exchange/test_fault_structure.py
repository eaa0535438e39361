"""Faults that are none: SOAP 1.1 section 4.4 and the Basic Profile's restrictions."""

import pytest

from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples import SOAP, codes, envelope, judged

CODE = "<faultcode>soap:Server</faultcode>"
STRING = "<faultstring>henkilöä ei löydy</faultstring>"


def fault(children: str, attributes: str = "") -> bytes:
    return envelope(f"<soap:Fault {attributes}>{children}</soap:Fault>")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("empty", fault("")),
        ("no faultstring", fault(CODE)),
        ("no faultcode", fault(STRING)),
        ("order turned", fault(STRING + CODE)),
        ("two faultstrings", fault(CODE + STRING + STRING)),
        ("foreign child", fault(CODE + STRING + "<muu/>")),
        ("children of SOAP 1.2", fault("<soap:Code/><soap:Reason/>")),
        ("text between", fault(CODE + "teksti" + STRING)),
        ("detail before faultactor", fault(CODE + STRING + "<detail/><faultactor>a</faultactor>")),
        ("faultcode empty", fault("<faultcode/>" + STRING)),
        ("faultcode unbound prefix", fault("<faultcode>x:Server</faultcode>" + STRING)),
        ("faultcode no name", fault("<faultcode>5 0 0</faultcode>" + STRING)),
        ("faultcode two colons", fault("<faultcode>soap:a:b</faultcode>" + STRING)),
        ("faultcode with child", fault(f"<faultcode>soap:Server<a/></faultcode>{STRING}")),
        (
            "qualified children",
            envelope(f'<Fault xmlns="{SOAP}">{CODE}{STRING}</Fault>'),
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_broken_fault(contract: Contract, name: str, body: bytes, status: int) -> None:
    found = judged(contract, body, status)
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {"fault-structure"})
    assert found.message is not None
    assert found.message.fault is None
    assert found.message.fault_string_unsafe_to_store() == ""


@pytest.mark.parametrize(
    ("code", "expected", "local"),
    [
        ("soap:Client.Tunnistus", f"{{{SOAP}}}Client.Tunnistus", "Client.Tunnistus"),
        ("\n soap:Server ", f"{{{SOAP}}}Server", "Server"),
        ("Server", "Server", "Server"),
    ],
)
def test_fault_code_is_a_qualified_name(
    contract: Contract, code: str, expected: str, local: str
) -> None:
    found = judged(contract, fault(f"<faultcode>{code}</faultcode>{STRING}"), 500)
    assert found.message is not None
    assert found.message.fault is not None
    assert (found.message.fault.code, found.message.fault.local) == (expected, local)


def test_what_a_fault_tells(contract: Contract) -> None:
    full = fault(CODE + STRING + "<faultactor>urn:a</faultactor><detail><a/></detail>")
    message = judged(contract, full, 500).message
    assert message is not None
    assert message.fault is not None
    assert (message.fault.has_actor, message.fault.has_detail) == (True, True)
    assert message.fault_string_unsafe_to_store() == "henkilöä ei löydy"
    assert "henkil" not in repr(message) + repr(message.fault) + str(message.fault)
