"""The promotion panel: versions, gates and ledger of a model, and buttons that decide."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from jupyter_mlops.drawing import clean
from jupyter_mlops.drawing.pages import STYLE
from jupyter_mlops.entities import GateReport, GateResult
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.widgets.promotion_known import Known
from jupyter_mlops.widgets.promotion_page import champion_text, panel_html

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

REASON = 1000  # characters
# in one module: anywidget loads exactly one
_SCRIPTS = ("elements.js", "promotion_gates.js", "promotion_changes.js", "promotion.js")
_OPTION = re.compile(r"(?<!\S)--\w")  # in a hint for a command line
_IDLE = {"text": "", "line": "", "since": 0.0, "done": 0, "total": 0}


class PromotionPanel(anywidget.AnyWidget):
    """Versions of a model with their gates and what changed against the champion, and the model's ledger;
    buttons promote, approve, reject and roll back.

    All that takes time is done in a thread with a project and store of its own, one thing after the other:
    while something goes on, a click is not heard. Whatever the page says, nothing is done that
    `Project.promote` and its like refuse; it is told in `problem`. Viewers that run no widgets show it as
    HTML, or what `text` makes of the gates.
    """

    _esm = "\n".join(Path(__file__).with_name(part).read_text(encoding="utf-8") for part in _SCRIPTS)
    _css = STYLE + Path(__file__).with_name("promotion.css").read_text(encoding="utf-8")

    overview = traitlets.Dict().tag(sync=True)
    detail = traitlets.Dict().tag(sync=True)
    task = traitlets.Dict(_IDLE).tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    now = traitlets.Float(0.0).tag(sync=True)  # the kernel's clock in milliseconds

    def __init__(
        self,
        project: Project,
        reference: str,
        *,
        to: str = "champion",
        text: Callable[[GateReport], str] | None = None,
    ) -> None:
        """`reference` is ``NAME`` (the newest version that `to` does not point at), ``NAME@VERSION`` or
        ``NAME@ALIAS``.

        Raises:
            NotFound: no such model, version or alias.
            Refused: MLflow does not allow the alias `to`.
        """
        self._known = Known.read(project, reference, to)
        self._root = project.root
        self._text = text
        self._guard = threading.RLock()
        self._threads: tuple[threading.Thread, ...] = ()
        super().__init__(overview=self._known.overview(), detail=self._known.detail())
        self.on_msg(self._receive)

    @property
    def chosen(self) -> str:
        """The number of the version whose gates are shown."""
        return self._known.chosen

    @property
    def busy(self) -> bool:
        """Something goes on."""
        return bool(self.task["text"])

    def wait(self, seconds: float | None = None) -> bool:
        """Until nothing goes on any more, each part at most so many seconds; whether nothing does."""
        for thread in self._threads:
            thread.join(seconds)
        return not self.busy

    def choose(self, version: str) -> None:
        """Show another version, and what is known of its gates without judging; also while something goes
        on."""
        with self._guard:
            if version != self.chosen and version in self._known:
                self._known.chosen = version
                self._show()
                self._spawn(lambda: self._look(version))

    def judge(self) -> None:
        """Judge the gates of the chosen version, where any stand before the alias."""
        version = self.chosen
        if self._known.gated:
            told = f"Judging the gates of {self._label(version)}"
            self._begin(told, lambda project: self._judge(project, version))
        else:
            self.refresh()

    def promote(self, version: str, reason: str = "", *, override: bool = False) -> None:
        """Point the alias at that version, as `Project.promote` does."""
        label, alias, seen = self._label(version), self._known.alias, self._known.champion

        def work(project: Project) -> str:
            self._known.unmoved(project, seen)
            done = project.promote(
                label,
                to=alias,
                reason=reason or None,
                override=override,
                report=self._tell,
                done=self._each(version),
            )
            self._known.keep(done.gates)
            return " ".join((f"{label} is the {alias} now.", *map(_sentence, done.notes)))

        self._begin(f"Promoting {label} to {alias}", work)

    def approve(self, version: str, reason: str = "") -> None:
        """As `Project.approve` does."""
        label = self._label(version)

        def work(project: Project) -> str:
            project.approve(label, reason=reason or None)
            return f"{label} is approved."

        self._begin(f"Approving {label}", work)

    def reject(self, version: str, reason: str) -> None:
        """As `Project.reject` does."""
        label = self._label(version)

        def work(project: Project) -> str:
            project.reject(label, reason=reason)
            return f"{label} is rejected."

        self._begin(f"Rejecting {label}", work)

    def rollback(self, reason: str = "") -> None:
        """Point the alias at the version before, as `Project.rollback` does."""
        model, alias, seen = self._known.model, self._known.alias, self._known.champion

        def work(project: Project) -> str:
            self._known.unmoved(project, seen)
            done = project.rollback(model, to=alias, reason=reason or None)
            back = f"{alias} is back at {self._label(done.version.version)}."
            return " ".join((back, *map(_sentence, done.notes)))

        self._begin(f"Rolling {alias} of {model} back", work)

    def refresh(self) -> None:
        """Read everything again."""
        self._begin("Reading it again", lambda project: "")

    def verify(self) -> None:
        """Check every entry of the ledger, and where the alias points."""
        self._begin("Verifying the ledger", lambda project: "", verify=True)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """What the page asks for, of which nothing is believed."""
        if isinstance(content, dict):
            version, reason = content.get("version"), content.get("reason", "")
            known = isinstance(version, str) and version in self._known and isinstance(reason, str)
            self._do(content.get("type"), version if known else None, str(reason).strip()[:REASON])
        with self._guard:
            self.now = _now()  # it was heard

    def _do(self, kind: Any, version: str | None, reason: str) -> None:
        if kind == "refresh":
            self.refresh()
        elif kind == "verify":
            self.verify()
        elif version is None:
            return
        elif kind == "choose":
            self.choose(version)
        elif kind == "judge":
            self.choose(version)
            self.judge()
        elif kind in {"promote", "override"}:
            self.promote(version, reason, override=kind == "override")
        elif kind == "approve":
            self.approve(version, reason)
        elif kind == "reject":
            self.reject(version, reason)
        elif kind == "rollback":
            self.rollback(reason)

    def _label(self, version: str) -> str:
        return f"{self._known.model}@{version}"

    def _begin(self, text: str, work: Callable[[Project], str], *, verify: bool = False) -> None:
        """Do it in a thread, unless something goes on."""
        with self._guard:
            if self.busy:
                return
            with self.hold_sync():
                self.task = {**_IDLE, "text": text, "since": _now()}
                self.problem = self.said = ""
                self.now = _now()
            self._spawn(lambda: self._run(work, verify))

    def _spawn(self, call: Callable[[], None]) -> None:
        thread = threading.Thread(target=call, name="jupyter-mlops promotion", daemon=True)
        self._threads = (*(known for known in self._threads if known.is_alive()), thread)
        thread.start()

    def _run(self, work: Callable[[Project], str], verify: bool) -> None:
        from jupyter_mlops.project import Project

        said = problem = ""
        try:
            project = Project(self._root)  # of this thread: what a cell uses stays as it is
            try:
                said = work(project)
            finally:
                self._known.load(project, verify=verify)
        except BaseException as error:  # a thread has no caller to raise to: the page must tell
            said, problem = "", self._told(error)
        with self._guard, self.hold_sync():
            self._known.judging("")
            self.task, self.said, self.problem = _IDLE, clean(said, 1000), problem
            self._show()

    def _look(self, version: str) -> None:
        from jupyter_mlops.project import Project

        try:
            self._known.look(Project(self._root), version)
        except Exception as error:  # a thread has no caller to raise to: the page must tell
            self.problem = self._told(error)
        self._show()

    def _told(self, error: BaseException) -> str:
        report = getattr(error, "report", None)  # by which a promotion was refused
        if isinstance(report, GateReport):
            self._known.keep(report)
        if isinstance(error, MLOpsError):
            hinted = error.hint and not _OPTION.search(error.hint)
            return clean(f"{error} ({error.hint})" if hinted else str(error), 1000)
        return clean(f"It failed: {type(error).__name__}: {error}", 1000)

    def _judge(self, project: Project, version: str) -> str:
        report = project.gates(
            self._label(version),
            to=self._known.alias,
            judge=True,
            done=self._each(version),
            report=self._tell,
        )
        self._known.keep(report)
        return ""

    def _each(self, version: str) -> Callable[[GateResult, int, int], None]:
        """Each gate is shown as soon as it is judged."""
        self._known.judging(version)
        self._show()

        def done(result: GateResult, number: int, total: int) -> None:
            with self._guard, self.hold_sync():
                self._known.judged(version, result)
                self.task = {**self.task, "done": number, "total": total, "line": ""}
                self._show()

        return done

    def _tell(self, line: str) -> None:
        with self._guard, self.hold_sync():
            self.task = {**self.task, "line": clean(line, 200)}
            self.now = _now()

    def _show(self) -> None:
        """Tell the page what is known now."""
        with self._guard, self.hold_sync():
            self.overview, self.detail = self._known.overview(), self._known.detail()
            self.now = _now()

    def __repr__(self) -> str:
        if self._text is not None:
            return self._text(self._known.report).rstrip("\n")
        lines = [f"{self._known.model}: {champion_text(self.overview)}"]
        lines += [f"{gate['sign']} {gate['state']}: {gate['name']}" for gate in self.detail["gates"]]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        shown = panel_html(self.overview, self.detail)
        return {**data, "text/html": shown, "text/plain": repr(self)}, metadata


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."


def _now() -> float:
    return time.time() * 1000
