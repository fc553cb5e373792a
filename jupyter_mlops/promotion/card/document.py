"""A card as a Markdown document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import Card
from jupyter_mlops.promotion.card.front import as_yaml
from jupyter_mlops.promotion.card.writing import Markdown, text

_TEMPLATE = "card.md.jinja"


def as_markdown(card: Card, pictures: Mapping[str, str] | None = None) -> str:
    """The whole document, front matter first.

    Args:
        card: the card.
        pictures: where the file of each picture lies, seen from the document; None leaves pictures out.
    """
    when = f", {card.created:%Y-%m-%d %H:%M} UTC" if card.created else ""
    return _template().render(
        front=Markdown(as_yaml(card.front)),
        title=title(card),
        summary=Markdown(card.summary),
        sections=[
            {"title": section.title, "text": Markdown(_placed(section.text, card, pictures))}
            for section in card.sections
        ],
        made=f"Made from its records by jupyter-mlops{when}.",
    )


def title(card: Card) -> str:
    """``churn, version 2``."""
    return f"{card.model}, version {card.version}"


def _placed(told: str, card: Card, places: Mapping[str, str] | None) -> str:
    """With the pictures' places, or without these pictures."""
    for name in card.pictures:
        line = re.compile(rf"^!\[(.*)\]\({re.escape(name)}\)$", re.MULTILINE)
        told = line.sub("" if places is None else rf"![\1]({places[name]})", told)
    return re.sub(r"\n{3,}", "\n\n", told).strip("\n")


@cache
def _template() -> Any:
    """Whatever is not Markdown already is escaped as it is put in."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # what escapes HTML would not escape Markdown
    )
    return environment.get_template(_TEMPLATE)


def _finished(value: Any) -> str:
    return text(value, 1000)
