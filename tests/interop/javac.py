"""Java programs: which jars of Debian they need, how they are compiled and started.

Java has had neither JAX-WS nor SAAJ of its own since 11; Debian's JAX-WS RI and WSS4J are used as
they are, without Maven.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.interop.programs import made, said

SOURCES = Path(__file__).parent / "java"
JARS = Path("/usr/share/java")
_WSS4J = ("wss4j", "xmlsec", "commons-logging", "commons-codec", "slf4j-api", "slf4j-nop")
_JAXWS = (
    "jaxws-api",
    "jaxws-rt",
    "jaxws-tools",
    "jws-api",
    "jaxb-api",
    "jaxb-core",
    "jaxb-impl",
    "jaxb-runtime",
    "jaxb-xjc",
    "javax.activation",
    "javax.xml.soap-api",
    "saaj-impl",
    "codemodel",
    "dtd-parser",
    "FastInfoset",
    "glassfish-management-api",
    "gmbal",
    "istack-commons-runtime",
    "istack-commons-tools",
    "metro-policy",
    "mimepull",
    "relaxngDatatype",
    "rngom",
    "stax2-api",
    "stax-ex",
    "streambuffer",
    "txw2",
    "woodstox-core",
    "xml-resolver",
    "xsom",
)
PACKAGES = "libjaxws-java libwss4j-java"
_SAAJ = "-Djavax.xml.soap.SAAJMetaFactory=com.sun.xml.messaging.saaj.soap.SAAJMetaFactoryImpl"
"""Named here, or it is looked for with a warning."""
_SILENT = f"-Djava.util.logging.config.file={SOURCES / 'logging.properties'}"
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""The programs live for seconds: they start quickly rather than run fast."""


def class_path(*folders: Path) -> str:
    """The jars, and folders of compiled classes before them."""
    jars = (JARS / f"{name}.jar" for name in (*_JAXWS, *_WSS4J))
    return ":".join(map(str, (*folders, *jars)))


def missing() -> str:
    """What is not installed for Java programs; empty when everything is."""
    if shutil.which("javac") is None:
        return "javac is not installed (Debian: default-jdk-headless)"
    lacking = [name for name in (*_JAXWS, *_WSS4J) if not (JARS / f"{name}.jar").is_file()]
    if lacking:
        return f"{', '.join(lacking)} of {JARS} not installed (Debian: {PACKAGES})"
    return ""


def versions() -> str:
    """Those of JAX-WS RI, WSS4J and Java."""
    java = said("java", "--version").split()[1]
    return f"JAX-WS RI {_version('jaxws-rt')}, WSS4J {_version('wss4j')}, Java {java}"


def _version(jar: str) -> str:
    """By the name of the file that stands beside the jar's own."""
    found = [each.stem.rpartition("-")[2] for each in JARS.glob(f"{jar}-[0-9]*.jar")]
    return found[0] if found else "unknown"


def generate(wsdl: str, package: str, folder: Path, *more: str) -> None:
    """The classes of a WSDL, as a supplier makes them: ``wsimport``.

    Args:
        wsdl: address or path.
        package: of the classes.
        folder: where sources are written.
        more: further options.
    """
    options = ("-quiet", "-Xnocompile", "-extension", "-p", package, "-d", folder, "-s", folder)
    tool = "com.sun.tools.ws.WsImport"
    made("java", *_QUICK, "-cp", class_path(), tool, *options, *more, wsdl, folder=folder)


def compiled(folder: Path, *programs: str) -> None:
    """Compile programs of ``java/``, what they use, and generated sources, into their folder."""
    sources = [SOURCES / f"{name}.java" for name in programs]
    # package-info names the namespace, and nothing refers to it.
    sources += folder.rglob("*.java")
    lint = ("-Xlint:all,-path,-options", "-Werror", "-encoding", "UTF-8", "-implicit:class")
    paths = ("-cp", class_path(folder), "-sourcepath", SOURCES, "-d", folder)
    made("javac", *lint, *paths, *sources, folder=folder)


def command(folder: Path, program: str) -> Sequence[str]:
    """What starts a compiled program."""
    return ("java", *_QUICK, _SAAJ, _SILENT, "-cp", class_path(folder), program)
