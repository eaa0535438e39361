"""What a change of the contract touches in a scenario, read from the file alone."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.suite.runner import Connection, run_scenario
from harness.suite.suites import Scenario, Suite, load_suite
from harness.suite.uses import Use, untouched, uses
from harness.vocabulary import Verdict
from harness.wsdl import Contract, find
from harness.wsdl.comparing import compare
from harness.wsdl.components import Direction
from tests.wsdl.comparison.edits import XS, Edit, applied, edits
from tests.wsdl.comparison.versions import altered

NAME = "asiointitili/viranomaispalvelut"
CATALOGUES = [book("contracts")]
SUITES = {name: load_suite(book("scenarios") / name) for name in ("connection", "testing")}
VERSIONS = ("1.4", "1.6", "1.7", "1.7-2024-04")


def version(name: str) -> Contract:
    return find(f"{NAME}/{name}", CATALOGUES)


CONTRACTS = {name: version(name) for name in VERSIONS}
NOW = CONTRACTS["1.7-2024-04"]


def touched(suite: Suite, older: Contract, newer: Contract) -> set[str]:
    left = untouched(suite, older, newer)
    assert list(left) == sorted(left)
    return {each.rpartition("/")[2] for each in set(suite.scenarios) - set(left)}


def written(folder: Path, *steps: str, health: str = "HaeTilaTieto") -> Suite:
    """A suite of one scenario with these steps."""
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    (folder / "suite.yaml").write_text(
        f"""\
title: {{en: A suite}}
phase: 5
contract: {NAME}
health: {{call: {health}, request: {{Viranomainen: {{PalveluTunnus: x}}}}, expect: {{code: 0}}}}
code: "{{operation}}Result/TilaKoodi/TilaKoodi"
fragments:
  authority: {{ViranomaisTunnus: "${{ids.authority}}", PalveluTunnus: "${{ids.service}}"}}
