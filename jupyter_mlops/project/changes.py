"""What changes of a project, for those who show it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.config import CONFIG_NAME, STATE_FOLDER
from jupyter_mlops.entities.panels import Change, RunProgress, Topic
from jupyter_mlops.scheduling.database import FILE
from jupyter_mlops.tracking.signs import DatabaseSigns, Version, signs_of

if TYPE_CHECKING:
    from jupyter_mlops.project.listing import Listing


class Changes:
    """Looks at a project again and again, from one thread: at signs that cost little, so that two looks a
    second are not felt. Nothing is written, and MLflow is imported only for a tracking server."""

    def __init__(self, project: Listing) -> None:
        self._project = project
        self._store = signs_of(project.store)
        self._slots = Version(project.root / STATE_FOLDER / FILE)
        self._slots_seen: object = None
        self._config = self._config_now()
        self._progress: tuple[RunProgress, ...] = ()
        self._problem = ""
        self._first = True

    def look(self) -> Change | None:
        """What changed since the last look: topics, the progress of runs, and whether the store can be looked
        at; None where nothing did. The first look tells only of progress and problems."""
        topics: dict[Topic, None] = {}
        problem = self._look_at_store(topics)
        config = self._config_now()
        if config != self._config:
            self._config = config
            topics |= dict.fromkeys(Topic)
        progress = self._project.progress()
        if {each.run_id for each in progress} != {each.run_id for each in self._progress}:
            topics[Topic.RUNS] = None
        if _of_pipelines(progress) != _of_pipelines(self._progress):
            topics[Topic.PIPELINES] = None  # a step may be taken from the cache, or skipped, without a run
        found = Change(
            topics=() if self._first else tuple(topics),
            progress=None if progress == self._progress else progress,
            problem=None if problem == self._problem else problem,
        )
        self._progress, self._problem, self._first = progress, problem, False
        return None if found == Change() else found

    def close(self) -> None:
        """Let go of all files."""
        self._slots.close()
        if isinstance(self._store, DatabaseSigns):
            self._store.close()

    def _look_at_store(self, topics: dict[Topic, None]) -> str:
        """Note the topics that changed; what keeps one from looking."""
        try:
            topics |= dict.fromkeys(_ordered(self._store.look()))
            slots = self._slots.look()
        except sqlite3.Error as error:
            return f"the store cannot be read: {error}"
        if slots != self._slots_seen:
            self._slots_seen = slots
            topics[Topic.SCHEDULES] = None
        return "" if isinstance(self._store, DatabaseSigns) else self._store.problem

    def _config_now(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._project.root / CONFIG_NAME)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def _of_pipelines(progress: Sequence[RunProgress]) -> list[RunProgress]:
    return [each for each in progress if each.pipeline]


def _ordered(topics: frozenset[Topic]) -> Sequence[Topic]:
    return [topic for topic in Topic if topic in topics]
