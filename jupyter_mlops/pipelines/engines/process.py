"""One attempt in a process of its own, on whatever machine.

``python -m jupyter_mlops.pipelines.engines.process`` reads one line of JSON, an `Order`, from its standard
input, and says on its standard output, in JSON, a line each, what happens (``event``), and at last how it
ended (``result`` or ``error``). Its standard input stays open: when that ends, whoever started it is gone,
and it cancels as it would on SIGTERM. It records the run's end itself, so that this outlives all who wait.

`StepProcess` is the other side: it starts one, listens, and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_mlops import exceptions
from jupyter_mlops.config import PROJECT_VARIABLE, TrackingConfig
from jupyter_mlops.entities import Entity, StepEvent, StepResult, StepTask
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.pipelines.engines.base import Tell

HURRY_AFTER = 1.4  # seconds from the first signal to the second, at which the kernel is killed
KILL_AFTER = 20.0  # seconds from there until the process itself is, if it has not recorded its run by then
LAST_WORDS = 10.0  # seconds that a process may take to end once it has told how its attempt ended
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# what is true of the process that starts it, not of the step; the store is named in the order
_NOT_ITS_OWN = {
    "JUPYTER_MLOPS_RUN_ID",
    "JUPYTER_MLOPS_NOTEBOOK",
    "JPY_SESSION_NAME",
    "JPY_PARENT_PID",
    "MLFLOW_RUN_ID",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_EXPERIMENT_NAME",
    "MLFLOW_TRACKING_URI",
    PROJECT_VARIABLE,
}


class Order(Entity):
    """What a step's process is told: its task; the project's folder, and whether it is `shared` with the
    pipeline's own process (else it is one to be filled with what the task brings along); the store; where
    outputs are kept, a URL, or, without one, a folder."""

    task: StepTask
    root: str
    shared: bool = True
    tracking: TrackingConfig
    url: str | None = None
    folder: str = ""


class StepProcess:
    """A process that makes one attempt. Start it, `listen` once, and `close`.

    `environment` is that of the process, by default this one's; see `step_environment`.
    """

    def __init__(self, order: Order, environment: Mapping[str, str] | None = None) -> None:
        self.name = order.task.name
        self._lock = threading.Lock()
        self._ended = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
        # -P: a file of the current folder must not stand in for a module of ours
        words = [sys.executable, "-P", "-m", "jupyter_mlops.pipelines.engines.process"]
        try:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=step_environment(order.task) if environment is None else environment,
                start_new_session=True,
            )
        except OSError as error:
            self._log.close()
            raise MLOpsError(
                f"step {self.name} could not be started: {error.strerror or error}", hint="make room"
            ) from None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has died: that is told by `listen`
            self._process.stdin.write(order.model_dump_json(exclude_unset=True).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """The process, and its process group."""
        return self._process.pid

    def listen(self, tell: Tell) -> StepResult:
        """Until the process has ended: `tell` hears its events.

        Raises:
            Refused: nothing was run.
            MLOpsError: the machinery failed, or the process was killed.
        """
        last: dict[str, Any] = {}
        late: threading.Timer | None = None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "event" in said:
                tell(StepEvent.model_validate(said["event"]))
                continue
            last = said
            late = late or _later(LAST_WORDS, lambda: self.signal(signal.SIGKILL))
        if late is not None:
            late.cancel()
        if "result" in last:
            return StepResult.model_validate(last["result"])
        raise rebuilt(last["error"]) if "error" in last else self._died()

    def cancel(self, number: int = signal.SIGINT) -> None:
        """Have it cancel its cells, so that what they did is kept: the kernel is gone within two seconds. A
        process that has not recorded its run long after is killed. Returns at once."""

        def press() -> None:
            for seconds, signal_number in (
                (0.0, number),
                (HURRY_AFTER, number),
                (KILL_AFTER, signal.SIGKILL),
            ):
                time.sleep(seconds)
                self.signal(signal_number)

        threading.Thread(target=press, name="cancel step", daemon=True).start()

    def signal(self, number: int) -> None:
        """Send the signal, to the whole group where it kills; nothing where the process has ended."""
        with self._lock, contextlib.suppress(OSError):
            if not self._ended:
                (os.killpg if number == signal.SIGKILL else os.kill)(self.pid, number)

    def close(self) -> None:
        """Kill what is left of it, and give all back."""
        self.signal(signal.SIGKILL)  # before the process is waited for: its number is its own until then
        with self._lock:
            self._ended = True
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            with contextlib.suppress(OSError):  # an order that it never read
                stream.close()  # type: ignore[union-attr]

    def _died(self) -> MLOpsError:
        self._log.seek(0)
        lines = self._log.read()[-4000:].decode(errors="replace").split("\n")
        said = next((line for line in reversed(lines) if line.strip()), "")
        return MLOpsError(
            f"the process of step {self.name} died before it could tell how it ended"
            f"{f' (it said: {said.strip()})' if said else ''}",
            hint="was it killed for its memory? ask for more (resources: memory), or run fewer at once",
        )


def step_environment(task: StepTask, unset: Mapping[str, object] | None = None) -> dict[str, str]:
    """This process's environment for the step's: without what is true of this process only, nor what is as
    `unset` has it, with as many threads for numerical libraries as the step asks for cores, if it does."""
    unset = unset or {}
    found = {
        key: value
        for key, value in os.environ.items()
        if key not in _NOT_ITS_OWN and not (key in unset and str(unset[key]) == value)
    }
    if "cpu" in task.resources.model_fields_set:
        found |= {name: str(max(1, int(task.resources.cpu))) for name in _THREADS}
    return found


def rebuilt(error: Mapping[str, Any]) -> MLOpsError:
    """The error that `described` described; of a kind that is not known here, an `MLOpsError`."""
    from jupyter_mlops.pipelines import attempt

    name = str(error.get("kind"))
    kind = getattr(exceptions, name, None) or getattr(attempt, name, None)
    if not (isinstance(kind, type) and issubclass(kind, MLOpsError)):
        kind = MLOpsError
    return kind(str(error["message"]), hint=error.get("hint"))


def described(error: MLOpsError) -> dict[str, Any]:
    """An error as JSON."""
    return {"kind": type(error).__name__, "message": str(error), "hint": error.hint}


def _later(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer


# -- in the process itself


class _Wire:
    """Where events go: this process's own standard output, which nobody else can reach any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._out = os.dup(1)  # not inherited by what this process starts
        self.heard = os.dup(0)
        os.dup2(2, 1)  # what anything prints goes to the log
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)

    def say(self, kind: str, body: Any) -> None:
        line = json.dumps({kind: body}).encode() + b"\n"
        with self._lock, contextlib.suppress(OSError):  # nobody listens: the run is recorded all the same
            while line:
                line = line[os.write(self._out, line) :]

    def order(self) -> bytes:
        """The line on standard input; empty where whoever started us is gone already."""
        read = bytearray()
        while not read.endswith(b"\n"):
            got = os.read(self.heard, 1 << 16)
            if not got:
                return b""
            read += got
        return bytes(read)


