"""Which of the slots that wait may run now: limits of the project and of the schedule, and overlap.

Slots get their turn in the order in which they were due, those of backfills last. A slot for which its
schedule has no room is dealt with as its overlap policy says, unless somebody asked for it, it is a try
that is due again, or it is late and all late ones are to run: then it waits. Under ``skip`` a change that
comes while the run of an earlier one goes on waits, too, since that run may not have seen it; several
become one.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jupyter_mlops.entities import Overlap, Slot, SlotKind, SlotStatus
from jupyter_mlops.scheduling.database import text_of
from jupyter_mlops.scheduling.leases import Terms
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.slots import REMOVED, slot_of
from jupyter_mlops.scheduling.store import SlotStore

_LOOKED_AT = 20_000  # slots that wait, in one tick
_BY_HAND = (SlotKind.MANUAL, SlotKind.BACKFILL)  # run also of a schedule that is paused
_OVERLAP = "overlap: an earlier run of it goes on, or waits for its turn"

_WAITING = f"""
SELECT s.id, s.schedule, s.kind, s.due, s.not_before, s.attempt, s.patient, s.parameters, c.declared,
    c.gone, c.paused_by IS NOT NULL AS paused
FROM slots s JOIN schedules c ON c.name = s.schedule WHERE s.status = 'due'
ORDER BY s.kind = '{SlotKind.BACKFILL.value}', s.due, s.id LIMIT {_LOOKED_AT}
"""


@dataclass
class Claims:
    """The slots that were begun, each with the token that holds it, and those that ended without a run."""

    begun: list[tuple[Slot, str]] = field(default_factory=list)
    ended: list[Slot] = field(default_factory=list)


def claim(
    store: SlotStore,
    planned: Mapping[str, Planned],
    now: datetime,
    owner: str,
    limit: int,
    *,
    until: datetime | None = None,
) -> Claims:
    """Claim for `owner` what may run now: at most `limit` runs go on in the project, whoever began them. With
    `until`, of that only what was due by then."""
    waits = "SELECT 1 FROM slots WHERE status = 'due' AND (not_before IS NULL OR not_before <= ?) LIMIT 1"
    if store.row(waits, [text_of(now)]) is None:
        return Claims()
    with store.writing() as connection:
        return _Round(store, connection, planned, now, until).claim(owner, limit)


def waiting_for_room(store: SlotStore, planned: Mapping[str, Planned]) -> list[Slot]:
    """The slots that begin when there is room for them, and it is their time; at most 20,000."""
    found = [slot for slot in store.waiting(limit=_LOOKED_AT) if slot.schedule in planned]
    states = store.states({slot.schedule for slot in found}) if found else {}
    return [slot for slot in found if slot.kind in _BY_HAND or not states[slot.schedule].paused]


class _Round:
    def __init__(
        self,
        store: SlotStore,
        connection: sqlite3.Connection,
        planned: Mapping[str, Planned],
        now: datetime,
        until: datetime | None,
    ) -> None:
        self.store = store
        self.connection = connection
        self.planned = planned
        self.now = now
        self.due_by = text_of(now) if until is None else text_of(min(until, now))
        self.any_time = until is None
        self.claims = Claims()
        self.running: dict[str, list[sqlite3.Row]] = defaultdict(list)
        query = "SELECT id, schedule, kind, due, cancel FROM slots WHERE status = 'running' ORDER BY id"
        for row in connection.execute(query).fetchall():
            self.running[row["schedule"]].append(row)

    def claim(self, owner: str, limit: int) -> Claims:
        """All that may run, as long as there is room."""
        room = limit - sum(map(len, self.running.values()))
        going = Counter({name: len(rows) for name, rows in self.running.items()})
        ahead = Counter(
            row["schedule"]
            for rows in self.running.values()
            for row in rows
            if row["kind"] != SlotKind.BACKFILL
        )
        for row in self._settled(self.connection.execute(_WAITING).fetchall()):
            plan = self.planned[row["schedule"]]
            if self._overlaps(row, plan, ahead[plan.name]):
                self._end(row, SlotStatus.SKIPPED, _OVERLAP)
                continue
            ahead[plan.name] += row["kind"] != SlotKind.BACKFILL
            if room > 0 and going[plan.name] < plan.limit and self._ready(row):
                terms = Terms(plan.retries, plan.backoff)
                taken = self.store.take(self.connection, row["id"], owner, terms, self.now)
                if taken is not None:
                    self.claims.begun.append(taken)
                    going[plan.name] += 1
                    room -= 1
        return self.claims

    def _ready(self, row: sqlite3.Row) -> bool:
        paused = row["paused"] and row["kind"] not in _BY_HAND
        if paused or not (self.any_time or row["due"] <= self.due_by):
            return False
        return row["not_before"] is None or bool(row["not_before"] <= text_of(self.now))

    def _overlaps(self, row: sqlite3.Row, plan: Planned, ahead: int) -> bool:
        fresh = row["kind"] == SlotKind.TIME and not row["patient"] and not row["attempt"]
        return fresh and plan.overlap is Overlap.SKIP and ahead >= plan.limit

    def _settled(self, rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
        """Those of schedules that are known, without those that give way to newer ones."""
        by_schedule: dict[str, list[sqlite3.Row]] = defaultdict(list)
        for row in rows:
            if row["gone"] is not None:
                continue  # it waits: its schedule may come back
            if not row["declared"]:
                self._end(row, SlotStatus.SKIPPED, REMOVED)
            elif row["schedule"] in self.planned:
                by_schedule[row["schedule"]].append(row)
        gone: set[int] = set()
        for name, waiting in by_schedule.items():
            plan = self.planned[name]
            if plan.overlap is Overlap.CANCEL:
                gone |= self._give_way(plan, waiting)
            elif plan.overlap is Overlap.SKIP:
                gone |= self._as_one(plan, waiting)
        return [row for row in rows if row["id"] not in gone and row["schedule"] in by_schedule]

    def _give_way(self, plan: Planned, waiting: list[sqlite3.Row]) -> set[int]:
        """The newest waits; older ones end, and so do the oldest runs, as far as it needs their room."""
        mine = [row for row in waiting if not row["patient"] or row["attempt"]]
        old, new = mine[: -plan.limit], mine[-plan.limit :]
        for row in old:
            why = f"overlap: the slot of {_moment(new[-1])} came"
            self._end(row, SlotStatus.RAN if row["attempt"] else SlotStatus.SKIPPED, why)
        runs = self.running[plan.name]
        fresh = [row for row in new if not row["attempt"] and not row["paused"]]
        for row in runs[: max(0, min(len(runs) + len(fresh) - plan.limit, len(fresh)))]:
            if row["cancel"] is None:
                why = f"cancelled: the slot of {_moment(fresh[-1])} came"
                self.connection.execute("UPDATE slots SET cancel = ? WHERE id = ?", [why, row["id"]])
        return {row["id"] for row in old}

    def _as_one(self, plan: Planned, waiting: list[sqlite3.Row]) -> set[int]:
        """Of changes that wait, the newest stand for all."""
        changes = [
            row
            for row in waiting
            if row["kind"] == SlotKind.TRIGGER and not row["patient"] and not row["attempt"]
            and row["parameters"] == "{}"
        ]  # fmt: skip
        room = max(1, plan.limit - len(self.running[plan.name]))
        for row in changes[:-room]:
            self._end(row, SlotStatus.COALESCED, f"into the slot of {_moment(changes[-1])}")
        return {row["id"] for row in changes[:-room]}

    def _end(self, row: sqlite3.Row, status: SlotStatus, why: str) -> None:
        values: list[Any] = [status.value, why, text_of(self.now), row["id"]]
        ended = self.connection.execute(
            "UPDATE slots SET status = ?, why = ?, ended = ?, not_before = NULL WHERE id = ? RETURNING *",
            values,
        ).fetchone()
        self.claims.ended.append(slot_of(ended))


def _moment(row: sqlite3.Row) -> str:
    return f"{datetime.fromisoformat(row['due']):%Y-%m-%d %H:%M:%S} UTC"
