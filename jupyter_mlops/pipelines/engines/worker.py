"""What is done on a worker of the Dask engine: it starts a step's process, listens to it, and ends it.

Without Dask itself: all that comes from there is an argument.
"""

from __future__ import annotations

import json
import platform
import secrets
import signal
import threading
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jupyter_mlops.config import STATE_FOLDER, TrackingConfig
from jupyter_mlops.entities import Entity, StepTask
from jupyter_mlops.exceptions import Cancelled, MLOpsError, Refused
from jupyter_mlops.pipelines.engines.guest import guest_folder
from jupyter_mlops.pipelines.engines.process import Order, StepProcess, described, step_environment

Say = Callable[[dict[str, Any]], None]

_running: dict[str, StepProcess] = {}  # on this worker, by start
_engine_of: dict[str, str] = {}  # which engine each start belongs to
_cancelled: dict[str, int] = {}  # engines that were, and the signal
_lock = threading.Lock()


class Home(Entity):
    """Where the project is, as a worker needs to know. Whoever sees a file of the name `mark` in the state
    folder of `root` sees the project's folder. `apart` tells why a worker that does not is of no use, in a
    line and its mend; None where store and outputs can be reached from anywhere. `packed` says that the task
    brings along all that such a worker needs."""

    engine: str
    root: str
    mark: str
    tracking: TrackingConfig
    url: str | None = None
    folder: str = ""
    apart: tuple[str, str] | None = None
    packed: bool = False

    def sees(self) -> bool:
        """Whether this process sees the project's folder."""
        return (Path(self.root) / STATE_FOLDER / self.mark).exists()


def look(home: str) -> dict[str, Any]:
    """What must be alike on all machines, and whether this one sees the project's folder."""
    return {
        "sees": Home.model_validate_json(home).sees(),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "distributed": version("distributed"),
        "jupyter-mlops": version("jupyter-mlops"),
    }


def run(home: str, task: str, *, local: Path, unset: Mapping[str, object], say: Say) -> str:
    """Make the attempt in a process of its own; how it ended, as JSON: ``{"result": ...}`` or ``{"error":
    ...}``. `say` is told of its start and of events; `local` is a folder of this worker's; `unset` what the
    worker's environment has that the step's is not to have."""
    start = secrets.token_hex(4)
    say({"start": start})
    try:
        order = _order(Home.model_validate_json(home), StepTask.model_validate_json(task), local)
        process = StepProcess(order, step_environment(order.task, unset))
        try:
            _enter(start, Home.model_validate_json(home).engine, process)
            result = process.listen(
                lambda event: say({"start": start, "event": event.model_dump(mode="json")})
            )
        finally:
            _leave(start)
            process.close()
        return json.dumps({"result": result.model_dump(mode="json")})
    except MLOpsError as error:
        return json.dumps({"error": described(error)})


def cancel(engine: str, number: int) -> int:
    """Cancel the engine's steps on this worker, and all that come yet; how many there were."""
    with _lock:
        _cancelled[engine] = number
        found = [process for start, process in _running.items() if _engine_of[start] == engine]
    for process in found:
        process.cancel(number)
    return len(found)


def _enter(start: str, engine: str, process: StepProcess) -> None:
    with _lock:
        _running[start], _engine_of[start] = process, engine
        number = _cancelled.get(engine)
    if number is not None:
        process.signal(signal.SIGKILL)
        raise Cancelled("cancelled before it began")


def _leave(start: str) -> None:
    with _lock:
        _running.pop(start, None)
        _engine_of.pop(start, None)


def _order(home: Home, task: StepTask, local: Path) -> Order:
    shared = home.sees()
    if not shared and home.apart is not None:
        raise Refused(home.apart[0], hint=home.apart[1])
    if not (shared or home.packed):
        raise Refused(
            f"step {task.name} came to a worker that joined just now and does not see the project's folder",
            hint="run the pipeline again",
        )
    root = home.root if shared else str(guest_folder(local / "jupyter-mlops", task))
    return Order(
        task=task, root=root, shared=shared, tracking=home.tracking, url=home.url, folder=home.folder
    )
