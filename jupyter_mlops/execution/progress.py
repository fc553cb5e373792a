"""How far the runs are that go on, as their journals tell: cheap to ask again and again."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import CellStatus
from jupyter_mlops.entities.panels import RunProgress
from jupyter_mlops.execution.following import cell_name, indices
from jupyter_mlops.notebooks.journal import state_in
from jupyter_mlops.tracking import owners, tags
from jupyter_mlops.tracking.store import Store

_KINDS = "SELECT key, value FROM tags WHERE run_uuid = ? AND key IN (?, ?, ?)"


@dataclass
class _Journal:
    """What a journal has told so far."""

    path: Path
    size: int = 0
    ended: set[int] = field(default_factory=set)
    running: dict[str, tuple[int, str, datetime | None]] = field(default_factory=dict)

    def read(self) -> None:
        """Read what was written since the last time; a line that is not whole yet is left for the next."""
        with contextlib.suppress(OSError):
            if self.path.stat().st_size == self.size:
                return
            with self.path.open("rb") as file:
                file.seek(self.size)
                text = file.read()
            whole = text[: text.rfind(b"\n") + 1]
            self.size += len(whole)
            for line in whole.splitlines():
                self._take(line)

    def _take(self, line: bytes) -> None:
        found = state_in(line)
        if found is None:
            return
        key, record = found
        if record.status is CellStatus.RUNNING:
            self.running[key] = (record.index, cell_name(record.source), record.started)
        else:
            self.running.pop(key, None)
            if record.status is not CellStatus.NOT_RUN:
                self.ended.add(record.index)


@dataclass
class _Live:
    """One run that goes on."""

    folder: Path
    journal: _Journal
    marks: dict[str, str] | None = None
    places: dict[int, int] = field(default_factory=dict)  # number of each cell that runs, by index

    def look(self) -> RunProgress:
        """Where it is now."""
        if not self.places:
            found = sorted(index for index in indices(self.folder / tags.FOLDER) if index >= 0)
            self.places = {index: number for number, index in enumerate(found, start=1)}
        self.journal.read()
        index, name, began = next(reversed(self.journal.running.values()), (None, "", None))
        ended = self.journal.ended if not self.places else self.journal.ended & self.places.keys()
        return RunProgress(
            run_id=self.folder.name,
            done=len(ended),
            cells=len(self.places),
            cell=None if index is None else self.places.get(index),
            name=name,
            began=began,
            step=(self.marks or {}).get(tags.STEP, ""),
        )


class LiveRuns:
    """The runs of a project that go on and are held on this machine. Any thread may ask."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, _Live] = {}
        self._steps: dict[str, set[str]] = {}  # of each pipeline's run the steps that were seen to run
        self._guard = threading.Lock()

    def look(self, store: Store) -> tuple[RunProgress, ...]:
        """How far each of them is, by run id. A run whose process is gone is none of them."""
        with self._guard:
            leases = {
                lease.parent.name: lease
                for lease in owners.leases(self._root / STATE_FOLDER)
                if owners.orphaned(lease) is None
            }
            for run_id in [run_id for run_id in self._known if run_id not in leases]:
                del self._known[run_id]
                self._steps.pop(run_id, None)
            for run_id, lease in leases.items():
                if run_id not in self._known:
                    journal = _Journal(lease.parent / tags.FOLDER / tags.JOURNAL)
                    self._known[run_id] = _Live(lease.parent, journal)
            self._mark(store)
            found = [self._known[run_id].look() for run_id in sorted(self._known)]
            return tuple(self._with_steps(progress, found) for progress in found)

    def _mark(self, store: Store) -> None:
        """Find out, once, what each run is a part of; of a run in a server its files here do not tell."""
        missing = [live for live in self._known.values() if live.marks is None]
        direct = store.direct() if missing else None
        if direct is None:
            return
        wanted = (tags.STEP, tags.PARENT, tags.PIPELINE)
        with contextlib.suppress(sqlite3.Error), direct.reading() as connection:
            for live in missing:
                rows = connection.execute(_KINDS, [live.folder.name, *wanted]).fetchall()
                live.marks = dict(rows)

    def _with_steps(self, progress: RunProgress, all_of_them: list[RunProgress]) -> RunProgress:
        """Of a pipeline's own run its steps, as far as they were seen."""
        marks = self._known[progress.run_id].marks or {}
        if tags.PIPELINE not in marks or tags.STEP in marks:
            return progress
        running = {
            other.run_id: other.step
            for other in all_of_them
            if (self._known[other.run_id].marks or {}).get(tags.PARENT) == progress.run_id
        }
        seen = self._steps.setdefault(progress.run_id, set())
        seen |= running.keys()
        steps = ", ".join(dict.fromkeys(step for step in running.values() if step))
        return progress.model_copy(
            update={"step": steps, "done": len(seen) - len(running), "cells": len(seen)}
        )
