"""Verbs on drift."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import DriftReport
from jupyter_mlops.project.rooms import Rooms


class Drifting(Rooms):
    """Verbs on drift."""

    def drift(
        self,
        reference: Any,
        current: Any,
        *,
        model: str | None = None,
        target: str | None = None,
        threshold: float | None = None,
        thresholds: Mapping[str, float] | None = None,
        ignore: Collection[str] = (),
        evidently: Path | None = None,
    ) -> DriftReport:
        """Whether the current data are still like the reference: see `monitoring.drift.detect_drift` for how
        that is decided.

        Args:
            reference: ``NAME``, ``NAME@NUMBER``, a path, a URL or a DataFrame.
            current: likewise.
            model: ``NAME@VERSION`` or ``NAME@ALIAS``, to compare its predictions, and its performance where
                both sides have true values.
            target: the column of the true values; by default the one that the model does not take.
            threshold: the effect beyond which a column drifted: by default what ``mlops.yaml`` says under
                ``drift``, else 0.1.
            thresholds: others for columns by name.
            ignore: columns to leave out.
            evidently: a file that is to get Evidently's own report of the same data.

        Raises:
            NotFound: no such data, model or column.
            Refused: a side has no rows; they cannot be compared; Evidently is not there.
            MLOpsError: Evidently cannot make its report.
        """
        from jupyter_mlops.catalogue.linking import training_data
        from jupyter_mlops.catalogue.opening import open_data
        from jupyter_mlops.evaluation.models import open_model
        from jupyter_mlops.evaluation.targets import wanted_target
        from jupyter_mlops.monitoring.reports import report_drift

        rendered = None
        if evidently is not None:
            from jupyter_mlops.monitoring.evidently import load_evidently

            rendered = load_evidently()
        left, right = (
            open_data(self.store, self.config, what, name=None if isinstance(what, str | Path) else name)
            for what, name in ((reference, "reference"), (current, "current"))
        )
        if rendered is not None and evidently is not None:
            from jupyter_mlops.files import write_whole

            write_whole(evidently, rendered(left.frame(), right.frame()))
        opened = None if model is None else open_model(self.store, model)
        trained = training_data(self.store, opened.version.run_id) if opened else []
        if opened:
            columns = {*left.table.schema, *right.table.schema}
            target = wanted_target(self.config, columns, target, opened)
        return report_drift(
            left,
            right,
            config=self.config.drift,
            model=opened,
            trained={version.digest for version in trained},
            target=target,
            threshold=threshold,
            thresholds=thresholds,
            ignore=ignore,
        )
