"""The parent run of a pipeline run: begun before any step, closed with what became of all of them, and told
as it goes in a file of its own (`recalled` reads it)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.config import CONFIG_NAME
from jupyter_mlops.entities import PipelineRun, Registration, Run, RunKind, RunStatus, StepRun, StepState
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.background import Background
from jupyter_mlops.files import write_whole
from jupyter_mlops.notebooks.values import record
from jupyter_mlops.pipelines.driver import Driver, described
from jupyter_mlops.provenance import capture
from jupyter_mlops.tracking import leases, registry, tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

CUT_OFF = "the run was cut off before its steps ended"
STATE = tags.STEPS
PACE = 0.5  # seconds between two writings of it while the run goes on
_FIRST = 0.05  # before the first one: steps come together
_SHARE = 20  # of which writing it may take so much less


@dataclass
class Recorded:
    """Records what `driver` does as a run of the pipeline `name`, with `marks` as tags; `begun` gets its id
    before any step."""

    name: str
    store: Store
    driver: Driver
    registration: Registration | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    begun: Callable[[str], None] = lambda run_id: None

    def run(self) -> PipelineRun:
        """Drive; the pipeline run as it ended.

        Raises:
            MLOpsError: its end could not be recorded.
        """
        recorder = Recorder.start(
            self.store,
            experiment=self.driver.experiment or self.store.default_experiment,
            name=self.name,
            kind=RunKind.PIPELINE,
            notebook=CONFIG_NAME,
            extra={tags.PIPELINE: self.name, **self.marks},
        )
        leases.take(self.store, recorder.run_id)
        origin = Background(lambda: capture(self.store.root, None))
        self.driver.parent = recorder.run_id
        told = _Told(leases.kept_folder(self.store, recorder.run_id) / STATE, self)
        self.driver.watch = told.watching(self.driver.watch)
        self.driver.tick = told.ticking(leases.watching(self.store))
        registered, status, code, error = None, RunStatus.KILLED, 4, CUT_OFF
        try:
            self.begun(recorder.run_id)
            recorder.parameters([record(*item) for item in self.driver.graph.parameters.items()])
            self.driver.drive()
            status, code, error = self._ended()
            if code == 0 and self.registration is not None:
                try:
                    registered = self._register(self.registration)
                except MLOpsError as problem:  # all steps did well all the same
                    status, code, error = RunStatus.FAILED, problem.exit_code, described(problem)
            recorder.provenance(origin.result())
            recorder.metrics(self._metrics())
            self._keep(recorder, registered, code)
        except MLOpsError as problem:
            status, code, error = RunStatus.FAILED, problem.exit_code, str(problem)
            raise
        finally:
            recorder.close(status, exit_code=code, error=error or None)
        leases.release(self.store, recorder.run_id)
        return self.told(recorder.snapshot(), registered, code)

    def _ended(self) -> tuple[RunStatus, int, str]:
        """Status, exit code and error of the whole."""
        signal = self.driver.signals.came
        if signal:
            return RunStatus.KILLED, 128 + signal, "it was cancelled"
        failed = [step.name for step in self.driver.steps() if step.state is StepState.FAILED]
        if failed:
            return RunStatus.FAILED, self.driver.exit_code or 4, f"failed: {', '.join(failed)}"
        return RunStatus.FINISHED, 0, ""

    def _metrics(self) -> Mapping[str, float]:
        """Metrics of each step, of a grid its best point's, named ``STEP.METRIC``."""
        made = self.driver.made.items()
        return {f"{n}.{metric}": value for n, each in made for metric, value in each.run.metrics.items()}

    def _register(self, registration: Registration) -> str | None:
        """Register what the step made, unless that was done before."""
        made = self.driver.made.get(registration.step)
        if made is None:  # skipped
            return None
        name = registration.model.partition("=")[0]
        for version in registry.list_models(self.store, None):
            if version.name == name and version.run_id == made.run.run_id:
                return f"{version.name} version {version.version}"
        self.store.check_answers()
        version = registry.register(self.store, made.run, registration.model)
        return f"{version.name} version {version.version}"

    def _keep(self, recorder: Recorder, registered: str | None, code: int) -> None:
        folder = leases.kept_folder(self.store, recorder.run_id)
        told = self.told(None, registered, code)
        write_whole(folder / STATE, told.model_dump_json(indent=1))
        recorder.keep(folder)

    def told(self, run: Run | None = None, registered: str | None = None, code: int = 0) -> PipelineRun:
        """The pipeline run as it is."""
        return PipelineRun(
            pipeline=self.name,
            run=run,
            steps=self.driver.steps(),
            edges=self.driver.graph.edges,
            asked={name: record(name, value).value for name, value in self.driver.graph.asked.items()},
            registered=registered,
            exit_code=code,
        )


class _Told:
    """Keeps the state of the run in a file while it goes on, so that any process can tell it."""

    def __init__(self, path: Path, recorded: Recorded) -> None:
        self._path, self._recorded = path, recorded
        self._news, self._due = False, time.monotonic() + _FIRST

    def watching(self, watch: Callable[[StepRun], None]) -> Callable[[StepRun], None]:
        """As `watch`, and the file is written soon."""

        def heard(step: StepRun) -> None:
            watch(step)
            self._news = True
            self._write()

        return heard

    def ticking(self, tick: Callable[[], None]) -> Callable[[], None]:
        """As `tick`, and what is not written yet is written."""

        def ticked() -> None:
            tick()
            self._write()

        return ticked

    def _write(self) -> None:
        began = time.monotonic()
        if not self._news or began < self._due:
            return
        with contextlib.suppress(OSError):  # the disk is full, say: the run may go on
            write_whole(self._path, self._recorded.told().model_dump_json())
        now = time.monotonic()
        self._news, self._due = False, now + max(PACE, _SHARE * (now - began))
