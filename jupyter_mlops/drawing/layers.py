"""Where the nodes of an acyclic graph stand: in layers, each edge leading to a later one.

Layers by the longest path, their order by barycentres, the distances by least squares. One axis only: a
terminal's layers go down the page, those of an SVG from left to right.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 8


@dataclass(eq=False)
class Spot:
    """The place of a node, or, where `node` is None, a place where an edge passes a layer. `size` is its
    extent along the layer, always odd, and `at` its middle. One edge's passages are shared by all edges
    from the same node."""

    node: int | None
    layer: int
    size: int
    at: int = 0
    before: list[Spot] = field(default_factory=list)
    after: list[Spot] = field(default_factory=list)


def arrange(
    sizes: Sequence[int], edges: Sequence[tuple[int, int]], *, gap: int, lane: int
) -> list[list[Spot]]:
    """The layers, each in order.

    `edges` lead from a lower place in `sizes` to a higher one. `gap` is what is left free between two
    spots of a layer, `lane` the size of a passage; sizes are odd.
    """
    layers = _spots(sizes, edges, lane)
    layers = _order(layers)
    _place(layers, gap)
    return layers


def _spots(sizes: Sequence[int], edges: Sequence[tuple[int, int]], lane: int) -> list[list[Spot]]:
    depth = _depths(len(sizes), edges)
    layers: list[list[Spot]] = [[] for _ in range(max(depth, default=-1) + 1)]
    spots = [Spot(node, depth[node], size) for node, size in enumerate(sizes)]
    for spot in spots:
        layers[spot.layer].append(spot)
    passages: dict[tuple[int, int], Spot] = {}
    for up, down in sorted(edges, key=lambda edge: (edge[0], depth[edge[1]], edge[1])):
        last = spots[up]
        for layer in range(depth[up] + 1, depth[down]):
            if (up, layer) not in passages:
                passages[up, layer] = Spot(None, layer, lane)
                layers[layer].append(passages[up, layer])
                _join(last, passages[up, layer])
            last = passages[up, layer]
        _join(last, spots[down])
    return layers


def _join(up: Spot, down: Spot) -> None:
    up.after.append(down)
    down.before.append(up)


def _depths(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for up, down in edges:
        before[down].append(up)
        after[up].append(down)
    depth = [0] * count
    for node in range(count):
        depth[node] = max((depth[up] + 1 for up in before[node]), default=0)
    for node in range(count):  # one that comes after nothing stands right before its first user
        if not before[node] and after[node]:
            depth[node] = min(depth[down] for down in after[node]) - 1
    return depth


def _order(layers: list[list[Spot]]) -> list[list[Spot]]:
    """The order with the fewest crossings that some sweeps up and down come by."""
    best, fewest = layers, _crossings(layers)
    current = layers
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        current = [list(layer) for layer in current]
        for index in range(len(current)) if down else range(len(current) - 1, -1, -1):
            place = {id(spot): at for layer in current for at, spot in enumerate(layer)}

            def barycentre(spot: Spot, down: bool = down, place: dict[int, int] = place) -> float:
                near = spot.before if down else spot.after
                return sum(place[id(one)] for one in near) / len(near) if near else place[id(spot)]

            current[index].sort(key=barycentre)
        crossings = _crossings(current)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def _crossings(layers: Sequence[Sequence[Spot]]) -> int:
    total = 0
    for layer, following in pairwise(layers):
        place = {id(spot): at for at, spot in enumerate(following)}
        seen: list[int] = []
        for spot in layer:
            ends = sorted(place[id(one)] for one in spot.after)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _place(layers: Sequence[Sequence[Spot]], gap: int) -> None:
    for layer in layers:
        _settle(layer, [0.0] * len(layer), gap)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wanted = []
            for spot in layer:
                near = spot.before if down else spot.after
                near = near or spot.before or spot.after
                wanted.append(sum(one.at for one in near) / len(near) if near else float(spot.at))
            _settle(layer, wanted, gap)
    first = min((spot.at - spot.size // 2 for layer in layers for spot in layer), default=0)
    for layer in layers:
        for spot in layer:
            spot.at -= first


def _settle(layer: Sequence[Spot], wanted: Sequence[float], gap: int) -> None:
    """Each spot as near to where it is wanted as its neighbours allow: isotonic regression."""
    offsets = [0]
    for spot, following in pairwise(layer):
        offsets.append(offsets[-1] + spot.size // 2 + gap + 1 + following.size // 2)
    pools: list[tuple[float, int]] = []  # sum and count
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    levels = [round(total / count) for total, count in pools for _ in range(count)]
    for spot, level, offset in zip(layer, levels, offsets, strict=True):
        spot.at = level + offset
