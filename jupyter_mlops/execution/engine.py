"""The engine that hosts of Papermill find under ``--engine jupyter-mlops``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

from papermill.engines import Engine

from jupyter_mlops.exceptions import ParameterError


class MLOpsEngine(Engine):
    """Runs cells truthfully: a cell that never ran is not called completed, a killed one is called killed.

    `jupyter mlops run` hands it `cells`. Any other host of Papermill (its CLI, Airflow's operator ...) gets
    the same run recorded in the project of the input notebook.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        cells: Callable[[], None] | None = None,
        input_path: str | None = None,
        **settings: Any,
    ) -> Any:
        """The notebook with its outputs. Papermill raises for a failed cell itself.

        Raises:
            RuntimeError: the kernel died or the run was cancelled, which Papermill would not notice.
        """
        if cells is not None:
            cells()
            return nb
        return _run_for_host(nb, kernel_name, input_path)


def _run_for_host(nb: Any, kernel_name: str, input_path: str | None) -> Any:
    from jupyter_mlops.config import find_root, load_config
    from jupyter_mlops.execution.plan import Plan
    from jupyter_mlops.execution.runner import run_plan
    from jupyter_mlops.tracking import leases
    from jupyter_mlops.tracking.store import Store

    _refuse_code_as_name(nb)
    path = Path(input_path or "notebook.ipynb").absolute()
    root = find_root(path.parent, otherwise=Path.cwd())
    store = Store(root, load_config(root).tracking)
    planned = Plan(
        path=path,
        notebook=nb,
        parameters=_injected(nb),
        kernel_name=kernel_name,
        experiment=store.default_experiment,
        name=path.stem,
        folder=Path.cwd(),
    )
    run = run_plan(planned, store, anchor=False)
    leases.release(store, run.run_id)
    nb.cells = planned.notebook["cells"]
    nb.metadata.update(planned.notebook["metadata"])
    if run.exit_code not in {0, 1}:
        raise RuntimeError(f"{path.name}: {run.error} (run {run.run_id})")
    return nb


def _refuse_code_as_name(nb: Any) -> None:
    """Papermill has written ``NAME = value`` whatever the name was; nothing has run yet.

    Raises:
        ParameterError: a name is more than a name, and would run as code.
    """
    for name in nb.metadata.get("papermill", {}).get("parameters", {}):
        if not str(name).isidentifier():
            raise ParameterError(
                f"parameter {name!r} is not a name", hint="write letters, digits and underscores only"
            )


def _injected(nb: Any) -> list[Any]:
    """The values Papermill itself injected, as far as they are literals."""
    from jupyter_mlops.notebooks.document import INJECTED_TAG, find_tagged
    from jupyter_mlops.notebooks.values import record

    found = find_tagged(nb, INJECTED_TAG)
    recorded = []
    for statement in _statements(found[1]["source"]) if found else ():
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                recorded.append(record(statement.targets[0].id, ast.literal_eval(statement.value)))
            except ValueError:
                continue
    return recorded


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []
