"""Which files of the project a notebook's imports would find: one that is new may stand in for another.

Found by reading the code, names and not content: what was really imported is known only when it ran.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jupyter_mlops.notebooks.document import Notebook
from jupyter_mlops.pipelines.files import imported_anywhere, imports, parsed
from jupyter_mlops.provenance import display_path

_LARGEST = 1_000_000  # bytes of a file that is read for its imports


def resolution(notebook: Notebook, folder: Path, root: Path) -> str:
    """The files and folders beside the notebook in `folder`, and at the project's `root`, that bear the name
    of a module which the notebook, or one of these files, imports anywhere; in words."""
    found: set[str] = set()
    known: set[str] = set()
    waiting = imported_anywhere(notebook)
    while waiting:
        top = waiting.pop().partition(".")[0]
        if top in known:
            continue
        known.add(top)
        for place in _candidates(top, folder, root):
            found.add(display_path(root, place))
            for file in [place] if place.is_file() else place.glob("*.py"):
                waiting += _imports_of(file)
    return ", ".join(sorted(found))


def _candidates(top: str, folder: Path, root: Path) -> Iterator[Path]:
    for base in dict.fromkeys((folder, root)):
        file, package = base / f"{top}.py", base / top
        if file.is_file():
            yield file
        if package.is_dir() and any(package.glob("*.py")):
            yield package


def _imports_of(file: Path) -> list[str]:
    try:
        if file.stat().st_size > _LARGEST:
            return []
        tree = parsed(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return []
    return list(imports(tree, ""))
