import type { TranslationBundle } from '@jupyterlab/translation';

import { ABSENT, finiteOf, numberOf, numberText, type Arrived } from '../../components/numbers';
import type { ColumnProfile, DatasetVersion, Histogram } from '../../entities';

/** NAME@NUMBER; the name alone of a version that is not in the catalogue. */
export function labelOf({ name, number }: Pick<DatasetVersion, 'name' | 'number'>): string {
  return number === null ? name : `${name}@${number}`;
}

/** A digest without what every digest begins with, short. */
export function digestText(digest: string): string {
  return digest.replace(/^xxh:/, '').slice(0, 8);
}

/** Four digits that count; whole numbers with their thousands apart. */
export function shortText(value: Arrived): string {
  const number = numberOf(value);
  return Number.isInteger(number) && Math.abs(Number(number)) < 1e15
    ? countText(Number(number))
    : numberText(number, 4);
}

/** The least or greatest value of a column, which comes as a text. */
export function boundText(text: string, kind: ColumnProfile['kind']): string {
  return kind === 'number' && finiteOf(text) !== null ? shortText(text) : text;
}

/** A count with its thousands apart. */
export function countText(count: number): string {
  return count.toLocaleString(undefined).replace('-', '−');
}

/** A share in per cent; small ones that are there are not said to be none. */
export function percentText(share: number): string {
  const percent = 100 * share;
  if (!Number.isFinite(percent)) {
    return ABSENT;
  }
  if (percent > 0 && percent < 0.1) {
    return '< 0.1 %';
  }
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** "p = 0.012", as far as it tells anything. */
export function probabilityText(p: Arrived): string {
  const known = finiteOf(p);
  return known !== null && known < 0.001 ? '< 0.001' : numberText(known, 2);
}

/** The share of the values of a column that are missing. */
export function missingText(column: Pick<ColumnProfile, 'count' | 'missing'>): string {
  const every = column.count + column.missing;
  return every ? percentText(column.missing / every) : ABSENT;
}

/** A value on the axis of a histogram: a number, or a moment as a day. */
export function edgeText(value: number, isTime: boolean): string {
  return isTime ? new Date(value * 1000).toISOString().slice(0, 10) : shortText(value);
}

/** What a histogram shows, for who does not see it. */
export function histogramText(
  { edges, counts }: Histogram,
  isTime: boolean,
  trans: TranslationBundle
): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const most = counts.indexOf(Math.max(...counts));
  const say = (place: number): string => edgeText(Number(edges[place]), isTime);
  return trans.__(
    '%1 values from %2 to %3, most of them between %4 and %5',
    countText(total),
    say(0),
    say(edges.length - 1),
    say(most),
    say(most + 1)
  );
}
