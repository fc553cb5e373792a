"""Runs as entities, read from MLflow and from the artifacts that a run left."""

from __future__ import annotations

import contextlib
import json
import math
import os
import string
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from jupyter_mlops.entities import (
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
from jupyter_mlops.tracking import freed, tags
from jupyter_mlops.tracking.marks import place_of, record_of
from jupyter_mlops.tracking.query import translate
from jupyter_mlops.tracking.rows import make_run, reading
from jupyter_mlops.tracking.store import Store, local_folder
from jupyter_mlops.tracking.versions import to_version

if TYPE_CHECKING:
    import mlflow.entities

_E = TypeVar("_E", bound=Entity)

MIN_PREFIX = 4
MOST = 20  # runs that answer to one name: more are not looked for
PAGE = 10_000  # runs that the client is asked for at once

_UPLOADING = ".artifact.uploading."  # how MLflow's unfinished copies are named


def list_runs(
    store: Store,
    *,
    experiment: str | None = None,
    where: str | None = None,
    order_by: str | None = None,
    limit: int | None = 50,
) -> list[Run]:
    """The newest runs first, or as `order_by` says (MLflow's words, e.g. ``metrics.accuracy DESC``).

    Args:
        store: the project's store.
        experiment: only runs of this experiment.
        where: MLflow's filter string, e.g. ``metrics.accuracy > 0.9 and params.C = '1.0'``.
        order_by: MLflow's order.
        limit: at most so many; None for all.

    Raises:
        NotFound: no such experiment.
        Refused: filter or order cannot be read.
    """
    direct = store.readable()
    search = translate(where, order_by) if direct is not None and (limit is None or limit > 0) else None
    if direct is not None and search is not None:
        with reading(direct) as rows:
            return rows.page(search, chosen(rows.experiments(), experiment), limit)
    from mlflow.exceptions import MlflowException

    names = chosen(experiment_names(store), experiment)
    try:
        found = search_runs(store, list(names), where or "", [order_by] if order_by else None, limit)
    except MlflowException as error:
        raise Refused(
            f"the filter or order cannot be read: {error.message}",
            hint='e.g. --filter "metrics.accuracy > 0.9" --order "metrics.accuracy DESC"',
        ) from None
    return [to_run(run, names.get(run.info.experiment_id, "")) for run in found]


def find_run(store: Store, reference: str) -> Run:
    """The run named by its id, by the first characters of its id (at least four), by its name where only
    one bears it, by ``latest``, or by ``MODEL@VERSION`` or ``MODEL@ALIAS`` of what it made.

    Raises:
        NotFound: none, or several, answer to it.
    """
    candidates = _candidates(store, reference)
    if not candidates and "@" in reference:
        candidates = [_maker(store, reference)]
    if not candidates:
        raise NotFound(f"no run {reference!r}", hint="list them: jupyter mlops runs")
    if len(candidates) > 1:
        ids = ", ".join(run.run_id[:8] for run in candidates[:5])
        raise NotFound(f"{len(candidates)} runs answer to {reference!r}: {ids}", hint="name one by its id")
    return candidates[0]


def children(store: Store, run_id: str) -> list[Run]:
    """The runs that name this one as their parent, oldest first."""
    where = f"tags.`{tags.PARENT}` = '{run_id}'"
    return list_runs(store, where=where, order_by="attributes.start_time ASC", limit=None)


def details(store: Store, run: Run) -> RunDetails:
    """All that is known of the run; parts whose artifacts are gone are empty."""
    record = record_of(store, run.run_id)
    gone = freed.told(record.marks)
    with _kept(store, run.run_id, record.place) as kept:
        parameters = parameters_in(kept)
        provenance = provenance_in(kept)
        cells = read_journal(kept / tags.JOURNAL)
        outputs = _entities(kept / tags.MANIFEST, Output)
        wrong = damaged(kept, outputs)
        headless = run.kind in {RunKind.HEADLESS, RunKind.REPLAY}
        if headless and run.status is RunStatus.FINISHED and not (outputs or gone):
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
        datasets=tuple(to_version(found) for found in record.datasets),
        provenance=provenance,
        cells=tuple(cells),
        artifacts=tuple(sorted(_artifacts(store, run.run_id, record.place))),
        outputs=tuple(outputs),
        damaged=() if gone else tuple(wrong),
        artifact_uri=record.place,
        freed=gone,
    )


