"""What editors are told of scenario files is made from the models."""

from pathlib import Path

import pytest

from harness.suite import model
from harness.suite.schema import FOLDER, KINDS, schema, text

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_that_of_the_models(kind: str) -> None:
    published = (ROOT / FOLDER / f"{kind}.schema.json").read_text("utf-8")
    assert published == text(kind), "make it anew: python -m harness.suite.schema"


def test_every_key_of_a_step_is_described_where_the_model_describes_it() -> None:
    step = schema("scenario")["$defs"]["Step"]["properties"]
    assert set(step) == set(model.Step.model_fields)
    assert step["advance"]["description"].startswith("Seconds of the other side's time")
    assert schema("suite")["properties"]["groups"]["description"].startswith("Titles of the groups")


def test_an_unknown_key_and_an_unknown_need_are_known_to_be_wrong() -> None:
    made = schema("scenario")
    assert made["additionalProperties"] is False
    assert "clock" in made["$defs"]["Need"]["enum"]
