"""What of a drift report and of metrics is beyond what a monitor allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jupyter_mlops.entities import ColumnDrift, Decay, DriftState, Monitor, MonitorReading
from jupyter_mlops.monitoring.decision import LEVEL
from jupyter_mlops.monitoring.watched import Condition


def held_against(column: ColumnDrift, monitor: Monitor) -> tuple[float, float] | None:
    """The figure that decides of the column, and its limit: PSI where `max_psi` is given and the column has
    one, else the effect; None of a column without either."""
    if monitor.max_psi is not None and "psi" in column.statistics:
        return column.statistics["psi"], monitor.max_psi
    if column.effect is None or column.threshold is None:
        return None
    return column.effect, column.threshold


def of_column(column: ColumnDrift, monitor: Monitor) -> str:
    """What of the column is a breach, in words; nothing where nothing is. Where `max_psi` alone is given, the
    PSI decides of the values, if a test says that they differ by more than chance; missing values, far ones
    and columns that came or went are decided as without it."""
    if monitor.max_psi is not None and "psi" in column.statistics:
        psi, sure = column.statistics["psi"], column.p_value is not None and column.p_value <= LEVEL
        if psi > monitor.max_psi and sure:
            return f"{column.name}: PSI {psi:.3g} > {monitor.max_psi:g}"
        by_values = column.state is DriftState.DRIFTED and " of " not in column.measure
        if by_values and monitor.threshold is None:
            return ""
    if not column.drifted:
        return ""
    if column.effect is None or column.threshold is None or column.state is not DriftState.DRIFTED:
        return f"{column.name}: {column.state.value}"
    return f"{column.name}: {column.measure} {column.effect:.2g} > {column.threshold:g}"


def of_metrics(
    conditions: Sequence[Condition], metrics: Mapping[str, float], decay: Sequence[Decay]
) -> Iterator[tuple[str, str]]:
    """The conditions that do not hold and the metrics that decayed, each with that in words. Metrics that are
    not known break nothing."""
    for condition in conditions:
        value = metrics.get(condition.metric)
        if value is not None and not condition.holds(value):
            wanted = " ".join(condition.text.split()).removeprefix(condition.metric).strip()
            yield condition.text, f"{condition.metric} is {value:.4g}, not {wanted}"
    for metric in decay:
        if metric.decayed:
            yield metric.metric, f"{metric.metric} went from {metric.reference:.3g} to {metric.current:.3g}"


def is_known(reading: MonitorReading, last: MonitorReading | None) -> bool:
    """Whether the last reading found all of its breaches, and that in the same data: when true values come
    for data that were looked at, these have not drifted a second time, nor is a model worse again because
    there are new data that have no true values yet."""
    if last is None or not reading.breaches or last.version != reading.version:
        return False
    drifted = set(last.drifted) if last.digest == reading.digest else set()
    broken = set(last.broken) if last.truth == reading.truth else set()
    return set(reading.drifted) <= drifted and set(reading.broken) <= broken
