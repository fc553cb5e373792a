"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0  # seconds for what takes less than two on a quiet machine


def until(true: Callable[[], Any], what: str = "it", seconds: float = PATIENCE) -> Any:
    """What `true` gives once that is true; `what` is to come about within so many seconds."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
    return found
