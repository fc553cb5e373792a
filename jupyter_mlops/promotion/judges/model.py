"""Gates on the model itself: the checks that ``mlops.yaml`` lists for it, its latency, its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlops.checks.expressions import AtLeast, Latency, Size, parse_demand
from jupyter_mlops.checks.judging import Judged
from jupyter_mlops.checks.judging import judge_latency as measured_latency
from jupyter_mlops.checks.judging import judge_size as measured_size
from jupyter_mlops.checks.model import check_model
from jupyter_mlops.entities import Gate
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.promotion.context import Context, Verdict, decided
from jupyter_mlops.promotion.judges.keys import key_of, keyed, told_of
from jupyter_mlops.promotion.judges.opened import (
    check_files,
    located,
    open_judged,
    open_named,
    open_trained,
    settings,
)
from jupyter_mlops.promotion.judges.options import ChecksOptions, LatencyOptions, SizeOptions, options_of
from jupyter_mlops.promotion.judges.reported import verdict_of
from jupyter_mlops.promotion.judges.versions import compared_with
from jupyter_mlops.tracking.model_files import model_size
from jupyter_mlops.tracking.registry import CHAMPION

if TYPE_CHECKING:
    import pandas

    from jupyter_mlops.catalogue.opening import Data

ROWS = 10_000  # of the data, the first, among which those are drawn whose prediction is timed


def judge_model_checks(gate: Gate, context: Context) -> Verdict:
    """The checks that ``mlops.yaml`` lists for the model, or some that always make sense, on its data with
    true labels; recorded as ``jupyter mlops check`` does.

    Raises:
        NotFound: there are no such data.
        ConfigError: a check cannot be read.
        Refused: the files of the version are gone, or it cannot be judged on these data.
    """
    options = options_of(gate, ChecksOptions)
    check_files(context, context.version)
    what = options.data or settings(context).data
    report = check_model(
        context.store,
        context.config,
        context.label,
        data=None if what is None else located(context, what),
        target=options.target,
    )
    return verdict_of(report, may_skip_all=True)


@keyed
def key_model_checks(gate: Gate, context: Context) -> str:
    """Over the checks, the versions that they compare with, and the content of the data."""
    options = options_of(gate, ChecksOptions)
    demands = [parse_demand(text) for text in settings(context).checks]
    names = {each.other for each in demands if isinstance(each, AtLeast) and each.other} | {CHAMPION}
    compared = {name: told_of(context, compared_with(context, name)) for name in sorted(names)}
    return key_of(gate, context, data=(options.data or settings(context).data,), compared=compared)


def judge_latency(gate: Gate, context: Context) -> Verdict:
    """The median time of a prediction for rows of the model's data, or of what it was trained on.

    Raises:
        Refused: there are no rows, or it cannot predict on them.
    """
    options = options_of(gate, LatencyOptions)
    model = open_judged(context)
    what = options.data or settings(context).data
    data = open_trained(context) if what is None else open_named(context, what)
    frame = _first_rows(context, data, model)
    judged = Judged(model, model.align(frame), frame.index.to_numpy(), frame)
    found = measured_latency(Latency(options.seconds, options.rows, options.strict), judged)
    return decided(found.holds, found.message, data=data.label, digest=data.version.digest)


def judge_size(gate: Gate, context: Context) -> Verdict:
    """The bytes of all files of the version.

    Raises:
        Refused: its files are gone.
    """
    options = options_of(gate, SizeOptions)
    check_files(context, context.version)
    size = model_size(context.store, context.version)
    found = measured_size(Size(options.bytes, options.strict), size)
    return decided(found.holds, found.message, bytes=str(size))


def _first_rows(context: Context, data: Data, model: Model) -> pandas.DataFrame:
    frame = next(iter(data.table.as_text(model.texts).chunks(ROWS)), None)
    if frame is None or not len(frame):
        raise Refused(f"{data.label} has no rows to predict on", hint="name data that have some")
    target = settings(context).target
    return frame.drop(columns=[column for column in frame.columns if str(column) == target])
