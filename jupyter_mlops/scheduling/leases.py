"""Who runs a slot: a claim is a lease, which its worker renews; one that lapses is taken back.

Leases run by the machine's uptime, so setting the clock ends none. A worker knows a token: once its slot is
claimed anew, the old token counts for nothing. A slot whose worker never came up waits again; the run of one
that had begun was killed, and is begun again by the schedule's `retries` only.
"""

from __future__ import annotations

import os
import platform
import secrets
import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import RunStatus, Slot, SlotStatus
from jupyter_mlops.scheduling.clock import Clock, boot, uptime
from jupyter_mlops.scheduling.database import text_of
from jupyter_mlops.scheduling.ending import NO_WORKER
from jupyter_mlops.scheduling.processes import kill, lives, started
from jupyter_mlops.scheduling.slots import Slots, slot_of

LEASE = 30.0  # seconds
BEAT = 5.0  # seconds between two renewals by a worker
PUT_OFF = 15.0  # seconds for which a slot waits whose run could not be told from mlops.yaml
_ELSEWHERE = 3600.0  # seconds of silence after which a worker on another machine is given up
_DOUBT = 1 / 3  # of a lease, for a worker that is there to renew one that lapsed
_UNBEGUN = 3  # workers in a row that did not come up, after which a slot is skipped
_LONGEST = 86_400.0  # seconds to which a back-off is doubled, if it was not longer at first


@dataclass(frozen=True)
class Terms:
    """What a slot is claimed on: how often its schedule tries again, and after how many seconds."""

    retries: int = 0
    backoff: float = 60.0


