"""Many runs of one notebook, one for each combination of values, one by one or side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlops.entities import Run, RunRequest, RunStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.execution.client import Progress
from jupyter_mlops.execution.destination import render
from jupyter_mlops.execution.plan import Plan, plan
from jupyter_mlops.execution.points import combinations, label
from jupyter_mlops.execution.runner import execute
from jupyter_mlops.execution.signals import Signals
from jupyter_mlops.tracking.store import Store


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
                "name": f"{request.name or _stem(request)} {label(point)}",
            }
        )
        for point in combinations(grid)
    ]
    _refuse_one_file_for_all(request, [plan(each, store) for each in requests])
    with Signals() as signals:
        return _Grid(requests, store, workers, progress, done, signals).run()


def _refuse_one_file_for_all(request: RunRequest, planned: Sequence[Plan]) -> None:
    output = request.output
    if output is None:
        return
    # the run, where it is recorded, is the one thing that differs in any case
    named = {
        render(
            output,
            notebook=each.path.stem,
            experiment=each.experiment,
            run=str(number) * 8 if request.record else "",
            parameters={p.name: p.value for p in each.parameters},
        )
        for number, each in enumerate(planned)
    }
    if len(named) < len(planned):
        raise Refused(
            f"the {len(planned)} runs of the grid would all be written to the same file of {output}",
            hint="put {run} (of a recorded run), or the parameters that vary, into the name",
        )


class _Grid:
    """The runs of a grid, up to `workers` of them at once, each in a thread: a runner waits, mostly, so one
    process with one recorder does for all. Its kernels are processes of their own anyway."""

    def __init__(
        self,
        requests: Sequence[RunRequest],
        store: Store,
        workers: int,
        progress: Progress | None,
        done: Callable[[Run], None] | None,
        signals: Signals,
    ) -> None:
        self.requests = requests
        self.store = store
        self.workers = max(1, min(workers, len(requests)))
        self.progress = progress if self.workers == 1 else None
        self.done = done
        self.signals = signals
        self._told = threading.Lock()
        self._stopped = False

    def run(self) -> list[Run]:
        """All that were run, in the grid's order."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.workers, "run") as pool:
            waiting = [pool.submit(self._one, request) for request in self.requests]
            try:
                found = [future.result() for future in waiting]
            except BaseException:
                self._stopped = True
                raise
        return [run for run in found if run is not None]

    def _one(self, request: RunRequest) -> Run | None:
        """The run; None where the grid was cancelled before it began."""
        if self._stopped or self.signals.came:
            return None
        more = len(self.requests) > 1
        try:
            run = execute(request, self.store, self.progress, signals=self.signals, more_to_come=more)
        except BaseException:
            self._stopped = True
            raise
        if run.status is RunStatus.KILLED:  # Ctrl-C means all of them
            self._stopped = True
        with self._told:
            if self.done is not None:
                self.done(run)
        return run


def _stem(request: RunRequest) -> str:
    return request.notebook.stem if request.notebook is not None else "run"
