"""``harness scenario``: every mistake at once, and files to begin with."""

import contextlib
import json
import os
from pathlib import Path

import pytest

from harness import config, wsdl
from tests.cli import support
from tests.cli.support import SMALL, Project, one_paragraph
from tests.support.identities import MISTYPED
from tests.wsdl import making

CONTRACT = wsdl.find("asiointitili/viranomaispalvelut", [config.book("contracts")])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return support.example(tmp_path / "p", suites=SMALL)


def _write(project: Project, text: str, name: str = "mine") -> None:
    file = project.folder / "scenarios" / "testing" / f"{name}.yaml"
    file.write_text("title: {en: t}\nwhy: w\nsource: s\n" + text, "utf-8")


def _mine(project: Project) -> str:
    return str(project.folder / "scenarios" / "testing" / "mine.yaml")


def test_files_that_are_right_have_no_mistakes(project: Project) -> None:
    result = project.run("scenario", "check")
    assert (result.code, result.out) == (0, "0 mistakes in 2 suites\n")


def test_every_mistake_of_all_files_with_place_and_suggestion(project: Project) -> None:
    _write(project, "steps:\n  - call: HaeTilaTiet\n    request: {}\n    expect: {code: 0}\n")
    _write(project, "obligatry: false\nneeds: [cloc]\n", "other")
    _write(project, "a: [", "broken")
    result = project.run("scenario", "check")
    assert result.code == 1
    lines = [line.rpartition("testing/")[2] for line in result.out.splitlines()]
    assert lines == [
        "broken.yaml:5:1: not valid YAML: did not find expected node content.",
        "mine.yaml:5:5: there is no operation 'HaeTilaTiet'. Did you mean HaeTilaTieto?",
        "other.yaml:1:1: steps: is missing. Add steps:",
        "other.yaml:4:1: obligatry: this key is not known. Did you mean obligatory?",
        lines[4],
        "5 mistakes in 2 suites",
    ]
    assert lines[4].startswith("other.yaml:5:9: needs.0: ")
    assert lines[4].endswith("Did you mean clock?")


STEP = """\
steps:
  - call: LisaaKohteita
    request:
      Viranomainen: {$use: authority}
      Kysely:
        KohdeMaara: 1
        Kohteet:
          Kohde:
            - $use: item
%s
    expect: {code: 0, fields: {LisaaKohteitaResult/TilaKoodi/SanomaTunniste: "%s"}}
"""


@pytest.mark.parametrize(
    ("more", "expected", "line", "told"),
    [
        ("              Nimek: x", "", 12, "There is no field Nimek. Did you mean Nimeke?"),
        ("              Nimeke: ${role.activ.id}", "", 13, "Did you mean role.active.id?"),
        ("              Nimeke: ${row.x}", "", 13, "${row.x} has no value here"),
        ("              Nimeke: ${itm.x}", "", 13, "Did you mean item?"),
        ("              Tiedostot: {$file: no.txt}", "", 6, "there is no file 'no.txt'"),
        ("              Nimeke: {$use: itm}", "", 13, "Did you mean item?"),
        ("", "${saved.gone}", 14, "${saved.gone} has no value here"),
    ],
)
def test_names_that_lead_nowhere(
    project: Project, more: str, expected: str, line: int, told: str
) -> None:
    _write(project, STEP % (more, expected))
    result = project.run("scenario", "check", _mine(project), "--json")
    assert result.code == 1
    (mistake,) = json.loads(result.out)
    assert told in f"{mistake['what']} {mistake['suggestion']}"
    assert (mistake["file"], mistake["line"]) == (_mine(project), line)
    assert mistake["column"] > 0


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (
            "{fields: {'LisaaKohteitaResult/Kohteet/Kohde[1]/Asiaks': {count: 1}}}",
            "Kohde[1]/Asiaks. Did you mean LisaaKohteitaResult/Kohteet/Kohde/Asiakas?",
        ),
        ("{problem: trunkated}", "there is no problem 'trunkated'. Did you mean truncated?"),
    ],
)
def test_what_never_comes_is_not_expected(project: Project, expect: str, told: str) -> None:
    text = STEP % ("", "x")
    _write(project, f"{text.rpartition('    expect')[0]}    expect: {expect}\n")
    result = project.run("scenario", "check", _mine(project))
    assert result.code == 1
    assert "mine.yaml:14:" in result.out
    assert result.out.endswith(f"{told}\n1 mistake in 1 suite\n")


