"""From due times to slots: each due time of a schedule becomes one, once, however late anybody looks.

The schedule's cursor moves in the same transaction as its slots come about, so none is lost where a scheduler
is killed; a key is there once, so none is doubled, also where the clock is set back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jupyter_mlops.entities import Misfire, Slot, SlotStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.database import text_of
from jupyter_mlops.scheduling.pauses import Pause, kept, pauses_of
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.slots import KEPT, PAUSED, Offer, insert, insert_many, slot_of, time_key
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.scheduling.times import due_between, next_due

_AT_ONCE = 900  # schedules in one transaction: whoever else writes does not wait for long
_FAR = timedelta(days=1)  # a cursor that is ahead by more is not waited for


@dataclass
class Made:
    """The slots that came about: how many, those that ended at once, and what was wrong with a schedule."""

    created: int = 0
    ended: list[Slot] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    waiting: list[Offer] = field(default_factory=list)
    moved: list[tuple[str, str | None, str]] = field(default_factory=list)

    def put(self, connection: sqlite3.Connection, offer: Offer, now: datetime) -> sqlite3.Row | None:
        """Put a slot down that has ended, unless it is there."""
        row = insert(connection, offer, now)
        if row is not None:
            self.created += 1
            self.ended.append(slot_of(row))
        return row

    def put_down(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Put down all slots that wait, and how far the schedules were looked at: together, since there may
        be thousands."""
        if self.waiting:
            self.created += insert_many(connection, self.waiting, now)
        connection.executemany(
            "UPDATE schedules SET cursor = max(cursor, ?), next = ? WHERE name = ?", self.moved
        )
        self.waiting.clear()
        self.moved.clear()


def make_due(store: SlotStore, planned: Mapping[str, Planned], now: datetime) -> Made:
    """Make the slots of all schedules that came due up to `now`. Of a schedule that was declared anew
    meanwhile, and of one that cannot be understood, nothing is lost: see `SlotStore.sync`."""
    made = Made()
    set_back(store, now)
    moment = text_of(now)
    found = store.rows("SELECT name FROM schedules WHERE declared AND next <= ?", [moment])
    names = [row["name"] for row in found if row["name"] in planned]
    for begin in range(0, len(names), _AT_ONCE):
        with store.writing() as connection:
            part = names[begin : begin + _AT_ONCE]
            query = f"SELECT * FROM schedules WHERE name IN ({', '.join('?' * len(part))})"
            for row in connection.execute(query, part).fetchall():
                plan = planned[row["name"]]
                unseen = row["next"] is not None and row["next"] <= moment
                if unseen and row["declared"] and row["times"] == plan.times:
                    _look(connection, row, plan, now, made)
            made.put_down(connection, now)
    return made


def set_back(store: SlotStore, now: datetime, far: timedelta = _FAR) -> None:
    """A cursor that is ahead was put there by another clock, or one that was set meanwhile. What it passed
    has its slots, so that it is waited for; unless it is far ahead: then slots that had no run come again."""
    ahead = text_of(now + far)
    found = store.rows("SELECT name FROM schedules WHERE cursor > ?", [ahead])
    for name in [row["name"] for row in found]:
        with store.writing() as connection:
            for status in (SlotStatus.SKIPPED.value, SlotStatus.COALESCED.value):
                connection.execute(
                    f"UPDATE schedules SET {status} = {status} - (SELECT count(*) FROM slots"
                    " WHERE schedule = ?1 AND due > ?2 AND status = ?3 AND kind = 'time') WHERE name = ?1",
                    [name, text_of(now), status],
                )
                connection.execute(
                    "DELETE FROM slots WHERE schedule = ? AND due > ? AND status = ? AND kind = 'time'",
                    [name, text_of(now), status],
                )
            connection.execute(
                "UPDATE schedules SET cursor = ?, next = CASE WHEN next IS NOT NULL THEN '' END,"
                " last = (SELECT id FROM slots WHERE id = last), pauses = NULL, pause_slot = NULL,"
                " pause_missed = 0 WHERE name = ? AND cursor > ?",
                [text_of(now), name, ahead],
            )


def _look(connection: sqlite3.Connection, row: sqlite3.Row, plan: Planned, now: datetime, made: Made) -> None:
    cursor = datetime.fromisoformat(row["cursor"])
    try:
        due, following = _passed(plan, cursor, row["next"], now)
    except (MLOpsError, ValueError, OverflowError) as error:
        _broken(connection, row, plan, str(error), now, made)
        return
    left, pauses = due, pauses_of(row)
    for pause in pauses:
        missed = [moment for moment in left if pause.covers(text_of(moment))]
        left = [moment for moment in left if not pause.covers(text_of(moment))]
        _note_pause(connection, plan, pause, missed, now, made)
    for offer in [*_before(plan, cursor, due), *_offers(plan, left, now)]:
        if offer.status is SlotStatus.DUE:
            made.waiting.append(offer)
        else:
            made.put(connection, offer, now)
    made.moved.append((text_of(now), None if following is None else text_of(following), plan.name))
    if pauses:
        connection.execute(
            "UPDATE schedules SET pauses = ?, pause_slot = ?, pause_missed = ? WHERE name = ?",
            [kept(pauses, text_of(now)), *_open_pause(pauses), plan.name],
        )


