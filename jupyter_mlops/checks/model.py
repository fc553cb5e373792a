"""A model version against what is demanded of it, on data with true labels, recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.catalogue.opening import Data, open_data
from jupyter_mlops.checks.expressions import (
    AtLeast,
    Demand,
    Invariant,
    Latency,
    NoLeakage,
    Size,
    parse_demand,
)
from jupyter_mlops.checks.judging import (
    Judged,
    Undecided,
    Verdict,
    judge_invariance,
    judge_latency,
    judge_metric,
    judge_size,
)
from jupyter_mlops.checks.leakage import judge_leakage
from jupyter_mlops.checks.overlap import judge_overlap
from jupyter_mlops.checks.recording import TAG, check_run, counts
from jupyter_mlops.config import CONFIG_NAME, Config, ModelConfig, where
from jupyter_mlops.entities import CheckReport, CheckResult, CheckStatus
from jupyter_mlops.evaluation.models import Model, open_model
from jupyter_mlops.evaluation.targets import parted
from jupyter_mlops.exceptions import ConfigError, MLOpsError, NotFound, Refused, UsageError
from jupyter_mlops.tracking.model_files import model_size, tag_version
from jupyter_mlops.tracking.registry import CHAMPION, MAY_LACK
from jupyter_mlops.tracking.store import Store

CONTEXT = "check"
_COMPARED = {"classification": "accuracy", "regression": "r2"}
DEFAULTS = ("no leakage", "overlap <= 1%")
_SEED = 0


@dataclass(frozen=True)
class _Item:
    """One demand as it was written, and where. One that nobody wrote may be left undecided."""

    text: str
    demand: Demand
    place: str
    written: bool = True


@dataclass
class _Bench:
    """All that checks look at."""

    store: Store
    model: Model
    judged: Judged | None
    data: Data | None
    others: dict[str, Judged | Undecided]


def check_model(
    store: Store,
    config: Config,
    reference: str,
    *,
    data: Any = None,
    target: str | None = None,
    against: str | None = None,
    rows: int | None = None,
) -> CheckReport:
    """Hold a model version against the checks that ``mlops.yaml`` lists for it, or some that always make
    sense; recorded as a run that read the data, and as tags of the version.

    Args:
        store: the project's store.
        config: its configuration.
        reference: ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS``.
        data: with true labels: what `open_data` takes; by default what ``mlops.yaml`` says of the model.
        target: the column of the labels; by default likewise, else the only one that the model does not take.
        against: alias or version that stands for ``champion`` in checks; where none compares, one is added.
        rows: at most so many of the data, drawn at random, always the same.

    Raises:
        NotFound: no such model, data or column.
        ConfigError: a check cannot be read; the message names the line.
        Refused: the model cannot be judged, or not on these data.
    """
    if rows is not None and rows < 1:
        raise UsageError(f"{rows} rows are too few", hint="leave --rows out, or name some")
    model = open_model(store, reference)
    settings = config.models.get(model.version.name, ModelConfig())
    items = _items(store, model, settings, against)
    what = data if data is not None else settings.data
    needs = [item.text for item in items if not isinstance(item.demand, Size)]
    if what is None and needs:
        raise Refused(
            f"{needs[0]!r} needs data with true labels",
            hint=f"--data DATASET, or data: DATASET below models.{model.version.name} in {CONFIG_NAME}",
        )
    bench = _bench(store, config, model, what, target or settings.target, rows)
    _open_others(bench, items, against)
    return _recorded(bench, items)


def _items(store: Store, model: Model, settings: ModelConfig, against: str | None) -> list[_Item]:
    name = model.version.name
    found = []
    for number, text in enumerate(settings.checks):
        try:
            demand = parse_demand(text)
        except UsageError as error:
            place = where(store.root, ["models", name, "checks", number])
            raise ConfigError(f"{place}: {error}", hint=error.hint) from None
        found.append(_Item(text, demand, f"{CONFIG_NAME} models.{name}.checks"))
    metric = _COMPARED[model.task]
    compared = f"{metric} >= {CHAMPION}.{metric} - 0.01"
    if not found:
        found = [_Item(text, parse_demand(text), "default checks", False) for text in (*DEFAULTS, compared)]
    if against is None:
        return found
    if not any(isinstance(item.demand, AtLeast) and item.demand.other for item in found):
        found.append(_Item(compared, parse_demand(compared), "--against"))
    return [_against(item, against) for item in found]


def _against(item: _Item, other: str) -> _Item:
    """The demand, with another version in the champion's place."""
    demand = item.demand
    if not isinstance(demand, AtLeast) or demand.other != CHAMPION:
        return item
    text = item.text.replace(f"{CHAMPION}.", f"{other}.")
    return replace(item, text=text, demand=replace(demand, other=other), written=True)


