"""A schedule that waits, looked at as a scheduler does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_mlops.config import Config
from jupyter_mlops.entities import Schedule
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.triggers import Looks, Probed, Window, probe


class Nothing:
    """A project in which nothing ever ended."""

    def runs(self, sort: str, name: str, since: float | None) -> Window | None:
        return Window(0.0, ())

    def readings(self, monitor: str, since: float | None) -> Window | None:
        return Window(0.0, ())

    batches = readings

    def version(self, dataset: str) -> str | None:
        return ""

    def holds(self, condition: str, metrics: Mapping[str, float]) -> bool:
        return False


class Waiting:
    """A schedule that waits for `on`, looked at by a process of its own each time."""

    def __init__(self, root: Path, on: Any, config: Config | None = None, **options: Any) -> None:
        schedule = Schedule.model_validate({"pipeline": "p", "on": on, "quiet": 10, **options})
        self.planned = Planned("s", schedule=schedule)
        self.root = root
        self.config = config or Config()
        self.memory: Any = None
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def look(self, after: float = 0.0) -> Probed:
        """Some seconds later."""
        self.now += timedelta(seconds=after)
        looks = Looks(Nothing(), patience=30.0)
        found = probe(self.planned, self.memory, self.now, root=self.root, config=self.config, look=looks)
        self.memory = json.loads(json.dumps(found.memory))
        return found

    def fires(self) -> int:
        """How often within the next minute: a quiet period begins, ends, and nothing comes after it."""
        return sum(len(self.look(after).fired) for after in (1, 11, 20, 20))
