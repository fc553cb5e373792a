"""Many runs of one notebook, one for each combination of values, here or in worker processes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.config import load_config
from jupyter_mlops.entities import Run, RunRequest
from jupyter_mlops.execution.client import Progress
from jupyter_mlops.execution.plan import plan
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
                "name": f"{request.name or request.notebook.stem} {_label(point)}",
            }
        )
        for point in combinations(grid)
    ]
    for each in requests:
        plan(each, store)
    if workers <= 1 or len(requests) == 1:
        return [_told(execute(each, store, progress), done) for each in requests]
    return _in_processes(requests, store, workers, done)


def _in_processes(
    requests: Sequence[RunRequest], store: Store, workers: int, done: Callable[[Run], None] | None
) -> list[Run]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    # spawned, not forked: this process has threads and open databases
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(requests)), mp_context=context) as pool:
        waiting = {
            pool.submit(_in_worker, each, store.root): position for position, each in enumerate(requests)
        }
        runs: dict[int, Run] = {}
        for future in as_completed(waiting):
            runs[waiting[future]] = _told(future.result(), done)
    return [runs[position] for position in sorted(runs)]


def _in_worker(request: RunRequest, root: Path) -> Run:
    return execute(request, Store(root, load_config(root).tracking))


def _told(run: Run, done: Callable[[Run], None] | None) -> Run:
    if done is not None:
        done(run)
    return run


def _label(point: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in point.items())
