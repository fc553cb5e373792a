"""What monitors found, in MLflow: a run for each, in an experiment of their own.

A reading is a step of the run's metrics, at its own time, so that MLflow draws them as curves; all readings
are the artifact ``readings.jsonl``, and the whole report of each is ``reports/NUMBER.json``. The run is
FINISHED from the beginning: nobody holds it, and it may take metrics all the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from jupyter_mlops.entities import DriftReport, MonitorReading, RunKind
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.tracking import owners, tags
from jupyter_mlops.tracking.keeping import keep_text
from jupyter_mlops.tracking.reader import local_copy, search_runs
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store, plain

READINGS = "readings.jsonl"
REPORTS = "reports"
NAME = "mlops.monitor"
LAST = "mlops.monitor.last"  # number of the last reading whose metrics were logged
BREACH = "mlops.monitor.breach"  # number of the last reading that found a breach that was not known
VERDICT = "mlops.monitor.verdict"
FOLDER = "monitors"  # below the project's state folder
_BARRED = re.compile(r"[^A-Za-z0-9_. -]+")  # in names of metrics
_LONGEST = 200
_ONCE = 500  # metrics that are logged at once


@dataclass(frozen=True)
class Kept:
    """The readings of a monitor, oldest first, and the run that holds them; None where there is none yet."""

    run_id: str | None = None
    readings: tuple[MonitorReading, ...] = ()

    @property
    def last(self) -> MonitorReading | None:
        """The newest reading."""
        return self.readings[-1] if self.readings else None


@contextlib.contextmanager
def alone(store: Store, monitor: str) -> Iterator[None]:
    """No other process of this machine looks for that monitor while the block lasts.

    Raises:
        StoreError: the project folder takes no files.
    """
    name = hashlib.blake2b(monitor.encode(), digest_size=8).hexdigest()
    problem = f"monitor {monitor} cannot look: {FOLDER} cannot be written"
    with owners.alone(store.writable_folder() / FOLDER, f"{name}.lock", problem):
        yield


def read(store: Store, monitor: str) -> Kept:
    """What the monitor of that name found until now.

    Raises:
        StoreError: the store cannot be read.
    """
    run_id = _run_of(store, monitor)
    if run_id is None:
        return Kept()
    with local_copy(store, run_id, READINGS) as path:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return Kept(run_id)
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"the readings of monitor {monitor} cannot be read: {error}", hint="mend it"
            ) from None
    try:
        found = [MonitorReading.model_validate_json(line) for line in lines if line.strip()]
    except ValidationError:
        raise StoreError(
            f"the readings of monitor {monitor} are broken: {READINGS} of run {run_id[:8]}",
            hint="restore that artifact, or delete the run: the monitor begins anew",
        ) from None
    return Kept(run_id, tuple(each.model_copy(update={"run_id": run_id}) for each in found))


def keep(store: Store, kept: Kept, new: MonitorReading, report: DriftReport) -> MonitorReading:
    """The new reading beside the others, as it is kept: with its number and its run. For whoever is `alone`.

    Raises:
        MLOpsError: the store does not take it.
    """
    run_id = kept.run_id or _make_run(store, new)
    number = max((each.number for each in kept.readings), default=0) + 1
    new = new.model_copy(update={"number": number, "run_id": run_id})
    recorder = Recorder(store, run_id)
    keep_text(recorder, f"{number:06d}.json", report.model_dump_json(), REPORTS)
    readings = (*kept.readings, new)
    _write(recorder, readings)
    _log(store, run_id, readings)
    store.flush()
    return new


def replace_last(store: Store, kept: Kept, changed: MonitorReading) -> None:
    """Write the last reading anew, as when it set off late what it was to.

    Raises:
        MLOpsError: the store does not take it.
    """
    if kept.run_id is not None:
        _write(Recorder(store, kept.run_id), (*kept.readings[:-1], changed))


def metrics_of(found: MonitorReading) -> dict[str, float]:
    """The reading as metrics: ``drift.COLUMN``, those of the model by their names, ``rows``, ``breaches``."""
    values = {f"drift.{name}": effect for name, effect in found.effects.items()}
    values |= dict(found.metrics)
    values |= {"rows": float(found.rows), "breaches": float(len(found.breaches))}
    if found.version.isdecimal():
        values["champion"] = float(found.version)
    named: dict[str, float] = {}
    for name, value in values.items():
        if math.isfinite(value):
            named[_named(name, named)] = value
    return named


def _named(name: str, taken: Mapping[str, float]) -> str:
    """A name that MLflow takes, of its own."""
    plainly = _BARRED.sub("_", name)[:_LONGEST].strip()
    if plainly == name and plainly not in taken:
        return plainly
    return f"{plainly} {hashlib.blake2b(name.encode(), digest_size=3).hexdigest()}"


def _write(recorder: Recorder, readings: Sequence[MonitorReading]) -> None:
    lines = [each.model_dump_json(exclude={"run_id", "repeated"}) for each in readings]
    keep_text(recorder, READINGS, "".join(f"{line}\n" for line in lines))


def _log(store: Store, run_id: str, readings: Sequence[MonitorReading]) -> None:
    """The metrics of readings that are kept, and not logged: also of one whose process died in between."""
    from mlflow.entities import Metric, RunTag
    from mlflow.exceptions import MlflowException

    client = store.client()
    try:
        marks = client.get_run(run_id).data.tags
        logged = int(marks.get(LAST, "0")) if marks.get(LAST, "0").isdecimal() else 0
        for each in readings:
            if each.number <= logged:
                continue
            when = int(each.when.timestamp() * 1000)
            points = [Metric(name, value, when, each.number) for name, value in metrics_of(each).items()]
            for start in range(0, len(points), _ONCE):
                client.log_batch(run_id, metrics=points[start : start + _ONCE])
            told = {LAST: str(each.number), VERDICT: each.verdict[:500]}
            if each.breaches and not each.known:
                told[BREACH] = str(each.number)
            client.log_batch(run_id, tags=[RunTag(key, value) for key, value in told.items()])
    except MlflowException as error:
        raise StoreError(f"the store does not take the reading: {plain(error)}", hint="try again") from None


def _run_of(store: Store, monitor: str) -> str | None:
    """The run that holds the readings; of several, which only projects that share a store may make, the
    first."""
    if store.is_new:
        return None
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            found = rows.finished(NAME, [monitor])  # the newest first
        return found[-1][1] if found else None
    client = store.client()
    experiment = client.get_experiment_by_name(tags.MONITORS)
    if experiment is None:
        return None
    runs = search_runs(store, [experiment.experiment_id], "attributes.status = 'FINISHED'", None, None)
    mine = [run for run in runs if run.data.tags.get(NAME) == monitor]
    return min(mine, key=lambda run: (run.info.start_time, run.info.run_id)).info.run_id if mine else None


def _make_run(store: Store, new: MonitorReading) -> str:
    recorder = Recorder.start(
        store,
        experiment=tags.MONITORS,
        name=f"monitor {new.monitor}",
        kind=RunKind.MONITOR,
        extra={NAME: new.monitor, "mlops.monitor.model": new.model},
    )
    recorder.complete()
    return recorder.run_id
