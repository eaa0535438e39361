"""``python -m tests.interop.matrix``: docs/interop.md from the results of the last run.

The results are those that ``tox -e interop`` left in pytest's cache.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypedDict

from tests.interop.cases import CASES, Case
from tests.interop.server_cases import SERVER_CASES
from tests.interop.serving import ROOT
from tests.interop.toolkits import SENDERS, SERVERS, TOOLKITS, Toolkit
from tests.interop.watched_cases import CARELESS, MISTAKES, WATCHED_CASES

RESULTS = "interop/results"
"""Where pytest's cache keeps them."""
PAGE = ROOT / "docs" / "interop.md"
_CACHES = (ROOT / ".tox" / "interop" / ".pytest_cache", ROOT / ".pytest_cache")
_HEAD = """\
# Foreign toolkits

Programs written as a supplier would, from the `?wsdl` of `harness serve` alone and without anything
of this project, call all four operations of `asiointitili/viranomaispalvelut/1.7-2024-04` and read
the answers through the objects of their toolkit. The programs stand in `tests/interop`;
`tox -e interop` runs them, and `python -m tests.interop.matrix` writes this page from its results.

*passed* means that the program saw what it should: the account's codes and texts, its own id sent
back with every letter. What arrived is compared with what `--keep-exchanges` kept. A title of
exactly 256 characters is allowed, so one letter read as two would be refused with 525; the limit of
attachments is kept to the byte. **no** is what the toolkit cannot do: a small program without
anything of this project shows the same, and a test runs it. A dash is what was not done, and why.
"""
_SERVERS = """\

## As servers

Receivers of the return channel (`asiointitili/paluukanava/2018`), written from its WSDL, called by
our client and judged by our judge. They say what they got; it is compared with what was sent. suds
has no server.

The same receivers acknowledge what `harness serve --return-channel` pushes. Those on node-soap and
JAX-WS RI were also made to store a message and lose the reply: it came again under the same
SanomaTunniste, once, and was not stored again. Programs on these two toolkits call our listener as
the account would; what they send, repeat and spoil is judged.
"""
_WATCHED = """\

## Observed as a supplier's system

Systems on three toolkits do what `harness observe --suite supplier --callers CA.pem` asks for. They
know the `?wsdl`; the driver of [supplier.py](examples/supplier.py) tells them which step is on. A
cell is the outcome in the evidence. PHP SoapClient has no WS-Security: its driver says that no
signed call will come, the scenario is `not-seen`, and the run is not green.
"""
_MISTAKES = """\

One of them was made careless. Its three mistakes are all that is found, each in the scenario it was
made in and in the one that every call belongs to:
"""
_TAIL = """\

## Signatures, both ways

WSS4J verifies what we sign: rsa-sha1 and rsa-sha256, with the token signed, with other orders of
the Security header and of the references, with InclusiveNamespaces, without Expires or
mustUnderstand. We verify what WSS4J and node-soap sign. What was printed anew after signing is
refused by WSS4J and by us, and `harness explain-signature` says that it was printed. A Body that
was moved aside WSS4J calls signed: who uses it has to compare places, as the programs here do and
our referee does.

## What the toolkits want

"""


class Results(TypedDict):
    """What one run gave: version by toolkit, outcome by toolkit and case."""

    versions: dict[str, str]
    cells: dict[str, dict[str, str]]


class Incomplete(Exception):
    """The last run did not fill the table."""


def page(results: Results) -> str:
    """The whole page.

    Raises:
        Incomplete: a toolkit was not installed, or a case did not run.
    """
    lacking = [
        f"{toolkit.name} {case.name}"
        for toolkits, cases in (
            (TOOLKITS, CASES),
            (SERVERS, SERVER_CASES),
            (SENDERS, WATCHED_CASES),
            ((CARELESS,), MISTAKES),
        )
        for toolkit in toolkits
        for case in cases
        if case.concerns(toolkit) and case.name not in results["cells"].get(toolkit.name, {})
    ]
    if lacking:
        raise Incomplete(f"not in the last run: {', '.join(lacking)}")
    parts = (
        (_HEAD, {each: each.title for each in TOOLKITS}, CASES),
        (_SERVERS, {each: each.server for each in SERVERS}, SERVER_CASES),
        (_WATCHED, {each: each.title for each in SENDERS}, WATCHED_CASES),
        (_MISTAKES, {CARELESS: f"{CARELESS.title}, careless"}, MISTAKES),
    )
    told = (
        f"{text}\n" + "\n".join(_table(titles, cases, results)) for text, titles, cases in parts
    )
    return "\n".join((*told, _TAIL + "\n\n".join(_remarks()))) + "\n"


def _table(titles: Mapping[Toolkit, str], cases: Iterable[Case], results: Results) -> Iterator[str]:
    yield _row(
        "case",
        *(f"{title} ({results['versions'][each.name]})" for each, title in titles.items()),
    )
    yield _row(*("---" for _ in range(len(titles) + 1)))
    for case in cases:
        yield _row(case.title, *(_cell(case, each, results) for each in titles))


def _cell(case: Case, toolkit: Toolkit, results: Results) -> str:
    if not case.concerns(toolkit):
        return f"- ({case.lacking[toolkit.name]})"
    outcome = results["cells"][toolkit.name][case.name]
    return case.otherwise.get(toolkit.name, outcome) if outcome == "passed" else outcome


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _remarks() -> Iterator[str]:
    for toolkit in TOOLKITS:
        yield "\n".join([_introduced(toolkit), *(f"- {remark}" for remark in toolkit.remarks)])


def _introduced(toolkit: Toolkit) -> str:
    return f"{toolkit.title}:\n"


def newest(caches: Iterable[Path] = _CACHES) -> Results:
    """The results of the last run, inside or outside tox.

    Raises:
        Incomplete: there are none.
    """
    kept = [file for cache in caches if (file := cache / "v" / RESULTS).is_file()]
    if not kept:
        raise Incomplete("no results: run tox -e interop first")
    last = max(kept, key=lambda file: file.stat().st_mtime)
    results: Results = json.loads(last.read_text("utf-8"))
    return results


def main(caches: Iterable[Path] = _CACHES, written: Path = PAGE) -> int:
    """Write the page; 1 when there is nothing to write it from."""
    try:
        written.write_text(page(newest(caches)), "utf-8")
    except Incomplete as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
