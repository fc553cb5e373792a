"""What was scored, on record: a run that read the data and wrote the predictions, which become a version of
the dataset ``<model>-predictions``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jupyter_mlops.catalogue.adding import Added, add
from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.catalogue.names import plain_name
from jupyter_mlops.catalogue.sources import given
from jupyter_mlops.config import Config
from jupyter_mlops.entities import RecordedParameter, RunKind, RunStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.serving.predicting import Batch, Tally
from jupyter_mlops.tracking import leases, scorings, tags
from jupyter_mlops.tracking.keeping import keep_origin
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

SCORED = "scoring"  # the context of the data that were read
PREDICTIONS = "predictions"  # of what was written


@dataclass
class PredictRun:
    """A run that scores rows. `problem` is why it did not end well, in a sentence, and `code` how a process
    would exit then."""

    recorder: Recorder
    status: RunStatus = RunStatus.FINISHED
    problem: str | None = None
    code: int = 0

    def fail(self, error: BaseException) -> None:
        """It ended so: a signal's exception kills it, any other is its failure."""
        number = 130 if isinstance(error, KeyboardInterrupt) else getattr(error, "code", None)
        if isinstance(error, KeyboardInterrupt | SystemExit) and isinstance(number, int) and number > 128:
            self.status, self.problem, self.code = RunStatus.KILLED, "it was cancelled", number
        elif isinstance(error, MLOpsError):
            self.status, self.problem, self.code = RunStatus.FAILED, str(error), error.exit_code
        else:
            told = f"{type(error).__name__}: {error}"
            self.status, self.problem, self.code = RunStatus.FAILED, told, 4

    def keep(self, store: Store, config: Config, batch: Batch, tally: Tally) -> Added | None:
        """The predictions as a version in the catalogue, linked; None where there are none.

        Raises:
            MLOpsError: the catalogue does not take them, or the file is another's by now.
        """
        numbers = {model.label: model.version.version for model in batch.answering.models.values()}
        rows = {numbers[label]: count for label, count in tally.answered.items()}
        self.recorder.tags(scorings.marks(batch.answering.name, rows))
        self.recorder.metrics({"rows": tally.rows})
        if not tally.rows:
            return None
        key = batch.data.version.key
        name = plain_name(f"{batch.answering.name}-predictions")
        answered = ", ".join(label for label, count in tally.answered.items() if count)
        found = given(store, config, batch.target, name=name, tags={"answered by": answered})
        key = key if set(key) <= set(batch.kept) else ()
        added = add(store, replace(found, key=key), digest=tally.digest)
        link(self.recorder, added.version, PREDICTIONS, wrote=True)
        return added


@contextlib.contextmanager
def predict_run(store: Store, batch: Batch) -> Iterator[PredictRun]:
    """A recorded run around the scoring: it ends FAILED where that could not be done, with the reason, and
    KILLED where a signal ended it.

    Raises:
        MLOpsError: the store does not take it.
    """
    leases.reconcile(store)
    recorder = Recorder.start(
        store,
        experiment=store.default_experiment,
        name=f"predict {batch.answering.main}",
        kind=RunKind.PREDICT,
        extra={tags.PREDICTS: batch.answering.name},
    )
    leases.take(store, recorder.run_id)
    run = PredictRun(recorder)
    try:
        recorder.parameters(_parameters(batch))
        link(recorder, batch.data.version, SCORED)
        yield run
    except BaseException as error:
        run.fail(error)
        raise
    finally:
        _close(store, run)
    leases.release(store, recorder.run_id)


def _parameters(batch: Batch) -> list[RecordedParameter]:
    """As they were asked for."""
    shares = " ".join(f"{name}={share:g}" for name, share in batch.wanted.shares.items())
    said = {"model": batch.wanted.model, "split": shares, "key": ", ".join(batch.key) if shares else ""}
    return [RecordedParameter(name=name, value=value, type="str") for name, value in said.items() if value]


def _close(store: Store, run: PredictRun) -> None:
    keep_origin(store, run.recorder)
    run.recorder.close(run.status, exit_code=run.code, error=run.problem)
