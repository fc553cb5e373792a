"""Registered models, parameters, and what waits for a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.entities import ModelVersion, Parameter, Sync
from jupyter_mlops.tracking import tags
from jupyter_mlops.views.parts import columns, escaped, new_table, number_text, when

if TYPE_CHECKING:
    from rich.console import Console


def show_models(console: Console, versions: Sequence[ModelVersion]) -> None:
    named = {name for version in versions for name in version.metrics}
    metrics = columns({name: [number_text(v.metrics.get(name)) for v in versions] for name in named})
    table = new_table("MODEL", "VERSION", "ALIASES", "CREATED", "RUN", *metrics, one_line=True)
    for version in versions:
        table.add_row(
            escaped(version.name),
            escaped(version.version),
            _aliases(version),
            when(version.created),
            escaped((version.run_id or "")[:8]),
            *[number_text(version.metrics.get(name)) for name in metrics],
        )
    console.print(table)


def _aliases(version: ModelVersion) -> str:
    """In red where the version was once promoted in spite of a gate, for good."""
    if tags.OVERRIDDEN not in version.tags:
        return escaped(", ".join(version.aliases))
    return f"[bold red]{escaped(', '.join([*version.aliases, 'overridden']))}[/]"


def show_parameters(console: Console, parameters: Sequence[Parameter]) -> None:
    table = new_table("PARAMETER", "TYPE", "DEFAULT", "HELP")
    for parameter in parameters:
        table.add_row(
            escaped(parameter.name),
            escaped(parameter.annotation or "any"),
            escaped(parameter.default_source),
            escaped(parameter.help),
        )
    console.print(table)


def show_sync(console: Console, found: Sequence[Sync]) -> None:
    for each in found:
        if each.runs:
            table = new_table(
                "RUN", "NAME", "SINCE", "POINTS", "PARAMETERS", "TAGS", "ARTIFACTS", "OTHERS", "REFUSED"
            )
            for run in each.runs:
                counts = (run.points, run.parameters, run.tags, run.artifacts, run.others, len(run.refused))
                row = [escaped(run.run_id[:8]), escaped(run.name), when(run.since)]
                table.add_row(*row, *[str(count) if count else "" for count in counts])
            console.print(table)
            for run in each.runs:
                for line in run.refused:
                    console.print(f"refused, run {run.run_id[:8]}: {line}", markup=False)
        left = f"the server cannot be reached: {each.reason}" if each.reason else "the rest waits"
        console.print(f"sent {each.sent}; {left if each.waits else 'nothing waits'}", markup=False)
