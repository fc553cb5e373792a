/** One line of a plot. */
export interface ISeries {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
}

const COLOURS = 8;
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];
const SHAPES = ['circle', 'square', 'triangle', 'diamond'] as const;

export type Shape = (typeof SHAPES)[number];

/** How the series at a place looks: a colour, and a dash and shape which tell it where colours do not. */
export interface ILook {
  readonly colour: string;
  readonly dash: string;
  readonly shape: Shape;
}

export function lookOf(place: number): ILook {
  return {
    colour: `var(--mlops-series-${(place % COLOURS) + 1})`,
    dash: DASHES[(place + Math.floor(place / COLOURS)) % DASHES.length],
    shape: SHAPES[(place + Math.floor(place / COLOURS)) % SHAPES.length]
  };
}

/** A path of the shape around a point, `size` pixels from its middle to its edge. */
export function shapePath(shape: Shape, x: number, y: number, size: number): string {
  const s = size;
  switch (shape) {
    case 'circle':
      return `M${x - s},${y}a${s},${s} 0 1,0 ${2 * s},0a${s},${s} 0 1,0 ${-2 * s},0`;
    case 'square':
      return `M${x - s},${y - s}h${2 * s}v${2 * s}h${-2 * s}z`;
    case 'triangle':
      return `M${x},${y - s}l${s},${2 * s}h${-2 * s}z`;
    case 'diamond':
      return `M${x},${y - s}l${s},${s}l${-s},${s}l${-s},${-s}z`;
  }
}

/** The path of a line; where there is no number there is a gap. */
export function linePath(
  series: ISeries,
  x: (step: number) => number,
  y: (value: number) => number
): string {
  let path = '';
  let pen = 'M';
  series.values.forEach((value, place) => {
    if (value === null) {
      pen = 'M';
      return;
    }
    path += `${pen}${x(series.steps[place]).toFixed(1)},${y(value).toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

/** All steps of all series, in order. */
export function stepsOf(all: readonly ISeries[]): number[] {
  return [...new Set(all.flatMap(series => series.steps))].sort((a, b) => a - b);
}

/** The value of a series at a step; undefined where it has none there. */
export function valueAt(series: ISeries, step: number): number | null | undefined {
  const place = series.steps.lastIndexOf(step);
  return place < 0 ? undefined : series.values[place];
}
