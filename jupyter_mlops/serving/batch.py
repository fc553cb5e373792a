"""One batch: made sure of, scored, put on record."""

from __future__ import annotations

import time
from collections.abc import Callable

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.config import Config
from jupyter_mlops.entities import Scored
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.serving.predicting import Batch, Tally, Wanted, prepared, score
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
    batch = prepared(store, wanted, data)
    found = _recorded(store, config, batch, report) if record else _told(batch, score(batch, report))
    return found.model_copy(update={"seconds": time.monotonic() - began})


def _recorded(store: Store, config: Config, batch: Batch, report: Callable[[str], None]) -> Scored:
    store.check_answers()
    with predict_run(store, batch) as run:
        tally = score(batch, report)
        found = _told(batch, tally)
        try:
            added = run.keep(store, config, batch, tally)
        except MLOpsError as error:
            raise MLOpsError(
                f"{batch.wanted.output} is written, but is not on record: {error}", hint=error.hint
            ) from None
    known: dict[str, object] = {"run_id": run.recorder.run_id}
    if added is not None:
        unkept = (added.unkept,) if added.unkept else ()
        known |= {"dataset": added.version.label, "notes": (*found.notes, *unkept)}
    return found.model_copy(update=known)


def _told(batch: Batch, tally: Tally) -> Scored:
    return Scored(
        model=batch.answering.main,
        data=batch.data.label,
        output=str(batch.wanted.output),
        rows=tally.rows,
        answered=dict(tally.answered),
        notes=batch.notes,
    )
