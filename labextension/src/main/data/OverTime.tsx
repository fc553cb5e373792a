import { absolute, useTrans } from '../../components';
import type { IChange } from '../../panels/data/monitoring';
import { shortText } from '../../panels/data/texts';
import { clipped, linearScale } from '../plots/scale';
import { shapePath } from '../plots/series';

/** What was found at one look. */
export interface IPoint {
  readonly when: number;
  readonly value: number | null;
  readonly limit: number | null;
  /** Whether it is beyond what is allowed. */
  readonly isBeyond: boolean;
}

interface IOverTimeProps {
  readonly name: string;
  readonly points: readonly IPoint[];
  readonly changes: readonly IChange[];
  /** Whether the scale begins at 0. */
  readonly fromZero: boolean;
}

const WIDTH = 360;
const HEIGHT = 164;
const LEFT = 40;
const RIGHT = 8;
const TOP = 18;
const BOTTOM = 138;

/** A figure of a monitor over time, with its limit, and where another version became the champion. */
export function OverTime({ name, points, changes, fromZero }: IOverTimeProps): JSX.Element | null {
  const trans = useTrans();
  const known = points.filter(point => point.value !== null && Number.isFinite(point.value));
  if (!known.length) {
    return null;
  }
  const limits = known.flatMap(({ limit }) => (limit === null ? [] : [limit]));
  const scale = linearScale(
    [...known.map(one => Number(one.value)), ...limits, ...(fromZero ? [0] : [])],
    3
  );
  const [first, end] = [points[0].when, points[points.length - 1].when];
  const x = (when: number): number =>
    LEFT + (end > first ? (when - first) / (end - first) : 0.5) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => BOTTOM - scale.at(value) * (BOTTOM - TOP);
  const last = known[known.length - 1];
  const beyond = known.filter(point => point.isBeyond).length;
  const told = trans.__(
    '%1 over time: last %2%3; beyond what is allowed at %4 of %5 looks. All values are in the table of readings.',
    name,
    shortText(last.value),
    last.limit === null ? '' : trans.__(', limit %1', shortText(last.limit)),
    beyond,
    known.length
  );
  return (
    <svg
      className="jp-MLOps-overTime"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={told}
    >
      <Ground scale={scale} y={y} ends={[first, end]} />
      {changes
        .filter(({ when }) => when >= first && when <= end)
        .map(({ when, label }) => (
          <g key={`${when} ${label}`} className="jp-mod-champion">
            <line x1={x(when)} x2={x(when)} y1={TOP - 4} y2={BOTTOM} />
            <text x={x(when)} y={TOP - 7} textAnchor={x(when) > WIDTH / 2 ? 'end' : 'start'}>
              ★ {clipped(label, 24)}
            </text>
          </g>
        ))}
      <path className="jp-mod-limit" d={steps(points, x, y)} />
      <polyline points={known.map(one => `${x(one.when)},${y(Number(one.value))}`).join(' ')} />
      {known.map((point, place) => (
        <path
          key={place}
          className={point.isBeyond ? 'jp-mod-beyond' : 'jp-mod-point'}
          d={shapePath(
            point.isBeyond ? 'square' : 'circle',
            x(point.when),
            y(Number(point.value)),
            point.isBeyond ? 4 : 3
          )}
        >
          <title>
            {`${absolute(new Date(point.when))}\n${name} ${shortText(point.value)}${
              point.limit === null ? '' : ` (${trans.__('limit %1', shortText(point.limit))})`
            }`}
          </title>
        </path>
      ))}
    </svg>
  );
}

/** The limit from look to look, which may change. */
function steps(
  points: readonly IPoint[],
  x: (when: number) => number,
  y: (value: number) => number
): string {
  const held = points.flatMap(({ when, limit }) => (limit === null ? [] : [{ when, limit }]));
  if (held.length === 1) {
    return `M${LEFT},${y(held[0].limit).toFixed(1)}H${WIDTH - RIGHT}`;
  }
  return held.reduce((path, { when, limit }, place) => {
    const [at, height] = [x(when).toFixed(1), y(limit).toFixed(1)];
    return place ? `${path}H${at}V${height}` : `M${at},${height}`;
  }, '');
}

interface IGroundProps {
  readonly scale: ReturnType<typeof linearScale>;
  readonly y: (value: number) => number;
  readonly ends: readonly [number, number];
}

/** Grid, ticks and the days at both ends. */
function Ground({ scale, y, ends }: IGroundProps): JSX.Element {
  const day = (when: number): string =>
    new Date(when).toLocaleDateString(undefined, { dateStyle: 'medium' });
  return (
    <g aria-hidden="true" className="jp-mod-ground">
      {scale.ticks.map(({ value, label }) => (
        <g key={value}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
          <text x={LEFT - 5} y={y(value) + 4} textAnchor="end">
            {label}
          </text>
        </g>
      ))}
      <text x={LEFT} y={HEIGHT - 8}>
        {day(ends[0])}
      </text>
      {ends[1] > ends[0] ? (
        <text x={WIDTH - RIGHT} y={HEIGHT - 8} textAnchor="end">
          {day(ends[1])}
        </text>
      ) : null}
    </g>
  );
}
