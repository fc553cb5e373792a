"""A headless run, recorded: once it exists, it ends with its true status, whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_mlops.entities import CellRecord, Run, RunKind, RunRequest, RunStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.checkpoints import forget_checkpoints
from jupyter_mlops.execution.client import CellClient, Outcome, Progress
from jupyter_mlops.execution.destination import render
from jupyter_mlops.execution.kernel_log import kernel_log
from jupyter_mlops.execution.plan import Plan, plan
from jupyter_mlops.execution.records import keep_records
from jupyter_mlops.files import copy_whole, write_notebook
from jupyter_mlops.notebooks.executed import write_executed
from jupyter_mlops.notebooks.journal import Journal
from jupyter_mlops.notebooks.outputs import Outputs
from jupyter_mlops.notebooks.redaction import Redactor
from jupyter_mlops.notebooks.secrets import SECRETS_VARIABLE, read_secret
from jupyter_mlops.provenance import capture, display_path
from jupyter_mlops.tracking import leases, tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store, plain

CUT_OFF = "the run was cut off before its cells ended"
KEEPER_TIME = 10.0  # seconds between looks whether the keeper is there


def execute(request: RunRequest, store: Store, progress: Progress | None = None) -> Run:
    """Run the notebook headless and record it; the run as it ended.

    A run that failed is returned, not raised: its `status` and `exit_code` tell.

    Raises:
        Refused: see `plan`.
        MLOpsError: the run's end could not be recorded.
    """
    leases.reconcile(store)
    planned = plan(request, store)
    run = run_plan(planned, store, progress=progress)
    try:
        if request.output is not None:
            _copy_out(request.output, planned, store, run.run_id)
    finally:
        leases.release(store, run.run_id)
    if run.exit_code == 0:
        forget_checkpoints(store, run.run_id)
    return run


def run_plan(planned: Plan, store: Store, progress: Progress | None = None, *, anchor: bool = True) -> Run:
    """Record, run and close. Until `leases.release` the executed notebook lies in the run's `kept_folder`,
    where a cell failed with an `anchor` to it."""
    recorder = Recorder.start(
        store,
        experiment=planned.experiment,
        name=planned.name,
        kind=RunKind.HEADLESS,
        notebook=display_path(store.root, planned.path),
        parent=planned.parent,
        replaces=planned.replaces,
        extra=planned.tags,
    )
    leases.take(store, recorder.run_id)
    outcome = Outcome(status=RunStatus.KILLED, exit_code=4)
    try:
        recorder.parameters(planned.parameters)
        outcome = _run_cells(planned, store, recorder, progress, anchor=anchor)
        _keep(planned, store, recorder, outcome)
    except OSError as error:  # the disk is full, or gone: whatever the cells did, their record is not whole
        outcome.status, outcome.exit_code = RunStatus.FAILED, outcome.exit_code or 4
        outcome.error = outcome.error or f"the run could not be kept: {error}"
    except (KeyboardInterrupt, SystemExit) as stop:  # before the cells, or while their records are kept
        outcome.status, outcome.error = RunStatus.KILLED, "stopped while the run was recorded"
        outcome.exit_code = 130 if isinstance(stop, KeyboardInterrupt) else int(stop.code or 4)
        raise
    finally:
        outcome.error = outcome.error or (CUT_OFF if outcome.status is RunStatus.KILLED else None)
        _close(planned, recorder, outcome)
    return recorder.snapshot()


def _close(planned: Plan, recorder: Recorder, outcome: Outcome) -> None:
    try:
        recorder.rename(planned.name)  # the notebook's own start_run(run_name=...) may have changed it
        recorder.close(
            outcome.status,
            exit_code=outcome.exit_code,
            error=outcome.error,
            peak_memory=outcome.peak_memory,
        )
    except Exception as error:
        # the lease stays: the keeper, or the next command, closes the run once the store can be written
        raise MLOpsError(
            f"run {recorder.run_id[:8]} ended ({outcome.error or outcome.status.value}), "
            f"but that could not be recorded: {plain(error)}",
            hint="make room or mend the store; the run is settled by the next command",
        ) from error


def _run_cells(
    planned: Plan, store: Store, recorder: Recorder, progress: Progress | None, *, anchor: bool
) -> Outcome:
    folder = leases.kept_folder(store, recorder.run_id)
    target = folder / planned.path.name
    write_notebook(target, planned.notebook)  # what a run that is cut off is put together from
    planned.steps.attach(store, recorder.run_id)
    secrets = planned.secrets()
    redactor = Redactor({name: read_secret(secret) for name, secret in secrets.items()})
    outputs = Outputs(folder.parent / tags.OUTPUT_LINES, folder / tags.OUTPUT_LOG, redactor)
    client = CellClient(
        planned.notebook,
        Journal(folder / tags.JOURNAL),
        outputs,
        kernel_name=planned.kernel_name,
        connection=folder.parent / "kernel.json",
        limits=planned.limits,
        steps=planned.steps,
        redactor=redactor,
        progress=_watched(progress, store),
    )
    with contextlib.closing(outputs), _signals(client.cancel):
        # what the kernel process itself says is for whoever looks into the run, not for this terminal
        with kernel_log(folder / tags.KERNEL_LOG, redactor if secrets else None) as log:
            outcome = client.run(
                cwd=planned.folder or planned.path.parent,
                env=_environment(planned, store, recorder),
                log=log,
            )
        write_executed(
            target,
            planned.notebook,
            outcome.records,
            outputs,
            metadata=outcome.metadata,
            failed=outcome.failed_index if anchor else None,
        )
    return outcome


def _watched(progress: Progress | None, store: Store) -> Progress:
    """The progress, and now and then a look whether the keeper is there, in case it was killed."""
    looked = time.monotonic()

    def told(record: CellRecord, done: int, total: int) -> None:
        nonlocal looked
        if time.monotonic() > looked + KEEPER_TIME:
            looked = time.monotonic()
            leases.watch(store)
        if progress is not None:
            progress(record, done, total)

    return told


@contextlib.contextmanager
def _signals(cancel: Callable[[int], None]) -> Iterator[None]:
    """While the block lasts, Ctrl-C and SIGTERM cancel the run instead of ending this process."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets only the main thread take signals: whoever waits there cancels
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, _: cancel(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _environment(planned: Plan, store: Store, recorder: Recorder) -> dict[str, str]:
    """The kernel's environment: same store, same project, and which run it belongs to."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"JPY_SESSION_NAME", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"}
    }
    environment |= store.environment()
    environment |= {
        tags.RUN_VARIABLE: recorder.run_id,
        tags.NOTEBOOK_VARIABLE: str(planned.path),
        "MLFLOW_EXPERIMENT_ID": store.experiment_id(planned.experiment),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    if secrets := planned.secrets():
        told = {name: secret.reference for name, secret in secrets.items()}
        environment[SECRETS_VARIABLE] = json.dumps(told)
    if planned.attach:
        environment["MLFLOW_RUN_ID"] = recorder.run_id
    return environment


def _keep(planned: Plan, store: Store, recorder: Recorder, outcome: Outcome) -> None:
    """Everything the run left becomes its artifacts; the manifest goes last."""
    folder = leases.kept_folder(store, recorder.run_id)
    known = {"packages": {}, "installed": {}, **outcome.environment}  # the kernel's, not this process's
    provenance = capture(store.root, planned.path).model_copy(
        update={key: known[key] for key in ("python", "platform", "packages", "installed") if key in known}
    )
    keep_records(folder, provenance, planned.parameters, outcome.traceback)
    recorder.provenance(provenance)
    recorder.keep(folder)


def _copy_out(output: Path, planned: Plan, store: Store, run_id: str) -> Path:
    """The executed notebook where the user wants it, besides being an artifact of the run."""
    target = render(
        output,
        notebook=planned.path.stem,
        experiment=planned.experiment,
        run=run_id,
        parameters={p.name: p.value for p in planned.parameters},
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_whole(leases.kept_folder(store, run_id) / planned.path.name, target)
    except OSError as error:
        raise MLOpsError(
            f"the executed notebook cannot be written to {target}: {error}",
            hint=f"it is kept with the run: jupyter mlops show {run_id[:8]}",
        ) from None
    return target
