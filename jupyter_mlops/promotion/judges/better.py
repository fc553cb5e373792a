"""A gate that compares the version with another one, on the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.entities import Comparison, Gate, GateStatus, MetricComparison
from jupyter_mlops.evaluation.comparing import compare_models
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.significance import FEW_ROWS
from jupyter_mlops.evaluation.targets import wanted_target
from jupyter_mlops.evaluation.training import training_notes
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.promotion.context import Context, Verdict
from jupyter_mlops.promotion.judges.keys import key_of, keyed, told_of
from jupyter_mlops.promotion.judges.opened import named_data, open_judged, open_named, settings
from jupyter_mlops.promotion.judges.options import SHARES, BetterOptions, options_of
from jupyter_mlops.promotion.judges.versions import compared_with, other_version


def judge_better(gate: Gate, context: Context) -> Verdict:
    """The metric of both versions on the same rows with true labels. Passes unless this one is shown to be
    worse by more than the tolerance: the paired test says so, and the whole 95 % interval of the difference
    (paired bootstrap) lies beyond it. With `shown` it must be shown to be better.

    Raises:
        NotFound: no such version, data, column or metric.
        Refused: the files of a version are gone, or they cannot be compared on these data.
    """
    options = options_of(gate, BetterOptions)
    than = other_version(context, options.than)
    if isinstance(than, Verdict):
        return than
    other, model = open_judged(context, than), open_judged(context)
    data = open_named(context, named_data(context, options.data))
    frame = data.frame(text=model.texts | other.texts)
    found = compare_models(
        other,
        model,
        frame,
        data=data.label,
        target=wanted_target(context.config, frame.columns, options.target, other, model),
        metric=options.metric,
        key=data.version.key,
    )
    if found.metrics[0].metric in SHARES and options.tolerance >= 1:
        raise Refused(f"{found.metrics[0].metric} never differs by more than 1", hint="write tolerance: 1%")
    status, message = _decided(found.metrics[0], found, options)
    return Verdict(
        status, message, tuple(_details(context, found, data, (other, model))), _evidence(found, data)
    )


@keyed
def key_better(gate: Gate, context: Context) -> str:
    """Over the other version and the content of the data."""
    options = options_of(gate, BetterOptions)
    than = told_of(context, compared_with(context, options.than))
    return key_of(gate, context, data=(options.data or settings(context).data,), than=than)


def _decided(metric: MetricComparison, found: Comparison, options: BetterOptions) -> tuple[GateStatus, str]:
    said = f"{metric.metric}: {metric.verdict}"
    if metric.left is None or metric.right is None or metric.low is None or metric.high is None:
        return GateStatus.ERROR, said
    if found.rows < FEW_ROWS:
        return GateStatus.ERROR, f"{found.rows} rows are too few to tell, {FEW_ROWS} are needed"
    if options.shown:
        shown = metric.better == "right"
        return (GateStatus.PASSED, said) if shown else (GateStatus.FAILED, f"{said}; it must be shown better")
    # how much worse it is at least, as far as the interval tells
    least = -metric.high if metric.higher_is_better else metric.low
    worse = metric.better == "left" and least > options.tolerance
    if worse or metric.better != "left":
        return (GateStatus.FAILED if worse else GateStatus.PASSED), said
    return GateStatus.PASSED, f"{said}; not shown to be by more than {options.tolerance:g}"


def _details(context: Context, found: Comparison, data: Data, models: Sequence[Model]) -> Iterator[str]:
    for metric in found.metrics:
        if metric.left is None or metric.right is None:
            continue
        yield f"{metric.metric}: {metric.left:.4g} of {found.left}, {metric.right:.4g} of {found.right}" + (
            "" if metric.low is None else f"; difference {metric.low:.3g} to {metric.high:.3g} (95 %)"
        )
    yield from data.notes
    yield from training_notes(context.store, models, data)
    yield from found.notes


def _evidence(found: Comparison, data: Data) -> dict[str, str]:
    metric = found.metrics[0]
    figures = {
        "left": metric.left,
        "right": metric.right,
        "difference": metric.difference,
        "low": metric.low,
        "high": metric.high,
        "p_value": metric.p_value,
    }
    return {
        "than": found.left,
        "metric": metric.metric,
        **{name: f"{value:.6g}" for name, value in figures.items() if value is not None},
        "test": metric.test,
        "data": f"{data.label} ({found.rows:,} rows)",
        "digest": data.version.digest,
    }
