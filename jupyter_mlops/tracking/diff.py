"""What separates two runs: parameters, metrics, data, packages, git state, and code cell by cell."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from jupyter_mlops.entities import (
    FILE_DIGEST,
    CellDifference,
    CellRecord,
    CellStatus,
    Difference,
    RunDetails,
    RunDiff,
)


def diff_runs(left: RunDetails, right: RunDetails) -> RunDiff:
    """Each part lists only what differs; code is compared as it was run, cells matched by their source."""
    return RunDiff(
        left=left.run.run_id,
        right=right.run.run_id,
        parameters=_differences(_parameters(left), _parameters(right)),
        metrics=metric_differences(left.run.metrics, right.run.metrics),
        datasets=tuple(map(_compared, _differences(_datasets(left), _datasets(right)))),
        packages=_differences(_packages(left), _packages(right)),
        git=_differences(_git(left), _git(right)),
        cells=_cells(final_cells(left.cells), final_cells(right.cells)),
        code_known=bool(left.cells and right.cells),
    )


def final_cells(executions: Sequence[CellRecord]) -> list[CellRecord]:
    """The last execution of each cell, in the notebook's order where it is known."""
    last: dict[str, CellRecord] = {}
    for number, record in enumerate(executions):
        last[record.cell_id or f"#{number}"] = record
    ordered = sorted(last.values(), key=lambda record: record.index if record.index >= 0 else 10**9)
    return [record for record in ordered if record.status is not CellStatus.SKIPPED]


def metric_differences(left: Mapping[str, float], right: Mapping[str, float]) -> tuple[Difference, ...]:
    """Metrics that differ, in full precision, by name."""
    return _differences(_text(left), _text(right))


def _differences(left: Mapping[str, str], right: Mapping[str, str]) -> tuple[Difference, ...]:
    names = sorted(set(left) | set(right))
    return tuple(
        Difference(name=name, left=left.get(name), right=right.get(name))
        for name in names
        if left.get(name) != right.get(name)
    )


def _parameters(details: RunDetails) -> dict[str, str]:
    """Value and, where known, type: ``1`` and ``"1"`` differ."""
    return {p.name: f"{p.value} ({p.type})" if p.type else p.value for p in details.parameters}


def _text(values: Mapping[str, float]) -> dict[str, str]:
    return {name: repr(value) for name, value in values.items()}


def _datasets(details: RunDetails) -> dict[str, str]:
    found: dict[str, str] = {}
    for version in details.datasets:
        label = f"{version.name} ({version.context})" if version.context else version.name
        rows = "" if version.rows is None else f", {version.rows} rows"
        text = f"{version.digest}{rows}"
        found[label] = f"{found[label]}; {text}" if label in found else text
    return found


def _compared(difference: Difference) -> Difference:
    """Digests of two kinds, as of before and after files got another one, differ whatever the data is."""
    left, right = difference.left, difference.right
    if left is None or right is None or (FILE_DIGEST in left) == (FILE_DIGEST in right):
        return difference
    note = "another kind of digest: whether the data differs cannot be told"
    return difference.model_copy(update={"right": f"{right} ({note})"})


def _packages(details: RunDetails) -> dict[str, str]:
    return dict(details.provenance.packages) if details.provenance else {}


def _git(details: RunDetails) -> dict[str, str]:
    git = details.provenance.git if details.provenance else None
    if git is None:
        return {}
    return {
        "commit": git.commit or "none",
        "branch": git.branch or "none",
        "uncommitted changes": "yes" if git.dirty else "no",
    }


def _cells(left: Sequence[CellRecord], right: Sequence[CellRecord]) -> tuple[CellDifference, ...]:
    if not left or not right:
        return ()
    matcher = difflib.SequenceMatcher(
        a=[record.digest for record in left], b=[record.digest for record in right], autojunk=False
    )
    found: list[CellDifference] = []
    for operation, a0, a1, b0, b1 in matcher.get_opcodes():
        if operation == "equal":
            continue
        for offset in range(max(a1 - a0, b1 - b0)):
            old = left[a0 + offset] if a0 + offset < a1 else None
            new = right[b0 + offset] if b0 + offset < b1 else None
            found.append(_cell(old, new))
    return tuple(found)


def _cell(old: CellRecord | None, new: CellRecord | None) -> CellDifference:
    lines = difflib.unified_diff(
        old.source.splitlines() if old else [], new.source.splitlines() if new else [], lineterm="", n=2
    )
    body = list(lines)[2:]  # without the two lines that would name files
    return CellDifference(
        left_index=old.index if old else None, right_index=new.index if new else None, diff="\n".join(body)
    )
