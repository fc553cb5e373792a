"""Entities as a person reads them: tables on a terminal or in a notebook, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import (
    CellStatus,
    Difference,
    Entity,
    ModelVersion,
    Parameter,
    Run,
    RunDetails,
    RunDiff,
    RunStatus,
    Sync,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_STYLES = {
    RunStatus.FINISHED: "green",
    RunStatus.FAILED: "red",
    RunStatus.KILLED: "red",
    CellStatus.OK: "green",
    CellStatus.FAILED: "red",
    CellStatus.KILLED: "red",
    CellStatus.TIMED_OUT: "red",
    CellStatus.CANCELLED: "yellow",
}
SHOWN_PACKAGES = 12
WIDTH = 28  # characters of a row for parameters, and as many for metrics, in a table of runs
LONGEST = 20  # characters of a name or value in it


def to_json(value: Entity | Sequence[Entity] | str) -> str:
    """One entity as an object, several as a list; NaN and infinities as JSON's null cannot tell them, so
    as the texts ``NaN``, ``Infinity`` and ``-Infinity``."""
    if isinstance(value, str):
        return json.dumps(value)
    dumped = value.model_dump(mode="python") if isinstance(value, Entity) else [_dump(item) for item in value]
    return json.dumps(_strict(dumped), indent=1, ensure_ascii=False, allow_nan=False)


def show(value: Entity | Sequence[Entity] | str, *, as_json: bool = False) -> None:
    """Print it on standard output, as JSON or as a person reads it, in colour where that is a terminal."""
    if as_json:
        print(to_json(value))
        return
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # the caller decides: rich would exit with 1

    console: Console = Piped(highlight=False, emoji=False)
    if not console.is_terminal:
        console = Piped(highlight=False, emoji=False, width=max(console.width, 120))
    if isinstance(value, str):
        console.print(value, markup=False)
        return
    items = [value] if isinstance(value, Entity) else list(value)
    if not items:
        console.print("nothing there yet; record a run: jupyter mlops run NOTEBOOK, or %track start")
        return
    _VIEWS[type(items[0])](console, items)


def _dump(item: Entity) -> dict[str, Any]:
    return item.model_dump(mode="python")


def _strict(value: Any) -> Any:
    """Plain JSON values only."""
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_strict(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _runs(console: Console, runs: Sequence[Run]) -> None:
    named = {name for run in runs for name in run.metrics}
    metrics = _columns({name: [_number(run.metrics.get(name)) for run in runs] for name in named})
    named = _varying(runs) or {name for run in runs for name in run.parameters}
    parameters = _columns({n: [_short(run.parameters.get(n, "")) for run in runs] for n in named})
    table = _table("RUN", "NAME", "STATUS", "STARTED", "TIME", *parameters, *metrics, one_line=True)
    for run in runs:
        table.add_row(
            run.run_id[:8],
            _plain(_short(run.name)),
            _status(run.status),
            f"{run.started.astimezone():%m-%d %H:%M:%S}" if run.started else "",
            _seconds(run.duration),
            *[_plain(_short(run.parameters.get(name, ""))) for name in parameters],
            *[_number(run.metrics.get(name)) for name in metrics],
        )
    console.print(table)
    for run in runs:
        if run.error and len(runs) <= 5:
            console.print(f"{run.run_id[:8] or run.name} {run.status.value}: {run.error}", markup=False)
            if run.run_id:
                console.print(f"where: jupyter mlops show {run.run_id[:8]}", markup=False)


def _details(console: Console, items: Sequence[RunDetails]) -> None:
    for details in items:
        _header(console, details)
        _named(console, "parameters", {p.name: _typed(p.value, p.type) for p in details.parameters})
        _named(console, "metrics", {k: _number(v) for k, v in details.run.metrics.items()})
        _named(console, "tags", {name: _plain(value) for name, value in details.run.tags.items()})
        _named(console, "logged models", {model: f"models:/{model}" for model in details.run.models})
        _datasets(console, details)
        _environment(console, details)
        _cells(console, details)
        _artifacts(console, details)


def _header(console: Console, details: RunDetails) -> None:
    run = details.run
    console.print(f"[bold]{_plain(run.name)}[/]  {run.run_id}  {_status(run.status)}")
    memory = f", peak memory {run.peak_memory / 2**20:.0f} MiB" if run.peak_memory else ""
    facts = {
        "experiment": run.experiment,
        "notebook": run.notebook or "",
        "kind": run.kind.value,
        "time": f"{_when(run.started)}, {_seconds(run.duration) or 'still running'}{memory}",
        "error": run.error or "",
        "child of": run.parent or "",
        "replaces": run.replaces or "",
    }
    for name, value in facts.items():
        if value:
            console.print(f"  {name:<11} {value}", markup=False)
    for problem in details.damaged:
        console.print(f"  [red]damaged[/]     {_plain(problem)}")
    for finding in details.order:
        console.print(f"  [yellow]{finding.kind}[/]: {_plain(finding.message)}")


def _datasets(console: Console, details: RunDetails) -> None:
    if not details.datasets:
        return
    table = _table("DATASET", "CONTEXT", "ROWS", "COLUMNS", "DIGEST", "SOURCE")
    for version in details.datasets:
        rows = "" if version.rows is None else str(version.rows)
        table.add_row(
            _plain(version.name),
            _plain(version.context or ""),
            rows,
            str(len(version.schema_)),
            _plain(version.digest[:12]),
            _plain(version.source),
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
    _named(console, "environment", {name: _plain(value) for name, value in facts.items() if value})


def _imported_by(details: RunDetails) -> set[str]:
    """Distributions that the run's own code imports by name."""
    from jupyter_mlops.provenance.packages import imported

    words = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
    return set(imported({name for record in details.cells for name in words.findall(record.source)}))


