"""Two runs of one notebook, compared: their metrics, and what their cells showed."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from jupyter_mlops.entities import CellRecord, CellReplay, MetricReplay, ReplayVerdict, Run
from jupyter_mlops.notebooks.document import Notebook, code_cells
from jupyter_mlops.notebooks.journal import at_work
from jupyter_mlops.promotion.replaying.pairing import Pair, paired
from jupyter_mlops.promotion.replaying.shown import difference, shown
from jupyter_mlops.tracking.moments import Points, last_logged, points_of
from jupyter_mlops.tracking.store import Store

EXACT = 1e-12  # relative, of numbers that count as the same: the last bits may be due to the machine
# what scikit-learn's searches measure of time, and MLflow's autologging logs
DURATIONS = frozenset({"mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"})
_MOST_ASKED = 500  # histories of metrics that a server is asked for
_NAMED = 5  # metrics in a note
_TELL_LITTLE = ("import ", "from ", "#")
_LONGEST = 120  # characters of a cell's first line


def compare_metrics(
    store: Store,
    original: Sequence[Run],
    replayed: Sequence[Run],
    cells: Sequence[CellRecord],
    tolerance: float,
) -> tuple[MetricReplay, ...]:
    """Every metric of both families of runs, by the value where they are furthest apart: the last one, or
    that of a ``(step 3)``. Those that are not the same have the place of the cell of the replay, whose
    executions are `cells`, that logged them. The names of metrics of a part begin with the part's."""
    pairs = paired(original, replayed)
    few = store.readable() is not None or _asked(pairs) <= _MOST_ASKED
    logged = [each for pair in pairs for each in _compared(store, pair, points=few)]
    places = _places(store, {place for each in logged if not each.same and (place := each.place)}, cells)
    own = {each.metric for each in logged if not each.label}
    named = sorted(((_name(each, own), each) for each in logged), key=lambda item: item[0])
    return tuple(
        MetricReplay(
            metric=f"{name} (step {each.step})" if each.step is not None else name,
            original=each.left,
            replayed=each.right,
            within=agree(each.left, each.right, tolerance),
            cell=places.get(each.place) if each.place else None,
        )
        for name, each in named
    )


def notes_on(
    store: Store, original: Sequence[Run], replayed: Sequence[Run], metrics: Sequence[MetricReplay]
) -> list[str]:
    """What a person must know of the comparison."""
    told = []
    pairs = paired(original, replayed)
    durations = sorted(DURATIONS & {name for run in (*original, *replayed) for name in run.metrics})
    if durations:
        told.append(f"durations are not compared: {', '.join(durations)}")
    empty = [row.metric for row in metrics if _is_nan(row.original) and _is_nan(row.replayed)]
    if empty:
        more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
        told.append(f"not a number in either run: {', '.join(empty[:_NAMED])}{more}")
    if store.readable() is None and _asked(pairs) > _MOST_ASKED:
        told.append("of metrics only the last points are compared: there are too many to ask for each")
    return told


def agree(left: float | None, right: float | None, tolerance: float = 0.0) -> bool:
    """Both are there, and equal but for the last bits, or further apart by no more than the tolerance,
    relative or absolute; what is no number equals what is none."""
    if left is None or right is None:
        return False
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return math.isclose(left, right, rel_tol=max(tolerance, EXACT), abs_tol=tolerance)


def same(row: MetricReplay) -> bool:
    """The numbers are equal, but for the last bits."""
    return agree(row.original, row.replayed)


@dataclass(frozen=True)
class _Logged:
    """A metric of both runs of a pair; `step` is None where it is the last value, `place` is the replay's run
    and the metric."""

    label: str
    metric: str
    step: int | None
    left: float | None
    right: float | None
    place: tuple[str, str] | None

    @property
    def same(self) -> bool:
        return agree(self.left, self.right)


def _name(logged: _Logged, own: Container[str]) -> str:
    """The metric's name, by which no other is known; `own` are those of the whole."""
    name = f"{logged.label}/{logged.metric}" if logged.label else logged.metric
    return f"{logged.metric} of {logged.label}" if logged.label and name in own else name


