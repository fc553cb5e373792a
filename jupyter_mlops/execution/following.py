"""What a run prints, and which cell it is at, while it goes on, whichever process of this machine is at it;
and of one that has ended, from what it kept."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from jupyter_mlops.entities import CellRecord, CellStatus, LogLine, Run, RunKind, RunStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.outcome import has_code
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.journal import JournalReader
from jupyter_mlops.notebooks.output_log import LogReader, Piece, index_of
from jupyter_mlops.tracking import leases, owners, tags
from jupyter_mlops.tracking.freed import told_of
from jupyter_mlops.tracking.reader import children, find_run, local_copy
from jupyter_mlops.tracking.store import Store

LOOK = 0.2  # seconds between looks at the files of a run
ASK = 1.0  # seconds between looks whether its process lives, and for steps that have begun
ASK_STORE = 3.0  # seconds between questions to the store, where no file here tells that a run has ended
_NAME = 60  # characters
_PRINT = {RunKind.HEADLESS, RunKind.REPLAY, RunKind.PIPELINE}
_ENDED = {RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED}


def follow(
    store: Store,
    run: Run,
    *,
    goes_on: bool = True,
    lines: int | None = None,
    look: float = LOOK,
    stop: threading.Event | None = None,
) -> Iterator[LogLine]:
    """What the run printed and did so far, or the last so many `lines` of it; and, while it goes on, all that
    comes, until it has ended. The memory this takes does not grow with what is printed.

    Args:
        store: the project's store.
        run: of a pipeline run, its steps are followed together.
        goes_on: False ends with what there is now.
        lines: how many of what there is already; None for all.
        look: seconds between looks at its files.
        stop: set by another thread, it ends the following.
    """
    with contextlib.closing(_Run(store, run)) as followed:
        sweeps = followed.sweeps(goes_on, look, stop or threading.Event())
        first = next(sweeps)
        yield from first if lines is None else deque(first, maxlen=lines)
        for sweep in sweeps:
            yield from sweep


class _Run:
    """A run, and of a pipeline its steps' runs, as they come about."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self._run = run
        self._parts = {} if run.kind is RunKind.PIPELINE else {run.run_id: _Part(store, run)}
        self._ended = run.status in _ENDED
        self._held = True
        self._noted = False
        self._asked = float("-inf")

    def close(self) -> None:
        """Let go of all files."""
        for part in self._parts.values():
            part.close()

    def sweeps(self, goes_on: bool, look: float, stop: threading.Event) -> Iterator[Iterator[LogLine]]:
        """What is new, again and again; each is to be used up before the next."""
        while True:
            self._ask()
            yield chain(self._note(), self._news())
            if self._ended:
                yield iter([_end(self._run)])
            if self._ended or not goes_on or stop.wait(look):
                return

    def _ask(self) -> None:
        """Before looking at files: has it ended? Then all of it is in them."""
        if not self._ended:
            lease = self._store.run_folder(self._run.run_id) / owners.LEASE
            held, now = lease.exists(), time.monotonic()
            if now < self._asked + (ASK if held else 0.0 if self._held else ASK_STORE):
                return
            self._held, self._asked = held, now
            if not held or owners.orphaned(lease) is not None:
                leases.reconcile(self._store)
                self._run = find_run(self._store, self._run.run_id)
                self._ended = self._run.status in _ENDED
        self._find_steps()

    def _find_steps(self) -> None:
        if self._run.kind is not RunKind.PIPELINE:
            return
        for step in children(self._store, self._run.run_id):
            if step.run_id not in self._parts:
                self._parts[step.run_id] = _Part(self._store, step, step=step.name)

    def _note(self) -> list[LogLine]:
        """What is to be said, once, of a run that cannot be followed."""
        if self._noted:
            return []
        text = ""
        if self._run.kind not in _PRINT:
            text = f"what a {self._run.kind.value} run prints is not kept: only its cells are told"
        elif self._ended:
            text = told_of(self._store, self._run.run_id)
        elif not self._held:
            text = "no process of this machine is at it: what it prints is shown when it has ended"
        self._noted = bool(text)
        return [LogLine(run_id=self._run.run_id, stream="note", text=f"{text}\n")] if text else []

    def _news(self) -> Iterator[LogLine]:
        for part in self._parts.values():
            yield from part.news(over=self._ended)


