"""The run that is to be replayed, put together from its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import (
    SECRET_TYPE,
    CellRecord,
    CellStatus,
    Parameter,
    Provenance,
    RecordedParameter,
    Run,
    RunKind,
    RunRequest,
    RunStatus,
    Secret,
)
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.notebooks.document import (
    INJECTED_TAG,
    Notebook,
    code_cells,
    find_tagged,
    read_notebook,
    tags,
)
from jupyter_mlops.notebooks.executed import MARKER_TAG
from jupyter_mlops.notebooks.journal import read_journal
from jupyter_mlops.notebooks.order import check_order
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.secrets import read_secret
from jupyter_mlops.notebooks.values import default_value, record
from jupyter_mlops.tracking import datasets, registry
from jupyter_mlops.tracking import tags as names
from jupyter_mlops.tracking.freed import told_of
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.reader import find_run, local_copy, parameters_in, provenance_in
from jupyter_mlops.tracking.store import Store

SKIP_TAG = "skip-execution"
_SHORT = 8
_WITH_NOTEBOOK = frozenset({RunKind.HEADLESS, RunKind.SESSION, RunKind.REPLAY})


@dataclass(frozen=True)
class Original:
    """A recorded run. `run` is the one that was asked for, `root` the one that keeps its notebook: itself, or
    the one that it is part of; `family` is `root` and all its parts.

    `notebook` is as a person knows it, without injected parameters, with the outputs that were recorded;
    `cells` are the executions, each with its place in it, or -1.
    """

    run: Run
    root: Run
    family: tuple[Run, ...]
    notebook: Notebook
    path: Path
    injected: str | None
    parameters: tuple[RecordedParameter, ...]
    cells: tuple[CellRecord, ...]
    provenance: Provenance | None
    findings: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """It came from a live session: the notebook is as it was saved."""
        return self.root.kind is RunKind.SESSION

    def request(self, *, kernel: str | None, given: Mapping[str, Any] | None = None) -> RunRequest:
        """What is to be run; its parameters are `given`, or else as they were.

        Raises:
            Refused: its parameters cannot be given again.
        """
        for parameter in self.parameters:
            if parameter.type == SECRET_TYPE:
                read_secret(Secret(reference=parameter.value))
        if given is None:
            given = self._as_they_were()
        return RunRequest(
            notebook=self.path,
            document=_as_it_ran(self.notebook, self.cells),
            experiment=self.root.experiment,
            name=f"replay of {self.root.name}",
            kernel=kernel,
            cold=True,
            tags={names.KIND: RunKind.REPLAY.value, names.REPLAY_OF: self.root.run_id},
            environment={names.REPLAY_VARIABLE: self.root.run_id},
            **given,
        )

    def _as_they_were(self) -> dict[str, Any]:
        if not self.live:
            return {"injected": self.injected, "recorded": self.parameters}
        values, text = regiven(read_parameters(self.notebook) or (), self.parameters)
        return {"values": values, "text": text}


def find_replayed(store: Store, what: str) -> tuple[Run, str]:
    """The run that ``RUN``, ``MODEL@VERSION`` or ``MODEL@ALIAS`` means (a replay means the one it is of),
    and what a person calls it.

    Raises:
        NotFound: there is none.
        Refused: the version was made by no run, or by one that was deleted.
    """
    if store.is_new:  # looking must not make it
        raise NotFound(f"no run and no model {what!r}", hint="nothing was recorded here yet")
    if "@" not in what:
        return _found_run(store, what)
    try:
        version = registry.find_version(store, what)
    except NotFound as error:
        try:
            return _found_run(store, what)  # a run may be called so, too
        except NotFound:
            raise error from None
    label = f"{version.name}@{version.version}"
    if version.run_id is None:
        raise Refused(f"{label} was made by no run", hint="register what a run made: run --register MODEL")
    try:
        return find_run(store, version.run_id), label
    except NotFound:
        raise Refused(
            f"the run {version.run_id[:_SHORT]} that made {label} was deleted",
            hint=f"bring it back: mlflow runs restore --run-id {version.run_id}",
        ) from None


def _found_run(store: Store, what: str) -> tuple[Run, str]:
    run = find_run(store, what)
    if run.kind is RunKind.REPLAY:  # the run is meant that it is of
        run = find_run(store, marks_of(store, run.run_id).get(names.REPLAY_OF, ""))
    return run, f"{run.name} ({run.run_id[:_SHORT]})"


def read_original(store: Store, run: Run) -> Original:
    """All that is needed to run it again.

    Raises:
        Refused: it still goes on, or left too little.
    """
    root = _root(store, run)
    name = Path(root.notebook or "").name
    with local_copy(store, root.run_id, names.FOLDER) as folder:
        known = _kept_notebook(folder, name)
        parameters = parameters_in(folder)
        journal = read_journal(folder / names.JOURNAL)
        provenance = provenance_in(folder)
    if known is None:
        raise _no_notebook(root, told_of(store, root.run_id))
    path = (store.root / str(root.notebook)).absolute()
    if not path.parent.is_dir():
        raise Refused(
            f"the folder of {root.notebook} is gone, in which the notebook ran", hint="bring it back"
        )
    live = root.kind is RunKind.SESSION
    found = find_tagged(known, INJECTED_TAG)
    return Original(
        run=run,
        root=root,
        family=family(store, root),
        notebook=cleaned(known),
        path=path,
        injected=found[1]["source"] if found else None,
        parameters=tuple(parameters),
        cells=tuple(placed(known, journal, by_id=live)),
        provenance=provenance,
        findings=tuple(finding.message for finding in check_order(known, journal)) if live else (),
    )


def family(store: Store, root: Run) -> tuple[Run, ...]:
    """The run and all that are part of it, oldest first; of those that were replaced only the last."""
    found, newest = [root], [root.run_id]
    while newest:
        below = [run for run in datasets.children_of(store, newest) if run.run_id not in newest]
        found += sorted(below, key=lambda run: (str(run.started), run.run_id))
        newest = [run.run_id for run in below]
    replaced = {run.replaces for run in found[1:]}
    return tuple(run for run in found if run is root or run.run_id not in replaced)


def cleaned(notebook: Notebook) -> Notebook:
    """The notebook as a person knows it: without injected parameters and the marks of a failed run."""
    kept = [cell for cell in notebook["cells"] if not _is_ours(cell)]
    return {**notebook, "cells": kept}


def placed(notebook: Notebook, journal: Sequence[CellRecord], *, by_id: bool) -> list[CellRecord]:
    """The executions, each with the place of its cell in the `cleaned` notebook; -1 where that is unknown, as
    of injected parameters."""
    ran = [cell for cell in notebook["cells"] if MARKER_TAG not in tags(cell)]
    places: dict[int, int] = {}
    for index, cell in enumerate(ran):
        if INJECTED_TAG not in tags(cell):
            places[index] = len(places)
    identifiers = {str(cell.get("id")): places[index] for index, cell in enumerate(ran) if index in places}
    return [
        each.model_copy(
            update={"index": identifiers.get(str(each.cell_id), -1) if by_id else places.get(each.index, -1)}
        )
        for each in journal
    ]


def regiven(
    declared: Sequence[Parameter], recorded: Sequence[RecordedParameter]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Values, and texts that are read by the declared type, of the recorded parameters whose default another
    run would not give again: of those that the parameters cell declares, and does not compute from others."""
    by_name = {parameter.name: parameter for parameter in declared}
    values: dict[str, Any] = {}
    text: dict[str, str] = {}
    for each in recorded:
        parameter = by_name.get(each.name)
        if parameter is None or parameter.derived or not each.type:
            continue
        if each.type == SECRET_TYPE:
            values[each.name] = Secret(reference=each.value)
        elif each != _default(parameter):
            if each.type == "str":  # a text that looks like a reference is none
                values[each.name] = f"text:{each.value}" if _referring(each.value) else each.value
            else:
                text[each.name] = each.value
    return values, text


