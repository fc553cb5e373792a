"""What led to a dataset version, run or model version, and what came of it: a graph from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from html import escape

from jupyter_mlops.drawing.layers import Spot
from jupyter_mlops.drawing.markup import Markup, count, data, joined, more, plot, section, table, verdict
from jupyter_mlops.drawing.nodes import clean, width
from jupyter_mlops.drawing.svg import HEIGHT, MOST, STYLE, box_width, lay_out
from jupyter_mlops.entities import Lineage, LineageLink, LineageNode

LINKS = 200  # rows of the table
_NARROWEST = 120  # pixels of a box
_NAME = 30  # columns of a name
_ICONS = {"dataset": "▤", "run": "▶", "model": "◆"}


def lineage_html(lineage: Lineage, _plots: int) -> Markup:
    """The graph, and its links as a table."""
    names = {node.key: node.name for node in lineage.nodes}
    shown = lineage.links[:LINKS]
    rows = [
        (data(names.get(link.source, link.source)), link.label, data(names.get(link.target, link.target)))
        for link in shown
    ]
    start = names.get(lineage.start, lineage.start)
    told = f"{start}: {count(len(lineage.nodes), 'node')}, {count(len(lineage.links), 'link')}"
    return joined(
        verdict("⇢", "plain", told),
        plot(lineage_svg(lineage)),
        section("Links", table(("from", "how", "to"), rows), more(len(shown), len(lineage.links), "link")),
    )


def lineage_svg(lineage: Lineage) -> str:
    """An ``<svg>`` element; empty where there are too many nodes, or none. A link that would close a circle
    is left out of it."""
    nodes, edges = _ordered(lineage)
    if not nodes or len(nodes) > MOST:
        return ""
    laid = lay_out(len(nodes), edges, lambda layer: _width(layer, nodes))
    boxes = [
        _box(nodes[place], nodes[place].key == lineage.start, left, top, wide)
        for place, left, top, wide in laid.boxes()
    ]
    title = f"Lineage of {clean(lineage.start, 80)}"
    told = "; ".join(_told(link) for link in lineage.links[:40])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="jp-mlops-dag" role="img" {laid.size()} '
        f'fill="currentColor" aria-label="{escape(f"{title}: {told}")}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"{laid.lines()}{''.join(boxes)}</svg>"
    )


def _ordered(lineage: Lineage) -> tuple[list[LineageNode], list[tuple[int, int]]]:
    """The nodes, those first that others come from, and the links as pairs of places among them."""
    nodes = {node.key: node for node in lineage.nodes}
    after: dict[str, list[str]] = {key: [] for key in nodes}
    for link in lineage.links:
        if link.source in nodes and link.target in nodes and not _leads(after, link.target, link.source):
            after[link.source].append(link.target)
    before: dict[str, list[str]] = {key: [] for key in nodes}
    for source, targets in after.items():
        for target in targets:
            before[target].append(source)
    order = {key: place for place, key in enumerate(TopologicalSorter(before).static_order())}
    edges = {(order[source], order[target]) for source, targets in after.items() for target in targets}
    return [nodes[key] for key in order], sorted(edges)


def _leads(after: Mapping[str, Sequence[str]], start: str, end: str) -> bool:
    """Whether there is a way from one to the other, or they are the same."""
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        if here == end:
            return True
        fresh = [key for key in after[here] if key not in seen]
        seen.update(fresh)
        todo += fresh
    return False


def _width(layer: Sequence[Spot], nodes: Sequence[LineageNode]) -> int:
    found = [nodes[spot.node] for spot in layer if spot.node is not None]
    names = [width(clean(node.name, _NAME)) for node in found]
    details = [width(clean(_detail(node), _NAME)) * 0.8 for node in found]  # in smaller letters
    longest = max([*names, *details], default=0)
    return box_width(longest, _NARROWEST)


def _box(node: LineageNode, start: bool, left: int, top: int, wide: int) -> str:
    size = f'width="{wide}" height="{HEIGHT}" rx="{14 if node.kind == "run" else 4}"'
    state = "mlops-running" if start else "mlops-finished" if node.kind == "model" else ""
    whole = f"{node.kind} {clean(node.name, 200)}" + (f": {clean(node.detail, 200)}" if node.detail else "")
    thick = ' style="stroke-width:3"' if start else ""
    return (
        f'<g class="node {state}"><title>{escape(whole)}</title>'
        f'<rect class="box" x="{left}" y="{top}" {size} fill="none" stroke="currentColor"{thick}/>'
        f'<rect class="tint" x="{left}" y="{top}" {size} fill="none"/>'
        f'<text class="icon" x="{left + 16}" y="{top + 20}" aria-hidden="true">{_ICONS[node.kind]}</text>'
        f'<text class="name" x="{left + 30}" y="{top + 20}">{escape(clean(node.name, _NAME))}</text>'
        f'<text class="told" x="{left + 30}" y="{top + 37}">{escape(clean(_detail(node), _NAME))}</text></g>'
    )


def _detail(node: LineageNode) -> str:
    return node.detail or node.kind


def _told(link: LineageLink) -> str:
    return f"{clean(link.source, 60)} {clean(link.label, 40)} {clean(link.target, 60)}"
