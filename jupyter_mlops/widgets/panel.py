"""What panels share: work in threads with projects of their own, and what the page is told of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from jupyter_mlops.drawing import clean
from jupyter_mlops.drawing.pages import STYLE
from jupyter_mlops.forms.telling import LONGEST, told
from jupyter_mlops.widgets.moments import now
from jupyter_mlops.widgets.widget import Widget, read

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

IDLE = {"text": "", "line": "", "since": 0.0, "done": 0, "total": 0}


class Panel(Widget):
    """A widget whose buttons ask a `Project` to do something.

    What takes time is done in a thread with a project and store of its own, one thing after the other: while
    something goes on, a click is not heard. What went wrong is told in `problem`.
    """

    task = traitlets.Dict(IDLE).tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    now = traitlets.Float(0.0).tag(sync=True)  # the kernel's clock in milliseconds

    def __init__(self, root: Path, **state: Any) -> None:
        self._root = root
        self._guard = threading.RLock()
        self._threads: tuple[threading.Thread, ...] = ()
        super().__init__(now=now(), **state)
        self.on_msg(self._receive)

    @property
    def busy(self) -> bool:
        """Something goes on."""
        return bool(self.task["text"])

    def wait(self, seconds: float | None = None) -> bool:
        """Until nothing goes on any more, each part at most so many seconds; whether nothing does."""
        for thread in self._threads:
            thread.join(seconds)
        return not self.busy

    def _hear(self, content: dict[str, Any]) -> None:
        """What the page asks for, of which nothing is to be believed."""
        raise NotImplementedError

    def _show(self) -> None:
        """Tell the page what is known now. Called with the guard held."""
        self.now = now()

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict):
            self._hear(content)
        with self._guard:
            self.now = now()  # it was heard

    def _begin(
        self, text: str, work: Callable[[Project], str], after: Callable[[Project], None] | None = None
    ) -> None:
        """Do `work` in a thread, unless something goes on; it gives back what to say. `after` reads what has
        become of it, also where it failed."""
        with self._guard:
            if self.busy:
                return
            with self.hold_sync():
                self.task = {**IDLE, "text": text, "since": now()}
                self.problem = self.said = ""
                self.now = now()
            self._spawn(lambda: self._run(work, after))

    def _spawn(self, call: Callable[[], None]) -> None:
        thread = threading.Thread(target=call, name=f"jupyter-mlops {type(self).__name__}", daemon=True)
        self._threads = (*(known for known in self._threads if known.is_alive()), thread)
        thread.start()

    def _run(self, work: Callable[[Project], str], after: Callable[[Project], None] | None) -> None:
        from jupyter_mlops.project import Project

        said = problem = ""
        try:
            project = Project(self._root)  # of this thread: what a cell uses stays as it is
            try:
                said = work(project)
            finally:
                if after is not None:
                    after(project)
        except BaseException as error:  # a thread has no caller to raise to: the page must tell
            said, problem = "", self._told(error)
        with self._guard, self.hold_sync():
            self.task, self.said, self.problem = IDLE, clean(said, LONGEST), problem
            self._show()

    def _quietly(self, work: Callable[[Project], None]) -> None:
        """Do it in a thread, also while something goes on, and without a word, unless it fails."""
        self._spawn(lambda: self._quiet_work(work))

    def _quiet_work(self, work: Callable[[Project], None]) -> None:
        from jupyter_mlops.project import Project

        try:
            work(Project(self._root))
        except Exception as error:  # a thread has no caller to raise to: the page must tell
            with self._guard, self.hold_sync():
                self.problem = self._told(error)
                self._show()

    def _told(self, error: BaseException) -> str:
        return told(error)


def script(*parts: str) -> str:
    """A panel's module, of these files after what all panels share."""
    return read("elements.js", "panel.js", *parts)


def style(*parts: str) -> str:
    """These files after what all panels look like."""
    return STYLE + read("panel.css", *parts)
