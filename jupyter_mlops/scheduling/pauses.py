"""The pauses of a schedule: due times that lie in one have no run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass
class Pause:
    """From `since` until `until`, as the database holds times; None where it goes on. `slot` tells of the due
    times that it passed over, of which there were `missed` so far."""

    since: str
    until: str | None = None
    slot: int | None = None
    missed: int = 0

    def covers(self, moment: str) -> bool:
        """This time lies in it."""
        return self.since <= moment and (self.until is None or moment <= self.until)


def pauses_of(row: sqlite3.Row) -> list[Pause]:
    """Those of a schedule whose due times were not all looked at yet, oldest first."""
    found = [Pause(**told) for told in json.loads(row["pauses"] or "[]")]
    if row["paused_by"] is not None:
        found.append(Pause(row["paused_at"], None, row["pause_slot"], row["pause_missed"]))
    return found


def kept(pauses: Iterable[Pause], cursor: str = "") -> str | None:
    """How the database holds those that are over, but later than due times were looked at."""
    left = [asdict(pause) for pause in pauses if pause.until is not None and pause.until > cursor]
    return json.dumps(left) if left else None
