"""A gate on drift: whether current data are still like those that the version was trained on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.entities import ColumnDrift, Decay, DriftReport, DriftState, Gate, GateStatus
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.targets import wanted_target
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.monitoring.decision import FEWEST
from jupyter_mlops.monitoring.reports import report_drift
from jupyter_mlops.promotion.context import Context, Verdict
from jupyter_mlops.promotion.judges.keys import key_of, keyed
from jupyter_mlops.promotion.judges.opened import open_judged, open_named, open_trained, short, trained_on
from jupyter_mlops.promotion.judges.options import DriftOptions, options_of

SHOWN = 20  # columns that are told
_UNABLE = "no predictions on the "  # how a report begins the note that says why
NAMED = 5  # columns that the message names


def judge_drift(gate: Gate, context: Context) -> Verdict:
    """Compare the current data with the reference, column by column, and what the version predicts on both;
    see `monitoring.drift.detect_drift` for how that is decided. `ERROR` where too few values tell,
    or both are the same data.

    Where it can predict on neither side, such as on data from which its features are yet to be made, only
    columns are compared. Performance on data that the version was trained on is better than elsewhere: a loss
    against it is told, and does not decide.

    Raises:
        NotFound: there are no such data, or no such column.
        Refused: there is no reference, or a side has no rows.
    """
    options = options_of(gate, DriftOptions)
    model = open_judged(context)
    current = open_named(context, options.current)
    reference = open_trained(context) if options.reference is None else open_named(context, options.reference)
    if current.version.digest == reference.version.digest:
        both = f"{current.label} and {reference.label}" if current.label != reference.label else current.label
        return Verdict(GateStatus.ERROR, f"compared with itself: {both} hold the very same data")
    trained = {version.digest for version in trained_on(context).versions}
    names = {*map(str, reference.table.schema), *map(str, current.table.schema)}
    able = [_predicts(model, side) for side in (reference, current)]
    report = report_drift(
        reference,
        current,
        config=context.config.drift,
        model=model if any(able) else None,
        trained=trained,
        target=wanted_target(context.config, names, options.target, model),
        threshold=options.threshold,
        thresholds=options.thresholds,
        ignore=_ignored(options, names),
    )
    decay = () if reference.version.digest in trained else tuple(m for m in report.decay if m.decayed)
    status, message = _decided(report, decay)
    return Verdict(status, message, tuple(_details(report)), _evidence(reference, current, report))


def _predicts(model: Model, data: Data) -> bool:
    frame = next(iter(data.table.chunks(FEWEST)), None)
    try:
        return frame is None or not len(frame) or len(model.predict(frame)) == len(frame)
    except Refused:
        return False


def _ignored(options: DriftOptions, names: Collection[str]) -> tuple[str, ...]:
    """Columns that are left out."""
    if options.columns is None:
        return options.ignore
    for name in options.columns:
        if name not in names:
            raise NotFound(f"neither side has a column {short(name)!r}", hint=did_you_mean(name, names))
    return tuple(sorted({*options.ignore, *(set(names) - set(options.columns))}))


@keyed
def key_drift(gate: Gate, context: Context) -> str:
    """Over the content of both sides, and what ``mlops.yaml`` says of drift."""
    options = options_of(gate, DriftOptions)
    drift = context.config.drift.model_dump(mode="json")
    if options.reference is not None:
        return key_of(gate, context, data=(options.current, options.reference), drift=drift)
    reference = open_trained(context).version.digest
    return key_of(gate, context, data=(options.current,), drift=drift, reference=reference)


def _decided(report: DriftReport, decay: Sequence[Decay]) -> tuple[GateStatus, str]:
    looked = [*report.columns, *report.predictions]
    if found := list(_found(report, decay)):
        return GateStatus.FAILED, "; ".join(found)
    rows = min(report.reference_rows, report.current_rows)
    if rows < FEWEST:
        side = report.current if rows == report.current_rows else report.reference
        return GateStatus.ERROR, f"{side} has too few rows to tell: {rows}, {FEWEST} are needed"
    if few := [column.name for column in looked if column.state is DriftState.TOO_FEW]:
        return (
            GateStatus.ERROR,
            f"too few values to tell in {_named(few)}: give more rows, or ignore: [...] it",
        )
    if not report.columns:
        return GateStatus.ERROR, "there is no column to compare"
    if report.model is not None and not report.predictions:
        return GateStatus.ERROR, next(note for note in report.notes if note.startswith(_UNABLE))
    many = f"{len(report.columns)} column{'s' if len(report.columns) > 1 else ''}"
    also = "the predictions" if report.predictions else "not of what it predicts: it takes other columns"
    return GateStatus.PASSED, f"no drift in {many}{' and ' if report.predictions else ', '}{also}"


def _found(report: DriftReport, decay: Sequence[Decay]) -> Iterator[str]:
    """What drifted, in words."""
    drifted = [column.name for column in report.columns if column.drifted]
    if drifted:
        yield f"drift in {len(drifted)} of {len(report.columns)} columns: {_named(drifted)}"
    if any(prediction.drifted for prediction in report.predictions):
        yield "the predictions drifted"
    yield from (f"{m.metric} went from {m.reference:.3g} to {m.current:.3g}" for m in decay)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(short, names[:NAMED])) + more


def _details(report: DriftReport) -> Iterator[str]:
    looked = [*report.predictions, *report.columns]
    told = [column for column in looked if column.drifted or column.state is DriftState.TOO_FEW]
    for column in told[:SHOWN]:
        yield _column(column)
    if len(told) > SHOWN:
        yield f"{len(told) - SHOWN:,} more columns"
    for metric in report.decay:
        change = f"{metric.metric} went from {metric.reference:.4g} to {metric.current:.4g}"
        yield f"{change}, 95 % interval of the difference {metric.low:.3g} to {metric.high:.3g}"
    yield from report.notes


def _column(column: ColumnDrift) -> str:
    return f"{short(column.name)}: {column.state.value}" + (f": {column.why}" if column.why else "")


def _evidence(reference: Data, current: Data, report: DriftReport) -> dict[str, str]:
    largest = max(
        (c.effect for c in [*report.columns, *report.predictions] if c.effect is not None), default=None
    )
    return {
        "reference": f"{reference.label} ({report.reference_rows:,} rows)",
        "reference digest": reference.version.digest,
        "current": f"{current.label} ({report.current_rows:,} rows)",
        "current digest": current.version.digest,
        **({} if largest is None else {"largest effect": f"{largest:.4g}"}),
    }
