"""What old runs left, that may be freed or was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean, size_text
from jupyter_mlops.entities import Entity, Freed
from jupyter_mlops.views.parts import escaped, new_table, short, when

if TYPE_CHECKING:
    from rich.console import Console


def show_freed(console: Console, items: Sequence[Freed]) -> None:
    table = new_table("RUN", "NAME", "EXPERIMENT", "ENDED", "FILES", "SIZE", "WHY", "FREED", one_line=True)
    for item in items:
        table.add_row(
            escaped(item.run_id[:8]),
            escaped(short(clean(item.name, 60))),
            escaped(short(clean(item.experiment, 60))),
            when(item.ended),
            str(item.files),
            size_text(item.size),
            escaped(item.why),
            "yes" if item.freed else "",
        )
    console.print(table)
    for item in items:
        if item.problem:
            console.print(f"{item.run_id[:8]} not freed: {clean(item.problem, 300)}", markup=False)
    for told, freed in (("freed", True), ("would be freed", False)):
        group = [item for item in items if item.freed is freed and not item.problem]
        if group:
            runs = sum(item.kind == "run" for item in group)
            counted = f"{runs} run{'s' * (runs != 1)}" if runs else "logs of slots"
            files, size = sum(item.files for item in group), sum(item.size for item in group)
            console.print(f"{told}: {counted}, {files} files, {size_text(size)}")


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {Freed: show_freed}