OBSERVED = """\
title: {en: t}
why: w
source: s
steps:
  - observe: LisaaKohteit
    instruction: {en: "for ${role.activ.id}", fi: a, sv: b}
  - observe: LisaaKohteita
    instruction: {en: a, fi: a, sv: b}
    when: {Kysely/Kohteet/Kohde/Asiaks: "x"}
    expect: {fields: {Kysely/KohdeMara: 1}}
    answer: {fields: {LisaaKohteitaResult/TilaKod: 1}}
    save_answer: {it: LisaaKohteitaResult/KohdeMaara}
  - observe: HaeTilaTieto
    instruction: {en: "${saved.it} ${saved.gone}", fi: a, sv: b}
"""


def test_what_an_observed_suite_names_is_checked_too(project: Project) -> None:
    folder = project.folder / "scenarios" / "ours"
    folder.mkdir()
    head = "title: {en: t}\nphase: 5\ncontract: asiointitili/viranomaispalvelu\ndriver: system\n"
    (folder / "suite.yaml").write_text(head, "utf-8")
    (folder / "mine.yaml").write_text(OBSERVED, "utf-8")
    (folder / "other.yaml").write_text(
        "title: {en: t}\nwhy: w\nsource: s\nsteps:\n  - observe: HaeTilaTieto\n"
        "    instruction: {en: a, fi: a, sv: b}\n    refuse: maintenance\n    within: soon\n",
        "utf-8",
    )
    result = project.run("scenario", "check", str(folder))
    lines = [line.rpartition("ours/")[2] for line in result.out.splitlines()]
    assert [line.partition(". Did you")[0] for line in lines] == [
        "mine.yaml:5:5: there is no operation 'LisaaKohteit'",
        "mine.yaml:6:19: ${role.activ.id} has no value here",
        "mine.yaml:9:12: no request of LisaaKohteita has Kysely/Kohteet/Kohde/Asiaks",
        "mine.yaml:10:23: no request of LisaaKohteita has Kysely/KohdeMara",
        "mine.yaml:11:23: no response of LisaaKohteita has LisaaKohteitaResult/TilaKod",
        "mine.yaml:14:19: ${saved.gone} has no value here",
        "other.yaml:8:5: steps.0.within: must be a whole number.",
        "suite.yaml:3:1: there is no contract 'asiointitili/viranomaispalvelu'",
        "8 mistakes in 1 suite",
    ]


def test_needs_that_are_missing_have_a_place(project: Project) -> None:
    text = STEP % ("", "x")
    _write(project, text.replace("    expect:", "    wire: {fault: html}\n    expect:"))
    result = project.run("scenario", "check", _mine(project))
    assert "mine.yaml:4:1: the file: step 1 has wire, so needs must list" in result.out


def test_every_fragment_that_is_not_there_is_told(project: Project) -> None:
    _write(
        project,
        STEP.replace("authority}", "sender}").replace("$use: item", "$use: notice") % ("", "x"),
    )
    result = project.run("scenario", "check", _mine(project))
    told = [line.partition("mine.yaml:")[2].partition(". ")[0] for line in result.out.splitlines()]
    assert told[:2] == [
        "7:22: there is no fragment 'sender'",
        "12:15: there is no fragment 'notice'",
    ]
    assert "There are: active, address, authority" in result.out


