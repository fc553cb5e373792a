"""git, asked about the repository that a folder lies in."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_OPTIONS = (
    "--no-optional-locks",
    "--no-pager",
    "--literal-pathspecs",
    "-c", "core.fsmonitor=false",  # a repository's own settings must not run a program
)  # fmt: skip
# where a hook of git's started us, these tell its repository
_ANOTHERS = frozenset(
    (
        "GIT_DIR",
        "GIT_COMMON_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
    )
)


def run_git(
    folder: Path, *words: str, timeout: float, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """How git ended with these words in that folder, and what it printed. It reads `given`, then nothing, and
    may take `timeout` seconds.

    Raises:
        OSError: there is no git.
        ValueError: a word holds a NUL.
        TimeoutExpired: it took longer, and was ended.
    """
    return subprocess.run(
        ["git", *_OPTIONS, "-C", str(folder), *words],
        input=given,
        capture_output=True,
        env={name: value for name, value in os.environ.items() if name not in _ANOTHERS},
        timeout=timeout,
        check=False,
    )
