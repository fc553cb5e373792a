"""The engine that hosts of Papermill find under ``--engine jupyter-mlops``."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from papermill.engines import Engine

from jupyter_mlops.exceptions import ParameterError


class MLOpsEngine(Engine):
    """Runs cells truthfully: a cell that never ran is not called completed, a killed one is called killed.

    Any host of Papermill (its CLI, Airflow's operator ...) gets the run recorded in the project of the
    input notebook.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool = True,
        log_output: bool = False,
        input_path: str | None = None,
        execution_timeout: float | None = None,
        **settings: Any,
    ) -> Any:
        """The notebook with its outputs. Papermill raises for a failed cell itself.

        Raises:
            RuntimeError: the kernel died, a limit was exceeded or the run was cancelled, which Papermill
                would not notice.
        """
        from jupyter_mlops.config import find_root, load_config
        from jupyter_mlops.execution.limits import Limits
        from jupyter_mlops.execution.plan import Plan
        from jupyter_mlops.execution.runner import run_plan
        from jupyter_mlops.notebooks.executed import prepared
        from jupyter_mlops.tracking import leases
        from jupyter_mlops.tracking.store import Store

        _refuse_code_as_name(nb)
        path = Path(input_path or "notebook.ipynb").absolute()
        root = find_root(path.parent, otherwise=Path.cwd())
        store = Store(root, load_config(root).tracking)
        planned = Plan(
            path=path,
            notebook=prepared(json.loads(json.dumps(nb))),
            parameters=_injected(nb),
            kernel_name=kernel_name,
            experiment=store.default_experiment,
            name=path.stem,
            folder=Path.cwd(),
            limits=Limits(cell=execution_timeout),
        )
        run = run_plan(planned, store, anchor=False)
        _take_over(nb, leases.kept_folder(store, run.run_id) / path.name)
        leases.release(store, run.run_id)
        if run.exit_code not in {0, 1, 3}:
            raise RuntimeError(f"{path.name}: {run.error} (run {run.run_id})")
        return nb


def _take_over(nb: Any, executed: Path) -> None:
    """Fill Papermill's own notebook object, which it saves."""
    import nbformat

    done = nbformat.from_dict(json.loads(executed.read_text(encoding="utf-8")))
    nb.cells = done.cells
    nb.metadata.update(done.metadata)


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
