"""What a replay made and read counts beside its numbers."""

from __future__ import annotations

import pytest

from jupyter_mlops.entities import CellReplay, MetricReplay, ReplayVerdict
from jupyter_mlops.promotion.replaying.data import Made
from jupyter_mlops.promotion.replaying.verdict import overall, reasons

SAME = MetricReplay(metric="rows", original=9.0, replayed=9.0)
NEAR = MetricReplay(metric="rows", original=9.0, replayed=9.0001)
FAR = MetricReplay(metric="rows", original=9.0, replayed=10.0)


@pytest.mark.parametrize(
    ("metric", "others", "tolerance", "expected"),
    [
        (SAME, False, 0.0, ReplayVerdict.REPRODUCED),
        (SAME, True, 0.0, ReplayVerdict.DIFFERENT),
        (SAME, True, 0.01, ReplayVerdict.WITHIN),
        (NEAR, True, 0.01, ReplayVerdict.WITHIN),
        (NEAR, True, 0.0, ReplayVerdict.DIFFERENT),
        (FAR, True, 0.01, ReplayVerdict.DIFFERENT),
        (None, True, 0.01, ReplayVerdict.DIFFERENT),
        (None, False, 0.0, ReplayVerdict.REPRODUCED),
    ],
)
def test_with_other_outputs_or_data_nothing_is_reproduced(
    metric: MetricReplay | None, others: bool, tolerance: float, expected: ReplayVerdict
) -> None:
    metrics = () if metric is None else (metric,)
    assert overall(metrics, (), others=others, tolerance=tolerance) is expected


def test_reasons_name_numbers_then_outputs_and_data_then_the_cell() -> None:
    cell = CellReplay(index=4, number=3, source="fit()")
    told = reasons((FAR, SAME), (cell,), Made(same=["s"], others=["o"], missing=["m"]))
    assert told == "rows is 10, not 9; m; o; the first cell that differs is code cell 3: fit()"
