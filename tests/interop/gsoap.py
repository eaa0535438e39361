"""gSOAP: a C++ program and the classes of a WSDL, compiled in a folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.interop.programs import made, said

SOURCES = Path(__file__).parent / "gsoap"
_LIBRARY = Path("/usr/include/stdsoap2.h")
_OPTIONS = ("-std=c++17", "-O0", "-w", "-DWITH_PURE_VIRTUAL")
_AS_BUILT = ("-DWITH_IPV6", "-DWITH_OPENSSL", "-DWITH_GZIP", "-DWITH_DOM")
"""As Debian builds the library: they change what stands where in memory."""
_LIBRARIES = ("-lgsoapssl++", "-lssl", "-lcrypto", "-lz")


def missing() -> str:
    """What is not installed; empty when everything is."""
    for tool, package in (("wsdl2h", "gsoap"), ("soapcpp2", "gsoap"), ("g++", "g++")):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (Debian: {package})"
    if not _LIBRARY.is_file():
        return "the library of gSOAP is not installed (Debian: libgsoap-dev libssl-dev)"
    return ""


def version() -> str:
    """That of its tools."""
    return f"gSOAP {said('wsdl2h', '-V')}"


def generate(wsdl: str, folder: Path, *options: str) -> None:
    """The classes of a WSDL: ``wsdl2h``, then ``soapcpp2``.

    Args:
        wsdl: address or path.
        folder: where they are written.
        options: of ``soapcpp2``: ``-C`` for a client, ``-S`` for a server.
    """
    made("wsdl2h", "-o", "service.h", wsdl, folder=folder)
    imports = "-I/usr/share/gsoap/import"
    made("soapcpp2", "-j", "-x", "-L", imports, *options, "service.h", folder=folder)


def compiled(folder: Path, program: str) -> Sequence[str]:
    """A program of ``gsoap/`` with the classes of a folder: its command line."""
    return _linked(SOURCES / f"{program}.cpp", folder)


def reproduced(program: Path, folder: Path) -> Sequence[str]:
    """A program with its own interface beside it, compiled in a folder: its command line."""
    made("soapcpp2", "-j", "-C", "-x", "-L", program.with_suffix(".h"), folder=folder)
    return _linked(program, folder)


def _linked(program: Path, folder: Path) -> Sequence[str]:
    sources = [program, *sorted(folder.glob("soap*.cpp"))]
    name = program.stem
    made(
        "g++", *_OPTIONS, *_AS_BUILT, "-I", folder, *sources, *_LIBRARIES, "-o", name, folder=folder
    )
    return (str(folder / name),)
