"""Runs, one in detail, and what two differ in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import Difference, Run, RunDetails, RunDiff, RunReplay
from jupyter_mlops.views.parts import (
    columns,
    escaped,
    from_ansi,
    named_values,
    new_table,
    number_text,
    seconds,
    short,
    status_text,
    typed,
    varying,
    when,
)

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_PACKAGES = 12
_LONGEST = 200


def show_runs(console: Console, runs: Sequence[Run]) -> None:
    named = {name for run in runs for name in run.metrics}
    metrics = columns({name: [number_text(run.metrics.get(name)) for run in runs] for name in named})
    named = varying(runs) or {name for run in runs for name in run.parameters}
    parameters = columns({n: [short(run.parameters.get(n, "")) for run in runs] for n in named})
    table = new_table("RUN", "NAME", "STATUS", "STARTED", "TIME", *parameters, *metrics, one_line=True)
    for run in runs:
        table.add_row(
            run.run_id[:8],
            escaped(short(run.name)),
            status_text(run.status),
            f"{run.started.astimezone():%m-%d %H:%M:%S}" if run.started else "",
            seconds(run.duration),
            *[escaped(short(run.parameters.get(name, ""))) for name in parameters],
            *[number_text(run.metrics.get(name)) for name in metrics],
        )
    console.print(table)
    for run in runs:
        if run.error and len(runs) <= 5:
            console.print(f"{run.run_id[:8] or run.name} {run.status.value}: {run.error}", markup=False)
            if run.run_id:
                console.print(f"where: jupyter mlops show {run.run_id[:8]}", markup=False)


def show_details(console: Console, items: Sequence[RunDetails]) -> None:
    for details in items:
        _header(console, details)
        named_values(console, "parameters", {p.name: typed(p.value, p.type) for p in details.parameters})
        named_values(console, "metrics", {k: number_text(v) for k, v in details.run.metrics.items()})
        named_values(console, "tags", {name: escaped(value) for name, value in details.run.tags.items()})
        named_values(console, "logged models", {model: f"models:/{model}" for model in details.run.models})
        _datasets(console, details)
        _environment(console, details)
        _cells(console, details)
        _artifacts(console, details)


def _header(console: Console, details: RunDetails) -> None:
    run = details.run
    console.print(f"[bold]{escaped(run.name)}[/]  {run.run_id}  {status_text(run.status)}")
    memory = f", peak memory {run.peak_memory / 2**20:.0f} MiB" if run.peak_memory else ""
    facts = {
        "experiment": run.experiment,
        "notebook": run.notebook or "",
        "kind": run.kind.value,
        "time": f"{when(run.started)}, {seconds(run.duration) or 'still running'}{memory}",
        "error": run.error or "",
        "child of": run.parent or "",
        "replaces": run.replaces or "",
        "freed": clean(details.freed, _LONGEST),
        "schedule": clean(run.schedule or "", _LONGEST),
        "replay of": clean(details.replay_of or "", _LONGEST),
        "replay": "" if details.replay is None else _replay(details.replay),
    }
    for name, value in facts.items():
        if value:
            console.print(f"  {name:<11} {value}", markup=False)
    for problem in details.damaged:
        console.print(f"  [red]damaged[/]     {escaped(problem)}")
    for finding in details.order:
        console.print(f"  [yellow]{finding.kind}[/]: {escaped(finding.message)}")


def _replay(found: RunReplay) -> str:
    """``reproduced, 2026-05-01 12:00:00, run 1a2b3c4d``."""
    tolerance = f"tolerance {found.tolerance:g}" if found.tolerance else ""
    run = f"run {found.run_id[:8]}" if found.run_id else ""
    return clean(", ".join(filter(None, [found.verdict, when(found.when), tolerance, run])), _LONGEST)


def _datasets(console: Console, details: RunDetails) -> None:
    if not details.datasets:
        return
    table = new_table("DATASET", "CONTEXT", "ROWS", "COLUMNS", "DIGEST", "SOURCE")
    for version in details.datasets:
        rows = "" if version.rows is None else str(version.rows)
        table.add_row(
            escaped(version.label),
            escaped(version.context or ""),
            rows,
            str(len(version.schema_)),
            escaped(version.digest[:12]),
            escaped(version.source),
        )
    console.print(table)


def _environment(console: Console, details: RunDetails) -> None:
    provenance = details.provenance
    if provenance is None:
        return
    git = provenance.git
    named = _imported_by(details)
    packages = sorted(provenance.packages.items(), key=lambda item: (item[0] not in named, item[0]))
    more = f" and {len(packages) - SHOWN_PACKAGES} more" if len(packages) > SHOWN_PACKAGES else ""
    hardware = provenance.hardware
    facts = {
        "git": f"{(git.commit or 'no commit')[:10]} on {git.branch or 'no branch'}"
        + (", with uncommitted changes" if git.dirty else "")
        if git
        else "not a git repository",
        "source": provenance.notebook_digest or "",
        "python": f"{provenance.python} on {provenance.platform}",
        "hardware": f"{hardware.cpu}, {hardware.cores} cores, {hardware.memory / 2**30:.1f} GiB"
        + (f", {', '.join(hardware.gpus)}" if hardware.gpus else ""),
        "packages": ", ".join(f"{n} {v}" for n, v in packages[:SHOWN_PACKAGES]) + more,
        "user": provenance.user,
    }
    named_values(console, "environment", {name: escaped(value) for name, value in facts.items() if value})


def _imported_by(details: RunDetails) -> set[str]:
    """Distributions that the run's own code imports by name."""
    from jupyter_mlops.provenance.packages import imported

    words = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
    return set(imported({name for record in details.cells for name in words.findall(record.source)}))


