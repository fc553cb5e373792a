"""What a page may do with a notebook: the form of its parameters, and what it has led to so far."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.config import Config
from jupyter_mlops.entities import RunKind
from jupyter_mlops.entities.panels import FormField, NotebookInfo
from jupyter_mlops.exceptions import MLOpsError, StoreError
from jupyter_mlops.forms.inputs import described
from jupyter_mlops.forms.telling import told
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking import notebooks

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

PLAIN = "It has no cell tagged parameters: it runs as it is."
_KINDS = (RunKind.SESSION, RunKind.HEADLESS)


def info(project: Project, notebook: Path) -> NotebookInfo:
    """The form of the notebook's parameters, the models that its runs registered, the schedules that run it,
    its last run, and the experiments that there are. What cannot be read, be it the notebook or the store, is
    told in its note. Nothing is written."""
    name = display_path(project.root, notebook)
    fields, note = fields_of(project, notebook)
    found = NotebookInfo(path=name, fields=fields, schedules=schedules_of(project.config, name), note=note)
    try:
        known = _recorded(project, name)
    except StoreError as error:
        return found.model_copy(update={"note": " ".join(filter(None, (note, told(error))))})
    return found.model_copy(update=known)


def fields_of(project: Project, notebook: Path) -> tuple[tuple[FormField, ...], str]:
    """The fields of the notebook's form, and what is to be said of it."""
    try:
        fields = described(project.parameters(notebook))
    except MLOpsError as error:
        return (), told(error)
    return fields, "" if fields else PLAIN


def schedules_of(config: Config, notebook: str) -> tuple[str, ...]:
    """Names of the schedules that run the notebook, as it is or as a step of a pipeline."""
    pipelines = {
        name
        for name, pipeline in config.pipelines.items()
        if notebook in {pipeline.notebook, *(step.notebook for step in pipeline.steps.values())}
    }
    return tuple(
        name
        for name, schedule in config.schedules.items()
        if schedule.notebook == notebook or schedule.pipeline in pipelines
    )


def _recorded(project: Project, notebook: str) -> dict[str, object]:
    store = project.store
    if store.is_new:
        return {}
    runs = notebooks.runs_of(store, notebook, _KINDS, 1 if store.direct() is not None else 50)
    return {
        "models": tuple(notebooks.models_of(store, notebook, runs)),
        "last": runs[0] if runs else None,
        "experiments": tuple(notebooks.experiments_of(store)),
    }
