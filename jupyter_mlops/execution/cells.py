"""`%%track NAME`: one cell, one run."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from types import CodeType
from typing import Any

from jupyter_mlops.entities import CellRecord, CellStatus, RunKind, RunStatus
from jupyter_mlops.execution.inputs import work_digest
from jupyter_mlops.execution.records import keep_records
from jupyter_mlops.notebooks.document import cell_digest
from jupyter_mlops.notebooks.journal import Journal
from jupyter_mlops.notebooks.values import record
from jupyter_mlops.provenance import capture, display_path
from jupyter_mlops.provenance.hardware import peak_memory
from jupyter_mlops.provenance.location import notebook_path
from jupyter_mlops.tracking import clashes, fluent, leases, tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store


class CellRuns:
    """The tracked cells of one shell, by name.

    Run again unchanged (same source, same plain values read, same parameters) a cell adds to its run;
    changed, it begins a new run that replaces the former.
    """

    def __init__(self, shell: Any, store: Store) -> None:
        self.shell = shell
        self.store = store
        self._known: dict[str, tuple[str, str, bool]] = {}  # name -> run, work digest, whether it ended well

    def run(
        self,
        name: str,
        source: str,
        *,
        experiment: str | None,
        parent: str | None,
        parameters: Mapping[str, str],
        metrics: Mapping[str, str],
        autolog: bool,
    ) -> tuple[str, list[str]]:
        """Execute the cell as a run; its id, and names that could not be recorded, with the reason.

        `parameters` and `metrics` map names to expressions, evaluated after the cell.

        Raises:
            Exception: whatever the cell raises; its run is then FAILED.
        """
        digest = work_digest(source, self.shell.user_ns)
        recorder, experiment = self._open(name, digest, experiment, parent)
        active = fluent.ActiveRun(self.store, recorder.run_id, experiment)
        active.enter()
        autologging = autolog and fluent.start_autologging()
        if autologging:
            fluent.show_figures(self.shell)
        status, problems = RunStatus.KILLED, list[str]()
        failure: BaseException | None = None
        started = datetime.now(UTC)
        try:
            execute(self.shell, source)
            problems = list(filter(None, [clashes.told(recorder.run_id)]))
            problems += self._record(recorder, name, digest, parameters, metrics)
            status = RunStatus.FINISHED
        except Exception as error:
            status, failure = RunStatus.FAILED, error
            raise
        except BaseException as error:
            failure = error
            raise
        finally:
            if autologging:
                fluent.stop_autologging()
            active.leave(status)
            self._close(recorder, source, started, status, failure)
            self._known[name] = (recorder.run_id, digest, status is RunStatus.FINISHED)
        return recorder.run_id, problems

    def _open(
        self, name: str, digest: str, experiment: str | None, parent: str | None
    ) -> tuple[Recorder, str]:
        former, before, well = self._known.get(name, (None, "", False))
        if former is not None and before == digest and well:
            recorder = Recorder(self.store, former)
            recorder.reopen()
            leases.take(self.store, former)
            return recorder, recorder.experiment()
        parent = parent or fluent.headless_run()
        inherited = Recorder(self.store, parent).experiment() if parent else fluent.active_experiment()
        chosen = experiment or inherited or self.store.default_experiment
        path = notebook_path(self.shell.user_ns)
        recorder = Recorder.start(
            self.store,
            experiment=chosen,
            name=name,
            kind=RunKind.CELL,
            notebook=display_path(self.store.root, path) if path else None,
            parent=parent,
            replaces=former,
            extra={tags.CELL: name, tags.CELL_DIGEST: digest},
        )
        leases.take(self.store, recorder.run_id)
        return recorder, chosen

    def _record(
        self,
        recorder: Recorder,
        name: str,
        digest: str,
        parameters: Mapping[str, str],
        metrics: Mapping[str, str],
    ) -> list[str]:
        values, problems = evaluate(self.shell, parameters)
        recorded = [record(key, value) for key, value in values.items()]
        clashes = recorder.conflicts(recorded)
        if clashes:  # the cell computed another value than before from the same plain inputs
            problems.append(f"kept the first value of {', '.join(clashes)}: a parameter is written once")
        recorder.parameters(recorded)
        numbers, more = evaluate_numbers(self.shell, metrics)
        if numbers:
            recorder.metrics(numbers)
        return problems + more

    def _close(
        self,
        recorder: Recorder,
        source: str,
        started: datetime,
        status: RunStatus,
        failure: BaseException | None,
    ) -> None:
        import traceback

        trace = "".join(traceback.format_exception(failure)) if failure is not None else None
        error = f"{type(failure).__name__}: {failure}" if failure is not None else None
        cell = {RunStatus.FINISHED: CellStatus.OK, RunStatus.FAILED: CellStatus.FAILED}
        folder = leases.kept_folder(self.store, recorder.run_id)
        Journal(folder / tags.JOURNAL).start(
            CellRecord(
                index=-1,
                cell_id=None,
                source=source,
                digest=cell_digest(source),
                status=cell.get(status, CellStatus.CANCELLED),
                execution_count=count_of(self.shell),
                started=started,
                ended=datetime.now(UTC),
                error=error,
                traceback=trace,
                peak_memory=peak_memory(),
            )
        )
        provenance = capture(self.store.root, notebook_path(self.shell.user_ns))
        keep_records(folder, provenance, [], trace)
        recorder.provenance(provenance)
        recorder.keep(folder)
        code = {RunStatus.FINISHED: 0, RunStatus.FAILED: 1}.get(status, 130)
        recorder.close(status, exit_code=code, error=error or "", peak_memory=peak_memory(), flush=False)
        leases.release(self.store, recorder.run_id)


def count_of(shell: Any) -> int:
    """The number that the notebook shows beside the cell in work. The shell's own `execution_count` is the
    next one's already, depending on the version of IPython."""
    return len(shell.history_manager.input_hist_raw) - 1


def execute(shell: Any, source: str) -> None:
    """Run a cell's source in the shell's namespace, showing the value of its last expression, and let
    what it raises pass.

    Raises:
        SyntaxError: it is not valid Python after IPython's own syntax is translated.
    """
    tree = ast.parse(shell.transform_cell(source), filename="<tracked cell>")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(shell.compile(tree, "<tracked cell>", "exec"), shell.user_ns)
    if isinstance(last, ast.Expr):
        value = eval(shell.compile(ast.Expression(last.value), "<tracked cell>", "eval"), shell.user_ns)
        if not source.rstrip().endswith(";"):
            shell.displayhook(value)


def evaluate(shell: Any, expressions: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values of named expressions in the user's namespace; and why others have none."""
    values: dict[str, Any] = {}
    problems = []
    for name, expression in expressions.items():
        try:
            values[name] = eval(_compiled(expression), shell.user_ns)
        except Exception as error:  # anything the user's own expression may raise
            problems.append(f"{name} not recorded: {expression} gives {type(error).__name__}: {error}")
    return values, problems


@functools.lru_cache(maxsize=1000)
def _compiled(expression: str) -> CodeType:
    """The expression, compiled once, however often a loop asks for its value."""
    return compile(expression.lstrip(" \t"), "<string>", "eval")


def evaluate_numbers(shell: Any, expressions: Mapping[str, str]) -> tuple[dict[str, float], list[str]]:
    """Like `evaluate`, for metrics: values that are no single number are passed over and told."""
    values, problems = evaluate(shell, expressions)
    numbers: dict[str, float] = {}
    for name, value in values.items():
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            problems.append(f"{name} not recorded: a {type(value).__name__} is not a number")
    return numbers, problems
