"""When a change has settled: the part of a trigger that is the same for all that has content.

Of each source the memory has the content that was `fired` last (or was there when it was first seen), and
the `mark` by which it is known to have it still, so that looking again costs no reading. Another mark begins
a quiet period: `pending` since `since`. When two looks, at least that long apart, saw the same mark, the
content is read, and it is a change if it is not the one that was fired last.

- What is there when it is first seen is remembered and fires nothing; what is not there yet fires when it
  comes.
- What is gone fires nothing. When it is back it fires if its content is another one than before.
- Several sources of one trigger change together: while one of them is in its quiet period, none fires.
- The key of a change has a number that counts the changes, so it differs when content goes A, B, A; and when
  the counting began, so it differs from those of a schedule of the same name that was removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.saying import told
from jupyter_mlops.scheduling.triggers.probed import Fired, Look, Memory, Probed, Source

_SHOWN = 3  # sources that are named where several changed


def settle(sources: Sequence[Source], memory: Memory | None, now: datetime, quiet: float) -> Probed:
    """One look at all `sources` of a trigger, of which `memory` was kept; `quiet` is in seconds."""
    before: Memory = {} if memory is None else memory
    kept: dict[str, Any] = before.get("sources", {})
    found = [_Scan(source, kept.get(source.name), now, quiet) for source in sources]
    if not any(scan.waits for scan in found):
        for scan in found:
            scan.read(now)
    if any(scan.waits for scan in found):
        changed = []
        states = {scan.source.name: scan.waiting() for scan in found}
    else:
        changed = [scan for scan in found if scan.changed]
        states = {scan.source.name: scan.settled() for scan in found}
    problem = "; ".join(scan.problem for scan in found if scan.problem) or None
    count = int(before.get("count", 0)) + bool(changed)
    born = str(before.get("born") or f"{int(now.timestamp() * 1e6):x}")
    known = {name: state for name, state in states.items() if state is not None}
    after = {"born": born, "count": count, "sources": known}
    fired = (Fired(f"{born}-{count}-{_digest(changed)}", _why(changed)),) if changed else ()
    return Probed(memory if after == memory else after, fired, problem)


class _Scan:
    """A source at this look: what is known of it, and whether it `waits` for its quiet period to end."""

    def __init__(self, source: Source, state: Memory | None, now: datetime, quiet: float) -> None:
        self.source = source
        self.state = state
        self.problem: str | None = None
        self.waits = False
        self.changed = False
        self.content: str | None = None
        self._ripe = False
        self.look = self._looked(now)
        if self.look is None or self.look.problem is not None or self.look.absent:
            return
        if state is None:
            self._ripe = True
        elif self.look.mark != state.get("mark"):
            self._ripe = self._is_quiet(state, self.look, quiet)
            self.waits = not self._ripe

    def read(self, now: datetime) -> None:
        """Read the content where the time for it has come."""
        if not self._ripe or self.look is None:
            return
        try:
            self.content = self.source.content()
        except MLOpsError as error:  # most often it was written to meanwhile
            self.content, self.problem = None, told(error)
        again = self._looked(now)
        if again is None or again.problem or again.absent:
            self._ripe = False
        elif again.mark != self.look.mark:  # what was read may be half of each
            self.look, self.problem = again, None
            self._ripe, self.waits = False, self.state is not None
        elif self.content is None:
            self._ripe, self.waits = False, self.state is not None and self.problem is None
        else:
            self.changed = self.state is not None and self.content != self.state.get("fired")

    def waiting(self) -> Memory | None:
        """What to remember while the trigger waits for its sources to settle: of this one that it does, or
        what was known of it before."""
        if self._is_gone or not self.waits or self.look is None:
            return self._unchanged()
        state = self.state or {}
        since = self._since(state, self.look)
        return {**state, "pending": self.look.mark, "since": since}

    def settled(self) -> Memory | None:
        """What to remember when none of the sources waits."""
        if self._is_gone or not self._ripe or self.look is None:
            return self._unchanged()
        mark = None if self.look.fresh else self.look.mark
        return {"fired": self.content, "mark": mark}

    @property
    def _is_gone(self) -> bool:
        return self.look is not None and self.look.absent

    def _unchanged(self) -> Memory | None:
        """As before; a quiet period ends where the source is gone, or looks as it did when it was last
        settled."""
        state, look = self.state, self.look
        if self._is_gone:
            return {"fired": (state or {}).get("fired")}
        if state is not None and look is not None and look.problem is None and look.mark == state.get("mark"):
            return {name: value for name, value in state.items() if name not in ("pending", "since")}
        return state

    def _looked(self, now: datetime) -> Look | None:
        try:
            look = self.source.look(now)
        except MLOpsError as error:
            look = Look("", now, problem=told(error))
        if look is not None and look.problem is not None:
            self.problem = look.problem
        return look

    @staticmethod
    def _is_quiet(state: Memory, look: Look, quiet: float) -> bool:
        if look.mark != state.get("pending"):
            return False
        since = datetime.fromisoformat(state["since"])
        return look.at > since and look.at - since >= timedelta(seconds=quiet)

    @staticmethod
    def _since(state: Memory, look: Look) -> str:
        """Since when it has looked like that; not since a moment that is still to come, as it is when the
        clock was set back."""
        same = look.mark == state.get("pending") and datetime.fromisoformat(state["since"]) <= look.at
        return str(state["since"]) if same else look.at.isoformat()


def _digest(changed: Sequence[_Scan]) -> str:
    folded = hashlib.blake2b(digest_size=8)
    for scan in sorted(changed, key=lambda scan: scan.source.name):
        folded.update(f"{len(scan.source.name)}:{scan.source.name}={scan.content}\n".encode())
    return folded.hexdigest()


def _why(changed: Sequence[_Scan]) -> str:
    names = [scan.source.label for scan in changed[:_SHOWN]]
    more = len(changed) - len(names)
    return f"changed: {', '.join(names)}{f' and {more} more' if more else ''}"
