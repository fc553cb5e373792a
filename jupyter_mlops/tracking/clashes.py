"""Parameters whose second value a run did not take. MLflow keeps the first, and autologging passes over that
without a word: two estimators that are fitted in one run share the first one's parameters."""

from __future__ import annotations

from collections.abc import Iterable

_found: dict[str, dict[str, None]] = {}  # run -> names, in order


def note(run_id: str, names: Iterable[str]) -> None:
    """The run has kept its first values of these."""
    _found.setdefault(run_id, {}).update(dict.fromkeys(names))


def told(run_id: str) -> str | None:
    """What was noted of the run since the last time, in a sentence; None where nothing was."""
    names = list(_found.pop(run_id, ()))
    if not names:
        return None
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"the run keeps the first values of {listed}: several estimators were autologged to it; "
        "give each its own: %%track NAME"
    )
