"""A headless run of a notebook."""

from __future__ import annotations

from jupyter_mlops.entities.panels import RunNotebook, Work, WorkVerb
from jupyter_mlops.forms import inputs
from jupyter_mlops.forms.telling import Misfit
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.provenance import display_path
from jupyter_mlops.server.api.route import Call, Route


def _run(call: Call) -> Work:
    asked: RunNotebook = call.body
    notebook, root = call.places.notebook(asked.path), call.places.project_root(asked.path)
    declared = read_parameters(read_notebook(notebook)) or ()
    if wrong := inputs.wrong(declared, asked.parameters):
        raise Misfit(wrong, f"not run: {', '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not fit")
    work = call.works.start(
        WorkVerb.RUN,
        asked.model_copy(update={"path": str(notebook)}),
        call,
        subject=display_path(root, notebook),
        root=root,
        again=True,
    )
    return call.works.begun(work.id)


ROUTES = (
    Route(
        "POST",
        "/notebook/run",
        "Run a notebook headless",
        _run,
        Work,
        body=RunNotebook,
        status=202,
        asks_store=False,
    ),
)
