"""What was scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import Entity, Scored
from jupyter_mlops.views.parts import escaped, new_table

if TYPE_CHECKING:
    from rich.console import Console


def show_scored(console: Console, items: Sequence[Scored]) -> None:
    """One line on the batch; who answered how many, where there are several; where it is kept."""
    for found in items:
        rows = f"{found.rows:,} row{'' if found.rows == 1 else 's'}"
        line = f"[bold]{_text(found.model)}[/]: {rows} of {_text(found.data)}"
        console.print(f"{line} -> {_text(found.output)}, {found.seconds:.1f} s")
        if len(found.answered) > 1:
            table = new_table("ANSWERED BY", "ROWS", "SHARE")
            for label, count in found.answered.items():
                share = f"{count / found.rows:.1%}" if found.rows else ""
                table.add_row(_text(label), f"{count:,}", share)
            console.print(table)
        if found.dataset is not None:
            console.print(f"kept as {_text(found.dataset)}, by run {_text((found.run_id or '')[:8])}")
        for note in found.notes:
            console.print(f"[dim]{_text(note)}[/]")


def _text(text: str) -> str:
    return escaped(clean(text, 300))


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {Scored: show_scored}
