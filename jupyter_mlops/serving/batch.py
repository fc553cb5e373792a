"""One batch: made sure of, scored, put on record."""

from __future__ import annotations

import time
from collections.abc import Callable

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.config import Config
from jupyter_mlops.entities import Scored
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.serving.predicting import Job, Tally, Wanted, prepared, score
from jupyter_mlops.serving.recording import predict_run
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
    found = _recorded(store, config, job, report) if record else _told(job, score(job, report))
    return found.model_copy(update={"seconds": time.monotonic() - began})


def _recorded(store: Store, config: Config, job: Job, report: Callable[[str], None]) -> Scored:
    store.check_answers()
    with predict_run(store, job) as run:
        tally = score(job, report)
        found = _told(job, tally)
        try:
            added = run.keep(store, config, job, tally)
        except MLOpsError as error:
            raise MLOpsError(
                f"{job.wanted.output} is written, but is not on record: {error}", hint=error.hint
            ) from None
    known: dict[str, object] = {"run_id": run.recorder.run_id}
    if added is not None:
        unkept = (added.unkept,) if added.unkept else ()
        known |= {"dataset": added.version.label, "notes": (*found.notes, *unkept)}
    return found.model_copy(update=known)


def _told(job: Job, tally: Tally) -> Scored:
    return Scored(
        model=job.answering.main,
        data=job.data.label,
        output=str(job.wanted.output),
        rows=tally.rows,
        answered=dict(tally.answered),
        notes=(*job.data.notes, *job.answering.notes),
    )
