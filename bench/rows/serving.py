"""Row 6: ``harness serve`` on one core against other servers; a request adds two items."""

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from bench import messages
from bench.measuring import Check, Contender, Goal, Row, Setting, absent
from bench.processes import ROOT, environment
from bench.servers import PEERS, Server, free_port, missing

OURS: Final = "harness serve"
WIREMOCK: Final = "WireMock, XPath, no journal, no XSD"
JAXP: Final = "Java HttpServer + JAXP, same work"
_JAXWS: Final = "JAX-WS RI (Debian), same work"
_BARE: Final = "bare asyncio protocol, same work"
_THREADS: Final = "stdlib ThreadingHTTPServer, same work"
_MOUNTEBANK: Final = "mountebank, XPath, no XSD"
_SPYNE: Final = "spyne + waitress, its own schema"
_JAVA: Final = ROOT / "bench" / "peers" / "java"
_JARS: Final = (
    *("FastInfoset", "istack-commons-runtime", "javax.activation", "javax.xml.soap-api"),
    *("jaxb-api", "jaxb-core", "jaxb-impl", "jaxb-runtime", "jaxws-api", "jaxws-ri-runtime"),
    *("jaxws-rt", "jws-api", "metro-policy", "mimepull", "saaj-impl", "stax-ex"),
    *("streambuffer", "txw2"),
)
_DEBIAN: Final = Path("/usr/share/java")
SECONDS: Final = 5
"""Of one load."""
_MEASURED: Final[dict[str, Server]] = {}
_PATH: Final = "/Asiointitili/ViranomaispalvelutWSInterfaceNonSigned"


class Bench:
    """The servers of one measurement."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.folder = setting, setting.folder
        contract = messages.contract()
        self.schema = contract.folder / "Viranomaispalvelut.xsd"
        asked = messages.request(messages.batch(2))
        self.answer = messages.answer(asked)
        self.action = f'"{asked.soap_action}"'
        self.template = self.folder / "request.xml"
        self.template.write_bytes(asked.body.data)

    def ours(self, folder: str = "project", *more: str) -> Server:
        """Journal and state kept, as by default, in a project's folder of its own."""
        words = ("-m", "harness", "serve", "--port", "{port}", "--json", "--fresh", *more)
        here = self.folder / folder
        if not here.exists():
            here.mkdir()
            shutil.copy(ROOT / "harness.toml", here)
        server = self.server(sys.executable, *words, path=_PATH, here=here)
        server.variables = environment(self.folder)
        return server

    def server(self, *words: str, path: str = "/", here: Path | None = None) -> Server:
        """Any server that is sent the request."""
        return Server(words, path, self.template, self.action, here=here)

    def python(self, module: str) -> Server:
        """One of ``bench.peers``."""
        words = ("-m", f"bench.peers.{module}", "{port}", str(self.schema))
        server = self.server(sys.executable, *words, here=ROOT)
        server.variables = environment(self.folder)
        return server

    def contender(self, name: str, make: "Callable[[], Server | str]") -> Contender:
        """A contender whose server runs until the end; a text says why there is none."""
        found = make()
        if isinstance(found, str):
            return absent(name, found)
        server = self.setting.exits.enter_context(found)
        server.warm_up()
        _MEASURED[name] = server
        return Contender(name, lambda: server.load(SECONDS).per_thousand)

    # Peers

    def java(self, main: str, jars: Sequence[Path] = ()) -> Server | str:
        """One of the programs below ``java``, compiled here."""
        if shutil.which("javac") is None:
            return "no javac"
        classes = self.folder / main
        path = ":".join(map(str, [classes, *jars]))
        sources = [str(_JAVA / f"{name}.java") for name in ("Work", main)]
        words = ["javac", "-d", str(classes), "-cp", path, *sources]
        subprocess.run(words, check=True)  # noqa: S603 - our own words, no shell
        return self.server("java", "-cp", path, main, "{port}", str(self.schema))

    def jaxws(self) -> Server | str:
        """The reference implementation, as Debian has it."""
        jars = [_DEBIAN / f"{name}.jar" for name in _JARS]
        gone = [each.stem for each in jars if not each.exists()]
        return f"{', '.join(gone[:3])} not installed" if gone else self.java("JaxwsServer", jars)

    def wiremock(self) -> Server | str:
        """One stub with an XPath over the body."""
        if shutil.which("java") is None:
            return "no java"
        jars = sorted(PEERS.glob("**/wiremock-standalone*.jar"))
        if not jars:
            return "not installed"
        root = self.folder / "wiremock"
        (root / "mappings").mkdir(parents=True)
        path = {"expression": "//a:ViranomaisTunniste/text()", "contains": "bench-"}
        body = {"matchesXPath": path, "xPathNamespaces": {"a": messages.NAMESPACE}}
        stub = {
            "request": {"method": "POST", "urlPath": "/", "bodyPatterns": [body]},
            "response": {
                "status": 200,
                "headers": {"Content-Type": "text/xml; charset=utf-8"},
                "body": self.answer.decode(),
            },
        }
        (root / "mappings" / "stub.json").write_text(json.dumps(stub), "utf-8")
        words = ("--port", "{port}", "--root-dir", str(root), "--no-request-journal")
        return self.server("java", "-jar", str(jars[-1]), *words, "--disable-banner")

    def mountebank(self) -> Server | str:
        """One stub with an XPath over the body; its imposter has the port."""
        found = PEERS / "node_modules" / ".bin" / "mb"
        if shutil.which("node") is None or not found.exists():
            return "not installed"
        return _Mountebank.of(self, found)

    def spyne(self) -> Server | str:
        """Run by the interpreter it is installed for."""
        interpreter = PEERS / "spyne" / "bin" / "python"
        if not interpreter.exists():
            return "not installed"
        file = str(ROOT / "bench" / "peers" / "spyne_server.py")
        return self.server(str(interpreter), file, "{port}")