def _bench(
    store: Store, config: Config, model: Model, what: Any, target: str | None, rows: int | None
) -> _Bench:
    if what is None:
        return _Bench(store, model, None, None, {})
    data = open_data(store, config, what)
    data.check_names()
    frame = data.frame(text=model.texts).reset_index(drop=True)
    if rows is not None and rows < len(frame):
        frame = frame.sample(rows, random_state=_SEED).reset_index(drop=True)
    features, y = parted(frame, target, model)
    judged = Judged(model, features, y, frame.loc[features.index], frame)
    _ = judged.predicted  # a model that cannot predict here is told before anything is recorded
    return _Bench(store, model, judged, data, {})


def _open_others(bench: _Bench, items: list[_Item], against: str | None) -> None:
    """The versions that are compared with, on the same rows.

    Raises:
        NotFound: the one that was asked for is not there.
    """
    names = {item.demand.other for item in items if isinstance(item.demand, AtLeast) and item.demand.other}
    for name in sorted(names):
        try:
            other = open_model(bench.store, f"{bench.model.version.name}@{name}")
        except NotFound as error:
            if name == against:
                raise
            why = f"there is no {name} yet" if name in MAY_LACK else str(error)
            bench.others[name] = Undecided(why, skipped=name in MAY_LACK)
        except MLOpsError as error:
            bench.others[name] = Undecided(str(error))
        else:
            same = other.version.version == bench.model.version.version
            mine = Undecided(f"this version is {name} itself", skipped=True)
            bench.others[name] = mine if same or bench.judged is None else bench.judged.on_same(other)


def _recorded(bench: _Bench, items: list[_Item]) -> CheckReport:
    marks = {f"{TAG}model": bench.model.label}
    with check_run(bench.store, bench.model.label, marks) as run:
        if bench.data is not None:
            link(run.recorder, bench.data.version, CONTEXT)
        results = [_result(bench, item) for item in items]
        if bench.judged is not None:
            run.recorder.metrics(bench.judged.scores())
        report = run.conclude(
            CheckReport(subject=bench.model.label, results=tuple(results), notes=tuple(_notes(bench, items)))
        )
        tag_version(bench.store, bench.model.version, {**counts(report), f"{TAG}run": str(report.run_id)})
        return report


def _notes(bench: _Bench, items: list[_Item]) -> Iterator[str]:
    if bench.data is not None and bench.judged is not None:
        yield f"on {len(bench.judged.y):,} rows of {bench.data.label}"
        if bench.judged.unlabelled:
            yield f"{bench.judged.unlabelled}: they are not judged"
        yield from bench.data.notes
    if not any(item.written for item in items):
        name = bench.model.version.name
        yield f"{CONFIG_NAME} lists no checks for {name}; these always make sense"


def _result(bench: _Bench, item: _Item) -> CheckResult:
    begun = time.monotonic()
    details: tuple[str, ...] = ()
    try:
        verdict = _judge(bench, item.demand)
        status, message, details = verdict.status, verdict.message, verdict.details
    except Undecided as why:
        skipped = why.skipped or not item.written
        status, message = CheckStatus.SKIPPED if skipped else CheckStatus.ERROR, str(why)
    except MLOpsError as error:
        status, message = CheckStatus.ERROR, str(error)
    except Exception as error:  # odd data, in whatever library: the other checks are still made
        status, message = CheckStatus.ERROR, f"{type(error).__name__}: {error}"
    return CheckResult(
        name=item.text,
        kind="model",
        status=status,
        place=item.place,
        message=message,
        seconds=time.monotonic() - begun,
        details=details,
    )


def _judge(bench: _Bench, demand: Demand) -> Verdict:
    if isinstance(demand, Size):
        return judge_size(demand, model_size(bench.store, bench.model.version))
    judged = bench.judged
    assert judged is not None
    if isinstance(demand, AtLeast):
        other = bench.others[demand.other] if demand.other else None
        if isinstance(other, Undecided):
            raise other
        return judge_metric(demand, judged, other)
    if isinstance(demand, Invariant):
        return judge_invariance(demand, judged)
    if isinstance(demand, Latency):
        return judge_latency(demand, judged)
    if isinstance(demand, NoLeakage):
        return judge_leakage(judged)
    assert bench.data is not None
    return judge_overlap(demand, judged, bench.data, bench.store)
