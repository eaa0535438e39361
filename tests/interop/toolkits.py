"""The foreign toolkits: whether they are installed, which version, how their program is started."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.interop.programs import said

HERE = Path(__file__).parent
NODE = HERE / "node"


@dataclass(frozen=True, slots=True)
class Toolkit:
    """One toolkit and the program that a supplier wrote with it.

    Attributes:
        name: how tests call it.
        title: how people call it.
        command: starts the supplier's program.
        missing: says what is not installed; empty when everything is.
        version: what is installed, in words.
        fault: the exception in which it shows a SOAP Fault.
        remarks: what somebody who writes such a program has to know.
    """

    name: str
    title: str
    command: tuple[str, ...]
    missing: Callable[[], str]
    version: Callable[[], str]
    fault: str
    remarks: tuple[str, ...] = ()


def pinned() -> str:
    """The version of node-soap that the program is written for."""
    package = json.loads((NODE / "package.json").read_text("utf-8"))
    return str(package["dependencies"]["soap"])


def installed_as_locked() -> bool:
    """True when ``node_modules`` is what ``package-lock.json`` says."""
    installed = NODE / "node_modules" / ".package-lock.json"
    return installed.is_file() and _versions(installed) == _versions(NODE / "package-lock.json")


def _versions(lock: Path) -> dict[str, str]:
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    return {name: each["version"] for name, each in packages.items() if name}


def _php_missing() -> str:
    if shutil.which("php") is None:
        return "php is not installed (Debian: php-cli and php-soap)"
    loaded = said("php", "-r", "echo extension_loaded('soap') ? 'yes' : 'no';")
    return "" if loaded == "yes" else "php has no extension soap (Debian: php-soap)"


def node_missing() -> str:
    """What is not installed for programs on node-soap; empty when everything is."""
    if shutil.which("node") is None:
        return "node is not installed (Debian: nodejs and npm)"
    if installed_as_locked():
        return ""
    return f"node-soap {pinned()} is not installed: python -m tests.interop.install"


TOOLKITS = (
    Toolkit(
        "php",
        "PHP SoapClient",
        ("php", str(HERE / "php" / "supplier.php")),
        _php_missing,
        lambda: f"PHP {said('php', '-r', 'echo PHP_VERSION;')}",
        "SoapFault",
        (
            "It refuses a request that lacks a required element itself; nothing is sent.",
            "It encodes base64Binary itself: give it the bytes.",
            "Without `SOAP_SINGLE_ELEMENT_ARRAYS` a list of one arrives as its element.",
            "`faultcode` keeps the prefix as sent: `soap:Client`.",
        ),
    ),
    Toolkit(
        "node-soap",
        "node-soap",
        ("node", str(NODE / "supplier.mjs")),
        node_missing,
        lambda: f"soap {pinned()}, Node {said('node', '--version').removeprefix('v')}",
        "Error",
        (
            "Attributes stand under `attributes`, in requests and in answers.",
            "It checks nothing against the schema: what the request lacks, the Fault says.",
            "It encodes nothing: give it base64.",
            "The Fault is `error.root.Envelope.Body.Fault`; `faultcode` keeps the prefix as sent.",
            "A CA file is named twice: in `wsdl_options` for the WSDL, in `setSecurity` for calls.",
        ),
    ),
)
