"""Runs as entities, read from MLflow and from the artifacts that a run left."""

from __future__ import annotations

import contextlib
import json
import math
import string
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import (
    DatasetVersion,
    Entity,
    Output,
    Provenance,
    RecordedParameter,
    Run,
    RunDetails,
    RunKind,
    RunStatus,
)
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.files import copy_whole, damaged
from jupyter_mlops.notebooks.journal import read_journal
from jupyter_mlops.notebooks.recovery import write_so_far
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.store import Store, local_folder

if TYPE_CHECKING:
    import mlflow.entities

_E = TypeVar("_E", bound=Entity)

MIN_PREFIX = 4
SYSTEM_METRICS = "system/"  # MLflow's own folder of machine metrics; not a result of the notebook


def list_runs(
    store: Store,
    *,
    experiment: str | None = None,
    where: str | None = None,
    order_by: str | None = None,
    limit: int = 50,
) -> list[Run]:
    """The newest runs first, or as `order_by` says (MLflow's words, e.g. ``metrics.accuracy DESC``).

    Args:
        store: the project's store.
        experiment: only runs of this experiment.
        where: MLflow's filter string, e.g. ``metrics.accuracy > 0.9 and params.C = '1.0'``.
        order_by: MLflow's order.
        limit: at most so many.

    Raises:
        NotFound: no such experiment.
        Refused: filter or order cannot be read.
    """
    from mlflow.exceptions import MlflowException

    client = store.client()
    names = _experiments(store, experiment)
    try:
        found = client.search_runs(
            list(names),
            filter_string=where or "",
            max_results=limit,
            order_by=[order_by] if order_by else None,
        )
    except MlflowException as error:
        raise Refused(
            f"the filter or order cannot be read: {error.message}",
            hint='e.g. --filter "metrics.accuracy > 0.9" --order "metrics.accuracy DESC"',
        ) from None
    return [to_run(run, names.get(run.info.experiment_id, "")) for run in found]


def find_run(store: Store, reference: str) -> Run:
    """The run named by its id, by the first characters of its id (at least four), by its name where only
    one bears it, or by ``latest``.

    Raises:
        NotFound: none, or several, answer to it.
    """
    names = _experiments(store, None)
    candidates = _candidates(store, reference, list(names))
    if not candidates:
        raise NotFound(f"no run {reference!r}", hint="list them: jupyter mlops runs")
    if len(candidates) > 1:
        ids = ", ".join(run.info.run_id[:8] for run in candidates[:5])
        raise NotFound(f"{len(candidates)} runs answer to {reference!r}: {ids}", hint="name one by its id")
    run = candidates[0]
    return to_run(run, names.get(run.info.experiment_id, ""))


def children(store: Store, run_id: str) -> list[Run]:
    """The runs that name this one as their parent, oldest first."""
    names = _experiments(store, None)
    found = store.client().search_runs(
        list(names),
        filter_string=f"tags.`{tags.PARENT}` = '{run_id}'",
        order_by=["attributes.start_time ASC"],
    )
    return [to_run(run, names.get(run.info.experiment_id, "")) for run in found]


def details(store: Store, run: Run) -> RunDetails:
    """All that is known of the run; parts whose artifacts are gone are empty."""
    client = store.client()
    raw = client.get_run(run.run_id)
    with _kept(store, run.run_id) as kept:
        parameters = _entities(kept / tags.PARAMETERS, RecordedParameter)
        provenance = _provenance(kept / tags.PROVENANCE)
        cells = read_journal(kept / tags.JOURNAL)
        outputs = _entities(kept / tags.MANIFEST, Output)
        wrong = damaged(kept, outputs)
        if run.kind is RunKind.HEADLESS and run.status is RunStatus.FINISHED and not outputs:
            wrong = ["the manifest is missing: the upload was cut short"]
    known = {parameter.name for parameter in parameters}
    others = [
        RecordedParameter(name=name, value=value, type="")
        for name, value in run.parameters.items()
        if name not in known
    ]
    return RunDetails(
        run=run,
        parameters=(*parameters, *others),
        datasets=tuple(_dataset(found) for found in raw.inputs.dataset_inputs),
        provenance=provenance,
        cells=tuple(cells),
        artifacts=tuple(sorted(_artifacts(store, run.run_id))),
        outputs=tuple(outputs),
        damaged=tuple(wrong),
        artifact_uri=raw.info.artifact_uri or "",
    )


def write_executed(store: Store, run: Run, target: Path) -> Path:
    """Write the run's notebook, with the outputs so far, to `target`.

    Raises:
        NotFound: it left none.
    """
    folder = store.root / STATE_FOLDER / "runs" / run.run_id
    if (folder / tags.OUTPUT_LINES).exists() and run.status is RunStatus.RUNNING:
        write_so_far(folder / tags.FOLDER / tags.JOURNAL, folder / tags.OUTPUT_LINES, target)
        return target
    with _kept(store, run.run_id) as kept:
        found = next(iter(sorted(kept.glob("*.ipynb"))), None)
        if found is None:
            raise NotFound(f"run {run.run_id[:8]} left no notebook", hint="see: jupyter mlops show")
        copy_whole(found, target)
    return target


