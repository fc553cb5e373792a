"""Gates on metrics that the version's run recorded."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_mlops.entities import Gate, GateStatus, ModelVersion
from jupyter_mlops.exceptions import NotFound, did_you_mean
from jupyter_mlops.promotion.context import Context, Verdict
from jupyter_mlops.promotion.gates import OPERATORS
from jupyter_mlops.promotion.judges.versions import other_version
from jupyter_mlops.tracking.reader import find_run

_SLACK: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda value, slack: value + slack,
    "-": lambda value, slack: value - slack,
    "*": lambda value, slack: value * slack,
}
_INFINITE = sys.float_info.max  # as a database that holds no infinity keeps it


def judge_metric(gate: Gate, context: Context) -> Verdict:
    """A recorded metric against a number, or against another version's metric. One that is no number (NaN),
    or infinite, fails, on either side.

    Raises:
        NotFound: a version lacks the metric, or the run that recorded it is gone.
    """
    options = gate.options
    name = options["metric"]
    value = recorded(context, context.version, name)
    evidence = {"run": str(context.version.run_id), "value": f"{value!r}"}
    if "other" not in options:
        return _told(options, value, options["value"], f"{options['value']:g}", evidence, value)
    other = other_version(context, options["other"])
    if isinstance(other, Verdict):
        return other
    reference = recorded(context, other, options["of"])
    label = f"{other.name}@{other.version}"
    evidence |= {"against": label, "its run": str(other.run_id), "its value": f"{reference!r}"}
    told, bound = _shown(reference), reference
    if "sign" in options:
        bound = _SLACK[options["sign"]](reference, options["slack"])
        told += f" {options['sign']} {options['slack']:g}"
    return _told(options, value, bound, f"{told} of {label}", evidence, value, reference)


def recorded(context: Context, version: ModelVersion, metric: str) -> float:
    """What the version's run recorded.

    Raises:
        NotFound: no such metric, or no such run any more.
    """
    label = f"{version.name}@{version.version}"
    if not version.run_id:
        raise NotFound(f"{label} names no run that recorded its metrics", hint="register it from a run")
    try:
        metrics = find_run(context.store, version.run_id).metrics
    except NotFound:
        raise NotFound(
            f"run {version.run_id[:8]} of {label} is gone, and its metrics with it",
            hint=f"restore it: mlflow runs restore --run-id {version.run_id}",
        ) from None
    if metric not in metrics:
        raise NotFound(f"{label} recorded no metric {metric!r}", hint=did_you_mean(metric, metrics))
    return metrics[metric]


def _told(
    options: Mapping[str, Any],
    value: float,
    bound: float,
    told: str,
    evidence: Mapping[str, str],
    *recorded: float,
) -> Verdict:
    measured = all(abs(each) < _INFINITE for each in recorded)  # which NaN is not either
    holds = measured and OPERATORS[options["operator"]](value, bound)
    message = f"{options['metric']} is {_shown(value)}, {'' if holds else 'not '}{options['operator']} {told}"
    if not measured:
        message += ": what is no finite number passes nothing"
    return Verdict(GateStatus.PASSED if holds else GateStatus.FAILED, message, evidence=evidence)


def _shown(value: float) -> str:
    return f"{math.copysign(math.inf, value) if abs(value) >= _INFINITE else value:.6g}"
