"""Which column might tell the rows apart, where nobody said."""

from __future__ import annotations

from jupyter_mlops.data.difference.reading import Reading
from jupyter_mlops.data.difference.sides import Plan


def likely_key(left: Reading, right: Reading, plan: Plan) -> str | None:
    """The first column of whole numbers or texts in which, as far as the samples tell, no value is missing or
    occurs twice, and half of those of one side are on the other; None without one."""
    one, other = left.sample.frame(), right.sample.frame()
    if one is None or other is None or min(len(one), len(other)) < 2:
        return None
    share = min(reading.sample.size / max(reading.rows, 1) for reading in (left, right))
    for name in plan.shared:
        columns = [side.columns[name] for side in (left.side, right.side)]
        if any(column.family not in ("number", "text") or "float" in column.dtype for column in columns):
            continue
        values = one[name], other[name]
        if not all(side.is_unique and not side.isna().any() for side in values):
            continue
        if values[0].isin(values[1]).mean() >= min(share, 1) / 2:
            return name
    return None
