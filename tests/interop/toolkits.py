"""The foreign toolkits: whether they are installed, which version, how their program is made."""

import importlib.metadata
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.interop import gsoap, javac
from tests.interop.programs import said
from tests.interop.receiving import WSDL, Channel

HERE = Path(__file__).parent
NODE = HERE / "node"


@dataclass(frozen=True, slots=True)
class Toolkit:
    """One toolkit and the program that a supplier wrote with it.

    Attributes:
        name: how tests call it.
        title: how people call it.
        program: makes the supplier's program from the address of a WSDL, in a folder, and says
            what starts it.
        missing: says what is not installed; empty when everything is.
        version: what is installed, in words.
        fault: the exception in which it shows a SOAP Fault.
        prefixes: those that it gives to SOAP and to the account's namespace; empty for a default
            namespace.
        unsigned: why its program signs nothing; empty when it does.
        fault_code: how it shows the code ``Client``.
        remarks: what somebody who writes such a program has to know.
        server: how people call its server.
        channel: makes programs for the return channel in a folder; ``None`` when it has no server.
        sender: makes, as ``program`` does, a system that does what it is told, step by step;
            ``None`` when there is none.
    """

    name: str
    title: str
    program: Callable[[str, Path], Sequence[str]]
    missing: Callable[[], str]
    version: Callable[[], str]
    fault: str
    prefixes: tuple[str, str]
    unsigned: str = ""
    fault_code: str = "soap:Client"
    remarks: tuple[str, ...] = ()
    server: str = ""
    channel: Callable[[Path], Channel] | None = None
    sender: Callable[[str, Path], Sequence[str]] | None = None


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


def _suds_missing() -> str:
    if importlib.util.find_spec("suds") is not None:
        return ""
    return "suds is not installed (PyPI: the dependency group interop)"


def _perl_missing() -> str:
    if shutil.which("perl") is None:
        return "perl is not installed (Debian: perl and libsoap-lite-perl)"
    if said("perl", "-MSOAP::Lite", "-MLWP::Protocol::https", "-e", "print 'yes'") == "yes":
        return ""
    return "SOAP::Lite is not installed (Debian: libsoap-lite-perl)"


def _perl_version() -> str:
    versions = said("perl", "-MSOAP::Lite", "-e", "print qq(SOAP::Lite $SOAP::Lite::VERSION, $^V)")
    return versions.replace(", v", ", Perl ")


def _jaxws(wsdl: str, folder: Path) -> Sequence[str]:
    javac.generate(wsdl, "viranomaispalvelut", folder)
    javac.compiled(folder, "Supplier")
    return javac.command(folder, "Supplier")


def _jaxws_sender(wsdl: str, folder: Path) -> Sequence[str]:
    javac.generate(wsdl, "viranomaispalvelut", folder)
    javac.compiled(folder, "Sender")
    return javac.command(folder, "Sender")


def _gsoap(wsdl: str, folder: Path) -> Sequence[str]:
    gsoap.generate(wsdl, folder, "-C", signing=True)
    return gsoap.compiled(folder, "supplier", signing=True)


def _jaxws_channel(folder: Path) -> Channel:
    javac.generate(str(WSDL), "paluukanava", folder, "-XadditionalHeaders")
    javac.compiled(folder, "Receiver", "Pusher")
    receiver, pusher = javac.command(folder, "Receiver"), javac.command(folder, "Pusher")
    return Channel(receiver, pusher, verifies=True)


def _gsoap_channel(folder: Path) -> Channel:
    gsoap.generate(str(WSDL), folder, "-S")
    return Channel(gsoap.compiled(folder, "receiver"))


def _node_channel(_folder: Path) -> Channel:
    return Channel(("node", str(NODE / "receiver.mjs")), ("node", str(NODE / "pusher.mjs")))


def _script_channel(*command: str) -> Callable[[Path], Channel]:
    return lambda _folder: Channel(command)


def _script(*command: str) -> Callable[[str, Path], Sequence[str]]:
    return lambda _wsdl, _folder: command


