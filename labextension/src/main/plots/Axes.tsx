import type { IScale } from './scale';

/** Sizes of a plot in the units of its view box. */
export const PLOT = { width: 640, height: 280, left: 64, right: 16, top: 12, bottom: 44 };

export const across = (share: number): number =>
  PLOT.left + share * (PLOT.width - PLOT.left - PLOT.right);
export const up = (share: number): number =>
  PLOT.height - PLOT.bottom - share * (PLOT.height - PLOT.top - PLOT.bottom);

interface IAxesProps<X, Y> {
  readonly x: IScale<X>;
  readonly y: IScale<Y>;
  readonly xLabel: string;
  readonly yLabel: string;
}

/** Grid, ticks and names of the two sides of a plot. */
export function Axes<X extends string | number, Y extends string | number>(
  props: IAxesProps<X, Y>
): JSX.Element {
  const { x, y, xLabel, yLabel } = props;
  const bottom = PLOT.height - PLOT.bottom;
  const middle = (PLOT.top + bottom) / 2;
  return (
    <g className="jp-MLOps-plot-axes" aria-hidden="true">
      {y.ticks.map(({ value, label }) => (
        <g key={value}>
          <line
            className="jp-mod-grid"
            x1={PLOT.left}
            x2={PLOT.width - PLOT.right}
            y1={up(y.at(value))}
            y2={up(y.at(value))}
          />
          <text x={PLOT.left - 8} y={up(y.at(value)) + 4} textAnchor="end">
            {label}
          </text>
        </g>
      ))}
      {x.ticks.map(({ value, label }) => (
        <g key={value}>
          <line x1={across(x.at(value))} x2={across(x.at(value))} y1={bottom} y2={bottom + 5} />
          <text x={across(x.at(value))} y={bottom + 18} textAnchor="middle">
            {label}
          </text>
        </g>
      ))}
      <line x1={PLOT.left} x2={PLOT.width - PLOT.right} y1={bottom} y2={bottom} />
      <text
        className="jp-mod-name"
        x={(PLOT.left + PLOT.width - PLOT.right) / 2}
        y={PLOT.height - 6}
        textAnchor="middle"
      >
        {xLabel}
      </text>
      <text
        className="jp-mod-name"
        x={14}
        y={middle}
        textAnchor="middle"
        transform={`rotate(-90 14 ${middle})`}
      >
        {yLabel}
      </text>
    </g>
  );
}
