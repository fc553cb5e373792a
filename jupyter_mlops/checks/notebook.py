"""Cells tagged ``check``: the notebook is run headless, and what each of them said is told."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.checks.recording import keep_with
from jupyter_mlops.entities import (
    CellRecord,
    CellStatus,
    CheckReport,
    CheckResult,
    CheckStatus,
    Run,
    RunRequest,
)
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.execution.asserted import python_of
from jupyter_mlops.execution.client import Progress
from jupyter_mlops.execution.runner import execute
from jupyter_mlops.notebooks.document import CHECK_TAG, INJECTED_TAG, Cell, Notebook, read_notebook, tags
from jupyter_mlops.tracking.reader import details
from jupyter_mlops.tracking.store import Store

LONGEST = 100  # characters of a check's name
LONGEST_MESSAGE = 300  # and of its message in one line; the details have all of it
NO_ASSERT = "it holds no assert: nothing in it raised"
# what says no; any other exception means that the check itself is broken
_SAID_NO = {"AssertionError", "SchemaError", "SchemaErrors"}
_LISTED = re.compile(r"\d+ of \d+ asserts:|SchemaErrors: \d+ checks? failed:")  # what the message has too


def check_notebook(
    store: Store,
    path: Path,
    *,
    text: Mapping[str, str] = {},
    values: Mapping[str, Any] = {},
    kernel: str | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """Run the notebook, recorded, and report on its cells tagged ``check``: one that fails does not stop the
    others, a failing cell that is no check does, and what follows is skipped.

    Raises:
        Refused: no cell is tagged so, or the notebook cannot be run; nothing was recorded.
    """
    notebook = read_notebook(path)
    if not any(CHECK_TAG in tags(cell) for _, cell in _with_code(notebook)):
        raise Refused(
            f"no cell of {path} is tagged 'check'",
            hint="tag cells that assert something (property inspector), and save",
        )
    request = RunRequest(notebook=path, document=notebook, text=text, values=values, kernel=kernel)
    run = execute(request, store, progress)
    report = _report(store, path, notebook, run)
    keep_with(store, report)
    return report


def _report(store: Store, path: Path, notebook: Notebook, run: Run) -> CheckReport:
    records = _matched(notebook, details(store, run).cells)
    stopped = next((index for index, record in records.items() if _stops(notebook, index, record)), None)
    results = [
        _result(path, notebook, index, records.get(index), stopped)
        for index, cell in _with_code(notebook)
        if CHECK_TAG in tags(cell)
    ]
    notes = []
    if stopped is not None and CHECK_TAG not in tags(notebook["cells"][stopped]):
        notes.append(
            f"cell {stopped + 1}, which is no check, {_what(records[stopped])}: what follows did not run"
        )
    elif run.exit_code not in {0, 3}:
        notes.append(f"the run ended early: {run.error}")
    return CheckReport(
        subject=path.name,
        results=tuple(results),
        run_id=run.run_id,
        notes=tuple(notes),
        exit_code=run.exit_code,
    )


def _stops(notebook: Notebook, index: int, record: CellRecord) -> bool:
    """After this cell no other ran."""
    if record.status is CellStatus.FAILED:
        return not {CHECK_TAG, "raises-exception"} & set(tags(notebook["cells"][index]))
    return record.status in {CellStatus.KILLED, CellStatus.TIMED_OUT, CellStatus.CANCELLED}


def _result(
    path: Path, notebook: Notebook, index: int, record: CellRecord | None, stopped: int | None
) -> CheckResult:
    status, said = _judged(record, stopped)
    if status is CheckStatus.PASSED and _lacks_assert(notebook, index):
        said = NO_ASSERT
    message, lines = _short(said, LONGEST_MESSAGE), [line for line in said.splitlines() if line.strip()]
    listed = bool(lines) and _LISTED.fullmatch(lines[0]) is not None
    return CheckResult(
        name=check_name(notebook, index),
        kind="cell",
        status=status,
        place=f"{path.name} cell {index + 1}",
        message=message,
        seconds=(record.duration or 0.0) if record is not None else 0.0,
        details=tuple(line.removesuffix(";") for line in lines[1:])
        if listed
        else tuple(lines)
        if len(lines) > 1 or message != said
        else (),
    )


def _judged(record: CellRecord | None, stopped: int | None) -> tuple[CheckStatus, str]:
    if record is None or record.status is CellStatus.NOT_RUN:
        return (
            CheckStatus.SKIPPED,
            "not run" if stopped is None else f"not run: cell {stopped + 1} stopped the run",
        )
    if record.status is CellStatus.OK:
        return CheckStatus.PASSED, ""
    if record.status is CellStatus.SKIPPED:
        return CheckStatus.SKIPPED, "tagged skip-execution"
    kind, _, message = (record.error or "").partition(":")
    if record.status is CellStatus.FAILED and kind in _SAID_NO:
        said = message.strip() or kind
        return CheckStatus.FAILED, said if kind == "AssertionError" else f"{kind}: {said}"
    told = "" if record.status is CellStatus.FAILED else f"{record.status.value}: "
    return CheckStatus.ERROR, f"{told}{record.error}"


def _lacks_assert(notebook: Notebook, index: int) -> bool:
    """Whether the cell is Python's, and holds none."""
    about = notebook["metadata"]
    said = (about.get("language_info") or {}).get("name") or (about.get("kernelspec") or {}).get("language")
    found = list(ast.walk(python_of(notebook["cells"][index]["source"])))
    is_python = len(found) > 1 and (said or "python").lower() in {"python", "ipython"}
    return is_python and not any(isinstance(node, ast.Assert) for node in found)


