"""How far the values of each column lie apart, by the sample of either side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import kind_of
from jupyter_mlops.data.difference.reading import Reading
from jupyter_mlops.data.difference.sides import Plan
from jupyter_mlops.data.histograms import histograms, tops
from jupyter_mlops.data.shift import shift
from jupyter_mlops.entities import ColumnKind, ColumnProfile, Profile, Shift

if TYPE_CHECKING:
    import pandas as pd

_LIKE = {ColumnKind.BOOLEAN: ColumnKind.NUMBER, ColumnKind.CATEGORY: ColumnKind.TEXT}


@dataclass(frozen=True)
class Statistics:
    """Of one column: what it is like on either side, and how far these lie apart."""

    left: ColumnProfile | None = None
    right: ColumnProfile | None = None
    shift: Shift | None = None


def column_statistics(
    left: Reading, right: Reading, plan: Plan, profiles: tuple[Profile, Profile]
) -> Mapping[str, Statistics]:
    """For each column of either side. The histograms of both sides have the same edges, and the most frequent
    values are the same. A key has no shift: which rows come and go is counted instead."""
    ones, others = ({column.name: column for column in profile.columns} for profile in profiles)
    frames = left.sample.frame(), right.sample.frame()
    found = {}
    for name in {**left.side.columns, **right.side.columns}:
        one, other = ones.get(name), others.get(name)
        if name not in plan.shared or frames[0] is None or frames[1] is None:
            found[name] = Statistics(one, other)
            continue
        values = frames[0][name], frames[1][name]
        kind = common_kind(*values)
        apart = shift(*values, kind) if kind is not None and name not in plan.key else None
        found[name] = Statistics(*_overlaid(one, other, values, kind), apart)
    return found


def common_kind(left: pd.Series[Any], right: pd.Series[Any]) -> ColumnKind | None:
    """What both columns can be compared as; None where their values have nothing in common, or are such that
    only a program reads."""
    kinds = {kind_of(column) for column in (left, right) if column.notna().any()}
    if len(kinds) == 2:
        kinds = {_LIKE.get(kind, kind) for kind in kinds}
    kind = kinds.pop() if len(kinds) == 1 else None
    return None if kind is ColumnKind.OTHER else kind


def _overlaid(
    one: ColumnProfile | None,
    other: ColumnProfile | None,
    values: tuple[pd.Series[Any], pd.Series[Any]],
    kind: ColumnKind | None,
) -> tuple[ColumnProfile | None, ColumnProfile | None]:
    if one is None or other is None or kind in {None, ColumnKind.TEXT}:
        return one, other
    if kind is ColumnKind.NUMBER or kind is ColumnKind.TIME:
        made = histograms(*values, kind)
        if made is None:
            return one, other
        return tuple(  # type: ignore[return-value]
            profile.model_copy(update={"histogram": histogram})
            for profile, histogram in zip((one, other), made, strict=True)
        )
    return tuple(  # type: ignore[return-value]
        profile.model_copy(update={"top": top})
        for profile, top in zip((one, other), tops(*values), strict=True)
    )
