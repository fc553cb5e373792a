"""One attempt at a step: run here, in this process's project, its outputs kept, its record with its run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.data.contents import Contents, content_digest
from jupyter_mlops.data.versions import row_count
from jupyter_mlops.entities import CellRecord, Provenance, RunRequest, StepEvent, StepResult, StepTask
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.background import Background
from jupyter_mlops.execution.pinned import kept_files
from jupyter_mlops.execution.plan import kernel_of
from jupyter_mlops.execution.runner import execute
from jupyter_mlops.execution.scratch import scratch_folder
from jupyter_mlops.execution.signals import Signals
from jupyter_mlops.notebooks.parts import part_notebook, read_parts
from jupyter_mlops.pipelines.cache import Cache
from jupyter_mlops.pipelines.engines.base import Tell
from jupyter_mlops.pipelines.graph import VARIABLE
from jupyter_mlops.pipelines.linking import link_inputs, link_outputs
from jupyter_mlops.pipelines.locks import held, steps_folder
from jupyter_mlops.pipelines.parameters import as_places
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.steps import keep_record, name_tags
from jupyter_mlops.tracking.store import Store

GRACE = 0.6  # seconds that a cancelled cell gets, twice: its kernel is gone within two


def attempt(
    task: StepTask,
    store: Store,
    contents: Contents,
    tell: Tell,
    *,
    signals: Signals | None = None,
    more_to_come: bool = False,
) -> StepResult:
    """Run the task's notebook in the project at ``store.root`` and keep what it made in `contents`.

    No two processes of one project run the same key at once: who comes second waits, and finds the result.

    Raises:
        Cancelled: a signal came before anything ran.
        Refused: nothing was run.
        MLOpsError: the run's end could not be recorded.
    """
    heard = signals or Signals()

    def waits() -> None:
        tell(StepEvent(why="another run is at it"))

    with held(store, task.record.key, lambda: heard.came, waits):
        if not task.force:
            kernel = kernel_of(json.loads(task.document), Path(task.notebook), task.kernel)
            look = Cache(store, contents, kept_files(task.environment)).look(task.record.key, kernel)
            if look.hit is not None:
                return StepResult(run=look.hit.run, record=look.hit.record, cached=True)
        with scratch_folder(steps_folder(store)) as scratch:
            return _Attempt(task, store, contents, scratch).run(tell, signals, more_to_come)


@dataclass
class _Attempt:
    task: StepTask
    store: Store
    contents: Contents
    scratch: Path

    def run(self, tell: Tell, signals: Signals | None, more_to_come: bool) -> StepResult:
        self.outputs = {
            name: self.scratch / "outputs" / name / base for name, base in self.task.outputs.items()
        }
        for path in self.outputs.values():
            path.parent.mkdir(parents=True)
        self.inputs = {name: self._fetched(name) for name in self.task.inputs}
        self.rows = Background(self._rows)
        begun: list[str] = []

        def progress(record: CellRecord, done: int, total: int) -> None:
            tell(StepEvent(run_id=begun[0] if begun else "", cell=done, cells=total))

        def started(recorder: Recorder) -> None:
            begun.append(recorder.run_id)
            tell(StepEvent(run_id=recorder.run_id))
            link_inputs(recorder, self.task)  # it reads them, however it ends

        run = execute(
            self._request(),
            self.store,
            progress,
            signals=signals,
            more_to_come=more_to_come,
            begun=started,
            finish=self._finish,
        )
        return StepResult(run=run, record=self.record if run.exit_code == 0 else None)

    def _request(self) -> RunRequest:
        task = self.task
        files = {n: str(p) for n, p in {**self.inputs, **self.outputs}.items() if not n.startswith(VARIABLE)}
        return RunRequest(
            notebook=self.store.root / task.notebook,
            document=self._document(),
            text={**task.text, **as_places(files)},
            values=task.values,
            shown=task.shown,
            experiment=task.experiment,
            name=task.name,
            kernel=task.kernel,
            cell_timeout=task.cell_timeout,
            timeout=task.timeout,
            grace=GRACE,
            parent=task.parent or None,
            replaces=task.replaces,
            tags=name_tags(task.record.pipeline, task.record.step, task.record.point),
            environment=task.environment,
            cold=kept_files(task.environment) is not None,
        )

    def _document(self) -> dict[str, Any]:
        """The notebook; of one that is parted, this step's cells between those that pass on variables."""
        document: dict[str, Any] = json.loads(self.task.document)
        if self.task.part is None:
            return document
        part = next(part for part in read_parts(document) if part.name == self.task.part)
        return part_notebook(document, part, load=_variables(self.inputs), save=_variables(self.outputs))

    def _fetched(self, name: str) -> str | Path:
        """Where the notebook finds the input: as it lies, or fetched from where outputs are kept."""
        given = self.task.inputs[name]
        if not given.stored:
            return given.place
        target = self.scratch / "inputs" / name / Path(given.place or name).name
        self.contents.fetch(given.content, target)
        return target

    def _rows(self) -> dict[str, int]:
        """The number of rows of each input that is a table in a file."""
        memo = self.store.state_folder()
        found = {name: row_count(Path(path), memo) for name, path in self.inputs.items()}
        return {name: rows for name, rows in found.items() if rows is not None}

    def _finish(self, recorder: Recorder, provenance: Provenance) -> None:
        """The cells ended well: keep what they made, and the record by which it is found again."""
        for name, given in self.task.inputs.items():
            if "://" not in given.place and not given.stored:
                now = content_digest(Path(self.inputs[name]), self.store.state_folder())
                if now[0] != given.digest:
                    raise MLOpsError(f"input {name} changed while the step ran: {given.place}")
        kept = {}
        for name, path in self.outputs.items():
            if not path.exists():
                raise MissingOutput(
                    f"the notebook made no {name}: nothing was written to the place it was given"
                )
            kept[name] = self.contents.keep(path)
        self.record = self.task.record.model_copy(
            update={
                "modules": provenance.modules,
                "packages": provenance.packages,
                "outputs": kept,
                "rows": self.rows.result(),
            }
        )
        link_outputs(recorder, self.task, kept)
        keep_record(recorder, self.record)


class MissingOutput(MLOpsError):
    """The notebook did not make what its step declares."""

    exit_code = 1


def _variables(places: Mapping[str, str | Path]) -> dict[str, str]:
    return {n.removeprefix(VARIABLE): str(place) for n, place in places.items() if n.startswith(VARIABLE)}
