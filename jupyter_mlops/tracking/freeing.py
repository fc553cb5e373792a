"""Frees what old runs left in the artifact store. The run stays, with its parameters, metrics and tags.

A run is marked before its first file goes, and marked as done after the last: whoever is killed in between
leaves runs that are whole, or marked, and the next one goes on there.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import Freed, Run
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.notebooks.journal import read_journal
from jupyter_mlops.tracking import freed, outbox, tags
from jupyter_mlops.tracking.marks import record_of
from jupyter_mlops.tracking.reader import copy_from
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.retention import Old, Window, registered
from jupyter_mlops.tracking.store import Store, local_folder, plain


def listed(store: Store, old: Old) -> list[Freed]:
    """What the runs would free; those that left nothing, or were freed, are left out."""
    found = []
    for run in old.runs:
        record = record_of(store, run.run_id)
        state = record.marks.get(tags.FREED)
        if state == freed.DONE:
            continue
        sizes = list(_sizes(store, record.place))
        if sizes or state == freed.BEGUN:
            why = f"{old.why}; begun before" if state else old.why
            found.append(_entry(run, sum(sizes), len(sizes), why))
    return found


def free(store: Store, each: Freed) -> Freed:
    """Free the outputs of one run; as it is then, with the `problem` where that did not go well."""
    record = record_of(store, each.run_id)
    place, state = record.place, record.marks.get(tags.FREED)
    if each.run_id not in place.split("/"):
        return each.model_copy(update={"problem": f"its artifacts are not in a folder of its own: {place}"})
    if (waits := outbox.waiting_of(store, each.run_id)) is not None:
        return each.model_copy(update={"problem": waits})
    recorder = Recorder(store, each.run_id)
    if state is None:
        recorder.tags(freed.mark(datetime.now(UTC), each.size, each.files, _cells(place, each.run_id)))
        if each.run_id in registered(store):  # just now
            _unmark(store, each.run_id)
            return each.model_copy(update={"problem": "a model version was registered from it meanwhile"})
    try:
        _delete(store, place)
        recorder.tags({tags.FREED: freed.DONE})
    except NotImplementedError:
        if state is None:
            _unmark(store, each.run_id)
        return each.model_copy(update={"problem": f"this artifact store deletes nothing: {place}"})
    except Exception as error:  # whatever the library of an artifact store raises
        return each.model_copy(update={"problem": plain(error)})
    return each.model_copy(update={"freed": True})


def _entry(run: Run, size: int, files: int, why: str) -> Freed:
    return Freed(
        run_id=run.run_id,
        name=run.name,
        experiment=run.experiment,
        ended=run.ended or run.started,
        size=size,
        files=files,
        why=why,
    )


def _unmark(store: Store, run_id: str) -> None:
    for key in (tags.FREED, tags.FREED_RECORD):
        store.client().delete_tag(run_id, key)


def _cells(place: str, run_id: str) -> str:
    """The run's journal in a few words."""
    with copy_from(place, run_id, f"{tags.FOLDER}/{tags.JOURNAL}") as path:
        records = read_journal(path)
    found = Counter(record.status.value for record in records)
    if not records:
        return ""
    return f"{len(records)} cells: {', '.join(f'{count} {status}' for status, count in found.most_common())}"


def _sizes(store: Store, place: str) -> Iterator[int]:
    """Of all files there, in bytes."""
    folder = local_folder(place)
    if folder is not None:
        yield from (path.stat().st_size for path in folder.rglob("*") if path.is_file())
    elif place:
        yield from _remote(_repository(store, place), None)


def _remote(repository: Any, path: str | None) -> Iterator[int]:
    for item in repository.list_artifacts(path):
        if item.is_dir:
            yield from _remote(repository, item.path)
        else:
            yield item.file_size or 0


def _delete(store: Store, place: str) -> None:
    folder = local_folder(place)
    if folder is None:
        repository = _repository(store, place)
        repository.delete_artifacts()
        if repository.list_artifacts():
            raise MLOpsError("the artifact store still has files of it")
    elif folder.exists():
        shutil.rmtree(folder)


def _repository(store: Store, place: str) -> Any:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return get_artifact_repository(place, tracking_uri=store.uri)


def logs_listed(logs: Sequence[Path], window: Window, *, free: bool = False) -> list[Freed]:
    """What workers of slots wrote, as one entry; gone if it is to be set `free`."""
    if not logs:
        return []
    states = [path.stat() for path in logs]
    for path in logs if free else ():
        path.unlink(missing_ok=True)
    entry = Freed(
        run_id="",
        name="logs of slots",
        experiment="",
        ended=datetime.fromtimestamp(max(state.st_mtime for state in states), UTC),
        size=sum(state.st_size for state in states),
        files=len(logs),
        why=window.words,
        kind="slots",
        freed=free,
    )
    return [entry]
