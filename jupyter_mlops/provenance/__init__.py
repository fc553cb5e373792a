"""Where a run came from: notebook, code, environment, machine, person."""

from __future__ import annotations

import getpass
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_mlops.entities import Provenance

__all__ = ["capture", "display_path", "user"]


def capture(root: Path, notebook: Path | None) -> Provenance:
    """Everything that is known of this process's origin; what cannot be found out is None or empty.

    `root` is the project, whose working tree is described; `packages` are those that this process has
    imported so far.
    """
    from jupyter_mlops.provenance.packages import imported, installed

    packages = imported()  # first, because the rest imports for itself
    from jupyter_mlops.entities import Provenance
    from jupyter_mlops.provenance.git import git_state
    from jupyter_mlops.provenance.hardware import hardware

    return Provenance(
        notebook=None if notebook is None else display_path(root, notebook),
        notebook_digest=None if notebook is None else _digest(notebook),
        git=git_state(root),
        python=platform.python_version(),
        platform=platform.platform(),
        hardware=hardware(),
        user=user(),
        packages=packages,
        installed=installed(),
    )


def display_path(root: Path, path: Path) -> str:
    """`path` as a person sees it: relative to `root` with ``/`` where it lies inside, else absolute."""
    # as written first: a link inside the project is known by its own name, not by its target's
    for base, target in (
        (os.path.abspath(root), os.path.abspath(path)),
        (os.path.realpath(root), os.path.realpath(path)),
    ):
        try:
            return Path(target).relative_to(base).as_posix()
        except ValueError:
            continue
    return os.path.abspath(path)


def _digest(notebook: Path) -> str | None:
    from jupyter_mlops.exceptions import Refused
    from jupyter_mlops.notebooks.document import read_notebook, source_digest

    try:
        return source_digest(read_notebook(notebook))
    except (Refused, OSError):
        return None


def user() -> str:
    """Who runs this: the person that this process acts for, else the login name, or the number of a user that
    has none."""
    from jupyter_mlops.provenance.identity import acting

    if (told := acting()) is not None:
        return told.name
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):  # no such uid, as in many containers
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
