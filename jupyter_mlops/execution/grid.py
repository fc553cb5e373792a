"""Many runs of one notebook, one for each combination of values, here or in worker processes."""

from __future__ import annotations

import itertools
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.config import load_config
from jupyter_mlops.entities import Run, RunRequest, RunStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.execution.client import Progress
from jupyter_mlops.execution.destination import render
from jupyter_mlops.execution.plan import Plan, plan
from jupyter_mlops.execution.runner import execute
from jupyter_mlops.tracking.store import Store


def combinations(grid: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination, the last name varying fastest."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def execute_grid(
    request: RunRequest,
    grid: Mapping[str, Sequence[Any]],
    store: Store,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    done: Callable[[Run], None] | None = None,
) -> list[Run]:
    """One run for each combination, in the grid's order; `done` is called as each ends. Text in the grid is
    read by the declared type, other values are checked as they are.

    Raises:
        Refused: any combination cannot be run; then none was.
    """
    requests = [
        request.model_copy(
            update={
                "text": {**request.text, **{n: v for n, v in point.items() if type(v) is str}},
                "values": {**request.values, **{n: v for n, v in point.items() if type(v) is not str}},
                "name": f"{request.name or _stem(request)} {_label(point)}",
            }
        )
        for point in combinations(grid)
    ]
    _refuse_one_file_for_all(request.output, [plan(each, store) for each in requests])
    if workers <= 1 or len(requests) == 1:
        return list(_one_by_one(requests, store, progress, done))
    return _in_processes(requests, store, workers, done)


def _refuse_one_file_for_all(output: Path | None, planned: Sequence[Plan]) -> None:
    if output is None:
        return
    # the run is the one thing that differs in any case; without it, do the names differ?
    named = {
        render(
            output,
            notebook=each.path.stem,
            experiment=each.experiment,
            run=str(number) * 8,
            parameters={p.name: p.value for p in each.parameters},
        )
        for number, each in enumerate(planned)
    }
    if len(named) < len(planned):
        raise Refused(
            f"the {len(planned)} runs of the grid would all be written to the same file of {output}",
            hint="put {run}, or the parameters that vary, into the name",
        )


def _one_by_one(
    requests: Sequence[RunRequest],
    store: Store,
    progress: Progress | None,
    done: Callable[[Run], None] | None,
) -> Iterator[Run]:
    for each in requests:
        run = execute(each, store, progress)
        yield _told(run, done)
        if run.status is RunStatus.KILLED:  # Ctrl-C means all of them
            return


def _in_processes(
    requests: Sequence[RunRequest], store: Store, workers: int, done: Callable[[Run], None] | None
) -> list[Run]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    # spawned, not forked: this process has threads and open databases
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(requests))
    stop = context.Event()
    with ProcessPoolExecutor(count, mp_context=context, initializer=_begin_worker, initargs=(stop,)) as pool:
        waiting = {
            pool.submit(_in_worker, each, store.root): position for position, each in enumerate(requests)
        }
        runs: dict[int, Run] = {}
        try:
            for future in as_completed(waiting):
                if (run := future.result()) is not None:
                    runs[waiting[future]] = _told(run, done)
        except BaseException:  # a signal to this process: the workers' runs are cancelled, none begins
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise
    return [runs[position] for position in sorted(runs)]


_stop: Any = None  # of a worker: set when the whole grid is cancelled


def _begin_worker(stop: Any) -> None:
    """A worker is a runner like any other: when its parent is killed it goes at once, its kernel with it,
    and its run is settled as that of a dead process."""
    global _stop
    _stop = stop
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def _in_worker(request: RunRequest, root: Path) -> Run | None:
    """The run; None where the grid was cancelled before it began."""
    if _stop.is_set():
        return None
    run = execute(request, Store(root, load_config(root).tracking))
    if run.status is RunStatus.KILLED:  # Ctrl-C means all of them
        _stop.set()
    return run


def _told(run: Run, done: Callable[[Run], None] | None) -> Run:
    if done is not None:
        done(run)
    return run


def _stem(request: RunRequest) -> str:
    return request.notebook.stem if request.notebook is not None else "run"


def _label(point: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in point.items())
