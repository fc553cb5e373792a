import type { TranslationBundle } from '@jupyterlab/translation';

import type { MonitorReading, MonitorState } from '../../entities';
import type { Tone } from '../../components';

/** The newest reading; undefined where it has not looked yet. */
export function lastOf({ readings }: MonitorState): MonitorReading | undefined {
  return readings[readings.length - 1];
}

/** How a reading stands: a sign, a tone and a word. */
export function standingOf(
  reading: MonitorReading | undefined,
  trans: TranslationBundle
): readonly [sign: string, tone: Tone, word: string] {
  if (!reading) {
    return ['?', 'unsure', trans.__('has not looked yet')];
  }
  return reading.breaches.length
    ? ['≠', 'bad', trans._n('%1 breach', '%1 breaches', reading.breaches.length)]
    : ['✓', 'good', trans.__('as it should be')];
}

/** How far what is farthest lies, as a multiple of its limit; null where nothing has a limit. */
export function worstOf({ effects, limits }: MonitorReading): number | null {
  const shares = Object.entries(effects ?? {}).flatMap(([name, effect]) => {
    const limit = Number(limits?.[name]);
    const share = Number(effect) / limit;
    return limit > 0 && Number.isFinite(share) ? [share] : [];
  });
  return shares.length ? Math.max(...shares) : null;
}

/** The figures that were beyond their limit last first, then those that came nearest to it. */
export function effectsOf(readings: readonly MonitorReading[]): string[] {
  const names = [...new Set(readings.flatMap(one => Object.keys(one.effects ?? {})))];
  const rank = (name: string): [number, number] => [
    Math.max(0, ...readings.filter(one => one.drifted.includes(name)).map(one => one.number)),
    Math.max(
      0,
      ...readings.map(one => Number(one.effects?.[name]) / Number(one.limits?.[name]) || 0)
    )
  ];
  return ordered(names, rank);
}

/** Metrics, those that something is demanded of first. */
export function metricsOf({ readings, monitor }: MonitorState): string[] {
  const limits = limitsOf(monitor.performance);
  const names = [...new Set(readings.flatMap(one => Object.keys(one.metrics ?? {})))];
  return ordered(names, name => [limits.has(name) ? 1 : 0, 0]);
}

function ordered(names: readonly string[], rank: (name: string) => [number, number]): string[] {
  const ranks = new Map(names.map(name => [name, rank(name)]));
  const of = (name: string): [number, number] => ranks.get(name) ?? [0, 0];
  return [...names].sort((a, b) => of(b)[0] - of(a)[0] || of(b)[1] - of(a)[1]);
}

const DEMAND = /^\s*(\S+)\s*(>=|<=|>|<)\s*([-+\d.eE]+)\s*$/;

/** What metrics are held against, by name, of conditions such as "accuracy >= 0.8". */
export function limitsOf(performance: readonly string[]): Map<string, number> {
  return new Map(
    performance.flatMap(text => {
      const found = DEMAND.exec(text);
      return found && Number.isFinite(Number(found[3])) ? [[found[1], Number(found[3])]] : [];
    })
  );
}

/** Whether a reading found that metric broken: by its name, or by a condition on it. */
export function broke({ broken }: MonitorReading, metric: string): boolean {
  return broken.some(one => one === metric || limitsOf([one]).has(metric));
}

export interface IChange {
  readonly when: number;
  readonly label: string;
}

/** When another version was first looked at as the champion, or became it where that is known. */
export function championsOf({ readings, champions }: MonitorState): IChange[] {
  return readings.flatMap((reading, place) => {
    const before = readings[place - 1];
    if (!before || (before.version === reading.version && before.model === reading.model)) {
      return [];
    }
    const now = Date.parse(reading.when);
    const told = Date.parse(champions?.[reading.version] ?? '');
    const isKnown = told > Date.parse(before.when) && told <= now;
    return [{ when: isKnown ? told : now, label: `${reading.model}@${reading.version}` }];
  });
}
