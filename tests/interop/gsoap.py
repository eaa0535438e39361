"""gSOAP: a C++ program and the classes of a WSDL, compiled in a folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.interop.programs import made, said

SOURCES = Path(__file__).parent / "gsoap"
_SHARE = Path("/usr/share/gsoap")
_SIGNING = tuple(
    _SHARE / name
    for name in (
        "plugin/wsseapi.cpp",
        "plugin/smdevp.c",
        "plugin/mecevp.c",
        "plugin/threads.c",
        "custom/struct_timeval.c",
    )
)
"""The plugin for WS-Security, which Debian ships as source."""
_LIBRARY = Path("/usr/include/stdsoap2.h")
_OPTIONS = ("-std=c++17", "-O0", "-w", "-DWITH_PURE_VIRTUAL")
_AS_BUILT = ("-DWITH_IPV6", "-DWITH_OPENSSL", "-DWITH_GZIP", "-DWITH_DOM")
"""As Debian builds the library: they change what stands where in memory."""
_LIBRARIES = ("-lgsoapssl++", "-lssl", "-lcrypto", "-lz", "-lpthread")


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


def generate(wsdl: str, folder: Path, *options: str, signing: bool = False) -> None:
    """The classes of a WSDL: ``wsdl2h``, then ``soapcpp2``.

    Args:
        wsdl: address or path.
        folder: where they are written.
        options: of ``soapcpp2``: ``-C`` for a client, ``-S`` for a server.
        signing: with the headers of WS-Security.
    """
    made("wsdl2h", "-o", "service.h", wsdl, folder=folder)
    if signing:
        service = folder / "service.h"
        service.write_text(f'#import "wsse.h"\n{service.read_text("utf-8")}', "utf-8")
    imports = f"-I{_SHARE}:{_SHARE / 'import'}"
    made("soapcpp2", "-j", "-x", "-L", imports, *options, "service.h", folder=folder)


def compiled(folder: Path, program: str, *, signing: bool = False) -> Sequence[str]:
    """A program of ``gsoap/`` with the classes of a folder: its command line."""
    return _linked(SOURCES / f"{program}.cpp", folder, _SIGNING if signing else ())


def reproduced(program: Path, folder: Path) -> Sequence[str]:
    """A program with its own interface beside it, compiled in a folder: its command line."""
    made("soapcpp2", "-j", "-C", "-x", "-L", program.with_suffix(".h"), folder=folder)
    return _linked(program, folder)


def _linked(program: Path, folder: Path, more: Sequence[Path] = ()) -> Sequence[str]:
    sources: list[str | Path] = [program, *sorted(folder.glob("soap*.cpp")), "-x", "c++", *more]
    name = program.stem
    paths = ("-I", folder, "-I", _SHARE, "-I", _SHARE / "plugin")
    libraries = ("-x", "none", *_LIBRARIES)
    made("g++", *_OPTIONS, *_AS_BUILT, *paths, *sources, *libraries, "-o", name, folder=folder)
    return (str(folder / name),)
