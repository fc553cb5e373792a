"""Ends a run that another process of this machine is at."""

from __future__ import annotations

import os
import signal
import time

from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.reader import MIN_PREFIX, find_run, list_runs
from jupyter_mlops.tracking.store import Store

_SOON = 1.2  # seconds from the first signal to the one that kills at once
_PATIENCE = 20.0  # seconds until the record of the run is closed
_LOOK = 0.05  # seconds
_KINDS = {RunKind.HEADLESS, RunKind.PIPELINE, RunKind.REPLAY}


def find_running(store: Store, reference: str) -> Run:
    """The run that goes on and answers to the reference, as for `find_run`; ``latest`` is the newest that
    goes on. Of a pipeline run and its steps the pipeline's is meant, unless an id says otherwise.

    Raises:
        NotFound: none, or several, answer to it.
    """
    running = list_runs(store, where="attributes.status = 'RUNNING'", limit=None)
    if reference == "latest":
        found = [run for run in running if run.kind in _KINDS and run.parent is None][:1]
    else:
        found = [run for run in running if reference in {run.name, run.run_id}]
        if len(reference) >= MIN_PREFIX:
            found += [run for run in running if run.run_id.startswith(reference) and run not in found]
        known = {run.run_id for run in found}
        found = [run for run in found if run.parent not in known]
    if len(found) > 1:
        ids = ", ".join(run.run_id[:8] for run in found[:5])
        raise NotFound(
            f"{len(found)} runs that go on answer to {reference!r}: {ids}", hint="name one by its id"
        )
    return found[0] if found else find_run(store, reference)


def cancel(store: Store, run: Run) -> Run:
    """End the run as Ctrl-C would, within two seconds, and at once where it does not listen; the run as it
    ended, with what its cells had shown.

    Raises:
        Refused: it does not go on, is a notebook session, part of a larger run, or held by another machine.
        MLOpsError: it does not end.
    """
    pid = _holder(store, run)
    os.kill(pid, signal.SIGTERM)
    began, again = time.monotonic(), False
    while time.monotonic() < began + _PATIENCE:
        time.sleep(_LOOK)
        found = find_run(store, run.run_id)
        if found.status is not RunStatus.RUNNING:
            return found
        if not again and time.monotonic() > began + _SOON:
            again = True
            if leases.holder(store, run.run_id) == pid:
                os.kill(pid, signal.SIGTERM)
    raise MLOpsError(f"run {run.run_id[:8]} has not ended yet", hint=f"its process is {pid}: kill it")


def _holder(store: Store, run: Run) -> int:
    named = f"run {run.run_id[:8]} ({run.name})"
    if run.status is not RunStatus.RUNNING:
        raise Refused(f"{named} does not go on: it is {run.status.value}", hint="see: jupyter mlops runs")
    if run.kind not in _KINDS:
        hint = (
            "%track stop in its notebook ends it" if run.kind is RunKind.SESSION else "interrupt its kernel"
        )
        raise Refused(f"{named} is a notebook's own", hint=hint)
    pid = leases.holder(store, run.run_id)
    if run.parent is not None and (pid is None or leases.holder(store, run.parent) == pid):
        raise Refused(f"{named} is part of a larger run", hint=f"jupyter mlops cancel {run.parent[:8]}")
    if pid is None:
        raise Refused(f"{named} is held by no process of this machine", hint="cancel it where it was begun")
    return pid
