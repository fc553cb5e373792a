"""One notebook on two versions of its data: run on each, its metrics beside one another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.catalogue.keeping import kept
from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.entities import Comparison, MetricComparison, Parameter, Run, RunRequest
from jupyter_mlops.evaluation.means import difference, mean
from jupyter_mlops.evaluation.metrics import METRICS, higher_is_better
from jupyter_mlops.evaluation.verdicts import better_side, of_means
from jupyter_mlops.exceptions import CheckFailed, NotFound, Refused, did_you_mean
from jupyter_mlops.execution.client import Progress
from jupyter_mlops.execution.runner import execute
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

_TABLES = frozenset({".csv", ".parquet", ".jsonl", ".json", ".npy"})


@dataclass(frozen=True)
class Rerun:
    """How the notebook is to be run: `text` holds parameters as typed, `repeats` counts the runs on each
    version, `parameter` is the one that takes the data."""

    notebook: Path
    parameter: str | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    kernel: str | None = None
    repeats: int = 1


def compare_data(
    store: Store,
    wanted: Rerun,
    sides: tuple[Data, Data],
    *,
    metric: str | None = None,
    progress: Progress | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Comparison:
    """Run the notebook on both versions, recorded and linked to them, in turn; the metrics that all runs
    logged, the differences with a 95 % interval (Welch) where there are repeats.

    The parameter that takes the data is the named one; else the one whose default is a dataset's name, or its
    source, or the only one whose default is a file of that kind. It is given the path of the content, or,
    where its default is a dataset's name, ``NAME@NUMBER``.

    Args:
        store: the project's store.
        wanted: what to run, and how.
        sides: the data.
        metric: the one that the verdict is on.
        progress: told of cells, as by `execute`.
        report: told in a line of each run that ended.

    Raises:
        Refused: the notebook cannot be run on these data; nothing was run.
        CheckFailed: a run failed, or the runs share no metric.
    """
    if wanted.repeats < 1:
        raise Refused(f"--repeats {wanted.repeats} runs nothing", hint="1 or more")
    parameter = data_parameter(read_parameters(read_notebook(wanted.notebook)) or (), wanted, sides, store)
    requests = [_request(store, wanted, parameter, data) for data in sides]
    runs: tuple[list[Run], list[Run]] = ([], [])
    for number in range(wanted.repeats):
        for data, request, found in zip(sides, requests, runs, strict=True):
            last = number + 1 == wanted.repeats and data is sides[-1]
            run = execute(request, store, progress, more_to_come=not last)
            _link(store, run, data)
            report(f"{wanted.notebook.name} on {data.label}: {run.status.value} ({run.run_id[:8]})")
            if run.exit_code:
                raise CheckFailed(
                    f"{wanted.notebook.name} on {data.label} ended {run.status.value}: {run.error}",
                    hint=f"jupyter mlops show {run.run_id[:8]}",
                )
            found.append(run)
    return compared(wanted, (sides[0].label, sides[1].label), runs, metric)


def data_parameter(
    declared: Sequence[Parameter], wanted: Rerun, sides: Sequence[Data], store: Store
) -> Parameter:
    """The parameter that takes the data.

    Raises:
        NotFound: it is named, but not declared.
        Refused: none, or several, may be meant.
    """
    by_name = {parameter.name: parameter for parameter in declared}
    if wanted.parameter is not None:
        if wanted.parameter not in by_name:
            raise NotFound(
                f"{wanted.notebook.name} has no parameter {wanted.parameter!r}",
                hint=did_you_mean(wanted.parameter, by_name),
            )
        return by_name[wanted.parameter]
    free = [parameter for parameter in declared if parameter.name not in wanted.text]
    for fits in (_is_meant, _is_of_kind):
        found = [p for p in free if any(fits(_default(p), data, wanted, store) for data in sides)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    names = ", ".join(parameter.name for parameter in found)
    several = f"several of its parameters may take the data: {names}"
    raise Refused(
        f"{wanted.notebook.name}: {several if found else 'none of its parameters takes a file of data'}",
        hint="name it: --input NAME",
    )


def _default(parameter: Parameter) -> str:
    return str(parameter.default) if isinstance(parameter.default, str | Path) else ""


def _is_meant(default: str, data: Data, wanted: Rerun, store: Store) -> bool:
    if not default:
        return False
    source = data.version.source
    if _is_name(default, data) or default == source:
        return True
    places = {(folder / default).resolve() for folder in (store.root, wanted.notebook.absolute().parent)}
    return bool(source) and (store.root / source).resolve() in places


def _is_of_kind(default: str, data: Data, wanted: Rerun, store: Store) -> bool:
    return Path(default).suffix.lower() in _TABLES


def _is_name(default: str, data: Data) -> bool:
    return data.version.number is not None and default.partition("@")[0] == data.version.name


def _request(store: Store, wanted: Rerun, parameter: Parameter, data: Data) -> RunRequest:
    default = _default(parameter)
    value = data.version.label if _is_name(default, data) else _place(store, data)
    asked, there = Path(default).suffix.lower(), Path(value).suffix.lower()
    if asked in _TABLES and there in _TABLES and asked != there:
        raise Refused(
            f"{data.label} is kept as a {there} file; {parameter.name} takes {asked}",
            hint=f"add the data as a {asked} file, or name another parameter: --input NAME",
        )
    return RunRequest(
        notebook=wanted.notebook,
        text={**wanted.text, parameter.name: value},
        kernel=wanted.kernel,
        name=f"{wanted.notebook.stem} {data.label}",
    )


def _place(store: Store, data: Data) -> str:
    """Where the content lies."""
    if isinstance(data.value, Path):
        return str(data.value.absolute())
    copy = kept(store, data.version)
    if copy is not None:
        return str(copy)
    if isinstance(data.value, str):
        return data.value
    raise Refused(f"{data.label} lies in no file", hint="add it: jupyter mlops dataset add FILE")


def _link(store: Store, run: Run, data: Data) -> None:
    """The notebook may have linked it itself."""
    linked = {each.version.digest for each in datasets.links_of_runs(store, [run.run_id])}
    if data.version.digest not in linked:
        link(Recorder(store, run.run_id), data.version)


def compared(
    wanted: Rerun, labels: tuple[str, str], runs: tuple[Sequence[Run], Sequence[Run]], metric: str | None
) -> Comparison:
    """The metrics that all runs logged, of either side in the mean.

    Raises:
        CheckFailed: there is none, or not the one that is asked for.
    """
    logged = [{n for n, v in run.metrics.items() if _counts(n, v)} for side in runs for run in side]
    shared = set.intersection(*logged)
    if not shared or (metric is not None and metric not in shared):
        what = f"the metric {metric!r}" if metric else "a metric"
        raise CheckFailed(
            f"{wanted.notebook.name} did not log {what} in all of its runs",
            hint=did_you_mean(metric or "", shared) if shared else "log one: %track metric NAME",
        )
    main = metric or next((name for name in METRICS if name in shared), min(shared))
    ordered = [main, *sorted(shared - {main})]
    metrics = [
        _metric(name, labels, [[run.metrics[name] for run in side] for side in runs]) for name in ordered
    ]
    notes = [f"{left.run_id[:8]} and {right.run_id[:8]}" for left, right in zip(*runs, strict=True)]
    told = [f"runs: {', '.join(notes)}"]
    if wanted.repeats == 1:
        told.append("one run on each: how much of it is chance only --repeats can tell")
    return Comparison(
        left=labels[0],
        right=labels[1],
        data=wanted.notebook.name,
        rows=wanted.repeats,
        task="runs",
        metrics=tuple(metrics),
        verdict=metrics[0].verdict,
        notes=tuple(told),
    )


def _counts(name: str, value: float) -> bool:
    return math.isfinite(value) and not name.startswith("system/")


def _metric(name: str, labels: tuple[str, str], values: Sequence[Sequence[float]]) -> MetricComparison:
    found = difference(*values)
    higher = higher_is_better(name)
    return MetricComparison(
        metric=name,
        left=mean(values[0]).value,
        right=mean(values[1]).value,
        difference=found.value,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        test="Welch" if found.p_value is not None else "",
        rows=len(values[0]),
        higher_is_better=higher,
        better=better_side(found.value, found.low, found.high, found.p_value, higher=higher),
        verdict=of_means(name, found, labels, (len(values[0]), len(values[1]))),
    )
