"""How long cells and runs may take, and what is done to a cell that will not stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.entities import units
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.notebooks.document import tags

GRACE = 3.0  # seconds from the interrupt to SIGTERM, and from there to SIGKILL


def seconds(text: str | float) -> float:
    """A duration in seconds: ``90``, ``90s``, ``1.5m``, ``2h``, ``1d``.

    Raises:
        Refused: it is no duration, or not longer than nothing.
    """
    try:
        return units.seconds(text)
    except ValueError:
        raise Refused(f"{text!r} is not a length of time", hint="write seconds, or 90s, 5m, 2h") from None


@dataclass(frozen=True)
class Limits:
    """Seconds that each `cell`, and the whole `run`, may take; None for no limit. What is to stop gets
    `grace` seconds to do so, twice."""

    cell: float | None = None
    run: float | None = None
    grace: float = GRACE

    def of(self, cell: Mapping[str, Any]) -> float | None:
        """Seconds that this cell may take: by its tag ``timeout:90s``, else its metadata
        ``{"mlops": {"timeout": 90}}``, else as for every cell.

        Raises:
            Refused: tag or metadata give no length of time.
        """
        for tag in tags(cell):
            name, _, value = tag.partition(":")
            if name == "timeout":
                return seconds(value)
        own = cell.get("metadata", {}).get("mlops", {})
        if isinstance(own, dict) and own.get("timeout") is not None:
            return seconds(own["timeout"])
        return self.cell


@dataclass
class Escalation:
    """Stops a cell: interrupt, then SIGTERM, then SIGKILL, `grace` seconds apart. Time is an argument."""

    interrupt: Callable[[], None]
    terminate: Callable[[], None]
    kill: Callable[[], None]
    grace: float = GRACE
    began: float | None = None
    _done: int = 0

    def begin(self, now: float) -> None:
        """Start with the interrupt, unless it was started before."""
        if self.began is None:
            self.began = now
            self.advance(now)

    def at_once(self) -> None:
        """Do not wait: kill."""
        self.began, self._done = self.began or 0.0, 3
        self.kill()

    def advance(self, now: float) -> None:
        """Take the steps that are due."""
        steps = (self.interrupt, self.terminate, self.kill)
        while self.began is not None and self._done < 3 and now >= self.began + self.grace * self._done:
            self._done += 1
            steps[self._done - 1]()
