"""What a project's schedules stand at: the one thing that schedulers, workers and those who look share."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from jupyter_mlops.entities import Scheduler, Slot, SlotStatus
from jupyter_mlops.scheduling.clock import boot, uptime
from jupyter_mlops.scheduling.database import text_of, time_of
from jupyter_mlops.scheduling.leases import BEAT, LEASE, Leases
from jupyter_mlops.scheduling.pauses import kept, pauses_of
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.processes import lives
from jupyter_mlops.scheduling.slots import REMOVED, Offer, insert, slot_of, time_key

__all__ = ["BEAT", "LEASE", "Offer", "SlotStore", "Standing", "me", "time_key"]

Place = Literal["command", "once", "jupyter"]
FORGIVEN = 60.0  # seconds for which a schedule may be gone from mlops.yaml and come back as it was
_SILENT = 60.0  # seconds after which a scheduler is taken for gone
_QUIET = 10.0  # seconds between two signs of life
_FORGOTTEN = 86_400.0  # and after which nobody asks for it


@dataclass(frozen=True)
class Standing:
    """Where a schedule stands: see `entities.ScheduleState`. `cursor` is the time up to which its due times
    were looked at."""

    name: str
    cursor: datetime
    paused: str | None = None
    last: Slot | None = None
    running: int = 0
    waiting: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    times: str = ""  # what tells its due times, as it was last taken up; empty where it never was, or is gone

    def knows(self, plan: Planned) -> bool:
        """It was taken up as it is declared now."""
        return self.times == plan.times


def me() -> str:
    """This process, as an owner of slots: ``host:pid``."""
    return f"{platform.node()}:{os.getpid()}"


class SlotStore(Leases):
    """The schedules' states, slots, leases and memories of a project, in ``.mlops/scheduler.db``.

    Reading makes no file; where there is none, nothing is found. All methods raise `MLOpsError`, exit code 4,
    where the disk is full or the file cannot be used.
    """

    _heard = float("-inf")

    # -- schedules

    def sync(self, planned: Mapping[str, Planned], now: datetime) -> list[Slot]:
        """Take up what ``mlops.yaml`` declares now; the slots that this ended.

        A new schedule has slots from `now` on, and so has one whose times changed. One that is gone is as it
        was when it comes back soon, as files do that are saved or checked out: see `forget_gone`.
        """
        with self.writing() as connection:
            ended = self.take_up(planned, now)
            for row in connection.execute("SELECT name FROM schedules WHERE declared").fetchall():
                if row["name"] not in planned:
                    connection.execute(
                        "UPDATE schedules SET declared = 0, gone = ? WHERE name = ?",
                        [time.time(), row["name"]],
                    )
        return ended

    def take_up(self, planned: Mapping[str, Planned], now: datetime) -> list[Slot]:
        """Take up these, as `sync` does, whatever else is declared."""
        with self.writing() as connection:
            known = {row["name"]: row for row in connection.execute("SELECT * FROM schedules")}
            ended = []
            for name, plan in planned.items():
                ended += self._take_up(connection, known.get(name), plan, now)
        return ended

    def forget_gone(self, now: datetime, *, after: float = FORGIVEN) -> list[Slot]:
        """Schedules that have been gone for longer than `after` seconds were removed: their waiting slots are
        skipped, which it gives. Their history stays, and so do their pauses."""
        lapsed = "SELECT name FROM schedules WHERE gone IS NOT NULL AND gone NOT BETWEEN ? AND ?"
        span = [time.time() - after, time.time()]
        if self.row(lapsed, span) is None:
            return []
        with self.writing() as connection:
            ended = []
            for row in connection.execute(lapsed, span).fetchall():
                ended += self._forget(connection, row["name"], now)
        return ended

    def forget(self, name: str, now: datetime | None = None) -> list[Slot]:
        """The same of one that somebody removed, at once, and it is no longer paused."""
        if self.row("SELECT 1 FROM schedules WHERE name = ?", [name]) is None:
            return []
        with self.writing() as connection:
            connection.execute(
                "UPDATE schedules SET paused_by = NULL, paused_at = NULL, pause_slot = NULL,"
                " pause_missed = 0 WHERE name = ?",
                [name],
            )
            return self._forget(connection, name, now or self.clock.now())

    def _forget(self, connection: sqlite3.Connection, name: str, now: datetime) -> list[Slot]:
        connection.execute(
            "UPDATE schedules SET declared = 0, gone = NULL, next = NULL, pauses = NULL, memory = NULL,"
            " remembered = remembered + 1 WHERE name = ?",
            [name],
        )
        return self.skip_waiting(connection, name, REMOVED, now)

    def _take_up(
        self, connection: sqlite3.Connection, row: sqlite3.Row | None, plan: Planned, now: datetime
    ) -> list[Slot]:
        times = plan.times
        going = row is not None and (row["declared"] or row["gone"] is not None)
        if row is not None and going and row["times"] == times:
            if not row["declared"]:
                back = "UPDATE schedules SET declared = 1, gone = NULL WHERE name = ?"
                connection.execute(back, [plan.name])
            return []
        ended = []
        if row is not None and going and row["next"] and row["next"] <= text_of(now):
            due = datetime.fromisoformat(row["next"])
            why = "its times were changed before any scheduler came to it"
            offer = Offer(plan.name, time_key(due), due, why=why, status=SlotStatus.SKIPPED)
            made = insert(connection, offer, now)
            ended += [] if made is None else [slot_of(made)]
        connection.execute(
            "INSERT INTO schedules (name, times, cursor, next) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO"
            " UPDATE SET declared = 1, gone = NULL, times = ?2, cursor = ?3, next = ?4, pauses = NULL",
            [plan.name, times, text_of(now), "" if plan.timed else None],
        )
        if plan.timed or (plan.on is not None and plan.on.webhook is not None):
            # what it waited for before may change meanwhile: once it waits for that again, that is no news
            connection.execute(
                "UPDATE schedules SET memory = NULL, remembered = remembered + 1"
                " WHERE name = ? AND memory IS NOT NULL",
                [plan.name],
            )
        return ended

    def pause(self, name: str, who: str, now: datetime | None = None) -> bool:
        """No run of the schedule begins from now on by itself, until it is resumed; False if it was paused
        already. Due times meanwhile are skipped: one slot tells how many. Slots that wait go on waiting."""
        with self.writing() as connection:
            now = now or self.clock.now()
            self._acquaint(connection, name, now)
            return bool(
                connection.execute(
                    "UPDATE schedules SET paused_by = ?, paused_at = ?, pause_slot = NULL,"
                    " pause_missed = 0 WHERE name = ? AND paused_by IS NULL",
                    [who, text_of(now), name],
                ).rowcount
            )

    def resume(self, name: str, now: datetime | None = None) -> bool:
        """The schedule goes on with what is due from now on; False if it was not paused."""
        with self.writing() as connection:
            query = "SELECT * FROM schedules WHERE name = ? AND paused_by IS NOT NULL"
            row = connection.execute(query, [name]).fetchone()
            if row is None:
                return False
            *_, last = over = pauses_of(row)
            last.until = text_of(now or self.clock.now())
            connection.execute(
                "UPDATE schedules SET paused_by = NULL, paused_at = NULL, pause_slot = NULL,"
                " pause_missed = 0, pauses = CASE WHEN next IS NOT NULL THEN ? END,"
                " next = CASE WHEN next IS NOT NULL THEN '' END WHERE name = ?",
                [kept(over), name],
            )
            return True

    def states(self, names: Iterable[str] | None = None) -> dict[str, Standing]:
        """Where the schedules stand, of those that any scheduler has seen; what it takes does not depend on
        how many slots they have had."""
        wanted = None if names is None else set(names)
        rows = self.rows("SELECT * FROM schedules ORDER BY name")
        chosen = [row for row in rows if wanted is None or row["name"] in wanted]
        last = self._by_id([row["last"] for row in chosen if row["last"] is not None])
        return {
            row["name"]: Standing(
                name=row["name"],
                cursor=datetime.fromisoformat(row["cursor"]),
                paused=_paused(row),
                last=last.get(row["last"]),
                running=row["running"],
                waiting=row["due"],
                counts={status.value: row[status.value] for status in SlotStatus if row[status.value]},
                times=row["times"] if row["declared"] else "",
            )
            for row in chosen
        }

    def next_moment(self, after: datetime) -> datetime | None:
        """The first moment later than `after` at which a schedule is due, or a slot may be tried again; None
        where there is none that is known."""
        row = self.row(
            "SELECT min(moment) AS moment FROM ("
            "SELECT min(next) AS moment FROM schedules WHERE declared AND next > ?1 UNION ALL "
            "SELECT min(not_before) FROM slots WHERE status = 'due' AND not_before > ?1)",
            [text_of(after)],
        )
        return None if row is None else time_of(row["moment"])

    def _by_id(self, ids: Sequence[int]) -> dict[int, Slot]:
        found = {}
        for begin in range(0, len(ids), 500):
            part = ids[begin : begin + 500]
            marks = ", ".join("?" * len(part))
            for row in self.rows(f"SELECT * FROM slots WHERE id IN ({marks})", part):
                found[row["id"]] = slot_of(row)
        return found

    # -- what triggers remember

    def recollections(self) -> dict[str, tuple[dict[str, Any] | None, int]]:
        """What each schedule's trigger saw last, and the version of that: see `offer_and_remember`; of those
        that ever looked."""
        found = self.rows("SELECT name, memory, remembered FROM schedules WHERE remembered > 0")
        return {
            row["name"]: (None if row["memory"] is None else json.loads(row["memory"]), row["remembered"])
            for row in found
        }

    def offer_and_remember(
        self,
        schedule: str,
        memory: Mapping[str, Any],
        offers: Sequence[Offer],
        *,
        version: int | None = None,
    ) -> list[Slot] | None:
        """Keep what a trigger saw, a JSON value, together with the slots that come of it: both, or neither;
        the new slots. With `version`, the one that the look was based on, None and nothing kept where another
        process has looked since."""
        with self.writing() as connection:
            self._acquaint(connection, schedule, self.clock.now())
            kept = connection.execute(
                "UPDATE schedules SET memory = ?, remembered = remembered + 1"
                " WHERE name = ? AND remembered = coalesce(?, remembered)",
                [json.dumps(dict(memory)), schedule, version],
            ).rowcount
            return self.offer_all(offers) if kept else None

    # -- who ticks

    def register(self, owner: str, where: Place) -> None:
        """This scheduler ticks from now on."""
        now = text_of(self.clock.now())
        with self.writing() as connection:
            connection.execute(
                "DELETE FROM schedulers WHERE boot = ? AND uptime < ?", [boot(), uptime() - _FORGOTTEN]
            )
            connection.execute(
                "DELETE FROM schedulers WHERE boot <> ? AND owner LIKE ?", [boot(), f"{platform.node()}:%"]
            )
            connection.execute(
                "INSERT OR REPLACE INTO schedulers VALUES (?, ?, ?, ?, ?, ?)",
                [owner, where, now, now, boot(), uptime()],
            )

    def heard(self, owner: str) -> None:
        """It is still there; written down now and then."""
        if uptime() - self._heard < _QUIET:
            return
        self._heard = uptime()
        with self.writing() as connection:
            connection.execute(
                "UPDATE schedulers SET heard = ?, boot = ?, uptime = ? WHERE owner = ?",
                [text_of(self.clock.now()), boot(), uptime(), owner],
            )

    def gone(self, owner: str) -> None:
        """It ticks no more."""
        with self.writing() as connection:
            connection.execute("DELETE FROM schedulers WHERE owner = ?", [owner])

    def schedulers(self) -> list[Scheduler]:
        """Those that tick, and those that were killed not long ago."""
        return [
            Scheduler(
                owner=row["owner"],
                since=datetime.fromisoformat(row["since"]),
                heard=datetime.fromisoformat(row["heard"]),
                alive=row["boot"] == boot()
                and 0 <= uptime() - row["uptime"] < _SILENT
                and not _is_gone(row["owner"]),
                where=row["place"],
            )
            for row in self.rows("SELECT * FROM schedulers ORDER BY since, owner")
        ]


def _is_gone(owner: str) -> bool:
    """It was a process of this machine, and is no more."""
    host, _, number = owner.rpartition(":")
    return host == platform.node() and number.isdecimal() and not lives(int(number), None)


def _paused(row: sqlite3.Row) -> str | None:
    if row["paused_by"] is None:
        return None
    since = time_of(row["paused_at"])
    return f"by {row['paused_by'] or 'nobody known'} since {since:%Y-%m-%d %H:%M} UTC"