def main() -> None:
    """Make the attempt that is ordered."""
    wire = _Wire()
    from jupyter_mlops.execution.signals import Signals

    with Signals() as signals:  # first of all: none may be lost
        line = wire.order()
        if not line:
            return
        threading.Thread(target=_watch, args=(wire.heard,), name="parent", daemon=True).start()
        order = Order.model_validate_json(line)
        try:
            wire.say("result", _attempt(order, wire, signals).model_dump(mode="json"))
        except MLOpsError as error:
            wire.say("error", described(error))
        except Exception as error:
            import traceback

            traceback.print_exc()
            told = f"step {order.task.name} broke down: {type(error).__name__}: {error}"
            wire.say("error", described(MLOpsError(told, hint="this is a fault of ours: please report it")))


def _attempt(order: Order, wire: _Wire, signals: Any) -> StepResult:
    from pathlib import Path

    from jupyter_mlops.data.contents import open_contents
    from jupyter_mlops.pipelines.attempt import attempt
    from jupyter_mlops.pipelines.engines.guest import settle
    from jupyter_mlops.tracking.store import Store

    root = Path(order.root)
    if not order.shared:
        settle(order.task, root)
    return attempt(
        order.task,
        Store(root, order.tracking),
        open_contents(order.url, Path(order.folder)),
        lambda event: wire.say("event", event.model_dump(mode="json")),
        signals=signals,
    )


def _watch(heard: int) -> None:
    """Whoever started this process keeps its standard input open: once that ends, cancel."""
    while os.read(heard, 1 << 16):
        pass
    main_thread = threading.main_thread().ident
    assert main_thread is not None
    for seconds in (HURRY_AFTER, KILL_AFTER):
        signal.pthread_kill(main_thread, signal.SIGTERM)  # it may wait for something: that wakes it
        time.sleep(seconds)
    os.killpg(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