def write_executed(store: Store, run: Run, target: Path) -> Path:
    """Write the run's notebook, with the outputs so far, to `target`.

    Raises:
        NotFound: it left none.
    """
    folder = store.run_folder(run.run_id)
    if (folder / tags.OUTPUT_LINES).exists() and run.status is RunStatus.RUNNING:
        write_so_far(folder / tags.FOLDER / tags.JOURNAL, folder / tags.OUTPUT_LINES, target)
        return target
    with _kept(store, run.run_id) as kept:
        found = next(iter(sorted(kept.glob("*.ipynb"))), None)
        if found is None:
            why = freed.told_of(store, run.run_id) or "it left no notebook"
            raise NotFound(f"run {run.run_id[:8]}: {why}", hint="see: jupyter mlops show")
        copy_whole(found, target)
    return target


def to_run(run: mlflow.entities.Run, experiment: str) -> Run:
    """MLflow's run as ours."""
    data, info = run.data, run.info
    return make_run(
        run_id=info.run_id,
        name=info.run_name,
        experiment=experiment,
        status=info.status,
        start=info.start_time,
        end=info.end_time,
        parameters=data.params,
        metrics=data.metrics,
        marks=data.tags,
        models=[output.model_id for output in (run.outputs.model_outputs if run.outputs else [])],
    )


@contextlib.contextmanager
def local_copy(store: Store, run_id: str, path: str) -> Iterator[Path]:
    """One artifact of a run as a local path while the block lasts: the file itself where the store keeps
    files on this machine, else a temporary copy; a path that does not exist where the artifact is missing."""
    with copy_from(place_of(store, run_id), run_id, path) as found:
        yield found


@contextlib.contextmanager
def copy_from(place: str, run_id: str, path: str) -> Iterator[Path]:
    """The same, of a run whose artifacts have the URI `place`."""
    kept = local_folder(place)
    if kept is not None:
        yield kept / path
        return
    import mlflow
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / path
        with contextlib.suppress(MlflowException, OSError):  # of a file it leaves out the folders above it
            found = Path(
                mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path, dst_path=folder)
            )
        yield found


def _maker(store: Store, reference: str) -> Run:
    """The run that made the model version."""
    from jupyter_mlops.tracking.registry import find_version

    made = find_version(store, reference)
    candidates = _candidates(store, made.run_id) if made.run_id else []
    if not candidates:
        raise NotFound(f"the run that made {made.name}@{made.version} is gone", hint="name another version")
    return candidates[0]


def _candidates(store: Store, reference: str) -> list[Run]:
    direct = store.readable()
    prefix = len(reference) >= MIN_PREFIX and set(reference) <= set(string.hexdigits)
    if direct is not None:
        with reading(direct) as rows:
            own = chosen(rows.experiments(), None)
            if reference == "latest":
                return rows.newest(own)
            return rows.answering(reference, MOST, by_id=prefix, experiments=own)
    names = chosen(experiment_names(store), None)
    if reference == "latest":
        found = store.client().search_runs(list(names), max_results=1)
        return [to_run(run, names.get(run.info.experiment_id, "")) for run in found]
    quoted = reference.replace("'", "")
    tries = [f"attributes.run_name = '{quoted}'"]
    if prefix:
        tries.insert(0, f"attributes.run_id LIKE '{reference}%'")
        tries.append(
            f"tags.`{tags.TICKET}` LIKE '{reference}%'"
        )  # as it was called before the server knew it
    for where in tries:
        found = store.client().search_runs(list(names), filter_string=where, max_results=MOST)
        if found:
            return [to_run(run, names.get(run.info.experiment_id, "")) for run in found]
    return []


