"""Moments as a page counts them: in milliseconds since 1970."""

from __future__ import annotations

import time
from datetime import datetime


def now() -> float:
    """This moment."""
    return time.time() * 1000


def milliseconds(moment: datetime | None) -> float | None:
    """That moment, if it is one."""
    return None if moment is None else moment.timestamp() * 1000
