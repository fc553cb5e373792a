"""Runs that scored rows by versions of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.reader import experiment_names, search_runs
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store


@dataclass(frozen=True)
class Scoring:
    """A run that scored rows by `model`: how many of the `rows` each version answered, by its number."""

    run_id: str
    model: str
    rows: Mapping[str, int]


def marks(model: str, rows: Mapping[str, int]) -> dict[str, str]:
    """The tags by which such a run is found again."""
    return {tags.PREDICTS: model, **{f"{tags.PREDICTED}{version}": str(n) for version, n in rows.items()}}


def scorings(store: Store, models: Iterable[str]) -> list[Scoring]:
    """The finished runs that scored rows by these models, by their names."""
    wanted = sorted(set(models))
    if store.is_new or not wanted:
        return []
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            found = [(run_id, known) for _, run_id, known in rows.finished(tags.PREDICTS, wanted)]
    else:
        where = f"tags.`{tags.KIND}` = 'predict' AND attributes.status = 'FINISHED'"
        runs = search_runs(store, list(experiment_names(store)), where, None, None)
        found = [(run.info.run_id, run.data.tags) for run in runs]
    read = [_scoring(run_id, known) for run_id, known in found]
    return [scoring for scoring in read if scoring.model in wanted]


def _scoring(run_id: str, known: Mapping[str, str]) -> Scoring:
    rows = {
        key.removeprefix(tags.PREDICTED): int(value)
        for key, value in known.items()
        if key.startswith(tags.PREDICTED) and value.isdecimal()
    }
    return Scoring(run_id, known.get(tags.PREDICTS, ""), rows)
