import type { Histogram } from '../../entities';

/** A bar between two values; `height` is 1 for the highest of all. */
export interface IBar {
  readonly begin: number;
  readonly end: number;
  readonly height: number;
}

export interface ISides {
  readonly low: number;
  readonly high: number;
  /** The bars of each side; null of one that has no histogram. */
  readonly drawn: readonly (readonly IBar[] | null)[];
}

/**
 * Histograms of sides of different size over one another: heights are shares of each side's values per width,
 * so that bars of different width compare. Null where there is nothing to draw.
 */
export function sidesOf(all: readonly (Histogram | null)[]): ISides | null {
  const sides = all.map(side => (side && side.counts.length ? densities(side) : null));
  const bars = sides.flatMap(side => side ?? []);
  if (!bars.length) {
    return null;
  }
  const low = Math.min(...bars.map(bar => bar.begin));
  const high = Math.max(...bars.map(bar => bar.end));
  const highest = Math.max(...bars.map(bar => bar.height)) || 1;
  const scaled = (bar: IBar): IBar => ({ ...bar, height: bar.height / highest });
  return { low, high: high > low ? high : low + 1, drawn: sides.map(s => s?.map(scaled) ?? null) };
}

function densities({ edges, counts }: Histogram): IBar[] {
  const total = counts.reduce((sum, count) => sum + Number(count), 0) || 1;
  const least = Math.abs(Number(edges[edges.length - 1]) - Number(edges[0])) / 1e6 || 1;
  return counts.map((count, place) => {
    const [begin, end] = [Number(edges[place]), Number(edges[place + 1])];
    // all values may be the same: that bar has no width
    const width = end - begin || least;
    return { begin, end: begin + width, height: Number(count) / total / width };
  });
}
