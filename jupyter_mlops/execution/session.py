"""A tracked session: from `%track start` to `%track stop` every cell of a live notebook is on the record."""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.config import Config
from jupyter_mlops.entities import (
    CellRecord,
    CellStatus,
    DatasetVersion,
    OrderFinding,
    RecordedParameter,
    RunKind,
    RunStatus,
)
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.cells import count_of
from jupyter_mlops.execution.inputs import work_digest
from jupyter_mlops.execution.kept import Watch
from jupyter_mlops.execution.records import keep_records
from jupyter_mlops.notebooks.document import Notebook, cell_digest, code_cells, find_tagged, read_notebook
from jupyter_mlops.notebooks.journal import Journal
from jupyter_mlops.notebooks.order import check_order
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import record
from jupyter_mlops.provenance import capture, display_path
from jupyter_mlops.provenance.hardware import peak_memory
from jupyter_mlops.provenance.location import notebook_path
from jupyter_mlops.tracking import clashes, fluent, leases, tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store


class Session:
    """One tracked session of an IPython shell.

    A cell that recorded something and is run again after it, or a plain value it reads, was changed
    begins a new run that replaces the former; run again unchanged it adds to the same run. In a headless
    run the session is part of the runner's run and never begins another.
    """

    def __init__(
        self,
        shell: Any,
        store: Store,
        config: Config,
        *,
        name: str | None = None,
        experiment: str | None = None,
        marks: Mapping[str, str] | None = None,
        autolog: bool = True,
    ) -> None:
        self.shell = shell
        self.store = store
        self.config = config
        self.path = notebook_path(shell.user_ns)
        self.name = name or (self.path.stem if self.path else "session")
        self.asked = (name, experiment, tuple(sorted((marks or {}).items())), autolog)
        self.marks = dict(marks or {})
        self.autolog = autolog
        self.attached = fluent.headless_run() is not None
        self.experiment = experiment or fluent.active_experiment() or store.default_experiment
        self.parameters: dict[str, RecordedParameter] = {}
        self.datasets: list[DatasetVersion] = []
        self.forked_from = ""
        self.replaces: str | None = None  # the run of a session that this one was said instead of
        self._executions: dict[str, CellRecord] = {}  # journal key -> last state
        self._recorded: dict[str, str] = {}  # cell that recorded something -> its work digest then
        self._now: tuple[str, str] | None = None  # the cell in work: its journal key and work digest
        self._info: object = None  # and what IPython tells of it
        self._watch = Watch()
        self._state: object = None  # what the run held when last looked at
        self.told = 0  # lines that the cell in work has said of its metrics
        self._failing = False
        self._autologging = False
        self._saved: tuple[object, Notebook | None] = (
            None,
            None,
        )  # the notebook, and the file it was read from
        self._declaring: tuple[int, Notebook] | None = None  # its parameters cell
        self._describing: threading.Thread | None = None

    # -- from start to stop

    def start(self) -> None:
        """Open the run (or join the runner's) and watch the cells.

        Raises:
            StoreError: the store cannot be used; then nothing was changed.
        """
        if not self.attached:  # else the runner has
            leases.reconcile(self.store)
        self._open(replaces=self.replaces)
        if self.autolog:
            self._autologging = fluent.start_autologging()
            fluent.show_figures(self.shell)
        fluent.nest_by_default(True)
        self.shell.events.register("pre_run_cell", self._before)
        self.shell.events.register("post_run_cell", self._after)
        atexit.register(self._lost)
        source, count = self.shell.history_manager.input_hist_raw[-1], count_of(self.shell)
        self._begin_cell(source, _cell_in_work(self.shell), count)

    def stop(
        self, status: RunStatus | None = None, error: str | None = None, *, flush: bool = True
    ) -> RunStatus:
        """Close the run: FAILED if the last execution of any cell failed, else FINISHED. With `flush` some
        seconds are spent on what waits for a server."""
        self._end_cell(None)
        self.shell.events.unregister("pre_run_cell", self._before)
        self.shell.events.unregister("post_run_cell", self._after)
        atexit.unregister(self._lost)
        fluent.nest_by_default(False)
        if self._autologging:
            fluent.stop_autologging()
        return self._close(status, error, flush=flush)

    @property
    def run_id(self) -> str:
        """The run that cells are recorded to now."""
        return self.recorder.run_id

    def fork(self) -> None:
        """Begin a new run that replaces this one: it takes over tags, data and history of cells."""
        if self.attached:
            return
        former = self.recorder.run_id
        self._close(None, None, flush=False)  # in the middle of a cell nobody waits for a server
        self._open(replaces=former)
        self.forked_from = former
        self._recorded.clear()
        for version in self.datasets:
            self.recorder.dataset(version)

    def record_parameters(self, values: Mapping[str, Any]) -> list[RecordedParameter]:
        """Log parameters with their types; a changed value begins a new run."""
        recorded = [record(name, value) for name, value in values.items()]
        conflicts = self.recorder.conflicts(recorded)
        if conflicts and not self.attached:
            self.fork()
        self.parameters.update({p.name: p for p in recorded})
        self.recorder.parameters([p for p in recorded if not (self.attached and p.name in conflicts)])
        return recorded

    def findings(self) -> list[OrderFinding]:
        """Why the state could not have come from running the saved notebook top to bottom."""
        notebook = self.notebook()
        return check_order(notebook, list(self._executions.values())) if notebook is not None else []

    def executions(self) -> list[CellRecord]:
        """Every execution of a cell since the session began, in order."""
        return list(self._executions.values())

    def notebook(self) -> Notebook | None:
        """The notebook as it is saved now, read anew where its file has changed; None where there is none."""
        if self.path is None:
            return None
        try:
            found = self.path.stat()
            state = (found.st_ino, found.st_size, found.st_mtime_ns)
            if state != self._saved[0]:
                notebook = read_notebook(self.path)
                self._saved = (state, notebook)
                self._declaring = find_tagged(notebook, "parameters")
        except (MLOpsError, OSError):
            return None
        return self._saved[1]

    def shown_path(self) -> str:
        """The notebook as a person knows it."""
        return display_path(self.store.root, self.path) if self.path else "none: an IPython session"

    # -- runs

    def _open(self, replaces: str | None) -> None:
        joined = fluent.headless_run()
        if joined is not None:
            self.recorder = Recorder(self.store, joined)
            self.experiment = self.recorder.experiment()
            self.recorder.tags(self.marks)
        else:
            self.recorder = Recorder.start(
                self.store,
                experiment=self.experiment,
                name=self.name,
                kind=RunKind.SESSION,
                notebook=self.shown_path() if self.path else None,
                replaces=replaces,
                extra=self.marks,
            )
            leases.take(self.store, self.run_id)
            self._journal = Journal(leases.kept_folder(self.store, self.run_id) / tags.JOURNAL)
            self._executions = {self._journal.start(found): found for found in self._executions.values()}
            self._describing = threading.Thread(target=self._describe, name="provenance", daemon=True)
            self._describing.start()
        self._active = fluent.ActiveRun(self.store, self.run_id, self.experiment)
        self._active.enter()
        if joined is None:
            self._state = self.recorder.state()

    def _describe(self) -> None:
        """Provenance at the start, so that a run whose kernel is lost has it too."""
        recorder = self.recorder
        folder = leases.kept_folder(self.store, recorder.run_id)
        with contextlib.suppress(Exception):  # told again, and loudly, at the end
            provenance = capture(self.store.root, self.path)
            keep_records(folder, provenance, list(self.parameters.values()))
            recorder.provenance(provenance)

    def _close(self, status: RunStatus | None, error: str | None, *, flush: bool = True) -> RunStatus:
        states = self._last_states()
        failed = [found for found in states if found.status is CellStatus.FAILED]
        cancelled = any(found.status is CellStatus.CANCELLED for found in states)
        ended = RunStatus.KILLED if cancelled else RunStatus.FINISHED
        final = status or (RunStatus.FAILED if failed else ended)
        self._active.leave(final)
        if self.attached:
            self.recorder.reopen()  # the runner closes it, with the true status of the whole notebook
            return final
        self._keep(failed)
        self.recorder.close(
            final,
            exit_code={RunStatus.FINISHED: 0, RunStatus.FAILED: 1}.get(final, 4),
            error=error or (failed[-1].error if failed else None),
            peak_memory=peak_memory(),
            flush=flush,
        )
        leases.release(self.store, self.run_id)
        return final

    def _keep(self, failed: list[CellRecord]) -> None:
        if self._describing is not None:
            self._describing.join()
        self.recorder.parameters(self.parameters.values())
        folder = leases.kept_folder(self.store, self.run_id)
        provenance = capture(self.store.root, self.path)
        trace = failed[-1].traceback if failed else None
        keep_records(folder, provenance, list(self.parameters.values()), trace)
        self.recorder.provenance(provenance)
        notebook = self.notebook()
        if notebook is not None and self.path is not None:
            self._number(notebook)
            (folder / self.path.name).write_bytes(self.path.read_bytes())
        self.recorder.keep(folder)

    def _number(self, notebook: Notebook) -> None:
        """Write each cell's place in the saved notebook into the journal."""
        places = {str(cell.get("id")): index for index, cell in code_cells(notebook)}
        for key, found in self._executions.items():
            if found.cell_id in places:
                self._executions[key] = found.model_copy(update={"index": places[found.cell_id]})
                self._journal.write(key, self._executions[key])

    def _lost(self) -> None:
        """The kernel ends with the session on: registered after MLflow's own hook, so it runs before it."""
        with contextlib.suppress(Exception):  # the store is out of reach: whoever looks next reconciles
            # Jupyter gives a kernel few seconds to end: the keeper sends
            self.stop(RunStatus.KILLED, "the kernel ended before %track stop", flush=False)

    # -- cells

    def _before(self, info: Any) -> None:
        if self._is_within(info):
            return
        self._info = info
        self.told = 0
        source = info.raw_cell or ""
        digest = work_digest(source, self.shell.user_ns)
        cell = self._identity(info)
        if cell is not None and self._recorded.get(cell, digest) != digest and not self.attached:
            self.fork()
            print(f"changed since it was recorded: run {self.run_id[:8]} replaces {self.forked_from[:8]}")
        self._active.ensure()
        self._begin_cell(source, cell, count_of(self.shell) + 1, digest)  # it is not in the history yet

    def _begin_cell(self, source: str, cell: str | None, count: int, digest: str = "") -> None:
        """Journal that a cell runs; `digest` is of the work it does, or none for the one that holds
        %track start, which is never taken for an edited one."""
        found = CellRecord(
            index=-1,
            cell_id=cell,
            source=source,
            digest=cell_digest(source),
            status=CellStatus.RUNNING,
            execution_count=count,
            started=datetime.now(UTC),
        )
        # in a headless run the runner keeps the journal
        key = str(len(self._executions) + 1) if self.attached else self._journal.start(found)
        self._executions[key] = found
        self._now = (key, digest)
        self._watch = Watch()

    def _after(self, result: Any) -> None:
        if self._is_within(result.info):
            return
        now = self._now
        error = result.error_in_exec or result.error_before_exec
        done = self._end_cell(error or self._watch.kept(result.info.raw_cell or ""))
        if done is None or now is None:  # the cell that holds %track start
            return
        cell = self._identity(result.info)
        clash = clashes.told(self.run_id)
        if clash is not None and done.status is CellStatus.OK:  # else the cell has told it by its error
            print(clash)
        self._note_parameters(done)
        if not self.attached:
            self.recorder.parameters(self.parameters.values())
            state = self.recorder.state()
            if state != self._state and cell is not None and now[1]:
                self._recorded[cell] = now[1]
            self._state = state
            self._note_status(done)

    def _end_cell(self, error: BaseException | None) -> CellRecord | None:
        """Journal how the cell in work ended; None where there is none."""
        if self._now is None:
            return None
        self._now = None
        key = next(reversed(self._executions))  # a fork within the cell has renumbered them
        status = CellStatus.FAILED if error is not None else CellStatus.OK
        done = self._executions[key].model_copy(
            update={
                "status": CellStatus.CANCELLED if isinstance(error, KeyboardInterrupt) else status,
                "ended": datetime.now(UTC),
                "error": f"{type(error).__name__}: {error}" if error is not None else None,
                "traceback": _traceback(error),
                "peak_memory": peak_memory(),
            }
        )
        self._executions[key] = done
        if not self.attached:
            self._journal.write(key, done)
        return done

    def _is_within(self, info: Any) -> bool:
        """It is what the cell in work has IPython run, as %%capture does with what is below it."""
        return self._now is not None and info is not self._info and not info.store_history

    def _note_status(self, done: CellRecord) -> None:
        """A cell that raised marks the run FAILED at once; mended and run again, it runs on."""
        if done.status is not CellStatus.FAILED and not self._failing:
            return
        failing = [found for found in self._last_states() if found.status is CellStatus.FAILED]
        if failing:
            self.recorder.mark(RunStatus.FAILED, failing[-1].error)
            folder = leases.kept_folder(self.store, self.run_id)
            (folder / "traceback.txt").write_text(failing[-1].traceback or "", encoding="utf-8")
            self.recorder.artifact(folder / "traceback.txt", tags.FOLDER)
        elif self._failing:
            self.recorder.mark(RunStatus.RUNNING, "")
        self._failing = bool(failing)

    def _note_parameters(self, done: CellRecord) -> None:
        """When the parameters cell has run, its names are the run's parameters."""
        notebook = self.notebook()
        found = self._declaring
        if notebook is None or found is None or done.status is not CellStatus.OK:
            return
        if done.cell_id != found[1].get("id") and done.digest != cell_digest(found[1]["source"]):
            return
        try:
            names = [parameter.name for parameter in read_parameters(notebook) or ()]
        except MLOpsError:
            return
        self.record_parameters({n: self.shell.user_ns[n] for n in names if n in self.shell.user_ns})

    def _last_states(self) -> list[CellRecord]:
        last: dict[str, CellRecord] = {}
        for key, found in self._executions.items():
            last[found.cell_id or key] = found
        return list(last.values())

    @staticmethod
    def _identity(info: Any) -> str | None:
        """The cell's id; a plain IPython prompt has none, and nothing there is run again."""
        return getattr(info, "cell_id", None)


def _cell_in_work(shell: Any) -> str | None:
    """The id of the cell that runs now, where the front end told one."""
    try:
        return shell.get_parent()["metadata"].get("cellId")
    except (AttributeError, KeyError, TypeError):  # not a kernel, or told nothing
        return None


def _traceback(error: BaseException | None) -> str | None:
    if error is None:
        return None
    import traceback

    return "".join(traceback.format_exception(error))
