import type { TranslationBundle } from '@jupyterlab/translation';

import type { ColumnDiff, ColumnDrift, DataDiff, DriftReport, RowDiff } from '../../entities';
import { countText } from '../../panels/data/texts';

const CHANGES: Readonly<Record<ColumnDiff['change'], number>> = {
  dropped: 0,
  added: 0,
  retyped: 1,
  changed: 2,
  same: 3
};
const SIZES = { none: 0, small: 1, medium: 2, large: 3 };

/** Columns that came, went or are of another type first, then those whose values moved farthest. */
export function tellingDiffs(columns: readonly ColumnDiff[]): ColumnDiff[] {
  const rank = ({ change, shift, changed }: ColumnDiff): readonly number[] => [
    CHANGES[change],
    -SIZES[shift?.size ?? 'none'],
    -(Math.abs(Number(shift?.effect ?? 0)) || 0),
    -(changed ?? 0)
  ];
  return byRank(columns, rank);
}

/** Columns that drifted first, the farthest before others, then those that could not be judged. */
export function tellingDrifts(columns: readonly ColumnDrift[]): ColumnDrift[] {
  return byRank(columns, column => [
    isDrifted(column) ? 0 : isUnsure(column) ? 1 : 2,
    -beyond(column)
  ]);
}

function byRank<T>(all: readonly T[], rank: (one: T) => readonly number[]): T[] {
  return all
    .map(one => ({ one, ranks: rank(one) }))
    .sort((a, b) => {
      const place = a.ranks.findIndex((value, at) => value !== b.ranks[at]);
      return place < 0 ? 0 : a.ranks[place] - b.ranks[place];
    })
    .map(({ one }) => one);
}

/** Whether there is something to look at. */
export function isDrifted({ state }: ColumnDrift): boolean {
  return (
    state === 'drift' || state === 'new column' || state === 'dropped column' || state === 'retyped'
  );
}

/** Whether it could not be judged. */
export function isUnsure({ state }: ColumnDrift): boolean {
  return state === 'too few' || state === 'not tested' || state === 'all missing';
}

/** How something stands. */
export interface IStanding {
  readonly sign: string;
  readonly tone: 'good' | 'bad' | 'unsure';
}

export function standing(drifted: boolean, unsure: boolean): IStanding {
  return drifted
    ? { sign: '≠', tone: 'bad' }
    : unsure
      ? { sign: '?', tone: 'unsure' }
      : { sign: '✓', tone: 'good' };
}

/** That of all of it: unsure where nothing could be judged. */
export function standingOf({ drifted, columns, predictions, decay }: DriftReport): IStanding {
  return standing(drifted, !decay.length && [...columns, ...predictions].every(isUnsure));
}

/** The effect as a multiple of what is allowed. */
function beyond({ effect, threshold }: ColumnDrift): number {
  const far = Math.abs(Number(effect ?? 0));
  return (threshold ? far / Number(threshold) : far) || 0;
}

/** What became of rows and columns, in a sentence. */
export function summaryOf(diff: DataDiff, trans: TranslationBundle): string {
  if (diff.identical) {
    return trans.__('The two are identical.');
  }
  const of = (change: ColumnDiff['change']): number =>
    diff.columns.filter(column => column.change === change).length;
  const moved = diff.columns.filter(
    ({ shift }) => shift && (shift.size === 'medium' || shift.size === 'large')
  ).length;
  const rows = (count: number | null): string => countText(count ?? 0);
  const told = [
    diff.added ? trans._n('%2 row added', '%2 rows added', diff.added, rows(diff.added)) : '',
    diff.removed
      ? trans._n('%2 row removed', '%2 rows removed', diff.removed, rows(diff.removed))
      : '',
    diff.changed
      ? trans._n('%2 row changed', '%2 rows changed', diff.changed, rows(diff.changed))
      : '',
    diff.reordered ? trans.__('rows in another order') : '',
    of('added') ? trans._n('%1 column added', '%1 columns added', of('added')) : '',
    of('dropped') ? trans._n('%1 column dropped', '%1 columns dropped', of('dropped')) : '',
    of('retyped') ? trans._n('%1 column retyped', '%1 columns retyped', of('retyped')) : '',
    moved ? trans._n('values of %1 column moved', 'values of %1 columns moved', moved) : ''
  ].filter(Boolean);
  return told.join(', ') || trans.__('They differ.');
}

/** Its dtype on either side. */
export function dtypesOf({ left_dtype: left, right_dtype: right }: ColumnDiff): string {
  return left === right ? (left ?? '') : `${left ?? '–'} → ${right ?? '–'}`;
}

/** A value that differs, or a row that is on one side only, as texts. */
export interface IExample {
  readonly change: RowDiff['change'];
  readonly key: string;
  readonly column: string;
  readonly left: string;
  readonly right: string;
}

const VALUES = 8; // of one row

/** A line for each value that differs; of a row that is on one side only, some values on one line. */
export function examplesOf(rows: readonly RowDiff[]): IExample[] {
  return rows.flatMap(({ change, key, left = {}, right = {} }): IExample[] => {
    const at = named(key);
    if (change !== 'changed') {
      return [{ change, key: at, column: '', left: named(left), right: named(right) }];
    }
    return [...new Set([...Object.keys(left), ...Object.keys(right)])]
      .slice(0, VALUES)
      .map(column => ({
        change,
        key: at,
        column,
        left: left[column] ?? '',
        right: right[column] ?? ''
      }));
  });
}

function named(values: Readonly<Record<string, string>>): string {
  const all = Object.entries(values);
  const told = all.slice(0, VALUES).map(([name, value]) => `${name}=${value}`);
  return [...told, ...(all.length > VALUES ? ['…'] : [])].join(', ');
}
