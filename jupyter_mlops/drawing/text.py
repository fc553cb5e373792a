"""The graph of a pipeline on a terminal: boxes, layer below layer, and lines that can be followed.

Each node has one line out, which forks, and one line in for each that comes before it; lines of different
nodes cross but never touch, and at a crossing the one that goes down is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from jupyter_mlops.drawing.layers import Spot, arrange
from jupyter_mlops.drawing.nodes import ICONS, PLAIN_ICONS, Node, clean, fold, width
from jupyter_mlops.entities import PipelineRun, StepState

Line = list[tuple[str, StepState | None]]  # pieces of text, each with the state whose colour it has

MOST = 60  # nodes: beyond that no one follows lines
_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_LINES = {
    _UP | _DOWN: "│",
    _LEFT | _RIGHT: "─",
    _UP | _LEFT: "┘",
    _UP | _RIGHT: "└",
    _DOWN | _LEFT: "┐",
    _DOWN | _RIGHT: "┌",
    _UP | _DOWN | _LEFT: "┤",
    _UP | _DOWN | _RIGHT: "├",
    _UP | _LEFT | _RIGHT: "┴",
    _DOWN | _LEFT | _RIGHT: "┬",
    _UP | _DOWN | _LEFT | _RIGHT: "┼",
}
_ASCII = str.maketrans({"│": "|", "─": "-", "▼": "v", "…": ".", **dict.fromkeys("┘└┐┌┤├┴┬┼╭╮╰╯", "+")})


def as_text(run: PipelineRun, columns: int, *, ascii_only: bool = False) -> list[Line]:
    """The graph in at most so many columns; where it does not fit, a line for each step that tells after
    which others it comes. `ascii_only` is for terminals that show nothing else."""
    nodes, edges = fold(run)
    icons = PLAIN_ICONS if ascii_only else ICONS
    picture = _picture(nodes, edges, columns, icons) if len(nodes) <= MOST else None
    lines = picture.lines() if picture is not None else _list(nodes, edges, icons)
    if not ascii_only:
        return lines
    return [[(_ascii(text), state) for text, state in line] for line in lines]


def plain(lines: Sequence[Line]) -> str:
    """Without colours."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def _ascii(text: str) -> str:
    text = text.translate(_ASCII)
    # a wide character takes two columns, and what takes its place must too
    return "".join(char if char.isascii() else "?" * width(char) for char in text)


def _list(
    nodes: Sequence[Node], edges: Sequence[tuple[int, int]], icons: Mapping[StepState, str]
) -> list[Line]:
    lines: list[Line] = []
    for place, node in enumerate(nodes):
        before = [clean(nodes[up].name, 60) for up, down in edges if down == place]
        after: Line = [(f" <- {', '.join(before)}", None)] if before else []
        lines.append([(f"{icons[node.state]} {node.label}", node.state), *after])
    return lines


@dataclass
class _Canvas:
    """Characters by row and column, each with its state; a wide one is followed by an empty one."""

    cells: dict[tuple[int, int], tuple[str, StepState | None]] = field(default_factory=dict)

    def write(self, row: int, column: int, text: str, state: StepState | None = None) -> None:
        for char in text:
            size = width(char)
            if not size:  # an accent belongs to the character before it
                before, of = self.cells[row, column - 1]
                self.cells[row, column - 1] = (before + char, of)
                continue
            self.cells[row, column] = (char, state)
            for more in range(1, size):
                self.cells[row, column + more] = ("", state)
            column += size

    def lines(self) -> list[Line]:
        found: list[Line] = []
        for row in range(max((row for row, _ in self.cells), default=-1) + 1):
            last = max((column for at, column in self.cells if at == row), default=-1)
            line = [self.cells.get((row, column), (" ", None)) for column in range(last + 1)]
            pieces = groupby(line, key=lambda cell: cell[1])
            found.append([("".join(char for char, _ in piece), state) for state, piece in pieces])
        return found


