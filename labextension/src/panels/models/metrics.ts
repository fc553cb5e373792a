import { numberOf, type Arrived } from '../../components/numbers';
import type { GateReport, ModelVersion } from '../../entities';

const COLUMNS = 5;
const SAME = 1e-12;

/** Of a metric by name whether more of it is better; where a name says nothing it is not there. */
export type HigherIsBetter = Readonly<Record<string, boolean>>;

/** How a metric differs from that of the champion. */
export interface Change {
  readonly difference: number;
  readonly verdict: 'better' | 'worse' | 'same' | '';
}

/** The difference to the champion's; null where there is nothing to compare. */
export function changeOf(
  name: string,
  value: Arrived,
  against: Arrived,
  higher: HigherIsBetter
): Change | null {
  const [mine, other] = [numberOf(value), numberOf(against)];
  if (mine === null || other === null || Number.isNaN(mine) || Number.isNaN(other)) {
    return null;
  }
  const difference = mine - other;
  const size = Math.max(Math.abs(mine), Math.abs(other));
  if (mine === other || (Number.isFinite(size) && Math.abs(difference) <= SAME * size)) {
    return { difference: 0, verdict: 'same' };
  }
  if (!(name in higher)) {
    return { difference, verdict: '' };
  }
  return { difference, verdict: higher[name] === difference > 0 ? 'better' : 'worse' };
}

/** Names of the metrics to show: those that gates name, then those with a better and a worse. */
export function columnsOf(
  versions: readonly ModelVersion[],
  reports: readonly GateReport[],
  higher: HigherIsBetter
): string[] {
  const counts = new Map<string, number>();
  for (const name of versions.flatMap(version => Object.keys(version.metrics ?? {}))) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const gated = new Set(
    reports.flatMap(report => report.results.flatMap(({ name }) => name.match(/\w+/g) ?? []))
  );
  const rank = (name: string): number[] => [
    gated.has(name) ? 0 : 1,
    name in higher ? 0 : 1,
    -(counts.get(name) ?? 0),
    name.length
  ];
  return [...counts.keys()]
    .sort((a, b) => byRank(rank(a), rank(b)) || a.localeCompare(b))
    .slice(0, COLUMNS);
}

function byRank(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((value, place) => value !== right[place]);
  return at < 0 ? 0 : left[at] - right[at];
}
