"""A headless run of a notebook."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.entities.panels import RunNotebook, Work, WorkVerb
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.forms import inputs
from jupyter_mlops.forms.telling import Misfit
from jupyter_mlops.provenance import display_path
from jupyter_mlops.server.api.route import Call, Route


def _run(call: Call) -> Work:
    asked: RunNotebook = call.body
    notebook = _place(call, asked.path)
    if wrong := inputs.wrong(call.project.parameters(notebook), asked.parameters):
        raise Misfit(wrong, f"not run: {', '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not fit")
    work = call.works.start(
        WorkVerb.RUN,
        asked.model_copy(update={"path": str(notebook)}),
        call,
        subject=display_path(call.project.root, notebook),
        again=True,
    )
    return call.works.begun(work.id)


def _place(call: Call, path: str) -> Path:
    root = call.served.resolve()
    try:
        found = (root / path).resolve()
        there = found.is_relative_to(root) and found.suffix == ".ipynb" and found.is_file()
    except (ValueError, OSError):
        there = False
    if not there:
        raise NotFound(f"no such notebook: {path!r}", hint="name it as the file browser shows it")
    return found


ROUTES = (Route("POST", "/notebook/run", "Run a notebook", _run, Work, body=RunNotebook, status=202),)
