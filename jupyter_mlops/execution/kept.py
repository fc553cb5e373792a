"""Exceptions that one of IPython's magics keeps for itself: its cell passes for one that did not fail."""

from __future__ import annotations

import re
import sys
from typing import Any

# the same that a headless run's kernel looks at: see `shim`
_KEEPER = re.compile(r"^[ \t]*(?:\w+[ \t]*=[ \t]*)?%%?(?:capture|time|run|rerun)\b", re.MULTILINE)


class Watch:
    """Looks, from now on, whether the cell in work shows an exception that does not end it."""

    def __init__(self) -> None:
        self._before = _shown()

    def kept(self, source: str) -> BaseException | None:
        """The last that was shown since by a cell of that source, where a magic kept it."""
        shown = _shown()
        fresh = shown is not self._before and isinstance(shown, BaseException)
        return shown if fresh and _KEEPER.search(source) else None


def _shown() -> Any:
    """What IPython has shown the traceback of, most recently."""
    return getattr(sys, "last_value", None)