def _compared(store: Store, pair: Pair, *, points: bool) -> Iterator[_Logged]:
    sides = [run for run in (pair.original, pair.replayed) if run is not None]
    names = sorted({name for run in sides for name in run.metrics} - DURATIONS)
    both = points and len(sides) == 2 and bool(names)
    histories = [points_of(store, run.run_id, names) for run in sides] if both else []
    for name in names:
        left, right = (run.metrics.get(name) if run else None for run in (pair.original, pair.replayed))
        step = None
        if histories and left is not None and right is not None:
            parting = _parting(*(history[name] for history in histories))
            if parting is not None and parting.needed > _needed(left, right):
                step, left, right = parting.step, parting.left, parting.right
        there = pair.replayed is not None and name in pair.replayed.metrics
        place = (pair.replayed.run_id, name) if there and pair.replayed is not None else None
        yield _Logged(pair.label, name, step, left, right, place)


@dataclass(frozen=True)
class _Parting:
    step: int
    left: float | None
    right: float | None

    @property
    def needed(self) -> float:
        return _needed(self.left, self.right)


def _parting(original: Points, replayed: Points) -> _Parting | None:
    """The first of the points that are furthest apart; None where all are the same. Steps are taken in order,
    whatever their numbers, which may be times."""
    found: list[_Parting] = []
    nothing: tuple[int, tuple[float, ...]] = (0, ())
    for left, right in zip_longest(original.items(), replayed.items(), fillvalue=nothing):
        step = left[0] if left[1] else right[0]
        found += [_Parting(step, *each) for each in zip_longest(left[1], right[1]) if not agree(*each)]
    return max(found, key=lambda each: each.needed) if found else None


def _needed(left: float | None, right: float | None) -> float:
    """The least tolerance by which they agree; 0 where they are the same."""
    if agree(left, right):
        return 0.0
    if left is None or right is None or not (math.isfinite(left) and math.isfinite(right)):
        return math.inf
    return abs(left - right) / max(1.0, abs(left), abs(right))


def _asked(pairs: Sequence[Pair]) -> int:
    """How many questions to a server their points would be."""
    return sum(len(run.metrics) for pair in pairs for run in (pair.original, pair.replayed) if run)


def _is_nan(value: float | None) -> bool:
    return value is not None and math.isnan(value)


def verdict_of(
    metrics: Sequence[MetricReplay], cells: Sequence[CellReplay], tolerance: float
) -> ReplayVerdict:
    """What is said of the replay: by the metrics, and only where there are none, or none is a number, by what
    cells showed."""
    if all(_is_nan(row.original) and _is_nan(row.replayed) for row in metrics):
        return ReplayVerdict.DIFFERENT if cells else ReplayVerdict.REPRODUCED
    if all(map(same, metrics)):
        return ReplayVerdict.REPRODUCED
    if all(agree(row.original, row.replayed, tolerance) for row in metrics):
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

    `identifiers` are the ids of the runs and models of either side. Of a `live` session it is only known what
    those cells showed that had run when the notebook was saved.
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


def identifiers_of(runs: Sequence[Run]) -> list[str]:
    """The ids of the runs, and of the models that they logged."""
    return [each for run in runs for each in (run.run_id, *run.models)]


def has_outputs(notebook: Notebook) -> bool:
    """Whether any cell shows something."""
    return any(shown(cell.get("outputs") or []) for _, cell in code_cells(notebook))


def _places(
    store: Store, logged: Iterable[tuple[str, str]], cells: Sequence[CellRecord]
) -> dict[tuple[str, str], int]:
    """The cells that logged metrics of runs, as far as known."""
    placed = [cell for cell in cells if cell.index >= 0]
    by_run: dict[str, list[str]] = {}
    for run_id, metric in logged:
        by_run.setdefault(run_id, []).append(metric)
    found = {}
    for run_id, metrics in by_run.items():
        for metric, moment in last_logged(store, run_id, metrics).items():
            cell = at_work(moment, placed)
            if cell is not None:
                found[run_id, metric] = cell.index
    return found


def _first_line(source: str) -> str:
    """The first line that does something; imports and comments tell a person little."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    line = next((line for line in lines if not line.startswith(_TELL_LITTLE)), next(iter(lines), ""))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
