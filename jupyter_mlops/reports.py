"""What a face says while it works, and when something went wrong."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.letters import harmless

if TYPE_CHECKING:
    from jupyter_mlops.entities import CellRecord, StepRun
    from jupyter_mlops.live import LiveSteps


PATIENCE = 1.0  # seconds that a verb may work without a word
STILL_RUNNING = 30.0  # seconds between lines that only say so, where lines are not rewritten


class Progress:
    """Says on `stream` how far a run is: one line that is rewritten in a terminal, plain lines elsewhere,
    at most one a second, and one in 30 s while a cell runs. Of a pipeline it says how far each step is: in
    a table that is drawn anew, or as a line where a step's state changes."""

    patience = PATIENCE

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._open = False
        self._passing = False  # the line at the cursor only says that work goes on: it is taken away
        self._told = False  # cells or steps tell how far the work is
        self._asking = False  # somebody is to answer at the cursor
        self._last = time.monotonic() - 1.0
        self._lock = threading.RLock()  # steps are heard of from any thread
        self._table: LiveSteps | None = None
        self._said: dict[tuple[str, str], _Said] = {}

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._lock:
            self._end()
            if self._table is not None:
                # where all went well the result is shown next, and tells more
                self._table.stop(keep=kind is not None)
                self._table = None

    @contextlib.contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Meanwhile, where nobody says how far it is, tell that this goes on: in a terminal on a line that
        counts the seconds and is taken away in the end, elsewhere in a line at first and one in 30 s.
        Without a text, nothing."""
        if not text:
            yield
            return
        began, over = time.monotonic(), threading.Event()

        def tell() -> None:
            wait = self.patience
            with contextlib.suppress(OSError, ValueError):  # nobody reads, or the stream is closed
                while not over.wait(wait):
                    self._goes_on(text, time.monotonic() - began)
                    wait = 1.0 if self._rewrites else STILL_RUNNING

        thread = threading.Thread(target=tell, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            with self._lock:
                self._take_away()

    def line(self, text: str) -> None:
        """Say one thing, without letters that would steer a terminal."""
        text = harmless(text, keep="\n\t")
        with self._lock:
            if self._table is not None:
                self._table.line(text)
                return
            self._end()
            print(text, file=self._stream, flush=True)

    def ask(self, question: str) -> str:
        """What a person at the terminal answers, on one line; nothing where there is none."""
        if not (self._live and sys.stdin is not None and sys.stdin.isatty()):
            return ""
        with self._lock:
            self._end()
            self._asking = True
            print(f"{harmless(question)} ", end="", file=self._stream, flush=True)
        try:
            return sys.stdin.readline().strip()
        finally:
            self._asking = False

    def edges(self, pipeline: str, edges: Mapping[str, tuple[str, ...]]) -> None:
        """What comes after what in the pipeline whose steps will be told: for faces that draw it."""

    def step(self, step: StepRun) -> None:
        """A step of a pipeline is new, or has changed. From any thread."""
        with self._lock:
            self._told = True
            if self._rewrites:
                if self._table is None:
                    from jupyter_mlops.live import LiveSteps

                    self._end()
                    self._table = LiveSteps(self._stream)
                self._table.step(step)
                return
            text = self._said.setdefault((step.step, step.point), _Said()).news(step)
            if text:
                print(text, file=self._stream, flush=True)

    def done(self, result: object) -> bool:
        """The command has ended with that; whether its result is on show by now."""
        return False

    def cell(self, record: CellRecord, done: int, total: int) -> None:
        """A cell has ended, or is still running after another second."""
        now = time.monotonic()
        if record.status.value == "running":  # the enum would bring pydantic to the way of --help
            text = f"cell {done + 1}/{total}: running, {_elapsed(record)}"
            wait = 0.1 if self._live else STILL_RUNNING
        else:
            text = f"cell {done}/{total}: {record.status.value}"
            # how a cell ended is told at once where it did not end well: no other may follow
            wait = 0.0 if record.status.value not in {"ok", "skipped"} else 0.1 if self._live else 1.0
        with self._lock:
            self._told = done < total
            if done < total and now - self._last < wait:
                return
            self._last = now
            if self._live:
                print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
                self._open, self._passing = True, False
            else:
                print(text, file=self._stream, flush=True)

    @property
    def _rewrites(self) -> bool:
        return self._live and os.environ.get("TERM") not in {"dumb", "unknown"}

    def _goes_on(self, text: str, seconds: float) -> None:
        with self._lock:
            if self._told or self._asking or self._table is not None:
                return
            text = harmless(text)
            if not self._rewrites:
                counted = f" {_time(seconds)}" if seconds >= STILL_RUNNING else ""
                print(f"{text} ...{counted}", file=self._stream, flush=True)
                return
            if not self._passing:
                self._end()
            counted = f" ... {_time(seconds)}"
            # a line that took two rows could not be rewritten
            text = text[
                : max((os.get_terminal_size(self._stream.fileno()).columns or 80) - len(counted) - 1, 0)
            ]
            print(f"\r\x1b[K{text}{counted}", end="", file=self._stream, flush=True)
            self._passing = True

    def _end(self) -> None:
        self._take_away()
        if self._open:
            print(file=self._stream)
            self._open = False

    def _take_away(self) -> None:
        if self._passing:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._passing = False


class _Said:
    """What was last said of a step, where lines are not rewritten."""

    def __init__(self) -> None:
        self._state = "waiting"
        self._attempt = 1
        self._last = 0.0

    def news(self, step: StepRun) -> str:
        """What is to be said of it now, or nothing."""
        now = time.monotonic()
        state = step.state.value
        if (state, step.attempt) != (self._state, self._attempt):
            self._state, self._attempt, self._last = state, step.attempt, now
            return _one_line(step)
        if state == "running" and step.cells and now - self._last >= STILL_RUNNING:
            self._last = now
            return f"{step.name}: running, cell {min(step.cell + 1, step.cells)}/{step.cells}"
        return ""


def _one_line(step: StepRun) -> str:
    from jupyter_mlops.drawing import clean

    text = f"{clean(step.name, 80)}: {step.state.value}"
    if step.state.value in {"finished", "failed"} and step.duration is not None:
        text += f" in {step.duration:.1f} s"
    if step.attempt > 1:
        text += f", attempt {step.attempt}"
    why = clean(step.error or step.why, 300)
    return f"{text} ({why})" if why else text


def _elapsed(record: CellRecord) -> str:
    return _time((datetime.now(UTC) - record.started).total_seconds() if record.started else 0.0)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def describe(error: Exception) -> str:
    """One line: what is wrong, and the mend; without letters that would steer a terminal."""
    if isinstance(error, MLOpsError):
        return _plain(f"{error} ({error.hint})" if error.hint else str(error))
    return f"unexpected {type(error).__name__}: {_plain(str(error))[:300]} (--debug shows the traceback)"


def _plain(text: str) -> str:
    return harmless(" ".join(text.split()))
