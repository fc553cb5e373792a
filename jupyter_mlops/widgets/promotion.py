"""The promotion panel: versions, gates and ledger of a model, and buttons that decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import GateReport, GateResult
from jupyter_mlops.widgets.moments import now
from jupyter_mlops.widgets.panel import Panel, script, style
from jupyter_mlops.widgets.promotion_known import Known
from jupyter_mlops.widgets.promotion_page import champion_text, panel_html

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

REASON = 1000  # characters


class PromotionPanel(Panel):
    """Versions of a model with their gates and what changed against the champion, and the model's ledger;
    buttons promote, approve, reject and roll back.

    All that takes time is done in a thread with a project and store of its own, one thing after the other:
    while something goes on, a click is not heard. Whatever the page says, nothing is done that
    `Project.promote` and its like refuse; it is told in `problem`. Viewers that run no widgets show it as
    HTML, or what `text` makes of the gates.
    """

    _esm = script("promotion_gates.js", "promotion_changes.js", "promotion.js")
    _css = style("promotion.css")

    overview = traitlets.Dict().tag(sync=True)
    detail = traitlets.Dict().tag(sync=True)

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
        self._text = text
        super().__init__(project.root, overview=self._known.overview(), detail=self._known.detail())

    @property
    def chosen(self) -> str:
        """The number of the version whose gates are shown."""
        return self._known.chosen

    def choose(self, version: str) -> None:
        """Show another version, and what is known of its gates without judging; also while something goes
        on."""
        with self._guard:
            if version != self.chosen and version in self._known:
                self._known.chosen = version
                self._show()
                self._quietly(lambda project: self._look(project, version))

    def judge(self) -> None:
        """Judge the gates of the chosen version, where any stand before the alias."""
        version = self.chosen
        if self._known.gated:
            told = f"Judging the gates of {self._label(version)}"
            self._ask(told, lambda project: self._judge(project, version))
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

        self._ask(f"Promoting {label} to {alias}", work)

    def approve(self, version: str, reason: str = "") -> None:
        """As `Project.approve` does."""
        label = self._label(version)

        def work(project: Project) -> str:
            project.approve(label, reason=reason or None)
            return f"{label} is approved."

        self._ask(f"Approving {label}", work)

    def reject(self, version: str, reason: str) -> None:
        """As `Project.reject` does."""
        label = self._label(version)

        def work(project: Project) -> str:
            project.reject(label, reason=reason)
            return f"{label} is rejected."

        self._ask(f"Rejecting {label}", work)

    def rollback(self, reason: str = "") -> None:
        """Point the alias at the version before, as `Project.rollback` does."""
        model, alias, seen = self._known.model, self._known.alias, self._known.champion

        def work(project: Project) -> str:
            self._known.unmoved(project, seen)
            done = project.rollback(model, to=alias, reason=reason or None)
            back = f"{alias} is back at {self._label(done.version.version)}."
            return " ".join((back, *map(_sentence, done.notes)))

        self._ask(f"Rolling {alias} of {model} back", work)

    def refresh(self) -> None:
        """Read everything again."""
        self._ask("Reading it again", lambda project: "")

    def verify(self) -> None:
        """Check every entry of the ledger, and where the alias points."""
        self._ask("Verifying the ledger", lambda project: "", verify=True)

    def _hear(self, content: dict[str, Any]) -> None:
        version, reason = content.get("version"), content.get("reason", "")
        known = isinstance(version, str) and version in self._known and isinstance(reason, str)
        self._do(content.get("type"), version if known else None, str(reason).strip()[:REASON])

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

    def _ask(self, text: str, work: Callable[[Project], str], *, verify: bool = False) -> None:
        def after(project: Project) -> None:
            self._known.judging("")
            self._known.load(project, verify=verify)

        self._begin(text, work, after)

    def _look(self, project: Project, version: str) -> None:
        self._known.look(project, version)
        self._show()

    def _told(self, error: BaseException) -> str:
        report = getattr(error, "report", None)  # by which a promotion was refused
        if isinstance(report, GateReport):
            self._known.keep(report)
        return super()._told(error)

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
            self.now = now()

    def _show(self) -> None:
        """Tell the page what is known now."""
        with self._guard, self.hold_sync():
            self.overview, self.detail = self._known.overview(), self._known.detail()
            self.now = now()

    def __repr__(self) -> str:
        if self._text is not None:
            return self._text(self._known.report).rstrip("\n")
        lines = [f"{self._known.model}: {champion_text(self.overview)}"]
        lines += [f"{gate['sign']} {gate['state']}: {gate['name']}" for gate in self.detail["gates"]]
        return "\n".join(lines)

    def _without_widgets(self) -> dict[str, str]:
        return {"text/html": panel_html(self.overview, self.detail), "text/plain": repr(self)}


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."
