"""The nouns of looking on while a run goes on, and of what is left of it in the end."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.runs import CellStatus, RunStatus


class LogLine(Entity):
    """One thing that a run which is followed printed or did; of a pipeline run, which `step` did. One of:

    Text: `stream` and `text`, a line with its end (``\\n``, or ``\\r`` where the next one is to take its
    place), or a part of one that is long or has been waiting for its end. It is as the cell printed it, but
    for secrets; it may hold sequences that steer a terminal. A `note` is ours.
    A cell: `status`, when it `began`, and once it has ended `duration` in seconds, and its error as `text`.
    One that ends soon, and prints nothing, may be told of only then.
    The end of the run, or step: `ended`, with `exit_code`, `duration`, and the error as `text`.

    `index` is the cell's place in the notebook (from 0), `number` its place among the `of` cells that run
    (from 1), `name` the first line of its source.
    """

    run_id: str
    step: str = ""
    index: int | None = None
    number: int | None = None
    of: int | None = None
    name: str = ""
    stream: Literal["stdout", "stderr", "error", "note"] | None = None
    text: str = ""
    status: CellStatus | None = None
    began: datetime | None = None
    duration: float | None = None
    ended: RunStatus | None = None
    exit_code: int = 0


class Freed(Entity):
    """An old run whose outputs may be freed, or were: their `size` in bytes, and `why` no rule keeps them.
    `problem` tells what went wrong. `kind` ``slots`` stands for the logs of all old slots together."""

    run_id: str
    name: str
    experiment: str
    ended: datetime | None
    size: int
    files: int
    why: str
    kind: Literal["run", "slots"] = "run"
    freed: bool = False
    problem: str = ""