def test_of_one_slip_one_mistake_is_told(project: Project) -> None:
    _write(project, (STEP % ("", "x")).replace("    expect:", "    expct:"))
    result = project.run("scenario", "check", _mine(project))
    lines = [line.partition("mine.yaml:")[2] for line in result.out.splitlines()]
    slip = "14:5: steps.0.expct: this key is not known. Did you mean expect?"
    assert lines == [slip, ""]


@pytest.mark.parametrize(
    ("table", "line", "told"),
    [
        (b"title\n1,2\n", 2, "2 values, but 1 columns are named"),
        (b"title;x\n1;2\n", 1, "the first line does not name the columns"),
        (b"title\n\xe4\n", 1, "not UTF-8"),
    ],
)
def test_rows_are_mended_in_their_file(
    project: Project, table: bytes, line: int, told: str
) -> None:
    folder = project.folder / "scenarios" / "testing" / "rows"
    folder.mkdir(exist_ok=True)
    (folder / "mine.csv").write_bytes(table)
    _write(project, "rows: rows/mine.csv\n" + STEP % ("              Nimeke: ${row.title}", "x"))
    for words in ([], [_mine(project)]):
        (mistake,) = json.loads(project.run("scenario", "check", *words, "--json").out)
        assert (mistake["file"], mistake["line"]) == (str(folder / "mine.csv"), line)
        assert told in mistake["what"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("why: Note: this\n", "Put a text with a colon between quotation marks"),
        ("steps:\n\t- call: x\n", "Indent with spaces, not tabs"),
    ],
)
def test_what_is_no_yaml_has_a_likely_cause(project: Project, text: str, told: str) -> None:
    _write(project, text)
    assert told in project.run("scenario", "check").out


def test_what_is_saved_or_in_a_row_has_a_value(project: Project) -> None:
    text = STEP % ("              Nimeke: ${row.title}", "${saved.id}")
    _write(
        project,
        "rows: [{title: x}]\n"
        + text.replace(
            "    expect", "    save: {id: LisaaKohteitaResult/TilaKoodi/SanomaTunniste}\n    expect"
        ),
    )
    assert project.run("scenario", "check").code == 0


def test_groups_requirements_and_rows(project: Project) -> None:
    (project.folder / "scenarios" / "requirements.toml").write_text(
        '[known-one]\nkind = "rule"\nclause = "c"\ntext = "t"\n', "utf-8"
    )
    text = "group: identiti\nshows: [known-on]\nrows: rows/none.csv\n" + STEP % ("", "x")
    _write(project, text)
    result = project.run("scenario", "check", _mine(project))
    assert "mine.yaml:4:1: there is no group 'identiti'. Did you mean identity?" in result.out
    assert (
        "mine.yaml:5:9: there is no requirement 'known-on'. Did you mean known-one?" in result.out
    )
    assert "mine.yaml:6:1: there is no file 'rows/none.csv' in the suite" in result.out


def test_a_persons_code_is_a_mistake_that_does_not_repeat_it(project: Project) -> None:
    _write(project, STEP % (f"              Nimeke: {MISTYPED}", "x"))
    result = project.run("scenario", "check")
    assert "identity code of a person" in result.out
    assert MISTYPED[:6] not in result.out


def test_a_folder_without_a_suite_is_misuse(project: Project) -> None:
    (project.folder / "empty").mkdir()
    result = project.run("scenario", "check", str(project.folder / "empty"))
    assert "there is no suite here" in one_paragraph(result, 2)


@pytest.mark.parametrize("name", ["harness.toml", "scenarios/testing/words.txt"])
def test_a_file_that_is_no_scenario_is_misuse(project: Project, name: str) -> None:
    file = project.folder / name
    file.touch()
    result = project.run("scenario", "check", str(file))
    assert "this is neither a scenario file nor a suite's" in one_paragraph(result, 2)


