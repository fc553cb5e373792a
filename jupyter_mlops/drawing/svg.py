"""The graph of a pipeline as SVG: boxes from left to right, coloured by JupyterLab's own theme or, outside
of it, by colours that a light and a dark page both bear; the state is told by a sign and in words, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from jupyter_mlops.drawing.layers import Spot, arrange
from jupyter_mlops.drawing.nodes import ICONS, Node, clean, fold, width
from jupyter_mlops.entities import PipelineRun, StepState

MOST = 200  # nodes: beyond that the table tells more
HEIGHT = 47  # pixels of a box
_GAP, _LANE, _BETWEEN, _EDGE = 17, 9, 40, 7
_LETTER = 8.2  # pixels of a bold letter of 13 pixels, in a wide font
_NARROWEST, _WIDEST = 152, 300

STYLE = Path(__file__).with_name("dag.css").read_text(encoding="utf-8")


def as_svg(run: PipelineRun) -> str:
    """An ``<svg>`` element; empty where there are too many steps, or none."""
    nodes, edges = fold(run)
    if not nodes or len(nodes) > MOST:
        return ""
    laid = lay_out(len(nodes), edges, lambda layer: _width(layer, nodes))
    boxes = [_box(place, nodes[place], left, top, wide) for place, left, top, wide in laid.boxes()]
    name = clean(run.pipeline, 80)
    told = "; ".join(
        node.whole + (f", after {', '.join(before)}" if before else "")
        for place, node in enumerate(nodes)
        for before in [[clean(nodes[up].name, 80) for up, to in edges if to == place]]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="jp-mlops-dag" role="img" {laid.size()} '
        f'aria-label="{escape(f"Pipeline {name}: {told}")}">'
        f"<title>{escape(f'Pipeline {name}')}</title><desc>{escape(told)}</desc><style>{STYLE}</style>"
        f"{laid.lines()}{''.join(boxes)}</svg>"
    )


@dataclass(frozen=True)
class Layout:
    """Where the boxes of a graph lie: `lefts` and `widths` are those of each layer, in pixels."""

    layers: Sequence[Sequence[Spot]]
    lefts: Sequence[int]
    widths: Sequence[int]

    def boxes(self) -> Iterator[tuple[int, int, int, int]]:
        """Each node's place, the left and upper edge of its box, and how wide it is."""
        for layer, left, wide in zip(self.layers, self.lefts, self.widths, strict=True):
            for spot in layer:
                if spot.node is not None:
                    yield spot.node, left, spot.at - spot.size // 2 + _EDGE, wide

    def lines(self) -> str:
        """The edges, as paths."""
        starts = (spot for layer in self.layers for spot in layer if spot.node is not None)
        return "".join(line for start in starts for line in _edge_lines(start, self.lefts, self.widths))

    def size(self) -> str:
        """The attributes that tell it. It shrinks into a page that is somewhat narrower; beyond that the page
        scrolls, for letters want to be read."""
        across = self.lefts[-1] + self.widths[-1] + _EDGE
        down = max(spot.at + spot.size // 2 for layer in self.layers for spot in layer) + 2 * _EDGE
        shrinks = f"max-width:max(100%,{across * 3 // 4}px);height:auto"
        return f'width="{across}" height="{down}" viewBox="0 0 {across} {down}" style="{shrinks}"'


def lay_out(count: int, edges: Sequence[tuple[int, int]], wide: Callable[[Sequence[Spot]], int]) -> Layout:
    """The layout of `count` nodes with these edges; `wide` tells how wide the boxes of a layer are."""
    layers = arrange([HEIGHT] * count, edges, gap=_GAP, lane=_LANE)
    widths = [wide(layer) for layer in layers]
    lefts = [_EDGE + sum(widths[:index]) + _BETWEEN * index for index in range(len(layers))]
    return Layout(layers, lefts, widths)


def box_width(longest: float, narrowest: int = _NARROWEST) -> int:
    """Pixels of a box whose longest text has so many columns."""
    return min(max(int(longest * _LETTER) + 44, narrowest), _WIDEST)


def css_class(state: StepState) -> str:
    """Of a box in that state."""
    return f"mlops-{state.value.replace(' ', '-')}"


def shortened(node: Node) -> str:
    """What a box says of its state."""
    return clean(node.told, 21)


def _width(layer: Sequence[Spot], nodes: Sequence[Node]) -> int:
    """All boxes of a layer are equally wide, so that a line never passes behind one."""
    # not of what is told now: a box must not move when its state changes
    longest = max((width(nodes[spot.node].label) for spot in layer if spot.node is not None), default=0)
    return box_width(longest)


def _box(place: int, node: Node, left: int, top: int, wide: int) -> str:
    state, size = node.state, f'width="{wide}" height="{HEIGHT}" rx="6"'
    behind = ""
    if len(node.points) > 1:  # a grid: one box behind the other
        behind = f'<rect class="box" x="{left + 4}" y="{top + 4}" {size} fill="none" stroke="currentColor"/>'
    return (
        f'<g class="node {css_class(state)}" data-node="{place}"><title>{escape(node.whole)}</title>{behind}'
        f'<rect class="box" x="{left}" y="{top}" {size} fill="none" stroke="currentColor"/>'
        f'<rect class="tint" x="{left}" y="{top}" {size} fill="none"/>'
        f'<text class="icon" x="{left + 16}" y="{top + 20}" aria-hidden="true">{ICONS[state]}</text>'
        f'<text class="name" x="{left + 30}" y="{top + 20}">{escape(node.label)}</text>'
        f'<text class="told" x="{left + 30}" y="{top + 37}">{escape(shortened(node))}</text></g>'
    )


def _edge_lines(start: Spot, lefts: Sequence[int], widths: Sequence[int]) -> list[str]:
    """A path to each node that comes after the one at `start`."""
    found = []
    todo: list[tuple[Spot, ...]] = [(start,)]
    while todo:
        way = todo.pop()
        for spot in way[-1].after:
            if spot.node is None:
                todo.append((*way, spot))
            else:
                found.append(_path((*way, spot), lefts, widths))
    return found


def _path(way: Sequence[Spot], lefts: Sequence[int], widths: Sequence[int]) -> str:
    x, y = lefts[way[0].layer] + widths[way[0].layer], way[0].at + _EDGE
    drawn = f"M{x},{y}"
    for spot in way[1:]:
        left, middle = lefts[spot.layer], spot.at + _EDGE
        end = left - 6 if spot.node is not None else left  # room for the tip
        half = (x + end) // 2
        drawn += f"C{half},{y} {half},{middle} {end},{middle}"
        x, y = end, middle
        if spot.node is None:
            x = left + widths[spot.layer]
            drawn += f"H{x}"
    tip = f"M{x + 6},{y}l-8,-4v8z"
    ends = f"{way[0].node}-{way[-1].node}"
    line = f'<path class="edge" data-edge="{ends}" d="{drawn}" fill="none" stroke="currentColor"/>'
    return f'{line}<path class="tip" d="{tip}"/>'
