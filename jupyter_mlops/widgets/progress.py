"""How far a command is, told in a notebook: a pipeline as a widget, all else as lines."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from jupyter_mlops.reports import Progress

if TYPE_CHECKING:
    from jupyter_mlops.entities import StepRun
    from jupyter_mlops.widgets.pipeline import PipelineWidget


def for_shell(shell: Any) -> Progress:
    """What tells progress in that IPython: a widget needs a kernel, and a page before it."""
    return NotebookProgress(sys.stdout) if hasattr(shell, "kernel") else Progress(sys.stdout)


class NotebookProgress(Progress):
    """Shows a pipeline's steps as a `PipelineWidget` under the cell."""

    patience = 2.0  # seconds: what it says stays in the notebook

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._widget: PipelineWidget | None = None
        self._shown: Any = None

    def edges(self, pipeline: str, edges: Mapping[str, tuple[str, ...]]) -> None:
        with self._lock:
            self._show().edges(pipeline, edges)

    def step(self, step: StepRun) -> None:
        with self._lock:
            self._told = True
            self._show().step(step)

    def done(self, result: object) -> bool:
        from jupyter_mlops.entities import PipelineRun

        if self._widget is None or not isinstance(result, PipelineRun):
            return False
        self._widget.done(result)
        self._settle()
        return True

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._widget is not None and kind is not None:
            stopped = issubclass(kind, KeyboardInterrupt)
            self._widget.end(problem="interrupted" if stopped else "ended by an error")
            self._settle()
        super().__exit__(kind, *rest)

    def _settle(self) -> None:
        """Viewers that run no widgets show what was displayed last."""
        if self._shown is not None:  # outside of IPython there is no place to show it
            self._shown.update(self._widget)
        self._widget = None

    def _show(self) -> PipelineWidget:
        if self._widget is None:
            from IPython.display import display

            from jupyter_mlops.widgets.pipeline import PipelineWidget

            self._widget = PipelineWidget(on_cancel=_interrupt)
            self._shown = display(self._widget, display_id=True)
        return self._widget


def _interrupt() -> None:
    """As the kernel's interrupt button does: the command that runs hears of it in the main thread."""
    os.kill(os.getpid(), signal.SIGINT)
