"""Steps on this machine: one recorder and one warm process for all of them, a kernel process for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from jupyter_mlops.data.contents import Contents
from jupyter_mlops.entities import Resources, StepResult, StepTask
from jupyter_mlops.execution.signals import Signals
from jupyter_mlops.pipelines.engines.base import Tell
from jupyter_mlops.provenance.hardware import hardware
from jupyter_mlops.tracking.store import Store


class LocalEngine:
    """Runs up to `workers` attempts at once, each in a thread that waits for a kernel of its own.

    `several` says that it pays to keep a process warm. Of the GPUs that there are each attempt sees only
    those that it asked for.
    """

    apart = False

    def __init__(self, store: Store, contents: Contents, workers: int, *, several: bool = True) -> None:
        self._store = store
        self._contents = contents
        self._workers = workers
        self._several = several
        self._signals = Signals()  # not entered: the driver listens, and passes them on
        self._pool = ThreadPoolExecutor(workers, "step")
        self._gpus: list[str] | None = None

    def capacity(self) -> Sequence[Resources]:
        """All of this machine: a step may have it for itself."""
        found = hardware()
        cpu = max(found.cores, self._workers)
        return [Resources(cpu=cpu, memory=found.memory, gpu=len(self._free_gpus()))]

    def slots(self) -> int:
        """How many attempts may run at once."""
        return self._workers

    def submit(self, task: StepTask, tell: Tell) -> Future[StepResult]:
        """Begin an attempt as soon as a thread is free."""
        devices = [self._free_gpus().pop(0) for _ in range(task.resources.gpu)]
        if self._free_gpus() or devices:  # a machine without any is left alone
            environment = {**task.environment, "CUDA_VISIBLE_DEVICES": ",".join(devices)}
            task = task.model_copy(update={"environment": environment})

        future = self._pool.submit(self._run, task, tell)
        future.add_done_callback(lambda _: self._free_gpus().extend(devices))
        return future

    def _run(self, task: StepTask, tell: Tell) -> StepResult:
        from jupyter_mlops.pipelines.attempt import attempt  # a run that has nothing to do needs none of it

        return attempt(
            task, self._store, self._contents, tell, signals=self._signals, more_to_come=self._several
        )

    def cancel(self, number: int) -> None:
        """Pass the signal to all that run."""
        self._signals.take(number)

    def close(self) -> None:
        """Wait for what still runs."""
        self._pool.shutdown(cancel_futures=True)

    def _free_gpus(self) -> list[str]:
        if self._gpus is None:
            told = os.environ.get("CUDA_VISIBLE_DEVICES")
            known = [str(number) for number in range(len(hardware().gpus))]
            self._gpus = known if told is None else [name for name in told.split(",") if name.strip()]
        return self._gpus
