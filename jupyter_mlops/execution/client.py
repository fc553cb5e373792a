"""The cells of a notebook, run in a kernel: what each did is journalled as it happens, and told truly."""

from __future__ import annotations

import ast
import contextlib
import json
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import CellRecord, CellStatus, RunStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.kernels import Kernel, KernelDied, Message
from jupyter_mlops.execution.launch import Launched, told_environment
from jupyter_mlops.execution.limits import Escalation, Limits
from jupyter_mlops.execution.outcome import Outcome, Request, has_code, own_numbers
from jupyter_mlops.execution.probe import ABOUT, PACKAGES, own_packages
from jupyter_mlops.execution.several import check_error, try_all
from jupyter_mlops.execution.shim import source
from jupyter_mlops.execution.steps import Steps
from jupyter_mlops.execution.widget_state import Widgets
from jupyter_mlops.notebooks.document import CHECK_TAG, Cell, Notebook, tags
from jupyter_mlops.notebooks.journal import Journal, new_record
from jupyter_mlops.notebooks.outputs import Outputs, strict_json
from jupyter_mlops.notebooks.redaction import Redactor
from jupyter_mlops.provenance.hardware import peak_memory_of

Progress = Callable[[CellRecord, int, int], None]

SKIP_TAG = "skip-execution"
_MAY_FAIL = {"raises-exception", CHECK_TAG}  # tags of cells that do not stop a run by failing
ASK_TIME = 20.0  # seconds a kernel may take to tell about itself
_ASKED_TO_EXIT = "the cell asked the kernel to exit"
_STOPS = {CellStatus.FAILED, CellStatus.KILLED, CellStatus.TIMED_OUT, CellStatus.CANCELLED}