class Leases(Slots):
    """Slots and who holds them; `lease` is how long a claim lasts that is not renewed, in seconds; its worker
    goes by it, too."""

    def __init__(self, root: Path, clock: Clock | None = None, *, lease: float = LEASE) -> None:
        super().__init__(root, clock)
        self.lease = lease
        self._pid = 0  # this process, once it holds a slot
        self._started: float | None = None

    def take(
        self, connection: sqlite3.Connection, slot_id: int, owner: str, terms: Terms, now: datetime
    ) -> tuple[Slot, str] | None:
        """Claim a slot that waits, in a transaction of the caller's; with the token that holds it."""
        token = secrets.token_hex(16)
        row = connection.execute(
            "UPDATE slots SET status = 'running', attempt = attempt + 1, not_before = NULL, owner = ?,"
            " started = ?, ended = NULL, token = ?, lease = ?, span = ?, boot = ?, host = ?, heard = ?,"
            " worker = NULL, worker_started = NULL, doubted = 0, cancel = NULL, retries = ?, backoff = ?"
            " WHERE id = ? AND status = 'due' RETURNING *",
            [owner, text_of(now), token, uptime() + self.lease, self.lease, boot(), platform.node(),
             time.time(), terms.retries, terms.backoff, slot_id],
        ).fetchone()  # fmt: skip
        return None if row is None else (slot_of(row), token)

    # -- for the worker

    def beat(self, slot_id: int, token: str) -> bool:
        """This process has the slot for another lease; with the first beat the run has begun, and the slot's
        owner is this process. False where the token no longer holds it."""
        if self._pid != os.getpid():
            self._pid, self._started = os.getpid(), started(os.getpid())
        with self.writing() as connection:
            renewed = connection.execute(
                "UPDATE slots SET lease = ? + span, boot = ?, host = ?, heard = ?, doubted = 0, unbegun = 0,"
                " owner = ?, worker = ?, worker_started = ?"
                " WHERE id = ? AND token = ? AND status = 'running'",
                [uptime(), boot(), platform.node(), time.time(),
                 f"{platform.node()}:{self._pid}", self._pid, self._started, slot_id, token],
            )  # fmt: skip
        return bool(renewed.rowcount)

    def cancelled(self, slot_id: int) -> str | None:
        """Why the run of this slot is to end; None where it may go on."""
        row = self.row("SELECT cancel FROM slots WHERE id = ?", [slot_id])
        return None if row is None else row["cancel"]

    def note_run(self, slot_id: int, token: str, run_id: str) -> bool:
        """This is the slot's run; False where the token no longer holds it."""
        with self.writing() as connection:
            return bool(
                connection.execute(
                    "UPDATE slots SET run_id = ? WHERE id = ? AND token = ? AND status = 'running'",
                    [run_id, slot_id, token],
                ).rowcount
            )

    def finish(
        self,
        slot_id: int,
        token: str,
        status: SlotStatus,
        *,
        outcome: RunStatus | None = None,
        run_id: str | None = None,
        why: str = "",
        retry: bool = True,
    ) -> bool:
        """How the slot ended. A run that failed or was killed leaves it waiting for the next try, as long as
        its schedule has `retries`, unless it was cancelled or `retry` is False. False where the token no
        longer holds the slot: then nothing is written."""
        with self.writing() as connection:
            row = connection.execute(
                "SELECT * FROM slots WHERE id = ? AND token = ? AND status = 'running'", [slot_id, token]
            ).fetchone()
            if row is not None:
                self._end(connection, row, status, outcome, run_id, why, retry)
        return row is not None

    def give_back(self, slot_id: int, token: str) -> Slot | None:
        """No worker could be started for a slot that was claimed: it waits again, the third time it is
        skipped. The slot as it is then."""
        with self.writing() as connection:
            row = connection.execute(
                "SELECT * FROM slots WHERE id = ? AND token = ? AND status = 'running'", [slot_id, token]
            ).fetchone()
            if row is not None and row["worker"] is None:
                self._again(connection, row)
        return self.slot(slot_id)

    def put_off(self, slot_id: int, token: str, seconds: float = PUT_OFF) -> bool:
        """Nothing could be told of the slot's run, which has not begun: it waits again, for so many seconds
        at least, and this was no try. False where the token no longer holds it."""
        with self.writing() as connection:
            again = text_of(self.clock.now() + timedelta(seconds=seconds))
            return bool(
                connection.execute(
                    "UPDATE slots SET status = 'due', attempt = attempt - 1, not_before = ?, started = NULL,"
                    " owner = NULL, token = NULL, lease = NULL WHERE id = ? AND token = ?"
                    " AND status = 'running'",
                    [again, slot_id, token],
                ).rowcount
            )

    # -- for everybody

    def request_cancel(self, slot_id: int, why: str = "cancelled") -> Slot | None:
        """Ask that the run of a slot ends; one that waits is skipped. The slot as it is then."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE slots SET cancel = coalesce(cancel, ?) WHERE id = ? AND status = 'running'",
                [why, slot_id],
            )
            connection.execute(
                "UPDATE slots SET status = 'skipped', why = ?, ended = ?, not_before = NULL"
                " WHERE id = ? AND status = 'due'",
                [why, text_of(self.clock.now()), slot_id],
            )
        return self.slot(slot_id)

    # -- for schedulers

    def reap(self) -> list[Slot]:
        """Take back the slots whose worker is gone or was silent for longer than its lease; as they are then.
        A worker on this machine that has been silent is killed first, so that no run goes on beside the next
        try."""
        held = self.rows("SELECT * FROM slots WHERE status = 'running'")
        if not any(self._lost(row) for row in held):
            return []
        with self.writing() as connection:
            taken = []
            for row in connection.execute("SELECT * FROM slots WHERE status = 'running'").fetchall():
                if self._lost(row) and self._taken(connection, row):
                    taken.append(row["id"])
        return [slot for slot_id in taken if (slot := self.slot(slot_id)) is not None]

    def _lost(self, row: sqlite3.Row) -> bool:
        if _gone(row):
            return True
        if row["boot"] != boot():
            return bool(time.time() - row["heard"] > _ELSEWHERE)
        left = row["lease"] - uptime()
        return not 0 < left <= row["span"]  # without a boot id, a reboot shows in the uptime

    def _taken(self, connection: sqlite3.Connection, row: sqlite3.Row) -> bool:
        """It is taken back now. A worker that may be there gets a bit longer: perhaps it could not write."""
        if row["worker"] is None:
            self._again(connection, row)
            return True
        gone = _gone(row)
        if not gone and not row["doubted"] and row["boot"] == boot():
            connection.execute(
                "UPDATE slots SET doubted = 1, lease = ? + span * ? WHERE id = ?",
                [uptime(), _DOUBT, row["id"]],
            )
            return False
        if not gone and row["boot"] == boot() and row["host"] == platform.node():
            kill(row["worker"])
        why = "its worker is gone" if gone else "its worker was not heard of for longer than its lease"
        self._end(connection, row, SlotStatus.RAN, RunStatus.KILLED, None, why, True)
        return True

    def _again(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        """No worker came up: nothing ran, so this was no try."""
        tried = row["unbegun"] + 1
        skipped = tried >= _UNBEGUN
        why = f"{NO_WORKER}, {tried} times"
        connection.execute(
            "UPDATE slots SET status = ?, attempt = attempt - 1, unbegun = ?, why = ?, ended = ?,"
            " started = NULL, owner = NULL, token = NULL, lease = NULL WHERE id = ?",
            [
                "skipped" if skipped else "due",
                tried,
                why if skipped else row["why"],
                text_of(self.clock.now()) if skipped else None,
                row["id"],
            ],
        )

    def _end(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row,
        status: SlotStatus,
        outcome: RunStatus | None,
        run_id: str | None,
        why: str,
        retry: bool,
    ) -> None:
        now = self.clock.now()
        failed = status is SlotStatus.RAN and outcome in {RunStatus.FAILED, RunStatus.KILLED}
        again = retry and failed and row["cancel"] is None and row["attempt"] <= row["retries"]
        then = text_of(now + _pause(row["backoff"], row["attempt"])) if again else None
        # what went wrong with an earlier try is not why a later one ended well
        known = "" if outcome is RunStatus.FINISHED and row["attempt"] > 1 else row["why"]
        values: list[Any] = [
            SlotStatus.DUE.value if again else status.value,
            None if outcome is None else outcome.value,
            run_id,
            why or row["cancel"] or known,
            None if again else text_of(now),
            then,
            again or row["patient"],
            row["id"],
        ]
        connection.execute(
            "UPDATE slots SET status = ?, outcome = ?, run_id = coalesce(?, run_id), why = ?, ended = ?,"
            " not_before = ?, patient = ?, token = NULL, lease = NULL WHERE id = ?",
            values,
        )


def _pause(backoff: float, attempt: int) -> timedelta:
    doubled = backoff * 2.0 ** min(attempt - 1, 60)
    return timedelta(seconds=min(doubled, max(backoff, _LONGEST)))


def _gone(row: sqlite3.Row) -> bool:
    """The worker is known to be no more: it was one of this machine."""
    if row["host"] != platform.node():
        return False
    if row["boot"] != boot():
        return True
    return row["worker"] is not None and not lives(row["worker"], row["worker_started"])
