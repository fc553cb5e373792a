"""A headless run, recorded: once it exists, it ends with its true status, whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import CellRecord, Provenance, Run, RunKind, RunRequest, RunStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution import launch, pinned, start
from jupyter_mlops.execution.background import Background
from jupyter_mlops.execution.checkpoints import forget_checkpoints
from jupyter_mlops.execution.client import CellClient, Progress
from jupyter_mlops.execution.destination import render
from jupyter_mlops.execution.kernel_log import kernel_log
from jupyter_mlops.execution.modules import module_digests
from jupyter_mlops.execution.outcome import Outcome
from jupyter_mlops.execution.plan import Finish, Plan, plan
from jupyter_mlops.execution.records import keep_records
from jupyter_mlops.execution.scratch import scratch_folder
from jupyter_mlops.execution.signals import Signals
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

# what is true of the kernel that this process runs in, if it does, and not of that of the run
_NOT_ITS_OWN = {"JPY_SESSION_NAME", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID", pinned.VARIABLE}
CUT_OFF = "the run was cut off before its cells ended"


def execute(
    request: RunRequest,
    store: Store,
    progress: Progress | None = None,
    *,
    signals: Signals | None = None,
    more_to_come: bool = False,
    begun: Callable[[Recorder], None] | None = None,
    finish: Finish | None = None,
) -> Run:
    """Run the notebook headless and record it; the run as it ended. One that is not to be recorded has no
    id, and nothing is kept of it but what `output` asks for.

    A run that failed is returned, not raised: its `status` and `exit_code` tell. Where there are
    `more_to_come` of its kind, it pays to keep a process warm for them. `begun` gets the run's recorder
    before any cell; `finish` is called where all cells ended well, before the run is told to be FINISHED:
    with an `MLOpsError` of its it is FAILED.

    Raises:
        Refused: see `plan`.
        MLOpsError: the run's end could not be recorded.
    """
    if request.record:
        leases.reconcile(store)
    planned = plan(request, store)
    planned.more_to_come = more_to_come
    planned.begun, planned.finish = begun, finish
    if not planned.recorded:
        return _unrecorded(planned, store, progress, signals, request.output)
    run = run_plan(planned, store, progress=progress, output=request.output, signals=signals)
    leases.release(store, run.run_id)
    if run.exit_code == 0:
        forget_checkpoints(store, run.run_id)
    return run


def _unrecorded(
    planned: Plan, store: Store, progress: Progress | None, signals: Signals | None, output: Path | None
) -> Run:
    started = datetime.now(UTC)
    with scratch_folder() as scratch, _heard(signals) as heard:
        kept = scratch / tags.FOLDER
        kept.mkdir(mode=0o700)
        target = None if output is None else _target(output, planned, "")
        environment = _environment(planned, store, None)
        outcome = _run_cells(planned, kept, environment, progress, heard, target=target)
    return Run(
        run_id="",
        name=planned.name,
        experiment="",
        status=outcome.status,
        kind=RunKind.HEADLESS,
        started=started,
        ended=datetime.now(UTC),
        notebook=display_path(store.root, planned.path),
        parameters={p.name: p.value for p in planned.parameters},
        error=outcome.error,
        peak_memory=outcome.peak_memory,
        exit_code=outcome.exit_code,
    )


def run_plan(
    planned: Plan,
    store: Store,
    progress: Progress | None = None,
    *,
    output: Path | None = None,
    anchor: bool = True,
    signals: Signals | None = None,
) -> Run:
    """Record, run and close. Until `leases.release` the executed notebook lies in the run's `kept_folder`,
    where a cell failed with an `anchor` to it; when it is whole it goes to `output`, too."""
    with _heard(signals) as heard:
        return _recorded(planned, store, progress, heard, output, anchor)


def _heard(signals: Signals | None) -> contextlib.AbstractContextManager[Signals]:
    """Those that the caller listens for already, or our own."""
    return Signals() if signals is None else contextlib.nullcontext(signals)


def _recorded(
    planned: Plan,
    store: Store,
    progress: Progress | None,
    signals: Signals,
    output: Path | None,
    anchor: bool,
) -> Run:
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
    started = time.time()
    origin = Background(lambda: capture(store.root, planned.path))  # while the kernel starts
    kept = leases.kept_folder(store, recorder.run_id)
    planned.steps.attach(store, recorder.run_id)
    outcome = Outcome(status=RunStatus.KILLED, exit_code=4)
    whole = False
    try:
        if planned.begun is not None:
            planned.begun(recorder)
        recorder.parameters(planned.parameters)
        environment = _environment(planned, store, recorder)
        outcome = _run_cells(planned, kept, environment, _watched(progress, store), signals, anchor)
        provenance = _provenance(planned, store, outcome, origin.result(), started)
        _finish(planned, recorder, provenance, outcome)
        _keep(planned, recorder, kept, outcome, provenance)
        whole = True
    except OSError as error:  # the disk is full, or gone: whatever the cells did, their record is not whole
        outcome.status, outcome.exit_code = RunStatus.FAILED, outcome.exit_code or 4
        outcome.error = outcome.error or f"the run could not be kept: {error}"
    finally:
        outcome.error = outcome.error or (CUT_OFF if outcome.status is RunStatus.KILLED else None)
        _close(planned, recorder, outcome)
    if whole and output is not None:
        _copy_out(output, planned, kept, recorder.run_id)
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
    planned: Plan,
    kept: Path,
    environment: Mapping[str, str],
    progress: Progress | None,
    signals: Signals,
    anchor: bool = True,
    target: Path | None = None,
) -> Outcome:
    """Run the cells; what they did is then in the folder `kept`, the executed notebook too, unless it is
    written to a `target`."""
    printed = kept / tags.OUTPUT_LOG if planned.recorded else None
    target = target or kept / planned.path.name
    if planned.recorded:
        write_notebook(target, planned.notebook)  # what a run that is cut off is put together from
    redactor = Redactor({name: read_secret(secret) for name, secret in planned.secrets().items()})
    with contextlib.closing(Outputs(kept.parent / tags.OUTPUT_LINES, printed, redactor)) as outputs:
        client = CellClient(
            planned.notebook,
            Journal(kept / tags.JOURNAL),
            outputs,
            kernel_name=planned.kernel_name,
            connection=kept.parent / "kernel.json",
            limits=planned.limits,
            steps=planned.steps,
            redactor=redactor,
            progress=progress,
        )
        signals.tell(client.cancel)
        try:
            with _kernel_started(client, planned, kept, environment, redactor) as begin:
                outcome = begin()
                anchored = outcome.failed_index if anchor else None
                write_executed(
                    target,
                    planned.notebook,
                    outcome.records,
                    outputs,
                    metadata=outcome.metadata,
                    failed=anchored,
                )
                client.kernel.end()  # it was asked to when the cells had ended
        finally:
            signals.forget(client.cancel)
            client.kernel.kill()
    return outcome


@contextlib.contextmanager
def _kernel_started(
    client: CellClient, planned: Plan, kept: Path, environment: Mapping[str, str], redactor: Redactor
) -> Iterator[Callable[[], Outcome]]:
    """What runs the cells in a kernel of the planned kind, whose own words go to the log while the block
    lasts: they are for whoever looks into the run, not for this terminal."""
    cwd = planned.folder or planned.path.parent
    launched = start.ahead(client.kernel, planned, cwd)
    reading = launched.take_log() if launched is not None else None
    with kernel_log(kept / tags.KERNEL_LOG, redactor if planned.secrets() else None, reading) as log:
        if launched is None:
            launched = start.warm(client, planned, cwd=cwd, environment=environment, output=log)
        yield lambda: client.run(cwd=cwd, env=environment, log=log, launched=launched)


def _watched(progress: Progress | None, store: Store) -> Progress:
    """The progress, and now and then a look whether the keeper is there, in case it was killed."""
    look = leases.watching(store)

    def told(record: CellRecord, done: int, total: int) -> None:
        look()
        if progress is not None:
            progress(record, done, total)

    return told


def _environment(planned: Plan, store: Store, recorder: Recorder | None) -> dict[str, str]:
    """The kernel's environment: same store, same project, and which run it belongs to, if to any."""
    environment = {
        key: value for key, value in os.environ.items() if key not in {*_NOT_ITS_OWN, *launch.not_inherited}
    }
    environment |= store.environment()
    environment |= {tags.NOTEBOOK_VARIABLE: str(planned.path), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    environment |= planned.environment
    if recorder is not None:
        environment |= {
            tags.RUN_VARIABLE: recorder.run_id,
            "MLFLOW_EXPERIMENT_ID": store.experiment_id(planned.experiment),
        }
    if secrets := planned.secrets():
        told = {name: secret.reference for name, secret in secrets.items()}
        environment[SECRETS_VARIABLE] = json.dumps(told)
    if planned.attach and recorder is not None:
        environment["MLFLOW_RUN_ID"] = recorder.run_id
    return environment


def _provenance(
    planned: Plan, store: Store, outcome: Outcome, origin: Provenance, started: float
) -> Provenance:
    """The `origin` of this process with what the kernel told of itself."""
    kept = pinned.kept_files(planned.environment)
    origin = origin if kept is None else pinned.as_kept(origin, kept)
    known: dict[str, Any] = {"packages": {}, "installed": {}, **outcome.environment}
    told = {key: known[key] for key in ("python", "platform", "packages", "installed") if key in known}
    modules = module_digests(known.get("files", ()), store.root, started, kept)
    return origin.model_copy(update=told | {"modules": modules})


def _finish(planned: Plan, recorder: Recorder, provenance: Provenance, outcome: Outcome) -> None:
    if planned.finish is None or outcome.exit_code:
        return
    try:
        planned.finish(recorder, provenance)
    except MLOpsError as error:
        outcome.status, outcome.exit_code, outcome.error = RunStatus.FAILED, error.exit_code, str(error)


def _keep(planned: Plan, recorder: Recorder, folder: Path, outcome: Outcome, provenance: Provenance) -> None:
    """Everything the run left becomes its artifacts; the manifest goes last."""
    keep_records(folder, provenance, planned.parameters, outcome.traceback)
    recorder.provenance(provenance)
    recorder.keep(folder)


def _copy_out(output: Path, planned: Plan, kept: Path, run_id: str) -> None:
    """The executed notebook where the user wants it, besides being an artifact of the run."""
    target = _target(output, planned, run_id)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_whole(kept / planned.path.name, target)
    except OSError as error:
        raise MLOpsError(
            f"the executed notebook cannot be written to {target}: {error}",
            hint=f"it is kept with the run: jupyter mlops show {run_id[:8]}",
        ) from None


def _target(output: Path, planned: Plan, run_id: str) -> Path:
    return render(
        output,
        notebook=planned.path.stem,
        experiment=planned.experiment,
        run=run_id,
        parameters={p.name: p.value for p in planned.parameters},
    )
