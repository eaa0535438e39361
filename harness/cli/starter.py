"""The files that a new project begins with, besides contract and scenarios."""

import json

GITIGNORE = """\
/.harness/
/.tox/
/keys/
/private/
"""

TOX = """\
[tox]
no_package = true
env_list = connection

# The command on your PATH is used. To have tox install it, write instead of allowlist_externals:
# deps = the folder or the wheel that you installed it from
[testenv:connection]
description = from the contract to an explained go-live decision
skip_install = true
allowlist_externals = harness
pass_env = HARNESS_*, CI, NO_COLOR, COLUMNS, LANG, LC_ALL, TERM
commands = harness connection {posargs}
"""

_SETTINGS = """\
# What this project says of itself; every key is explained in docs/configuration.md of the harness.

[project]
# The name of the project on record. It is final: another id is another project.
id = {id}
name = {name}
# A rehearsal can never open production. A project that shall is of kind "joining" and has another
# id; what it needs besides is told by harness gate.
kind = "rehearsal"
# Or "state" or "other": it decides the agreement that phase 1 asks for.
organisation = "municipality"
# The organisation that joins, and its technical supplier. These two are invented.
authority = "Esimerkkikunta"
supplier = "Esimerkkitoimittaja Oy"
# The release of its own system: harness observe and harness relay write it into evidence.
# system_release = "1.0"

[contract]
name = {contract}
version = {version}

[scenarios]
folder = "scenarios"

# Who acts. A table a person; in a joining project each makes a key with harness key new FILE and
# puts the public half here: key = "ed25519:..."
[people.developer]
party = "supplier"
role = "technical supplier's developer"

# The mock is always there. A real endpoint has a table; then: harness connection --endpoint qat
# [endpoints.qat]
# url = "https://service.example/path"
# level = "test"
"""


def settings_text(*, project: str, name: str, contract: str, version: str) -> str:
    """The text of harness.toml: a rehearsal, one person, the contract.

    Args:
        project: id of the project.
        name: what people call it.
        contract: name of the contract, without version.
        version: its version.
    """
    values = {"id": project, "name": name, "contract": contract, "version": version}
    return _SETTINGS.format(**{key: _quoted(text) for key, text in values.items()})


def _quoted(text: str) -> str:
    """A basic string of TOML, which JSON's are but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
