"""Rows that a model is judged on, and was trained on before."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from jupyter_mlops.catalogue.linking import training_data
from jupyter_mlops.catalogue.opening import Data, open_version
from jupyter_mlops.checks.expressions import Overlap
from jupyter_mlops.checks.judging import Judged, Undecided, Verdict
from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import numpy
    import pandas

    Array = numpy.ndarray[Any, Any]


def judge_overlap(demand: Overlap, judged: Judged, data: Data, store: Store) -> Verdict:
    """The share of rows that equal one of the data that the model's run read as training data, in all columns
    that the model takes and the target.

    Raises:
        Undecided: the run tells of no training data, or they cannot be had any more.
    """
    import numpy as np

    read = training_data(store, judged.model.version.run_id)
    if not read:
        raise Undecided("its run tells of no training data: %track data NAME --context training")
    seen = np.zeros(len(judged.y), dtype=bool)
    details, looked = [], 0
    for version, training in _opened(store, read, judged.model.texts):
        if version.digest == data.version.digest:
            seen[:] = True
            details.append(f"{version.label}: these are the same data")
        elif training is None:
            details.append(f"{version.label}: its content cannot be had any more")
            continue
        else:
            columns, now = _among(judged, training)
            if not columns:
                details.append(f"{version.label}: it has none of the columns that the model takes")
                continue
            seen |= now
            details.append(f"{version.label}: {int(now.sum()):,} rows are the same in {columns} columns")
        looked += 1
    if not looked:
        raise Undecided("; ".join(details))
    share = float(seen.mean())
    holds = share < demand.share if demand.strict else share <= demand.share
    told = f"{int(seen.sum()):,} of {len(seen):,} rows ({share:.1%}) are among the training data"
    return Verdict(holds, told, tuple(details))


def _opened(
    store: Store, read: list[DatasetVersion], text: Collection[str] = ()
) -> Iterator[tuple[DatasetVersion, pandas.DataFrame | None]]:
    known: dict[str, dict[str, Entry]] = {}
    for entered in datasets.entries(store):
        known.setdefault(entered.version.digest, {})[entered.version.name] = entered
    for version in read:
        names = known.get(version.digest, {})
        entry = names.get(version.name) or next(iter(names.values()), None)
        try:
            frame = None if entry is None else open_version(store, entry).frame(text)
        except MLOpsError:
            frame = None
        yield (version if entry is None else entry.version), frame


def _among(judged: Judged, training: pandas.DataFrame) -> tuple[int, Array]:
    """In how many columns rows were compared, and which are there."""
    import numpy as np

    here = {str(name): name for name in judged.frame.columns}
    there = {str(name): name for name in training.columns}
    target = [name for name in here if name not in {str(column) for column in judged.features.columns}]
    wanted = [*(judged.model.features or map(str, judged.features.columns)), *target]
    columns = [name for name in dict.fromkeys(wanted) if name in here and name in there]
    if not set(columns) - set(target):
        return 0, np.zeros(len(judged.y), dtype=bool)
    ours = _hashed(judged.frame[[here[name] for name in columns]])
    theirs = _hashed(training[[there[name] for name in columns]])
    return len(columns), np.isin(ours, theirs)


def _hashed(frame: pandas.DataFrame) -> Array:
    """One number for each row, which does not depend on how columns are stored."""
    import pandas as pd
    from pandas.api.types import is_numeric_dtype
    from pandas.util import hash_pandas_object

    columns = [frame.iloc[:, place] for place in range(len(frame.columns))]
    plain = [
        column.astype("float64")
        if is_numeric_dtype(column.dtype) and column.dtype.kind != "c"
        else column.astype(str)
        for column in columns
    ]
    joined = pd.concat(plain, axis=1, keys=range(len(plain)))
    return hash_pandas_object(joined, index=False).to_numpy()
