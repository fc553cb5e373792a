"""The panel of schedules for viewers that run no widgets: HTML without script."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.drawing.markup import data, table, tag, verdict
from jupyter_mlops.drawing.pages import framed

ROWS = 50


def schedules_html(overview: Mapping[str, Any]) -> str:
    """One ``<div>``: who runs them, and the schedules."""
    ticks, rows = overview["ticks"], overview["rows"]
    cells = [
        [
            data(row["name"]),
            data(row["what"], 100),
            data(" ".join(filter(None, (row["when"], row["written"] and f"({row['written']})"))), 120),
            moment(row["next"]),
            _last(row),
            data(" ".join(filter(None, (row["paused"] and f"paused {row['paused']}", row["note"]))), 200),
        ]
        for row in rows[:ROWS]
    ]
    return framed(
        f"Schedules of {overview['project']}",
        verdict(ticks["sign"], ticks["kind"], f"{ticks['text']} {ticks['command']}".rstrip()),
        table(["name", "what", "when", "next (UTC)", "last", ""], cells),
        tag("p", f"and {len(rows) - ROWS} more") if len(rows) > ROWS else "",
    )


def moment(milliseconds: float | None) -> str:
    """To the minute, in UTC."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _last(row: Mapping[str, Any]) -> str:
    last = row["last"]
    return "" if last is None else f"{last['sign']} {last['word']} {last['run'][:8]}".rstrip()
