"""Runs whose outputs were freed by `gc --runs`: their tags, and what is told of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.store import Store

BEGUN = "begun"  # values of the tag: set before the first file goes, and after the last
DONE = "done"


def mark(when: datetime, size: int, files: int, cells: str) -> dict[str, str]:
    """The tags of a run whose `files`, of `size` bytes, are about to go; `cells` sums up its journal."""
    known = {"when": when.isoformat(timespec="seconds"), "size": size, "files": files, "cells": cells}
    return {tags.FREED: BEGUN, tags.FREED_RECORD: json.dumps(known)}


def told_of(store: Store, run_id: str) -> str:
    """What is to be said, in a line, of a run whose outputs were freed; nothing of all others."""
    return told(marks_of(store, run_id))


def told(marks: Mapping[str, str]) -> str:
    """The same, of a run's tags, which anybody may have written."""
    if tags.FREED not in marks:
        return ""
    try:
        known = json.loads(marks.get(tags.FREED_RECORD, ""))
        when = datetime.fromisoformat(known["when"])
        size = int(known["size"])
        told_size = f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"
        counted = f"{int(known['files'])} files, {told_size}"
        return "; ".join(filter(None, [f"outputs freed {when:%Y-%m-%d}: {counted}", str(known["cells"])]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return "outputs freed"
