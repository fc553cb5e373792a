"""What the widgets of a report on columns share: the list of columns, and the plot of the one chosen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import traitlets

from jupyter_mlops.drawing import clean
from jupyter_mlops.drawing.pages import STYLE, fragment
from jupyter_mlops.entities import Entity
from jupyter_mlops.widgets.widget import Widget, read

PLOTS = 100  # drawn at once; those of other columns when they are asked for


@dataclass(frozen=True)
class State:
    """What was decided, with a sign; `kind` is ``good``, ``bad``, ``unsure`` or ``plain``."""

    text: str
    sign: str
    kind: str

    def plain(self) -> dict[str, str]:
        """As JSON carries it."""
        return {"text": clean(self.text, 1000), "sign": self.sign, "kind": self.kind}


@dataclass(frozen=True)
class Column:
    """One column: a text for each head of the table, the values that it is sorted by, and what is told of it
    when it is chosen. `draw` makes its plot, an ``<svg>`` or nothing."""

    name: str
    state: State
    cells: Sequence[str]
    sort: Sequence[str | float | None]
    words: str
    facts: Sequence[tuple[str, str]]
    draw: Callable[[], str]

    def plain(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "name": clean(self.name, 200),
            "state": self.state.plain(),
            "cells": [clean(cell, 200) for cell in self.cells],
            "sort": [_sortable(value) for value in self.sort],
            "words": clean(self.words, 500),
            "facts": plain_pairs(self.facts),
        }


class ReportWidget(Widget):
    """A report on columns: its verdict, a table of the columns that sorts and filters, and of the one that is
    chosen the plot and all numbers.

    Viewers that run no widgets show the report as HTML, or as the given `text`.
    """

    _esm = read("elements.js", "report.js")
    _css = STYLE + read("report.css")

    heading = traitlets.Unicode("").tag(sync=True)
    verdict = traitlets.Dict().tag(sync=True)
    facts = traitlets.List().tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    heads = traitlets.List(traitlets.Dict()).tag(sync=True)
    states = traitlets.List().tag(sync=True)
    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    plots = traitlets.Dict().tag(sync=True)
    examples = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        report: Entity,
        columns: Sequence[Column],
        heads: Sequence[tuple[str, str, bool]],
        *,
        text: str = "",
        **traits: Any,
    ) -> None:
        """`heads` are key, label and whether it is a number, the first one that of the name."""
        self.report = report
        self._text = text
        self._columns = tuple(columns)
        counts = Counter(column.state.text for column in columns)
        super().__init__(
            heads=[{"key": key, "label": label, "number": number} for key, label, number in heads],
            rows=[column.plain() for column in columns],
            states=[[name, count] for name, count in counts.items()],
            plots={str(place): column.draw() for place, column in enumerate(columns[:PLOTS])},
            **{"examples": {"heads": [], "rows": [], "more": ""}, **traits},
        )
        self.on_msg(self._receive)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict) or content.get("type") != "plot":
            return
        place = content.get("row")
        if isinstance(place, int) and 0 <= place < len(self._columns):
            self.send({"type": "plot", "row": place, "drawing": self._columns[place].draw()})

    def __repr__(self) -> str:
        return self._text or f"{self.heading}\n{self.verdict.get('text', '')}"

    def _without_widgets(self) -> dict[str, str]:
        return {"text/html": fragment(self.report), "text/plain": repr(self)}


def plain_pairs(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Names and values that have one, as JSON carries them."""
    return [[clean(name, 80), clean(value, 300)] for name, value in pairs if value]


def plain_examples(heads: Sequence[str], rows: Sequence[Sequence[str]], more: str) -> Mapping[str, Any]:
    """A table of examples, as JSON carries it."""
    return {
        "heads": list(heads),
        "rows": [[clean(cell, 200) for cell in row] for row in rows],
        "more": more,
    }


def _sortable(value: str | float | None) -> str | float | None:
    """JSON knows no NaN, which has no place in an order, and no infinity: it is sorted as a huge number."""
    if isinstance(value, str):
        return clean(value, 200)
    if value is None or math.isnan(value):
        return None
    return min(max(value, -1e308), 1e308)
