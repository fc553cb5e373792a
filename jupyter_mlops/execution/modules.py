"""The code beside the notebook that a run depends on: files that its kernel really imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from jupyter_mlops.data.memo import Memo, remembering
from jupyter_mlops.notebooks.code import code_digest
from jupyter_mlops.provenance import display_path

_OURS = Path(__file__).parents[1]  # whose version is recorded as that of any package
CODE = "code"  # what the memo calls the digest of a file's code
_FORGETFUL = Memo()
_RUN = re.compile(r"^[ \t]*%run[ \t]+(?:-\w+[ \t]+)*(\"[^\"]+\"|'[^']+'|\S+)", re.MULTILINE)


def module_digests(
    files: Iterable[str], root: Path, started: float, kept: Path | None = None
) -> dict[str, str]:
    """Digests of the code of imported `files`, by path as a person sees it in the project at `root`; "" for
    one that was changed after `started` (seconds since the epoch): nobody knows what was imported. One that
    is `kept`, in a folder laid out as the project, goes by the path that it has there."""
    found = {}
    for file in files:
        path = Path(file)
        if path.is_relative_to(_OURS):
            continue
        base = kept if kept is not None and path.is_relative_to(kept) else root
        try:
            fresh = os.stat(path).st_mtime > started
            found[display_path(base, path)] = "" if fresh else module_digest(path)
        except OSError:
            found[display_path(base, path)] = ""
    return found


def module_digest(path: Path, memo: Memo = _FORGETFUL) -> str:
    """Digest of the code of a file, of the bytes of one that is no Python source.

    Raises:
        OSError: it cannot be read.
    """
    return memo.of(path, CODE, lambda: _digest(path))


def changed_modules(known: Mapping[str, str], root: Path, memo: Path | None = None) -> list[str]:
    """Those of the `known` files, by path, whose code is another one now, or that are gone."""
    with remembering(memo) as remembered:
        now = {name: _now(root / name, remembered) for name in known}
    return [name for name, digest in known.items() if not digest or digest != now[name]]


def run_files(source: str, folder: Path) -> list[str]:
    """The files in `folder` that a cell runs by ``%run``, as it names them."""
    named = [name.strip("\"'") for name in _RUN.findall(source)]
    return [name for each in named for name in (each, f"{each}.py") if (folder / name).is_file()]


def _now(path: Path, memo: Memo) -> str | None:
    try:
        return module_digest(path, memo)
    except OSError:
        return None


def _digest(path: Path) -> str:
    content = path.read_bytes()
    # what is no text is taken byte by byte; no module has a lone surrogate in it
    return code_digest(content.decode("utf-8", "surrogateescape"))
