"""One look of a monitor: what its champion sees now beside its reference, and what of that is a breach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING

from jupyter_mlops.config import Config
from jupyter_mlops.entities import DriftReport, MonitorReading
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.monitoring.breaches import held_against, of_column, of_metrics
from jupyter_mlops.monitoring.drift import Prediction, detect_drift
from jupyter_mlops.monitoring.looking import Look, begin
from jupyter_mlops.monitoring.measured import Measured, decay, measure
from jupyter_mlops.monitoring.reports import prediction_pairs, thresholds_of
from jupyter_mlops.monitoring.watched import Watched
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import pandas

NAMED = 5  # breaches that the verdict tells


def read_monitor(
    store: Store, config: Config, watched: Watched, now: datetime
) -> tuple[MonitorReading, DriftReport]:
    """What the monitor finds now, and the whole of it; neither is kept yet, nor has the reading its number.

    Columns are compared as `detect_drift` does, those that the champion takes, where it tells them. Of
    predictions those that were recorded of it, where there are 30 or more of them, else it is asked anew.
    They are compared with those on the reference or, where it was trained on that and so predicts better
    there than anywhere else, with those on the first batch that it answered. For performance see
    `measured.measure`.

    Raises:
        NotFound: a column that is named is nowhere.
        Refused: a side has no rows, the two have no column in common, or the model cannot be loaded.
    """
    look = begin(store, config, watched)
    measured = measure(look)
    report = _report(look, measured)
    return _reading(look, measured, report, now), report


def _report(look: Look, measured: Measured) -> DriftReport:
    watched, monitor, drift = look.watched, look.watched.monitor, look.config.drift
    left, right = _compared(look)
    predictions = _predictions(look)
    columns = {*left.columns, *right.columns}
    names = columns | {each.name for each in predictions}
    for name in monitor.ignore:
        if name not in names and name not in look.reference and name not in look.current.frame:
            problem = f"monitor {watched.name} ignores {name!r}, which is no column"
            raise NotFound(problem, hint=did_you_mean(name, names))
    return detect_drift(
        left,
        right,
        thresholds=thresholds_of(drift, names, monitor.threshold, {}),
        ignore=[name for name in dict.fromkeys([*monitor.ignore, *drift.ignore]) if name in columns],
        labels=look.target,
        predictions=[each for each in predictions if each.name not in monitor.ignore],
        decay=decay(look, measured),
        names=(watched.reference.label, look.current.label),
        model=look.model.label,
        notes=[*watched.reference.notes, *look.notes],
    )


def _compared(look: Look) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Both sides with the columns that are compared: those that the model takes, or, where it does not tell
    or the reference is from before they were made, those that both have; and the true values where both have
    them. Neither answers nor keys.

    Raises:
        Refused: no column is on both sides.
    """
    left, right, model, target = look.reference, look.current.seen, look.model, look.target
    features = set(model.features)
    if not features & {*left.columns}:
        features = ({*left.columns} & {*right.columns}) - {target}
    features -= {*look.watched.monitor.key, *look.watched.reference.version.key} - set(model.features)
    if target is not None and target in left and target in right:
        features.add(target)
    found = [[name for name in side if name in features] for side in (left, right)]
    if not set(found[0]) & set(found[1]):
        if not look.current.answers.prediction:
            takes = ", ".join(model.features[:NAMED])
            raise Refused(
                f"monitor {look.watched.name}: {look.current.label} has no column that {model.label} takes"
                + (f": {takes}" if takes else ""),
                hint="name the data that it sees: current: DATA",
            )
        found = [[], []]  # only answers were recorded
    return left[found[0]], right[found[1]]


def _predictions(look: Look) -> list[Prediction]:
    if look.before is None or look.now is None:
        return []
    return prediction_pairs(look.model, look.before, look.now)


def _reading(look: Look, measured: Measured, report: DriftReport, now: datetime) -> MonitorReading:
    watched = look.watched
    columns = [*report.predictions, *report.columns]
    held = {c.name: pair for c in columns if (pair := held_against(c, watched.monitor)) and isfinite(pair[0])}
    drifted = {c.name: told for c in columns if (told := of_column(c, watched.monitor))}
    broken = dict(of_metrics(watched.conditions, measured.metrics, report.decay))
    breaches = (*broken.values(), *drifted.values())
    return MonitorReading(
        monitor=watched.name,
        model=watched.version.name,
        version=watched.version.version,
        when=now,
        number=0,
        reference=watched.reference.label,
        current=look.current.label,
        digest=look.current.digest,
        seen=watched.seen,
        rows=len(look.current.frame),
        effects={name: effect for name, (effect, _) in held.items()},
        limits={name: limit for name, (_, limit) in held.items()},
        metrics=measured.metrics,
        labelled=measured.count,
        truth=measured.digest,
        drifted=tuple(drifted),
        broken=tuple(broken),
        breaches=breaches,
        verdict=_verdict(breaches, report),
        notes=report.notes,
    )


def _verdict(breaches: Sequence[str], report: DriftReport) -> str:
    if breaches:
        more = f"; and {len(breaches) - NAMED} more" if len(breaches) > NAMED else ""
        return "; ".join(breaches[:NAMED]) + more
    if report.drifted:
        return "within what is allowed"
    if report.columns:
        return report.verdict
    return "no drift in the predictions" if report.predictions else "there is nothing to compare yet"
