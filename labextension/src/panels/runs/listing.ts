import type { RunPage, RunProgress, RunRow } from '../../entities';

/** The rows that were read so far, in the order of the store. */
export interface IListing {
  readonly rows: readonly RunRow[];
  /** The cursor of the page after; null where all were read. */
  readonly next: string | null;
  readonly total: number | null;
  readonly experiments: readonly string[];
  readonly metrics: readonly string[];
  /** What could not be looked for. */
  readonly note: string;
}

export const NOTHING: IListing = {
  rows: [],
  next: null,
  total: null,
  experiments: [],
  metrics: [],
  note: ''
};

const idOf = (row: RunRow): string => row.run.run_id;

/** The listing with the page after it: what is there already is not there twice. */
export function appended(listing: IListing, page: RunPage): IListing {
  const known = new Set(listing.rows.map(idOf));
  const more = (page.rows ?? []).filter(row => !known.has(idOf(row)));
  return { ...from(page, listing), rows: [...listing.rows, ...more], next: page.next ?? null };
}

/**
 * The listing with its beginning filters anew. What was read beyond that stays, and a row that is as it was
 * stays the same object.
 */
export function refreshed(listing: IListing, page: RunPage): IListing {
  const old = new Map(listing.rows.map(row => [idOf(row), row]));
  const head = (page.rows ?? []).map(row => same(old.get(idOf(row)), row));
  const fresh = from(page, listing);
  const last = head[head.length - 1];
  if (!last && page.next) {
    return { ...fresh, rows: listing.rows, next: listing.next }; // no time to look far enough
  }
  const place = last ? listing.rows.findIndex(row => idOf(row) === idOf(last)) : -1;
  if (!page.next || place < 0) {
    return { ...fresh, rows: head, next: page.next ?? null };
  }
  const known = new Set(head.map(idOf));
  const tail = listing.rows.slice(place + 1).filter(row => !known.has(idOf(row)));
  return { ...fresh, rows: [...head, ...tail], next: tail.length ? listing.next : page.next };
}

/** The listing with these rows as they are now, wherever they are in it. */
export function mended(listing: IListing, rows: readonly RunRow[]): IListing {
  const fresh = new Map(rows.map(row => [idOf(row), row]));
  const changed = listing.rows.map(row => same(row, fresh.get(idOf(row)) ?? row));
  return { ...listing, rows: changed };
}

/** The listing with the progress of all runs that go on; who is not named there does not. */
export function progressed(listing: IListing, progress: readonly RunProgress[]): IListing {
  const by = new Map(progress.map(one => [one.run_id, one]));
  let changed = false;
  const rows = listing.rows.map(row => {
    const now = by.get(idOf(row)) ?? (isLive(row) ? (row.progress ?? null) : null);
    if (equal(now, row.progress ?? null)) {
      return row;
    }
    changed = true;
    return { ...row, progress: now };
  });
  return changed ? { ...listing, rows } : listing;
}

/** Whether the run of that row goes on, or waits to. */
export function isLive({ run }: Pick<RunRow, 'run'>): boolean {
  return run.status === 'RUNNING' || run.status === 'SCHEDULED';
}

/** Whether that run can be ended from here: a notebook's own ends with its session. */
export function mayCancel(row: Pick<RunRow, 'run'>): boolean {
  return isLive(row) && ['headless', 'pipeline', 'replay'].includes(row.run.kind);
}

function from(page: RunPage, listing: IListing): IListing {
  return {
    ...listing,
    total: page.total ?? null,
    note: page.note,
    experiments: page.experiments?.length ? page.experiments : listing.experiments,
    metrics: page.metrics?.length ? page.metrics : listing.metrics
  };
}

function same(old: RunRow | undefined, row: RunRow): RunRow {
  return old && equal(old, row) ? old : row;
}

function equal(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