def _cells(console: Console, details: RunDetails) -> None:
    if not details.cells:
        return
    table = new_table("CELL", "STATUS", "TIME", "SOURCE")
    for record in details.cells:
        first = record.source.strip().splitlines()[0][:70] if record.source.strip() else ""
        number = str(record.index + 1) if record.index >= 0 else f"[{record.execution_count or '?'}]"
        status = status_text(record.status)
        if record.carried_from:
            status += f" in {record.carried_from[:8]}"
        table.add_row(escaped(number), status, seconds(record.duration), escaped(first))
    console.print(table)
    for record in details.cells:
        if record.traceback:
            console.print(from_ansi(record.traceback))


def _artifacts(console: Console, details: RunDetails) -> None:
    for name in details.artifacts:
        console.print(f"  {name}", markup=False)
    if details.artifact_uri:
        console.print(f"  in {details.artifact_uri}", markup=False)


def show_diff(console: Console, items: Sequence[RunDiff]) -> None:
    for diff in items:
        left, right = diff.left[:8], diff.right[:8]
        for title in ("parameters", "metrics", "datasets", "packages", "git"):
            _differences(console, title, getattr(diff, title), left, right)
        if not diff.code_known:
            console.print("code: unknown; one of the runs left no journal")
        for note in diff.notes:
            console.print(f"note: {note}", markup=False)
        for cell in diff.cells:
            place = ["none" if i is None else str(i + 1) for i in (cell.left_index, cell.right_index)]
            console.print(f"[bold]cell {place[0]} -> {place[1]}[/]")
            for line in cell.diff.splitlines():
                colour = {"+": "green", "-": "red"}.get(line[:1], "dim")
                console.print(f"  [{colour}]{escaped(line)}[/]")
        if not any((diff.parameters, diff.metrics, diff.datasets, diff.packages, diff.git, diff.cells)):
            code = ", git state or code" if diff.code_known else " or git state"
            console.print(f"no difference in parameters, metrics, data, packages{code}")


def _differences(console: Console, title: str, found: Sequence[Difference], left: str, right: str) -> None:
    if not found:
        return
    table = new_table(title.upper(), left, right)
    for difference in found:
        table.add_row(
            *(escaped(part or "-") for part in (difference.name, difference.left, difference.right))
        )
    console.print(table)
