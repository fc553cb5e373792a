"""Changes that several schedulers see on one project become one slot each."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path

from jupyter_mlops.config import Config
from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotKind, SlotStatus
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.scheduling.tick import tick
from jupyter_mlops.scheduling.triggers import Looks, probe
from tests.scheduling.triggers.waiting import Nothing

CHANGES, SCHEDULERS = 6, 3


def test_each_change_is_one_slot_however_many_schedulers_look_and_whoever_is_new(bare_folder: Path) -> None:
    path = bare_folder / "a.csv"
    path.write_text("first")
    on = Schedule.model_validate({"pipeline": "p", "on": {"data": "a.csv"}, "overlap": "queue"})
    planned = {"s": Planned("s", schedule=on)}
    now = SlotStore(bare_folder).clock.now()
    SlotStore(bare_folder).sync(planned, now)
    problems: list[str] = []

    def look(who: int, seconds: float) -> None:
        store = SlotStore(bare_folder)
        looking = partial(probe, root=bare_folder, config=Config(), look=Looks(Nothing()))

        def launch(slot: Slot, token: str) -> None:
            store.finish(slot.id, token, SlotStatus.RAN, outcome=RunStatus.FINISHED)

        moment = now + timedelta(seconds=seconds)
        found = tick(store, planned, moment, f"s{who}", limit=2, probe=looking, launch=launch)
        problems.extend(found.problems)

    def all_look(seconds: float) -> None:
        threads = [threading.Thread(target=look, args=(who, seconds)) for who in range(SCHEDULERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    all_look(0)
    for number in range(CHANGES):
        part = bare_folder / ".part"
        part.write_text(f"content {number % 2}")  # there and back again
        os.replace(part, path)
        for seconds in (1, 6, 12, 18, 24):
            all_look(100 * number + 100 + seconds)
    assert problems == []
    slots = SlotStore(bare_folder).slots("s", limit=100)
    assert [slot.kind for slot in slots] == [SlotKind.TRIGGER] * CHANGES
    assert [slot.status for slot in slots] == [SlotStatus.RAN] * CHANGES
    assert {slot.why for slot in slots} == {"changed: a.csv"}
