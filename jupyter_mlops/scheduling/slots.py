"""Slots: how they come about, how they are found, and how those end that do not run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.entities import RunStatus, Slot, SlotKind, SlotStatus
from jupyter_mlops.scheduling.database import Database, text_of, time_of

KEPT = 10_000  # slots of each schedule that are over; older ones are let go
_PRUNED_AT = 11_000
REMOVED = "the schedule was removed"
PAUSED = "paused"
_INSERT = (
    "INSERT INTO slots (schedule, key, kind, due, status, why, not_before, requester, created, ended,"
    " parameters, patient) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (schedule, key) DO NOTHING"
)
PATIENT = frozenset({SlotKind.MANUAL, SlotKind.BACKFILL, SlotKind.RETRAIN})  # somebody asked for them


@dataclass(frozen=True)
class Offer:
    """A slot that is to be, if there is none of this key yet."""

    schedule: str
    key: str
    due: datetime
    kind: SlotKind = SlotKind.TIME
    why: str = ""
    status: SlotStatus = SlotStatus.DUE
    requester: str | None = None
    parameters: Mapping[str, Any] | None = None
    not_before: datetime | None = None
    patient: bool = False  # it waits where there is no room, whatever the overlap policy says


def time_key(due: datetime) -> str:
    """The key of the slot of that time: so one of a schedule and one of a backfill are the same."""
    return (due if due.tzinfo is UTC else due.astimezone(UTC)).isoformat()


def slot_of(row: sqlite3.Row) -> Slot:
    """The slot that a row holds."""
    return Slot(
        id=row["id"],
        schedule=row["schedule"],
        key=row["key"],
        kind=SlotKind(row["kind"]),
        due=datetime.fromisoformat(row["due"]),
        status=SlotStatus(row["status"]),
        why=row["why"],
        outcome=None if row["outcome"] is None else RunStatus(row["outcome"]),
        run_id=row["run_id"],
        attempt=row["attempt"],
        not_before=time_of(row["not_before"]),
        owner=row["owner"],
        requester=row["requester"],
        created=time_of(row["created"]),
        started=time_of(row["started"]),
        ended=time_of(row["ended"]),
        parameters=json.loads(row["parameters"]),
    )


class Slots(Database):
    """The slots of a project."""

    # -- finding

    def slot(self, slot_id: int) -> Slot | None:
        """The slot of that number."""
        row = self.row("SELECT * FROM slots WHERE id = ?", [slot_id])
        return None if row is None else slot_of(row)

    def slot_by_key(self, schedule: str, key: str) -> Slot | None:
        """The slot of a schedule that has this key."""
        row = self.row("SELECT * FROM slots WHERE schedule = ? AND key = ?", [schedule, key])
        return None if row is None else slot_of(row)

    def slots(
        self, schedule: str | None = None, *, limit: int = 20, status: SlotStatus | None = None
    ) -> list[Slot]:
        """The newest slots, newest first: of one schedule by due time, else in the order they came about."""
        conditions, values = ["1"], list[Any]()
        if schedule is not None:
            conditions.append("schedule = ?")
            values.append(schedule)
        if status is not None:  # as a text of its own, so that the indices of open slots are used
            conditions.append(f"status = '{SlotStatus(status).value}'")
        order = "id DESC" if schedule is None else "due DESC, id DESC"
        query = f"SELECT * FROM slots WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?"
        return [slot_of(row) for row in self.rows(query, [*values, limit])]

    def running(self) -> list[Slot]:
        """The slots whose runs go on, oldest first."""
        return [slot_of(row) for row in self.rows("SELECT * FROM slots WHERE status = 'running' ORDER BY id")]

    def waiting(self, *, limit: int = 100) -> list[Slot]:
        """The slots that wait, those longest due first."""
        query = "SELECT * FROM slots WHERE status = 'due' ORDER BY due, id LIMIT ?"
        return [slot_of(row) for row in self.rows(query, [limit])]

    # -- coming about

    def offer(
        self,
        schedule: str,
        key: str,
        due: datetime,
        kind: SlotKind,
        *,
        why: str = "",
        requester: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        not_before: datetime | None = None,
    ) -> Slot | None:
        """A new slot that waits; None where the schedule has one of this key already. Of a schedule that is
        paused it is skipped, unless a person asked for it."""
        offered = Offer(
            schedule,
            key,
            due,
            kind,
            why=why,
            requester=requester,
            parameters=parameters,
            not_before=not_before,
            patient=kind in PATIENT,
        )
        return next(iter(self.offer_all([offered])), None)

    def offer_all(self, offers: Iterable[Offer]) -> list[Slot]:
        """Like `offer`, for many, all or none of them; those that are new."""
        with self.writing() as connection:
            now = self.clock.now()
            slots = []
            for offer in offers:
                self._acquaint(connection, offer.schedule, now)
                row = insert(connection, _unless_paused(connection, offer), now)
                if row is not None:
                    slots.append(slot_of(row))
            return slots

    def _acquaint(self, connection: sqlite3.Connection, schedule: str, now: datetime) -> None:
        """A schedule may be offered a slot before any scheduler has seen it."""
        connection.execute(
            "INSERT INTO schedules (name, cursor) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [schedule, text_of(now)],
        )

    # -- ending without a run

    def skip_waiting(
        self, connection: sqlite3.Connection, schedule: str, why: str, now: datetime
    ) -> list[Slot]:
        """All slots of a schedule that wait end."""
        found = connection.execute(
            "UPDATE slots SET status = 'skipped', why = ?, ended = ?, not_before = NULL"
            " WHERE schedule = ? AND status = 'due' RETURNING *",
            [why, text_of(now), schedule],
        ).fetchall()
        return [slot_of(row) for row in found]

    def prune(self, *, kept: int = KEPT, when: int = _PRUNED_AT) -> int:
        """Let go of the oldest slots of schedules that have more than `when` that are over, but for the
        newest `kept` of each; how many."""
        over = "ran + skipped + coalesced - pruned"
        names = self.rows(f"SELECT name FROM schedules WHERE {over} > ?", [when])
        gone = 0
        for row in names:
            with self.writing() as connection:
                removed = connection.execute(
                    "DELETE FROM slots WHERE id IN (SELECT id FROM slots WHERE schedule = ?1"
                    " AND status NOT IN ('due', 'running') ORDER BY due DESC, id DESC LIMIT -1 OFFSET ?2)",
                    [row["name"], kept],
                ).rowcount
                connection.execute(
                    "UPDATE schedules SET pruned = pruned + ? WHERE name = ?", [removed, row["name"]]
                )
            gone += removed
        return gone


def insert(connection: sqlite3.Connection, offer: Offer, now: datetime) -> sqlite3.Row | None:
    """Put a slot down; None where its key is taken."""
    values = _values(offer, text_of(now))
    row: sqlite3.Row | None = connection.execute(f"{_INSERT} RETURNING *", values).fetchone()
    return row


def insert_many(connection: sqlite3.Connection, offers: Iterable[Offer], now: datetime) -> int:
    """Put many down, but for those whose key is taken; how many."""
    made = text_of(now)
    return connection.executemany(_INSERT, (_values(offer, made) for offer in offers)).rowcount


def _values(offer: Offer, made: str) -> Sequence[Any]:
    over = offer.status is not SlotStatus.DUE
    return [
        offer.schedule,
        offer.key,
        offer.kind.value,
        text_of(offer.due),
        offer.status.value,
        offer.why,
        None if offer.not_before is None or over else text_of(offer.not_before),
        offer.requester,
        made,
        made if over else None,
        json.dumps(dict(offer.parameters)) if offer.parameters else "{}",
        offer.patient,
    ]


def _unless_paused(connection: sqlite3.Connection, offer: Offer) -> Offer:
    if offer.kind in {SlotKind.MANUAL, SlotKind.BACKFILL}:
        return offer
    paused = connection.execute(
        "SELECT 1 FROM schedules WHERE name = ? AND paused_by IS NOT NULL", [offer.schedule]
    ).fetchone()
    if paused is None:
        return offer
    why = f"{PAUSED}: {offer.why}" if offer.why else PAUSED
    return Offer(offer.schedule, offer.key, offer.due, offer.kind, why=why, status=SlotStatus.SKIPPED)