""",
        "utf-8",
    )
    head = "title: {en: One}\nwhy: it matters\nsource: it is written\nsteps:\n"
    (folder / "one.yaml").write_text(head + "".join(f"  - {each}\n" for each in steps), "utf-8")
    return load_suite(folder)


def of(suite: Suite) -> tuple[Use, ...]:
    return uses(suite.scenarios[f"{suite.name}/one"], suite, (NOW,))


# what is exercised -----------------------------------------------------------------------------


def test_paths_are_those_of_the_data_with_fragments_put_in(tmp_path: Path) -> None:
    step = (
        "{call: HaeAsiakkaita, expect: {code: 0}, request: {Viranomainen: {$use: authority, "
        "PalveluTunnus: null, '@a': 1}, Kysely: {Asiakas: [{b: 1}, {b: 2, c: ''}]}}}"
    )
    (use,) = of(written(tmp_path / "s", step))
    assert use.operation == "HaeAsiakkaita"
    assert use.paths is not None
    assert use.paths == {
        "Viranomainen", "Viranomainen/ViranomaisTunnus", "Viranomainen/@ViranomaisTunnus",
        "Viranomainen/@a", "Kysely", "Kysely/Asiakas", "Kysely/Asiakas/b", "Kysely/Asiakas/@b",
        "Kysely/Asiakas/c", "Kysely/Asiakas/@c",
    }  # fmt: skip
    assert use.paths - use.once == {"Kysely/Asiakas", "Kysely/Asiakas/c", "Kysely/Asiakas/@c"}


@pytest.mark.parametrize(
    "unruly",
    [
        "breaks: schema",
        "soap_action: urn:other",
        "content_type: text/plain",
        "request: {_value_1: x}",
        "request: {Kysely: {$use: nothing}}",
        "request: {Kysely: {$file: nothing}}",
    ],
)
def test_a_request_that_cannot_be_told_may_hold_anything(tmp_path: Path, unruly: str) -> None:
    data = "" if unruly.startswith("request") else "request: {Kysely: {}}, "
    step = f"{{call: HaeAsiakkaita, {data}{unruly}, expect: {{code: 0}}}}"
    assert of(written(tmp_path / "s", step)) == (Use("HaeAsiakkaita", None),)


@pytest.mark.parametrize(
    ("raw", "reached"),
    [
        (b"<a:LahetaViesti xmlns:a='u'/>", {"LahetaViesti"}),
        (b"<LahetaViesti", {"LahetaViesti"}),
        (b"no element at all", set()),
        (b"<x>LahetaViesti</x>", set()),
        ("<LahetaViesti/>".encode("utf-16"), set(NOW.operations)),
        (b"<\xff\xfe/>", set(NOW.operations)),
    ],
)
def test_a_raw_message_reaches_every_operation_whose_element_may_stand_in_it(
    tmp_path: Path, raw: bytes, reached: set[str]
) -> None:
    (tmp_path / "s" / "raw").mkdir(parents=True)
    (tmp_path / "s" / "raw" / "m.xml").write_bytes(raw)
    step = "{call: HaeTilaTieto, raw: raw/m.xml, breaks: envelope, expect: {code: 0}}"
    found = of(written(tmp_path / "s", step))
    assert {each.operation for each in found} == {"HaeTilaTieto", *reached}
    assert {each.paths for each in found} == {None}


def test_an_action_of_another_operation_reaches_that_one(tmp_path: Path) -> None:
    action = NOW.operations["LisaaKohteita"].soap_action
    step = f"{{call: HaeTilaTieto, request: {{}}, soap_action: '{action}', expect: {{code: 0}}}}"
    found = of(written(tmp_path / "s", step))
    assert {each.operation for each in found} == {"HaeTilaTieto", "LisaaKohteita"}


@pytest.mark.parametrize("expect", ["fault: Client", "problem: timeout"])
def test_the_health_call_counts_where_it_is_made(tmp_path: Path, expect: str) -> None:
    step = "{call: HaeAsiakkaita, request: {Kysely: {}}, expect: {%s}}"
    plain = of(written(tmp_path / "a", step % "code: 0"))
    around = of(written(tmp_path / "b", step % expect))
    assert {each.operation for each in plain} == {"HaeAsiakkaita"}
    assert {each.operation for each in around} == {"HaeAsiakkaita", "HaeTilaTieto"}


# what a change touches -------------------------------------------------------------------------


def test_nothing_is_touched_without_a_change() -> None:
    for suite in SUITES.values():
        assert untouched(suite, NOW, NOW) == tuple(sorted(suite.scenarios))


def test_the_catalogue_from_1_7_to_2024_04() -> None:
    """LahetaViesti got an optional Kustannuspaikka: who gave it, or broke LahetaViesti."""
    older = CONTRACTS["1.7"]
    assert touched(SUITES["connection"], older, NOW) == set()
    suite = SUITES["testing"]
    expected = {each.name for each in suite.scenarios.values() if _by_eye(each, suite)}
    assert touched(suite, older, NOW) == expected
    assert expected >= {"billing-data-is-accepted", "missing-print-provider-is-refused"}
    assert len(expected) < len(suite.scenarios) / 4


def _by_eye(scenario: Scenario, suite: Suite) -> bool:
    """What a reader of the files would say."""
    raw = [suite.data_file(each.raw) for each in scenario.content.calls if each.raw]
    text = b"".join([scenario.file.read_bytes(), *raw])
    broken = any(step.breaks or step.raw for step in scenario.content.calls)
    return b"Kustannuspaikka" in text or (broken and b"LahetaViesti" in text)


NEWER = {
    "empty-places-in-lists-are-refused",
    "full-item-is-delivered",
    "full-message-is-taken",
    "letter-is-sent-on-paper",
}


def test_the_catalogue_from_1_6_to_1_7() -> None:
    """Fields became required that the suites always give: only broken requests are touched.

    A few more use what only 1.7 has, or leave places in lists empty on purpose.
    """
    older, newer = CONTRACTS["1.6"], CONTRACTS["1.7"]
    for name, suite in SUITES.items():
        found = touched(suite, older, newer)
        broken = {
            each.name
            for each in suite.scenarios.values()
            if any(step.breaks or step.raw for step in each.content.calls)
        }
        assert found - broken == (NEWER if name == "testing" else set())
        assert broken <= found


def test_what_became_required_touches_who_once_left_it_out(tmp_path: Path) -> None:
    step = "{call: HaeTilaTieto, expect: {code: 0}, request: {Viranomainen: {%s}, Kysely: {}}}"
    older, newer = CONTRACTS["1.6"], CONTRACTS["1.7"]
    given, left_out = step % "PalveluTunnus: x", step % "ViranomaisTunnus: x"
    assert touched(written(tmp_path / "a", given), older, newer) == set()
    assert touched(written(tmp_path / "b", left_out), older, newer) == {"one"}
    assert touched(written(tmp_path / "c", given, left_out), older, newer) == {"one"}
    empty = step % "PalveluTunnus: null"
    assert touched(written(tmp_path / "d", empty), older, newer) == {"one"}


# one edit at a time ----------------------------------------------------------------------------


@cache
def schema() -> tuple[str, etree._Element]:
    """The file of the newest contract that holds the types, and its tree."""
    for name, data in NOW.files.items():
        root = etree.fromstring(data)
        if root.find(f".//{XS}complexType") is not None:
            return name, root
    raise AssertionError


@cache
def all_edits() -> list[Edit]:
    return edits(schema()[1])


def after(edit: Edit, folder: Path) -> Contract:
    name, root = schema()
    return altered(NOW, {name: applied(root, edit)}, folder)


@cache
def shown(contract: Contract, scenario: str) -> tuple[Verdict | None, frozenset[str]]:
    """What becomes of a scenario when it is really run."""
    suite = SUITES[scenario.partition("/")[0]]
    connection = Connection(contract, MockEndpoint(contract), "rtest")
    result = run_scenario(suite.scenarios[scenario], suite, connection)
    there = {point for point in result.valid if not point.endswith("#absent")}
    return result.verdict, result.marks | there | result.rejected


@pytest.mark.parametrize("name", sorted({edit.name for edit in all_edits()}))
def test_what_is_untouched_shows_the_same_when_it_is_run(name: str, tmp_path: Path) -> None:
    """The last edit of each sort that concerns requests and leaves some of their callers alone."""
    for edit in reversed(all_edits()):
        if edit.name == name and edit.directions == {Direction.REQUEST}:
            folder = tmp_path / str(edit.node)
            folder.mkdir()
            newer = after(edit, folder)
            left = set(untouched(SUITES["testing"], NOW, newer))
            near = [each for each in concerned(newer) if each in left]
            for scenario in near[:3]:
                assert shown(newer, scenario) == shown(NOW, scenario), (edit, scenario)
            if near:
                return
    pytest.fail("no edit of this sort leaves anybody alone")


def concerned(newer: Contract) -> list[str]:
    """Scenarios that call an operation the change is about."""
    operations = {p.operation for c in compare(NOW, newer).changes for p in c.places}
    suite = SUITES["testing"]
    return [
        each.id
        for each in suite.scenarios.values()
        if {use.operation for use in uses(each, suite, (NOW, newer))} & operations
    ]
