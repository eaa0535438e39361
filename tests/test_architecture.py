"""What import-linter cannot say of the house."""

import ast
from collections.abc import Iterator
from pathlib import Path

import harness
from harness.identity import is_personal_code, suspicious_codes

ROOT = Path(harness.__file__).parent
MAX_BODY = 40


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name}", node


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_stay_short() -> None:
    long = [place for place, node in _functions() if _body_lines(node) > MAX_BODY]
    assert not long


def test_the_rules_use_only_the_librarys_domain() -> None:
    modules = {
        module
        for file in (ROOT / "joining").glob("*.py")
        for module in _imports(ast.parse(file.read_text(encoding="utf-8")))
        if module.startswith("eventsourcing")
    }
    assert modules == {"eventsourcing.domain"}


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_nothing_is_left_to_do_under_a_finished_name() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "raise Not" + "ImplementedError")
    files = [*ROOT.rglob("*.py"), *ROOT.parent.glob("docs/**/*.md")]
    found = [
        str(file)
        for file in files
        if any(mark in file.read_text(encoding="utf-8") for mark in marks)
    ]
    assert not found


def test_no_file_holds_the_identity_code_of_a_person() -> None:
    """Codes with an individual number below 900 are built by tests when they run, never written."""
    top = ROOT.parent
    folders = ("harness", "tests", "contracts", "scenarios", "forms", "events", "docs")
    files = [*top.glob("*.*"), *(f for name in folders for f in (top / name).rglob("*"))]
    found = []
    for file in files:
        if file.suffix in {".py", ".md", ".toml", ".yaml", ".xml", ".wsdl", ".xsd", ".json"}:
            codes = suspicious_codes(file.read_text(encoding="utf-8", errors="replace"))
            found += [str(file) for code in codes if is_personal_code(code.upper())]
    assert not found
