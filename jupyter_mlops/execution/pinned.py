"""Code as it was kept: a run's kernel finds it in the place of what lies in the project now.

The kernel runs in the notebook's own folder, where its data lie; what it imports from the project's folder,
or runs by ``%run``, comes from the same place below the folder of kept files. What was not kept, such as a
compiled module, is found where it lies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops.config import PROJECT_VARIABLE
from jupyter_mlops.entities import GitState, Provenance
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.notebooks.document import read_notebook, source_digest

VARIABLE = "JUPYTER_MLOPS_SOURCE"  # of a kernel: the folder of kept files, laid out as the project
GIT = "git.json"  # beside it: the state of git that they are from


def kept_files(environment: Mapping[str, str]) -> Path | None:
    """The folder of kept files that a kernel of that environment is given, if it is given one."""
    return Path(environment[VARIABLE]) if VARIABLE in environment else None


def as_kept(provenance: Provenance, files: Path) -> Provenance:
    """The provenance of a run whose code is kept: by its own notebook and state of git, not those of now."""
    digest, git = None, None
    with contextlib.suppress(Refused):
        digest = source_digest(read_notebook(files / (provenance.notebook or "")))
    with contextlib.suppress(OSError, ValueError):
        git = GitState.model_validate_json((files.parent / GIT).read_text(encoding="utf-8"))
    return provenance.model_copy(update={"notebook_digest": digest, "git": git})


def first_words(environment: Mapping[str, str]) -> str:
    """What an IPython kernel of that environment is told, so that it finds kept files first; nothing where
    there are none."""
    if VARIABLE not in environment:
        return ""
    told = f"find_kept({environment[PROJECT_VARIABLE]!r}, {environment[VARIABLE]!r})"
    return f"exec({_SOURCE + told!r}, {{}})\n"


_SOURCE = """
def find_kept(root, files):
    import inspect, os, sys
    from importlib.machinery import PathFinder

    root = os.path.realpath(root)

    def twin(place):
        found = os.path.realpath(place or os.getcwd())
        if found != root and not found.startswith(os.path.join(root, "")):
            return place
        kept = os.path.normpath(os.path.join(files, os.path.relpath(found, root)))
        return kept if os.path.exists(kept) else place

    class Kept:
        @staticmethod
        def find_spec(name, path=None, target=None):
            places = list(sys.path if path is None else path)
            twins = [twin(place) if isinstance(place, str) else place for place in places]
            return None if twins == places else PathFinder.find_spec(name, twins, target)

    at = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(at, Kept)

    from IPython.core.magics import execution

    find = execution.get_py_filename

    def get_py_filename(name):
        for each in (name, name + ".py"):
            kept = twin(os.path.dirname(each)) if os.path.dirname(each) else twin("")
            kept = os.path.join(kept, os.path.basename(each))
            if os.path.isfile(kept):
                return kept
        return find(name)

    execution.get_py_filename = get_py_filename
    run = inspect.unwrap(execution.ExecutionMagics.run)  # it has the former one as a default
    run.__defaults__ = tuple(get_py_filename if each is find else each for each in run.__defaults__)

"""
