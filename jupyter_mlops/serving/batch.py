"""One batch: made sure of, scored, kept."""

from __future__ import annotations

import time
from collections.abc import Callable

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.config import Config
from jupyter_mlops.entities import Scored
from jupyter_mlops.serving.predicting import Job, Tally, Wanted, prepared, score
from jupyter_mlops.tracking.store import Store


def predict(
    store: Store,
    config: Config,
    wanted: Wanted,
    data: Data,
    *,
    record: bool = True,
    report: Callable[[str], None] = lambda line: None,
) -> Scored:
    """Score the data; see `Project.predict`.

    Raises:
        MLOpsError: as `Project.predict` tells.
    """
    began = time.monotonic()
    job = prepared(store, wanted, data)
    tally = score(job, report)
    return _scored(job, tally, began)


def _scored(job: Job, tally: Tally, began: float) -> Scored:
    return Scored(
        model=job.answering.main,
        data=job.data.label,
        output=str(job.wanted.output),
        rows=tally.rows,
        answered=dict(tally.answered),
        seconds=time.monotonic() - began,
        notes=(*job.data.notes, *job.answering.notes),
    )