class CellClient:
    """Runs one notebook from top to bottom. A cell is `ok` only if the kernel replied ok."""

    def __init__(
        self,
        notebook: Notebook,
        journal: Journal,
        outputs: Outputs,
        *,
        kernel_name: str,
        connection: Path,
        limits: Limits | None = None,
        steps: Steps | None = None,
        redactor: Redactor | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.notebook = notebook
        self.outcome = Outcome()
        self.kernel = Kernel(kernel_name, connection)
        self._journal = journal
        self._outputs = outputs
        self._limits = limits or Limits()
        self._steps = steps or Steps()
        self._redactor = redactor or Redactor({})
        self._progress = progress
        self._numbers = own_numbers(notebook)
        self._widgets = Widgets(self.kernel)
        self._signal: int | None = None
        self._hurry = False
        self._in_work: tuple[str, CellRecord] | None = None  # of the journal
        self._requests: dict[str, int] = {}  # id of an execution -> index of its cell
        self._ends = float("inf")

    def cancel(self, number: int = signal.SIGINT) -> None:
        """Stop: the cell in work becomes `cancelled`, later ones stay `not run`. Said again, at once.
        May be called from a signal handler or another thread."""
        self._hurry = self._signal is not None
        self._signal = self._signal or number

    @property
    def cancelled(self) -> bool:
        """A signal came."""
        return self._signal is not None

    def run(
        self, *, cwd: Path, env: Mapping[str, str], log: int, launched: Launched | None = None
    ) -> Outcome:
        """Start a kernel in folder `cwd` with environment `env`, or join the one that was `launched`, run
        the cells, and ask the kernel to end; `log` is the file descriptor for what the kernel
        process itself writes."""
        wanted = env if self.kernel.plain is None else told_environment(self.kernel.plain, env)
        told = wanted if launched is None else launched.environment
        try:
            self._ends = time.monotonic() + (self._limits.run or float("inf"))
            if launched is None:
                self.kernel.start(cwd=cwd, env=env, log=log, cancelled=self._must_stop)
            else:
                self.kernel.take(launched)
                self.kernel.await_ready(self._must_stop)
            self._prepare(source(told, wanted))
            self._cells()
            self._probe()
            self.outcome.judge_checks()
            self.outcome.metadata |= strict_json(self._widgets.metadata(), self._redactor)
        except (MLOpsError, OSError) as error:
            self._machinery(error)
            with contextlib.suppress(OSError):  # it may be the disk that gave way
                self._given_up()
        finally:
            if self.outcome.exit_code in {0, 1, 3}:  # it is at rest, and may have something to flush
                self.kernel.ask_to_end()
            else:
                self.kernel.kill()
        return self.outcome

    def _must_stop(self) -> bool:
        return self._signal is not None or time.monotonic() > self._ends

    def _prepare(self, first_words: str) -> None:
        info = self.kernel.info
        self.outcome.metadata["language_info"] = info.get("language_info", {})
        if info.get("implementation") == "ipython":
            try:
                self.ask("None", first_words)
            except KernelDied:
                raise
            except MLOpsError:
                # an IPython kernel of another make: it would lose what we are slow to take
                self.kernel.hold_everything()
        self._steps.prepare(self)

    # -- cells

    def _cells(self) -> None:
        cells = self._code_cells()
        for position, (index, cell) in enumerate(cells):
            if index in self._steps.carried:
                self._add(self._steps.carried[index])
                self._passes_over(cell, self._steps.carried[index])
                continue
            if SKIP_TAG in tags(cell) or index in self._steps.skipped:
                self._add(new_record(index, cell, status=CellStatus.SKIPPED))
                continue
            if self._must_stop():
                self._cut_off(cells[position:])
                return
            record = self._one(index, cell)
            goes_on = self._passes_over(cell, record)
            if record.status in _STOPS and not goes_on:
                self._stopped(index, record)
                self._not_run(cells[position + 1 :])
                return
            self._steps.after(self, record)

    def _passes_over(self, cell: Cell, record: CellRecord) -> bool:
        """Whether the run goes on after this cell though it failed: it may raise, or is a check, which is
        noted. One that may raise and is a check is a check: the other tag is for other front ends."""
        failed = record.status is CellStatus.FAILED and record.error != _ASKED_TO_EXIT
        if CHECK_TAG in tags(cell):
            self.outcome.checks += 1
            self.outcome.said_no += [record] if failed else []
        return failed and not _MAY_FAIL.isdisjoint(tags(cell))

    def _one(self, index: int, cell: Cell) -> CellRecord:
        record = new_record(index, cell, status=CellStatus.RUNNING, started=datetime.now(UTC))
        key = self._journal.start(record)
        self._in_work = key, record
        several = CHECK_TAG in tags(cell) and try_all(self, cell["source"])
        request = self._request(index, cell)
        try:
            self._await(request, lambda: self._say(record))
            status, fields = self._judged(request)
        except KernelDied:
            status, fields = self._judged(request, died=True)
        if CHECK_TAG in tags(cell) and status in {CellStatus.FAILED, CellStatus.OK}:
            fields["error"] = check_error(self, cell["source"], fields, several)
            status = status if fields["error"] is None else CellStatus.FAILED
        self._outputs.end_cell(index)
        if request.times:
            cell["metadata"]["execution"] = request.times
        self.outcome.peak_memory = peak_memory_of(self.kernel.pid) or self.outcome.peak_memory
        done = record.model_copy(
            update={
                "status": status,
                "ended": datetime.now(UTC),
                "peak_memory": self.outcome.peak_memory,
                "outputs_size": self._outputs.size(index),
                **fields,
            }
        )
        self._journal.write(key, done)
        self.outcome.records.append(done)
        self._in_work = None
        self._say(done)
        return done

    def _request(self, index: int, cell: Cell) -> Request:
        limit = self._limits.of(cell)
        kernel = self.kernel
        identifier = kernel.execute(cell["source"], stop_on_error=_MAY_FAIL.isdisjoint(tags(cell)))
        self._requests[identifier] = index
        deadline = time.monotonic() + limit if limit is not None else float("inf")
        stop = Escalation(kernel.interrupt, kernel.terminate, kernel.kill_tree, self._limits.grace)
        return Request(identifier, stop, limit, deadline, heard=time.monotonic())

    def _await(self, request: Request, tick: Callable[[], None]) -> None:
        """Until the kernel has replied and all that the cell showed is there.

        Raises:
            KernelDied: before that.
        """
        told = time.monotonic()
        while not request.ended(now := time.monotonic()):
            self._enforce(request, now)
            for channel, message in self.kernel.receive(1.0):
                self._hear(request, channel, message)
            self._outputs.flush()
            if now - told >= 1.0:
                tick()
                told = now

    def _enforce(self, request: Request, now: float) -> None:
        if self._hurry:
            self._hurry = False
            request.stop.at_once()
        if self._signal is not None:
            request.stop.begin(now)
        elif now > min(request.deadline, self._ends) and request.reply is None and not request.late:
            by_cell = request.deadline <= self._ends
            request.late = _exceeded("cell", request.limit) if by_cell else _exceeded("run", self._limits.run)
            request.stop.begin(now)
        request.stop.advance(now)

    def _hear(self, request: Request, channel: str, message: Message) -> None:
        kind, parent = message["msg_type"], message["parent_header"].get("msg_id")
        ours = parent == request.identifier
        if ours:
            request.heard = time.monotonic()
        if channel == "shell":
            if ours and kind == "execute_reply":
                request.reply = message["content"]
                request.times["shell.execute_reply"] = _time(message)
            return
        if kind == "status" and ours:
            state = message["content"]["execution_state"]
            request.times[f"iopub.status.{state}"] = _time(message)
            request.idle = request.idle or state == "idle"
        elif kind == "execute_input" and ours:
            request.times["iopub.execute_input"] = _time(message)
        elif not self._widgets.takes(message) and parent in self._requests:
            # a thread that an earlier cell started may print now: that cell shows it
            self._outputs.add(self._requests[parent], message)

    def _judged(self, request: Request, died: bool = False) -> tuple[CellStatus, dict[str, Any]]:
        """What became of the cell, and why."""
        reply = request.reply or {}
        fields: dict[str, Any] = {"execution_count": reply.get("execution_count")}
        if self._signal is not None and (died or reply.get("status") != "ok"):
            return CellStatus.CANCELLED, {**fields, "error": signal.Signals(self._signal).name}
        if request.late:
            return CellStatus.TIMED_OUT, {**fields, "error": request.late}
        if died:
            return CellStatus.KILLED, {**fields, "error": "the kernel died"}
        if any(payload.get("source") == "ask_exit" for payload in reply.get("payload") or ()):
            # `if bad: exit()` must not pass for success; an interactive front end would end the kernel here
            return CellStatus.FAILED, {**fields, "error": _ASKED_TO_EXIT}
        if reply.get("status") == "ok":
            return CellStatus.OK, fields
        text = f"{reply.get('ename', 'error')}: {reply.get('evalue', reply.get('status', ''))}"
        trace = "\n".join(map(str, reply.get("traceback") or ()))
        fields |= {"error": self._redactor(text), "traceback": self._redactor(trace) or None}
        return CellStatus.FAILED, fields

    def _add(self, record: CellRecord) -> None:
        self._journal.start(record)
        self.outcome.records.append(record)

    def _code_cells(self) -> list[tuple[int, Cell]]:
        return [(i, c) for i, c in enumerate(self.notebook["cells"]) if has_code(c)]

    def _given_up(self) -> None:
        """The cell in work, if there is one, was killed with the kernel; the rest never ran."""
        if self._in_work is not None:
            key, record = self._in_work
            error = {"status": CellStatus.KILLED, "ended": datetime.now(UTC), "error": self.outcome.error}
            self.outcome.records.append(record.model_copy(update=error))
            self.outcome.failed_index = record.index
            self._journal.write(key, self.outcome.records[-1])
        self._not_run(self._code_cells())

    def _not_run(self, cells: list[tuple[int, Cell]]) -> None:
        known = {record.index for record in self.outcome.records}
        for index, cell in cells:
            if index not in known:
                self._add(new_record(index, cell, status=CellStatus.NOT_RUN))

    def _say(self, record: CellRecord) -> None:
        if self._progress is not None:
            number = self._numbers[record.index]
            running = record.status is CellStatus.RUNNING
            self._progress(record, number - 1 if running else number, max(self._numbers.values()))

    def adopt(self, index: int, outputs: Sequence[Mapping[str, Any]]) -> None:
        """Take the outputs of a cell that ran in an earlier run."""
        for output in outputs:
            self._outputs.add(index, {"msg_type": output["output_type"], "content": output})
        self._outputs.end_cell(index)

    # -- how it ended

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

    def _cut_off(self, cells: list[tuple[int, Cell]]) -> None:
        """Between two cells: a signal came, or the time of the run is over."""
        self._not_run(cells)
        self._machinery(MLOpsError("cancelled between two cells"))

    def _machinery(self, error: Exception) -> None:
        """The kernel did not start, or something gave way outside of any cell."""
        if self.outcome.error is not None:  # told already, and truer, by a cell
            return
        self.outcome.status, self.outcome.exit_code = RunStatus.FAILED, 4
        self.outcome.error = self._redactor(_described(error))
        if time.monotonic() > self._ends:
            self.outcome.error = _exceeded("run", self._limits.run)
        if self._signal is not None:
            self.outcome.status, self.outcome.exit_code = RunStatus.KILLED, 128 + self._signal
            self.outcome.error = signal.Signals(self._signal).name

    # -- what the kernel is asked

    def ask(self, expression: str, code: str = "", timeout: float = ASK_TIME) -> Any:
        """Run `code` unseen, then the value of `expression`, which must give None or a JSON text.

        Raises:
            KernelDied: it died meanwhile.
            MLOpsError: code or expression raise, or take longer than `timeout` seconds.
        """
        sent = self.kernel.execute(
            code, silent=True, store_history=False, user_expressions={"it": expression}, stop_on_error=False
        )
        until = time.monotonic() + timeout
        while time.monotonic() < until and self._signal is None:
            for channel, message in self.kernel.receive(1.0):
                parent = message["parent_header"].get("msg_id")
                if channel == "iopub" and not self._widgets.takes(message) and parent in self._requests:
                    self._outputs.add(self._requests[parent], message)
                elif channel == "shell" and parent == sent:
                    return _answer(message["content"])
        raise MLOpsError("the kernel did not answer in time")

    def redacted(self, text: str) -> str:
        """The text without the secrets that the run was given."""
        return self._redactor(text)

    def _probe(self) -> None:
        """Ask a Python kernel what it had imported and installed."""
        language = self.outcome.metadata["language_info"].get("name")
        if language != "python" or self.outcome.error is not None:
            return
        try:
            about = self.ask(ABOUT)
            packages = own_packages(about) or self.ask(PACKAGES)
            self.outcome.environment = {**about, **packages}
        except (MLOpsError, TypeError, ValueError):
            pass  # the kernel is gone or busy: the run keeps what is known from outside


def _exceeded(what: str, limit: float | None) -> str:
    return f"the limit of {limit:g} s for the {what} was exceeded"


def _answer(reply: Message) -> Any:
    if reply.get("status") != "ok":
        raise MLOpsError(f"the kernel refused: {reply.get('ename')}: {reply.get('evalue')}")
    found = reply["user_expressions"]["it"]
    if found["status"] != "ok":
        raise MLOpsError(f"the kernel refused: {found.get('ename')}: {found.get('evalue')}")
    text = ast.literal_eval(found["data"]["text/plain"])
    return None if text is None else json.loads(text)


def _time(message: Message) -> str:
    date = message["header"].get("date")
    return str(date.isoformat() if isinstance(date, datetime) else date)


def _described(error: Exception) -> str:
    if isinstance(error, MLOpsError):
        return f"{error} ({error.hint})" if error.hint else str(error)
    return f"the run could not go on: {error}"