@pytest.mark.parametrize("words", [("check",), ("check", "scenarios/testing/pipe.yaml")])
def test_a_pipe_among_the_scenarios_is_told(project: Project, words: tuple[str, ...]) -> None:
    pipe = project.folder / "scenarios" / "testing" / "pipe.yaml"
    os.mkfifo(pipe)
    with contextlib.chdir(project.folder):
        told = one_paragraph(project.run("scenario", *words), 2)
    assert f"{pipe}: this is neither a file nor a folder" in told


def test_a_key_of_the_other_driver_is_not_suggested_again(project: Project) -> None:
    folder = project.folder / "scenarios" / "ours"
    folder.mkdir()
    head = "title: {en: t}\nphase: 5\ncontract: asiointitili/viranomaispalvelu\ndriver: system\n"
    (folder / "suite.yaml").write_text(head, "utf-8")
    (folder / "mine.yaml").write_text(OBSERVED.replace("- observe:", "- call:"), "utf-8")
    told = project.run("scenario", "check", str(folder)).out
    assert "steps.0.call: this key is not known. It belongs elsewhere" in told
    assert "Did you mean call?" not in told


def test_a_scenario_of_an_operation_runs_as_it_is(project: Project) -> None:
    result = project.run("scenario", "new", "LisaaKohteita")
    assert result.code == 0
    assert "lisaa-kohteita.yaml: passed against the mock, code 0" in result.out
    text = (project.folder / "scenarios" / "testing" / "lisaa-kohteita.yaml").read_text("utf-8")
    assert "AsiakasTunnus: ${role.active.id}" in text
    assert "ViranomaisTunniste: ${item.a}" in text
    assert "$use: authority" in text
    assert project.run("scenario", "check").code == 0


@pytest.mark.parametrize(
    ("operation", "code"),
    [("HaeAsiakkaita", 0), ("LisaaKohteita", 0), ("LahetaViesti", 202), ("HaeTilaTieto", 0)],
)
@pytest.mark.parametrize("size", ["full", "minimal"])
def test_the_request_begun_is_accepted(
    project: Project, operation: str, code: int, size: str
) -> None:
    words = ("scenario", "new", operation, "--name", f"testing/{size}")
    more = ("--minimal",) if size == "minimal" else ()
    assert f"passed against the mock, code {code}\n" in project.must(*words, *more).out


def test_its_place_can_be_named_and_is_not_written_over(project: Project) -> None:
    words = ("scenario", "new", "HaeTilaTieto", "--minimal", "--name", "connection/state")
    assert project.run(*words).code == 0
    assert (project.folder / "scenarios" / "connection" / "state.yaml").is_file()
    again = project.run(*words)
    assert "there is such a scenario" in one_paragraph(again, 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("new", "NoSuch"), "NoSuch"),
        (("new", "HaeTilaTieto", "--name", "none/x"), "there is no suite 'none'"),
        (("record", str(support.ROOT / "harness.toml")), "no valid request"),
    ],
)
def test_what_cannot_be_begun(project: Project, words: tuple[str, ...], told: str) -> None:
    result = project.run("scenario", *words)
    assert told in one_paragraph(result, 2)


