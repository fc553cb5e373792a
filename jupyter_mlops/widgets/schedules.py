"""The panel of schedules: what runs by itself and when, with buttons, and a form that adds to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from jupyter_mlops.config import CONFIG_NAME, STATE_FOLDER
from jupyter_mlops.drawing import clean
from jupyter_mlops.exceptions import ConfigError
from jupyter_mlops.widgets import schedules_form as form
from jupyter_mlops.widgets.follower import Follower
from jupyter_mlops.widgets.moments import now
from jupyter_mlops.widgets.panel import Panel, script, style
from jupyter_mlops.widgets.schedules_page import schedules_html
from jupyter_mlops.widgets.schedules_state import details, overview, plain

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

PACE = 2.0  # seconds between two looks at whether something changed
ANYHOW = 15.0  # seconds after which it is read again: that a scheduler is gone changes no file
SHOWN = 60.0  # seconds for which the page is believed to be looked at, after it said so
_FILES = (CONFIG_NAME, *(f"{STATE_FOLDER}/scheduler.db{end}" for end in ("", "-wal")))


class SchedulesPanel(Panel):
    """Who runs the project's schedules, and each schedule and monitor with its next and its last slots;
    buttons pause, resume, run now and remove, a form adds.

    It reads anew what changed, while the page says that somebody looks. Nothing is done but by `Project`.
    Viewers that run no widgets show it as HTML.
    """

    _esm = script("watching_run.js", "schedules_rows.js", "schedules_form.js", "schedules.js")
    _css = style("watching.css", "schedules.css")

    overview = traitlets.Dict().tag(sync=True)
    details = traitlets.Dict().tag(sync=True)  # of the row that is open
    choices = traitlets.Dict().tag(sync=True)  # of the form
    chosen = traitlets.Dict().tag(sync=True)
    preview = traitlets.Dict().tag(sync=True)
    wrong = traitlets.Dict().tag(sync=True)  # parameters of the form that do not fit, with why
    added = traitlets.Unicode("").tag(sync=True)
    watched = traitlets.Dict().tag(sync=True)

    def __init__(self, project: Project) -> None:
        """Of that project.

        Raises:
            ConfigError: ``mlops.yaml`` is broken.
        """
        self._open = ""
        self._unread = ""  # what was told when it could not be read, until it can
        self._lease = 0.0
        self._looks = threading.Event()
        self._looker: threading.Thread | None = None
        self._follower: Follower | None = None
        self._read = signature(project.root)
        super().__init__(project.root, overview=overview(project))

    def pause(self, name: str) -> None:
        """As `Project.pause` does."""
        self._change(name, f"Pausing {name}", lambda project: project.pause(name), "is paused.")

    def resume(self, name: str) -> None:
        """As `Project.resume` does."""
        self._change(name, f"Resuming {name}", lambda project: project.resume(name), "goes on.")

    def run_now(self, name: str) -> None:
        """As `Project.run_now` does."""
        text = f"Asking for a run of {name}"
        self._change(name, text, lambda project: project.run_now(name), "is to run now.")

    def remove(self, name: str) -> None:
        """As `Project.remove_schedule` does."""
        done = f"is taken out of {CONFIG_NAME}; its past slots are kept."
        self._change(name, f"Removing {name}", lambda project: project.remove_schedule(name), done)

    def add(self, asked: dict[str, Any]) -> None:
        """Add what the form holds, by `Project.add_schedule`."""

        def work(project: Project) -> str:
            try:
                name = form.add(project, asked)
            except form.Misfit as error:
                self.wrong = error.wrong
                raise
            self.added = f"{name} {now()}"
            return f"{name} is added to {CONFIG_NAME}."

        self.wrong = {}
        self._begin("Adding a schedule", work, self._load)

    def unfold(self, name: str) -> None:
        """Show the slots of that schedule, or with an empty name of none."""
        with self._guard:
            self._open = name if any(row["name"] == name for row in self.overview["rows"]) else ""
            if not self._open:
                self.details = {}
        self._quietly(self._load)

    def watch(self, run: str) -> None:
        """Follow that run; with an empty name none any more."""
        with self._guard:
            if self._follower is not None:
                self._follower.stop()
                self._follower = None
            self.watched = {}
            if run:
                self._follower = Follower(self._root, run, self._follows, self.send)
                self._follower.start()

    def refresh(self) -> None:
        """Read everything again."""
        self._begin("Reading it again", lambda project: "", self._load)

    def looked_at(self, shown: bool) -> None:
        """Whether somebody looks at it: for a minute from now it follows what changes, or not any more."""
        with self._guard:
            self._lease = time.monotonic() + SHOWN if shown else 0.0
            self._looks.set()
            if shown and (self._looker is None or not self._looker.is_alive()):
                self._looks.clear()
                self._looker = threading.Thread(target=self._look, name="jupyter-mlops look", daemon=True)
                self._looker.start()

    def _look(self) -> None:
        read_at = 0.0
        while time.monotonic() < self._lease:
            found = signature(self._root)
            if not self.busy and (found != self._read or time.monotonic() > read_at + ANYHOW):
                self._read, read_at = found, time.monotonic()
                self._quiet_work(self._load)
            self._looks.wait(PACE)
            self._looks.clear()

    def _change(self, name: str, text: str, call: Callable[[Project], Any], done: str) -> None:
        def work(project: Project) -> str:
            call(project)
            return f"{name} {done}"

        self._begin(text, work, self._load)

    def _load(self, project: Project) -> None:
        """Read what is shown, and tell the page where something changed. What was told because it could not
        be read is so no more."""
        try:
            self._load_anew(project)
        except Exception as error:
            self._unread = self._told(error)
            raise
        with self._guard, self.hold_sync():
            if self._unread and self.problem == self._unread:
                self.problem, self.now = "", now()
            self._unread = ""

    def _told(self, error: BaseException) -> str:
        text = super()._told(error)
        if isinstance(error, ConfigError):  # so it is until the file is mended, whatever was done
            self._unread = text
        return text

    def _load_anew(self, project: Project) -> None:
        found = overview(project)
        name = self._open
        known = any(row["name"] == name for row in found["rows"])
        shown = details(project.schedule(name)) if known else {}
        with self._guard, self.hold_sync():
            if (found, shown) != (self.overview, self.details):
                self.overview = found
                self.details = shown if self._open == name else self.details
                self.now = now()

    def _follows(self, known: dict[str, Any]) -> None:
        with self._guard, self.hold_sync():
            if self._follower is not None and known["key"] == self._follower.key:
                self.watched, self.now = known, now()

    def _hear(self, content: dict[str, Any]) -> None:
        kind, name = content.get("type"), content.get("name", "")
        name = name if isinstance(name, str) else ""
        plain = {"open": self.unfold, "what": self._choose, "watch": self.watch}
        acts = {"pause": self.pause, "resume": self.resume, "run": self.run_now, "remove": self.remove}
        if kind == "shown":
            self.looked_at(content.get("shown") is True)
        elif kind in plain:
            plain[kind](name)
        elif kind in acts and any(row["name"] == name for row in self.overview["rows"]):
            acts[kind](name)
        elif kind == "add":
            self.add(content)
        elif kind == "preview":
            self._preview(content)
        else:
            self._ask_rest(kind)

    def _ask_rest(self, kind: Any) -> None:
        if kind == "refresh":
            self.refresh()
        elif kind == "form":
            self._quietly(self._choices)
        elif kind in {"hello", "tail"} and self._follower is not None:
            self._follower.tail()
        elif kind == "cancel" and self._follower is not None:
            self._follower.cancel()

    def _choices(self, project: Project) -> None:
        found = form.choices(project)
        with self._guard, self.hold_sync():
            self.choices, self.now = found, now()

    def _choose(self, what: str) -> None:
        def work(project: Project) -> None:
            found = form.chosen(project, what) if what in self._offered() else {}
            with self._guard, self.hold_sync():
                self.chosen, self.wrong, self.now = found, {}, now()

        self._quietly(work)

    def _offered(self) -> list[str]:
        return [*self.choices.get("notebooks", ()), *self.choices.get("pipelines", ())]

    def _preview(self, asked: dict[str, Any]) -> None:
        mode, when, timezone = (clean(str(asked.get(name, "")), 300) for name in ("mode", "when", "timezone"))
        self.preview = form.preview(mode, when, timezone, datetime.now(UTC))

    def __repr__(self) -> str:
        return plain(self.overview)

    def _without_widgets(self) -> dict[str, str]:
        return {"text/html": schedules_html(self.overview), "text/plain": repr(self)}


def signature(root: Path) -> tuple[tuple[int, int] | None, ...]:
    """Is another one when anything that the panel shows may have changed."""
    return tuple(_stamp(root / name) for name in _FILES)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
