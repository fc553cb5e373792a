"""Projects that were opened for a request, kept for the next one: opening a store takes a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from jupyter_mlops.config import CONFIG_NAME
from jupyter_mlops.exceptions import NotFound, StoreError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project
    from jupyter_mlops.tracking.store import Store

_KEPT = 16  # projects
_PATIENCE = 3.0  # seconds for a tracking server to say that it is there
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
        self._problems: dict[str, tuple[float, tuple[str, str] | None]] = {}  # by URI, with when it was asked
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

    def answering(self, root: Path) -> Project:
        """As `at`; where the project's tracking server is away, with a store that says so at once to whoever
        needs it, where MLflow would ask again and again for a minute."""
        from jupyter_mlops.project import Project
        from jupyter_mlops.tracking.store import Store

        project = self.at(root)
        problem = self._problem(project.store) if project.store.is_server else None
        if problem is None:
            return project
        said, hint = problem

        class Away(Store):
            """A store out of reach."""

            def client(self) -> NoReturn:
                raise StoreError(said, hint=hint)

            def check_answers(self) -> None:
                self.client()

            def flush(self) -> None:
                pass

        found = Project(project.root)
        found.store = Away(found.root, found.config.tracking)
        return found

    def _problem(self, store: Store) -> tuple[str, str] | None:
        """Why the tracking server cannot be asked, with a hint; None where it can."""
        from jupyter_mlops.tracking.reaching import reach

        with self._guard:
            looked, problem = self._problems.get(store.uri, (-_SURE, None))
        if time.monotonic() - looked > _SURE:
            try:
                reach(store.uri, _PATIENCE)
                problem = None
            except StoreError as error:
                problem = (str(error), error.hint or "")
            with self._guard:
                self._problems[store.uri] = (time.monotonic(), problem)
        return problem


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
