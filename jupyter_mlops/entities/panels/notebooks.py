"""The nouns of a notebook in a page: its form, its badges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.runs import CellStatus, Run


class NotebookQuery(Entity):
    """A notebook's place below the server's root."""

    path: str = Field(max_length=1000)


class FormField(Entity):
    """A parameter as a field of a form: `kind` is the control that suits it, `text` its default as typed,
    `note` its type and bounds in words."""

    name: str
    kind: Literal["choice", "bool", "text"] = "text"
    choices: tuple[str, ...] = ()
    text: str = ""
    note: str = ""
    help: str = ""


class NotebookInfo(Entity):
    """What a page may do with a notebook: its `fields`; the `models` that its runs registered; the schedules
    that run it. `note` tells what there is to say of it, such as that it has no parameters cell."""

    path: str
    folder: str = ""  # of its project
    fields: tuple[FormField, ...] = ()
    models: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    note: str = ""
    last: Run | None = None


class MetricChange(Entity):
    """A metric that a cell logged, and how it differs from the run of the same notebook before; `better` is
    None where that cannot be told."""

    name: str
    value: float
    change: float | None = None
    better: bool | None = None


class CellBadge(Entity):
    """What is on the record of one cell of a notebook: its last execution in a tracked run. `source` is what
    ran: a cell with another one now was edited since. `warnings` tell why the notebook's state could not have
    come from running it top to bottom."""

    cell_id: str
    run_id: str
    run: str
    status: CellStatus
    duration: float | None = None
    source: str = ""
    metrics: tuple[MetricChange, ...] = ()
    warnings: tuple[str, ...] = ()


class NotebookBadges(Entity):
    """The badges of a notebook's cells, and the run that goes on in its session, if one does."""

    path: str
    tracked: Run | None = None
    cells: tuple[CellBadge, ...] = ()


class RunNotebook(Entity):
    """A headless run that is asked for: parameters as typed, by name; `register_as` is ``MODEL`` or
    ``MODEL=ARTIFACT``."""

    path: str = Field(max_length=1000)
    parameters: Mapping[str, str] = Field(default_factory=dict)
    experiment: str | None = Field(default=None, max_length=200)
    register_as: str | None = Field(default=None, max_length=300)
    timeout: float | None = Field(default=None, gt=0)