def _cells(console: Console, details: RunDetails) -> None:
    if not details.cells:
        return
    table = _table("CELL", "STATUS", "TIME", "SOURCE")
    for record in details.cells:
        first = record.source.strip().splitlines()[0][:70] if record.source.strip() else ""
        number = str(record.index + 1) if record.index >= 0 else f"[{record.execution_count or '?'}]"
        status = _status(record.status)
        if record.carried_from:
            status += f" in {record.carried_from[:8]}"
        table.add_row(_plain(number), status, _seconds(record.duration), _plain(first))
    console.print(table)
    for record in details.cells:
        if record.traceback:
            console.print(_text(record.traceback))


def _artifacts(console: Console, details: RunDetails) -> None:
    for name in details.artifacts:
        console.print(f"  {name}", markup=False)
    if details.artifact_uri:
        console.print(f"  in {details.artifact_uri}", markup=False)


def _diff(console: Console, items: Sequence[RunDiff]) -> None:
    for diff in items:
        left, right = diff.left[:8], diff.right[:8]
        for title in ("parameters", "metrics", "datasets", "packages", "git"):
            _differences(console, title, getattr(diff, title), left, right)
        if not diff.code_known:
            console.print("code: unknown; one of the runs left no journal")
        for cell in diff.cells:
            place = ["none" if i is None else str(i + 1) for i in (cell.left_index, cell.right_index)]
            console.print(f"[bold]cell {place[0]} -> {place[1]}[/]")
            for line in cell.diff.splitlines():
                colour = {"+": "green", "-": "red"}.get(line[:1], "dim")
                console.print(f"  [{colour}]{_plain(line)}[/]")
        if not any((diff.parameters, diff.metrics, diff.datasets, diff.packages, diff.git, diff.cells)):
            code = ", git state or code" if diff.code_known else " or git state"
            console.print(f"no difference in parameters, metrics, data, packages{code}")


def _differences(console: Console, title: str, found: Sequence[Difference], left: str, right: str) -> None:
    if not found:
        return
    table = _table(title.upper(), left, right)
    for difference in found:
        table.add_row(*(_plain(part or "-") for part in (difference.name, difference.left, difference.right)))
    console.print(table)


