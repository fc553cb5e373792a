"""A worker that does not see the project's folder: what a task brings along, laid out in one of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path, PurePosixPath

from jupyter_mlops.config import CONFIG_NAME, STATE_FOLDER
from jupyter_mlops.entities import StepTask
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.files import write_whole
from jupyter_mlops.tracking import owners

KEEP = 7 * 86400.0  # seconds that the folder of code that nobody runs any more is kept


def guest_folder(base: Path, task: StepTask) -> Path:
    """The folder, below `base`, of a project that holds just what the task brings along. Other code has
    another: a helper that was edited meanwhile, or that is there no more, is never met."""
    code = json.dumps([task.notebook, task.document, sorted(task.files.items())])
    return base / hashlib.blake2b(code.encode(), digest_size=8).hexdigest()


def settle(task: StepTask, root: Path) -> None:
    """Lay out the task's notebook and modules in `root`.

    Raises:
        Refused: a file would lie outside, or an input cannot be had from here.
        MLOpsError: the disk is full.
    """
    _check_inputs(task)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (root / STATE_FOLDER).mkdir(mode=0o700, exist_ok=True)
        for name, text in {**task.files, task.notebook: task.document, CONFIG_NAME: ""}.items():
            _lay(root, name, text)
        _sweep(root)
    except OSError as error:
        raise MLOpsError(
            f"{root} cannot be written: {error.strerror or error}", hint="make room on the worker"
        ) from None


def inside(root: Path, name: str) -> Path:
    """The place of the file `name` in the folder `root`.

    Raises:
        Refused: it would lie outside, or among the project's own records.
    """
    path = PurePosixPath(name)
    place = root / path
    outside = path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts
    if outside or path.parts[0] == STATE_FOLDER or not place.resolve().is_relative_to(root.resolve()):
        raise Refused(
            f"{name!r} is no place for a file of a project", hint="move it into the project's folder"
        )
    return place


def _lay(root: Path, name: str, text: str) -> None:
    place = inside(root, name)
    if place.is_file() and place.read_bytes() == text.encode():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(place, text)


def _check_inputs(task: StepTask) -> None:
    """Those in the project's storage are fetched by the attempt, URLs are read by the notebook itself."""
    for name, given in task.inputs.items():
        if not given.stored and "://" not in given.place:
            raise Refused(
                f"input {name} of step {task.name} ({given.place}) is not in the project's storage, "
                "and this worker does not see the project's folder",
                hint="name it by a URL",
            )


def _sweep(root: Path) -> None:
    """Remove the folders of code that nobody has run for long."""
    (root / CONFIG_NAME).touch()
    for other in root.parent.iterdir():
        used = other / CONFIG_NAME
        old = other != root and used.exists() and used.stat().st_mtime < time.time() - KEEP
        if old and not owners.leases(other / STATE_FOLDER):
            shutil.rmtree(other, ignore_errors=True)
