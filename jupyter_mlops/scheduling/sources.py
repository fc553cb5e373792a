"""The code that a schedule runs where that is not the files as they are then: pinned, or of a git ref.

It is kept in ``.mlops/schedules/NAME/DIGEST/``: ``files/``, laid out as the project, with the notebooks that
run and all Python code; ``pipeline.json``, the pipeline as it was declared; and ``git.json``. Which one a
schedule is pinned to is in ``pinned.json``, beside them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jupyter_mlops.config import CONFIG_NAME, STATE_FOLDER, Config
from jupyter_mlops.entities import GitState, Pipeline
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.execution.pinned import GIT
from jupyter_mlops.files import sync_folder, write_whole
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.provenance.git import git_state
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.revisions import Revision

FOLDER = "schedules"  # below the project's state folder
FILES = "files"
PIPELINE = "pipeline.json"
PINNED = "pinned.json"
LARGEST = 10_000_000  # bytes of one file; larger ones are no code
MOST = 200_000_000  # bytes in all
_OTHERS = {"__pycache__", "node_modules", "site-packages", "mlruns"}
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Source:
    """Code that is kept: `files` is laid out as the project. `pipeline` is how it was declared, None where a
    notebook alone runs; `commit` the one that it is from, where git was asked."""

    files: Path
    pipeline: Pipeline | None = None
    commit: str | None = None


def source_of(root: Path, config: Config, planned: Planned) -> Source | None:
    """What the schedule is to run; None where it is the files as they are. One that says ``pinned`` and was
    never pinned, or now runs something else, is pinned with that.

    Raises:
        NotFound: a notebook, a pipeline or the ref is not there.
        Refused: the ref cannot be read, or there is too much code.
    """
    if planned.source == "now" or not _runs_code(planned):
        return None
    if planned.source == "pinned":
        known = _pinned(root, planned)
        return _opened(_folder(root, planned.name) / (known or pin(root, config, planned)))
    revision = Revision(root, planned.source.partition(":")[2])
    runs = hashlib.blake2b(planned.target.encode(), digest_size=4).hexdigest()
    folder = _folder(root, planned.name) / f"git-{revision.commit[:16]}-{runs}"
    if not folder.is_dir():
        git = GitState(commit=revision.commit, branch=None, dirty=False)
        _keep(folder, *_at(revision, config, planned), git)
    found = _opened(folder)
    return Source(found.files, found.pipeline, revision.commit)


def config_with(config: Config, pipeline: str, source: Source | None) -> Config:
    """The configuration with that pipeline as it is declared in the code that is kept for it."""
    if source is None or source.pipeline is None:
        return config
    return config.model_copy(update={"pipelines": {**config.pipelines, pipeline: source.pipeline}})


def pin(root: Path, config: Config, planned: Planned) -> str:
    """Keep the code that the schedule runs as it is now, and have it run that from now on; its digest, "" of
    a schedule that runs no code of the project's.

    Raises:
        NotFound: a notebook is not there.
        Refused: there is too much code.
    """
    if not _runs_code(planned):
        return ""
    pipeline = None if planned.pipeline is None else _declared(config, planned.pipeline)
    files = dict(_code(root))
    files |= {name: _notebook(root / name) for name in _notebooks(planned, pipeline)}
    digest = _digest(files, pipeline)
    folder = _folder(root, planned.name)
    if not (folder / digest).is_dir():
        _keep(folder / digest, files, pipeline, git_state(root))
    write_whole(folder / PINNED, json.dumps({"digest": digest, "runs": planned.target}))
    return digest


def forget(root: Path, name: str) -> None:
    """Let go of all code that is kept for the schedule of that name."""
    shutil.rmtree(_folder(root, name), ignore_errors=True)


# -- what is kept


def _runs_code(planned: Planned) -> bool:
    return planned.pipeline is not None or (
        planned.schedule is not None and planned.schedule.notebook is not None
    )


def _declared(config: Config, name: str) -> Pipeline:
    if name.endswith(".ipynb") and name not in config.pipelines:
        return Pipeline(notebook=name)
    if name not in config.pipelines:
        raise NotFound(f"there is no pipeline {name!r}", hint=f"see pipelines: in {CONFIG_NAME}")
    return config.pipelines[name]


def _notebooks(planned: Planned, pipeline: Pipeline | None) -> list[str]:
    """The notebooks that run, by path in the project."""
    if pipeline is None:
        assert planned.schedule is not None
        named = [planned.schedule.notebook or ""]
    else:
        named = [pipeline.notebook] if pipeline.notebook else [s.notebook for s in pipeline.steps.values()]
    for name in named:
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts:
            raise Refused(f"{name!r} lies outside the project: it cannot be kept", hint="move it there")
    return sorted(str(PurePosixPath(name)) for name in named)


def _notebook(path: Path) -> bytes:
    """What of a notebook runs: not its outputs."""
    notebook = read_notebook(path)
    cells = [
        {**cell, "outputs": [], "execution_count": None} if "outputs" in cell else cell
        for cell in notebook["cells"]
    ]
    return json.dumps({**notebook, "cells": cells}, indent=1).encode()


def _code(root: Path) -> Iterator[tuple[str, bytes]]:
    """Python files of the project, and what lies with them in packages, with their text."""
    for folder, below, names in os.walk(root):
        here = set(names)
        if "pyvenv.cfg" in here:
            below.clear()
            continue
        below[:] = sorted(name for name in below if not is_apart(name))
        for name in sorted(names):
            path = Path(folder, name)
            if is_code(name, "__init__.py" in here) and path.is_file() and path.stat().st_size <= LARGEST:
                yield path.relative_to(root).as_posix(), path.read_bytes()


def is_apart(folder: str) -> bool:
    """In a folder of that name there is no code of the project's own."""
    return folder.startswith(".") or folder in _OTHERS


