"""What a pin says, for the people who set and confirm it."""

from typing import assert_never

from harness.joining.pins import ContractPin, EndpointPin, KeyPin, Pin, SharingPin, SuitePin
from harness.report.words import short
from harness.vocabulary import counted


def told(pin: Pin) -> str:
    """One line: what counts from now on."""
    match pin:
        case ContractPin():
            return f"{pin.ref}, files {short(pin.digest)}"
        case SuitePin():
            return f"{len(pin.required)} required scenarios, files {short(pin.digest)}"
        case EndpointPin():
            shown = f"certificate {pin.fingerprint}" if pin.fingerprint else "no certificate"
            provides = f", provides {', '.join(pin.provides)}" if pin.provides else ""
            return f"{pin.address}, level {pin.level}, {shown}{provides}"
        case KeyPin():
            return f"{pin.public_key}, {pin.party.value}"
        case SharingPin():
            what = f"evidence of {', '.join(pin.suites)}" if pin.suites else "no evidence"
            whose = f"{pin.organisation}, release {pin.system_release}"
            return f"{what} of {whose}, at most {counted(pin.max_age_days, 'day')} old"
    assert_never(pin)
