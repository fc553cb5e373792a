"""A headless run, recorded: once it exists, it ends with its true status, whatever happens."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import Run, RunKind, RunRequest, RunStatus
from jupyter_mlops.execution.client import CellClient, Outcome, Progress
from jupyter_mlops.execution.files import write_notebook
from jupyter_mlops.execution.marks import anchor_failure, prepared
from jupyter_mlops.execution.plan import Plan, plan
from jupyter_mlops.execution.records import keep_records, upload
from jupyter_mlops.notebooks.journal import Journal
from jupyter_mlops.provenance import capture, display_path
from jupyter_mlops.tracking import leases, tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

ENGINE = "jupyter-mlops"


def execute(request: RunRequest, store: Store, progress: Progress | None = None) -> Run:
    """Run the notebook headless and record it; the run as it ended.

    A run that failed is returned, not raised: its `status` and `exit_code` tell.

    Raises:
        Refused: see `plan`.
    """
    leases.reconcile(store)
    planned = plan(request, store)
    run = run_plan(planned, store, progress=progress)
    if request.output is not None:
        _copy_out(request.output, planned, store, run.run_id)
    leases.release(store, run.run_id)
    return run


def run_plan(planned: Plan, store: Store, progress: Progress | None = None, *, anchor: bool = True) -> Run:
    """Record, run and close. The notebook of the plan is filled with its outputs, and where a cell failed
    with an `anchor` to it."""
    recorder = Recorder.start(
        store,
        experiment=planned.experiment,
        name=planned.name,
        kind=RunKind.HEADLESS,
        notebook=display_path(store.root, planned.path),
        parent=planned.parent,
        extra=planned.tags,
    )
    leases.take(store, recorder.run_id)
    outcome = Outcome(
        status=RunStatus.KILLED, exit_code=4, error="the run was cut off before its cells ended"
    )
    try:
        recorder.parameters(planned.parameters)
        outcome = _run_cells(planned, store, recorder, progress)
        if anchor and outcome.failed_index is not None and outcome.exit_code == 1:
            anchor_failure(planned.notebook, outcome.failed_index)
        _keep(planned, store, recorder, outcome)
    except KeyboardInterrupt:
        outcome = Outcome(status=RunStatus.KILLED, exit_code=130, error="SIGINT")
        raise
    except SystemExit as stop:
        outcome = Outcome(status=RunStatus.KILLED, exit_code=int(stop.code or 4), error="SIGTERM")
        raise
    finally:
        recorder.rename(planned.name)  # the notebook's own start_run(run_name=...) may have changed it
        recorder.close(
            outcome.status,
            exit_code=outcome.exit_code,
            error=outcome.error,
            peak_memory=outcome.peak_memory,
        )
    return recorder.snapshot()


def _run_cells(planned: Plan, store: Store, recorder: Recorder, progress: Progress | None) -> Outcome:
    import nbformat
    from papermill.engines import papermill_engines

    folder = leases.kept_folder(store, recorder.run_id)
    document = nbformat.from_dict(prepared(planned.notebook))
    client = CellClient(
        document,
        Journal(folder / tags.JOURNAL),
        folder / planned.path.name,
        progress,
        kernel_name=planned.kernel_name,
    )
    environment = _environment(planned, store, recorder)
    where = str(planned.folder or planned.path.parent)
    # what the kernel process itself says is for whoever looks into the run, not for this terminal
    with open(folder / "kernel.log", "wb", opener=_private) as log:
        papermill_engines.execute_notebook_with_engine(
            ENGINE,
            document,
            planned.kernel_name,
            cells=lambda: _blocking(client, cwd=where, env=environment, stderr=log),
        )
    planned.notebook = document
    return client.outcome


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _blocking(client: CellClient, **kernel: Any) -> None:
    """Run the client's loop to its end, in a thread of its own where this one has a loop already."""
    import signal

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        main = threading.current_thread() is threading.main_thread()
        before = signal.getsignal(signal.SIGTERM) if main else None
        asyncio.run(client.run(**kernel))
        if main:
            signal.signal(signal.SIGTERM, before)  # asyncio put the default back, not ours
        return
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await client.run(**kernel)

    worker = threading.Thread(target=lambda: asyncio.run(run()), name="headless run")
    worker.start()
    while worker.is_alive():
        try:
            worker.join(0.1)
        except KeyboardInterrupt:
            if loops:
                loops[0].call_soon_threadsafe(client.cancel)


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
    if planned.attach:
        environment["MLFLOW_RUN_ID"] = recorder.run_id
    return environment


def _keep(planned: Plan, store: Store, recorder: Recorder, outcome: Outcome) -> None:
    """Everything the run left becomes its artifacts; the manifest goes last."""
    folder = leases.kept_folder(store, recorder.run_id)
    write_notebook(folder / planned.path.name, planned.notebook)
    known = {"packages": {}, "installed": {}, **outcome.environment}  # the kernel's, not this process's
    provenance = capture(store.root, planned.path).model_copy(
        update={key: known[key] for key in ("python", "platform", "packages", "installed") if key in known}
    )
    keep_records(folder, provenance, planned.parameters, outcome.traceback)
    recorder.provenance(provenance)
    upload(recorder, folder)


def _copy_out(output: Path, planned: Plan, store: Store, run_id: str) -> Path:
    """The executed notebook in the folder the user named; its name bears the run, so none is overwritten."""
    target = output / f"{planned.path.stem}-{run_id[:8]}{planned.path.suffix}"
    write_notebook(target, planned.notebook)
    return target
