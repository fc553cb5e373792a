import { finiteOf } from './numbers';

interface ISparklineProps {
  /** In order; what is no finite number leaves a gap. */
  values: readonly (number | null)[];
  /** What a screen reader says instead. */
  label: string;
  width?: number;
  height?: number;
}

const MARGIN = 2; // pixels

/** The course of a metric as a line without axes. */
export function Sparkline(props: ISparklineProps): JSX.Element {
  const { values, label, width = 64, height = 18 } = props;
  const points = placed(values, width, height);
  const last = points[points.length - 1]?.slice(-1)[0];
  return (
    <svg
      className="jp-MLOps-sparkline"
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      <title>{label}</title>
      {points
        .filter(part => part.length > 1)
        .map(part => (
          <polyline key={part[0].join()} points={part.map(point => point.join()).join(' ')} />
        ))}
      {last && <circle cx={last[0]} cy={last[1]} r={MARGIN} />}
    </svg>
  );
}

/** The points of each unbroken part, in pixels. */
export function placed(
  values: readonly (number | null)[],
  width: number,
  height: number
): [x: number, y: number][][] {
  const numbers = values.map(finiteOf);
  const finite = numbers.filter(value => value !== null);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const step = values.length > 1 ? (width - 2 * MARGIN) / (values.length - 1) : 0;
  const parts: [number, number][][] = [[]];
  numbers.forEach((value, index) => {
    if (value === null) {
      parts.push([]);
      return;
    }
    const share = high > low ? (value - low) / (high - low) : 0.5;
    const x = MARGIN + index * step;
    const y = height - MARGIN - share * (height - 2 * MARGIN);
    parts[parts.length - 1].push([Number(x.toFixed(1)), Number(y.toFixed(1))]);
  });
  return parts.filter(part => part.length);
}
