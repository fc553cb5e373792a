"""What a face says while it works, and when something went wrong."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from jupyter_mlops.exceptions import MLOpsError

if TYPE_CHECKING:
    from jupyter_mlops.entities import CellRecord


STILL_RUNNING = 30.0  # seconds between lines that only say so, where lines are not rewritten


class Progress:
    """Says on `stream` how far a run is: one line that is rewritten in a terminal, plain lines elsewhere,
    at most one a second, and one in 30 s while a cell runs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._open = False
        self._last = time.monotonic() - 1.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def line(self, text: str) -> None:
        """Say one thing."""
        self._end()
        print(text, file=self._stream, flush=True)

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
        if done < total and now - self._last < wait:
            return
        self._last = now
        if self._live:
            print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
            self._open = True
        else:
            print(text, file=self._stream, flush=True)

    def _end(self) -> None:
        if self._open:
            print(file=self._stream)
            self._open = False


def _elapsed(record: CellRecord) -> str:
    since = (datetime.now(UTC) - record.started).total_seconds() if record.started else 0.0
    return f"{since:.0f} s" if since < 60 else f"{since / 60:.0f} min"


def describe(error: Exception) -> str:
    """One line: what is wrong, and the mend."""
    if isinstance(error, MLOpsError):
        return f"{error} ({error.hint})" if error.hint else str(error)
    text = " ".join(str(error).split())[:300]
    return f"unexpected {type(error).__name__}: {text} (--debug shows the traceback)"
