"""The git working tree that a run started from."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.entities import GitState

if TYPE_CHECKING:
    from git import Repo

DIFF_LIMIT = 10_000_000

_GLOBAL_OPTIONS = (
    "--no-optional-locks",
    "--no-pager",
    # a repository's own settings must not run a program, nor change how the diff reads
    "-c", "core.fsmonitor=false",
    "-c", "core.safecrlf=false",  # its warnings could fill the pipe that nobody reads
    "-c", "diff.noprefix=false",
    "-c", "diff.mnemonicPrefix=false",
)  # fmt: skip
_STATUS = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--submodule=short")


def git_state(folder: Path) -> GitState | None:
    """The state of the whole working tree that `folder` lies in; None where git cannot tell.

    `commit` is None before the first commit, `branch` None on a detached HEAD. `untracked` names files
    from the tree's top; a wholly new folder is named once, with a trailing slash. `diff` is at most
    10 MB; where there was more its last line says so.
    """
    try:
        import git
    except ImportError:  # GitPython raises this when there is no git program
        return None
    try:
        with git.Repo(folder, search_parent_directories=True) as repo:
            if repo.bare:
                return None
            commit, branch, changed, untracked = _status(_output(repo, *_STATUS).split("\0"))
            diff = _diff(repo, commit) if changed else ""
    except (git.InvalidGitRepositoryError, git.NoSuchPathError, git.GitCommandError, OSError, ValueError):
        return None
    return GitState(
        commit=commit, branch=branch, dirty=changed or bool(untracked), untracked=untracked, diff=diff
    )


# what recording runs writes into a project: no change of the user's
_OWN = {"mlflow.db", "mlflow.db-wal", "mlflow.db-shm", "mlflow.db-journal", "mlruns", ".mlops"}


def _status(entries: list[str]) -> tuple[str | None, str | None, bool, tuple[str, ...]]:
    """(commit, branch, whether tracked files changed, untracked names) of ``status --porcelain=v2 -z``."""
    commit, branch, changed = None, None, False
    untracked = []
    rest = iter(entries)
    for entry in rest:
        kind, _, value = entry.partition(" ")
        if entry.startswith("# branch.oid "):
            commit = None if entry.endswith(" (initial)") else entry.rsplit(" ", 1)[1]
        elif entry.startswith("# branch.head "):
            name = entry.removeprefix("# branch.head ")
            branch = None if name == "(detached)" else name
        elif kind == "?":
            if value.rstrip("/").rpartition("/")[2] not in _OWN:
                untracked.append(value)
        elif kind in ("1", "2", "u"):
            changed = True
            if kind == "2":
                next(rest, None)  # a rename's old name is an entry of its own
    return commit, branch, changed, tuple(untracked)


def _diff(repo: Repo, commit: str | None) -> str:
    base = "HEAD" if commit else _output(repo, "hash-object", "-t", "tree", "/dev/null").strip()
    return _output(repo, *_DIFF, base, limit=DIFF_LIMIT)


def _output(repo: Repo, *arguments: str, limit: int | None = None) -> str:
    """What git printed, at most `limit` bytes of it and then a line that says it was more."""
    command = [str(repo.git.GIT_PYTHON_GIT_EXECUTABLE), *_GLOBAL_OPTIONS, *arguments]
    process = repo.git.execute(command, as_process=True)
    try:
        stdout = process.proc.stdout  # type: ignore[union-attr]
        printed: bytes = stdout.read(-1 if limit is None else limit + 1)  # type: ignore[union-attr]
        if limit is None or len(printed) <= limit:
            process.wait()
            return printed.decode("utf-8", "replace")
    finally:
        with contextlib.suppress(OSError):
            process.__del__()  # ends the process and closes its pipes, also where objects die late
    whole = printed[: printed.rfind(b"\n", 0, limit) + 1] or printed[:limit] + b"\n"
    return whole.decode("utf-8", "replace") + f"... cut: the diff is larger than {limit // 1_000_000} MB\n"
