"""A gate that is a notebook: its cells tagged ``check``, run on the version at hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.checks.notebook import check_notebook
from jupyter_mlops.entities import CellRecord, Gate
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.notebooks.document import Notebook, read_notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.promotion.context import Context, Verdict
from jupyter_mlops.promotion.judges.model import judge_model_checks, key_model_checks
from jupyter_mlops.promotion.judges.options import ChecksOptions, options_of
from jupyter_mlops.promotion.judges.reported import verdict_of
from jupyter_mlops.provenance import display_path


def judge_checks(gate: Gate, context: Context) -> Verdict:
    """Run the notebook of the gate headless, recorded, whenever it is judged; a gate that names none stands
    for the model's own checks.

    Parameters `model` (``churn@2``), `version` (``2``) and `champion` (``churn@1``, left at its default where
    there is none) are given if its parameters cell declares them, and those of the gate, which win.

    Raises:
        NotFound: there is no such notebook.
        Refused: it has no check, or cannot be run.
    """
    options = options_of(gate, ChecksOptions)
    if options.notebook is None:
        return judge_model_checks(gate, context)
    path = _path(context, options.notebook)
    shown = display_path(context.store.root, path)
    text, values = _given(context, read_notebook(path), options.parameters)

    told = -1

    def tell(record: CellRecord, done: int, cells: int) -> None:
        nonlocal told
        if done > told:  # while a cell runs it is called every second
            told = done
            context.tell(f"{shown}: {done} of {cells} cells")

    report = check_notebook(
        context.store, path, text=text, values=values, kernel=options.kernel, progress=tell
    )
    return verdict_of(report, notebook=shown, model=context.label)


def key_checks(gate: Gate, context: Context) -> str:
    """That of the model's own checks. A notebook has none, and is run each time: what it reads, imports or
    asks others for cannot be told from its text."""
    return "" if options_of(gate, ChecksOptions).notebook else key_model_checks(gate, context)


def _path(context: Context, name: str) -> Path:
    path = context.store.root / name
    if not path.is_file():
        raise NotFound(f"there is no notebook {name}", hint="a gate's paths are from the project's root")
    return path


def _given(
    context: Context, notebook: Notebook, own: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Values as text, which are read by the declared type, and typed ones."""
    champion = context.champion
    told = {
        "model": context.label,
        "version": context.version.version,
        "champion": None if champion is None else f"{champion.name}@{champion.version}",
    }
    declared = {parameter.name for parameter in read_parameters(notebook) or ()}
    text = {name: each for name, each in told.items() if each is not None and name in declared}
    values: dict[str, Any] = {}
    for name, value in own.items():
        text.pop(name, None)
        if isinstance(value, str):
            text[name] = value
        else:
            values[name] = value
    return text, values
