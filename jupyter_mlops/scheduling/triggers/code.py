"""Code that is watched: notebooks, modules, folders of them, and what is committed of a path."""

from __future__ import annotations

import hashlib
import re
import subprocess
from datetime import datetime
from pathlib import Path, PurePath

from jupyter_mlops.data.digest import file_digest, unchanged
from jupyter_mlops.data.memo import Memo
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.notebooks.code import code_digest, code_digests
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.scheduling.git import run_git
from jupyter_mlops.scheduling.triggers.files import Watched
from jupyter_mlops.scheduling.triggers.probed import Look

GIT = "git:"  # begins what is watched as it is committed

_NOTEBOOK, _MODULE = ".ipynb", ".py"
_ENDINGS = (
    "c cc cfg cpp cu cuh cxx f90 go h hpp ini ipynb java jl js lua m pl py pyi pyx r rmd rs scala sh sql toml"
    " ts yaml yml"
)
_LANGUAGES = frozenset(f".{ending}" for ending in _ENDINGS.split())
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_GIT_TIME = 10.0  # seconds that git may take


def is_code(name: str) -> bool:
    """Whether a file in a folder of code is code, or settings of it: what it writes there is not."""
    return PurePath(name).suffix.lower() in _LANGUAGES


def watched_code(root: Path, place: str) -> Watched | Committed:
    """What `place` means: a file, folder or pattern, a module of the project by its dotted name, or
    ``git:PATH``. Of notebooks and Python the code counts, without comments and layout, as it does for the
    cache of steps; of other files all bytes."""
    if place.startswith(GIT):
        return Committed(root, place.removeprefix(GIT))
    found = place
    if _NAME.fullmatch(place) and not (root / place).exists():
        path = place.replace(".", "/")
        found = path if (root / path).is_dir() else f"{path}{_MODULE}"
    return Watched(root, found, kind="code", wanted=is_code, digest=digest_of_code)


def digest_of_code(path: Path, memo: Memo) -> str:
    """What the file does.

    Raises:
        MLOpsError: it cannot be read, or was written to meanwhile.
    """
    ending = path.suffix.lower()
    if ending == _NOTEBOOK:
        return memo.of(path, "code", lambda: _of_notebook(path))
    if ending == _MODULE:
        return memo.of(path, "code", lambda: _of_module(path))
    return file_digest(path, memo)


def _of_notebook(path: Path) -> str:
    with unchanged(path):
        notebook = read_notebook(path)
    return hashlib.blake2b("\n".join(code_digests(notebook)).encode(), digest_size=16).hexdigest()


def _of_module(path: Path) -> str:
    with unchanged(path):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    return code_digest(text)


class Committed:
    """What is committed at `path` in the checked-out branch of the repository that `root` lies in."""

    def __init__(self, root: Path, path: str) -> None:
        self.name = f"code:{GIT}{path}"
        self.label = f"{GIT}{path}"
        self.bytes = 0
        self._root = root
        self._path = path
        self._folders: tuple[Path, Path] | None = None
        self._known: tuple[str, str | None] = (
            "",
            None,
        )  # what the repository looked like, and what was there

    def look(self, now: datetime) -> Look:
        """The id of the tree or blob. No process is needed where the repository looks as it did.

        Raises:
            Refused: there is no repository, or git cannot be asked.
        """
        own, common = self._folders = self._folders or self._find()
        mark = _checked_out(own, common)
        if mark is None:
            self._folders = None
            return Look("", now, absent=True)
        if mark != self._known[0]:
            found = self._git("rev-parse", "--verify", "--quiet", f"HEAD:./{self._path}")
            self._known = (mark, found)
        found = self._known[1]
        return Look(found or "", now, absent=found is None)

    def content(self) -> str | None:
        """The same."""
        return self._known[1]

    def _find(self) -> tuple[Path, Path]:
        """The repository's folder for this working tree, and the one for all."""
        said = self._git("rev-parse", "--git-dir", "--git-common-dir")
        if said is None:
            raise Refused(f"{self.label}: {self._root} lies in no git repository", hint="git init")
        own, common = (self._root / line for line in said.splitlines())
        return own, common

    def _git(self, *words: str) -> str | None:
        try:
            done = run_git(self._root, *words, timeout=_GIT_TIME)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise Refused(f"{self.label}: git cannot be asked: {error}", hint="install git") from None
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode and "dubious ownership" in said:
            raise Refused(
                f"{self.label}: the repository is another user's", hint="git config --add safe.directory"
            )
        return done.stdout.decode(errors="surrogateescape").strip() or None if not done.returncode else None


def _checked_out(own: Path, common: Path) -> str | None:
    """What changes when another commit is checked out, of the files in which git keeps that."""
    head = _text(own / "HEAD")
    if not head:
        return None
    mark = [head, *map(_times, (own / "logs/HEAD", common / "packed-refs", common / "reftable/tables.list"))]
    if head.startswith("ref: "):
        name = head.removeprefix("ref: ")
        mark.append(_text(common / name) or _text(own / name))
    return " ".join(mark)


def _times(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "-"
    return f"{found.st_size}.{found.st_mtime_ns:x}.{found.st_ino:x}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
