"""Verbs that check."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import CheckReport
from jupyter_mlops.exceptions import UsageError
from jupyter_mlops.project.rooms import Rooms

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import Progress

_OPTIONS = {
    "notebook": ("parameters", "text", "kernel"),
    "data": ("schema",),
    "model": ("data", "target", "against", "rows"),
}
_CALLED = {"notebook": "a notebook", "data": "data", "model": "a model"}


class Checking(Rooms):
    """Verbs that check."""

    def check(
        self,
        subject: Any,
        parameters: Mapping[str, Any] | None = None,
        *,
        text: Mapping[str, str] | None = None,
        kernel: str | None = None,
        schema: Path | str | None = None,
        data: Any = None,
        target: str | None = None,
        against: str | None = None,
        rows: int | None = None,
        progress: Progress | None = None,
    ) -> CheckReport:
        """Check a notebook, data or a model; what was found is recorded on a run.

        Args:
            subject: a notebook's file, whose cells tagged ``check`` are run; or ``NAME`` or ``NAME@NUMBER``
                of a dataset, a file, a URL or a DataFrame, held against a schema; or ``NAME``,
                ``NAME@VERSION`` or ``NAME@ALIAS`` of a model, held against the checks of ``mlops.yaml``.
                ``dataset:NAME`` and ``model:NAME`` tell a dataset from a model of that name.
            parameters: of the notebook, as for `run`.
            text: parameters as text, read by their declared types.
            kernel: to run the notebook with, in place of its own.
            schema: of the data; by default ``checks/NAME.yaml``.
            data: to judge the model on, with true labels; by default what ``mlops.yaml`` says of it.
            target: the column of the labels.
            against: alias or version that stands for ``champion`` in checks of the model.
            rows: at most so many of `data`, drawn at random.
            progress: called as cells of the notebook end, see `run`.

        Raises:
            Refused: nothing was checked and nothing recorded.
        """
        kind, what = self._subject(subject)
        judged_on = {"data": data, "target": target, "against": against, "rows": rows}
        given = {"parameters": parameters or None, "text": text or None, "kernel": kernel, "schema": schema}
        for name, value in {**given, **judged_on}.items():
            if value is not None and name not in _OPTIONS[kind]:
                called = _CALLED[kind]
                raise UsageError(f"{name} does not go with {called}", hint=f"{what} is {called}")
        if kind == "data":
            from jupyter_mlops.checks.data import check_data

            return check_data(self.store, self.config, what, None if schema is None else Path(schema))
        if kind == "model":
            from jupyter_mlops.checks.model import check_model

            return check_model(self.store, self.config, what, **judged_on)
        from jupyter_mlops.checks.notebook import check_notebook

        return check_notebook(
            self.store,
            Path(what),
            text=text or {},
            values=parameters or {},
            kernel=kernel,
            progress=progress,
        )

    def infer_schema(self, data: Any, output: Path | str | None = None, *, force: bool = False) -> Path:
        """Write a schema that the data fulfil as they are, for a person to edit; the file, by default
        ``checks/NAME.yaml``.

        Raises:
            NotFound: there are no such data.
            Refused: the file is there already, and is not to be replaced by `force`.
        """
        from jupyter_mlops.checks.data import write_inferred

        target = None if output is None else Path(output)
        return write_inferred(self.store, self.config, data, target, force=force)

    def _subject(self, subject: Any) -> tuple[str, Any]:
        if isinstance(subject, Path):
            return ("notebook" if subject.suffix == ".ipynb" else "data"), subject
        if not isinstance(subject, str):
            return "data", subject
        from jupyter_mlops.checks.subject import subject_of

        return subject_of(self.store, self.config, subject)
