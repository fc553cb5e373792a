"""Models judged on the data that they were trained on."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.catalogue.linking import training_data
from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.tracking.store import Store


def training_notes(store: Store, models: Sequence[Model], data: Data) -> list[str]:
    """A line on each of the models whose run read the same data to train it, or none."""
    by_label = {model.label: model for model in models}
    return [
        f"{label} was trained on {data.label}: its metrics are worse elsewhere"
        for label, model in by_label.items()
        if data.version.digest in {read.digest for read in training_data(store, model.version.run_id)}
    ]
