/**
 * Where the nodes of an acyclic graph stand: in layers, each edge leading to a later one. Layers by the longest
 * path, their order by barycentres, the distances by least squares. As `drawing/layers.py` does it, so that a
 * pipeline looks here as it does in a notebook.
 */

/** A pair of places among the nodes: the second comes after the first, and stands later. */
export type Edge = readonly [number, number];

/**
 * The place of a node or, where `node` is null, a place where an edge passes a layer. `size` is its extent along
 * the layer, `at` its middle. All edges from one node share their passages.
 */
export interface Spot {
  readonly node: number | null;
  readonly layer: number;
  readonly size: number;
  at: number;
  readonly before: Spot[];
  readonly after: Spot[];
}

export interface Spacing {
  /** What is left free between two spots of a layer. */
  readonly gap: number;
  /** The size of a passage. */
  readonly lane: number;
}

const SWEEPS = 8;

/** The layers, each in order; the least edge of all spots is at 0. */
export function arrange(
  sizes: readonly number[],
  edges: readonly Edge[],
  { gap, lane }: Spacing
): Spot[][] {
  const layers = ordered(spotsOf(sizes, edges, lane));
  place(layers, gap);
  return layers;
}

function spotsOf(sizes: readonly number[], edges: readonly Edge[], lane: number): Spot[][] {
  const depth = depthsOf(sizes.length, edges);
  const layers: Spot[][] = Array.from({ length: Math.max(-1, ...depth) + 1 }, () => []);
  const spots = sizes.map((size, node) => spot(node, depth[node], size));
  spots.forEach(one => layers[one.layer].push(one));
  const passages = new Map<string, Spot>();
  const sorted = [...edges].sort((a, b) => a[0] - b[0] || depth[a[1]] - depth[b[1]] || a[1] - b[1]);
  for (const [up, down] of sorted) {
    let last = spots[up];
    for (let layer = depth[up] + 1; layer < depth[down]; layer += 1) {
      const key = `${up} ${layer}`;
      let passage = passages.get(key);
      if (!passage) {
        passage = spot(null, layer, lane);
        passages.set(key, passage);
        layers[layer].push(passage);
        join(last, passage);
      }
      last = passage;
    }
    join(last, spots[down]);
  }
  return layers;
}

function spot(node: number | null, layer: number, size: number): Spot {
  return { node, layer, size, at: 0, before: [], after: [] };
}

function join(up: Spot, down: Spot): void {
  up.after.push(down);
  down.before.push(up);
}

function depthsOf(count: number, edges: readonly Edge[]): number[] {
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const [up, down] of edges) {
    before[down].push(up);
    after[up].push(down);
  }
  const depth = new Array<number>(count).fill(0);
  for (let node = 0; node < count; node += 1) {
    depth[node] = Math.max(0, ...before[node].map(up => depth[up] + 1));
  }
  for (let node = 0; node < count; node += 1) {
    if (!before[node].length && after[node].length) {
      // one that comes after nothing stands right before its first user
      depth[node] = Math.min(...after[node].map(down => depth[down])) - 1;
    }
  }
  return depth;
}

/** The order with the fewest crossings that some sweeps up and down come by. */
function ordered(layers: Spot[][]): Spot[][] {
  let best = layers;
  let fewest = crossings(layers);
  let current = layers;
  for (let sweep = 0; sweep < SWEEPS && fewest; sweep += 1) {
    current = swept(current, sweep % 2 === 0);
    const found = crossings(current);
    if (found < fewest) {
      [best, fewest] = [current, found];
    }
  }
  return best;
}

function swept(layers: Spot[][], down: boolean): Spot[][] {
  const made = layers.map(layer => [...layer]);
  for (const index of inOrder(made.length, down)) {
    const places = new Map(made.flatMap(layer => layer.map((one, at) => [one, at] as const)));
    const placeOf = (one: Spot): number => places.get(one) ?? 0;
    const barycentre = (one: Spot): number =>
      mean((down ? one.before : one.after).map(placeOf), placeOf(one));
    const wanted = new Map(made[index].map(one => [one, barycentre(one)]));
    made[index].sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
  }
  return made;
}

function crossings(layers: readonly Spot[][]): number {
  let total = 0;
  for (let index = 0; index + 1 < layers.length; index += 1) {
    const places = new Map(layers[index + 1].map((one, at) => [one, at]));
    const seen: number[] = [];
    for (const one of layers[index]) {
      const ends = one.after.map(next => places.get(next) ?? 0);
      for (const end of ends) {
        total += seen.filter(other => other > end).length;
      }
      seen.push(...ends);
    }
  }
  return total;
}

function place(layers: readonly Spot[][], gap: number): void {
  for (const layer of layers) {
    settle(
      layer,
      layer.map(() => 0),
      gap
    );
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const index of inOrder(layers.length, down)) {
      const wanted = layers[index].map(one => {
        const [first, second] = down ? [one.before, one.after] : [one.after, one.before];
        const near = first.length ? first : second;
        return mean(
          near.map(other => other.at),
          one.at
        );
      });
      settle(layers[index], wanted, gap);
    }
  }
  const first = Math.min(...layers.flat().map(one => one.at - one.size / 2));
  layers.flat().forEach(one => (one.at -= first));
}

/** Each spot as near to where it is wanted as its neighbours allow: isotonic regression. */
function settle(layer: readonly Spot[], wanted: readonly number[], gap: number): void {
  let offset = 0;
  const offsets = layer.map((one, at) => {
    offset += at ? layer[at - 1].size / 2 + gap + one.size / 2 : 0;
    return offset;
  });
  const pools: { total: number; count: number }[] = [];
  wanted.forEach((want, at) => {
    let pool = { total: want - offsets[at], count: 1 };
    let last = pools[pools.length - 1];
    while (last && last.total / last.count > pool.total / pool.count) {
      pool = { total: pool.total + last.total, count: pool.count + last.count };
      pools.pop();
      last = pools[pools.length - 1];
    }
    pools.push(pool);
  });
  const levels = pools.flatMap(({ total, count }) => new Array<number>(count).fill(total / count));
  layer.forEach((one, at) => (one.at = levels[at] + offsets[at]));
}

function inOrder(count: number, up: boolean): number[] {
  const places = Array.from({ length: count }, (_, place) => place);
  return up ? places : places.reverse();
}

function mean(values: readonly number[], otherwise: number): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : otherwise;
}
