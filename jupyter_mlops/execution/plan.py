"""Everything that can refuse a headless run, checked before a kernel starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import SECRET_TYPE, Provenance, RecordedParameter, RunRequest, Secret
from jupyter_mlops.exceptions import KernelNotInstalled, NotebookError, Refused
from jupyter_mlops.execution.destination import check_output
from jupyter_mlops.execution.kernels import kernel_spec
from jupyter_mlops.execution.languages import check_foreign, inject_foreign, is_python, kernel_language
from jupyter_mlops.execution.limits import Limits, seconds
from jupyter_mlops.execution.resume import Former, PartialSteps, find_former, part, resumed
from jupyter_mlops.execution.steps import Steps
from jupyter_mlops.notebooks.declared import chosen_experiments, opens_one_run, tracked_experiment
from jupyter_mlops.notebooks.derived import rewritten_names
from jupyter_mlops.notebooks.document import PARAMETERS_TAG, Notebook, code_cells, find_tagged, read_notebook
from jupyter_mlops.notebooks.executed import prepared
from jupyter_mlops.notebooks.injection import inject, with_injected
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import check_request, default_value, record
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

Finish = Callable[[Recorder, Provenance], None]


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
    environment: dict[str, str] = field(default_factory=dict)  # added to the kernel's
    folder: Path | None = None  # where the kernel runs; the notebook's own folder, as in JupyterLab
    limits: Limits = field(default_factory=Limits)
    steps: Steps = field(default_factory=Steps)
    recorded: bool = True
    cold: bool = False  # its kernel is started anew, whatever is warm
    more_to_come: bool = False  # of its kind, by this process
    replaces: str | None = None  # the failed run that this one goes on from
    begun: Callable[[Recorder], None] | None = None  # called with the run's recorder, before any cell
    finish: Finish | None = None  # called where all cells ended well, before the run is told to be FINISHED

    def secrets(self) -> dict[str, Secret]:
        """The parameters that are secrets, by name."""
        return {p.name: Secret(reference=p.value) for p in self.parameters if p.type == SECRET_TYPE}


def plan(request: RunRequest, store: Store) -> Plan:
    """Check all that can be checked before a kernel starts.

    Raises:
        Refused: notebook, parameters, kernel, output folder or store will not do; nothing was recorded.
    """
    if not request.record:
        _refuse_unrecorded(request)
    former = find_former(store, request.resume) if request.resume is not None else None
    source = _source(request, former)
    notebook = read_notebook(source) if request.document is None else dict(request.document)
    path = source.absolute()
    kernel_name = kernel_of(notebook, path, request.kernel or (former.kernel if former else None))
    language = kernel_language(notebook, kernel_name)
    values = checked_values(request, notebook, kernel_name, language)
    experiment = _experiment(request, notebook, former) or store.default_experiment
    limits = _limits(request, notebook)
    if request.record:
        store.experiment_id(experiment)
    known = former.parameters if former else request.recorded
    recorded = known or ([] if former else _recorded(notebook, values, language))
    if request.shown:
        told = request.shown
        recorded = [each.model_copy(update={"value": told.get(each.name, each.value)}) for each in recorded]
    if request.output is not None:
        named = {p.name: p.value for p in recorded}
        check_output(request.output, store.root, named, path, recorded=request.record)
    if former is not None or request.injected is not None:
        injected = with_injected(notebook, former.injected if former else request.injected)
    else:
        injected = _injected(notebook, values, kernel_name, language)
    steps = _steps(request, injected, former)
    return Plan(
        path=path,
        notebook=_with_kernel(prepared(injected), kernel_name),
        parameters=recorded,
        replaces=former.run.run_id if former else request.replaces,
        steps=steps,
        kernel_name=kernel_name,
        experiment=experiment,
        name=request.name or (former.run.name if former else path.stem),
        attach=chosen_experiments(notebook) <= {experiment} and opens_one_run(notebook),
        parent=request.parent,
        tags=dict(request.tags),
        environment=dict(request.environment),
        limits=limits,
        recorded=request.record,
        cold=request.cold,
    )


def _refuse_unrecorded(request: RunRequest) -> None:
    asked = {
        "--resume": request.resume,
        "--checkpoint": request.checkpoint,
        "--experiment": request.experiment,
    }
    for option, value in asked.items():
        if value is not None:
            raise Refused(
                f"a run that is not recorded has no {option.removeprefix('--')}",
                hint=f"leave out either --no-record or {option}",
            )


def _experiment(request: RunRequest, notebook: Notebook, former: Former | None) -> str | None:
    """As asked for, as the resumed run had it, or as the notebook itself says."""
    found = request.experiment or (former and former.run.experiment) or tracked_experiment(notebook)
    chosen = chosen_experiments(notebook)
    return next(iter(chosen)) if found is None and len(chosen) == 1 else found


def _with_kernel(notebook: Notebook, kernel_name: str) -> Notebook:
    """The notebook says which kernel ran it, also where that was not its own."""
    kernelspec = notebook["metadata"].get("kernelspec")
    if isinstance(kernelspec, dict) and kernelspec.get("name") == kernel_name:
        return notebook
    told = {"name": kernel_name, "display_name": kernel_name}
    return {**notebook, "metadata": {**notebook["metadata"], "kernelspec": told}}


def _limits(request: RunRequest, notebook: Notebook) -> Limits:
    """The limits asked for, all that cells ask for themselves looked at."""
    each, whole = request.cell_timeout, request.timeout
    limits = Limits(
        cell=None if each is None else seconds(each),
        run=None if whole is None else seconds(whole),
        grace=request.grace,
    )
    for number, cell in enumerate(notebook["cells"], 1):
        try:
            limits.of(cell)
        except Refused as error:
            raise Refused(f"cell {number}: timeout: {error}", hint=error.hint) from None
    return limits


def checked_values(
    request: RunRequest, notebook: Notebook, kernel_name: str, language: str
) -> dict[str, Any]:
    """The parameters that are given, as values that fit their declarations.

    Raises:
        ParameterError: one does not.
    """
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


def _source(request: RunRequest, former: Former | None) -> Path:
    if former is None:
        if request.notebook is None:
            raise Refused("no notebook was named", hint="jupyter mlops run NOTEBOOK, or --resume RUN")
        return request.notebook
    if request.text or request.values or request.start or request.only:
        raise Refused(
            "a resumed run has the parameters and cells of the run it goes on from",
            hint="leave --resume out to run with others",
        )
    if request.notebook is not None and request.notebook.resolve() != former.path.resolve():
        raise Refused(
            f"run {former.run.run_id[:8]} ran {former.run.notebook}, not {request.notebook}",
            hint="name no notebook with --resume",
        )
    return former.path


def _steps(request: RunRequest, notebook: Notebook, former: Former | None) -> Steps:
    if request.start is not None and request.only is not None:
        raise Refused("--from and --only exclude each other", hint="give one of them")
    return PartialSteps(
        skipped=part(notebook, request.start, request.only),
        carried=resumed(former, notebook) if former else {},
        former=former,
        longer_than=request.checkpoint,
    )


def kernel_of(notebook: Notebook, path: Path, wanted: str | None) -> str:
    """The kernel that is wanted, or the notebook names, if it is installed.

    Raises:
        Refused: it is not, there is none, or there is nothing to run.
    """
    kernelspec = notebook["metadata"].get("kernelspec")
    name = wanted or (kernelspec.get("name") if isinstance(kernelspec, dict) else None)
    if not name:
        raise NotebookError(
            f"{path.name} names no kernel (its metadata has no kernelspec)",
            hint="choose a kernel in JupyterLab and save, or name one: --kernel python3",
        )
    if not any(True for _ in code_cells(notebook)):
        raise NotebookError(f"{path.name} has no code cells, so there is nothing to run", hint="add one")
    try:
        kernel_spec(name)
    except KernelNotInstalled as error:
        raise KernelNotInstalled(
            f"{path.name} asks for the kernel {name!r}, which is not installed", hint=error.hint
        ) from None
    return name
