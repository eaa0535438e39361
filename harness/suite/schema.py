"""JSON Schemas of the two files, for editors: keys, words of closed lists, and what each means.

Made from the models and their docstrings: ``python -m harness.suite.schema``. An editor is told of
one by a first line such as ``# yaml-language-server: $schema=../../docs/schema/suite.schema.json``.
"""

import ast
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harness.suite import model

FOLDER = "docs/schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: dict[str, type[BaseModel]] = {
    "scenario": model.ScenarioFile,
    "suite": model.SuiteFile,
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of ``scenario`` or ``suite`` files, with a description of every key."""
    made = KINDS[kind].model_json_schema()
    told = _descriptions()
    for name, part in {KINDS[kind].__name__: made, **made.get("$defs", {})}.items():
        for key, value in part.get("properties", {}).items():
            text = told.get((name, key))
            if text:
                value["description"] = text
    return {"$schema": DIALECT, "$id": f"{kind}.schema.json", **made}


def text(kind: str) -> str:
    """The schema as a file."""
    return json.dumps(schema(kind), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _descriptions() -> dict[tuple[str, str], str]:
    """The docstring behind each field, by class and field."""
    source = Path(model.__file__).read_text("utf-8")
    found: dict[tuple[str, str], str] = {}
    for part in ast.parse(source).body:
        if isinstance(part, ast.ClassDef):
            for field, after in zip(part.body, part.body[1:], strict=False):
                said = _said(after)
                if said and isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    found[part.name, field.target.id] = said
    return found


def _said(node: ast.stmt) -> str:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
        return ""
    return " ".join(str(node.value.value).split())


if __name__ == "__main__":
    folder = Path(__file__).parents[2] / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for each in KINDS:
        (folder / f"{each}.schema.json").write_text(text(each), encoding="utf-8")
