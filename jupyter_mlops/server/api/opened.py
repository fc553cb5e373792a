"""Projects that were opened for a request, kept for the next one: opening a store takes a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.config import CONFIG_NAME
from jupyter_mlops.exceptions import NotFound, StoreError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

_KEPT = 16  # projects
_SURE = 2.0  # seconds for which a tracking server is taken to be as it was found


@dataclass(frozen=True)
class _Opened:
    project: Project
    config: bytes | None
    database: tuple[int, int] | None


class Projects:
    """Opened projects, by folder. One is opened anew where its ``mlops.yaml`` or its database is no longer
    what it was."""

    def __init__(self) -> None:
        self._opened: OrderedDict[Path, _Opened] = OrderedDict()
        self._answers: dict[str, tuple[float, bool]] = {}
        self._guard = threading.Lock()

    def at(self, root: Path) -> Project:
        """The project of that folder.

        Raises:
            ConfigError: its ``mlops.yaml`` is broken.
        """
        from jupyter_mlops.project import Project

        config = _content(root / CONFIG_NAME)
        with self._guard:
            known = self._opened.get(root)
            if known is not None:
                self._opened.move_to_end(root)
        if known is not None and (config, _mark(known.project)) == (known.config, known.database):
            return known.project
        try:
            project = Project(root)
        except NotFound:
            raise NotFound(f"the folder {root.name} is gone", hint="reload the page") from None
        with self._guard:
            self._opened[root] = _Opened(project, config, _mark(project))
            while len(self._opened) > _KEPT:
                self._opened.popitem(last=False)
        return project

    def answering(self, project: Project) -> Project:
        """The project; where its tracking server is away, with a store that is opened anew, so that the first
        who needs the server learns so at once, and does not ask it again and again for a minute."""
        from jupyter_mlops.project import Project

        if not project.store.is_server or self._answers_now(project):
            return project
        return Project(project.root)

    def _answers_now(self, project: Project) -> bool:
        uri = project.store.uri
        with self._guard:
            looked, answers = self._answers.get(uri, (0.0, False))
        if time.monotonic() - looked > _SURE:
            try:
                project.store.check_answers()
                answers = True
            except StoreError:
                answers = False
            with self._guard:
                self._answers[uri] = (time.monotonic(), answers)
        return answers


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _mark(project: Project) -> tuple[int, int] | None:
    database = project.store.database
    try:
        found = None if database is None else database.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)
