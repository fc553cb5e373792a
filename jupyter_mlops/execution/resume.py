"""Part of a notebook: from a cell on, only tagged cells, or what a failed run left undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import (
    SECRET_TYPE,
    CellRecord,
    CellStatus,
    Checkpoint,
    RecordedParameter,
    Run,
    RunKind,
    RunStatus,
    Secret,
)
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.execution.checkpoints import find_checkpoint, keep_state, restore_state
from jupyter_mlops.execution.steps import Steps
from jupyter_mlops.notebooks.document import (
    CHECK_TAG,
    INJECTED_TAG,
    PARAMETERS_TAG,
    Cell,
    Notebook,
    cell_digest,
    code_cells,
    find_tagged,
    read_notebook,
    tags,
)
from jupyter_mlops.notebooks.secrets import secret_source
from jupyter_mlops.tracking.freed import told_of
from jupyter_mlops.tracking.reader import details, find_run, local_copy
from jupyter_mlops.tracking.store import Store
from jupyter_mlops.tracking.tags import FOLDER

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import CellClient


@dataclass
class Former:
    """The run that is resumed: what its cells did, its executed notebook, its last checkpoint."""

    run: Run
    cells: Sequence[CellRecord]
    notebook: Notebook
    path: Path  # the notebook it ran
    checkpoint: Checkpoint | None
    parameters: Sequence[RecordedParameter]

    @property
    def injected(self) -> str | None:
        """Source of the cell that assigned its parameters."""
        found = find_tagged(self.notebook, INJECTED_TAG)
        return found[1]["source"] if found else None

    @property
    def kernel(self) -> str | None:
        """The name of the kernel that ran it."""
        kernelspec = self.notebook["metadata"].get("kernelspec") or {}
        return kernelspec.get("name")

    @property
    def secret_source(self) -> str:
        """Code that assigns its secrets again: no checkpoint holds them."""
        return "\n".join(
            f"{p.name} = {secret_source(Secret(reference=p.value))}"
            for p in self.parameters
            if p.type == SECRET_TYPE
        )


@dataclass
class PartialSteps(Steps):
    """Takes over the cells up to the checkpoint of `former`, state and outputs, and keeps the state of its
    own after each cell that took longer than `longer_than` seconds."""

    former: Former | None = None
    longer_than: float | None = None
    store: Store | None = None
    run_id: str = ""

    def attach(self, store: Store, run_id: str) -> None:
        """The run that these are the steps of."""
        self.store, self.run_id = store, run_id

    def prepare(self, client: CellClient) -> None:
        """Restore state and outputs of the cells that are carried over."""
        super().prepare(client)
        former = self.former
        if former is None or former.checkpoint is None:
            return
        restore_state(client, former.checkpoint, former.secret_source)
        shown = [cell for cell in former.notebook["cells"] if not _is_mark(cell)]
        for index in self.carried:
            client.adopt(index, shown[index].get("outputs", []))

    def after(self, client: CellClient, record: CellRecord) -> None:
        """Keep the state, if the cell was long enough."""
        if self.store is None or self.longer_than is None or (record.duration or 0.0) <= self.longer_than:
            return
        digests = [cell_digest(c["source"]) for i, c in code_cells(client.notebook) if i <= record.index]
        keep_state(client, self.store, self.run_id, record.index, digests)


def part(notebook: Notebook, start: str | None, only: str | None) -> frozenset[int]:
    """Indices of the code cells that are left out when the run begins at cell `start` or takes `only` cells
    with a tag. Parameters are always taken.

    Raises:
        Refused: no cell answers to it.
    """
    cells = [(i, c) for i, c in code_cells(notebook) if not {PARAMETERS_TAG, INJECTED_TAG} & set(tags(c))]
    if only is not None:
        known = {tag for _, cell in cells for tag in tags(cell)}
        if only not in known:
            raise Refused(f"no cell is tagged {only!r}", hint=did_you_mean(only, known))
        return frozenset(index for index, cell in cells if only not in tags(cell))
    if start is None:
        return frozenset()
    first = _place(notebook, start)
    return frozenset(index for index, _ in cells if index < first)


def find_former(store: Store, reference: str) -> Former:
    """The run to resume, with all that is needed for it.

    Raises:
        NotFound: there is no such run.
        Refused: it is none that could be resumed.
    """
    run = find_run(store, reference)
    name = f"run {run.run_id[:8]}"
    if run.kind is not RunKind.HEADLESS or run.notebook is None:
        raise Refused(f"{name} is no headless run", hint="only those can be resumed; run its notebook")
    if run.status not in {RunStatus.FAILED, RunStatus.KILLED}:
        raise Refused(f"{name} is {run.status.value}: there is nothing to resume", hint="run it again")
    path = store.root / run.notebook
    with local_copy(store, run.run_id, f"{FOLDER}/{path.name}") as kept:
        if not kept.exists():
            why = told_of(store, run.run_id) or "it left no executed notebook to go on from"
            raise Refused(f"{name}: {why}", hint="run it again from the top")
        notebook = read_notebook(kept)
    known = details(store, run)
    if not known.cells:
        raise Refused(f"{name} left no journal to go on from", hint="run it again from the top")
    return Former(
        run=run,
        cells=known.cells,
        parameters=known.parameters,
        notebook=notebook,
        path=path,
        checkpoint=find_checkpoint(store, run.run_id),
    )


def resumed(former: Former, notebook: Notebook) -> dict[int, CellRecord]:
    """The cells that need not run again, by index: those up to the checkpoint, or none without one.

    Raises:
        Refused: source above the first cell that is not ok has changed, or the checkpoint is not whole.
    """
    undone = _first_undone(former)
    sources = {index: cell["source"] for index, cell in code_cells(notebook)}
    for record in former.cells:
        if record.index < undone and cell_digest(sources.get(record.index, "")) != record.digest:
            raise Refused(
                f"cell {record.index + 1} was changed since run {former.run.run_id[:8]}, so what it left "
                "cannot be gone on from",
                hint=f"run the notebook from the top, or from there on: --from {record.index + 1}",
            )
    known = {record.index for record in former.cells}
    new = next((i for i, source in sources.items() if i < undone and source.strip() and i not in known), None)
    if new is not None:
        raise Refused(f"cell {new + 1} was added since that run", hint="run the notebook from the top")
    checkpoint = former.checkpoint
    if checkpoint is None:
        return {}
    if checkpoint.missing:
        lost = "; ".join(f"{name} ({why})" for name, why in sorted(checkpoint.missing.items()))
        raise Refused(
            f"the checkpoint after cell {checkpoint.index + 1} lacks what could not be pickled: {lost}",
            hint="run the notebook from the top, without --resume",
        )
    return {
        record.index: record.model_copy(
            update={"carried_from": record.carried_from or former.run.run_id, "execution_count": None}
        )
        for record in former.cells
        if record.index <= checkpoint.index
    }


def _first_undone(former: Former) -> int:
    """Index of the first cell that did not end well."""
    allowed = {
        index
        for index, cell in enumerate(_unmarked(former.notebook))
        if {"raises-exception", CHECK_TAG} & set(tags(cell))
    }
    for record in former.cells:
        done = record.status in {CellStatus.OK, CellStatus.SKIPPED}
        if not done and not (record.status is CellStatus.FAILED and record.index in allowed):
            return record.index
    return len(_unmarked(former.notebook))


def _unmarked(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook["cells"] if not _is_mark(cell)]


def _is_mark(cell: Mapping[str, Any]) -> bool:
    from jupyter_mlops.notebooks.executed import MARKER_TAG

    return MARKER_TAG in tags(cell)


def _place(notebook: Notebook, start: str) -> int:
    """Index of the cell that a number (from 1, all cells counted), an id or a tag names."""
    cells = notebook["cells"]
    if start.isdigit():
        if not 1 <= int(start) <= len(cells):
            raise NotFound(f"there is no cell {start}", hint=f"the notebook has {len(cells)} cells")
        return int(start) - 1
    found = [i for i, cell in enumerate(cells) if start == cell.get("id") or start in tags(cell)]
    if not found:
        known = {tag for cell in cells for tag in tags(cell)}
        raise NotFound(f"no cell has the id or tag {start!r}", hint=did_you_mean(start, known))
    return found[0]
