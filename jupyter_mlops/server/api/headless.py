"""A headless run of a notebook."""

from __future__ import annotations

import re

from jupyter_mlops.entities.panels import RunNotebook, Work, WorkVerb
from jupyter_mlops.forms import inputs
from jupyter_mlops.forms.telling import Misfit
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.provenance import display_path
from jupyter_mlops.server.api.route import Call, work_route
from jupyter_mlops.server.api.works import Declined

_PARAMETER = re.compile(r"parameter (\w+): ")  # begins what is said of one that only the run can tell


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
    try:
        return call.works.begun(work.id)
    except Declined as error:
        found = _PARAMETER.match(str(error))
        if found is None or found[1] not in asked.parameters:
            raise
        raise Misfit({found[1]: str(error)}, str(error), hint=error.hint) from None


ROUTES = (work_route("/notebook/run", "Run a notebook headless", _run, RunNotebook),)
