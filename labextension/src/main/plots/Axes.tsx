import type { IFrame } from './frame';
import type { IScale } from './scale';

interface IAxesProps<X, Y> {
  readonly x: IScale<X>;
  readonly y: IScale<Y>;
  readonly frame: IFrame;
  readonly xLabel: string;
  readonly yLabel: string;
}

/** Grid, ticks and names of the two sides of a plot. */
export function Axes<X extends string | number, Y extends string | number>(
  props: IAxesProps<X, Y>
): JSX.Element {
  const { x, y, frame, xLabel, yLabel } = props;
  const { left, right, top, bottom, height, across, up } = frame;
  const middle = (top + bottom) / 2;
  return (
    <g className="jp-MLOps-plot-axes" aria-hidden="true">
      {y.ticks.map(({ value, label }) => (
        <g key={value}>
          <line
            className="jp-mod-grid"
            x1={left}
            x2={right}
            y1={up(y.at(value))}
            y2={up(y.at(value))}
          />
          <text x={left - 8} y={up(y.at(value)) + 4} textAnchor="end">
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
      <line x1={left} x2={right} y1={bottom} y2={bottom} />
      <text className="jp-mod-name" x={(left + right) / 2} y={height - 6} textAnchor="middle">
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
