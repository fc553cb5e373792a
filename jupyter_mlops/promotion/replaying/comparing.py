"""Two runs of one notebook, compared: their metrics, and what their cells showed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from jupyter_mlops.entities import CellRecord, CellReplay, MetricReplay, ReplayVerdict, Run
from jupyter_mlops.notebooks.document import Notebook, code_cells
from jupyter_mlops.promotion.replaying.shown import difference, shown
from jupyter_mlops.tracking.moments import last_logged
from jupyter_mlops.tracking.store import Store

EXACT = 1e-12  # of numbers that count as the same: the last bits may be due to the machine
_RESOLUTION = timedelta(milliseconds=1)  # of a metric's time
_TELL_LITTLE = ("import ", "from ", "#")
_LONGEST = 120  # characters of a cell's first line


def metrics_of(family: Sequence[Run]) -> dict[str, tuple[str, str, float]]:
    """(id of the run, metric, value) of all metrics of a run and its parts, by the name that tells them
    apart: those of a part begin with its name."""
    found: dict[str, tuple[str, str, float]] = {}
    seen: dict[str, int] = {}
    for place, run in enumerate(family):
        prefix = ""
        if place:
            seen[run.name] = seen.get(run.name, 0) + 1
            prefix = f"{run.name}/" if seen[run.name] == 1 else f"{run.name} #{seen[run.name]}/"
        for metric, value in run.metrics.items():
            found[f"{prefix}{metric}"] = (run.run_id, metric, value)
    return found


def compare_metrics(
    store: Store,
    original: Sequence[Run],
    replayed: Sequence[Run],
    cells: Sequence[CellRecord],
    tolerance: float,
) -> tuple[MetricReplay, ...]:
    """Every metric of both families of runs; of those that are not the same with the place of the cell of the
    replay, whose executions are `cells`, that logged it."""
    sides = metrics_of(original), metrics_of(replayed)
    rows = []
    for name in sorted({*sides[0], *sides[1]}):
        left, right = (side[name][2] if name in side else None for side in sides)
        row = MetricReplay(
            metric=name, original=left, replayed=right, within=agree(left, right, max(tolerance, EXACT))
        )
        rows.append(row)
    differing = [row.metric for row in rows if not same(row) and row.metric in sides[1]]
    places = _places(store, {name: sides[1][name][:2] for name in differing}, cells)
    return tuple(row.model_copy(update={"cell": places.get(row.metric)}) for row in rows)


def agree(left: float | None, right: float | None, tolerance: float) -> bool:
    """Both are there, and equal, or further apart by no more than the tolerance, relative or absolute; what
    is no number equals what is none."""
    if left is None or right is None:
        return False
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance)


def same(row: MetricReplay) -> bool:
    """The numbers are equal, but for the last bits."""
    return agree(row.original, row.replayed, EXACT)


def verdict_of(
    metrics: Sequence[MetricReplay], cells: Sequence[CellReplay], tolerance: float
) -> ReplayVerdict:
    """What is said of the replay: by the metrics, and only where there are none by what cells showed."""
    if not metrics:
        return ReplayVerdict.DIFFERENT if cells else ReplayVerdict.REPRODUCED
    if all(map(same, metrics)):
        return ReplayVerdict.REPRODUCED
    if all(agree(row.original, row.replayed, max(tolerance, EXACT)) for row in metrics):
        return ReplayVerdict.WITHIN
    return ReplayVerdict.DIFFERENT


def compare_cells(
    original: Notebook,
    replayed: Notebook,
    metrics: Iterable[MetricReplay],
    identifiers: Sequence[Sequence[str]],
    *,
    live: bool = False,
) -> tuple[CellReplay, ...]:
    """The code cells that showed something else, or logged another metric, in order.

    `identifiers` are the ids of the runs of either side. Of a `live` session it is only known what those
    cells showed that had run when the notebook was saved.
    """
    logged: dict[int, list[str]] = {}
    for row in metrics:
        if row.cell is not None and not same(row):
            logged.setdefault(row.cell, []).append(row.metric)
    again = dict(code_cells(replayed))
    found = []
    for number, (index, cell) in enumerate(code_cells(original), 1):
        diff = ""
        known = not live or cell.get("execution_count") is not None or cell.get("outputs")
        if known and index in again:
            sides = cell.get("outputs") or [], again[index].get("outputs") or []
            diff = difference(*(shown(side, ids) for side, ids in zip(sides, identifiers, strict=True)))
        if diff or index in logged:
            found.append(
                CellReplay(
                    index=index,
                    number=number,
                    source=_first_line(cell["source"]),
                    diff=diff,
                    metrics=tuple(logged.get(index, ())),
                )
            )
    return tuple(found)


def has_outputs(notebook: Notebook) -> bool:
    """Whether any cell shows something."""
    return any(shown(cell.get("outputs") or []) for _, cell in code_cells(notebook))


def _places(
    store: Store, logged: Mapping[str, tuple[str, str]], cells: Sequence[CellRecord]
) -> dict[str, int]:
    by_run: dict[str, list[str]] = {}
    for run_id, metric in logged.values():
        by_run.setdefault(run_id, []).append(metric)
    moments = {
        (run_id, metric): moment
        for run_id, metrics in by_run.items()
        for metric, moment in last_logged(store, run_id, metrics).items()
    }
    found = {}
    for name, key in logged.items():
        place = _at(moments.get(key), cells)
        if place is not None:
            found[name] = place
    return found


def _at(moment: datetime | None, cells: Sequence[CellRecord]) -> int | None:
    """The cell that ran then, or, where none did, the last one that had begun."""
    if moment is None:
        return None
    begun = [
        cell
        for cell in cells
        if cell.index >= 0 and cell.started is not None and cell.started < moment + _RESOLUTION
    ]
    return begun[-1].index if begun else None


def _first_line(source: str) -> str:
    """The first line that does something; imports and comments tell a person little."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    line = next((line for line in lines if not line.startswith(_TELL_LITTLE)), next(iter(lines), ""))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
