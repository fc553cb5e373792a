"""What is said of a replay as a whole: how it ended, its numbers, its outputs and data."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import CellRecord, CellReplay, MetricReplay, ReplayVerdict, Run
from jupyter_mlops.promotion.replaying.comparing import same, verdict_of
from jupyter_mlops.promotion.replaying.data import Made
from jupyter_mlops.promotion.replaying.original import Original


def ended_otherwise(original: Original, made: Run, cells: Sequence[CellRecord]) -> str:
    """How the replay ended, where that is not how the original did; of a live session, in which any cell may
    have failed and been mended, only a failure of the replay counts. `cells` are those of the replay."""
    root = original.root
    if made.exit_code and made.error != root.error:
        return f"{_failed(cells)}: {made.error}"
    if not original.live and made.status is not root.status:
        told = f" ({root.error})" if root.error else ""
        return f"the original ended as {root.status.value}{told}, the replay as {made.status.value}"
    return ""


def overall(
    metrics: Sequence[MetricReplay], cells: Sequence[CellReplay], *, others: bool, tolerance: float
) -> ReplayVerdict:
    """By the metrics, and where there are none by what cells showed. Where outputs or data are `others` in
    the replay, nothing is reproduced: with a tolerance, metrics may be within it all the same."""
    found = verdict_of(metrics, cells, tolerance)
    if not others or found is ReplayVerdict.DIFFERENT:
        return found
    return ReplayVerdict.WITHIN if metrics and tolerance > 0 else ReplayVerdict.DIFFERENT


def reasons(metrics: Sequence[MetricReplay], cells: Sequence[CellReplay], made: Made) -> str:
    """``accuracy is 0.81, not 0.83; the first cell that differs is code cell 3: model = ...``."""
    told = []
    for row in metrics:
        if same(row):
            continue
        if row.original is None or row.replayed is None:
            side = "the replay" if row.original is None else "the original"
            told.append(f"{row.metric} was logged by {side} only")
        else:
            told.append(f"{row.metric} is {row.replayed:.6g}, not {row.original:.6g}")
    first = f"the first cell that differs is code cell {cells[0].number}: {cells[0].source}" if cells else ""
    more = [f"and {len(told) - 3} more metrics"] if len(told) > 3 else []
    numbers = ", ".join([*told[:3], *more])
    return "; ".join(filter(None, [numbers, *made.missing, *made.others, first]))


def _failed(cells: Sequence[CellRecord]) -> str:
    """Where the replay failed: the cell, counted as a person does."""
    failed = [cell for cell in cells if cell.error]
    return f"cell {failed[-1].index + 1} failed" if failed and failed[-1].index >= 0 else "a cell failed"
