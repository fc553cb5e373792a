"""What others were told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import Delivery, Entity
from jupyter_mlops.views.parts import escaped, new_table, when

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"sent": "green", "waiting": "yellow", "given up": "red"}


def show_deliveries(console: Console, deliveries: Sequence[Delivery]) -> None:
    table = new_table("WHEN", "OF", "TO", "STATE", "TRIES", "SUBJECT", "PROBLEM")
    for one in deliveries:
        table.add_row(
            when(one.when),
            one.notice,
            escaped(one.channel),
            f"[{_STYLES.get(one.state, 'default')}]{escaped(one.state)}[/]",
            str(one.tries),
            escaped(one.subject),
            escaped(one.problem),
        )
    console.print(table)


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {Delivery: show_deliveries}