def _passed(
    plan: Planned, cursor: datetime, known: str, now: datetime
) -> tuple[list[datetime], datetime | None]:
    """The due times up to `now`, of very many the newest, and the one after them."""
    due: list[datetime] = []
    moment = datetime.fromisoformat(known) if known else next_due(plan, cursor)
    while moment is not None and moment <= now:
        if len(due) == KEPT:
            return due_between(plan, cursor, now, KEPT), next_due(plan, now)
        due.append(moment)
        moment = next_due(plan, moment)
    return due, moment


def _broken(
    connection: sqlite3.Connection, row: sqlite3.Row, plan: Planned, why: str, now: datetime, made: Made
) -> None:
    """Its times cannot be told: the one that was known is skipped, and it waits until it is declared anew."""
    made.problems.append(f"{plan.name}: {why}")
    if row["next"]:
        due = datetime.fromisoformat(row["next"])
        made.put(connection, Offer(plan.name, time_key(due), due, why=why, status=SlotStatus.SKIPPED), now)
    connection.execute(
        "UPDATE schedules SET cursor = max(cursor, ?), next = NULL WHERE name = ?", [text_of(now), plan.name]
    )


def _note_pause(
    connection: sqlite3.Connection,
    plan: Planned,
    pause: Pause,
    missed: Sequence[datetime],
    now: datetime,
    made: Made,
) -> None:
    """One slot tells of all due times of a pause."""
    if not missed:
        return
    pause.missed += len(missed)
    several = f"{PAUSED}: {pause.missed} due times, the last {missed[-1]:%Y-%m-%d %H:%M:%S} UTC"
    why = PAUSED if pause.missed == 1 else several
    if pause.slot is None:
        offer = Offer(plan.name, time_key(missed[0]), missed[0], why=why, status=SlotStatus.SKIPPED)
        put = made.put(connection, offer, now)
        pause.slot = None if put is None else put["id"]
    else:
        values = [why, text_of(now), pause.slot]
        connection.execute("UPDATE slots SET why = ?, ended = ? WHERE id = ?", values)


def _open_pause(pauses: Sequence[Pause]) -> tuple[int | None, int]:
    """The slot of the pause that goes on, and how many due times it passed over."""
    last = pauses[-1]
    return (last.slot, last.missed) if last.until is None else (None, 0)


def _before(plan: Planned, cursor: datetime, due: Sequence[datetime]) -> list[Offer]:
    """After a very long night: older slots would be let go at once, so that one tells of all of them."""
    first = next_due(plan, cursor) if len(due) == KEPT else None
    if first is None or first >= due[0]:
        return []
    why = f"with all due times before {due[0]:%Y-%m-%d %H:%M:%S} UTC: {KEPT:,} later ones were missed, too"
    return [Offer(plan.name, time_key(first), first, why=why, status=SlotStatus.SKIPPED)]


def _offers(plan: Planned, due: Sequence[datetime], now: datetime) -> list[Offer]:
    """What becomes of due times: those later than their grace are dealt with as `misfire` says."""
    grace = timedelta(seconds=plan.grace)
    late = [moment for moment in due if now - moment > grace]
    timely = [moment for moment in due if now - moment <= grace]
    offers = [_late(plan, moment, [*timely, late[-1]][0], now) for moment in late]
    return offers + [Offer(plan.name, time_key(moment), moment) for moment in timely]


def _late(plan: Planned, moment: datetime, chosen: datetime, now: datetime) -> Offer:
    key = time_key(moment)
    if plan.misfire is Misfire.ALL:
        return Offer(plan.name, key, moment, patient=True)
    if plan.misfire is Misfire.SKIP:
        late = timedelta(seconds=round((now - moment).total_seconds()))
        why = f"{late} h late, allowed is {timedelta(seconds=plan.grace)} h"
        return Offer(plan.name, key, moment, why=why, status=SlotStatus.SKIPPED)
    if moment == chosen:
        return Offer(plan.name, key, moment)
    why = f"into the slot of {chosen:%Y-%m-%d %H:%M:%S} UTC"
    return Offer(plan.name, key, moment, why=why, status=SlotStatus.COALESCED)
