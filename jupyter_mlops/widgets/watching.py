"""A run while it goes on: its cells, and the tail of its log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from jupyter_mlops.drawing.markup import data, joined, tag, verdict
from jupyter_mlops.drawing.pages import framed
from jupyter_mlops.widgets.follower import Follower
from jupyter_mlops.widgets.moments import now
from jupyter_mlops.widgets.panel import Panel, script, style


class WatchPanel(Panel):
    """Which cell of a run is at work, which have ended and how, and the last 500 lines of what they print,
    until the run ends; a button cancels it. `reference` is a run, or ``schedule:NAME``."""

    _esm = script("watching_run.js", "watching.js")
    _css = style("watching.css")

    watched = traitlets.Dict().tag(sync=True)
    tail = traitlets.List().tag(sync=True)  # of the log, once the run has ended: a saved page shows it

    def __init__(self, root: Path, reference: str) -> None:
        self._follower = Follower(root, reference, self._follows, self.send)
        super().__init__(root, watched=self._follower.plain())
        self._follower.start()

    def cancel(self) -> None:
        """End the run."""
        self._follower.cancel()

    def wait(self, seconds: float | None = None) -> bool:
        """Until the run has ended, at most so many seconds; whether it has."""
        return self._follower.wait(seconds)

    def _follows(self, known: dict[str, Any]) -> None:
        with self._guard, self.hold_sync():
            self.watched, self.now = known, now()
            if known["over"]:
                self.tail = self._follower.lines()

    def _hear(self, content: dict[str, Any]) -> None:
        if content.get("type") in {"hello", "tail"}:
            self._follower.tail()
        elif content.get("type") == "cancel":
            self.cancel()

    def __repr__(self) -> str:
        return f"{self.watched['reference']}: {self.watched['text']}"

    def _without_widgets(self) -> dict[str, str]:
        return {"text/html": watched_html(self.watched), "text/plain": repr(self)}


def watched_html(known: dict[str, Any]) -> str:
    """Where the run was, as one ``<div>``, for viewers that run no widgets."""
    cells = [
        tag("li", joined(data(group["step"]), " " if group["step"] else "", _counted(group["cells"])))
        for group in known["groups"]
    ]
    return framed(
        f"Run {known['reference']}",
        verdict(known["sign"], known["kind"], known["text"]),
        tag("ul", *cells) if cells else "",
    )


def _counted(cells: list[dict[str, Any]]) -> str:
    done = sum(cell["seconds"] is not None for cell in cells)
    return f"{done} of {len(cells)} cells"