def search_runs(
    store: Store, experiments: list[str], where: str, order_by: list[str] | None, limit: int | None
) -> list[mlflow.entities.Run]:
    """Runs by MLflow's client, page by page: it gives at most 50,000 at once."""
    found: list[mlflow.entities.Run] = []
    token = None
    while True:
        size = PAGE if limit is None else min(limit - len(found), PAGE)
        page = store.client().search_runs(
            experiments, filter_string=where, max_results=size, order_by=order_by, page_token=token
        )
        found += page
        token = page.token
        if not token or (limit is not None and len(found) >= limit):
            return found


def experiment_names(store: Store) -> dict[str, str]:
    """Experiment names by id."""
    names: dict[str, str] = {}
    token = None
    while True:
        page = store.client().search_experiments(page_token=token)
        names |= {found.experiment_id: found.name for found in page}
        token = page.token
        if not token:
            return names


def chosen(names: dict[str, str], only: str | None) -> dict[str, str]:
    """Of the experiments, by id, the one of that name; where none is named all but the catalogue of
    datasets, whose runs are none."""
    if only is None:
        return {key: name for key, name in names.items() if name not in tags.APART}
    chosen = {key: name for key, name in names.items() if name == only}
    if not chosen:
        raise NotFound(f"no experiment {only!r}", hint=f"there are: {', '.join(sorted(names.values()))}")
    return chosen


def read_provenance(store: Store, run_id: str) -> Provenance | None:
    """What the run recorded of where it came from; None where that is gone."""
    live = _live(store, run_id)
    if live.exists():
        return provenance_in(live)
    with local_copy(store, run_id, f"{tags.FOLDER}/{tags.PROVENANCE}") as path:
        return provenance_in(path.parent)


def _live(store: Store, run_id: str) -> Path:
    """What a run that goes on has written so far."""
    return store.run_folder(run_id) / tags.FOLDER


@contextlib.contextmanager
def _kept(store: Store, run_id: str, place: str | None = None) -> Iterator[Path]:
    """The folder with the run's own records: the artifacts, which have the URI `place` where that is known,
    or for a live run what it has written so far."""
    live = _live(store, run_id)
    if live.exists():
        yield live
        return
    with copy_from(place_of(store, run_id) if place is None else place, run_id, tags.FOLDER) as folder:
        yield folder


def _artifacts(store: Store, run_id: str, place: str) -> Iterable[str]:
    direct, kept = store.readable(), local_folder(place)
    if direct is not None and kept is not None:
        with reading(direct) as rows:
            models = rows.logged_models(run_id)
        if not any((kept / model).exists() for model in models):  # MLflow mixes those with the model's own
            return _files(kept)
    return _listed(store, run_id)


def _files(folder: Path) -> Iterator[str]:
    for where, _, names in os.walk(folder, followlinks=True):
        below = Path(where).relative_to(folder)
        yield from ((below / name).as_posix() for name in names if not name.startswith(_UPLOADING))


def _listed(store: Store, run_id: str, folder: str | None = None) -> Iterator[str]:
    from mlflow.exceptions import MlflowException

    try:
        found = store.client().list_artifacts(run_id, folder)
    except (MlflowException, OSError):
        return
    for item in found:
        if item.is_dir:
            yield from _listed(store, run_id, item.path)
        else:
            yield item.path


def _entities(path: Path, kind: type[_E]) -> list[_E]:
    """The entities of a JSON list file; [] where it is missing or broken."""
    try:
        return [kind.model_validate(item) for item in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def parameters_in(folder: Path) -> list[RecordedParameter]:
    """The parameters in the folder with a run's own records; [] where they are missing or broken."""
    return _entities(folder / tags.PARAMETERS, RecordedParameter)


def provenance_in(folder: Path) -> Provenance | None:
    """The provenance in the folder with a run's own records; None where it is missing or broken."""
    try:
        return Provenance.model_validate_json((folder / tags.PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def best(runs: Sequence[Run], metric: str, mode: str = "max") -> Run | None:
    """The run with the best finite value of `metric` (``max`` or ``min``); None where none has it."""
    having = [run for run in runs if math.isfinite(run.metrics.get(metric, math.nan))]
    if not having:
        return None
    return (max if mode == "max" else min)(having, key=lambda run: run.metrics[metric])
