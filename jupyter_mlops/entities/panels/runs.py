"""The nouns of the list of runs, and of runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.runs import Run, RunKind, RunStatus


class RunQuery(Entity):
    """Which runs, and which page of them. Each word of `search` must be part of a run's name, notebook,
    experiment, of the name or value of a parameter (or of both: ``C=0.1``), of the name of a model that it
    made, or begin its id; small letters are as good as capitals. `where` and `order_by` are in MLflow's
    words. `cursor` is the `RunPage.next` of the page before. `metric` is the one to draw; by default the
    first that a run has."""

    search: str = Field(default="", max_length=200)
    status: tuple[RunStatus, ...] = ()
    kind: tuple[RunKind, ...] = ()
    experiment: str | None = None
    notebook: str | None = None
    where: str | None = Field(default=None, max_length=2000)
    order_by: str | None = Field(default=None, max_length=300)
    metric: str | None = Field(default=None, max_length=300)
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=500)


class MetricPoints(Entity):
    """A metric as it was logged: steps and values, thinned where there are more of them (`of` in all, in a
    list counted up to 100,000); what is no number is None."""

    name: str
    steps: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()
    of: int = 0


class RunProgress(Entity):
    """How far a run that goes on is: `done` of `cells` cells; `cell` is the number, from 1, of the one that
    runs, since `began`, and `name` the first line of its source. `cells` is 0 where nothing tells how many
    there will be. Of a step of a pipeline `step` is its name, and the point of its grid. Of a pipeline's own
    run `pipeline` is its name, `step` those that run, with commas, and `done` and `cells` count steps."""

    run_id: str
    done: int = 0
    cells: int = 0
    cell: int | None = None
    name: str = ""
    began: datetime | None = None
    step: str = ""
    pipeline: str = ""


class RunRow(Entity):
    """A run in a list, with the metric to draw, and its progress while it goes on."""

    run: Run
    spark: MetricPoints | None = None
    progress: RunProgress | None = None


class RunPage(Entity):
    """Runs in order; `next` is the cursor of the page after, None on the last one: a run that begins
    meanwhile moves no other to another page. A page may hold fewer runs than were asked for, or none, and yet
    have a `next`: so far it was looked in the time that there was. `total` counts all that are found; None
    where counting takes too long. `experiments` and `metrics` are names to choose from. `note` tells what
    could not be looked for."""

    rows: tuple[RunRow, ...] = ()
    next: str | None = None
    total: int | None = None
    experiments: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    note: str = ""


class RunChoice(Entity):
    """Two runs or more, by id, at most 20."""

    run: tuple[str, ...] = Field(min_length=1, max_length=20)


class MetricsQuery(Entity):
    """Names of metrics; all where none is named."""

    metric: tuple[str, ...] = ()


class RunComparison(Entity):
    """Runs side by side: of each parameter and metric by name, the value in each run, None where it has none;
    and each metric that has several points, as it was logged by each of them."""

    runs: tuple[Run, ...]
    parameters: Mapping[str, tuple[str | None, ...]] = Field(default_factory=dict)
    metrics: Mapping[str, tuple[float | None, ...]] = Field(default_factory=dict)
    series: Mapping[str, tuple[MetricPoints, ...]] = Field(default_factory=dict)


class DiffQuery(Entity):
    """The two sides of a difference."""

    left: str = Field(max_length=500)
    right: str = Field(max_length=500)


class ExecutedNotebook(Entity):
    """The notebook of a run with its outputs, to be looked at. Widgets and JavaScript were taken out of it;
    HTML and SVG were not: a page must sanitise them, as of any notebook that is not trusted. `cell` is the
    place (from 0) of the cell that failed, None where none did."""

    run_id: str
    name: str
    notebook: Mapping[str, Any]
    cell: int | None = None


class Restore(Entity):
    """Where the source of a run is to be put as a new notebook: a folder below the server's root; by default
    that of its notebook."""

    folder: str | None = Field(default=None, max_length=1000)


class RestoredNotebook(Entity):
    """The new notebook's place below the server's root."""

    path: str


class LogText(Entity):
    """The last lines that a run printed."""

    run_id: str
    lines: tuple[str, ...] = ()
