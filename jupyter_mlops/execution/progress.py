"""How far the runs are that go on, as their journals tell: cheap to ask again and again."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import CellStatus, PipelineRun, StepState
from jupyter_mlops.entities.panels import RunProgress
from jupyter_mlops.execution.following import cell_name, indices
from jupyter_mlops.notebooks.journal import state_in
from jupyter_mlops.tracking import owners, tags
from jupyter_mlops.tracking.store import Store

_STEP = "SELECT value FROM tags WHERE run_uuid = ? AND key = ?"


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
class _Steps:
    """What a pipeline's run has told of its steps."""

    path: Path
    seen: int = 0  # when the file was written, in nanoseconds
    told: PipelineRun | None = None

    def read(self) -> PipelineRun | None:
        """What is told now; None where it is no pipeline's run."""
        with contextlib.suppress(OSError, ValueError):
            written = self.path.stat().st_mtime_ns
            if written != self.seen:
                self.told = PipelineRun.model_validate_json(self.path.read_text(encoding="utf-8"))
                self.seen = written
        return self.told


@dataclass
class _Live:
    """One run that goes on."""

    folder: Path
    journal: _Journal
    steps: _Steps
    step: str | None = None  # the one of a pipeline that it is a run of; None where that is not known yet
    places: dict[int, int] = field(default_factory=dict)  # number of each cell that runs, by index

    @classmethod
    def at(cls, folder: Path) -> _Live:
        """The run of that folder."""
        kept = folder / tags.FOLDER
        return cls(folder, _Journal(kept / tags.JOURNAL), _Steps(kept / tags.STEPS))

    def look(self) -> RunProgress:
        """Where it is now."""
        steps = self.steps.read()
        return self._cells() if steps is None else self._steps(steps)

    def _cells(self) -> RunProgress:
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
            step=self.step or "",
        )

    def _steps(self, told: PipelineRun) -> RunProgress:
        waiting = {StepState.WAITING, StepState.RUNNING}
        running = [step for step in told.steps if step.state is StepState.RUNNING]
        return RunProgress(
            run_id=self.folder.name,
            done=sum(step.state not in waiting for step in told.steps),
            cells=len(told.steps),
            began=min((step.started for step in running if step.started is not None), default=None),
            step=", ".join(step.name for step in running),
            pipeline=told.pipeline,
        )


class LiveRuns:
    """The runs of a project that go on and are held on this machine. Any thread may ask."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, _Live] = {}
        self._guard = threading.Lock()

    def look(self, store: Store) -> tuple[RunProgress, ...]:
        """How far each of them is, by run id. A run whose process is gone is none of them."""
        with self._guard:
            leases = {
                lease.parent.name: lease
                for lease in owners.leases(self._root / STATE_FOLDER)
                if owners.orphaned(lease) is None
            }
            self._known = {
                run_id: self._known.get(run_id) or _Live.at(lease.parent) for run_id, lease in leases.items()
            }
            self._name_steps(store)
            return tuple(self._known[run_id].look() for run_id in sorted(self._known))

    def _name_steps(self, store: Store) -> None:
        """Find out, once, which step each run is of; of one in a server its files here do not tell."""
        missing = [live for live in self._known.values() if live.step is None]
        direct = store.direct() if missing else None
        if direct is None:
            return
        with contextlib.suppress(sqlite3.Error), direct.reading() as connection:
            for live in missing:
                row = connection.execute(_STEP, [live.folder.name, tags.STEP]).fetchone()
                live.step = "" if row is None else row[0]