def _what(record: CellRecord) -> str:
    if record.status is CellStatus.FAILED:
        return f"raised {record.error}"
    return f"ended '{record.status.value}' ({record.error})"


def check_name(notebook: Notebook, index: int) -> str:
    """What a check is called: the comment that the cell begins with or that follows its imports, else the
    heading right above it, else the first line of its first assert, else the first that is no import."""
    source = notebook["cells"][index]["source"]
    lines = [line.strip() for line in source.splitlines()]
    begun = list(itertools.takewhile(lambda line: not line or line.startswith("#"), lines))
    work, asserts = _work(source)
    comments = [*begun, *(line for line in lines[: work or 0] if line.startswith("#"))]
    if comment := next(filter(None, (line.lstrip("#%! ") for line in comments)), None):
        return _short(comment)
    above = notebook["cells"][index - 1] if index else {"cell_type": ""}
    if above["cell_type"] == "markdown":
        headings = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", above["source"], re.MULTILINE)
        if headings:
            return _short(headings[-1])
    for found in (asserts, work):
        if found is not None:
            return _short(lines[found])
    return _short(next(line for line in (*lines[len(begun) :], *lines) if line))


def _work(source: str) -> tuple[int | None, int | None]:
    """The lines, from 0, of the first statement that is no import, and of the first assert; None where there
    is none, or the cell is not in Python."""
    plain = re.sub(r"^[%!].*$", "pass", re.sub(r"^%%.*$", "", source, flags=re.MULTILINE), flags=re.MULTILINE)
    try:
        body = ast.parse(plain).body
    except (SyntaxError, ValueError, RecursionError):
        return None, None
    work = [node.lineno - 1 for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    asserts = [node.lineno - 1 for node in body if isinstance(node, ast.Assert)]
    return next(iter(work), None), next(iter(asserts), None)


def _short(text: str, longest: int = LONGEST) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _with_code(notebook: Notebook) -> Iterator[tuple[int, Cell]]:
    """(index, cell) of what is run of the notebook as its author knows it."""
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code" and cell["source"].strip() and INJECTED_TAG not in tags(cell):
            yield index, cell


def _matched(notebook: Notebook, records: Sequence[CellRecord]) -> dict[int, CellRecord]:
    """Each record by its cell's index in the notebook as its author knows it: with parameters the run had
    a cell more."""
    found: dict[int, CellRecord] = {}
    left = list(_with_code(notebook))
    for record in sorted(records, key=lambda record: record.index):
        if left and left[0][1]["source"] == record.source:
            found[left.pop(0)[0]] = record
    return found
