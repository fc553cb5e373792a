"""Batches: as few requests as MLflow's limits allow, in order, nothing left out."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.tracking.sender import MAX_METRICS, MAX_OTHERS, _groups, _merged, _parts

counts = st.tuples(st.integers(0, 1000), st.integers(0, 60), st.integers(0, 40))
made = st.lists(counts | st.sampled_from(["update", "artifact", "inputs"]), max_size=12)


def operation(number: int, what: Any) -> dict[str, Any]:
    if isinstance(what, str):
        return {"op": what, "number": number}
    points, params, tags = what
    points = min(points, MAX_METRICS - params - tags)
    return {
        "op": "batch",
        "metrics": [["m", "1.0", number, step, None, None, None] for step in range(points)],
        "params": [[f"p{number}.{index}", "v"] for index in range(params)],
        "tags": [[f"t{number}.{index}", "v"] for index in range(tags)],
    }


@settings(deadline=None)
@given(made)
def test_groups_keep_order_and_limits_and_leave_nothing_out(whats: list[Any]) -> None:
    operations = [(operation(number, what), number) for number, what in enumerate(whats)]
    groups = list(_groups(iter(operations)))
    assert [each for group in groups for each in group] == operations
    for group in groups:
        merged = _merged([each for each, _ in group])
        if len(group) > 1:
            assert all(each["op"] == "batch" for each, _ in group)
        if merged["op"] == "batch":
            others = len(merged["params"]) + len(merged["tags"])
            assert len(merged["metrics"]) + others <= MAX_METRICS
            assert others <= MAX_OTHERS


def test_a_refused_operation_is_tried_piece_by_piece() -> None:
    parts = list(_parts(operation(0, (2, 1, 1))))
    assert [(len(p["metrics"]), len(p["params"]), len(p["tags"])) for p in parts] == [
        (1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)
    ]  # fmt: skip
    assert list(_parts({"op": "update"})) == [{"op": "update"}]
