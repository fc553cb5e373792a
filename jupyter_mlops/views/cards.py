"""Model cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import Card, Entity

if TYPE_CHECKING:
    from rich.console import Console


def show_cards(console: Console, cards: Sequence[Card]) -> None:
    """As Markdown, line by line as it is: what is piped into a file is the card."""
    from rich.text import Text

    from jupyter_mlops.promotion.card.document import as_markdown
    from jupyter_mlops.promotion.card.writing import ALARM

    for card in cards:
        for line in as_markdown(card).splitlines():
            style = "bold red" if ALARM in line else "bold" if line.startswith("#") else ""
            console.print(Text(line, style=style), soft_wrap=True)


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {Card: show_cards}
