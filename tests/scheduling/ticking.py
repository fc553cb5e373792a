"""What tests of the tick share: a project whose clock they set, and workers that they end themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotStatus, Tick
from jupyter_mlops.scheduling.clock import Clock
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.scheduling.tick import Probe, tick

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Stands(Clock):
    """A clock that is where a test puts it."""

    at = NOON

    def now(self) -> datetime:
        return self.at


@dataclass
class Project:
    """One scheduler on a store; the runs that it began go on until a test ends them."""

    root: Path
    limit: int = 10
    planned: dict[str, Planned] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)
    probe: Probe | None = None
    lease: float = 30.0

    def __post_init__(self) -> None:
        self.clock = Stands()
        self.store = SlotStore(self.root, self.clock, lease=self.lease)

    def declare(self, name: str = "nightly", **fields: Any) -> None:
        """Declare a schedule, by default of every minute."""
        given = {
            "notebook": "a.ipynb",
            **({"every": 60} if not {"cron", "on"} & set(fields) else {}),
            **fields,
        }
        self.planned = {**self.planned, name: Planned(name, Schedule.model_validate(given))}
        self.store.sync(self.planned, self.now)

    def remove(self, name: str = "nightly") -> list[Slot]:
        """Take a schedule away."""
        self.planned = {other: plan for other, plan in self.planned.items() if other != name}
        return self.store.sync(self.planned, self.now)

    @property
    def now(self) -> datetime:
        return self.clock.at

    def go(self, **later: float) -> Tick:
        """Let time go on, and tick; without any, only tick."""
        Stands.at = self.clock.at = self.clock.at + timedelta(**later)
        return self.tick()

    def tick(self, planned: Mapping[str, Planned] | None = None) -> Tick:
        return tick(
            self.store,
            self.planned if planned is None else planned,
            self.now,
            me(),
            limit=self.limit,
            probe=self.probe,
            launch=self.launch,
        )

    def launch(self, slot: Slot, token: str) -> None:
        assert slot.status is SlotStatus.RUNNING
        assert slot.id not in self.held, "begun twice"
        self.held[slot.id] = token

    def end(self, slot: Slot, outcome: RunStatus = RunStatus.FINISHED, **more: Any) -> None:
        """The run of a slot ends."""
        assert self.store.finish(slot.id, self.held.pop(slot.id), SlotStatus.RAN, outcome=outcome, **more), (
            "it was not held"
        )

    def told(self, name: str = "nightly") -> list[str]:
        """The slots of a schedule as a person reads them, the oldest first."""
        found = reversed(self.store.slots(name, limit=100_000))
        return [f"{slot.due:%H:%M} {slot.status.value} {slot.why}".rstrip() for slot in found]