def test_a_recorded_message_says_nothing_of_anybody(project: Project) -> None:
    item = {
        "Nimeke": "Salainen otsikko",
        "LahetysPvm": "2026-01-01T00:00:00Z",
        "KuvausTeksti": "Henkilön 140581-901X asia",
    }
    person, firm = {"AsiakasTunnus": "031179-9029"}, {"AsiakasTunnus": "0000001-9"}
    files = [{"TiedostoSisalto": b"x" * 300, "TiedostoNimi": "maijan_paatos.pdf"}]
    kohde = [
        {
            **item,
            "Asiakas": [person],
            "ViranomaisTunniste": "D-17",
            "Tiedostot": {"Tiedosto": files},
        },
        {**item, "Asiakas": [{**firm, "TunnusTyyppi": "CRN"}], "ViranomaisTunniste": "D-18"},
    ]
    values = {
        "Viranomainen": {
            "ViranomaisTunnus": "KUNTA",
            "PalveluTunnus": "P",
            "SanomaTunniste": "S-1",
        },
        "Kysely": {"KohdeMaara": 2, "Kohteet": {"Kohde": kohde}},
    }
    body = project.folder / "a.body"
    body.write_bytes(CONTRACT.build("LisaaKohteita", values))
    result = project.run("scenario", "record", str(body), "--name", "testing/kept")
    assert "kept.yaml: passed against the mock, code 0" in result.out
    text = (project.folder / "scenarios" / "testing" / "kept.yaml").read_text("utf-8")
    for secret in ("Salainen", "maijan", "140581", "031179", "D-17", "KUNTA", "S-1", "eHh4eHh4"):
        assert secret not in text
    assert text.index("${item.a}") < text.index("${item.b}")
    assert "${role.company.id}" in text
    assert "TunnusTyyppi: CRN" in text
    assert "TiedostoNimi: liite.pdf" in text


def test_an_empty_group_is_recorded_as_one(project: Project) -> None:
    values = {"Viranomainen": {"ViranomaisTunnus": "A", "PalveluTunnus": "P"}, "Kysely": {}}
    body = project.folder / "a.body"
    body.write_bytes(CONTRACT.build("HaeTilaTieto", values))
    result = project.run("scenario", "record", str(body))
    assert "recorded.yaml: passed against the mock, code 0" in result.out


KIND = """<xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="Nouto"/>
  <xs:enumeration value="Posti"/></xs:restriction></xs:simpleType>"""
ORDER = f"""<xs:element name="kind">{KIND}</xs:element><xs:element name="sum" type="xs:decimal"/>
  <xs:element name="day" type="xs:date"/><xs:element name="born" type="{{}}"/>"""


def _of_another_service(folder: Path, born: str) -> Project:
    (folder / "published").mkdir()
    description = making.service(ORDER.format(born))
    (folder / "published" / "service.wsdl").write_text(description, "utf-8")
    made = support.run("init", str(folder / "p"), "--from-wsdl", str(folder / "published"))
    assert made.code == 0
    return Project(folder / "p")


def test_a_message_of_any_service_is_recorded_by_its_types(tmp_path: Path) -> None:
    project = _of_another_service(tmp_path, "xs:date")
    values = {"kind": "Posti", "sum": "12.50", "day": "2026-03-04", "born": "1981-05-14"}
    contract = wsdl.load(next((project.folder / "contracts").rglob("contract.toml")).parent)
    (project.folder / "a.body").write_bytes(contract.build("Ask", values))
    assert (
        "passed against the mock"
        in project.must("scenario", "record", str(project.folder / "a.body")).out
    )
    text = (project.folder / "scenarios" / "testing" / "recorded.yaml").read_text("utf-8")
    assert "Posti" in text
    assert "12.5" in text
    assert "1981" not in text


def test_a_message_that_cannot_be_told_without_its_texts_leaves_no_file(tmp_path: Path) -> None:
    project = _of_another_service(tmp_path, "xs:duration")
    contract = wsdl.load(next((project.folder / "contracts").rglob("contract.toml")).parent)
    values = {"kind": "Posti", "sum": "1", "day": "2026-03-04", "born": "P1D"}
    (project.folder / "a.body").write_bytes(contract.build("Ask", values))
    told = one_paragraph(project.run("scenario", "record", str(project.folder / "a.body")), 2)
    assert "Write that request by hand" in told
    assert not (project.folder / "scenarios" / "testing" / "recorded.yaml").exists()


@pytest.mark.parametrize("kind", ["scenario", "suite"])
def test_the_schema_is_written_for_editors(project: Project, kind: str) -> None:
    result = project.run("scenario", "schema", kind)
    assert json.loads(result.out)["$id"] == f"{kind}.schema.json"
