"""What happens once and is over: a run that ended well, a metric of one, a monitor's breach, a batch.

Of each that happened the newest counts: a schedule whose scheduler was away runs once for all that it missed.
The memory has `of` what it is, how far was looked, and the ids of what had happened lately, as one that ended
before may be recorded after. That of something else, which the schedule waited for before, is none. There is
no quiet period: what has ended does not change any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from jupyter_mlops.scheduling.triggers.probed import Fired, Happened, Memory, Probed, Window

OVERLAP = 7200.0  # seconds; more than any clock is put back


def tell(
    window: Window | None,
    memory: Memory | None,
    of: str,
    kind: str,
    why: Callable[[Happened], str | None],
) -> Probed:
    """One look at what happened to `of`, see `since`; `why` tells why that sets off a run, None where it does
    not."""
    if window is None:
        return Probed(memory)
    if not _is_of(memory, of):
        return Probed(_remembered(window, window.newest, of))
    known = set(memory["seen"])
    fresh = [each for each in window.happened if each.id not in known]
    newest = max(float(memory["newest"]), window.newest)
    if not fresh and newest - float(memory["newest"]) < OVERLAP:
        return Probed(memory)
    told = ((each, why(each)) for each in sorted(fresh, key=lambda each: (each.ended, each.id), reverse=True))
    fired = next((Fired(f"{kind}:{each.id}", said) for each, said in told if said is not None), None)
    return Probed(_remembered(window, newest, of), () if fired is None else (fired,))


def since(memory: Memory | None, of: str) -> float | None:
    """From when on what happened to `of`, such as ``pipeline churn``, is to be told; None where that was not
    looked at before."""
    return float(memory["newest"]) - OVERLAP if _is_of(memory, of) else None


def _is_of(memory: Memory | None, of: str) -> TypeGuard[Memory]:
    return memory is not None and memory.get("of") == of


def _remembered(window: Window, newest: float, of: str) -> dict[str, Any]:
    lately = sorted(each.id for each in window.happened if each.ended >= newest - OVERLAP)
    return {"of": of, "newest": newest, "seen": lately}
