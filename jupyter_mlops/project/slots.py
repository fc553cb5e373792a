"""Verbs that run one slot."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import ModelVersion, Run, RunRequest, RunStatus, Slot, SlotEnd, SlotStatus
from jupyter_mlops.exceptions import MLOpsError, NotFound, ParameterError, Refused
from jupyter_mlops.project.challenging import Challenging
from jupyter_mlops.project.monitoring import Monitoring
from jupyter_mlops.project.predicting import Predicting
from jupyter_mlops.tracking import leases, registry, tags
from jupyter_mlops.tracking.reader import find_run

if TYPE_CHECKING:
    from jupyter_mlops.config import Config
    from jupyter_mlops.pipelines.runner import Asked
    from jupyter_mlops.scheduling.planned import Planned
    from jupyter_mlops.scheduling.sources import Source

Note = Callable[[str], None]


class RunningSlots(Challenging, Predicting, Monitoring):
    """Verbs that run one slot."""

    def run_slot(self, slot: Slot, planned: Planned, *, began: Note = lambda run_id: None) -> SlotEnd:
        """Run what the schedule says, once; how that ended. It never raises for what may go wrong with a run.

        A signal ends the run, in this process's main thread, as Ctrl-C would. What an earlier try at the slot
        began and still goes on is ended first.

        Args:
            slot: the slot, with its own parameters.
            planned: its schedule.
            began: gets the id of the run as soon as there is one.
        """
        from jupyter_mlops.scheduling import ending
        from jupyter_mlops.scheduling.stopping import limited, stoppable

        noted: list[str] = []

        def note(run_id: str) -> None:
            noted.append(run_id)
            began(run_id)

        with limited(planned.timeout) as limit, stoppable():
            try:
                if not planned.looks:
                    self._end_former(slot)
                end = self._run_planned(slot, planned, note)
            except (KeyboardInterrupt, SystemExit):
                run_id = noted[0] if noted else None
                end = ending.stopped(ending.TOLD, run_id, self._status(run_id))
            except MLOpsError as error:
                end = ending.of_error(error, noted[0] if noted else None)
            except Exception as error:
                traceback.print_exc()
                end = ending.of_error(error, noted[0] if noted else None)
        if limit.why and end.outcome is not RunStatus.FINISHED and end.status is SlotStatus.RAN:
            return end.model_copy(update={"why": limit.why})
        return end

    def cancel_slot_of(self, run: Run) -> None:
        """Where the run is of a slot, that is not tried again."""
        from jupyter_mlops.tracking.marks import marks_of

        number = marks_of(self.store, run.run_id).get(tags.SLOT, "")
        if number.isdecimal():
            with self.slot_store() as store:
                store.request_cancel(int(number))

    # -- what runs

    def _run_planned(self, slot: Slot, planned: Planned, note: Note) -> SlotEnd:
        if planned.looks:
            return self._look(planned)
        if planned.schedule is not None and planned.schedule.predict is not None:
            return self._predict(slot, planned, note)
        from jupyter_mlops.scheduling.values import slot_values

        values = slot_values(slot, planned.parameters, planned.zone)
        run = self._run_notebook if planned.pipeline is None else self._run_pipeline
        return run(slot, planned, values, note)

    def _run_notebook(self, slot: Slot, planned: Planned, values: dict[str, Any], note: Note) -> SlotEnd:
        from jupyter_mlops.execution.runner import execute
        from jupyter_mlops.scheduling.ending import of_run
        from jupyter_mlops.scheduling.sources import source_of

        schedule = planned.schedule
        assert schedule is not None
        assert schedule.notebook is not None
        source = source_of(self.root, self.config, planned)
        request = RunRequest(
            notebook=self.root / schedule.notebook,
            values=values,
            experiment=schedule.experiment,
            timeout=schedule.timeout,
            replaces=slot.run_id,
            tags=_marks(slot, source),
            **({} if source is None else self._kept(source, schedule.notebook)),
        )
        run = execute(request, self.store, begun=lambda recorder: note(recorder.run_id))
        notes: list[str] = []
        if run.exit_code == 0 and schedule.registration:
            self.store.check_answers()
            version = registry.register(self.store, run, schedule.registration)
            notes = self.challenge(version, slot.schedule, auto_promote=schedule.auto_promote)
        return of_run(run, notes)

    def _kept(self, source: Source, notebook: str) -> dict[str, Any]:
        """What of a request says that the notebook is one that is kept.

        Raises:
            NotFound: the folder is gone, in which it is to run.
        """
        from jupyter_mlops.execution.pinned import VARIABLE
        from jupyter_mlops.notebooks.document import read_notebook

        if not (self.root / notebook).parent.is_dir():
            raise NotFound(f"the folder of {notebook} is gone, in which it runs", hint="bring it back")
        document = read_notebook(source.files / notebook)
        return {"document": document, "environment": {VARIABLE: str(source.files)}, "cold": True}

    def _run_pipeline(self, slot: Slot, planned: Planned, values: dict[str, Any], note: Note) -> SlotEnd:
        from jupyter_mlops.pipelines.runner import Asked, run_pipeline
        from jupyter_mlops.scheduling.ending import of_run
        from jupyter_mlops.scheduling.sources import config_with, source_of

        assert planned.pipeline is not None
        source = source_of(self.root, self.config, planned)
        config = config_with(self.config, planned.pipeline, source)
        files = None if source is None else source.files
        asked = Asked(values=values, marks=_marks(slot, source), begun=note, source=files)
        try:
            made = run_pipeline(planned.pipeline, self.store, config, asked)
        except Refused as error:
            raise self._refused(planned.pipeline, config, asked, error) from None
        assert made.run is not None
        notes = []
        if made.exit_code == 0 and made.registered is not None:
            version = self._registered_as(made.registered)
            notes = self.challenge(version, slot.schedule, auto_promote=planned.auto_promote)
        return of_run(made.run, notes)

    def _refused(self, pipeline: str, config: Config, asked: Asked, error: Refused) -> Refused:
        """The refusal, as one of its parameters where it is these that do not fit."""
        from jupyter_mlops.pipelines.declared import build

        try:
            build(config, pipeline, self.root, values=asked.values, source=asked.source)
        except Refused:
            try:
                build(config, pipeline, self.root, source=asked.source)
            except Refused:
                return error
            return ParameterError(str(error), hint=error.hint)
        return error

    def _registered_as(self, told: str) -> ModelVersion:
        """The version of which a pipeline's run tells in words."""
        name, _, number = told.rpartition(" version ")
        return registry.find_version(self.store, f"{name}@{number}")

    def _predict(self, slot: Slot, planned: Planned, note: Note) -> SlotEnd:
        assert planned.schedule is not None
        batch = planned.schedule.predict
        assert batch is not None
        scored = self.predict(
            batch.model, batch.data, self.root / batch.output, split=batch.split, key=batch.key
        )
        told = f"{scored.rows} rows into {batch.output}"
        return self._marked(slot, scored.run_id, "; ".join((told, *scored.notes)), note)

    def _look(self, planned: Planned) -> SlotEnd:
        """Look once. All looks of a monitor are of one run, which is no slot's own."""
        assert planned.monitor is not None
        reading = self.check_monitor(planned.monitor)
        told = "; ".join(reading.breaches) or reading.verdict
        told = f"nothing is new since look {reading.number}: {told}" if reading.repeated else told
        return SlotEnd(status=SlotStatus.RAN, outcome=RunStatus.FINISHED, run_id=reading.run_id, why=told)

    def _marked(self, slot: Slot, run_id: str | None, told: str, note: Note) -> SlotEnd:
        """The end of a slot whose run told of itself only when it had ended well."""
        from jupyter_mlops.tracking.recorder import Recorder

        if run_id is not None:
            note(run_id)
            Recorder(self.store, run_id).tags(_marks(slot))
        return SlotEnd(status=SlotStatus.RAN, outcome=RunStatus.FINISHED, run_id=run_id, why=told)

    # -- what ran before

    def _end_former(self, slot: Slot) -> None:
        """End the run that an earlier try at the slot began, if it goes on: its worker was thought dead, as
        one that the system had stopped. One that another machine holds ends by itself: its lease has
        lapsed."""
        if slot.run_id is None:
            return
        from jupyter_mlops.execution.cancel import cancel

        leases.reconcile(self.store)
        if self._status(slot.run_id) is not RunStatus.RUNNING:
            return
        holder = leases.holder(self.store, slot.run_id)
        if holder is not None and holder != os.getpid():
            with contextlib.suppress(OSError):
                os.kill(holder, signal.SIGCONT)
        with contextlib.suppress(Refused):
            cancel(self.store, find_run(self.store, slot.run_id))

    def _status(self, run_id: str | None) -> RunStatus | None:
        return None if run_id is None or (run := self._found(run_id)) is None else run.status

    def _found(self, run_id: str) -> Run | None:
        with contextlib.suppress(NotFound):
            return find_run(self.store, run_id)
        return None


def _marks(slot: Slot, source: Source | None = None) -> dict[str, str]:
    marks = {tags.SCHEDULE: slot.schedule, tags.SLOT: str(slot.id)}
    if source is not None and source.commit is not None:
        marks[tags.SOURCE_COMMIT] = source.commit
    return marks