def _picture(
    nodes: Sequence[Node],
    edges: Sequence[tuple[int, int]],
    columns: int,
    icons: Mapping[StepState, str],
) -> _Canvas | None:
    labels = [f"{icons[node.state]} {node.label}" for node in nodes]
    entries = [sum(down == place for _, down in edges) for place in range(len(nodes))]
    sizes = [max(width(label) + 4, 2 * count + 3) | 1 for label, count in zip(labels, entries, strict=True)]
    layers = arrange(sizes, edges, gap=2, lane=3)
    if max((spot.at + spot.size // 2 + 1 for layer in layers for spot in layer), default=0) > columns:
        return None
    canvas = _Canvas()
    row = 0
    ports: dict[tuple[int, int], int] = {}
    for index, layer in enumerate(layers):
        for spot in layer:
            if spot.node is None:
                _passage(canvas, row, spot, ports)
            else:
                _box(canvas, row, spot, labels[spot.node], nodes[spot.node].state, ports)
        row += 3
        if index + 1 < len(layers):
            found = _entries(layer, layers[index + 1])
            if found is None:
                return None
            ports = found
            row += _channel(canvas, row, layer, ports)
    return canvas


def _box(
    canvas: _Canvas, row: int, spot: Spot, label: str, state: StepState, ports: Mapping[tuple[int, int], int]
) -> None:
    left, inner = spot.at - spot.size // 2, spot.size - 2
    canvas.write(row, left, f"╭{'─' * inner}╮", state)
    canvas.write(row + 1, left, "│", state)
    canvas.write(row + 1, left + 1 + (inner - width(label)) // 2, label, state)
    canvas.write(row + 1, left + 1 + inner, "│", state)
    canvas.write(row + 2, left, f"╰{'─' * inner}╯", state)
    for before in spot.before:
        canvas.write(row, ports[id(before), id(spot)], "▼")
    if spot.after:
        canvas.write(row + 2, spot.at, "┬", state)


def _passage(canvas: _Canvas, row: int, spot: Spot, ports: Mapping[tuple[int, int], int]) -> None:
    entry = ports[id(spot.before[0]), id(spot)]
    canvas.write(row, entry, "│")
    if entry == spot.at:
        canvas.write(row + 1, entry, "│")
    else:
        canvas.write(row + 1, min(entry, spot.at), "└┐" if entry < spot.at else "┌┘")
    canvas.write(row + 2, spot.at, "│")


def _entries(layer: Sequence[Spot], following: Sequence[Spot]) -> dict[tuple[int, int], int] | None:
    """The column in which each line enters each spot: of its own, and not one in which the line of another
    spot comes down. None where there is no room."""
    exits = {spot.at: spot for spot in layer if spot.after}
    found: dict[tuple[int, int], int] = {}
    for spot in following:
        reach = max(spot.size // 2 - 1, 1)
        free = range(spot.at - reach, spot.at + reach + 1)
        before = sorted(spot.before, key=lambda one: one.at)
        last = free.start - 1
        for index, one in enumerate(before):
            wanted = one.at if len(before) > 1 and one.at in free else spot.at + 2 * index - len(before) + 1
            rest = len(before) - index - 1  # those that are still to come want room, too
            usable = [
                column
                for column in free
                if column > last
                and exits.get(column, one) is one
                and sum(after not in exits for after in range(column + 1, free.stop)) >= rest
            ]
            if not usable:
                return None
            last = min(usable, key=lambda column: abs(column - wanted) + 3 * _beside(column, one, exits))
            found[id(one), id(spot)] = last
    return found


def _beside(column: int, spot: Spot, exits: Mapping[int, Spot]) -> bool:
    """Whether another line runs right beside: a crossing would hide a corner between them."""
    return any(exits.get(near, spot) is not spot for near in (column - 1, column + 1))


def _channel(canvas: _Canvas, top: int, layer: Sequence[Spot], ports: Mapping[tuple[int, int], int]) -> int:
    """The lines between a layer and the next; how many rows they take."""
    ends = {id(spot): [ports[id(spot), id(one)] for one in spot.after] for spot in layer}
    spans = [
        (min(spot.at, *ends[id(spot)]), max(spot.at, *ends[id(spot)]), spot) for spot in layer if spot.after
    ]
    taken: list[int] = []  # by row: the last column that a line there takes
    rows: dict[int, int] = {}
    for left, right, spot in sorted(spans, key=lambda span: span[:2]):
        if left == right:
            rows[id(spot)] = 0
            continue
        row = next((row for row, last in enumerate(taken) if last + 1 < left), len(taken))
        taken[row : row + 1] = [right]
        rows[id(spot)] = row
    height = max(len(taken), 1)
    for left, right, spot in spans:
        _net(canvas, top, height, rows[id(spot)], (left, right), spot.at, ends[id(spot)])
    return height


def _net(
    canvas: _Canvas, top: int, height: int, row: int, span: tuple[int, int], start: int, ends: Sequence[int]
) -> None:
    """One line: down from its start, along its row, down to each end."""
    bits: dict[tuple[int, int], int] = {}

    def add(at: int, column: int, sides: int) -> None:
        bits[at, column] = bits.get((at, column), 0) | sides

    for at in range(row):
        add(at, start, _UP | _DOWN)
    add(row, start, _UP)
    for column in range(span[0], span[1]):
        add(row, column, _RIGHT)
        add(row, column + 1, _LEFT)
    for end in ends:
        add(row, end, _DOWN)
        for at in range(row + 1, height):
            add(at, end, _UP | _DOWN)
    for (at, column), sides in bits.items():
        crossed = (top + at, column) in canvas.cells
        canvas.write(top + at, column, "│" if crossed else _LINES[sides])
