"""Verbs on monitors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jupyter_mlops.entities import (
    Event,
    Monitor,
    MonitorReading,
    MonitorState,
    Notice,
)
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused, did_you_mean
from jupyter_mlops.project.conditions import performance_of
from jupyter_mlops.project.rooms import Rooms

if TYPE_CHECKING:
    from jupyter_mlops.tracking.monitors import Kept


class Monitoring(Rooms):
    """Verbs on monitors."""

    def monitors(self, model: str | None = None) -> list[MonitorState]:
        """All monitors of ``mlops.yaml``, or those of a model, with their readings.

        Raises:
            StoreError: the store, or what it holds of one, cannot be read.
        """
        chosen = self.config.monitors.items()
        return [self._state(name, each) for name, each in chosen if model in {None, each.model}]

    def monitor(self, name: str) -> MonitorState:
        """The monitor of that name, or the one of the model of that name, with its readings.

        Raises:
            NotFound: there is none, or the model has several.
            StoreError: the store, or what it holds of it, cannot be read.
        """
        found = self._named(name)
        return self._state(found, self.config.monitors[found])

    def check_monitor(self, name: str, *, now: datetime | None = None) -> MonitorReading:
        """Look once: compare what the champion sees now with its reference, keep what is found as a step of
        the metrics of the monitor's run in the experiment ``mlops-monitors``, with the whole report; where
        that is a breach, tell those whom ``notify:`` names, and set off what `on_drift` says, not again
        within its cooldown. Of several processes that look at once the later ones find nothing new.

        Where nothing is new since the last look, neither data nor true values nor the champion, its reading
        is given again, as `repeated`; a retraining that was held then is set off if it may be now.

        A retraining runs the pipeline as it stands, on what its datasets hold then: ``dataset:NAME`` of a
        step is the source of the dataset as it is at that time. It is for whatever brings the data to write
        them there.

        Args:
            name: of the monitor, or of a model that has but one.
            now: when it is, by default as the project's clock says.

        Raises:
            NotFound: no such monitor, data or column.
            ConfigError: a condition in ``performance:`` cannot be read.
            NothingYet: the model has no champion, or nothing was recorded.
            Refused: the champion's files are gone, rows are not there, or there is no reference.
            MLOpsError: the store does not take the reading.
        """
        from jupyter_mlops.monitoring.breaches import is_known
        from jupyter_mlops.monitoring.monitors import read_monitor
        from jupyter_mlops.monitoring.watched import watched
        from jupyter_mlops.scheduling.clock import clock_from_environment
        from jupyter_mlops.tracking import monitors as kept_monitors

        name = self._named(name)
        declared, conditions = self.config.monitors[name], performance_of(self.config, self.root, name)
        now = clock_from_environment().now() if now is None else now.astimezone(UTC)
        self.store.check_answers()
        self.settle(declared.model)
        with kept_monitors.alone(self.store, name):
            looked = watched(self.store, self.config, name, conditions)
            kept = kept_monitors.read(self.store, name)
            last = kept.last
            if last is not None and last.seen == looked.seen:
                return self._again(kept, last, declared, now)
            found, report = read_monitor(self.store, self.config, looked, now)
            found = found.model_copy(update={"known": is_known(found, last)})
            if found.breaches and (not found.known or (last is not None and last.held)):
                found = self._set_off(declared, found, now)
            found = kept_monitors.keep(self.store, kept, found, report)
        if found.breaches and not found.known:
            self._tell_of_breach(found)
        return found

    def _again(self, kept: Kept, last: MonitorReading, declared: Monitor, now: datetime) -> MonitorReading:
        """The last reading; what it was to set off, and could not, may be set off now."""
        from jupyter_mlops.tracking.monitors import replace_last

        if last.held:
            changed = self._set_off(declared, last, now)
            if changed.retrain is not None:
                replace_last(self.store, kept, changed)
            last = changed
        return last.model_copy(update={"repeated": True})

    def _set_off(self, declared: Monitor, found: MonitorReading, now: datetime) -> MonitorReading:
        from jupyter_mlops.project.retraining import set_off

        if declared.on_drift is None:
            return found.model_copy(update={"held": ""})
        try:
            key, held = set_off(self.root, declared.on_drift, found, now)
        except MLOpsError as error:  # what was found is to be kept and told all the same
            key, held = None, str(error)
        return found.model_copy(update={"retrain": key, "held": held})

    def _tell_of_breach(self, found: MonitorReading) -> None:
        from jupyter_mlops.notices.sending import tell

        facts = {
            "monitor": found.monitor,
            "model": f"{found.model}@{found.version}",
            "reference": found.reference,
            "current": found.current,
            "columns": ", ".join(found.drifted),
            "metrics": ", ".join(found.broken),
            "retraining": "set off" if found.retrain else found.held,
            "run": found.run_id or "",
        }
        subject = f"{found.model}@{found.version}: {found.verdict}"
        self.store.state_folder()
        notice = Notice(event=Event.DRIFT, subject=subject, when=datetime.now(UTC), facts=facts)
        tell(self.root, self.config.notify, notice)

    def _named(self, name: str) -> str:
        """The name of the monitor that is meant."""
        if name in self.config.monitors:
            return name
        own = [each for each, monitor in self.config.monitors.items() if monitor.model == name]
        if len(own) == 1:
            return own[0]
        if own:
            raise NotFound(f"{name} has several monitors", hint=f"name one: {', '.join(own)}")
        if not self.config.monitors:
            raise NotFound(
                "mlops.yaml has no monitors:", hint=f"e.g. monitors: {{{name}: {{model: {name}}}}}"
            )
        raise NotFound(f"no monitor {name!r}", hint=did_you_mean(name, self.config.monitors))

    def _state(self, name: str, monitor: Monitor) -> MonitorState:
        from jupyter_mlops.monitoring.watched import champion_of
        from jupyter_mlops.scheduling.clock import clock_from_environment
        from jupyter_mlops.scheduling.planned import MONITOR, Planned
        from jupyter_mlops.scheduling.times import next_due
        from jupyter_mlops.tracking import monitors as kept_monitors

        self.settle(monitor.model)
        readings = kept_monitors.read(self.store, name).readings
        note, champions = "", dict[str, datetime]()
        try:
            champion = champion_of(self.store, name, monitor.model).version
            champions = self._champions(monitor.model, readings)
            if readings and readings[-1].version != champion:
                note = f"the champion is version {champion} now: it was not looked at yet"
        except Refused as error:
            note = str(error)
        planned = Planned(f"{MONITOR}{name}", monitor=name, watch=monitor)
        due = next_due(planned, clock_from_environment().now())
        return MonitorState(
            name=name, monitor=monitor, readings=readings, champions=champions, next=due, note=note
        )

    def _champions(self, model: str, readings: tuple[MonitorReading, ...]) -> dict[str, datetime]:
        """When each version that was looked at became the champion: as the ledger tells, if that was between
        the two looks, else when it was first looked at."""
        from jupyter_mlops.promotion.ledger import read_ledger
        from jupyter_mlops.tracking.registry import CHAMPION

        moved = [e for e in read_ledger(self.store, model) if e.moves and e.alias == CHAMPION]
        found: dict[str, datetime] = {}
        before: MonitorReading | None = None
        for each in readings:
            if before is None or before.version != each.version:
                fitting = [
                    entry.when
                    for entry in moved
                    if entry.to_version == each.version
                    and entry.when <= each.when
                    and (before is None or entry.when > before.when)
                ]
                found[each.version] = fitting[-1] if fitting else each.when
            before = each
        return found
