"""What the driver of a pipeline asks of an engine. It knows no graph and no cache: it runs attempts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from jupyter_mlops.entities import Resources, StepEvent, StepResult, StepTask
from jupyter_mlops.exceptions import Refused

Tell = Callable[[StepEvent], None]  # may be called from any thread


class Engine(Protocol):
    """Runs attempts at steps, each in a process of its own."""

    @property
    def apart(self) -> bool:
        """Workers do not see the project's folder: tasks are to bring along what they need."""

    def capacity(self) -> Sequence[Resources]:
        """What each worker has: a request that fits into none of them can never be met."""

    def slots(self) -> int:
        """How many attempts may run at once."""

    def submit(self, task: StepTask, tell: Tell) -> Future[StepResult]:
        """Begin an attempt; `tell` hears of it while it goes on. A run that failed is a result, not an
        exception; the future raises an `MLOpsError` where the machinery failed, and `Refused` where nothing
        was run."""

    def cancel(self, number: int) -> None:
        """End all attempts that go on, as that signal would: their futures end with runs that are KILLED.
        Said again: at once. May be called from a signal handler or any thread."""

    def close(self) -> None:
        """Give back all that the engine holds; nothing goes on any more."""


def check_capacity(name: str, wanted: Resources, workers: Sequence[Resources]) -> None:
    """Return if one of the workers can ever meet the request of the step `name`.

    Raises:
        Refused: none can; it would wait for ever.
    """
    if any(fits(wanted, worker) for worker in workers):
        return
    most = max(workers, key=lambda worker: (worker.gpu, worker.cpu), default=Resources(cpu=0))
    memory = "" if most.memory is None else f", {most.memory / 1e9:.1f} GB of memory"
    raise Refused(
        f"step {name} asks for {_words(wanted)}, which no worker has",
        hint=f"the largest has cpu {most.cpu:g}, gpu {most.gpu}{memory}",
    )


def fits(wanted: Resources, free: Resources) -> bool:
    """Whether the request can be met with what is free; unknown memory is taken to do."""
    memory = wanted.memory is None or free.memory is None or wanted.memory <= free.memory
    return wanted.cpu <= free.cpu and wanted.gpu <= free.gpu and memory


def _words(wanted: Resources) -> str:
    memory = "" if wanted.memory is None else f", {wanted.memory / 1e9:.1f} GB of memory"
    return f"cpu {wanted.cpu:g}, gpu {wanted.gpu}{memory}"
