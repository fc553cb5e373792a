"""A pipeline while it runs: what follows on what, and what each step is at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from jupyter_mlops import drawing as draw
from jupyter_mlops.entities import PipelineRun, StepRun
from jupyter_mlops.widgets.moments import milliseconds, now
from jupyter_mlops.widgets.widget import Widget, read

BATCH = 0.2  # seconds between two messages to the page
_FIRST = 0.05  # before the first one: steps come together
_COLUMNS = 100


class PipelineWidget(Widget):
    """The steps of a pipeline as a drawing and a table that follow its run.

    `step` may be called from any thread and as often as one likes: what changed is sent at most five times a
    second, and nothing else. `on_cancel` is called, perhaps in a thread of its own, when Cancel is pressed;
    without it there is no such button, and where the kernel does not hear the page while it runs the
    pipeline, the page says how to interrupt it. Viewers that run no widgets show the steps as they last were.
    """

    _esm = read("elements.js", "pipeline.js")
    _css = read("pipeline.css")

    pipeline = traitlets.Unicode("").tag(sync=True)
    summary = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    nodes = traitlets.Int(0).tag(sync=True)  # there are as many traits node_0, node_1, ...
    steps = traitlets.Int(0).tag(sync=True)  # and step_0, ...
    now = traitlets.Float(0.0).tag(sync=True)  # the kernel's clock in milliseconds
    cancellable = traitlets.Bool(False).tag(sync=True)
    hears = traitlets.Bool(False).tag(sync=True)  # a kernel that runs a cell may hear the page, or not
    cancelling = traitlets.Bool(False).tag(sync=True)
    finished = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, run: PipelineRun | None = None, *, on_cancel: Callable[[], None] | None = None
    ) -> None:
        self._run = run or PipelineRun(pipeline="")
        self._steps = {(step.step, step.point): step for step in self._run.steps}
        self._places: dict[tuple[str, str], int] = {}
        self._changed = set(self._steps)
        self._on_cancel = on_cancel
        self._guard = threading.RLock()
        self._timer: threading.Timer | None = None
        self._sent = 0.0
        super().__init__(cancellable=on_cancel is not None)
        self.on_msg(self._receive)
        self._flush()

    def edges(self, pipeline: str, edges: Mapping[str, tuple[str, ...]]) -> None:
        """What comes after what, where that was not known before."""
        with self._guard:
            self._run = self._run.model_copy(update={"pipeline": pipeline, "edges": edges})
            self._places.clear()  # draw anew
            self._changed.update(self._steps)
            self._soon()

    def step(self, step: StepRun) -> None:
        """One is new, or has changed."""
        with self._guard:
            key = (step.step, step.point)
            if self._steps.get(key) != step:
                self._steps[key] = step
                self._changed.add(key)
                self._soon()

    def done(self, run: PipelineRun) -> None:
        """It has ended so."""
        with self._guard:
            if self._run.edges != run.edges or self._run.pipeline != run.pipeline:
                self.edges(run.pipeline, run.edges)
            for step in run.steps:
                self.step(step)
            self._run = run
            self.end(note=f"registered {run.registered}" if run.registered else "")

    def end(self, problem: str = "", note: str = "") -> None:
        """Nothing more will come; `problem` says why that is not as it should be."""
        with self._guard:
            with self.hold_sync():
                self.finished, self.problem, self.note = True, problem, note
                self._flush()
            self._stop_timer()

    def cancel(self) -> None:
        """What the Cancel button does."""
        if self._on_cancel is None or self.finished:
            return
        with self._guard, self.hold_sync():
            self.cancelling = True
            self.now = now()
        try:
            self._on_cancel()
        except Exception as error:  # a button has no caller to raise to: the page must tell
            with self._guard, self.hold_sync():
                self.cancelling, self.problem = False, f"It could not be cancelled: {error}"
                self.now = now()

    def snapshot(self) -> PipelineRun:
        """The run as far as it is known."""
        with self._guard:
            return self._run.model_copy(update={"steps": tuple(self._steps.values())})

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "cancel":
            self.cancel()
        elif kind == "hello":
            with self._guard, self.hold_sync():
                self.hears, self.now = True, now()

    def _soon(self) -> None:
        if self._timer is None and not self.finished:
            wait = max(self._sent + BATCH - time.monotonic(), _FIRST)
            self._timer = threading.Timer(wait, self._on_time)
            self._timer.daemon = True
            self._timer.start()

    def _on_time(self) -> None:
        with self._guard:
            self._timer = None
            self._flush()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _flush(self) -> None:
        """Send what changed, as one message."""
        with self._guard, self.hold_sync():
            changed, self._changed = self._changed, set()
            self._sent = time.monotonic()
            if not changed.issubset(self._places):
                self._redraw()
                changed = set(self._steps)
            found = self._plain(changed)
            self._add([name for name in found if not self.has_trait(name)])
            for name, value in found.items():
                setattr(self, name, value)
            self.summary = draw.summary(tuple(self._steps.values())) if self._steps else ""
            self.now = now()

    def _add(self, names: list[str]) -> None:
        if not names:  # each call makes a new class of this widget
            return
        # not by the widget's own method: it would send a message for each
        traits = {name: traitlets.Dict().tag(sync=True) for name in names}
        traitlets.HasTraits.add_traits(self, **traits)
        self.keys.extend(names)

    def _redraw(self) -> None:
        run = self.snapshot()
        self._places = {key: place for place, key in enumerate(self._steps)}
        nodes, _ = draw.fold(run)
        self._nodes = {node.name: place for place, node in enumerate(nodes)}
        self.pipeline, self.drawing = run.pipeline, draw.as_svg(run)
        self.nodes, self.steps = len(nodes) if self.drawing else 0, len(self._steps)

    def _plain(self, changed: set[tuple[str, str]]) -> dict[str, dict[str, Any]]:
        """Traits by name for these steps, and for the boxes they are drawn in."""
        found = {f"step_{self._places[key]}": _row(self._steps[key]) for key in changed}
        if self.nodes:
            points: dict[str, list[StepRun]] = {name: [] for name, _ in changed}
            for (name, _), step in self._steps.items():
                if name in points:
                    points[name].append(step)
            for name, steps in points.items():
                found[f"node_{self._nodes[name]}"] = _box(draw.Node(name, tuple(steps)))
        return found

    def __repr__(self) -> str:
        run = self.snapshot()
        return f"{draw.plain(draw.as_text(run, _COLUMNS))}\n{draw.summary(run.steps)}"

    def _without_widgets(self) -> dict[str, str]:
        return {"text/html": draw.as_html(self.snapshot())}


def _row(step: StepRun) -> dict[str, Any]:
    """The step as JSON can carry it."""
    return {
        "name": draw.clean(step.name, 200),
        "state": step.state.value,
        "css": draw.css_class(step.state),
        "icon": draw.ICONS[step.state],
        "attempt": step.attempt,
        "cell": step.cell,
        "cells": step.cells,
        "started": milliseconds(step.started),
        "seconds": step.duration,
        "run": step.run_id[:8],
        "metrics": draw.metrics_text(step),
        "why": draw.clean(step.error or step.why, 500),
        "selected": step.selected,
    }


def _box(node: draw.Node) -> dict[str, Any]:
    return {
        "state": draw.css_class(node.state),
        "icon": draw.ICONS[node.state],
        "name": node.label,
        "told": draw.shortened(node),
        "whole": node.whole,
    }
