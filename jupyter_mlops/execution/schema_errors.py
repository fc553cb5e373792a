"""What pandera's lazy validation found, in a line for each column and check instead of every value."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from jupyter_mlops.exceptions import MLOpsError

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import CellClient

ASK_TIME = 5.0  # seconds that counting may take
MOST = 50  # lines


def schema_errors(client: CellClient, error: str) -> str:
    """The error of a cell that ended with pandera's ``SchemaErrors``: how many checks failed, then in a
    line of each its column, name, count of failing values, and the first row with its value.

    Args:
        client: what ran the cell; its kernel still knows the exception.
        error: what is told where the kernel cannot be asked.
    """
    found: list[dict[str, Any]] = []
    with contextlib.suppress(MLOpsError, SyntaxError, ValueError, TypeError):
        code = f"(lambda space: (exec({_COUNT!r}, space), space['count']())[1])({{}})"
        found = client.ask(code, timeout=ASK_TIME) or []
    if not found:
        return error
    lines = [_line(**each) for each in found[:MOST]]
    if len(found) > MOST:
        lines.append(f"and {len(found) - MOST} more")
    counted = "1 check failed" if len(found) == 1 else f"{len(found)} checks failed"
    return client.redacted(f"SchemaErrors: {counted}:\n" + ";\n".join(lines))


def _line(column: str | None, check: str, count: int, row: str | None, value: str) -> str:
    if row is None:  # of the table, not of a value in it
        return f"{column}: {check}: {value}" if column else f"{check}: {value}"
    failing = "1 value" if count == 1 else f"{count} values"
    return (
        f"{column}: {check}: {failing}, first in row {row}: {value}"
        if column
        else (f"{check}: {failing}, first in row {row}: {value}")
    )


_COUNT = """
import json, reprlib, sys

def text(value):
    return " ".join(str(value).split())[:200]

def count():
    cases = sys.last_value.failure_cases
    if hasattr(cases, "to_pandas"):
        cases = cases.to_pandas()
    if "index" not in cases:
        cases = cases.assign(index=None)
    found = []
    for (column, check), group in cases.groupby(["column", "check"], dropna=False, sort=False):
        first = group.iloc[0]
        nothing = lambda value: value is None or value != value
        found.append(dict(
            column=None if nothing(column) else text(column), check=text(check), count=len(group),
            row=None if nothing(first["index"]) else text(first["index"]),
            value=reprlib.repr(first["failure_case"]),
        ))
    return json.dumps(found)
"""