class _Mountebank:
    """Its file of imposters names the port, so a small program writes it at the start."""

    _WRITE: Final = (
        "import os, sys; from pathlib import Path; file, port, *words = sys.argv[1:]; "
        "path = Path(file); path.write_text(path.read_text().replace('PORT', port)); "
        "os.execvp(words[0], words)"
    )

    @classmethod
    def of(cls, bench: Bench, command: Path) -> Server:
        """The server."""
        path = {"selector": "//a:ViranomaisTunniste", "ns": {"a": messages.NAMESPACE}}
        predicate = {"startsWith": {"body": "bench-"}, "xpath": path}
        told = {"headers": {"Content-Type": "text/xml; charset=utf-8"}}
        reply = {"is": {"statusCode": 200, **told, "body": bench.answer.decode()}}
        stub = {"predicates": [predicate], "responses": [reply]}
        imposter = {"port": "PORT", "protocol": "http", "stubs": [stub]}
        text = json.dumps({"imposters": [imposter]}).replace('"PORT"', "PORT")
        file = bench.folder / "imposters.json"
        file.write_text(text, "utf-8")
        words = (str(command), "start", "--configfile", str(file), "--nologfile")
        more = (
            "--loglevel",
            "error",
            "--port",
            str(free_port()),
            "--pidfile",
            str(bench.folder / "mb.pid"),
        )
        first = (sys.executable, "-c", cls._WRITE, str(file), "{port}")
        return bench.server(*first, *words, *more)


GOALS: Final = (
    Goal("at least 3 x as many answers as WireMock", OURS, 3, (WIREMOCK,), at_least=True),
    Goal("stretch: 5 x as many as WireMock", OURS, 5, (WIREMOCK,), at_least=True),
    Goal("at least as many as Java HttpServer + JAXP", OURS, 1, (JAXP,), at_least=True),
)


def _contenders(setting: Setting) -> Sequence[Contender]:
    why = missing() or ("a quick run starts no servers" if setting.quick else "")
    names = (OURS, WIREMOCK, JAXP, _BARE, _THREADS, _JAXWS, _MOUNTEBANK, _SPYNE)
    if why:
        return [absent(name, why) for name in names]
    bench = Bench(setting)
    makers: Sequence[Callable[[], Server | str]] = (
        bench.ours,
        bench.wiremock,
        lambda: bench.java("JaxpServer"),
        lambda: bench.python("asyncio_server"),
        lambda: bench.python("threading_server"),
        bench.jaxws,
        bench.mountebank,
        bench.spyne,
    )
    return [bench.contender(*each) for each in zip(names, makers, strict=True)]


def _checks(setting: Setting) -> Sequence[Check]:
    """Start, memory and evenness, from servers of their own."""
    why = missing() or ("a quick run starts no servers" if setting.quick else "")
    if why:
        return []
    setting.exits.close()
    shutil.rmtree(setting.folder / "project")
    return [*_costs(), *_seen(Bench(setting))]


def _costs() -> Iterator[Check]:
    """The goals once more in processor time, which other work on the machine disturbs less."""
    costs = {
        name: statistics.median(each.cost for each in server.loads)
        for name, server in _MEASURED.items()
    }
    for goal in GOALS:
        (peer,) = goal.peers
        if peer in costs:
            ratio = costs[peer] / costs[OURS]
            told = f"{ratio:.2f} x, {costs[OURS] * 1e6:.0f} us and {costs[peer] * 1e6:.0f} us"
            yield Check(f"in processor time: {goal.text}", told, ratio >= goal.limit)


def _seen(bench: Bench) -> Iterator[Check]:
    starts = []
    for _ in range(5):
        with bench.ours() as server:
            starts.append(server.ready)
    ready = sorted(starts)[2]
    with bench.ours() as server:
        server.load(2)
        load = server.load(10)
        memory = server.memory() / 1e6
    yield Check("ready: at most 0.4 s", f"{ready:.2f} s", ready <= 0.4)
    yield Check("memory: at most 80 MB", f"{memory:.0f} MB", memory <= 80)
    ratio = load.p99 / load.p50
    told = f"{ratio:.1f} x, {load.p99 * 1000:.1f} ms and {load.p50 * 1000:.1f} ms"
    yield Check("p99: at most 4 x p50", told, ratio <= 4)


ROW: Final = Row(
    6,
    "harness serve on one core, load from the other",
    _contenders,
    GOALS,
    _checks,
    rounds=3,
)
