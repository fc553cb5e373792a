"""The cells of a notebook, run in a kernel: what each did is journalled as it happens, and told truly."""

from __future__ import annotations

import ast
import asyncio
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.execution import lean_nbformat  # noqa: F401 - before nbclient imports nbformat

# isort: split
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from jupyter_mlops.entities import CellRecord, CellStatus, RunStatus
from jupyter_mlops.execution.files import write_notebook
from jupyter_mlops.execution.probe import ABOUT, PACKAGES, own_packages
from jupyter_mlops.notebooks.document import tags
from jupyter_mlops.notebooks.journal import Journal, new_record

Progress = Callable[[CellRecord, int, int], None]

SKIP_TAG = "skip-execution"
SAVE_SHARE = 10  # the notebook on disk is refreshed in at most a tenth of the time
_STOPS = {CellStatus.FAILED, CellStatus.KILLED, CellStatus.TIMED_OUT, CellStatus.CANCELLED}


@dataclass
class Outcome:
    """What became of the whole notebook: exit codes are those of the CLI."""

    status: RunStatus = RunStatus.FINISHED
    exit_code: int = 0
    error: str | None = None
    traceback: str | None = None
    failed_index: int | None = None
    peak_memory: int | None = None
    environment: dict[str, Any] = field(default_factory=dict)