class _Part:
    """One notebook run."""

    def __init__(self, store: Store, run: Run, step: str = "") -> None:
        self._store = store
        self._run = run
        self._step = step
        self._log, self._journal = LogReader(), JournalReader()
        self._places: dict[int, int] = {}  # number of each cell that runs, by index
        self._records: dict[int, CellRecord] = {}  # of cells that have begun, with one line of their source
        self._told: dict[str, CellStatus] = {}
        self._waiting: Piece | None = None
        self._done = False
        self._asked = float("-inf")

    def close(self) -> None:
        """Let go of all files."""
        self._log.close()
        self._journal.close()

    def news(self, *, over: bool) -> Iterator[LogLine]:
        """What has come since the last call; all of it, if it is `over`."""
        if self._done:
            return
        folder = self._store.run_folder(self._run.run_id)
        ended = over or (bool(self._step) and self._has_ended(folder))
        kept = folder / tags.FOLDER
        self._open(kept)
        if ended and not (self._log.opened and self._journal.opened):
            with contextlib.ExitStack() as stack:
                self._open_kept(stack)
                yield from self._read(final=True)
        else:
            yield from self._read(final=ended)
        if ended:
            self._done = True
            self.close()
            if self._step:
                yield _end(find_run(self._store, self._run.run_id), self._step)

    def _has_ended(self, folder: Path) -> bool:
        """A step whose folder is gone; or which had none here, as the store says."""
        if folder.exists():
            return False
        if self._run.status not in _ENDED and time.monotonic() > self._asked + ASK:
            self._asked = time.monotonic()
            self._run = find_run(self._store, self._run.run_id)
        return self._run.status in _ENDED

    def _open(self, kept: Path) -> None:
        with contextlib.suppress(OSError):  # the run has ended just now: its artifacts have them
            if not self._places and not self._journal.opened:
                self._place(indices(kept))
            self._log.open(kept / tags.OUTPUT_LOG)
            self._journal.open(kept / tags.JOURNAL)

    def _place(self, indices: Iterable[int]) -> None:
        ordered = enumerate(sorted(index for index in indices if index >= 0), start=1)
        self._places = {index: number for number, index in ordered}

    def _open_kept(self, stack: contextlib.ExitStack) -> None:
        """From the run's artifacts."""
        names = [tags.JOURNAL, tags.OUTPUT_LOG, index_of(Path(tags.OUTPUT_LOG)).name]
        there = {
            name: stack.enter_context(local_copy(self._store, self._run.run_id, f"{tags.FOLDER}/{name}"))
            for name in names
        }
        self._log.open(there[tags.OUTPUT_LOG], there[names[2]])
        self._journal.open(there[tags.JOURNAL])

    def _read(self, *, final: bool) -> Iterator[LogLine]:
        """Journal and log put together. The journal is read first: what a cell that has ended there printed
        is in the log."""
        states = list(self._states())
        if final and not self._places:
            self._place({record.index for record in [*states, *self._records.values()]})
        pieces = self._log.read(final=final)
        held: CellRecord | None = None  # begun: told when it prints, or is found to be still at it
        for record in states:
            if record.status is CellStatus.RUNNING:
                yield from self._cells(held)
                held = self._records[record.index] = record
                continue
            for piece in chain(self._begun(pieces), self._log.rest(record.index)):
                yield from self._cells(held)
                held = None
                yield self._line(piece.cell, stream=piece.stream, text=piece.text)
            held = None
            self._records[record.index] = record
            yield from self._cells(record)
        for piece in self._begun(pieces, all_of_them=final):
            yield from self._cells(held)
            held = None
            yield self._line(piece.cell, stream=piece.stream, text=piece.text)
        yield from self._cells(held)

    def _states(self) -> Iterator[CellRecord]:
        for key, record in self._journal.read():
            if self._told.get(key) is not record.status:
                self._told[key] = record.status
                yield record.model_copy(update={"source": cell_name(record.source), "traceback": None})

    def _begun(self, pieces: Iterator[Piece], *, all_of_them: bool = False) -> Iterator[Piece]:
        """The pieces up to the first of a cell whose beginning the journal does not tell yet."""
        while True:
            piece, self._waiting = self._waiting or next(pieces, None), None
            if piece is None:
                return
            if piece.cell is not None and piece.cell not in self._records and not all_of_them:
                self._waiting = piece
                return
            yield piece

    def _cells(self, record: CellRecord | None) -> list[LogLine]:
        if record is None:
            return []
        state = {"status": record.status, "began": record.started, "duration": record.duration}
        return [self._line(record.index, **state, text=record.error or "")]

    def _line(self, index: int | None, **fields: object) -> LogLine:
        cell: dict[str, object] = {}
        if index is not None and index in self._records:
            cell = {"index": index, "name": self._records[index].source}
            if index in self._places:
                cell |= {"number": self._places[index], "of": len(self._places)}
        return LogLine.model_validate({"run_id": self._run.run_id, "step": self._step, **cell, **fields})


def _end(run: Run, step: str = "") -> LogLine:
    return LogLine(
        run_id=run.run_id,
        step=step,
        ended=run.status,
        exit_code=run.exit_code,
        duration=run.duration,
        text=run.error or "",
    )


def cell_name(source: str) -> str:
    """What a cell is called: the beginning of its first line that says something."""
    first = next((line.strip() for line in source.splitlines() if line.strip()), "")
    return (first.lstrip("#").strip() or first)[:_NAME]


def indices(kept: Path) -> list[int]:
    """Indices of the cells that run, of the notebook as it is written before they do."""
    found = next(iter(sorted(kept.glob("*.ipynb"))), None)
    if found is None:
        return []
    try:
        return [index for index, cell in enumerate(read_notebook(found)["cells"]) if has_code(cell)]
    except MLOpsError:
        return []