def _default(parameter: Parameter) -> RecordedParameter | None:
    value = default_value(parameter)
    if value is None and parameter.default_source != "None":
        return None
    return record(parameter.name, value)


def _referring(value: str) -> bool:
    return value.startswith(("env:", "file:", "text:"))


def _root(store: Store, run: Run) -> Run:
    """The run itself, or the one above it that keeps the notebook."""
    _refuse_kind(run)
    current = run
    while current.parent is not None and current.kind in {RunKind.CELL, RunKind.USER}:
        parent = current.parent
        try:
            current = find_run(store, parent)
        except NotFound:
            raise Refused(
                f"the run {parent[:_SHORT]} that {current.name} is part of was deleted",
                hint=f"bring it back: mlflow runs restore --run-id {parent}",
            ) from None
    if current.kind not in _WITH_NOTEBOOK or current.notebook is None:
        raise _no_notebook(current, told_of(store, current.run_id))
    if current.status in {RunStatus.RUNNING, RunStatus.SCHEDULED}:
        raise Refused(f"run {current.run_id[:_SHORT]} still goes on", hint="wait for its end, or cancel it")
    return current


def _refuse_kind(run: Run) -> None:
    name = f"run {run.run_id[:_SHORT]}"
    if run.kind is RunKind.PIPELINE:
        raise Refused(
            f"{name} is the run of a whole pipeline", hint="reproduce one of its steps: jupyter mlops runs"
        )
    if run.kind in {RunKind.CHECK, RunKind.DATASET, RunKind.LEDGER, RunKind.MONITOR}:
        raise Refused(f"{name} ran no notebook: its kind is {run.kind.value}", hint="name another run")


def _no_notebook(run: Run, freed: str) -> Refused:
    if freed:
        return Refused(f"run {run.run_id[:_SHORT]}: {freed}", hint="name a newer run: jupyter mlops runs")
    return Refused(
        f"run {run.run_id[:_SHORT]} ({run.kind.value}) kept no notebook",
        hint="only what ran headless, or between %track start and %track stop in a saved notebook, can be",
    )


def _kept_notebook(folder: Path, name: str) -> Notebook | None:
    found = folder / name
    if not name or not found.is_file():
        others = sorted(folder.glob("*.ipynb")) if folder.is_dir() else []
        if len(others) != 1:
            return None
        found = others[0]
    return read_notebook(found)


def _as_it_ran(notebook: Notebook, cells: Sequence[CellRecord]) -> Notebook:
    """The notebook, in which cells that a part of it left out are left out again."""
    left_out = {each.index for each in cells if each.status is CellStatus.SKIPPED}
    ran = {each.index for each in cells if each.status is not CellStatus.SKIPPED}
    made = [dict(cell) for cell in notebook["cells"]]
    for index, cell in code_cells({**notebook, "cells": made}):
        if index in left_out - ran and SKIP_TAG not in tags(cell):
            metadata = dict(cell.get("metadata", {}))
            cell["metadata"] = {**metadata, "tags": [*tags(cell), SKIP_TAG]}
    return {**notebook, "cells": made}


def _is_ours(cell: Mapping[str, Any]) -> bool:
    return bool({MARKER_TAG, INJECTED_TAG} & set(tags(cell)))