TOOLKITS = (
    Toolkit(
        "php",
        "PHP SoapClient",
        _script("php", str(HERE / "php" / "supplier.php")),
        _php_missing,
        lambda: f"PHP {said('php', '-r', 'echo PHP_VERSION;')}",
        "SoapFault",
        ("SOAP-ENV", "ns1"),
        unsigned="no WS-Security",
        remarks=(
            "It refuses a request that lacks a required element itself; nothing is sent.",
            "It encodes base64Binary itself: give it the bytes.",
            "Without `SOAP_SINGLE_ELEMENT_ARRAYS` a list of one arrives as its element.",
            "`faultcode` keeps the prefix as sent: `soap:Client`.",
            "What `SoapServer` refuses itself, such as a header, ends the process.",
        ),
        server="PHP SoapServer",
        channel=_script_channel("php", str(HERE / "php" / "receiver.php")),
        sender=_script("php", str(HERE / "php" / "sender.php")),
    ),
    Toolkit(
        "node-soap",
        "node-soap",
        # It warns of a function of its own that it uses for signatures.
        _script("node", "--no-deprecation", str(NODE / "supplier.mjs")),
        node_missing,
        lambda: f"soap {pinned()}, Node {said('node', '--version').removeprefix('v')}",
        "Error",
        ("soap", ""),
        remarks=(
            "Attributes stand under `attributes`, in requests and in answers.",
            "It checks nothing against the schema: what the request lacks, the Fault says.",
            "It encodes nothing: give it base64.",
            "The Fault is `error.root.Envelope.Body.Fault`; `faultcode` keeps the prefix as sent.",
            "A CA file is named twice: in `wsdl_options` for the WSDL, in `setSecurity` for calls.",
            "`WSSecurityCert` signs Body and Timestamp. Take a new client for each call.",
            "It also needs a `toXML` that answers a space: without other headers 1.6 calls it.",
            "It verifies no signature of an answer.",
            "As a server it sends a Fault with 200, unless the Fault says `statusCode: 500`.",
        ),
        server="node-soap",
        channel=_node_channel,
        sender=_script("node", "--no-deprecation", str(NODE / "sender.mjs")),
    ),
    Toolkit(
        "suds",
        "suds",
        _script(sys.executable, str(HERE / "python" / "supplier.py")),
        _suds_missing,
        lambda: (
            f"suds {importlib.metadata.version('suds')}, Python {sys.version.partition(' ')[0]}"
        ),
        "WebFault",
        ("SOAP-ENV", "ns1"),
        unsigned="UsernameToken only",
        remarks=(
            "Attributes are named with an underscore: `_AsiakasTunnus`.",
            "It encodes nothing: give it base64. `suds.null()` is nil.",
            "A CA file needs a transport of one's own (`u2handlers`).",
            "A Fault is read with status 500 only; of any other it shows the status.",
        ),
    ),
    Toolkit(
        "soap-lite",
        "Perl SOAP::Lite",
        _script("perl", str(HERE / "perl" / "supplier.pl")),
        _perl_missing,
        _perl_version,
        "SOAP::SOM",
        ("soap", ""),
        unsigned="no WS-Security",
        remarks=(
            "Of the WSDL it takes address, namespace and SOAPAction; elements are written by hand.",
            "`autotype(0)`, or it writes types that the contract does not have.",
            "Without types it escapes nothing: pass texts through `SOAP::Utils::encode_data`.",
            "Attributes of answers are found with `dataof`, not in `result`.",
            "As a server: `encodingStyle('')`, or envelopes say that they are encoded.",
        ),
        server="SOAP::Lite daemon",
        channel=_script_channel("perl", str(HERE / "perl" / "receiver.pl")),
    ),
    Toolkit(
        "gsoap",
        "gSOAP",
        _gsoap,
        gsoap.missing,
        gsoap.version,
        "error",
        ("SOAP-ENV", "ns1"),
        fault_code="SOAP-ENV:Client",
        remarks=(
            "`SOAP_C_UTFSTRING`, or texts are Latin-1.",
            "A required element cannot be left out: an empty string is sent.",
            "A Fault is read with status 500 or 400 only; of any other it shows an HTTP error.",
            "Link `gsoapssl++` for https; compile with the definitions that `pkg-config` names.",
            "WS-Security is its plugin wsse: import `wsse.h`, compile its sources in.",
            "It signs two equal calls of one second alike: number them, or the second is a replay.",
            "As a server it sends the request's headers back, to be understood: `soap_noheader()`.",
        ),
        server="gSOAP service",
        channel=_gsoap_channel,
    ),
    Toolkit(
        "jaxws",
        "JAX-WS RI with WSS4J",
        _jaxws,
        javac.missing,
        javac.versions,
        "SOAPFaultException",
        ("S", ""),
        remarks=(
            "Compile `package-info` of what `wsimport` makes: the namespace stands there only.",
            "WSS4J 1.6 cannot work on the tree of a `SOAPMessage`: parse its bytes anew.",
            "Behind a handler no text may have a line break. Sign outside of JAX-WS then.",
            "WSS4J says which elements were signed. Whether the receiver reads them, places tell.",
            "A Fault is read with status 500 only; of any other it shows the status.",
            "When a connection closes without an answer, the JDK itself sends the call again.",
            "`-Dsun.net.http.retryPost=false` stops that.",
        ),
        server="JAX-WS RI endpoint",
        channel=_jaxws_channel,
        sender=_jaxws_sender,
    ),
)
SERVERS = tuple(each for each in TOOLKITS if each.channel is not None)
"""Those that can be called."""
SENDERS = tuple(each for each in TOOLKITS if each.sender is not None)
"""Those with a system that can be observed."""
