"""Verbs that compare and explain models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.entities import Comparison, Explanation, Impact
from jupyter_mlops.exceptions import UsageError
from jupyter_mlops.project.rooms import Rooms

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import Progress


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
        answered: bool = False,
        labels: Any = None,
        key: Sequence[str] = (),
    ) -> Comparison:
        """Two model versions on the same data: every metric with the 95 % interval of its difference, a
        paired test and a verdict in words. Or, if they `answered` the rows between them, each on its own.

        Args:
            left: ``NAME@VERSION``, ``NAME@ALIAS`` or ``NAME``.
            right: likewise; differences are its metrics less those of the left one.
            data: ``DATASET@N``, a path or URL, or a DataFrame, with the true labels.
            target: the column of the labels; by default what ``mlops.yaml`` says of the models, else the only
                one that neither takes.
            slices: columns within whose values they are compared, too.
            metric: the one that the verdict is on; by default accuracy, or MAE.
            answered: `data` are what `predict` wrote with a split: each version is judged by what it said
                of the rows that it answered, and the test is unpaired.
            labels: other data that hold the true labels, with `answered`.
            key: the columns by which `labels` are joined; by default the key of either dataset.

        Raises:
            NotFound: no such model, data, column or metric.
            Refused: the models cannot be compared, or not on these data.
            UsageError: slices of what was answered, or labels or a key of what was not.
        """
        from jupyter_mlops.catalogue.opening import open_data
        from jupyter_mlops.evaluation.comparing import compare_models
        from jupyter_mlops.evaluation.models import open_model
        from jupyter_mlops.evaluation.targets import wanted_target
        from jupyter_mlops.evaluation.training import training_notes

        if answered:
            if slices:
                raise UsageError("--slice does not go with --answered", hint="leave one out")
            return self._compare_answered(left, right, data, target, metric, labels, key)
        if labels is not None or key:
            raise UsageError("--labels and --key go with --answered", hint="add it, or leave them out")
        models = [open_model(self.store, reference) for reference in (left, right)]
        opened = open_data(self.store, self.config, data)
        opened.check_names()
        frame = opened.frame(text=models[0].texts | models[1].texts)
        found = compare_models(
            models[0],
            models[1],
            frame,
            data=opened.label,
            target=wanted_target(self.config, frame.columns, target, *models),
            slices=slices,
            metric=metric,
            key=opened.version.key,
        )
        trained = training_notes(self.store, models, opened)
        return found.model_copy(update={"notes": (*opened.notes, *trained, *found.notes)})

    def _compare_answered(
        self,
        left: str,
        right: str,
        data: Any,
        target: str | None,
        metric: str | None,
        labels: Any,
        key: Sequence[str],
    ) -> Comparison:
        from jupyter_mlops.catalogue.opening import open_data
        from jupyter_mlops.evaluation.models import open_model
        from jupyter_mlops.serving.answered import Truth, compare_answers, texts

        opened = open_data(self.store, self.config, data)
        truth = None if labels is None else open_data(self.store, self.config, labels)
        models = open_model(self.store, left), open_model(self.store, right)
        own = opened.version.key or (() if truth is None else truth.version.key)
        found = compare_answers(
            *models,
            opened.frame(texts(opened.table.schema, *models)),
            data=opened.label,
            config=self.config,
            target=target,
            metric=metric,
            truth=None
            if truth is None
            else Truth(truth.frame(texts(truth.table.schema, *models)), truth.label),
            key=((key,) if isinstance(key, str) else tuple(key)) or own,
        )
        return found.model_copy(update={"notes": (*opened.notes, *found.notes)})

    def compare_data(
        self,
        notebook: Path | str,
        left: Any,
        right: Any,
        *,
        parameter: str | None = None,
        text: Mapping[str, str] = {},
        kernel: str | None = None,
        repeats: int = 1,
        metric: str | None = None,
        progress: Progress | None = None,
        report: Callable[[str], None] = lambda line: None,
    ) -> Comparison:
        """One notebook on two versions of its data: run headless on each, recorded and linked to them; the
        metrics that all runs logged beside one another.

        Args:
            notebook: the .ipynb file.
            left: ``DATASET@N``, or a path or URL.
            right: likewise; differences are the metrics on it less those on the left one.
            parameter: the one that takes the data; by default the one whose default names such data.
            text: other parameters, as typed.
            kernel: the kernel to use.
            repeats: runs on each version; an interval needs two or more.
            metric: the one that the verdict is on.
            progress: called as by `Project.run`.
            report: told in a line of each run that ended.

        Raises:
            NotFound: no such data or parameter.
            Refused: the notebook cannot be run on these data; nothing was run.
            CheckFailed: a run failed, or the runs share no metric.
        """
        from jupyter_mlops.catalogue.opening import open_data
        from jupyter_mlops.evaluation.rerunning import Rerun, compare_data

        wanted = Rerun(Path(notebook), parameter, text, kernel, repeats)
        sides = (open_data(self.store, self.config, left), open_data(self.store, self.config, right))
        return compare_data(self.store, wanted, sides, metric=metric, progress=progress, report=report)

    def impact(self, dataset: str, metric: str) -> Impact:
        """What each version of the dataset did to a metric of the runs built on it: means and differences
        with 95 % intervals, runs with the same parameters being paired.

        Raises:
            NotFound: no such dataset, or no run on it logged that metric.
        """
        from jupyter_mlops.evaluation.impact import impact

        return impact(self.store, self.config, dataset, metric)

    def explain(
        self,
        model: str,
        *,
        data: Any,
        target: str | None = None,
        method: Literal["permutation", "shap"] = "permutation",
        rows: Sequence[int] = (),
        metric: str | None = None,
    ) -> Explanation:
        """Which features a model version leans on, and of single rows what each feature's value added; kept
        with the version: as artifacts of its run, in its description, by its tag ``mlops.explanation``.

        Args:
            model: ``NAME@VERSION``, ``NAME@ALIAS`` or ``NAME``.
            data: ``DATASET@N``, a path or URL, or a DataFrame; with the true labels for ``permutation``.
            target: the column of the labels; by default what ``mlops.yaml`` says of the model, else the only
                one that it does not take.
            method: ``permutation`` importance, or ``shap`` values (``pip install 'jupyter-mlops[shap]'``).
            rows: numbers of rows, from 1, to be explained.
            metric: the one that falls when a feature is shuffled; by default accuracy, or MAE.

        Raises:
            NotFound: no such model, data, column, row or metric.
            Refused: there are no labels where they are needed, or the model cannot take these data.
        """
        from jupyter_mlops.catalogue.opening import open_data
        from jupyter_mlops.evaluation.explaining import explain
        from jupyter_mlops.evaluation.keeping import keep
        from jupyter_mlops.evaluation.models import open_model
        from jupyter_mlops.evaluation.targets import wanted_target
        from jupyter_mlops.evaluation.training import training_notes

        opened_model = open_model(self.store, model)
        opened = open_data(self.store, self.config, data)
        opened.check_names()
        frame = opened.frame(text=opened_model.texts)
        found = explain(
            opened_model,
            frame,
            data=opened.label,
            target=wanted_target(self.config, frame.columns, target, opened_model),
            method=method,
            rows=rows,
            metric=metric,
            key=opened.version.key,
        )
        trained = training_notes(self.store, [opened_model], opened)
        found = found.model_copy(update={"notes": (*opened.notes, *trained, *found.notes)})
        return keep(self.store, opened_model.version, found)
