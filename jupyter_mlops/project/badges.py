"""What is on the record of a notebook's cells."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.entities import CellRecord, CellStatus, Run, RunKind
from jupyter_mlops.entities.panels import CellBadge, MetricChange, NotebookBadges
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.notebooks.document import Notebook, code_cells, read_notebook
from jupyter_mlops.notebooks.journal import at_work
from jupyter_mlops.notebooks.order import check_order
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking import notebooks
from jupyter_mlops.tracking.moments import last_logged

_WHOLE = (RunKind.SESSION, RunKind.HEADLESS)
_MAGIC = "%%track"  # begins a cell that is a run by itself
_CELL_RUNS = 50  # newest of them that are looked at
_EVER = datetime.min.replace(tzinfo=UTC)

_Dated = tuple[datetime, CellBadge]  # when it was executed, and its badge


class Badges(Rooms):
    """What is on the record of a notebook's cells."""

    def badges(self, notebook: Path) -> NotebookBadges:
        """Of each cell of the notebook the last execution in its newest tracked run: the session that goes
        on, else the last session or headless run; of a cell that is a run by itself, the newest of those.
        What a cell logged is told as it differs from the run of the notebook before. Nothing is written.

        Raises:
            StoreError: the store cannot be read.
        """
        name = display_path(self.root, notebook)
        runs = notebooks.runs_of(self.store, name, _WHOLE)
        going = next((run for run in runs if self._is_tracked(run)), None)
        document = None
        with suppress(MLOpsError, OSError):  # it is not saved yet, or is being saved
            document = read_notebook(notebook)
        found = self._of_run(going or runs[0], runs, document) if runs else {}
        for cell, dated in self._of_cells(name, document).items():
            if cell not in found or found[cell][0] <= dated[0]:
                warnings = found[cell][1].warnings if cell in found else ()
                found[cell] = (dated[0], dated[1].model_copy(update={"warnings": warnings}))
        return NotebookBadges(path=name, tracked=going, cells=tuple(badge for _, badge in found.values()))

    def _is_tracked(self, run: Run) -> bool:
        return run.kind is RunKind.SESSION and notebooks.goes_on(self.store, run)

    def _of_run(self, run: Run, runs: Sequence[Run], document: Notebook | None) -> dict[str, _Dated]:
        """By cell what the run, one of `runs`, newest first, has on record."""
        executions = notebooks.executions(self.store, run)
        last = {
            one.cell_id: one
            for one in executions
            if one.cell_id is not None and one.status is not CellStatus.NOT_RUN
        }
        logged = self._logged(run, executions)
        older = runs[runs.index(run) + 1 :]
        over = not notebooks.goes_on(self.store, run)
        found = {
            cell: _dated(cell, run, one, _changes(run, logged.get(cell, ()), older), over)
            for cell, one in last.items()
        }
        if document is not None and run.kind is RunKind.SESSION:
            _warn(found, run, document, executions)
        return found

    def _logged(self, run: Run, executions: Sequence[CellRecord]) -> dict[str, list[str]]:
        """The metrics of which each cell logged the last point."""
        found: dict[str, list[str]] = {}
        if not run.metrics:
            return found
        for name, moment in sorted(last_logged(self.store, run.run_id, run.metrics).items()):
            one = at_work(moment, executions)
            if one is not None and one.cell_id is not None:
                found.setdefault(one.cell_id, []).append(name)
        return found

    def _of_cells(self, notebook: str, document: Notebook | None) -> dict[str, _Dated]:
        """By cell the newest run that it was by itself."""
        named = {} if document is None else _cells_by_name(document)
        runs = notebooks.runs_of(self.store, notebook, (RunKind.CELL,), _CELL_RUNS) if named else []
        found: dict[str, _Dated] = {}
        for place, run in enumerate(runs):
            cell, first = named.pop(run.name, ("", ""))
            records = notebooks.executions(self.store, run) if cell else []
            if not records:
                continue
            one = records[-1].model_copy(update={"source": f"{first}\n{records[-1].source}"})
            older = [each for each in runs[place + 1 :] if each.name == run.name]
            over = not notebooks.goes_on(self.store, run)
            found[cell] = _dated(cell, run, one, _changes(run, run.metrics, older), over)
        return found


def _dated(
    cell: str, run: Run, execution: CellRecord, metrics: tuple[MetricChange, ...], over: bool
) -> _Dated:
    lost = over and execution.status is CellStatus.RUNNING  # its process is gone
    badge = CellBadge(
        cell_id=cell,
        run_id=run.run_id,
        run=run.name,
        status=CellStatus.KILLED if lost else execution.status,
        duration=execution.duration,
        source=execution.source,
        metrics=metrics,
    )
    return execution.started or _EVER, badge


def _changes(run: Run, metrics: Iterable[str], older: Sequence[Run]) -> tuple[MetricChange, ...]:
    """Each of the metrics against the newest of the older runs that has it."""
    from jupyter_mlops.evaluation.metrics import higher_is_better

    found = []
    for name in metrics:
        value = run.metrics[name]
        before = next((each.metrics[name] for each in older if name in each.metrics), None)
        change = None if before is None else value - before
        if change is None or not math.isfinite(change):
            found.append(MetricChange(name=name, value=value))
            continue
        higher = higher_is_better(name)
        better = None if higher is None or not change else higher == (change > 0)
        found.append(MetricChange(name=name, value=value, change=change, better=better))
    return tuple(found)


def _warn(found: dict[str, _Dated], run: Run, document: Notebook, executions: Sequence[CellRecord]) -> None:
    """Say at each cell why the state could not have come from running the notebook from top to bottom; that
    one was edited since is for the page to tell, which sees what is not saved yet."""
    told: dict[str, list[str]] = {}
    for finding in check_order(document, executions):
        if finding.kind != "edited":
            told.setdefault(finding.cell, []).append(finding.message)
    sources = {str(cell.get("id")): cell["source"] for _, cell in code_cells(document)}
    for cell, messages in told.items():
        moment, badge = found.get(cell) or (_EVER, _not_run(cell, run, sources.get(cell, "")))
        found[cell] = (moment, badge.model_copy(update={"warnings": tuple(messages)}))


def _not_run(cell: str, run: Run, source: str) -> CellBadge:
    return CellBadge(cell_id=cell, run_id=run.run_id, run=run.name, status=CellStatus.NOT_RUN, source=source)


def _cells_by_name(document: Notebook) -> dict[str, tuple[str, str]]:
    """By the name of the run that a cell is by itself: the cell, and its first line."""
    found = {}
    for _, cell in code_cells(document):
        first = cell["source"].split("\n", 1)[0]
        if first.startswith(_MAGIC) and cell.get("id"):
            with suppress(ValueError):  # a quote that is not closed
                words = [word for word in shlex.split(first)[1:] if not word.startswith("-")]
                if words:
                    found[words[0]] = (str(cell["id"]), first)
    return found
