"""What all views are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from jupyter_mlops import drawing
from jupyter_mlops.entities import CellStatus, Run, RunStatus, StepState

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

STYLES: dict[StrEnum, str] = {
    RunStatus.FINISHED: "green",
    RunStatus.FAILED: "red",
    RunStatus.KILLED: "red",
    CellStatus.OK: "green",
    CellStatus.FAILED: "red",
    CellStatus.KILLED: "red",
    CellStatus.TIMED_OUT: "red",
    CellStatus.CANCELLED: "yellow",
    **drawing.STYLES,
}
WIDTH = 28  # characters of a row for parameters, and as many for metrics, in a table of runs
LONGEST = 20  # characters of a name or value in it


def new_table(*columns: str, one_line: bool = False) -> Any:
    """A table whose cells fold, or with `one_line` are cut where they do not fit."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(escaped(column), overflow="ellipsis" if one_line else "fold", no_wrap=one_line)
    return table


def named_values(console: Console, title: str, values: dict[str, str]) -> None:
    if values:
        console.print(f"[bold]{title}[/]")
        for name, value in values.items():
            console.print(f"  {escaped(name)} = {value}")


def varying(runs: Sequence[Run]) -> set[str]:
    """Parameters that tell the runs apart."""
    names = {name for run in runs for name in run.parameters}
    return {name for name in names if len({run.parameters.get(name) for run in runs}) > 1}


def columns(values: Mapping[str, Sequence[str]]) -> list[str]:
    """The names whose values fit into a row: a person's own are short, those autologging makes are long."""
    widths = {name: max(map(len, (name, *column))) + 2 for name, column in values.items()}
    chosen: list[str] = []
    for name in sorted(widths, key=lambda name: (widths[name], name)):
        if chosen and sum(widths[one] for one in chosen) + widths[name] > WIDTH:
            break
        chosen.append(name)
    return sorted(chosen)


def short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def typed(value: str, kind: str) -> str:
    return f"{escaped(value)} [dim]{escaped(kind)}[/]" if kind else escaped(value)


def status_text(status: RunStatus | CellStatus | StepState) -> str:
    style = STYLES.get(status)
    return f"[{style}]{status.value}[/]" if style else status.value


def seconds(duration: float | None) -> str:
    if duration is None:
        return ""
    return f"{duration:.2f} s" if duration < 60 else f"{int(duration // 60)} min {int(duration % 60)} s"


def number_text(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def when(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def escaped(text: str) -> str:
    """Text that is shown as it is: rich would read ``[...]`` as its own markup."""
    from rich.markup import escape

    return escape(text)


def from_ansi(text: str) -> RenderableType:
    from rich.text import Text

    return Text.from_ansi(text)