class CellClient(NotebookClient):
    """Runs one notebook from top to bottom. A cell is `ok` only if the kernel replied ok."""

    def __init__(
        self, nb: Any, journal: Journal, save_to: Path, progress: Progress | None = None, **settings: Any
    ) -> None:
        super().__init__(nb, timeout=None, record_timing=True, **settings)
        self.outcome = Outcome()
        self._journal = journal
        self._save_to = save_to
        self._progress = progress
        self._reply: dict[str, Any] = {}
        self._signal: int | None = None
        self._task: asyncio.Task[Any] | None = None
        self._next_save = 0.0
        self.on_cell_executed = self._keep_reply

    def create_kernel_manager(self) -> Any:
        """Talk to the kernel encrypted where both sides can."""
        manager = super().create_kernel_manager()
        if manager.has_trait("transport_encryption"):
            manager.transport_encryption = "auto"
        return manager

    def cancel(self, number: int = signal.SIGINT) -> None:
        """Stop: the cell in work becomes `cancelled`, later ones stay `not run`."""
        self._signal = number
        if self._task is not None:
            self._task.cancel()

    async def run(self, **kernel: Any) -> Outcome:
        """Start a kernel with these arguments, run the cells, end the kernel."""
        self._task = asyncio.current_task()
        self.reset_execution_trackers()
        try:
            async with self.async_setup_kernel(**kernel):
                self._take_signals()
                await self._language()
                await self._cells()
                await self._probe()
                self.set_widgets_metadata()
        except (RuntimeError, OSError, asyncio.CancelledError) as error:
            self._machinery(error)
        return self.outcome

    def _take_signals(self) -> None:
        """nbclient's own handlers would end the kernel and report it as dead."""
        loop = asyncio.get_running_loop()
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.cancel, number)
        except (RuntimeError, ValueError, NotImplementedError):
            pass  # not the main thread: whoever waits there cancels

    async def _language(self) -> None:
        assert self.kc is not None
        message = await self.async_wait_for_reply(self.kc.kernel_info())
        if message is not None:
            self.nb.metadata["language_info"] = message["content"]["language_info"]

    async def _cells(self) -> None:
        cells = [(i, c) for i, c in enumerate(self.nb.cells) if c.cell_type == "code" and c.source.strip()]
        for position, (index, cell) in enumerate(cells):
            if SKIP_TAG in tags(cell):
                self._finish(self._journal.start(record := _record(index, cell)), record, CellStatus.SKIPPED)
                continue
            record = await self._one(index, cell)
            if self._progress is not None:
                self._progress(record, position + 1, len(cells))
            if record.status in _STOPS and not (
                record.status is CellStatus.FAILED and "raises-exception" in tags(cell)
            ):
                self._stopped(index, record)
                for later, rest in cells[position + 1 :]:
                    self._journal.start(_record(later, rest))
                return

    async def _one(self, index: int, cell: Any) -> CellRecord:
        record = _record(index, cell).model_copy(
            update={"status": CellStatus.RUNNING, "started": datetime.now(UTC)}
        )
        key = self._journal.start(record)
        _mark(cell, "running", record)
        self._reply = {}
        error = trace = None
        try:
            await self.async_execute_cell(cell, index, execution_count=self.code_cells_executed + 1)
            status = CellStatus.OK
            if self._reply.get("status") != "ok":  # an error that the cell's tag allows
                status, error = CellStatus.FAILED, _error(self._reply)
        except CellExecutionError as failure:
            status, error, trace = CellStatus.FAILED, f"{failure.ename}: {failure.evalue}", failure.traceback
        except CellTimeoutError as failure:
            status, error = CellStatus.TIMED_OUT, str(failure)
        except (DeadKernelError, asyncio.CancelledError):
            # nbclient reports a cancelled task, too, as a dead kernel
            status = CellStatus.KILLED if self._signal is None else CellStatus.CANCELLED
            error = "the kernel died" if self._signal is None else signal.Signals(self._signal).name
        return self._finish(key, record, status, cell=cell, error=error, traceback=trace)

    def _finish(
        self, key: str, record: CellRecord, status: CellStatus, cell: Any = None, **fields: Any
    ) -> CellRecord:
        self.outcome.peak_memory = self._peak_memory() or self.outcome.peak_memory
        update = {"status": status, "ended": datetime.now(UTC), "peak_memory": self.outcome.peak_memory}
        if cell is not None:
            update["execution_count"] = cell.get("execution_count")
            update["outputs_size"] = len(json.dumps(cell.get("outputs", [])))
        done = record.model_copy(update={**update, **fields})
        self._journal.write(key, done)
        if cell is not None:
            _mark(cell, "completed" if status is CellStatus.OK else status.value, done)
            self._save()
        return done

    def _save(self) -> None:
        began = time.monotonic()
        if began < self._next_save:
            return
        write_notebook(self._save_to, self.nb)
        self._next_save = time.monotonic() + SAVE_SHARE * (time.monotonic() - began)

    def _stopped(self, index: int, record: CellRecord) -> None:
        outcome = self.outcome
        outcome.failed_index = index
        outcome.error, outcome.traceback = record.error, record.traceback
        outcome.status, outcome.exit_code = RunStatus.FAILED, 4
        if record.status is CellStatus.FAILED:
            outcome.exit_code = 1
        elif record.status is CellStatus.CANCELLED:
            outcome.status = RunStatus.KILLED
            outcome.exit_code = 128 + (self._signal or signal.SIGINT)

    def _machinery(self, error: BaseException) -> None:
        """The kernel did not start, or ended outside of any cell."""
        if self.outcome.error is not None:  # told already, and truer, by a cell
            return
        self.outcome.status, self.outcome.exit_code = RunStatus.FAILED, 4
        self.outcome.error = f"the kernel could not be used: {error}"
        if self._signal is not None:
            self.outcome.status, self.outcome.exit_code = RunStatus.KILLED, 128 + self._signal
            self.outcome.error = signal.Signals(self._signal).name

    def _keep_reply(self, cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:
        self._reply = execute_reply["content"]

    def _peak_memory(self) -> int | None:
        """High-water mark of the kernel's resident memory in bytes (Linux; elsewhere its present size)."""
        import psutil

        pid = getattr(getattr(self.km, "provisioner", None), "pid", None)
        if pid is None:
            return None
        try:
            for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
            return int(psutil.Process(pid).memory_info().rss)
        except (OSError, psutil.Error):
            return None

    async def _probe(self) -> None:
        """Ask a Python kernel what it had imported and installed."""
        if self.nb.metadata.get("language_info", {}).get("name") != "python" or self.kc is None:
            return
        if self._signal is not None:  # the kernel is busy with the cancelled cell, and nobody wants to wait
            return
        try:
            await self._async_check_alive()
            about = await self._ask(ABOUT)
            packages = own_packages(about) or await self._ask(PACKAGES)
            self.outcome.environment = {**about, **packages}
        except (DeadKernelError, TimeoutError, KeyError, TypeError, ValueError, SyntaxError):
            pass  # the kernel is gone or busy: the run keeps what is known from outside

    async def _ask(self, expression: str) -> dict[str, Any]:
        """The JSON object that an expression gives in the kernel."""
        assert self.kc is not None
        sent = self.kc.execute("", silent=True, store_history=False, user_expressions={"it": expression})
        message = await asyncio.wait_for(self.async_wait_for_reply(sent), timeout=20)
        text = message["content"]["user_expressions"]["it"]["data"]["text/plain"]
        answer: dict[str, Any] = json.loads(ast.literal_eval(text))
        return answer


def _record(index: int, cell: Any) -> CellRecord:
    return new_record(index, cell, status=CellStatus.NOT_RUN)


def _error(reply: dict[str, Any]) -> str:
    return f"{reply.get('ename', 'error')}: {reply.get('evalue', '')}"


def _mark(cell: Any, status: str, record: CellRecord) -> None:
    """Papermill's metadata, by which its tools show progress; the status is ours where it has none."""
    cell.metadata["papermill"] = {
        "exception": None if status == "running" else record.status is CellStatus.FAILED,
        "start_time": record.started.isoformat() if record.started else None,
        "end_time": record.ended.isoformat() if record.ended else None,
        "duration": record.duration,
        "status": status,
    }
