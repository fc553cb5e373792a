"""The index of what steps have made: tags of their runs, found again by cache key or by the step's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import ValidationError

from jupyter_mlops.entities import Run, StepRecord, step_name
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.reader import experiment_names, to_run
from jupyter_mlops.tracking.recorder import MAX_TAG, Recorder
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store

_NEWEST = 5  # runs that are looked at for one key


def name_tags(pipeline: str, step: str, point: str) -> dict[str, str]:
    """Tags by which the run of a step is known from its beginning."""
    return {tags.PIPELINE: pipeline, tags.STEP: step_name(step, point)}


def keep_record(recorder: Recorder, record: StepRecord) -> None:
    """Note with the run what it made, to be found again once it is FINISHED."""
    text = record.model_dump_json(exclude_defaults=True)
    pieces = [text[start : start + MAX_TAG] for start in range(0, len(text), MAX_TAG)]
    numbered = {f"{tags.STEP_RECORD}{number}": piece for number, piece in enumerate(pieces)}
    recorder.tags({tags.STEP_KEY: record.key, **numbered})


def find_records(store: Store, keys: Sequence[str]) -> dict[str, list[tuple[str, StepRecord]]]:
    """(run id, record) of the FINISHED runs with one of these cache keys, newest first, by key."""
    return _grouped(_finished(store, tags.STEP_KEY, keys))


def record_in(marks: Mapping[str, str]) -> StepRecord | None:
    """The record in a run's tags; None where there is none that can be read."""
    return _record(marks)


def step_records(store: Store, pipeline: str) -> Iterator[tuple[str, str, StepRecord]]:
    """(name of the step, run id, record) of the FINISHED runs of the pipeline's steps, newest first."""
    for _, run_id, marks in _finished(store, tags.PIPELINE, [pipeline]):
        name = marks.get(tags.STEP)
        record = _record(marks)
        if name is not None and record is not None:
            yield name, run_id, record


def runs_of(store: Store, identifiers: Sequence[str]) -> dict[str, Run]:
    """The runs by id; ones that are not there any more are left out."""
    if not identifiers:
        return {}
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            return {run.run_id: run for run in rows.runs(identifiers)}
    client, names = store.client(), experiment_names(store)
    found = (client.get_run(identifier) for identifier in identifiers)
    return {run.info.run_id: to_run(run, names.get(run.info.experiment_id, "")) for run in found}


_Found = tuple[str, str, Mapping[str, str]]


def _finished(store: Store, tag: str, values: Sequence[str]) -> Iterable[_Found]:
    """(value, run id, tags), newest first."""
    if store.is_new or not values:
        return []
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            return rows.finished(tag, values)
    return _searched(store, tag, values)


def _searched(store: Store, tag: str, values: Sequence[str]) -> Iterator[_Found]:
    client, experiments = store.client(), list(experiment_names(store))
    most = 1000 if tag == tags.PIPELINE else _NEWEST
    for value in values:
        quoted = value.replace("'", "")
        where = f"tags.`{tag}` = '{quoted}' AND attributes.status = 'FINISHED'"
        for run in client.search_runs(experiments, filter_string=where, max_results=most):
            yield value, run.info.run_id, run.data.tags


def _grouped(found: Iterable[_Found]) -> dict[str, list[tuple[str, StepRecord]]]:
    grouped: dict[str, list[tuple[str, StepRecord]]] = {}
    for value, run_id, marks in found:
        known = grouped.setdefault(value, [])
        if len(known) < _NEWEST and (record := _record(marks)) is not None:
            known.append((run_id, record))
    return grouped


def _record(marks: Mapping[str, str]) -> StepRecord | None:
    """The record in a run's tags; None where there is none that can be read."""
    pieces: list[str] = []
    while (piece := marks.get(f"{tags.STEP_RECORD}{len(pieces)}")) is not None:
        pieces.append(piece)
    try:
        return StepRecord.model_validate_json("".join(pieces)) if pieces else None
    except ValidationError:  # of another version, or changed by hand
        return None