def _models(console: Console, versions: Sequence[ModelVersion]) -> None:
    named = {name for version in versions for name in version.metrics}
    metrics = _columns({name: [_number(v.metrics.get(name)) for v in versions] for name in named})
    table = _table("MODEL", "VERSION", "ALIASES", "CREATED", "RUN", *metrics, one_line=True)
    for version in versions:
        table.add_row(
            _plain(version.name),
            _plain(version.version),
            _plain(", ".join(version.aliases)),
            _when(version.created),
            _plain((version.run_id or "")[:8]),
            *[_number(version.metrics.get(name)) for name in metrics],
        )
    console.print(table)


def _parameters(console: Console, parameters: Sequence[Parameter]) -> None:
    table = _table("PARAMETER", "TYPE", "DEFAULT", "HELP")
    for parameter in parameters:
        table.add_row(
            _plain(parameter.name),
            _plain(parameter.annotation or "any"),
            _plain(parameter.default_source),
            _plain(parameter.help),
        )
    console.print(table)


def _sync(console: Console, found: Sequence[Sync]) -> None:
    for each in found:
        if each.runs:
            table = _table(
                "RUN", "NAME", "SINCE", "POINTS", "PARAMETERS", "TAGS", "ARTIFACTS", "OTHERS", "REFUSED"
            )
            for run in each.runs:
                counts = (run.points, run.parameters, run.tags, run.artifacts, run.others, len(run.refused))
                row = [_plain(run.run_id[:8]), _plain(run.name), _when(run.since)]
                table.add_row(*row, *[str(count) if count else "" for count in counts])
            console.print(table)
            for run in each.runs:
                for line in run.refused:
                    console.print(f"refused, run {run.run_id[:8]}: {line}", markup=False)
        left = f"the server cannot be reached: {each.reason}" if each.reason else "the rest waits"
        console.print(f"sent {each.sent}; {left if each.waits else 'nothing waits'}", markup=False)


_VIEWS: dict[type[Entity], Callable[[Console, Any], None]] = {
    Run: _runs,
    RunDetails: _details,
    RunDiff: _diff,
    ModelVersion: _models,
    Parameter: _parameters,
    Sync: _sync,
}


def _table(*columns: str, one_line: bool = False) -> Any:
    """A table whose cells fold, or with `one_line` are cut where they do not fit."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(_plain(column), overflow="ellipsis" if one_line else "fold", no_wrap=one_line)
    return table


def _named(console: Console, title: str, values: dict[str, str]) -> None:
    if values:
        console.print(f"[bold]{title}[/]")
        for name, value in values.items():
            console.print(f"  {_plain(name)} = {value}")


def _varying(runs: Sequence[Run]) -> set[str]:
    """Parameters that tell the runs apart."""
    names = {name for run in runs for name in run.parameters}
    return {name for name in names if len({run.parameters.get(name) for run in runs}) > 1}


def _columns(values: Mapping[str, Sequence[str]]) -> list[str]:
    """The names whose values fit into a row: a person's own are short, those autologging makes are long."""
    widths = {name: max(map(len, (name, *column))) + 2 for name, column in values.items()}
    chosen: list[str] = []
    for name in sorted(widths, key=lambda name: (widths[name], name)):
        if chosen and sum(widths[one] for one in chosen) + widths[name] > WIDTH:
            break
        chosen.append(name)
    return sorted(chosen)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _typed(value: str, kind: str) -> str:
    return f"{_plain(value)} [dim]{_plain(kind)}[/]" if kind else _plain(value)


def _status(status: RunStatus | CellStatus) -> str:
    style = _STYLES.get(status)
    return f"[{style}]{status.value}[/]" if style else status.value


def _seconds(duration: float | None) -> str:
    if duration is None:
        return ""
    return f"{duration:.2f} s" if duration < 60 else f"{int(duration // 60)} min {int(duration % 60)} s"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def _plain(text: str) -> str:
    """Text that is shown as it is: rich would read ``[...]`` as its own markup."""
    from rich.markup import escape

    return escape(text)


def _text(text: str) -> RenderableType:
    from rich.text import Text

    return Text.from_ansi(text)