def to_run(run: mlflow.entities.Run, experiment: str) -> Run:
    """MLflow's run as ours."""
    data, info = run.data, run.info
    ours = data.tags
    return Run(
        run_id=info.run_id,
        name=info.run_name or info.run_id[:8],
        experiment=experiment,
        status=RunStatus(info.status),
        kind=RunKind(ours.get(tags.KIND, RunKind.USER.value)),
        started=_time(info.start_time),
        ended=_time(info.end_time),
        notebook=ours.get(tags.NOTEBOOK),
        parameters=dict(sorted(data.params.items())),
        metrics={k: v for k, v in sorted(data.metrics.items()) if not k.startswith(SYSTEM_METRICS)},
        tags={k: v for k, v in sorted(ours.items()) if not k.startswith(("mlops.", "mlflow."))},
        parent=ours.get(tags.PARENT),
        replaces=ours.get(tags.REPLACES),
        error=ours.get(tags.ERROR) or None,
        peak_memory=_whole(ours.get(tags.PEAK_MEMORY)),
        models=tuple(output.model_id for output in (run.outputs.model_outputs if run.outputs else [])),
        exit_code=_whole(ours.get(tags.EXIT_CODE)) or 0,
    )


@contextlib.contextmanager
def local_copy(store: Store, run_id: str, path: str) -> Iterator[Path]:
    """One artifact of a run as a local path while the block lasts: the file itself where the store keeps
    files on this machine, else a temporary copy; a path that does not exist where the artifact is missing."""
    import mlflow
    from mlflow.exceptions import MlflowException

    kept = local_folder(store.client().get_run(run_id).info.artifact_uri or "")
    if kept is not None:
        yield kept / path
        return
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(MlflowException, OSError):
            mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path, dst_path=folder)
        yield Path(folder) / path


def _candidates(store: Store, reference: str, experiments: list[str]) -> list[mlflow.entities.Run]:
    client = store.client()
    if reference == "latest":
        return list(client.search_runs(experiments, max_results=1))
    quoted = reference.replace("'", "")
    tries = [f"attributes.run_name = '{quoted}'"]
    if len(reference) >= MIN_PREFIX and set(reference) <= set(string.hexdigits):
        tries.insert(0, f"attributes.run_id LIKE '{reference}%'")
        tries.append(
            f"tags.`{tags.TICKET}` LIKE '{reference}%'"
        )  # as it was called before the server knew it
    for where in tries:
        found = client.search_runs(experiments, filter_string=where, max_results=20)
        if found:
            return list(found)
    return []


def _experiments(store: Store, only: str | None) -> dict[str, str]:
    """Experiment names by id."""
    names = {found.experiment_id: found.name for found in store.client().search_experiments()}
    if only is None:
        return names
    chosen = {key: name for key, name in names.items() if name == only}
    if not chosen:
        raise NotFound(f"no experiment {only!r}", hint=f"there are: {', '.join(sorted(names.values()))}")
    return chosen


@contextlib.contextmanager
def _kept(store: Store, run_id: str) -> Iterator[Path]:
    """The folder with the run's own records: the artifacts, or for a live run what it has written so far."""
    live = store.root / STATE_FOLDER / "runs" / run_id / tags.FOLDER
    if live.exists():
        yield live
        return
    with local_copy(store, run_id, tags.FOLDER) as folder:
        yield folder


def _artifacts(store: Store, run_id: str, folder: str | None = None) -> Iterable[str]:
    from mlflow.exceptions import MlflowException

    try:
        found = store.client().list_artifacts(run_id, folder)
    except (MlflowException, OSError):
        return
    for item in found:
        if item.is_dir:
            yield from _artifacts(store, run_id, item.path)
        else:
            yield item.path


def _entities(path: Path, kind: type[_E]) -> list[_E]:
    """The entities of a JSON list file; [] where it is missing or broken."""
    try:
        return [kind.model_validate(item) for item in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _dataset(found: mlflow.entities.DatasetInput) -> DatasetVersion:
    marks = {tag.key: tag.value for tag in found.tags}
    dataset = found.dataset
    return DatasetVersion(
        name=dataset.name,
        digest=dataset.digest,
        rows=_json(dataset.profile).get("num_rows"),
        schema_={str(k): str(v) for k, v in _json(dataset.schema).items()},
        source=dataset.source or "",
        source_type=dataset.source_type or "local",
        context=marks.get("mlflow.data.context"),
        tags={
            key.removeprefix(tags.DATASET_TAG): value
            for key, value in marks.items()
            if key.startswith(tags.DATASET_TAG)
        },
    )


def _json(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _provenance(path: Path) -> Provenance | None:
    try:
        return Provenance.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _whole(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def best(runs: Sequence[Run], metric: str, mode: str = "max") -> Run | None:
    """The run with the best finite value of `metric` (``max`` or ``min``); None where none has it."""
    having = [run for run in runs if math.isfinite(run.metrics.get(metric, math.nan))]
    if not having:
        return None
    return (max if mode == "max" else min)(having, key=lambda run: run.metrics[metric])
