"""Follows a run in a thread, and tells a widget of it at a pace that a page can take."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean, duration
from jupyter_mlops.entities import LogLine, RunStatus, SlotStatus
from jupyter_mlops.forms.telling import told
from jupyter_mlops.widgets.followed import ENDS, Followed
from jupyter_mlops.widgets.moments import now

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

SCHEDULE = "schedule:"
PACE = 0.25  # seconds between two messages
_LOOK = 0.5  # seconds between two looks for a run that is to begin
_SETTLED = 1.0  # seconds after which what is heard happens now, not before we listened


class Follower:
    """Follows `reference`: a run, or ``schedule:NAME`` for the run of that schedule that goes on, else its
    last one, else the first to come. `show` is given all but the log, `send` the lines that are new; both are
    called in threads of ours."""

    def __init__(
        self,
        root: Path,
        reference: str,
        show: Callable[[dict[str, Any]], None],
        send: Callable[[dict[str, Any]], None],
    ) -> None:
        self.key = uuid.uuid4().hex[:8]  # tells what is said of this run from what is said of another
        self.reference = reference
        self._root = root
        self._show = show
        self._send = send
        self._known = Followed()
        self._guard = threading.RLock()
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._problem = self._said = ""
        self._cancelling = False
        self._sent = 0
        self._fresh = False  # something is known that was not told
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to follow, and to tell."""
        for call in (self._follow, self._tell):
            thread = threading.Thread(target=call, name="jupyter-mlops follower", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Until the run has ended and that is told, at most so many seconds; whether it has."""
        for thread in self._threads:
            thread.join(seconds)
        return self._ended.is_set()

    def tail(self) -> None:
        """Tell all again: there is a page that may not have heard it."""
        self._send({"type": "lines", "key": self.key, "lines": self.lines()})

    def lines(self) -> list[dict[str, Any]]:
        """The last lines of the log that are known."""
        with self._guard:
            return list(self._known.lines)

    def cancel(self) -> None:
        """End the run, in a thread; what hinders that is shown."""
        with self._guard:
            if self._cancelling or self._ended.is_set() or not self._known.run_id:
                return
            self._cancelling = self._fresh = True
        threading.Thread(target=self._cancel, name="jupyter-mlops cancel", daemon=True).start()

    def _cancel(self) -> None:
        from jupyter_mlops.project import Project

        try:
            Project(self._root).cancel(self._known.run_id)
        except BaseException as error:  # a thread has no caller to raise to: the page must tell
            with self._guard:
                self._cancelling, self._problem, self._fresh = False, told(error), True

    def _follow(self) -> None:
        from jupyter_mlops.project import Project

        began = time.monotonic()
        try:
            project = Project(self._root)
            for line in project.follow(self._run(project)):
                if self._stop.is_set():
                    return
                moment = now() if time.monotonic() > began + _SETTLED else None
                whole = "" if self._known.run_id else _whole(project, line)
                with self._guard:
                    self._known.run_id = self._known.run_id or whole
                    self._known.hear(line, moment)
                    self._fresh = True
        except BaseException as error:  # a thread has no caller to raise to: the page must tell
            self._problem = told(error)
        finally:
            with self._guard:
                self._fresh = True
                self._ended.set()

    def _run(self, project: Project) -> str:
        """The run that the reference names, waited for."""
        if not self.reference.startswith(SCHEDULE):
            return self.reference
        name = self.reference.removeprefix(SCHEDULE)
        for run in _runs(project, name):
            if run or self._stop.wait(_LOOK):
                return run
            self._waits(f"{name} waits for its next slot")
        return ""

    def _waits(self, text: str) -> None:
        with self._guard:
            self._fresh = self._fresh or self._said != text
            self._said = text

    def _tell(self) -> None:
        while not self._stop.is_set():
            ended = self._ended.wait(PACE)
            with self._guard:
                if self._fresh:
                    self._fresh = False
                    self._show(self.plain())
                    lines = self._known.after(self._sent)
                    if lines:
                        self._sent = lines[-1]["n"]
                        self._send({"type": "lines", "key": self.key, "lines": lines})
            if ended:
                return

    def plain(self) -> dict[str, Any]:
        """All but the log, as JSON can carry it."""
        known, ended = self._known, self._known.ended
        status = ended.ended if ended is not None and ended.ended is not None else RunStatus.RUNNING
        sign, kind = ENDS[status]
        over = self._ended.is_set()
        text = _ended(ended) if ended is not None else "running" if known.run_id else self._said or "looking"
        if over and ended is None:
            sign, kind, text = "!", "unsure", "no longer followed" if known.run_id else "not found"
        return {
            "key": self.key,
            "reference": clean(self.reference, 100),
            "run": known.run_id,
            "sign": sign,
            "kind": kind,
            "text": clean(text, 300),
            "groups": known.groups_plain(),
            "over": over,
            "cancelling": self._cancelling and not over,
            "problem": self._problem,
        }


def _runs(project: Project, name: str) -> Iterator[str]:
    """Look by look the id of the run to follow, or nothing while there is none."""
    while True:
        slots = project.schedule(name, slots=20).slots
        going = [slot for slot in slots if slot.status is SlotStatus.RUNNING]
        ran = [slot.run_id for slot in slots if slot.run_id]
        yield next((slot.run_id for slot in going if slot.run_id), None) or (
            "" if going else (ran or [""])[0]
        )


def _whole(project: Project, line: LogLine) -> str:
    """The run that this is said of: of a step the whole pipeline run, which is what can be cancelled."""
    return (project.show(line.run_id).run.parent or "") if line.step else line.run_id


def _ended(line: LogLine) -> str:
    took = f" after {duration(line.duration)}" if line.duration is not None else ""
    status = line.ended.value.lower() if line.ended is not None else ""
    return f"{status}{took}{': ' + line.text if line.text else ''}"
