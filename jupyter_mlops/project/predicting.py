"""Verbs that score rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.entities import Scored
from jupyter_mlops.project.rooms import Rooms


class Predicting(Rooms):
    """Verbs that score rows."""

    def predict(
        self,
        model: str,
        data: Any,
        output: Path | str,
        *,
        split: Mapping[str, float] = {},
        key: Sequence[str] = (),
        columns: Literal["all", "key", "none"] = "all",
        chunk: int | None = None,
        prefix: str = "",
        record: bool = True,
        report: Callable[[str], None] = lambda line: None,
    ) -> Scored:
        """What a model version says of every row, written to a file in the rows' order: the data's columns
        and `prediction`; for a classifier that tells them `probability_<class>` of each class; and
        `model_version`, such as ``churn@3``, who answered. The data are scored in chunks and need not fit in
        memory. Loading a model unpickles: score by models that you trust.

        Args:
            model: ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS``.
            data: ``DATASET``, ``DATASET@N``, a path or URL, or a DataFrame.
            output: a file that ends in ``.parquet``, ``.csv`` or ``.jsonl``; written whole or not at all.
            split: shares of the keys, from 0 to 1, that another version answers, by its alias or number.
            key: the columns by whose values that is dealt; by default the dataset's own key. The same values
                always get the same version, and keep it while its share grows.
            columns: which of the data's columns are written, too: all, those of the key, or none.
            chunk: rows that are scored at once; by default 50,000.
            prefix: begins the names of the new columns.
            record: keep the predictions as a version of the dataset ``<model>-predictions``, linked to a run
                that tells which version answered how many rows.
            report: told, about every second, how many rows are done.

        Raises:
            NotFound: no such model, version, data, column or folder.
            Refused: the data are not what the model takes, a row cannot be scored, or the output will not do;
                there is no output, or the old one.
            UsageError: shares that are none, chunks of no rows, or columns, key or prefix that are none.
            MLOpsError: the output cannot be written, or the store does not take the record.
        """
        from jupyter_mlops.catalogue.opening import open_data
        from jupyter_mlops.serving.batch import predict
        from jupyter_mlops.serving.predicting import ROWS, Wanted

        self.settle(model)
        opened = open_data(self.store, self.config, data)
        wanted = Wanted(
            model=model,
            output=Path(output),
            shares=split,
            key=(key,) if isinstance(key, str) else tuple(key),
            columns=columns,
            chunk=ROWS if chunk is None else chunk,
            prefix=prefix,
        )
        return predict(self.store, self.config, wanted, opened, record=record, report=report)
