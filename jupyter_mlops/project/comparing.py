"""Verbs that compare and explain models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_mlops.entities import Comparison, Impact
from jupyter_mlops.project.rooms import Rooms


class Comparing(Rooms):
    """Verbs that compare and explain models."""

    def compare(
        self,
        left: str,
        right: str,
        *,
        data: Any,
        target: str | None = None,
        slices: Sequence[str] = (),
        metric: str | None = None,
    ) -> Comparison:
        """Two model versions on the same data: every metric with the 95 % interval of its difference, a
        paired test and a verdict in words.

        Args:
            left: ``NAME@VERSION``, ``NAME@ALIAS`` or ``NAME``.
            right: likewise; differences are its metrics less those of the left one.
            data: ``DATASET@N``, a path or URL, or a DataFrame, with the true labels.
            target: the column of the labels; by default the only one that neither model takes.
            slices: columns within whose values they are compared, too.
            metric: the one that the verdict is on; by default accuracy, or MAE.

        Raises:
            NotFound: no such model, data, column or metric.
            Refused: the models cannot be compared, or not on these data.
        """
        from jupyter_mlops.catalogue.opening import open_data
        from jupyter_mlops.evaluation.comparing import compare_models
        from jupyter_mlops.evaluation.models import open_model

        models = [open_model(self.store, reference) for reference in (left, right)]
        opened = open_data(self.store, self.config, data)
        found = compare_models(
            models[0],
            models[1],
            opened.frame(),
            data=opened.label,
            target=target,
            slices=slices,
            metric=metric,
        )
        return found.model_copy(update={"notes": (*opened.notes, *found.notes)})

    def impact(self, dataset: str, metric: str) -> Impact:
        """What each version of the dataset did to a metric of the runs built on it: means and differences
        with 95 % intervals, runs with the same parameters being paired.

        Raises:
            NotFound: no such dataset, or no run on it logged that metric.
        """
        from jupyter_mlops.evaluation.impact import impact

        return impact(self.store, self.config, dataset, metric)