def is_code(name: str, in_package: bool) -> bool:
    """A file of that name is code, or lies with code in a package, which may read it."""
    return name.endswith(".py") or (in_package and not name.startswith(".") and not name.endswith(".ipynb"))


def _at(revision: Revision, config: Config, planned: Planned) -> tuple[Files, Pipeline | None]:
    """The code at a commit, and the pipeline as it was declared there, or is now where nothing was."""
    pipeline = None
    if planned.pipeline is not None:
        then = revision.config()
        pipeline = _declared(config if then is None else then, planned.pipeline)
    names = [entry for entry in revision.entries if not any(map(is_apart, PurePosixPath(entry).parts[:-1]))]
    packages = {str(PurePosixPath(n).parent) for n in names if PurePosixPath(n).name == "__init__.py"}
    code = [n for n in names if is_code(PurePosixPath(n).name, str(PurePosixPath(n).parent) in packages)]
    notebooks = _notebooks(planned, pipeline)
    for name in notebooks:
        if name not in revision.entries:
            told = f"no such notebook at {revision.ref} ({revision.commit[:10]}): {name}"
            raise NotFound(told, hint="commit it, or name another ref")
    return revision.read([*code, *notebooks]), pipeline


# -- where it is kept


def _folder(root: Path, name: str) -> Path:
    if name in {"", ".", ".."} or "/" in name or "\\" in name or "\0" in name:
        raise Refused(f"{name!r} is no name of a schedule", hint="use letters, digits, _ and -")
    return root / STATE_FOLDER / FOLDER / name


def _pinned(root: Path, planned: Planned) -> str | None:
    """The digest that the schedule is pinned to; None where it never was, or ran something else then.

    Raises:
        NotFound: what it is pinned to is gone.
    """
    folder = _folder(root, planned.name)
    try:
        told = json.loads((folder / PINNED).read_text(encoding="utf-8"))
        digest, runs = str(told["digest"]), told["runs"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if runs != planned.target:
        return None
    if not (folder / digest).is_dir():
        again = "add the schedule again, to pin it to the code as it is now"
        raise NotFound(f"the code that {planned.name} is pinned to is gone: {folder / digest}", hint=again)
    return digest


def _opened(folder: Path) -> Source:
    told = folder / PIPELINE
    pipeline = None
    if told.exists():
        pipeline = Pipeline.model_validate_json(told.read_text(encoding="utf-8"))
    return Source(folder / FILES, pipeline)


def _keep(folder: Path, files: Files, pipeline: Pipeline | None, git: GitState | None) -> None:
    """Write it all, or nothing; who comes second finds it there.

    Raises:
        Refused: it is too much.
        MLOpsError: the disk is full.
    """
    if sum(map(len, files.values())) > MOST:
        raise Refused(
            f"the project has more than {MOST // 1_000_000} MB of code: it cannot be kept",
            hint="move what is no code of its own elsewhere, or run it as it is: source: now",
        )
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        try:
            for name, content in files.items():
                _write(made / FILES / name, content)
            for name, entity in ((PIPELINE, pipeline), (GIT, git)):
                if entity is not None:
                    _write(made / name, entity.model_dump_json(by_alias=True, exclude_unset=True).encode())
            if not folder.is_dir():
                os.rename(made, folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        if folder.is_dir():  # another process was faster
            return
        told = f"{folder} cannot be written: {error.strerror or error}"
        raise MLOpsError(told, hint="make room for it") from None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)


def _digest(files: Files, pipeline: Pipeline | None) -> str:
    folded = hashlib.blake2b(digest_size=8)
    for part in _parts(files, pipeline):
        folded.update(len(part).to_bytes(8, "big"))
        folded.update(part)
    return folded.hexdigest()


def _parts(files: Files, pipeline: Pipeline | None) -> Iterable[bytes]:
    for name in sorted(files):
        yield from (name.encode("utf-8", "surrogatepass"), files[name])
    yield b"" if pipeline is None else pipeline.model_dump_json().encode()
