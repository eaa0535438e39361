"""A branch or tag of a git repository as a place of publication.

Rules kept here:

* each checkpoint is a commit that holds one file and nothing else, upon the commit before it;
* it is made of objects and one move of the ref, which succeeds only when the ref is where it was
  read (compare and swap): work trees and indexes are not touched, hooks are not run, nothing is
  pushed or fetched, and a branch that is checked out somewhere is refused;
* neither variables nor settings of whoever runs this change what git does, apart from the
  repository's own settings; author and committer are always the same.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from harness.classes import dataclass
from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.programs import Ended, run
from harness.vocabulary import counted

SECONDS = 10.0
"""How long one call of git may take."""
FILE = "checkpoint"
"""Name of the one file in each commit."""
_NAME, _EMAIL = "connection-harness", "checkpoint@connection-harness.invalid"
_ID = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64})\n")
_LISTED = re.compile(rb"100644 blob ([0-9a-f]{40,64})\t" + FILE.encode() + rb"\0")
_SETTINGS = (f"core.hooksPath={os.devnull}", "core.fsmonitor=false", "core.fsync=all")


@dataclass(frozen=True, slots=True)
class GitPlace:
    """A ref of a repository on this machine that holds checkpoints of one ledger.

    Attributes:
        repository: its folder, with a work tree or bare.
        ref: ``refs/heads/NAME`` or ``refs/tags/NAME``.
    """

    repository: Path
    ref: str

    def __str__(self) -> str:
        return f"{self.repository}#{self.ref}"

    def read(self) -> bytes | None:
        """The published checkpoint; None when there is no such ref, or no such folder.

        Raises:
            LedgerError: git or the repository cannot be used.
            IntegrityBroken: the ref holds something else.
        """
        return self._look()[1]

    def write(self, note: bytes, before: bytes | None) -> None:
        """Publish a checkpoint where ``before`` was read.

        Raises:
            LedgerError: it cannot be done, or somebody else moved the ref meanwhile.
        """
        if not self.repository.is_dir():
            raise LedgerError("there is no such folder", where=str(self))
        commit, found = self._look()
        if found != before:
            raise self._moved()
        self._refuse_checked_out()
        blob = self._id("hash-object", "-w", "--stdin", given=note)
        tree = self._id("mktree", "-z", given=f"100644 blob {blob}\t{FILE}\0".encode())
        size = int(note.decode("utf-8").split("\n")[1])
        upon = ["-p", commit] if commit else []
        new = self._id("commit-tree", tree, *upon, "-m", f"checkpoint of {counted(size, 'entry')}")
        if self._git("update-ref", "--no-deref", self.ref, new, commit).code != 0:
            raise self._moved()

    def _look(self) -> tuple[str, bytes | None]:
        """The commit that the ref names, and its checkpoint; empty and None without a ref."""
        if not self.repository.is_dir():
            return "", None  # not mounted, like a folder that is not there
        named = self._git("rev-parse", "--verify", "--quiet", f"{self.ref}^{{commit}}")
        if named.code == 1 and not named.output:
            return "", None
        if named.code != 0 or not _ID.fullmatch(named.output):
            raise LedgerError(
                "this is no git repository, or git does not let you use it", where=str(self)
            )
        commit = named.output.decode().strip()
        listed = _LISTED.fullmatch(self._git("ls-tree", "-z", commit).output)
        if listed is None:
            raise IntegrityBroken(
                "this ref holds something else than checkpoints",
                where=str(self),
                todo="Name a ref of its own in [[ledger.git]]; nothing else is kept there.",
            )
        blob = self._git("cat-file", "blob", listed[1].decode())
        if blob.code != 0:
            raise LedgerError("git cannot read the published checkpoint", where=str(self))
        return commit, blob.output

    def _refuse_checked_out(self) -> None:
        """Moving a branch under a work tree would make the tree look edited."""
        listed = self._git("worktree", "list", "--porcelain").output.splitlines()
        if f"branch {self.ref}".encode() in listed:
            raise LedgerError("this branch is checked out; name one that is not", where=str(self))

    def _id(self, *words: str, given: bytes = b"") -> str:
        done = self._git(*words, given=given)
        if done.code != 0 or not _ID.fullmatch(done.output):
            raise LedgerError(f"git {words[0]} failed (exit code {done.code})", where=str(self))
        return done.output.decode().strip()

    def _git(self, *words: str, given: bytes = b"") -> Ended:
        settings = [word for each in _SETTINGS for word in ("-c", each)]
        return run(
            ["git", *settings, *words],
            given,
            seconds=SECONDS,
            folder=self.repository,
            environment=_environment(self.repository),
        )

    def _moved(self) -> LedgerError:
        return LedgerError(
            "the ref cannot be moved: somebody else moved it meanwhile, or you may not write there",
            where=str(self),
        )


def _environment(repository: Path) -> Mapping[str, str]:
    """This process's variables without those of git, and what keeps git to this repository."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_AUTHOR_NAME": _NAME,
        "GIT_AUTHOR_EMAIL": _EMAIL,
        "GIT_COMMITTER_NAME": _NAME,
        "GIT_COMMITTER_EMAIL": _EMAIL,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(repository.resolve().parent),
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
        "TZ": "UTC",
    }
