"""``harness contract sample`` and ``points`` on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness import xml
from harness.cli.contract_sample import points, sample
from harness.errors import ContractError
from tests.wsdl.generation.opinions import contract_of

ROOT = Path(__file__).parents[3]
NEWEST = "asiointitili/viranomaispalvelut/1.7-2024-04"


@pytest.fixture(autouse=True)
def _project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _sample(*arguments: str) -> Result:
    return CliRunner().invoke(sample, list(arguments), catch_exceptions=False)


def _findings(data: bytes) -> int:
    return sum(len(contract_of(NEWEST).validate(each)) for each in xml.parse(data).iterfind("*/*"))


@pytest.mark.parametrize(
    "options", [[], ["--minimal"], ["--maximal"], ["--seed", "3"], ["--response"]], ids=" ".join
)
def test_a_sample_goes_to_standard_output(options: list[str]) -> None:
    result = _sample("LahetaViesti", *options)
    assert result.exit_code == 0
    assert _findings(result.stdout_bytes) == 0


def test_a_mutation_by_its_id() -> None:
    listed = _sample("LahetaViesti", "--mutations").stdout.splitlines()
    wanted = "LahetaViesti/request:Kysely/Laskutus/Tunniste!facet-maxLength"
    assert wanted in listed
    assert _findings(_sample("LahetaViesti", "--mutation", wanted).stdout_bytes) == 1


def test_another_contract() -> None:
    result = _sample("VieKohteita", "--contract", "asiointitili/paluukanava")
    assert "paluukanavaUrl" in result.stdout


def test_an_unknown_mutation_is_refused() -> None:
    with pytest.raises(ContractError, match="--mutations lists them"):
        _sample("LahetaViesti", "--mutation", "nothing")


def test_points_as_text_and_as_json() -> None:
    text = CliRunner().invoke(points, [], catch_exceptions=False).stdout
    data = json.loads(CliRunner().invoke(points, [NEWEST, "--json"], catch_exceptions=False).stdout)
    assert text.startswith(f"{NEWEST}: {len(data['points'])} points\n")
    assert data["ref"] == NEWEST
    assert "HaeTilaTieto/request:.#present" in data["points"]
