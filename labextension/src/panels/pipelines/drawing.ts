import { arrange, type Spot } from './layering';
import type { Graph, Node } from './nodes';

/** A box in the drawing, in pixels. */
export interface Box {
  readonly node: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** An edge as the path of a line with a tip at its end. */
export interface Line {
  readonly from: number;
  readonly to: number;
  readonly path: string;
  readonly tip: string;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

const HEIGHT = 46; // of a box with two lines
const TALL = 62; // of one with three: a grid
const EDGE = 5; // room around all: the ring of focus, the second box of a grid
const TIP = 6;
const NARROWEST = 104;
const WIDEST = 260;

/**
 * Boxes and lines, from left to right where that fits into the width, else from top to bottom, with boxes as
 * narrow as they may be. `wanted` are the widths that the nodes' names ask for.
 */
export function draw(graph: Graph, wanted: readonly number[], width: number): Drawing {
  const across = leftToRight(graph, wanted);
  if (across.width <= width || !graph.nodes.length) {
    return across;
  }
  const widest = clamp(Math.max(...wanted));
  const free = topToBottom(graph, widest);
  if (free.width <= width) {
    return free;
  }
  const narrow = topToBottom(graph, NARROWEST);
  if (narrow.width > width) {
    return narrow;
  }
  // a box that is wider by one pixel makes its layer wider by as many as there are boxes in it
  let [low, high] = [NARROWEST, widest];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    [low, high] = topToBottom(graph, middle).width <= width ? [middle, high] : [low, middle];
  }
  return topToBottom(graph, low);
}

function leftToRight(graph: Graph, wanted: readonly number[]): Drawing {
  const layers = arrange(graph.nodes.map(heightOf), graph.edges, { gap: 16, lane: 9 });
  // all boxes of a layer are equally wide, so that a line never passes behind one
  const widths = layers.map(layer =>
    Math.max(...layer.map(one => clamp(wanted[one.node ?? -1] ?? 0)))
  );
  return drawn(layers, widths, 40, (along, across) => [across, along]);
}

function topToBottom(graph: Graph, width: number): Drawing {
  const layers = arrange(
    graph.nodes.map(() => width),
    graph.edges,
    { gap: 12, lane: 9 }
  );
  const heights = layers.map(layer =>
    Math.max(...layer.map(({ node }) => (node === null ? HEIGHT : heightOf(graph.nodes[node]))))
  );
  return drawn(layers, heights, 30, (along, across) => [along, across]);
}

/** Turns a place along and across the layers into x and y. */
type Turn = (along: number, across: number) => [number, number];

function drawn(
  layers: readonly Spot[][],
  depths: readonly number[],
  between: number,
  turn: Turn
): Drawing {
  const starts = depths.map(
    (_, index) => EDGE + depths.slice(0, index).reduce((sum, depth) => sum + depth + between, 0)
  );
  const spots = layers.flat();
  const nodes = spots.filter(spot => spot.node !== null);
  const boxes = nodes.map((spot): Box => {
    const [left, top] = turn(spot.at - spot.size / 2 + EDGE, starts[spot.layer]);
    const [width, height] = turn(spot.size, depths[spot.layer]);
    return { node: spot.node ?? 0, left, top, width, height };
  });
  const last = layers.length - 1;
  const deep = layers.length ? starts[last] + depths[last] + EDGE : 0;
  const long = Math.max(0, ...spots.map(spot => spot.at + spot.size / 2)) + 2 * EDGE;
  const [width, height] = turn(long, deep);
  const lines = nodes.flatMap(spot => linesFrom(spot, starts, depths, turn));
  return { width: Math.ceil(width), height: Math.ceil(height), boxes, lines };
}

function linesFrom(
  start: Spot,
  starts: readonly number[],
  depths: readonly number[],
  turn: Turn
): Line[] {
  const found: Line[] = [];
  const ways: Spot[][] = [[start]];
  for (let way = ways.pop(); way; way = ways.pop()) {
    for (const spot of way[way.length - 1].after) {
      const longer = [...way, spot];
      if (spot.node === null) {
        ways.push(longer);
      } else {
        found.push({
          from: start.node ?? 0,
          to: spot.node,
          ...lineOf(longer, starts, depths, turn)
        });
      }
    }
  }
  return found;
}

function lineOf(
  way: readonly Spot[],
  starts: readonly number[],
  depths: readonly number[],
  turn: Turn
): { path: string; tip: string } {
  const point = (along: number, across: number): string => {
    const [x, y] = turn(along, across);
    return `${round(x)},${round(y)}`;
  };
  let across = starts[way[0].layer] + depths[way[0].layer];
  let along = way[0].at + EDGE;
  let path = `M${point(along, across)}`;
  for (const spot of way.slice(1)) {
    const end = starts[spot.layer] - (spot.node === null ? 0 : TIP);
    const half = (across + end) / 2;
    const middle = spot.at + EDGE;
    path += `C${point(along, half)} ${point(middle, half)} ${point(middle, end)}`;
    [along, across] = [middle, end];
    if (spot.node === null) {
      across = starts[spot.layer] + depths[spot.layer];
      path += `L${point(along, across)}`;
    }
  }
  const tip = `M${point(along, across + TIP)}L${point(along - 4, across - 2)}L${point(along + 4, across - 2)}z`;
  return { path, tip };
}

function heightOf(node: Node): number {
  return node.points.length > 1 ? TALL : HEIGHT;
}

function clamp(width: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(width)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
