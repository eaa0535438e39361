"""``events/``: what the record may contain, for readers without our code.

One JSON Schema a kind of event (``events/schemas/<Event>.v<N>.json``) and a table of all
(``events/README.md``), generated from the event classes. A released schema never changes: a
changed event is a new version beside the old one. ``events/schemas/SHA256SUMS`` holds the digests
of all that ever were, in the form of ``sha256sum``; writing adds to it and changes nothing in it.

A stored entry's ``state`` is the object of the schema without ``originator_id`` and
``originator_version``, which are columns of their own, as canonical JSON.

``python -m harness.ledger.catalogue FOLDER`` writes the folder anew.
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from inspect import getdoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import LedgerError
from harness.joining.events import EVENTS
from harness.ledger.codec import Codec, EventClasses

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FROZEN = "schemas/SHA256SUMS"
_COMMON = frozenset({"originator_id", "originator_version", "timestamp", "event_id", "actor"})
_PYTHON = frozenset({"title", "default"})
_INTRODUCTION = """# Events: what the record may contain

Generated from the event classes (`python -m harness.ledger.catalogue events`); a test compares
these files with the code. A released schema never changes: a changed event is a new version
beside the old one, which is read as the newest (`harness/ledger/older.py`). `schemas/SHA256SUMS`
says which bytes each schema has (`sha256sum -c SHA256SUMS` in its folder).

`histories/VERSION/` holds histories of each release as `harness export` writes them, with the state
they lead to (`harness replay --json`). The tests replay all of them: to the byte, for ever.

Every event has `originator_id` (the project) and `originator_version` (its place in the project's
history, from 1 without gaps), which are columns of the ledger, and in its `state`: `timestamp`
(UTC, `2026-11-22T17:00:00.000000Z`), `event_id` (unique within the project), `actor` (id, party,
role, assurance, credential) and the fields named here. `state` is canonical JSON: UTF-8, keys
sorted, no white space; it must hold exactly the fields of the schema, all of them.

| event | means | fields besides the common ones |
|---|---|---|
"""


def schema(codec: Codec, topic: str) -> "JsonSchemaValue":
    """The JSON Schema of one kind of event: closed, every field required."""
    inner = codec.schema(topic)
    closed = _closed(inner)
    return {"$schema": DIALECT, "$id": topic, **closed}


def files(classes: EventClasses = EVENTS) -> dict[str, str]:
    """The generated files: path below ``events/``, and text."""
    codec = Codec(classes)
    made = {
        f"schemas/{_stem(topic)}.json": json.dumps(
            schema(codec, topic), indent=2, ensure_ascii=False, sort_keys=True
        )
        + "\n"
        for topic in classes
    }
    rows = (_row(topic, kind, codec) for topic, kind in classes.items())
    return {"README.md": _INTRODUCTION + "".join(rows), **made}


def write(folder: Path, classes: EventClasses = EVENTS) -> None:
    """Write the generated files and freeze the schemas; removes nothing.

    Raises:
        LedgerError: the folder cannot be written, or a frozen schema would change.
    """
    made, sums = files(classes), folder / FROZEN
    known = frozen(sums)
    for name, text in made.items():
        found = hashlib.sha256(text.encode()).hexdigest()
        stem = name.removeprefix("schemas/")
        if name != stem and known.setdefault(stem, found) != found:
            raise LedgerError(
                "this schema is frozen, and the event would change it",
                where=name,
                todo="Give the event a new version, and a row in harness/ledger/older.py.",
            )
    lines = (f"{digest}  {name}\n" for name, digest in sorted(known.items()))
    for name, text in {**made, FROZEN: "".join(lines)}.items():
        _write(folder / name, text)


def frozen(sums: Path) -> dict[str, str]:
    """Digest of each schema that may not change any more, by the name of its file."""
    if not sums.is_file():
        return {}
    rows = (line.split("  ", 1) for line in sums.read_text("utf-8").splitlines())
    return {name: digest for digest, name in rows}


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LedgerError(
            f"the catalogue cannot be written: {error.strerror}", where=str(path)
        ) from None


def _row(topic: str, kind: type, codec: Codec) -> str:
    meaning = " ".join((getdoc(kind) or "").split("\n\n", maxsplit=1)[0].split())
    names = [f"`{name}`" for name in codec.schema(topic)["properties"] if name not in _COMMON]
    link = f"[`{topic}`](schemas/{_stem(topic)}.json)"
    return f"| {link} | {meaning} | {', '.join(names) or 'none'} |\n"


def _stem(topic: str) -> str:
    """``ItemRecorded.v1`` of ``joining.ItemRecorded.v1``."""
    return topic.partition(".")[2]


def _closed(node: Any) -> Any:
    """A schema in which every object has exactly its fields; texts about Python left out.

    A stored event always holds every field, also those that have a default when it is made.
    """
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    kept = {name: _closed(value) for name, value in node.items() if name not in _PYTHON}
    if "description" in kept:
        kept["description"] = _first_sentence(kept["description"])
    if "properties" in kept:
        kept["properties"] = {name: _closed(each) for name, each in node["properties"].items()}
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    if "$defs" in kept:
        kept["$defs"] = {name: _closed(each) for name, each in node["$defs"].items()}
    return kept


def _first_sentence(text: str) -> str:
    """The first paragraph of a docstring, on one line, without markup."""
    return re.sub(r"`{1,2}", "", " ".join(text.split("\n\n", maxsplit=1)[0].split()))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
