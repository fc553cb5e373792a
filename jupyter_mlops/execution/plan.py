"""Everything that can refuse a headless run, checked before a kernel starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import RecordedParameter, RunRequest
from jupyter_mlops.exceptions import KernelNotInstalled, Refused
from jupyter_mlops.execution.languages import check_foreign, inject_foreign, is_python, kernel_language
from jupyter_mlops.notebooks.declared import chosen_experiments, opens_one_run, tracked_experiment
from jupyter_mlops.notebooks.derived import rewritten_names
from jupyter_mlops.notebooks.document import PARAMETERS_TAG, Notebook, find_tagged, read_notebook
from jupyter_mlops.notebooks.injection import inject
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import check_request, default_value, record
from jupyter_mlops.tracking.store import Store


@dataclass
class Plan:
    """A run that nothing stands in the way of any more."""

    path: Path
    notebook: Notebook
    parameters: Sequence[RecordedParameter]
    kernel_name: str
    experiment: str
    name: str
    attach: bool = True  # the notebook's first mlflow.start_run() may continue our run
    parent: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None  # where the kernel runs; the notebook's own folder, as in JupyterLab


def plan(request: RunRequest, store: Store) -> Plan:
    """Check all that can be checked before a kernel starts.

    Raises:
        Refused: notebook, parameters, kernel, output folder or store will not do; nothing was recorded.
    """
    notebook = read_notebook(request.notebook)
    path = request.notebook.absolute()
    kernel_name = _kernel(notebook, path)
    language = kernel_language(notebook, kernel_name)
    values = _checked(request, notebook, kernel_name, language)
    chosen = chosen_experiments(notebook)
    experiment = request.experiment or tracked_experiment(notebook)
    if experiment is None and len(chosen) == 1:
        experiment = next(iter(chosen))
    experiment = experiment or store.default_experiment
    if request.output is not None:
        _writable(request.output)
    store.experiment_id(experiment)
    return Plan(
        path=path,
        notebook=_injected(notebook, values, kernel_name, language),
        parameters=_recorded(notebook, values, language),
        kernel_name=kernel_name,
        experiment=experiment,
        name=request.name or path.stem,
        attach=chosen <= {experiment} and opens_one_run(notebook),
        parent=request.parent,
        tags=dict(request.tags),
    )


def _checked(request: RunRequest, notebook: Notebook, kernel_name: str, language: str) -> dict[str, Any]:
    if not (request.text or request.values):
        return {}
    if is_python(language):
        return check_request(read_parameters(notebook), request.text, request.values)
    return check_foreign(notebook, kernel_name, language, request.text, request.values)


def _injected(notebook: Notebook, values: dict[str, Any], kernel_name: str, language: str) -> Notebook:
    if is_python(language):
        return inject(notebook, values)
    return inject_foreign(notebook, values, kernel_name, language)


def _recorded(notebook: Notebook, values: dict[str, Any], language: str) -> list[RecordedParameter]:
    """Every parameter with the value it will have: as given, else, in Python, its default."""
    if not is_python(language):
        return [record(name, value) for name, value in values.items()]
    try:
        declared = read_parameters(notebook) or ()
    except Refused:
        return []
    recorded = []
    found = find_tagged(notebook, PARAMETERS_TAG)
    rewritten = rewritten_names(found[1]["source"]) if found else {}
    for parameter in declared:
        if parameter.name in values:
            recorded.append(record(parameter.name, values[parameter.name]))
        elif parameter.name in rewritten:  # its default is not the value that it will have
            source = " ".join(rewritten[parameter.name].split())
            recorded.append(RecordedParameter(name=parameter.name, value=source, type=""))
        elif (value := default_value(parameter)) is not None or parameter.default_source == "None":
            recorded.append(record(parameter.name, value))
        else:
            recorded.append(RecordedParameter(name=parameter.name, value=parameter.default_source, type=""))
    return recorded


def _kernel(notebook: Notebook, path: Path) -> str:
    """The kernel the notebook names, if it is installed; a notebook that names none gets ``python3``."""
    from jupyter_client.kernelspec import KernelSpecManager

    name = str(notebook["metadata"].get("kernelspec", {}).get("name") or "python3")
    installed = KernelSpecManager().find_kernel_specs()
    if name not in installed:
        raise KernelNotInstalled(
            f"{path.name} asks for the kernel {name!r}, which is not installed",
            hint=f"there are: {', '.join(sorted(installed)) or 'none'}; choose one of them in JupyterLab",
        )
    return name


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"the output folder {folder} cannot be made: {error}", hint="choose another") from None
    if not os.access(folder, os.W_OK):
        raise Refused(f"the output folder {folder} cannot be written", hint="choose another")
